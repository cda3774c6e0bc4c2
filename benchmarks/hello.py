"""The least that a Textual app can be: what `feel.py` measures ours against."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class Hello(App[None]):
    """One line of text."""

    def compose(self) -> ComposeResult:
        """Say it."""
        yield Static("Hello, World!")


if __name__ == "__main__":
    Hello().run()
