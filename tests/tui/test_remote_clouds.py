"""Remote clouds in the app: opened when asked to, shown as last known, kept current, used."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from snaptui.clouds.base import Capability, Cloud
from snaptui.clouds.remote.followed import FollowedCloud
from snaptui.clouds.remote.refreshing import Refreshing
from snaptui.clouds.remote.remembered import RememberedInventory
from snaptui.clouds.remote.waiting import Pace
from snaptui.errors import CloudDownError, CloudInvalidError
from snaptui.models import Attachment, JobStatus, SnapshotStatus, Visibility, Volume, VolumeStatus
from snaptui.requests import AttachRequest, CloneRequest, RestoreRequest, SnapshotRequest
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.cloud_state import LISTING
from snaptui.tui.job_controls import JobControls
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.attach_form import AttachForm
from snaptui.tui.screens.clone_form import CloneForm
from snaptui.tui.screens.restore_form import RestoreForm
from snaptui.tui.screens.share_form import ShareForm
from snaptui.tui.screens.snapshot_form import SnapshotForm
from snaptui.tui.state import Remembered
from snaptui.tui.trail import Stop
from tests.clouds.remote.fake import FakeProvider, a_snapshot, a_volume
from tests.tui.fake import FakeCloud, FakeJobs, make_volume
from tests.tui.helpers import screen_text, toasts, type_text, wait_for

QUICK = Refreshing(all=0.2, pending=0.05, down=0.05, down_longest=0.1)


def lab(provider: FakeProvider, *, name: str = "lab", read_only: bool = False) -> FollowedCloud:
    cloud = FollowedCloud(name, provider, read_only=read_only, refreshing=QUICK)
    cloud.pace = Pace(first=0.01, longest=0.01, step=0.01)
    return cloud


def an_app(*clouds: Cloud) -> tuple[SnaptuiApp, FakeJobs]:
    here = FakeCloud(volumes=[make_volume(1, "here")])
    jobs = FakeJobs(here)
    everything: Sequence[Cloud] = [here, *clouds]
    return SnaptuiApp(everything, jobs), jobs


async def begun(pilot: Pilot[None], app: SnaptuiApp) -> None:
    await wait_for(pilot, lambda: app.main.place is not None, "the local cloud")
    await wait_for(
        pilot, lambda: all(s.loaded for s in app.inventory.clouds.values()), "all clouds"
    )


async def opened(pilot: Pilot[None], app: SnaptuiApp, name: str = "lab") -> None:
    """Go to the cloud in the tree and press Enter, as a person does."""
    await begun(pilot, app)
    app.main.tree_view.focus()
    app.main.tree_view.show_place(Place(name, PlaceKind.CLOUD))
    await pilot.pause()
    await pilot.press("enter")
    state = app.inventory.clouds[name]
    await wait_for(
        pilot, lambda: bool(state.info and state.info.opened and state.info.answered), "an answer"
    )


async def at_volume(pilot: Pilot[None], app: SnaptuiApp, uid: str) -> None:
    await opened(pilot, app)
    await wait_for(pilot, lambda: uid in app.inventory.clouds["lab"].volumes, "the volume")
    app.main.go(Place("lab", PlaceKind.VOLUME, uid))
    await pilot.pause()


async def test_nothing_is_asked_of_a_cloud_that_nobody_opened() -> None:
    provider = FakeProvider()
    provider.put(a_volume("web"))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, app)
        assert "lab" in screen_text(app)
        app.main.tree_view.focus()
        app.main.tree_view.show_place(Place("lab", PlaceKind.CLOUD))
        app.main.show(Place("lab", PlaceKind.CLOUD))
        await pilot.pause(0.3)
        assert "not opened yet" in screen_text(app)
        page = [line.rstrip(" │").split("│")[-1].split() for line in screen_text(app).split("\n")]
        assert ["Volumes", "-"] in page  # how many there are nobody knows
        assert ["Snapshots", "-"] in page
        await pilot.press("s")
        assert "not opened yet" in toasts(app)[-1]
        assert provider.calls == []


async def test_what_is_not_found_may_be_in_a_cloud_that_is_not_opened() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    provider.put(a_snapshot(web, "monday"))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, app)
        await pilot.press("colon", *"monday")
        await wait_for(pilot, lambda: "because not opened: lab" in screen_text(app), "why not")
        await pilot.press("escape", "ctrl+p", *"monday")
        await wait_for(pilot, lambda: "lab is not opened" in screen_text(app), "why not")
        await pilot.press("down", "enter")
        await wait_for(pilot, lambda: app.main.place == Place("lab", PlaceKind.CLOUD), "its page")
        state = app.inventory.clouds["lab"]
        await wait_for(pilot, lambda: state.info and state.info.answered, "an answer")
        await wait_for(pilot, lambda: state.snapshots, "its snapshots")
        await pilot.press("colon", *"monday")
        await wait_for(pilot, lambda: "of web" in screen_text(app), "the snapshot")


async def test_a_cloud_that_is_down_says_why_once_and_how_to_ask_again() -> None:
    provider = FakeProvider()
    provider.fails("connect", CloudDownError("the password is wrong"), times=None)
    app, _ = an_app(lab(provider, name="openstack demo2"))
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, app)
        app.main.go(Place("openstack demo2", PlaceKind.CLOUD))
        await wait_for(pilot, lambda: "the password is wrong" in screen_text(app), "why")
        await wait_for(pilot, lambda: "^r asks now" in screen_text(app), "what to do")
        await pilot.pause(0.2)  # its zones cannot be had either
        assert screen_text(app).count("the password is wrong") == 1
        assert "✗ openstack demo2  down" in screen_text(app)  # all of its name
        provider.recovers()
        await pilot.press("ctrl+r")
        state = app.inventory.clouds["openstack demo2"]
        await wait_for(pilot, lambda: state.info and state.info.available, "that it is back")


async def test_enter_opens_it_and_its_volumes_are_listed() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    provider.put(a_snapshot(web, "monday"))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await wait_for(pilot, lambda: "web" in screen_text(app), "the volume in the tree")
        app.main.go(Place("lab", PlaceKind.SNAPSHOTS))
        await wait_for(pilot, lambda: "monday" in screen_text(app), "the snapshot")
    assert not provider.connected  # the app has let go of it


async def test_what_was_known_is_shown_at_once_with_its_age(tmp_path: Path) -> None:
    web = a_volume("web")
    remembered = RememberedInventory(tmp_path, "lab", "openstack", {})
    remembered.write([web], [a_snapshot(web, "monday")])
    provider = FakeProvider()
    gate = provider.hangs("connect")
    cloud = FollowedCloud("lab", provider, remembered=remembered, refreshing=QUICK)
    app, _ = an_app(cloud)
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, app)
        app.main.show(Place("lab", PlaceKind.CLOUD))
        await wait_for(pilot, lambda: "Listed" in screen_text(app), "its page")
        assert _count(app, "Volumes") == ["1"]
        assert _count(app, "Snapshots") == ["1"]
        assert not app.inventory.clouds["lab"].volumes  # nobody wanted to know which
        app.main.go(Place("lab", PlaceKind.VOLUMES))  # which opens it
        await wait_for(pilot, lambda: "web" in screen_text(app), "the volume, though it hangs")
        app.main.go(Place("lab", PlaceKind.CLOUD))
        await wait_for(pilot, lambda: "being asked" in screen_text(app), "that it is asked")
        assert "Listed" in screen_text(app)
        gate.set()  # and there the volume is no more
        await wait_for(pilot, lambda: not app.inventory.clouds["lab"].volumes, "the news")


def _count(app: SnaptuiApp, what: str) -> list[str]:
    """What a cloud's page says of how many there are."""
    page = [line.rstrip(" │").split("│")[-1].split() for line in screen_text(app).split("\n")]
    (found,) = [words[1:] for words in page if words[:1] == [what]]
    return found


