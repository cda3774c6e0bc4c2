"""Who did what, when, from where: of a volume, of a snapshot, of a whole cloud."""

from __future__ import annotations

import asyncio
from functools import partial

from snaptui.errors import RepositoryError
from snaptui.models import Event
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.tables.events import ASKING_EVENTS, NO_EVENTS
from snaptui.units import format_time
from tests.tui.fake import FakeCloud, FakeJobs, make_snapshot, small_cloud
from tests.tui.helpers import screen_text, toasts, type_text, wait_for
from tests.tui.test_views import open_place, says


def new_app() -> tuple[SnaptuiApp, FakeCloud]:
    cloud = small_cloud()
    return SnaptuiApp([cloud], FakeJobs(cloud)), cloud


async def test_the_exact_time_and_the_origin_are_at_hand() -> None:
    app, _ = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("5")
        activity = app.main.pane.volume().activity
        await wait_for(pilot, lambda: activity.total, "the events")
        for key in ("home", "down"):
            await pilot.press(key)
            event = activity.current
            assert event is not None
            told = f"{format_time(event.at)} · root from pts/0"
            await wait_for(pilot, partial(says, app, told), told)
        await pilot.press("2")
        await wait_for(pilot, lambda: "from pts/0" not in screen_text(app), "another tab")


async def test_the_whole_clouds_activity_by_its_key_and_in_the_tree() -> None:
    app, cloud = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("A")
        table = app.main.pane.activity()
        await wait_for(pilot, lambda: table.total == 42, "the events")
        first = screen_text(app).splitlines()[3]
        for part in ("4h", "web-data", "took snapshot nightly"):
            assert part in first
        assert "root from pts/0" in screen_text(app)
        assert app.main.tree_view.place == Place("local", PlaceKind.ACTIVITY)
        cloud.all_snapshots.insert(0, make_snapshot(0, cloud.all_volumes[0], "fresh"))
        cloud.touch()
        await wait_for(pilot, lambda: table.total == 43, "the new event")
        await pilot.press("slash")
        await type_text(pilot, "fresh")
        await wait_for(pilot, lambda: table.matching == 1, "the filter")
        await pilot.press("escape", "escape")
        await wait_for(
            pilot,
            lambda: app.main.place is not None and app.main.place.kind is PlaceKind.VOLUME,
            "where one came from",
        )


async def test_enter_goes_to_what_it_was_done_to() -> None:
    app, cloud = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app, Place("local", PlaceKind.ACTIVITY))
        table = app.main.pane.activity()
        await wait_for(pilot, lambda: table.total, "the events")
        await pilot.press("enter")
        await wait_for(
            pilot,
            lambda: app.main.place == Place("local", PlaceKind.SNAPSHOT, "snap-00000001"),
            "the snapshot",
        )
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.focused is table, "the way back")
        cloud.all_snapshots = []
        cloud.all_volumes = cloud.all_volumes[1:]

        async def events(uid: str | None = None) -> list[Event]:
            return [
                Event(
                    uid="ev-1",
                    at=make_snapshot(1, cloud.all_volumes[0]).created_at,
                    user="root",
                    origin="",
                    action="delete",
                    subject_uid="vol-00000001",
                )
            ]

        cloud.events = events  # type: ignore[method-assign]
        cloud.touch()
        await wait_for(pilot, lambda: table.total == 1, "the other events")
        await pilot.press("enter")
        await wait_for(pilot, lambda: any("deleted" in each for each in toasts(app)), "why not")


async def test_what_cannot_be_had_is_told_and_asked_for_again() -> None:
    app, cloud = new_app()
    events = cloud.events

    async def broken(uid: str | None = None) -> list[Event]:
        raise RepositoryError("the log is gone")

    cloud.events = broken  # type: ignore[method-assign]
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app, Place("local", PlaceKind.ACTIVITY))
        await wait_for(pilot, lambda: "the log is gone" in screen_text(app), "the reason")
        cloud.events = events  # type: ignore[method-assign]
        await pilot.press("escape", "A")
        await wait_for(pilot, lambda: app.main.pane.activity().total, "the events")


async def test_nothing_is_said_to_have_happened_or_not_before_it_is_known() -> None:
    app, cloud = new_app()
    known, answer = cloud.events, asyncio.Event()

    async def slow(uid: str | None = None) -> list[Event]:
        await answer.wait()
        return await known(uid)

    cloud.events = slow  # type: ignore[method-assign]
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        for key in ("5", "A"):
            await pilot.press(key)
            await wait_for(pilot, lambda: ASKING_EVENTS in screen_text(app), "that it is asked")
            assert NO_EVENTS not in screen_text(app)
        answer.set()
        await wait_for(pilot, lambda: ASKING_EVENTS not in screen_text(app), "the answer")
