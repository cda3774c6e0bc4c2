"""Long operations in processes of their own, which outlive the terminal that started them."""

from snaptui.jobs.jobs import Jobs

__all__ = ["Jobs"]