def remembering(path: Path, provider: FakeProvider) -> tuple[FollowedCloud, str, str]:
    """A cloud that nobody has opened, and a volume and a snapshot that it had the last time."""
    web = provider.put(a_volume("web"))
    monday = provider.put(a_snapshot(web, "monday"))
    inventory = RememberedInventory(path, "lab", "openstack", {})
    inventory.write([web], [monday])
    cloud = FollowedCloud("lab", provider, remembered=inventory, refreshing=QUICK)
    return cloud, web.resource_uid, monday.resource_uid


async def test_the_jump_line_finds_what_a_cloud_had_that_nobody_opened(tmp_path: Path) -> None:
    provider = FakeProvider()
    cloud, _, monday = remembering(tmp_path, provider)
    app, _ = an_app(cloud)
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, app)
        await pilot.press("colon")
        await pilot.pause(0.1)
        assert not app.inventory.clouds["lab"].snapshots  # nothing is looked for yet
        await type_text(pilot, "snap mond")
        await wait_for(pilot, lambda: "monday" in screen_text(app), "the snapshot")
        assert provider.calls == []
        await pilot.press("enter")  # which opens the cloud
        await wait_for(pilot, lambda: app.main.place is not None, "a place")
        await wait_for(
            pilot,
            lambda: app.main.place == Place("lab", PlaceKind.SNAPSHOT, monday),
            "the snapshot's page",
        )
        await wait_for(pilot, lambda: "connect" in provider.asked, "that it is opened")


