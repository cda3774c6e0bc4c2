"""Writing what is seen to a file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from snaptui.errors import InvalidInputError
from snaptui.export import Format, format_of, write_file
from snaptui.tui.screens.form import Field, Form, Given
from snaptui.tui.spans import outside
from snaptui.tui.widgets.choice import Choice
from snaptui.tui.widgets.tick import Tick

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget
    from textual.widgets import Input

    from snaptui.tui.exporting import Export
    from snaptui.tui.widgets.rows import Rows

_FORMATS = (Format.JSON, Format.CSV)
_LABELS = ("JSON, for programs", "CSV, for spreadsheets")


class ExportForm(Form):
    """Which format, and where to. The path's ending and the chosen format follow each other."""

    AUTO_FOCUS = "#path"

    def __init__(self, export: Export) -> None:
        super().__init__("Save to a File", "Save")
        self._export = export

    def fields(self) -> Iterable[Widget]:
        """What, how, where."""
        yield Given("What", self._export.what)
        yield Choice(_LABELS, id="format")
        yield Field("To the file", f"{self._export.stem}.json", id="path")
        yield Tick("Replace the file if there is one", id="replace")

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """Another format: another ending."""
        event.stop()
        field = self.query_one("#path", Field)
        path = Path(field.value.strip())
        if path.suffix.lower() in {f".{kind}" for kind in _FORMATS}:
            field.value = str(path.with_suffix(f".{_FORMATS[event.index]}"))

    def on_input_changed(self, event: Input.Changed | None = None) -> None:
        """Another ending: another format."""
        if event is None:
            return
        try:
            kind = format_of(event.value.strip())
        except InvalidInputError:
            return
        choice = self.query_one("#format", Choice)
        choice.move_cursor(_FORMATS.index(kind), notify=False)

    async def send(self) -> None:
        """Write it."""
        path = self.path_of("path", "type where to write it")
        kind = format_of(path)
        replace = self.query_one("#replace", Tick).value
        text = await asyncio.to_thread(self._export.text, kind)
        await asyncio.to_thread(write_file, Path(path), text, replace=replace)
        told = f"Saved {self._export.what} to {path}."
        self.app.notify(outside(told), markup=False)
