"""A cloud in memory whose other accounts have made snapshots public."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from snaptui.errors import CloudInvalidError
from snaptui.models import Snapshot, Visibility
from tests.clouds.remote.fake import START, FakeProvider, a_snapshot


class Publishing(FakeProvider):
    """A provider with public snapshots.

    Attributes:
        published: what others have made public; it is found by its UID, too.
    """

    def __init__(self, count: int = 0, owner: str = "amazon", *, page: int = 1000) -> None:
        super().__init__(page=page)
        self.published = [
            a_snapshot(
                "vol-ffffffff",
                "",
                resource_uid=f"snap-{number:08x}",
                owner=owner,
                description=f"image {number}",
                created_at=START + timedelta(minutes=number),
                visibility=Visibility.PUBLIC,
            )
            for number in range(count)
        ]

    async def snapshot(self, uid: str) -> Snapshot | None:
        found = await super().snapshot(uid)
        return found or next((each for each in self.published if each.resource_uid == uid), None)

    async def public_snapshots(self, owner: str = "") -> AsyncIterator[Sequence[Snapshot]]:
        await self._call("public_snapshots", owner)
        if owner == "nobody":
            raise CloudInvalidError("nobody is no account", "give its number")
        wanted = [each for each in self.published if owner in {"", each.owner}]
        for first in range(0, len(wanted), self.page):
            await self._call("public page")
            yield wanted[first : first + self.page]