async def test_the_palette_finds_it_too(tmp_path: Path) -> None:
    provider = FakeProvider()
    cloud, _, _ = remembering(tmp_path, provider)
    app, _ = an_app(cloud)
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, app)
        await pilot.press("ctrl+p")
        await type_text(pilot, "monday")
        await wait_for(pilot, lambda: "of web" in screen_text(app), "the snapshot")
        assert provider.calls == []


async def test_a_restore_is_retried_in_a_cloud_that_nobody_opened(tmp_path: Path) -> None:
    provider = FakeProvider()
    cloud, _, monday = remembering(tmp_path, provider)
    app, jobs = an_app(cloud)
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, app)
        restored = jobs.start(RestoreRequest(snapshot_uid=monday, in_place=True))
        failed = replace(restored, cloud="lab", status=JobStatus.FAILED)
        assert app.main.operations is not None
        controls = JobControls(app, app.inventory, jobs, app.main.operations.wake)
        controls.retry(failed, lambda _uid: None)
        await pilot.pause()
        assert toasts(app)[-1:] == [LISTING]
        state = app.inventory.clouds["lab"]
        await wait_for(pilot, lambda: monday in state.snapshots, "what was known")
        controls.retry(failed, lambda _uid: None)
        await wait_for(pilot, lambda: "data of volume web" in screen_text(app), "the question")
        assert provider.calls == []


async def test_one_begins_where_one_was_in_a_cloud_that_is_opened_for_that(tmp_path: Path) -> None:
    provider = FakeProvider()
    gate = provider.hangs("connect")
    cloud, web, _ = remembering(tmp_path, provider)
    here = FakeCloud(volumes=[make_volume(1, "here")])
    stop = Stop(Place("lab", PlaceKind.VOLUME, web))
    app = SnaptuiApp([here, cloud], FakeJobs(here), remembered=Remembered(stop=stop, in_pane=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place == stop.place, "where one was")
        await wait_for(pilot, lambda: "monday" in screen_text(app), "what was known")
        gate.set()


async def test_a_cloud_that_is_asked_for_the_first_time_does_not_say_that_it_has_nothing() -> None:
    provider = FakeProvider()
    gate = provider.hangs("volumes")
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, app)
        app.main.go(Place("lab", PlaceKind.VOLUMES))
        await wait_for(pilot, lambda: "the volumes are still being" in screen_text(app), "that")
        gate.set()
        await wait_for(pilot, lambda: "no volumes" in screen_text(app), "that it has none")


async def test_a_cloud_that_is_down_keeps_what_was_known_and_delays_nobody() -> None:
    good, bad = FakeProvider(), FakeProvider()
    web = good.put(a_volume("web"))
    old = bad.put(a_volume("old"))
    app, _ = an_app(lab(good), lab(bad, name="far"))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app, "far")
        await wait_for(pilot, lambda: old.resource_uid in app.inventory.clouds["far"].volumes, "it")
        bad.fails("connect", CloudDownError("no route to far.example"), times=None)
        await wait_for(pilot, lambda: "down" in screen_text(app), "that it is down")
        assert old.resource_uid in app.inventory.clouds["far"].volumes
        await at_volume(pilot, app, web.resource_uid)
        assert app.main.ability("snapshot")
        app.main.go(Place("far", PlaceKind.VOLUMES))
        await pilot.pause()
        assert "no route to far.example" in app.main.ability("new").reason
        bad.recovers()
        state = app.inventory.clouds["far"]
        await wait_for(pilot, lambda: bool(state.info and state.info.available), "that it is back")


