"""The list of availability zones: adding one, forgetting an empty one."""

from __future__ import annotations

from pathlib import Path

from snaptui.clouds.local import LocalCloud
from snaptui.engine import Repository
from snaptui.jobs import Jobs
from snaptui.models import Volume
from snaptui.progress import no_progress
from snaptui.requests import CreateVolumeRequest, SnapshotRequest
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.screens.form import Field
from snaptui.tui.screens.question import Question
from snaptui.tui.screens.zone_list import ZoneForm, ZonesScreen
from tests.tui.fake import FakeJobs, small_cloud
from tests.tui.helpers import screen_text, toasts, wait_for


async def test_a_zone_is_added_and_an_empty_one_forgotten(
    cloud: LocalCloud, jobs: Jobs, tmp_path: Path
) -> None:
    pool = tmp_path / "pool"
    pool.mkdir()
    (pool / "letter.txt").write_text("dear")
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("Z")
        await wait_for(pilot, lambda: isinstance(app.screen, ZonesScreen), "the zones")
        await wait_for(pilot, lambda: "default" in screen_text(app), "the first one")
        await pilot.press("ctrl+d")
        await wait_for(pilot, lambda: isinstance(app.screen, Question), "the question")
        await pilot.press("tab", "enter")
        await wait_for(pilot, lambda: "part of the repository" in screen_text(app), "a no")
        await pilot.press("escape", "n")
        await wait_for(pilot, lambda: isinstance(app.screen, ZoneForm), "the form")
        app.screen.query_one("#name", Field).value = "fast"
        app.screen.query_one("#path", Field).value = str(pool)
        await pilot.press("enter")
        await wait_for(pilot, lambda: isinstance(app.screen, ZonesScreen), "the zones again")
        await wait_for(pilot, lambda: "fast" in screen_text(app), "the zone")

        made = await cloud.create_volume(
            CreateVolumeRequest(name="x", size_bytes=4096, zone="fast")
        )
        await pilot.press("down")
        table = app.screen.query_one("#zones")
        await wait_for(pilot, lambda: table.current.volume_count == 1, "its volume")  # type: ignore[attr-defined]
        await pilot.press("ctrl+d")
        await wait_for(
            pilot, lambda: "The zone fast has 1 volume: empty it first." in toasts(app), "a no"
        )
        await cloud.delete_volume(made.resource_uid)
        await wait_for(pilot, lambda: table.current.volume_count == 0, "no volume")  # type: ignore[attr-defined]
        await pilot.press("ctrl+d")
        await wait_for(pilot, lambda: isinstance(app.screen, Question), "the question")
        await wait_for(pilot, lambda: "stay as they are" in screen_text(app), "what stays")
        await pilot.press("enter")
        await wait_for(
            pilot, lambda: isinstance(app.screen, ZonesScreen), "enter alone does nothing"
        )
        assert "fast" in [zone.name for zone in await cloud.zones()]
        await pilot.press("delete")
        await wait_for(pilot, lambda: isinstance(app.screen, Question), "the question")
        await pilot.press("tab", "enter")
        await wait_for(pilot, lambda: isinstance(app.screen, ZonesScreen), "the list")
        await wait_for(pilot, lambda: table.total == 1, "one zone less")  # type: ignore[attr-defined]
        await pilot.press("Z")
        await wait_for(pilot, lambda: app.screen is app.main, "the end")
    assert (pool / "letter.txt").read_text() == "dear"
    assert (await cloud.events())[0].text == f"deleted zone fast ({pool}); its files stay"


async def test_what_others_do_to_zones_and_trash_is_seen_in_open_lists(
    cloud: LocalCloud, jobs: Jobs, volume: Volume, tmp_path: Path
) -> None:
    taken = await cloud.create_snapshot(
        SnapshotRequest(volume_uid=volume.resource_uid, name="nightly"), no_progress
    )
    await cloud.delete_snapshots([taken.resource_uid])
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("Z")
        await wait_for(pilot, lambda: "default" in screen_text(app), "the zones")
        await cloud.add_zone("fast", str(tmp_path))
        await wait_for(pilot, lambda: "fast" in screen_text(app), "the new one")
        await cloud.delete_zone("fast")
        await wait_for(pilot, lambda: "fast" not in screen_text(app), "that it is gone")
        await pilot.press("escape", "T")
        await wait_for(pilot, lambda: "nightly" in screen_text(app), "the trash")
        await cloud.purge([taken.resource_uid])
        await wait_for(pilot, lambda: "nightly" not in screen_text(app), "that it is gone")
        await pilot.press("escape", "A")
        await wait_for(pilot, lambda: "purged" in screen_text(app), "the activity")
        await cloud.add_zone("late", str(tmp_path))
        await wait_for(pilot, lambda: "late" in screen_text(app), "what is new there")


async def test_where_nothing_can_be_changed_that_is_said(
    repository: Repository, jobs: Jobs, tmp_path: Path
) -> None:
    with Repository.open(repository.path, read_only=True) as reading:
        app = SnaptuiApp([LocalCloud(reading)], jobs)
        async with app.run_test(size=(80, 24)) as pilot:
            await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
            await pilot.press("Z")
            await wait_for(pilot, lambda: isinstance(app.screen, ZonesScreen), "the zones")
            await wait_for(pilot, lambda: "default" in screen_text(app), "the first one")
            await pilot.press("n", "ctrl+d")
            assert toasts(app) == ["the repository is read-only"]
            assert isinstance(app.screen, ZonesScreen)


async def test_a_cloud_that_keeps_its_own_zones_says_so() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("Z")
        await wait_for(pilot, lambda: "/mnt/nvme/pool" in screen_text(app), "the zones")
        lines = screen_text(app).splitlines()
        assert "Zones of local" in lines[1]  # a sheet in the middle, its keys on the last line
        assert "Esc Close" in lines[-1]
        assert "Add" not in lines[-1]
        assert "Delete" not in lines[-1]
        await pilot.press("n")
        assert toasts(app) == ["the zones of this cloud are what they are"]
