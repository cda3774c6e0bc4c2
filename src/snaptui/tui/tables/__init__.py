"""The columns of the tables, a file a noun: what is shown of a thing, and sorted by."""
