"""What the views do when things change under them."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import pytest

from snaptui.errors import RepositoryError
from snaptui.models import Candidate, Event, Progress
from snaptui.requests import SnapshotRequest
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.glyphs import glyphs
from snaptui.tui.place import Place, PlaceKind
from tests.tui.fake import FakeCloud, FakeJobs, make_snapshot, make_volume, small_cloud
from tests.tui.helpers import screen_text, wait_for

if TYPE_CHECKING:
    from collections.abc import Hashable

    from textual.pilot import Pilot

    from snaptui.models import Usage

VOLUME = Place("local", PlaceKind.VOLUME, "vol-00000001")


async def open_place(pilot: Pilot[None], app: SnaptuiApp, place: Place = VOLUME) -> None:
    await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
    app.main.go(place)
    await wait_for(pilot, lambda: app.focused is app.main.pane.main_widget is not None, "the focus")


def shows(app: SnaptuiApp, progress: Progress) -> bool:
    return [job.progress for job in app.inventory.running] == [progress]


async def test_the_empty_state_leaves_the_focus_in_the_tree() -> None:
    cloud = FakeCloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "No volumes yet" in screen_text(app), "the greeting")
        await pilot.press("0", "up")
        await wait_for(pilot, lambda: app.main.place and app.main.place.uid == ""
                       and app.main.place.kind is PlaceKind.CLOUD, "the cloud's page")  # fmt: skip
        await pilot.press("down")
        await wait_for(pilot, lambda: "No volumes yet" in screen_text(app), "the greeting")
        await pilot.pause(0.1)
        assert app.focused is app.main.tree_view


async def test_the_empty_state_says_that_it_looks_and_why_it_cannot() -> None:
    cloud = FakeCloud()
    answer = asyncio.Event()

    async def candidates() -> list[Candidate]:
        await answer.wait()
        raise RepositoryError("the devices cannot be listed")

    cloud.candidates = candidates  # type: ignore[method-assign]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "looking for disk images" in screen_text(app), "looking")
        answer.set()
        await wait_for(pilot, lambda: "cannot be listed" in screen_text(app), "the reason")


async def test_a_job_does_not_rebuild_the_page_of_a_cloud() -> None:
    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    calls = 0
    usage = cloud.usage

    async def counted() -> Usage | None:
        nonlocal calls
        calls += 1
        return await usage()

    cloud.usage = counted  # type: ignore[method-assign]
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(Place("local", PlaceKind.CLOUD))
        await wait_for(pilot, lambda: "Zones" in screen_text(app), "the zones")
        before = calls
        job = jobs.start(SnapshotRequest(volume_uid="vol-00000001", name="a"))
        for done in (1, 2):
            progress = Progress(phase="reading", done_bytes=done, total_bytes=10)
            jobs.change(job.resource_uid, progress=progress)
            await wait_for(pilot, partial(shows, app, progress), "the progress")
            assert "Zones" in screen_text(app)
        assert calls == before


async def test_the_lineage_keeps_its_cursor() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("4")
        lineage = app.main.pane.volume().lineage
        await wait_for(pilot, lambda: lineage.row_count() == 13, "the tree")
        await pilot.press("down", "down")
        node = lineage.node_at(lineage.cursor)
        cloud.all_snapshots.insert(0, make_snapshot(0, cloud.all_volumes[0], "fresh"))
        cloud.touch()
        await wait_for(pilot, lambda: lineage.row_count() == 14, "the new node")
        assert lineage.node_at(lineage.cursor) == node


async def test_what_was_asked_for_earlier_does_not_replace_what_came_since() -> None:
    cloud = small_cloud()
    first = asyncio.Event()
    calls = 0
    events = cloud.events

    async def reordered(uid: str | None = None) -> list[Event]:
        nonlocal calls
        calls += 1
        if calls == 1:
            await first.wait()
            return []
        return await events(uid)

    cloud.events = reordered  # type: ignore[method-assign]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("5")
        await wait_for(pilot, lambda: calls == 1, "the first call")
        cloud.all_snapshots.append(make_snapshot(500, cloud.all_volumes[0], "fresh"))
        cloud.touch()
        activity = app.main.pane.volume().activity
        await wait_for(pilot, lambda: activity.total, "the second answer")
        first.set()
        await pilot.pause(0.1)
        assert activity.total


async def test_a_tab_recovers_from_an_error() -> None:
    cloud = FakeCloud(volumes=[make_volume(1)])
    events = cloud.events

    async def broken(uid: str | None = None) -> list[Event]:
        raise RepositoryError("the log is gone")

    cloud.events = broken  # type: ignore[method-assign]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("5")
        await wait_for(pilot, lambda: "the log is gone" in screen_text(app), "the reason")
        cloud.events = events  # type: ignore[method-assign]
        cloud.touch()
        await pilot.press("4", "5")
        await wait_for(pilot, lambda: "nothing has happened" in screen_text(app), "the recovery")


class ExpiredCloud(FakeCloud):
    async def change_token(self) -> Hashable:
        raise RepositoryError("the token expired")


async def test_a_cloud_that_is_down_says_why_and_offers_nothing() -> None:
    cloud = ExpiredCloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "local is down: the token expired" in screen_text(app), "why")
        assert "no volumes" not in screen_text(app)


@pytest.mark.parametrize("ascii_only", [True, False])
async def test_a_long_title_is_cut_with_our_own_sign(
    ascii_only: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if ascii_only:
        monkeypatch.setenv("LC_ALL", "POSIX")
        glyphs.cache_clear()
    cloud = FakeCloud(volumes=[make_volume(1, "n" * 80)])
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(60, 24)) as pilot:
        await open_place(pilot, app)
        title = screen_text(app).split("\n")[1]
        assert ("~" if ascii_only else "…") in title
        assert title.isascii() == ascii_only


async def test_where_there_is_no_room_for_all_the_uid_gives_way_first() -> None:
    uid = "3f2b8a90-1c2d-4e5f-8a7b-6c5d4e3f2a1b"
    cloud = FakeCloud(volumes=[make_volume(1, "web-data", resource_uid=uid)])
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app, Place("local", PlaceKind.VOLUME, uid))
        title = screen_text(app).split("\n")[1]
        assert "web-data  3f2b8a90" in title
        assert "20 GiB  available" in title
        assert uid not in title
        await pilot.resize_terminal(140, 24)
        await wait_for(pilot, lambda: uid in screen_text(app).split("\n")[1], "all of it")
        await pilot.resize_terminal(60, 24)
        await wait_for(pilot, lambda: uid not in screen_text(app), "less room")
        assert "20 GiB  av" in screen_text(app).split("\n")[1]


async def test_lines_are_drawn_without_changing_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("1")
        info = app.main.pane.volume().info
        await wait_for(pilot, lambda: "Resource UID" in info.text, "the text")
        size = info.virtual_size
        info._built_for = -1
        info._builder = lambda width: [[("other", "")]]
        assert info.line_at(0).text.startswith("other")
        assert info.virtual_size == size
        await wait_for(pilot, lambda: info.virtual_size.height == 1, "the size")


async def test_a_tab_counts_the_snapshots_of_the_volume_it_belongs_to() -> None:
    """Also when it was hidden while the volume changed."""
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        state = next(iter(app.inventory.clouds.values()))
        for volume in [*state.volumes.values(), *state.volumes.values()]:
            count = len(state.of_volume(volume.resource_uid))
            app.main.go(Place("local", PlaceKind.VOLUMES, ""))
            await wait_for(
                pilot,
                lambda: "Resource UID" in screen_text(app) or "Snaps" in screen_text(app),
                "the index",
            )
            await pilot.pause(0.1)
            app.main.go(Place("local", PlaceKind.VOLUME, volume.resource_uid))
            await wait_for(pilot, partial(says, app, f"Snapshots {count} "), f"{count} snapshots")


def says(app: SnaptuiApp, text: str) -> bool:
    return text in screen_text(app)


async def test_when_the_trees_volume_is_deleted_keys_act_on_what_is_shown() -> None:
    """The cursor must not slide to the next volume while the pane shows the one that is gone."""
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("down")
        await wait_for(pilot, lambda: app.main.place == VOLUME, "the volume")
        assert app.main.tree_view.has_focus
        cloud.all_volumes = [v for v in cloud.all_volumes if v.resource_uid != VOLUME.uid]
        cloud.touch()
        index = Place("local", PlaceKind.VOLUMES)
        await wait_for(pilot, lambda: app.main.place == index, "the index")
        assert app.main.tree_view.place == index
        assert app.main.target().chosen is None


async def test_a_deleted_volume_keeps_its_name_while_snapshots_know_it() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(VOLUME)
        await wait_for(pilot, lambda: app.focused is app.main.pane.main_widget, "the focus")
        cloud.all_volumes = [v for v in cloud.all_volumes if v.resource_uid != VOLUME.uid]
        cloud.touch()
        await wait_for(pilot, lambda: "deleted" in screen_text(app), "the news")
        assert app.main.place == VOLUME
        assert "web-data  vol-00000001  deleted" in screen_text(app)
        assert app.main.tree_view.place == VOLUME.parent
        cloud.all_snapshots = []
        cloud.touch()
        await wait_for(pilot, lambda: "this volume is deleted" in screen_text(app), "the end")