async def test_the_walk_asks_for_a_job_in_that_cloud() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web", status=VolumeStatus.AVAILABLE))
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await pilot.press("s")
        await pilot.pause()
        assert "fuzzy" not in screen_text(app)
        await type_text(pilot, "Test Snapshot")
        await pilot.press("enter")
        await wait_for(pilot, lambda: jobs.requests, "the job")
        assert jobs.requests == [SnapshotRequest(volume_uid=web.resource_uid, name="Test Snapshot")]
        (subject,) = jobs.subjects
        assert subject is not None
        assert (subject.cloud, subject.uid, subject.name) == ("lab", web.resource_uid, "web")
        # what the job does in its own process
        provider.put(a_snapshot(web, "Test Snapshot"))
        await wait_for(pilot, lambda: "Test Snapshot" in screen_text(app), "the snapshot")
        state = app.inventory.clouds["lab"]
        assert state.volumes[web.resource_uid].snapshot_count == 1


async def test_a_snapshot_in_the_making_says_how_much_of_it_is_there() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    half = provider.put(a_snapshot(web, "half", status=SnapshotStatus.PENDING, percent=40))
    provider.put(a_snapshot(web, "none", status=SnapshotStatus.PENDING))
    provider.put(a_snapshot(web, "bad", status=SnapshotStatus.ERROR, reason="no room"))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await wait_for(pilot, lambda: "at 40 %" in screen_text(app), "how much")
        assert "pending" in screen_text(app)
        assert "error" in screen_text(app)
        provider.put(replace(half, percent=80))
        await wait_for(pilot, lambda: "at 80 %" in screen_text(app), "how it goes on")
        app.main.go(Place("lab", PlaceKind.SNAPSHOT, half.resource_uid))
        await wait_for(pilot, lambda: "pending, 80 %" in screen_text(app), "the same of it alone")
        provider.put(replace(half, status=SnapshotStatus.COMPLETED, percent=None))
        await wait_for(pilot, lambda: "✓ completed" in screen_text(app), "that it is whole")


async def test_a_clone_is_offered_the_clouds_zones_and_types() -> None:
    provider = FakeProvider()
    provider.offered_types = [*provider.offered_types, *_types("slow")]
    web = provider.put(a_volume("web", zone="other"))
    provider.put(a_snapshot(web, "monday"))
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 32)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await pilot.press("c")
        await wait_for(pilot, lambda: "slow" in screen_text(app), "the types")
        assert isinstance(app.screen, CloneForm)
        await pilot.press("enter")
        await wait_for(pilot, lambda: jobs.requests, "the job")
        (request,) = jobs.requests
        assert isinstance(request, CloneRequest)
        assert (request.zone, request.volume_type) == ("other", None)


def _types(name: str):  # type: ignore[no-untyped-def]
    from snaptui.models import VolumeType

    return [VolumeType(name=name)]


ATTACHED = "Volume web was successfully attached to server (i-1). The instance has it as /dev/vdb."


async def test_attaching_and_detaching() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await pilot.press("a")
        await wait_for(pilot, lambda: "server" in screen_text(app), "the instances")
        assert isinstance(app.screen, AttachForm)
        assert "▌ server" not in screen_text(app)  # none is chosen yet
        await type_text(pilot, "i-1")
        await wait_for(pilot, lambda: "▌ server" in screen_text(app), "which that is")
        await pilot.press("enter")
        await wait_for(
            pilot,
            lambda: toasts(app)[-1:] == [ATTACHED],
            "the toast",
        )
        asked = [call for call in provider.calls if call[0] == "attach"]
        assert len(asked) == 1
        await wait_for(
            pilot,
            lambda: app.inventory.clouds["lab"].volumes[web.resource_uid].attachment is not None,
            "the attachment",
        )
        await pilot.press("a")
        await wait_for(pilot, lambda: "unmounted first" in screen_text(app), "the question")
        # what is typed before it is shown would not answer it
        await wait_for(pilot, lambda: not app.typing_ahead.is_holding, "that it takes keys")
        await pilot.press("tab", "enter")
        await wait_for(pilot, lambda: "detached" in "".join(toasts(app)[-1:]), "the toast")
        assert provider.volumes_there[web.resource_uid].attachment is None or any(
            call[0] == "detach" for call in provider.calls
        )


