"""A line to type in that shows nothing but text."""

from __future__ import annotations

from textual.widgets import Input

from snaptui.text import safe_text

LONGEST = 8192
"""More than any name, path or description: a paste of a whole file is none of them."""


class SafeInput(Input):
    """What is pasted comes from elsewhere too: Textual would send its escape sequences on."""

    def validate_value(self, value: str) -> str:
        """Only what may be shown."""
        return safe_text(value[:LONGEST])
