"""Restore: a snapshot to a new file, or over its volume."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Button, Static

from snaptui.clouds.base import Ability
from snaptui.errors import InvalidInputError
from snaptui.requests import RestoreRequest
from snaptui.text import file_stem
from snaptui.tui.screens.form import Field, Form, Given, TypedName
from snaptui.tui.spans import outside
from snaptui.tui.tables.volumes import attached_to
from snaptui.tui.widgets.choice import Choice
from snaptui.tui.widgets.tick import Tick

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from textual.widget import Widget

    from snaptui.models import Snapshot, Volume
    from snaptui.tui.widgets.rows import Rows


_CAN = Ability(True)
FORCE_LABEL = "Restore all the same, while it is in use"


def suggested_path(snapshot: Snapshot) -> str:
    """A file in the directory one is in that does not exist yet."""
    stem = f"{file_stem(snapshot.volume_name)}-{file_stem(snapshot.name)}"
    try:
        directory = Path.cwd()
    except OSError:
        # The directory one was in is gone.
        directory = home()
    path = directory / f"{stem}.img"
    number = 1
    while os.path.lexists(path):
        number += 1
        path = path.with_name(f"{stem}-{number}.img")
    return str(path)


def home() -> Path:
    """The home directory, or what stands for one."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(tempfile.gettempdir())


class RestoreForm(Form):
    """Where to; in place asks for the volume's name to be typed."""

    AUTO_FOCUS = "#path"
    DANGEROUS = True
    TYPED_AHEAD = False  # where to is suggested, and may be over a volume: that is read first

    def __init__(
        self,
        snapshot: Snapshot,
        volume: Volume | None,
        submit: Callable[[RestoreRequest], Awaitable[None]],
        *,
        to_file: Ability = _CAN,
        in_place: Ability = _CAN,
        in_use: Ability = _CAN,
    ) -> None:
        """A form for a snapshot.

        Args:
            snapshot: what to restore.
            volume: its volume, if that is still there.
            submit: asks for it.
            to_file: whether this cloud can write it to a new file.
            in_place: whether this cloud can write it over its volume.
            in_use: whether it can do that while something uses the volume.
        """
        super().__init__("Restore a Snapshot", "Restore")
        if not in_place:
            volume = None
        self._ways = [bool(to_file), volume is not None]
        self._reason = (
            (not in_place and in_place.reason)
            or to_file.reason
            or (
                "it was imported: its volume is not here"
                if snapshot.origin
                else "its volume has been deleted"
            )
        )
        self._can_force = bool(in_use)
        self._caution = in_place.caution
        self._snapshot = snapshot
        self._volume = volume
        self._submit_request = submit

    def fields(self) -> Iterable[Widget]:
        """Snapshot, choice, path, name, force."""
        snapshot, volume = self._snapshot, self._volume
        yield Given("Snapshot", f"{snapshot.name}  of {snapshot.volume_name}", id="snapshot")
        if not any(self._ways):
            yield Static(
                Content(outside(f"Not possible: {self._reason}.")),
                id="impossible",
                classes="paragraph",
            )
        if all(self._ways) and volume is not None:
            yield Choice(
                ["To a new file", f"In place, over the volume {outside(volume.name, 40)}"],
                id="where",
            )
        if self._ways[0]:
            yield Field("New file", suggested_path(snapshot), id="path")
        if volume is not None:
            warning = "All data written to the volume since the snapshot will be lost."
            if volume.attachment is not None:
                warning += f" It is in use by {attached_to(volume)}: detach it first."
            if self._caution:
                warning += f" {self._caution}"
            yield Static(Content(warning), id="warning")
            yield TypedName("volume", volume.name, volume.resource_uid, id="wanted")
            yield Field("Name or Resource UID", id="typed")
            if volume.attachment is not None and self._can_force:
                yield Tick(FORCE_LABEL, id="force")

    @property
    def in_place(self) -> bool:
        """Whether it goes over the volume."""
        if all(self._ways):
            return self.query_one(Choice).cursor == 1
        return self._ways[1]

    def on_mount(self) -> None:
        """A new file is what does no harm."""
        self._show_fields()
        if not any(self._ways):
            self.query_one("#submit", Button).disabled = True
            self.query_one("#cancel", Button).focus()
        elif not self._ways[0]:
            self.query_one("#typed").focus()

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """Another choice, other fields."""
        event.stop()
        self.tell("")
        self._show_fields()

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """Enter on the choice: to the field that follows."""
        event.stop()
        self.query_one("#typed" if self.in_place else "#path").focus()

    def _show_fields(self) -> None:
        in_place = self.in_place
        for path in self.query("#path"):
            path.display = not in_place
        for widget in self.query("#warning, #wanted, #typed, #force"):
            widget.display = in_place

    async def send(self) -> None:
        """Ask for the restore."""
        uid = self._snapshot.resource_uid
        if not self.in_place:
            path = self.path_of("path", "give the path of a new file")
            await self._submit_request(RestoreRequest(snapshot_uid=uid, to_path=path))
            return
        assert self._volume is not None
        self.query_one(TypedName).check(self.text_of("typed"), "restore over it")
        force = any(tick.value for tick in self.query(Tick))
        if self._volume.attachment is not None and not force:
            force_it = f", or tick {FORCE_LABEL!r}" if self._can_force else ""
            raise InvalidInputError(
                f"the volume is in use by {self._volume.attachment.used_by}",
                f"detach it first{force_it}",
            )
        await self._submit_request(RestoreRequest(snapshot_uid=uid, in_place=True, force=force))
