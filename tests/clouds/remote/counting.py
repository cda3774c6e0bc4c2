"""A cloud in memory that tells its quotas."""

from __future__ import annotations

from collections.abc import Sequence

from snaptui.models import Quota
from tests.clouds.remote.fake import FakeProvider


class Counting(FakeProvider):
    """A provider whose cloud has quotas.

    Attributes:
        told: what it tells of them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.told = [
            Quota(name="volumes", used=3, limit=10),
            Quota(name="snapshots", used=10, limit=10),
            Quota(name="gigabytes", used=7, limit=None),
        ]

    async def quotas(self) -> Sequence[Quota]:
        await self._call("quotas")
        return self.told
