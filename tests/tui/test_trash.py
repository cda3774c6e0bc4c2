"""The trash on a screen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from snaptui.clouds.base import Capability
from snaptui.models import Deletion, TrashedSnapshot
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.screens.trash import TrashScreen
from snaptui.tui.widgets.table import Table
from tests.support import ACTOR, take
from tests.tui.deleting import dialog, open_index, say_yes
from tests.tui.fake import FakeCloud, FakeJobs, make_snapshot, make_volume, small_cloud
from tests.tui.helpers import screen_text, toasts, wait_for

if TYPE_CHECKING:
    from snaptui.clouds.local import LocalCloud
    from snaptui.engine import Repository
    from snaptui.models import Volume


async def test_the_trash_takes_back_and_purges() -> None:
    cloud = small_cloud()
    await cloud.delete_snapshots([each.resource_uid for each in cloud.all_snapshots[:4]])
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("T")
        await wait_for(pilot, lambda: isinstance(app.screen, TrashScreen), "the trash")
        table = app.screen.query_one("#trash", Table)
        await wait_for(pilot, lambda: table.total == 4, "what is in it")
        assert "Kept for" in screen_text(app)
        assert "7 d" in screen_text(app)
        assert table.current is not None
        first = table.current.name
        await pilot.press("enter")
        await wait_for(pilot, lambda: table.total == 3, "one less")
        assert toasts(app) == [f"Snapshot {first} is back."]
        await pilot.press("space", "space", "ctrl+d")
        text = await dialog(pilot, app)
        assert "Purge 2 snapshots" in text
        assert "undo   none" in text
        await pilot.press("escape")
        await wait_for(pilot, lambda: isinstance(app.screen, TrashScreen), "the trash again")
        assert len(cloud.all_trashed) == 3
        await pilot.press("ctrl+d")
        await dialog(pilot, app)
        await say_yes(pilot, app)
        await wait_for(pilot, lambda: table.total == 1, "the last")
        assert toasts(app)[-1] == "2 snapshots were successfully purged."
        await pilot.press("u")
        await wait_for(pilot, lambda: "the trash is empty" in screen_text(app), "nothing")
        assert len(cloud.all_snapshots) == 40
        await pilot.press("u", "enter", "ctrl+d", "T")
        await wait_for(pilot, lambda: app.screen is app.main, "the main screen")


async def test_of_what_is_purged_only_that_is_told_which_was() -> None:
    cloud = small_cloud()
    await cloud.delete_snapshots([each.resource_uid for each in cloud.all_snapshots[:2]])
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("T")
        await wait_for(pilot, lambda: isinstance(app.screen, TrashScreen), "the trash")
        table = app.screen.query_one("#trash", Table)
        await wait_for(pilot, lambda: table.total == 2, "what is in it")
        last = table.shown[1]
        await pilot.press("*", "ctrl+d")
        assert "Purge 2 snapshots" in await dialog(pilot, app)
        purge = cloud.purge

        async def without_the_first(uids: Sequence[str]) -> Deletion:
            return await purge(uids[1:])  # somebody has taken that back

        cloud.purge = without_the_first  # type: ignore[method-assign]
        await say_yes(pilot, app)
        await wait_for(pilot, lambda: toasts(app), "the outcome")
        assert toasts(app) == [f"Snapshot {last.name} was successfully purged."]


async def test_what_the_trash_cannot_do_it_says() -> None:
    cloud = small_cloud()
    await cloud.delete_snapshots([cloud.all_snapshots[0].resource_uid])
    cloud.unable = frozenset({Capability.UNDELETE, Capability.PURGE})
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("T")
        await wait_for(pilot, lambda: isinstance(app.screen, TrashScreen), "the trash")
        table = app.screen.query_one("#trash", Table)
        await wait_for(pilot, lambda: table.total == 1, "what is in it")
        for key in ("u", "ctrl+d"):
            app.clear_notifications()
            await pilot.press(key)
            await wait_for(pilot, lambda: toasts(app), "the reason")
            assert set(toasts(app)) == {"the fake cloud cannot do that"}
        assert len(cloud.all_trashed) == 1


async def test_a_cloud_without_a_trash() -> None:
    cloud = small_cloud()
    cloud.unable = frozenset({Capability.TRASH, Capability.PIN})
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_index(pilot, app)
        for key in ("T", "p"):
            app.clear_notifications()
            await pilot.press(key)
            await wait_for(pilot, lambda: toasts(app), "the reason")
            assert app.screen is app.main


async def test_what_others_do_shows_in_the_trash(
    app: SnaptuiApp, repository: Repository, volume: Volume, cloud: LocalCloud
) -> None:
    snapshots = [take(repository, volume, name) for name in "abc"]
    repository.delete_snapshot(snapshots[0].resource_uid, ACTOR)
    async with app.run_test(size=(120, 40)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("T")
        await wait_for(pilot, lambda: isinstance(app.screen, TrashScreen), "the trash")
        table = app.screen.query_one("#trash", Table)
        await wait_for(pilot, lambda: table.total == 1, "the first")
        repository.delete_snapshot(snapshots[1].resource_uid, ACTOR)
        await wait_for(pilot, lambda: table.total == 2, "the second")
        await pilot.press("*", "u")
        await wait_for(pilot, lambda: table.total == 0, "both are back")
        assert len(repository.snapshots()) == 3
        await pilot.press("escape")
        await wait_for(
            pilot, lambda: len(app.inventory.clouds["local"].snapshots) == 3, "the inventory"
        )


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 16)])
async def test_a_trash_of_many(size: tuple[int, int]) -> None:
    volume = make_volume(1)
    cloud = FakeCloud(volumes=[volume])
    at = datetime.now(UTC)
    cloud.all_trashed = [
        TrashedSnapshot(
            snapshot=make_snapshot(number, volume),
            deleted_at=at - timedelta(hours=number),
            deleted_by="root",
            expires_at=at + timedelta(days=7) - timedelta(hours=number),
        )
        for number in range(20_000)
    ]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=size) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.action_do("trash")
        await wait_for(pilot, lambda: isinstance(app.screen, TrashScreen), "the trash")
        table = app.screen.query_one("#trash", Table)
        await wait_for(pilot, lambda: table.total == 20_000, "what is in it")
        await pilot.press("end")
        await wait_for(pilot, lambda: "0 min" in screen_text(app), "the last")
