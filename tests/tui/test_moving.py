"""`I` brings a remote snapshot home, by a job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from snaptui.clouds.remote.block_access import BegunSnapshot, RemoteBlocks
from snaptui.models import JobKind, Snapshot
from snaptui.requests import ImportRequest, Subject
from snaptui.tui.place import Place, PlaceKind
from tests.clouds.remote.fake import FakeProvider, a_snapshot, a_volume
from tests.tui.helpers import toasts, wait_for
from tests.tui.test_remote_clouds import an_app, at_volume, lab


class WithBlocks(FakeProvider):
    """A cloud that gives access to blocks; here nobody asks for any."""

    why_closed = ""

    def closed(self, snapshot: Snapshot) -> str:
        return self.why_closed

    def volume_of(self, snapshot: Snapshot) -> str:
        return snapshot.volume_uid

    async def fetch_blocks(self, snapshot: Snapshot, bases: Sequence[str]) -> RemoteBlocks:
        raise NotImplementedError

    def rounded(self, size_bytes: int) -> int:
        return size_bytes

    async def begin_snapshot(
        self, size_bytes: int, *, token: str, name: str, description: str, parent_uid: str | None
    ) -> BegunSnapshot:
        raise NotImplementedError

    async def put_block(self, uid: str, number: int, data: bytes, *, percent: int) -> bytes:
        raise NotImplementedError

    async def complete_snapshot(self, uid: str, digests: Mapping[int, bytes]) -> None:
        raise NotImplementedError


async def test_a_remote_snapshot_is_brought_home_once() -> None:
    provider = WithBlocks()
    web = provider.put(a_volume("web"))
    monday = provider.put(a_snapshot(web, "mon\x1b[31mday"))
    app, jobs = an_app(lab(provider, read_only=True))  # there it is only read
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        app.main.go(Place("lab", PlaceKind.SNAPSHOT, monday.resource_uid))
        await pilot.pause()
        await pilot.press("I")
        await wait_for(pilot, lambda: jobs.requests, "the job")
        [request] = jobs.requests
        assert isinstance(request, ImportRequest)
        assert request.snapshot_uid == monday.resource_uid
        assert request.name == monday.resource_uid  # here nothing is called as it is there
        subject = Subject(cloud="lab", uid=monday.resource_uid, name=monday.name)
        assert jobs.subjects == [subject]
        assert jobs.all[0].kind is JobKind.IMPORT
        await wait_for(pilot, lambda: "in the background" in "".join(toasts(app)), "the toast")
        await pilot.press("I")
        await wait_for(pilot, lambda: "imported already" in toasts(app)[-1], "that it is begun")
        assert len(jobs.requests) == 1


async def test_where_it_cannot_be_it_says_why() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    provider.put(a_snapshot(web, "monday"))
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await pilot.press("I")
        assert "no access to the blocks" in toasts(app)[-1]
        assert jobs.requests == []
