"""Make a volume larger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.requests import ResizeRequest
from snaptui.tui.screens.form import Field, Form, Given
from snaptui.units import format_size, parse_size

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from textual.widget import Widget

    from snaptui.models import Volume


class ResizeForm(Form):
    """Volume, size."""

    AUTO_FOCUS = "#size"

    def __init__(self, volume: Volume, submit: Callable[[ResizeRequest], Awaitable[None]]) -> None:
        super().__init__("Resize a Volume", "Resize")
        self._volume = volume
        self._submit_request = submit

    def fields(self) -> Iterable[Widget]:
        """The volume, its new size."""
        size = format_size(self._volume.size_bytes)
        yield Given("Volume", f"{self._volume.name}  {size}", id="volume")
        yield Field("Size", placeholder=f"more than {size}; it cannot be made smaller", id="size")

    async def send(self) -> None:
        """Resize it."""
        size = parse_size(self.text_of("size"))
        await self._submit_request(
            ResizeRequest(volume_uid=self._volume.resource_uid, size_bytes=size)
        )
