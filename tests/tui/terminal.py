"""A terminal at the other end of the line: what an app sends it, and what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import pyte
from textual.drivers.headless_driver import HeadlessDriver

if TYPE_CHECKING:
    from textual.app import App

SENT: list[str] = []
"""What the app of the running test has sent since this was last cleared."""


class RecordingDriver(HeadlessDriver):
    """No terminal, but an app that does not know so."""

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        SENT.append(data)


AnyApp = TypeVar("AnyApp", bound="App[Any]")


def recorded(app: AnyApp) -> AnyApp:
    """The app, to be run with `run_test(headless=False)`; what it sends is in `SENT`."""
    app.driver_class = RecordingDriver
    SENT.clear()
    return app


def sent() -> str:
    """What was sent since the last call."""
    text = "".join(SENT)
    SENT.clear()
    return text


class Seen(NamedTuple):
    """What a person sees of one cell."""

    text: str
    background: str
    colour: str = ""
    bold: bool = False
    underlined: bool = False
    reverse: bool = False


class Terminal:
    """A terminal emulator."""

    def __init__(self, width: int, height: int) -> None:
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.Stream(self.screen)

    def feed(self, text: str) -> None:
        self._stream.feed(text)

    def seen(self) -> list[list[Seen]]:
        """All cells; of a blank nobody sees colour and weight."""
        lines: list[list[Seen]] = []
        for y in range(self.screen.lines):
            line = self.screen.buffer[y]
            cells = []
            for x in range(self.screen.columns):
                cell = line[x]
                if cell.data == " " and not (cell.underscore or cell.reverse):
                    cells.append(Seen(" ", cell.bg))
                else:
                    cells.append(
                        Seen(cell.data, cell.bg, cell.fg, cell.bold, cell.underscore, cell.reverse)
                    )
            lines.append(cells)
        return lines

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)
