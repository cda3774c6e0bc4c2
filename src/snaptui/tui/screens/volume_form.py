"""New volume: an existing disk image or device, or a blank one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.requests import AddVolumeRequest, CreateVolumeRequest
from snaptui.text import safe_text
from snaptui.tui.screens.form import Field, Form
from snaptui.tui.screens.zones import ZonePicker
from snaptui.tui.widgets.choice import Choice
from snaptui.tui.widgets.welcome import LOOKING, candidate_table
from snaptui.units import parse_size

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from textual.widget import Widget

    from snaptui.models import Candidate, Zone
    from snaptui.tui.widgets.rows import Rows


class VolumeForm(Form):
    """A path or what was found on the host; or name, size and zone of a blank one."""

    AUTO_FOCUS = "#path"

    def __init__(
        self,
        zones: Callable[[], Awaitable[Sequence[Zone]]],
        candidates: Callable[[], Awaitable[Sequence[Candidate]]],
        chosen: Candidate | None,
        submit: Callable[[AddVolumeRequest | CreateVolumeRequest], Awaitable[None]],
    ) -> None:
        super().__init__("New Volume", "Add")
        self._load_zones = zones
        self._load_candidates = candidates
        self._found = candidate_table("found", empty=LOOKING)
        self._chosen = chosen
        self._submit_request = submit

    def fields(self) -> Iterable[Widget]:
        """The choice, and the fields of both."""
        yield Choice(["Add a disk image or block device", "Create a blank volume"], id="what")
        yield Field(
            "Path",
            self._chosen.path if self._chosen else "",
            placeholder="/var/lib/images/disk.img or /dev/vg0/data",
            id="path",
        )
        yield self._found
        yield Field("Name", placeholder="by default the file's name", id="name")
        yield Field("Size", placeholder="e.g. 10GiB", id="size")
        yield ZonePicker()

    @property
    def blank(self) -> bool:
        """Whether a blank volume is wanted."""
        return self.query_one(Choice).cursor == 1

    def on_mount(self) -> None:
        """An existing one is what most want."""
        self._show_fields()
        self.load(self._fill_zones())
        self.load(self._fill_found())

    async def _fill_zones(self) -> None:
        self.query_one(ZonePicker).set_zones(await self._load_zones())

    async def _fill_found(self) -> None:
        try:
            found = await self._load_candidates()
        except Exception:
            self._found.empty = "it is not known what is on this host"
            self._found.repaint()
            raise
        self._found.empty = "nothing found on this host"
        self._found.set_items(found)

    def _show_fields(self) -> None:
        blank = self.blank
        for widget in self.query("#path, #found"):
            widget.display = not blank
        for widget in self.query("#size, #zone"):
            widget.display = blank
        self.query_one("#name", Field).placeholder = (
            "a name" if blank else "by default the file's name"
        )

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """Another choice shows other fields."""
        event.stop()
        if isinstance(event.rows, Choice):
            self.tell("")
            self._show_fields()

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """Enter on something found: take its path. Elsewhere: to the first field."""
        event.stop()
        if event.rows.id == "found":
            candidate = self._found.item_at(event.index)
            if candidate is None:
                return
            if safe_text(candidate.path) != candidate.path:
                self.tell("this path has characters that cannot be typed or shown: rename it first")
                return
            self.query_one("#path", Field).value = candidate.path
            self.query_one("#name", Field).focus()
        else:
            self.query_one("#name" if self.blank else "#path", Field).focus()

    async def send(self) -> None:
        """Ask for the volume."""
        name = self.text_of("name").strip()
        if self.blank:
            await self._submit_request(
                CreateVolumeRequest(
                    name=name,
                    size_bytes=parse_size(self.text_of("size")),
                    zone=self.query_one(ZonePicker).zone,
                )
            )
            return
        path = self.path_of("path", "type one, or choose what was found")
        await self._submit_request(AddVolumeRequest(path=path, name=name or None))
