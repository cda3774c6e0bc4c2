"""A remote cloud that no test has to wait for."""

from __future__ import annotations

from typing import Any

from snaptui.clouds.remote.cloud import RemoteCloud
from snaptui.clouds.remote.ledger import NoLedger
from snaptui.engine.operations.noting import Done
from tests.clouds.remote.fake import FakeProvider
from tests.clouds.remote.passing import FakeTime


class Book(NoLedger):
    """A ledger in memory.

    Attributes:
        pages: what was written down, each time.
    """

    def __init__(self) -> None:
        self.pages: list[tuple[Done, ...]] = []

    def record(self, *done: Done) -> None:
        """Write it down."""
        self.pages.append(done)

    @property
    def texts(self) -> list[str]:
        """What was done, in order."""
        return [done.text for page in self.pages for done in page]


class QuickCloud(RemoteCloud):
    """Its time passes when it sleeps.

    Attributes:
        time: how long it slept.
        book: its ledger.
    """

    def __init__(self, provider: FakeProvider, **options: Any) -> None:
        self.time = FakeTime()
        self.book = Book()
        super().__init__("prod", provider, **{"ledger": self.book} | options)
        self.sleep, self.clock = self.time.sleep, self.time.clock
