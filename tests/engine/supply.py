"""A cloud whose snapshots are brought home."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from snaptui.engine import Repository
from snaptui.engine.operations.importing import (
    BlockSupply,
    ImportOptions,
    import_snapshot,
)
from snaptui.models import Snapshot
from snaptui.progress import ProgressCallback, no_progress
from tests.support import ACTOR

SIZE = 64 * 1024


WHEN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def block(seed: int) -> bytes:
    return random.Random(seed).randbytes(SIZE)


class Cloud:
    """A volume elsewhere, whose snapshots are remembered: block > data."""

    def __init__(self, count: int = 64) -> None:
        self.count = count
        self.blocks: dict[int, bytes] = {}
        self.taken: dict[str, tuple[int, dict[int, bytes]]] = {}
        self.sent: list[int] = []

    def snapshot(self, uid: str) -> str:
        self.taken[uid] = (self.count, dict(self.blocks))
        return uid

    def bytes_of(self, uid: str) -> bytes:
        count, blocks = self.taken[uid]
        return b"".join(blocks.get(number, bytes(SIZE)) for number in range(count))

    def supply(self, uid: str, since: str | None) -> BlockSupply:
        count, blocks = self.taken[uid]
        before = self.taken[since][1] if since else {}
        changed = [
            number
            for number in sorted({*blocks, *before})
            if blocks.get(number) != before.get(number)
        ]

        def send() -> Iterator[tuple[int, bytes | None]]:
            for number in changed:
                self.sent.append(number)
                yield number, blocks.get(number)

        return BlockSupply(
            size_bytes=count * SIZE,
            block_size=SIZE,
            since_base=since is not None,
            total_bytes=sum(SIZE for number in changed if number in blocks),
            blocks=send(),
        )

    def bring(
        self,
        repository: Repository,
        uid: str,
        base: Snapshot | None = None,
        progress: ProgressCallback = no_progress,
        **more: Any,
    ) -> Snapshot:
        """Import a snapshot, from a base if that is good."""
        since = base.origin["snapshot_uid"] if base else None
        self.sent.clear()
        options = ImportOptions(
            name=f"home {uid}",
            volume_name="web",
            created_at=WHEN + timedelta(days=len(self.taken)),
            origin=origin(uid),
            base_uid=base.resource_uid if base else None,
        )
        return import_snapshot(
            repository,
            replace(options, **more),
            lambda good: self.supply(uid, since if good else None),
            ACTOR,
            progress,
        )


def origin(uid: str, volume: str = "vol-0a") -> dict[str, str]:
    return {
        "kind": "aws",
        "cloud": "aws us-east-1",
        "place": "account 1, us-east-1",
        "snapshot_uid": uid,
        "volume_uid": volume,
    }