async def test_a_form_about_a_volume_that_has_gone_says_so() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await pilot.press("s")
        await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the form")
        await type_text(pilot, "late")
        provider.vanishes(web.resource_uid)
        state = app.inventory.clouds["lab"]
        await wait_for(pilot, lambda: not state.volumes, "that it is gone")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "not there any more" in screen_text(app), "why not")
        assert isinstance(app.screen, SnapshotForm)
        assert not jobs.requests
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of the form")
        assert "deleted" in screen_text(app)


async def test_wherever_one_is_in_a_cloud_that_is_down_the_header_says_so() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)

        def header() -> str:
            return screen_text(app).split("\n")[0]

        await wait_for(pilot, lambda: "web" in header(), "the volume")
        assert "as of" not in header()
        provider.fails("connect", CloudDownError("no route"), times=None)
        await wait_for(pilot, lambda: "down, as of now" in header(), "how it is")
        provider.recovers()
        await wait_for(pilot, lambda: "down" not in header(), "that it is back")


async def test_twins_in_two_clouds_are_told_apart_in_the_jump_line() -> None:
    one, two = FakeProvider(), FakeProvider()
    for provider in (one, two):
        provider.put(a_volume("web", resource_uid="6dc03be7-e923-4bfb-8400-81fd30ca1200"))
    app, _ = an_app(lab(one), lab(two, name="openstack demo2"))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await opened(pilot, app, "openstack demo2")
        await pilot.press("colon", *"vol web")
        await wait_for(pilot, lambda: "lab  6dc03be7" in screen_text(app), "the one")
        assert "openstack demo2  6dc03be7" in screen_text(app)


@pytest.mark.parametrize(
    ("note", "given", "told"),
    [
        ("the cloud gave it another device", "/dev/vdc", "But the cloud gave it another device."),
        ("", "/dev/vdc", "The instance has it as /dev/vdc."),
    ],
)
async def test_what_is_odd_about_an_attachment_is_told(note: str, given: str, told: str) -> None:
    class Noting(FakeProvider):
        async def attach(self, volume: Volume, instance: str, device: str) -> str:
            del device
            await super().attach(volume, instance, given)
            return note

    provider = Noting()
    web = provider.put(a_volume("web"))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await pilot.press("a")
        await wait_for(pilot, lambda: isinstance(app.screen, AttachForm), "the form")
        await type_text(pilot, "i-1")
        await pilot.press("enter")
        whole = f"Volume web was successfully attached to server (i-1). {told}"
        await wait_for(pilot, lambda: toasts(app)[-1:] == [whole], "what the cloud did")


async def test_what_a_cloud_cannot_do_is_said() -> None:
    provider = FakeProvider(cannot={Capability.RESIZE: "disks here are as large as they are"})
    web = provider.put(a_volume("web"))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await pilot.press("z")
        assert "disks here are as large as they are" in toasts(app)[-1]
        for action in ("trash", "pin", "verify"):
            assert not app.main.ability(action)
            assert app.main.ability(action).reason


