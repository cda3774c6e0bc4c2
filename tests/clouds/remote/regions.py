"""A cloud in memory of several regions, which copies snapshots between them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from snaptui.models import Snapshot, SnapshotStatus
from tests.clouds.remote.fake import FakeProvider, a_snapshot

NOWHERE = "vol-ffffffff"


class Region(FakeProvider):
    """One region.

    Attributes:
        region: its name.
        others: the other regions by name.
        asked_copies: what copies were asked for with.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(kind="aws", **options)
        self.region = "home-1"
        self.others: dict[str, FakeProvider] = {}
        self.asked_copies: list[dict[str, Any]] = []

    async def regions(self) -> list[str]:
        await self._call("regions")
        return sorted(set(self.others) - {self.region})

    def in_region(self, region: str) -> FakeProvider:
        return self.others[region]

    async def copy_snapshot(
        self,
        snapshot: Snapshot,
        *,
        region: str,
        name: str,
        description: str,
        encrypted: bool,
        token: str,
        again: bool = False,
    ) -> Snapshot:
        await self._call("copy_snapshot", snapshot.resource_uid, region)
        asked = {"name": name, "description": description, "encrypted": encrypted}
        self.asked_copies.append({**asked, "token": token, "again": again})
        there = self.others[region]
        if token in there._tokens:
            return there.snapshots_there[there._tokens[token]]
        copy = a_snapshot(NOWHERE, name, description=description)
        made = replace(copy, status=SnapshotStatus.PENDING, percent=0)
        there._tokens[token] = made.resource_uid
        there.put(made)
        steps = [replace(made, percent=100 * n // there.looks) for n in range(1, there.looks)]
        done = replace(made, status=SnapshotStatus.COMPLETED, percent=100)
        if there._failing:
            there.reasons[made.resource_uid] = there._failing.popleft()
            done = replace(made, status=SnapshotStatus.ERROR)
        there.becomes(made.resource_uid, *steps, done)
        return made
