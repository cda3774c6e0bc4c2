"""The main job, from the keyboard, on a real volume with real jobs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from snaptui.engine import Repository
from snaptui.jobs import Jobs
from snaptui.models import JobStatus
from snaptui.requests import SnapshotRequest
from snaptui.tui.place import PlaceKind
from snaptui.tui.screens.clone_form import CloneForm
from snaptui.tui.screens.confirm import ConfirmDelete
from snaptui.tui.screens.form import Field
from snaptui.tui.screens.restore_form import RestoreForm
from snaptui.tui.screens.snapshot_form import SnapshotForm
from tests.tui.conftest import SIZES
from tests.tui.helpers import screen_text, toasts, type_text, wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from snaptui.clouds.local import LocalCloud
    from snaptui.models import Volume
    from snaptui.tui.app import SnaptuiApp
    from snaptui.tui.inventory import CloudState

CREATED = "Snapshot Test Snapshot was successfully created."


async def open_volume(pilot: Pilot[None], app: SnaptuiApp) -> CloudState:
    """From the start to the volume's node, with the arrow keys."""
    await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
    await pilot.press("down")
    await wait_for(
        pilot,
        lambda: app.main.place is not None and app.main.place.kind is PlaceKind.VOLUME,
        "the volume's tabs",
    )
    return next(iter(app.inventory.clouds.values()))


def kind_of(app: SnaptuiApp) -> PlaceKind | None:
    return app.main.place.kind if app.main.place is not None else None


async def take_snapshot(pilot: Pilot[None], app: SnaptuiApp, name: str) -> None:
    await pilot.press("s")
    await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the form")
    await type_text(pilot, name)
    await pilot.press("enter")
    text = f"Snapshot {name} was successfully created."
    await wait_for(pilot, lambda: text in toasts(app), "the toast")
    (state,) = app.inventory.clouds.values()
    await wait_for(pilot, lambda: name in {s.name for s in state.snapshots.values()}, "its row")


@pytest.mark.parametrize("size", SIZES)
async def test_the_walk(app: SnaptuiApp, volume: Volume, size: tuple[int, int]) -> None:
    async with app.run_test(size=size, notifications=True) as pilot:
        state = await open_volume(pilot, app)
        await wait_for(pilot, lambda: "no snapshots yet" in screen_text(app), "the empty tab")
        await pilot.press("s")
        await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the form")
        assert app.focused is app.screen.query_one("#name")
        assert "web-data" in screen_text(app)
        await type_text(pilot, "Test Snapshot")
        await pilot.click("#submit")
        await wait_for(pilot, lambda: CREATED in toasts(app), "the toast")
        tab = app.main.pane.volume()
        assert tab.tab == "Snapshots"
        await wait_for(pilot, lambda: tab.snapshots.total == 1, "its row")
        assert "Test Snapshot" in screen_text(app)
        fresh = state.volumes[volume.resource_uid]
        assert fresh.snapshot_count == 1
        row = next(
            line for line in screen_text(app).splitlines() if "web-data" in line and "now" in line
        )
        assert " 1 " in row
        await wait_for(pilot, lambda: CREATED in screen_text(app), "the toast on the screen")


async def test_a_snapshot_made_by_another_process_shows_by_itself(
    app: SnaptuiApp, volume: Volume, repository: Repository
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        state = await open_volume(pilot, app)
        with Repository.open(repository.path) as other:
            request = SnapshotRequest(volume_uid=volume.resource_uid, name="Test Snapshot")
            await asyncio.to_thread(Jobs(other).start, request)
            await wait_for(pilot, lambda: CREATED in toasts(app), "the toast")
        await wait_for(pilot, lambda: len(state.snapshots) == 1, "the snapshot")
        await wait_for(pilot, lambda: app.main.pane.volume().snapshots.total == 1, "its row")
        assert state.volumes[volume.resource_uid].last_snapshot_at is not None


async def test_a_running_job_is_found_again(
    app: SnaptuiApp, volume: Volume, jobs: Jobs, cloud: LocalCloud
) -> None:
    job = jobs.start(SnapshotRequest(volume_uid=volume.resource_uid, name="Test Snapshot"))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: job.resource_uid in app.inventory.jobs, "the job")
        await wait_for(
            pilot,
            lambda: app.inventory.jobs[job.resource_uid].status is JobStatus.COMPLETED,
            "its end",
        )