async def test_a_read_only_cloud_is_only_looked_at() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    provider.put(a_snapshot(web))
    app, _ = an_app(lab(provider, read_only=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        assert "read-only" in screen_text(app).split("\n")[0]
        for action in ("snapshot", "clone", "restore", "new", "delete", "attach", "resize"):
            assert "read-only" in app.main.ability(action).reason, action


async def test_a_volume_that_is_in_use_is_not_offered_to_be_restored_all_the_same() -> None:
    provider = FakeProvider()
    uid = a_volume().resource_uid
    used = Attachment(volume_uid=uid, instance="i-1", device="/dev/sdf")
    web = provider.put(a_volume("web", resource_uid=uid, attachment=used))
    provider.put(a_snapshot(web, "monday"))
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await pilot.press("r")
        await wait_for(pilot, lambda: isinstance(app.screen, RestoreForm), "the form")
        await pilot.pause()
        assert not app.screen.query("#force")
        await type_text(pilot, "web")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "in use by server (i-1)" in screen_text(app), "the refusal")
        assert "tick" not in screen_text(app)
    assert jobs.list() == []


@pytest.mark.parametrize("caution", ["", "Not every back end can do it."])
async def test_what_may_come_of_a_restore_is_told_in_its_form(caution: str) -> None:
    provider = FakeProvider()
    provider.cautions = {Capability.RESTORE_IN_PLACE: caution}
    monday = provider.put(a_snapshot(provider.put(a_volume("web")), "monday"))
    form = RestoreForm(
        monday,
        next(iter(provider.volumes_there.values())),
        _nothing,
        to_file=lab(provider).ability(Capability.RESTORE_TO_FILE),
        in_place=lab(provider).ability(Capability.RESTORE_IN_PLACE),
    )
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(form)
        await wait_for(pilot, lambda: "All data written" in screen_text(app), "the warning")
        assert ("Not every" in screen_text(app)) is bool(caution)


async def _nothing(_request: RestoreRequest) -> None:
    pass


async def test_a_restore_is_in_place_and_asks_for_the_name() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    provider.put(a_snapshot(web, "monday"))
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await pilot.press("r")
        await wait_for(pilot, lambda: isinstance(app.screen, RestoreForm), "the form")
        await pilot.pause()
        assert "New file" not in screen_text(app)
        await pilot.press("enter")
        await wait_for(pilot, lambda: "nothing is typed yet" in screen_text(app), "the refusal")
        await type_text(pilot, "web")
        await pilot.press("enter")
        await wait_for(pilot, lambda: jobs.requests, "the job")
        assert getattr(jobs.requests[0], "in_place", False)


async def test_sharing_with_everybody_wants_the_name_typed() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    monday = provider.put(a_snapshot(web, "monday"))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 32)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        app.main.go(Place("lab", PlaceKind.SNAPSHOT, monday.resource_uid))
        await pilot.pause()
        await pilot.press("w")
        await wait_for(pilot, lambda: isinstance(app.screen, ShareForm), "the form")
        await pilot.press("down", "down", "enter", "enter")
        await wait_for(pilot, lambda: "nothing is typed yet" in screen_text(app), "the refusal")
        await type_text(pilot, "monday")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "public now" in "".join(toasts(app)[-1:]), "the toast")
        assert provider.snapshots_there[monday.resource_uid].visibility == "public"


async def test_an_account_that_cannot_be_is_told_in_the_form() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    monday = provider.put(a_snapshot(web, "monday"))
    refusal = CloudInvalidError("'alice' is no account of AWS", "it has 12 digits")
    provider.fails("share", refusal)
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 32)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        app.main.go(Place("lab", PlaceKind.SNAPSHOT, monday.resource_uid))
        await pilot.pause()
        await pilot.press("w")
        await wait_for(pilot, lambda: isinstance(app.screen, ShareForm), "the form")
        await pilot.press("down", "enter")
        await type_text(pilot, "alice")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "it has 12 digits" in screen_text(app), "the refusal")
        assert isinstance(app.screen, ShareForm)
        assert provider.snapshots_there[monday.resource_uid].visibility == "private"


async def test_a_refresh_is_made_at_once_when_asked_for() -> None:
    provider = FakeProvider()
    provider.put(a_volume("web"))
    cloud = FollowedCloud("lab", provider, refreshing=Refreshing(all=0))
    app, _ = an_app(cloud)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        late = provider.put(a_volume("late"))
        await asyncio.sleep(0)
        app.main.go(Place("lab", PlaceKind.VOLUMES))
        await pilot.press("ctrl+r")
        state = app.inventory.clouds["lab"]
        await wait_for(pilot, lambda: late.resource_uid in state.volumes, "what is new")


async def test_what_a_listing_does_not_tell_is_asked_for_when_a_snapshot_is_looked_at() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    monday = provider.put(a_snapshot(web, "monday"))
    cloud = FollowedCloud("lab", provider, refreshing=Refreshing(all=0))
    app, _ = an_app(cloud)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        state = app.inventory.clouds["lab"]
        await wait_for(pilot, lambda: monday.resource_uid in state.snapshots, "the snapshot")
        provider.put(replace(monday, visibility=Visibility.SHARED, shared_with=("project-2",)))
        app.main.go(Place("lab", PlaceKind.SNAPSHOT, monday.resource_uid))
        await pilot.press("1")
        await wait_for(pilot, lambda: "shared with project-2" in screen_text(app), "with whom")
        # a listing that does not tell takes nothing of that away
        provider.put(replace(monday, visibility=None, name="tuesday"))
        await pilot.press("ctrl+r")
        await wait_for(pilot, lambda: "tuesday" in screen_text(app), "the listing")
        assert state.snapshots[monday.resource_uid].visibility is Visibility.SHARED


