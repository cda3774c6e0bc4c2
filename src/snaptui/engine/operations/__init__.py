"""What a repository can do, a module an operation; each is imported when it is first asked for."""
