"""Where there are many snapshots, the volumes are there before them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from snaptui.errors import SnaptuiError
from snaptui.tui import follower
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.cloud_state import LISTING
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.state import Remembered
from snaptui.tui.trail import Stop
from tests.tui.fake import FakeCloud, FakeJobs, make_snapshot, make_volume
from tests.tui.helpers import screen_text, toasts, type_text, wait_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable, Sequence

    from textual.pilot import Pilot

    from snaptui.models import Changes, Snapshot
    from snaptui.tui.cloud_state import CloudState

WEB = Place("local", PlaceKind.VOLUME, "vol-00000001")
NEWEST = "nightly-0001"


class SlowCloud(FakeCloud):
    """It lists its snapshots when it is told to."""

    def __init__(self, count: int = 2500) -> None:
        web, db = make_volume(1, "web-data"), make_volume(2, "db")
        snapshots = [make_snapshot(n, web) for n in range(1, count + 1)]
        super().__init__(volumes=[web, db], snapshots=snapshots)
        self.may_list = asyncio.Event()
        self.fails = False
        self.listings = 0
        self.asked: list[Hashable] = []

    async def snapshots(self, volume_uid: str | None = None) -> AsyncIterator[Sequence[Snapshot]]:
        self.listings += 1
        await self.may_list.wait()
        if self.fails:
            raise SnaptuiError("the snapshots cannot be read")
        async for page in super().snapshots(volume_uid):
            yield page

    async def changes(self, since: Hashable) -> Changes | None:
        self.asked.append(since)
        return await super().changes(since)


def line_with(app: SnaptuiApp, text: str) -> str:
    return next((line for line in screen_text(app).splitlines() if text in line), "")


def known(app: SnaptuiApp) -> CloudState:
    return app.inventory.clouds["local"]


async def volumes_seen(pilot: Pilot[None], app: SnaptuiApp) -> None:
    await wait_for(pilot, lambda: screen_text(app).count("web-data") > 1, "tree and list")


async def test_volumes_are_seen_and_opened_before_the_snapshots_are_listed() -> None:
    cloud = SlowCloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await volumes_seen(pilot, app)
        assert (known(app).loaded, known(app).complete) == (True, False)
        snapshots = line_with(app, " Snapshots ")
        assert "…" in snapshots
        assert "0" not in snapshots
        assert "2500" in line_with(app, "web-data")
        await pilot.press("down")
        await wait_for(pilot, lambda: LISTING in screen_text(app), "what the tab says")
        assert "no snapshot" not in screen_text(app)
        assert "2500" in line_with(app, "Snapshots 2")
        cloud.may_list.set()
        await wait_for(pilot, lambda: NEWEST in screen_text(app), "the snapshots")
        assert LISTING not in screen_text(app)
        assert "2500" in line_with(app, " Snapshots  ")
        assert cloud.listings == 1


async def test_what_needs_a_snapshot_says_that_they_are_being_listed() -> None:
    cloud = SlowCloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await volumes_seen(pilot, app)
        await pilot.press("down")
        await wait_for(pilot, lambda: app.main.place == WEB, "the volume")
        assert app.main.ability("snapshot")
        for key, action in (("c", "clone"), ("r", "restore"), ("v", "verify")):
            assert app.main.ability(action).reason == LISTING
            app.clear_notifications()
            await pilot.press(key)
            await wait_for(pilot, lambda: toasts(app), key)
            assert toasts(app) == [LISTING]
        cloud.may_list.set()
        await wait_for(pilot, lambda: app.main.ability("clone"), "the newest snapshot")
        target = app.main.target()
        assert target.snapshot is not None
        assert target.snapshot.name == NEWEST


async def test_the_index_and_the_cloud_page_do_not_count_what_is_not_known() -> None:
    cloud = SlowCloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await volumes_seen(pilot, app)
        app.main.go(Place("local", PlaceKind.SNAPSHOTS))
        await wait_for(pilot, lambda: LISTING in screen_text(app), "the index")
        app.main.go(Place("local", PlaceKind.CLOUD))
        await wait_for(pilot, lambda: "Kind" in screen_text(app), "the cloud's page")
        page = next(line for line in screen_text(app).splitlines() if "│ Snapshots" in line)
        assert page.split("│ Snapshots")[1].split()[0] == "…"
        cloud.may_list.set()
        await wait_for(pilot, lambda: "2500" in page_line(app), "the count")


def page_line(app: SnaptuiApp) -> str:
    return next((line for line in screen_text(app).splitlines() if "│ Snapshots" in line), "")


async def test_a_snapshot_that_is_not_listed_yet_is_not_called_deleted() -> None:
    cloud = SlowCloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await volumes_seen(pilot, app)
        # as from the family tree of its volume
        app.main.go(Place("local", PlaceKind.SNAPSHOT, "snap-00000001"))
        await wait_for(pilot, lambda: LISTING.capitalize() in screen_text(app), "its Info")
        assert "deleted" not in screen_text(app)
        cloud.may_list.set()
        await wait_for(pilot, lambda: NEWEST in screen_text(app), "the snapshot")


async def test_where_one_was_among_snapshots_is_restored_when_they_are_known() -> None:
    cloud = SlowCloud()
    stop = Stop(WEB, "Snapshots", "snap-000007D0")
    app = SnaptuiApp([cloud], FakeJobs(cloud), remembered=Remembered(stop=stop, in_pane=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: cloud.listings, "the volumes")
        await pilot.pause()
        assert app.main.place is None
        cloud.may_list.set()
        await wait_for(pilot, lambda: app.main.place == WEB, "where one was")
        await wait_for(pilot, lambda: "nightly-2000" in screen_text(app), "the row")
        target = app.main.target()
        assert target.snapshot is not None
        assert target.snapshot.name == "nightly-2000"


async def test_who_was_in_the_list_of_volumes_is_there_at_once() -> None:
    cloud = SlowCloud()
    stop = Stop(Place("local", PlaceKind.VOLUMES), "", "vol-00000001")
    app = SnaptuiApp([cloud], FakeJobs(cloud), remembered=Remembered(stop=stop, in_pane=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await volumes_seen(pilot, app)
        await wait_for(pilot, lambda: app.main.target().uid == "vol-00000001", "the row")
        assert not known(app).complete
        await wait_for(pilot, lambda: app.focused is app.main.pane.main_widget, "the focus")
        await pilot.pause()
        before = screen_text(app).splitlines()[1:]
        cloud.may_list.set()
        await wait_for(pilot, lambda: known(app).complete, "the snapshots")
        await wait_for(pilot, lambda: "2500" in line_with(app, " Snapshots  "), "their count")
        assert app.main.target().uid == "vol-00000001"
        after = screen_text(app).splitlines()[1:]
        changed = [line for line, old in zip(after, before, strict=True) if line != old]
        assert [" Snapshots " in line for line in changed] == [True]


@pytest.mark.parametrize("places", [[], ["down"], ["down", "down"], ["end"]], ids=" ".join)
async def test_the_keys_below_do_not_flicker(places: list[str]) -> None:
    cloud = SlowCloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await volumes_seen(pilot, app)
        await pilot.press(*places)
        await wait_for(pilot, lambda: app.main.place == app.main.tree_view.place, "the place")
        before = app.main.hints()
        cloud.may_list.set()
        await wait_for(pilot, lambda: known(app).complete, "the snapshots")
        assert app.main.hints() == before


async def test_what_changed_is_not_asked_for_before_all_is_known() -> None:
    cloud = SlowCloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await volumes_seen(pilot, app)
        cloud.all_volumes.append(make_volume(3, "later"))
        cloud.touch()
        app.main.look_now()
        await pilot.pause()
        assert not cloud.asked
        cloud.may_list.set()
        await wait_for(pilot, lambda: " later " in screen_text(app), "what changed")
        assert cloud.asked == [0]


async def test_a_cloud_that_fails_between_the_two_shows_its_volumes_and_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(follower, "DOWN_SECONDS", 0.05)
    cloud = SlowCloud()
    cloud.fails = True
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await volumes_seen(pilot, app)
        cloud.may_list.set()
        await wait_for(pilot, lambda: "down" in line_with(app, "▾ local"), "the cloud is down")
        assert "…" in line_with(app, " Snapshots ")
        assert screen_text(app).count("web-data") > 1
        cloud.fails = False
        await wait_for(pilot, lambda: known(app).complete, "the snapshots")
        await wait_for(pilot, lambda: "2500" in line_with(app, " Snapshots "), "their count")


async def test_few_snapshots_come_with_the_volumes() -> None:
    cloud = SlowCloud(20)
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: cloud.listings, "the listing")
        await pilot.pause()
        assert not known(app).loaded
        cloud.may_list.set()
        await wait_for(pilot, lambda: known(app).complete, "all of it")


async def test_the_jump_line_does_not_deny_what_is_not_listed_yet() -> None:
    cloud = SlowCloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await volumes_seen(pilot, app)
        await pilot.press(":")
        await type_text(pilot, NEWEST)
        await wait_for(pilot, lambda: LISTING in screen_text(app), "why it is not found")
        assert "nothing here is called" not in screen_text(app)
        cloud.may_list.set()
        await wait_for(pilot, lambda: known(app).complete, "the snapshots")
        await pilot.press("backspace", "1")
        await wait_for(pilot, lambda: "snap-00000001  of web-data" in screen_text(app), "it")