async def test_columns_that_nothing_has_anything_for_are_left_out() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    provider.put(a_snapshot(web, "monday"))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(120, 40)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await wait_for(pilot, lambda: "monday" in screen_text(app), "the snapshot")
        shown = app.main.pane.volume().snapshots.shown_columns()
        assert "Stored" not in screen_text(app)
        assert "created" in shown


async def test_one_begins_in_the_cloud_that_is_named() -> None:
    from snaptui.tui.state import Remembered
    from snaptui.tui.trail import Stop

    provider = FakeProvider()
    provider.put(a_volume("web"))
    here = FakeCloud(volumes=[make_volume(1, "here")])
    there = Place("lab", PlaceKind.VOLUMES)
    app = SnaptuiApp([here, lab(provider)], FakeJobs(here), remembered=Remembered(stop=Stop(there)))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place == there, "the place")
        await wait_for(pilot, lambda: "web" in screen_text(app), "its volumes")


async def test_attach_requests_name_an_instance() -> None:
    from snaptui.errors import InvalidInputError

    try:
        AttachRequest(volume_uid="vol-1", instance="  ")
    except InvalidInputError as error:
        assert "no instance is named" in error.message
    else:
        raise AssertionError


async def test_five_thousand_snapshots_come_in_pages_and_disturb_nobody() -> None:
    """The pages bring older ones first: each puts rows above those that are shown."""
    provider = FakeProvider(page=500)
    web = provider.put(a_volume("web"))
    now = datetime.now(UTC)
    for number in range(5000):
        taken = now - timedelta(hours=5000 - number)
        provider.put(a_snapshot(web, f"nightly-{number:04d}", created_at=taken))
    first = provider.hangs("snapshots page", at=3, times=1)
    then = provider.hangs("snapshots page", at=7, times=1)
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, app)
        app.main.go(Place("lab", PlaceKind.SNAPSHOTS))
        table = app.main.pane.snapshots()
        await wait_for(pilot, lambda: table.total == 1000, "the first pages")
        await pilot.press("G", *["up"] * 5)
        await wait_for(pilot, lambda: table.cursor == 994, "the row")
        row = table.current
        first.set()
        await wait_for(pilot, lambda: table.total == 3000, "more pages")
        assert table.current == row
        assert table.cursor == 2994
        assert row is not None
        assert row.name in screen_text(app)
        await pilot.press("slash", *"nightly-00")
        bar = app.main.pane.filter_bar
        assert bar.has_focus
        longest = 0.0

        async def beat() -> None:
            nonlocal longest
            while True:
                before = time.thread_time()
                await asyncio.sleep(0)
                longest = max(longest, time.thread_time() - before)

        beating = asyncio.create_task(beat())
        then.set()
        await pilot.press("1")
        await wait_for(pilot, lambda: table.total == 5000, "all of them")
        beating.cancel()
        assert bar.has_focus
        assert bar.value == "nightly-001"
        assert [each.name for each in table.shown] == [f"nightly-{n:04d}" for n in range(19, 9, -1)]
        assert longest < 0.5  # so much CPU at once would be felt


async def test_asking_again_is_seen_at_once_and_so_is_that_no_answer_comes() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    cloud = FollowedCloud("lab", provider, refreshing=replace(QUICK, all=0, silence=1.0))
    app, _ = an_app(cloud)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        app.main.go(Place("lab", PlaceKind.CLOUD))
        await wait_for(pilot, lambda: "available" in screen_text(app), "the cloud's page")
        come = provider.hangs("volumes", times=1)
        await pilot.press("ctrl+r")
        await wait_for(
            pilot, lambda: screen_text(app).count("being asked") == 2, "that it is asked"
        )
        await wait_for(pilot, lambda: screen_text(app).count("no answer for") == 2, "the silence")
        come.set()
        await wait_for(pilot, lambda: "being asked" not in screen_text(app), "the answer")
        assert "no answer" not in screen_text(app)
