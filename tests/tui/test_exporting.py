"""Exporting what is seen: the rows that are shown, in their order, with the model's names."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.export_form import ExportForm
from snaptui.tui.screens.form import Field
from snaptui.tui.screens.jobs import JobsScreen
from tests.tui.fake import FakeJobs, small_cloud
from tests.tui.helpers import screen_text, toasts, type_text, wait_for
from tests.tui.test_views import open_place

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot


def new_app() -> SnaptuiApp:
    cloud = small_cloud()
    return SnaptuiApp([cloud], FakeJobs(cloud))


async def export(pilot: Pilot[None], app: SnaptuiApp, *keys: str) -> None:
    before = app.screen
    await pilot.press("e")
    await wait_for(pilot, lambda: isinstance(app.screen, ExportForm), "the form")
    await pilot.press(*keys, "enter")
    await wait_for(pilot, lambda: app.screen is before, "the end of the form")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def test_the_index_of_volumes(tmp_path: Path) -> None:
    app = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app, Place("local", PlaceKind.VOLUMES))
        await export(pilot, app)
        document = json.loads((tmp_path / "volumes.json").read_text())
        assert [each["name"] for each in document] == [
            each.name for each in app.main.pane.volumes().shown
        ]
        assert document[0]["size_bytes"] == 20 * 1024**3
        assert any("Saved 2 volumes to" in each for each in toasts(app))


async def test_only_what_the_filter_shows(tmp_path: Path) -> None:
    app = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("slash")
        await type_text(pilot, "0007")
        await pilot.press("enter")
        await export(pilot, app)
        document = json.loads((tmp_path / "web-data-snapshots.json").read_text())
        assert [each["name"] for each in document] == ["nightly-0007"]


async def test_csv_by_the_choice_and_by_the_ending(tmp_path: Path) -> None:
    app = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("e")
        await wait_for(pilot, lambda: isinstance(app.screen, ExportForm), "the form")
        await pilot.press("shift+tab", "down")
        field = app.screen.query_one("#path", Field)
        await wait_for(pilot, lambda: field.value == "web-data-snapshots.csv", "the other ending")
        await pilot.press("tab", "enter")
        path = tmp_path / "web-data-snapshots.csv"
        await wait_for(pilot, path.exists, "the file")
        with path.open() as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == 12
        assert rows[0]["resource_uid"].startswith("snap-")


async def test_a_file_that_exists_stays_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "web-data-snapshots.json"
    path.write_text("before")
    app = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("e")
        await wait_for(pilot, lambda: isinstance(app.screen, ExportForm), "the form")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "exists already" in screen_text(app), "the reason")
        assert path.read_text() == "before"
        await pilot.press("tab", "space", "shift+tab", "enter")
        await wait_for(pilot, lambda: app.screen is app.main, "the end")
        assert len(json.loads(path.read_text())) == 12


async def test_an_ending_that_says_nothing_is_asked_about() -> None:
    app = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("e")
        await wait_for(pilot, lambda: isinstance(app.screen, ExportForm), "the form")
        app.screen.query_one("#path", Field).value = "report"
        await pilot.press("enter")
        await wait_for(pilot, lambda: "report says neither JSON nor CSV" in screen_text(app), "why")


async def test_activity_and_jobs(tmp_path: Path) -> None:
    app = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("5")
        activity = app.main.pane.volume().activity
        await wait_for(pilot, lambda: activity.total, "the events")
        await export(pilot, app)
        assert len(json.loads((tmp_path / "web-data-events.json").read_text())) == activity.total
        await pilot.press("2", "v", "J")
        await wait_for(pilot, lambda: isinstance(app.screen, JobsScreen), "the jobs")
        await wait_for(pilot, lambda: app.inventory.jobs, "a job")
        await export(pilot, app)
        (job,) = json.loads((tmp_path / "jobs.json").read_text())
        assert job["kind"] == "check"


async def test_where_there_is_no_list_that_is_said() -> None:
    app = new_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("1", "e")
        await wait_for(pilot, lambda: toasts(app), "the toast")
        assert toasts(app) == ["there is no list here to save"]
        assert app.screen is app.main
