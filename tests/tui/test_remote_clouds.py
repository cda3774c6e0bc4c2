"""Remote clouds in the app: opened when asked to, shown as last known, kept current."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from snaptui.clouds.remote.followed import FollowedCloud
from snaptui.clouds.remote.refreshing import Refreshing
from snaptui.clouds.remote.remembered import RememberedInventory
from snaptui.errors import CloudDownError
from snaptui.models import (
    JobStatus,
    Visibility,
)
from snaptui.requests import RestoreRequest
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.cloud_state import LISTING
from snaptui.tui.job_controls import JobControls
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.state import Remembered
from snaptui.tui.trail import Stop
from tests.clouds.remote.fake import FakeProvider, a_snapshot, a_volume
from tests.tui.elsewhere import QUICK, an_app, at_volume, begun, lab, opened
from tests.tui.fake import FakeCloud, FakeJobs, make_volume
from tests.tui.helpers import screen_text, toasts, type_text, wait_for


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


@pytest.mark.parametrize("recorded", ["lab", "openstack lab"])
async def test_a_restore_is_retried_in_a_cloud_that_nobody_opened(
    tmp_path: Path, recorded: str
) -> None:
    """Also one that was recorded with the name by which the cloud was found before."""
    provider = FakeProvider()
    cloud, _, monday = remembering(tmp_path, provider)
    cloud.found_as = ("openstack lab",)
    app, jobs = an_app(cloud)
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, app)
        restored = jobs.start(RestoreRequest(snapshot_uid=monday, in_place=True))
        failed = replace(restored, cloud=recorded, status=JobStatus.FAILED)
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
