"""Snapshots are brought home, sent up and copied to another region, by jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest
from textual.pilot import Pilot

from snaptui.clouds.base import Cloud
from snaptui.clouds.remote.block_access import BegunSnapshot, RemoteBlocks
from snaptui.errors import CloudDownError
from snaptui.models import CloudInfo, CloudTrouble, Job, JobKind, JobStatus, Snapshot
from snaptui.requests import CopyRequest, ExportRequest, ImportRequest, Subject
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.cloud_state import CloudState
from snaptui.tui.inventory import Inventory
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.copy_form import CopyForm, RegionPicker
from snaptui.tui.screens.send_form import CLOUDS, CloudPicker, SendForm
from tests.clouds.remote.fake import FakeProvider, a_snapshot, a_volume
from tests.clouds.remote.regions import Region
from tests.tui.elsewhere import an_app, at_volume, begun, lab
from tests.tui.fake import FakeCloud, FakeJobs, make_snapshot, make_volume
from tests.tui.helpers import screen_text, toasts, type_text, wait_for


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


# -- sent up


HERE = make_volume(1, "here")
NIGHTLY = make_snapshot(1, HERE)


def an_app_with_a_snapshot(*clouds: Cloud) -> tuple[SnaptuiApp, FakeJobs]:
    """One of the local cloud; what is done by a job can be followed."""
    here = FakeCloud(volumes=[HERE], snapshots=[NIGHTLY])
    jobs = FakeJobs(here)
    return SnaptuiApp([here, *clouds], jobs), jobs


async def at_the_snapshot(pilot: Pilot[None], app: SnaptuiApp) -> None:
    await begun(pilot, app)
    state = app.inventory.clouds["local"]
    await wait_for(pilot, lambda: NIGHTLY.resource_uid in state.snapshots, "the snapshot")
    app.main.go(Place("local", PlaceKind.SNAPSHOT, NIGHTLY.resource_uid))
    await pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_local_snapshot_is_sent_to_a_cloud_that_is_chosen(size: tuple[int, int]) -> None:
    """Of those that take one; none has to be open for that. How it ends is told."""
    first, second = WithBlocks(), WithBlocks()
    clouds = (lab(FakeProvider(), name="cinder"), lab(first), lab(second, name="far"))
    app, jobs = an_app_with_a_snapshot(*clouds)
    async with app.run_test(size=size) as pilot:
        await at_the_snapshot(pilot, app)
        await pilot.press("X")
        await wait_for(pilot, lambda: isinstance(app.screen, SendForm), "the form")
        await pilot.pause()
        picker = app.screen.query_one(CloudPicker)
        assert [state.name for state in picker.shown] == ["lab", "far"]
        for label in ("Snapshot", "To the cloud", "Name", "Description", "Cancel"):
            assert label in screen_text(app)
        await pilot.press("down", "tab", "ctrl+u")
        await type_text(pilot, "up")
        await pilot.press("enter")
        await wait_for(pilot, lambda: jobs.requests, "the job")
        assert jobs.requests == [
            ExportRequest(
                snapshot_uid=NIGHTLY.resource_uid,
                cloud="far",
                name="up",
                description=NIGHTLY.description,
            )
        ]
        subject = Subject(cloud="local", uid=NIGHTLY.resource_uid, name=NIGHTLY.name)
        assert jobs.subjects == [subject]
        assert first.calls == second.calls == []  # that is the job's to do
        told = f"Snapshot {NIGHTLY.name} was successfully exported."
        jobs.change(
            jobs.all[0].resource_uid,
            status=JobStatus.COMPLETED,
            ended_at=datetime.now(UTC),
            summary=told,
        )
        await wait_for(pilot, lambda: told in toasts(app), "the outcome")


async def test_what_cannot_be_sent_says_why() -> None:
    alone, jobs = an_app_with_a_snapshot()
    async with alone.run_test(size=(80, 24)) as pilot:
        await at_the_snapshot(pilot, alone)
        await pilot.press("X")
        assert "there is no remote cloud yet: add one" in toasts(alone)[-1]
    provider = WithBlocks()
    web = provider.put(a_volume("web"))
    provider.put(a_snapshot(web, "monday"))
    app, jobs = an_app_with_a_snapshot(
        lab(FakeProvider()), lab(provider, name="ro", read_only=True)
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await at_the_snapshot(pilot, app)
        await pilot.press("X")
        assert "no cloud here takes them; lab: it gives no access to the blocks" in toasts(app)[-1]
        assert jobs.requests == []
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await pilot.press("X")
        assert "only local snapshots are exported: I brings this one home" in toasts(app)[-1]
    app, _ = an_app(lab(unable := FakeProvider()))
    volume = unable.put(a_volume("web"))
    unable.put(a_snapshot(volume, "monday"))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, volume.resource_uid)
        await pilot.press("X")
        assert toasts(app)[-1].endswith("only local snapshots are exported")


def test_a_cloud_that_cannot_be_used_says_in_the_form_what_is_wrong() -> None:
    info = CloudInfo(
        name="lab",
        kind="aws",
        available=False,
        reason="the token has expired",
        trouble=CloudTrouble.NO_ACCESS,
    )
    _, where = CLOUDS
    assert where.cell(CloudState(FakeCloud(), info)) == ("no access: the token has expired", "bad")


# -- copied to another region


async def at_a_copy(pilot: Pilot[None], app: SnaptuiApp, uid: str, volume: str) -> CopyForm:
    await at_volume(pilot, app, volume)
    app.main.go(Place("lab", PlaceKind.SNAPSHOT, uid))
    await pilot.pause()
    await pilot.press("R")
    await wait_for(pilot, lambda: isinstance(app.screen, CopyForm), "the form")
    assert isinstance(app.screen, CopyForm)
    return app.screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_snapshot_is_copied_to_a_region_that_is_chosen(size: tuple[int, int]) -> None:
    provider = Region()
    provider.others.update({f"far-{number}": FakeProvider() for number in range(20)})
    web = provider.put(a_volume("web"))
    monday = provider.put(a_snapshot(web, "mon day", description="d"))
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=size) as pilot:
        form = await at_a_copy(pilot, app, monday.resource_uid, web.resource_uid)
        picker = form.query_one(RegionPicker)
        await wait_for(pilot, lambda: len(picker.shown) == 21, "the regions")
        await pilot.press("tab", "enter")  # nothing is copied to the first one by chance
        await wait_for(pilot, lambda: "no region is chosen" in screen_text(app), "that")
        assert jobs.requests == []
        await pilot.press("shift+tab")
        assert app.focused is picker
        for label in ("To the region", "Name", "Description", "Encrypt the copy", "Cancel"):
            assert label in screen_text(app)
        await pilot.press("down", "down", "tab", "ctrl+u")
        await type_text(pilot, "copy")
        await pilot.press("tab", "tab", "space", "tab", "enter")
        await wait_for(pilot, lambda: jobs.requests, "the job")
        assert jobs.requests == [
            CopyRequest(
                snapshot_uid=monday.resource_uid,
                region=sorted(provider.others)[1],
                name="copy",
                description="d",
                encrypted=True,
            )
        ]
        assert jobs.subjects == [Subject(cloud="lab", uid=monday.resource_uid, name="mon day")]


async def test_regions_that_cannot_be_listed_are_told() -> None:
    provider = Region()
    web = provider.put(a_volume("web"))
    monday = provider.put(a_snapshot(web, "monday", encrypted=True))
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        provider.fails("regions", CloudDownError("the regions are hidden"))
        await at_a_copy(pilot, app, monday.resource_uid, web.resource_uid)
        await wait_for(pilot, lambda: "regions are hidden" in screen_text(app), "why")
        assert "Encrypt" not in screen_text(app)  # it is, in any case
        await pilot.press("tab", "enter")
        await wait_for(pilot, lambda: "no region is chosen" in screen_text(app), "that")
        assert jobs.requests == []


async def test_where_there_are_no_regions_it_says_so() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    provider.put(a_snapshot(web, "monday"))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await pilot.press("R")
        assert "it does not copy snapshots to other regions" in toasts(app)[-1]
        app.main.go(Place("local", PlaceKind.VOLUME, HERE.resource_uid))
        await pilot.pause()
        await pilot.press("R")
        assert toasts(app)[-1] != ""
        assert not isinstance(app.screen, CopyForm)


def test_the_clouds_in_which_a_job_made_something_are_looked_at_again() -> None:
    """Of a copy is not known which cloud the other region is: all of the kind are."""
    inventory = Inventory()
    names = {"local": "local", "prod": "aws", "far": "aws", "lab": "openstack", "new": ""}
    inventory.add_clouds([lab(FakeProvider(), name=name) for name in names])
    for name, kind in names.items():
        if kind:
            inventory.clouds[name].info = CloudInfo(name=name, kind=kind, available=True)

    def touched(kind: JobKind, of: str, **request: str) -> list[str]:
        job = Job(
            resource_uid="job-1",
            kind=kind,
            cloud=of,
            status=JobStatus.COMPLETED,
            subject_uid="",
            subject_name="",
            name="",
            owner="",
            created_at=datetime.now(UTC),
            request=dict(request),
        )
        return [state.name for state in inventory.touched_by(job)]

    assert touched(JobKind.COPY, "prod") == ["prod", "far"]
    assert touched(JobKind.EXPORT, "local", cloud="lab") == ["local", "lab"]
    assert touched(JobKind.SNAPSHOT, "prod") == ["prod"]
    assert touched(JobKind.CHECK, "gone") == []
