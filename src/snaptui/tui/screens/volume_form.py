"""New volume: an existing disk image or device, or a blank one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from snaptui.clouds.base import Capability
from snaptui.clouds.wording import FORBIDDEN_TO_ROOT
from snaptui.requests import AddVolumeRequest, CreateVolumeRequest
from snaptui.text import safe_text
from snaptui.tui.quotas import asks_quotas, of_volume
from snaptui.tui.screens.form import Field, Form
from snaptui.tui.screens.quota_line import QuotaLine
from snaptui.tui.screens.zones import TypePicker, ZonePicker
from snaptui.tui.widgets.choice import Choice
from snaptui.tui.widgets.welcome import LOOKING, candidate_table
from snaptui.units import parse_size

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from textual.widget import Widget

    from snaptui.clouds.base import Cloud
    from snaptui.models import Candidate
    from snaptui.tui.widgets.rows import Rows


def why_not(candidate: Candidate) -> str:
    """Why what was found on the host cannot be added as it is; empty when it can."""
    if safe_text(candidate.path) != candidate.path:
        return "this path has characters that cannot be typed or shown: rename it first"
    if not candidate.readable:
        is_root = os.geteuid() == 0
        how = FORBIDDEN_TO_ROOT if is_root else "start snaptui as one who may (root, group disk)"
        return f"{candidate.path} cannot be read: {how}"
    return ""


class VolumeForm(Form):
    """A path or what was found on the host; or name, size and zone of a blank one."""

    AUTO_FOCUS = "#path"

    def __init__(
        self,
        cloud: Cloud,
        chosen: Candidate | None,
        submit: Callable[[AddVolumeRequest | CreateVolumeRequest], Awaitable[None]],
        *,
        zone: str = "",
    ) -> None:
        """A form for a cloud.

        Args:
            cloud: where the volume will be; in a remote one it can only be a blank one.
            chosen: what was found on the host, and is to be added.
            submit: asks for the volume.
            zone: the zone that is chosen at first, where there is one of that name.
        """
        adds = bool(cloud.ability(Capability.ADD_VOLUME))
        super().__init__(
            "New Volume" if adds else "New Blank Volume",
            "Add" if adds else "Create",
            # A cloud that adds what is on the host has no quotas: here it is a blank one.
            quotas=QuotaLine(asks_quotas(cloud), lambda: of_volume(self.size_of("size"))),
        )
        self._cloud = cloud
        self._adds = adds
        self._found = candidate_table("found", empty=LOOKING)
        self._chosen = chosen
        self._submit_request = submit
        self._zone = zone

    def fields(self) -> Iterable[Widget]:
        """The choice, and the fields of both."""
        if self._adds:
            yield Choice(["Add a disk image or block device", "Create a blank volume"], id="what")
            yield Field(
                "Path",
                self._chosen.path if self._chosen and not why_not(self._chosen) else "",
                placeholder="/var/lib/images/disk.img or /dev/vg0/data",
                id="path",
            )
            yield self._found
        yield Field("Name", placeholder="by default the file's name", id="name")
        yield Field("Size", placeholder="e.g. 10GiB", id="size")
        yield ZonePicker()
        yield TypePicker()

    @property
    def blank(self) -> bool:
        """Whether a blank volume is wanted."""
        return not self._adds or self.query_one(Choice).cursor == 1

    def on_mount(self) -> None:
        """An existing one is what most want."""
        self._show_fields()
        self.load(self._fill_zones)
        self.load(self._fill_types)
        if self._adds:
            self.load(self._fill_found)
        else:
            self.query_one("#name").focus()

    async def _fill_zones(self) -> None:
        picker = self.query_one(ZonePicker)
        picker.set_zones(await self._cloud.zones())
        if self._zone:
            picker.select(self._zone)

    async def _fill_types(self) -> None:
        self.query_one(TypePicker).set_types(await self._cloud.volume_types())

    async def _fill_found(self) -> None:
        try:
            found = await self._cloud.candidates()
        except Exception:
            self._found.empty = "it is not known what is on this host"
            self._found.repaint()
            raise
        self._found.empty = "nothing found on this host"
        self._found.set_items(found)
        if self._chosen is not None and (reason := why_not(self._chosen)):
            self.tell(reason)

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
        """Enter on something found: take its path. On what to do: to the first field."""
        event.stop()
        if event.rows.id == "found":
            candidate = self._found.item_at(event.index)
            if candidate is None:
                return
            if reason := why_not(candidate):
                self.tell(reason)
                return
            self.query_one("#path", Field).value = candidate.path
            self.query_one("#name", Field).focus()
        elif isinstance(event.rows, Choice):
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
                    volume_type=self.query_one(TypePicker).type,
                )
            )
            return
        path = self.path_of("path", "type one, or choose what was found")
        await self._submit_request(AddVolumeRequest(path=path, name=name or None))