async def test_the_form_tells_what_is_wrong_and_keeps_what_was_typed(
    app: SnaptuiApp, volume: Volume
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        state = await open_volume(pilot, app)
        await pilot.press("s")
        await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the form")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "the name is empty" in screen_text(app), "the reason")
        app.screen.query_one("#name", Field).value = "x" * 300
        await pilot.press("enter")
        await wait_for(pilot, lambda: "300 characters long" in screen_text(app), "the reason")
        assert app.screen.query_one("#name", Field).value == "x" * 300
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of the form")
        assert not app.inventory.jobs
        assert not state.snapshots


async def test_a_clone_is_never_smaller_than_its_snapshot(app: SnaptuiApp, volume: Volume) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        state = await open_volume(pilot, app)
        await take_snapshot(pilot, app, "base")
        await pilot.press("c")
        await wait_for(pilot, lambda: isinstance(app.screen, CloneForm), "the form")
        app.screen.query_one("#size", Field).value = "1MiB"
        await pilot.press("enter")
        await wait_for(pilot, lambda: "smaller than the snapshot" in screen_text(app), "the reason")
        app.screen.query_one("#size", Field).value = "9MiB"
        await pilot.press("enter")
        text = "Volume web-data-clone was successfully cloned from snapshot base."
        await wait_for(pilot, lambda: text in toasts(app), "the toast")
        await wait_for(pilot, lambda: len(state.volumes) == 2, "the clone")
        clone = next(v for v in state.volumes.values() if v.resource_uid != volume.resource_uid)
        assert clone.size_bytes == 9 * 1024**2


async def test_restore_to_a_new_file(
    app: SnaptuiApp, volume: Volume, image: Path, tmp_path: Path
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await open_volume(pilot, app)
        await take_snapshot(pilot, app, "base")
        await pilot.press("r")
        await wait_for(pilot, lambda: isinstance(app.screen, RestoreForm), "the form")
        target = tmp_path / "restored.img"
        app.screen.query_one("#path", Field).value = str(target)
        await pilot.press("enter")
        await wait_for(
            pilot, lambda: any("successfully restored to" in t for t in toasts(app)), "the toast"
        )
        assert target.read_bytes() == image.read_bytes()


async def test_restore_in_place_wants_the_name_typed(
    app: SnaptuiApp, volume: Volume, image: Path
) -> None:
    before = image.read_bytes()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_volume(pilot, app)
        await take_snapshot(pilot, app, "base")
        with image.open("r+b") as file:
            file.write(b"changed")
        await pilot.press("r")
        await wait_for(pilot, lambda: isinstance(app.screen, RestoreForm), "the form")
        app.screen.query_one("#where").focus()
        await pilot.press("down")
        typed = app.screen.query_one("#typed", Field)
        await wait_for(pilot, lambda: typed.display, "the field for the name")
        typed.focus()
        await pilot.press("enter")
        await wait_for(pilot, lambda: "nothing is typed yet" in screen_text(app), "the reason")
        assert image.read_bytes() != before
        typed.value = "web-data"
        await pilot.press("enter")
        await wait_for(
            pilot, lambda: any("successfully restored to" in t for t in toasts(app)), "the toast"
        )
        assert image.read_bytes() == before


async def test_delete_asks_first(app: SnaptuiApp, volume: Volume) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        state = await open_volume(pilot, app)
        await take_snapshot(pilot, app, "base")
        await wait_for(pilot, lambda: len(state.snapshots) == 1, "the snapshot")
        await pilot.press("tab", "ctrl+d")
        await wait_for(pilot, lambda: isinstance(app.screen, ConfirmDelete), "the question")
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of the question")
        assert len(state.snapshots) == 1
        await pilot.press("delete")
        await wait_for(pilot, lambda: isinstance(app.screen, ConfirmDelete), "the question")
        # Enter alone does no harm: the focus is on Cancel.
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of the question")
        assert len(state.snapshots) == 1
        await pilot.press("ctrl+d")
        await wait_for(pilot, lambda: isinstance(app.screen, ConfirmDelete), "the question")
        await pilot.press("tab", "enter")
        await wait_for(pilot, lambda: not state.snapshots, "the deletion")
        assert toasts(app)[-1].startswith("Snapshot base was successfully deleted.\n")


async def test_deleting_a_volume_wants_its_name_typed(app: SnaptuiApp, volume: Volume) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        state = await open_volume(pilot, app)
        await pilot.press("ctrl+d")
        await wait_for(pilot, lambda: isinstance(app.screen, ConfirmDelete), "the question")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "nothing is typed yet" in screen_text(app), "the reason")
        assert volume.resource_uid in state.volumes
        await type_text(pilot, "web-data")
        await pilot.press("enter")
        await wait_for(pilot, lambda: not state.volumes, "the deletion")
        await pilot.press("up")
        await wait_for(pilot, lambda: "No volumes yet" in screen_text(app), "the empty state")


async def test_typing_a_filter_triggers_no_actions(app: SnaptuiApp, volume: Volume) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("tab", "slash")
        await type_text(pilot, "scrndqjJ?web")
        assert app.screen is app.main
        assert app.main.pane.filter_bar.value == "scrndqjJ?web"
        assert app.main.pane.volumes().matching == 0
        await pilot.press("escape")
        assert app.main.pane.volumes().matching == 1
        assert not app.main.pane.filter_bar.display
        assert app.focused is app.main.pane.volumes()


async def test_a_failed_job_is_told_with_what_to_do(
    app: SnaptuiApp, volume: Volume, image: Path
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await open_volume(pilot, app)
        image.unlink()
        await pilot.press("s")
        await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the form")
        await type_text(pilot, "late")
        await pilot.press("enter")
        await wait_for(
            pilot, lambda: any(n.severity == "error" for n in app._notifications), "the toast"
        )
        failed = next(iter(app.inventory.jobs.values()))
        assert failed.status is JobStatus.FAILED
        assert failed.summary in toasts(app)[0]
        assert failed.hint in toasts(app)[0]


async def test_going_in_and_back_out(app: SnaptuiApp, volume: Volume) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await open_volume(pilot, app)
        await take_snapshot(pilot, app, "base")
        await pilot.press("up", "enter")
        await wait_for(pilot, lambda: kind_of(app) is PlaceKind.VOLUMES, "the index")
        await pilot.press("enter")
        assert kind_of(app) is PlaceKind.VOLUME
        await wait_for(pilot, lambda: app.main.pane.volume().snapshots.total == 1, "the row")
        await pilot.press("enter")
        assert kind_of(app) is PlaceKind.SNAPSHOT
        await wait_for(pilot, lambda: "Resource UID" in screen_text(app), "the Info tab")
        await pilot.press("escape")
        assert kind_of(app) is PlaceKind.VOLUME
        await pilot.press("backspace")
        assert kind_of(app) is PlaceKind.VOLUMES
        assert app.main.pane.volumes().current is not None
