"""What all clouds that are spoken to over a network have in common."""
