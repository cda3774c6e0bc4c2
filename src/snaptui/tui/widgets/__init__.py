"""The widgets. They show what they are given and post messages; none of them calls a cloud."""
