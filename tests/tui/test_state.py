"""Where one was is where one begins; a damaged or missing file is no trouble."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.main import MainScreen
from snaptui.tui.state import Remembered, StateFile
from snaptui.tui.table_choices import TableChoice
from snaptui.tui.trail import Stop
from snaptui.tui.widgets.detail import Detail
from snaptui.tui.widgets.table import Table
from tests.tui.fake import FakeCloud, FakeJobs, small_cloud
from tests.tui.helpers import screen_text, wait_for

VOLUME = Place("local", PlaceKind.VOLUME, "vol-00000001")
ALL = Remembered(
    stop=Stop(VOLUME, "Snapshots", "snap-00000005"),
    in_pane=True,
    filter="nightly",
    tables={"volume-snapshots": TableChoice({"uid": False}, "name", True)},
    theme="light",
)


@pytest.fixture
def file(tmp_path: Path) -> StateFile:
    return StateFile(tmp_path / "state" / "state.json", "/a", "snaptui")


def test_what_was_written_is_read(file: StateFile) -> None:
    assert file.read() == Remembered()
    file.write(ALL)
    assert file.read() == ALL
    assert os.listdir(file._path.parent) == ["state.json"]
    assert file._path.stat().st_mode & 0o077 == 0


def test_every_repository_has_its_own_and_the_theme_is_for_all(file: StateFile) -> None:
    other = StateFile(file._path, "/b", "snaptui")
    file.write(ALL)
    assert other.read() == Remembered(theme="light")
    other.write(Remembered(stop=Stop(Place("local", PlaceKind.SNAPSHOTS))))
    assert file.read() == ALL
    for number in range(60):
        StateFile(file._path, f"/many/{number}", "snaptui").write(Remembered())
    assert len(json.loads(file._path.read_text())["repositories"]) == 50
    assert file.read() == Remembered(theme="light")  # it was left longest ago


def test_a_theme_that_is_set_anew_counts_more_than_one_chosen_before(file: StateFile) -> None:
    file.write(ALL)
    assert StateFile(file._path, "/a", "ansi").read().theme == ""
    assert file.read().theme == "light"


DAMAGED = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"repositories": 3, "theme": []}',
    b'{"repositories": {"/a": {"place": 3, "tab": {}, "tables": [], "filter": 5}}}',
    b'{"repositories": {"/a": {"place": {"cloud": "x", "kind": "nowhere"}, "in_pane": 1}}}',
    b'{"repositories": {"/a": {"jumps": [3, null, {"a": 1}]}}}',
    b'{"repositories": {"/a": {"jumps": "vol"}}}',
    b'{"repositories": {"/a": {"tables": {"volumes": {"columns": {"x": 3}, "sort": 4}}}}}',
]


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_is_none_and_is_mended(file: StateFile, content: bytes) -> None:
    file._path.parent.mkdir()
    file._path.write_bytes(content)
    assert file.read().stop is None
    assert file.read().filter == ""
    file.write(ALL)
    assert file.read() == ALL


def test_every_cut_of_a_file_can_be_read(file: StateFile) -> None:
    file.write(ALL)
    whole = file._path.read_bytes()
    for length in range(len(whole)):
        file._path.write_bytes(whole[:length])
        file.read()


def test_where_nothing_can_be_written_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "in-the-way").touch()
    file = StateFile(tmp_path / "in-the-way" / "state.json", "/a", "snaptui")
    file.write(ALL)
    assert file.read() == Remembered()


def app_over(cloud: FakeCloud, remembered: Remembered) -> SnaptuiApp:
    return SnaptuiApp([cloud], FakeJobs(cloud), remembered=remembered)


async def test_one_begins_where_one_was() -> None:
    cloud = small_cloud()
    app = app_over(cloud, Remembered())
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(VOLUME)
        await pilot.pause()
        await pilot.press("down", "down", "down")
        await wait_for(pilot, lambda: app.main._stop(VOLUME).key == "snap-00000004", "the row")
        app.exit()
    left = app.left
    assert left is not None
    assert left.stop == Stop(VOLUME, "Snapshots", "snap-00000004")
    assert left.in_pane

    again = app_over(cloud, left)
    async with again.run_test(size=(100, 30)) as pilot:
        await wait_for(pilot, lambda: again.main.place == VOLUME, "the volume")
        widget = again.main.pane.main_widget
        assert isinstance(widget, Table)
        await wait_for(pilot, lambda: widget.has_focus, "the focus")
        assert widget.key_at(widget.cursor) == "snap-00000004"
        assert again.main.tree_view.place == VOLUME


async def test_tab_filter_and_order_are_restored() -> None:
    app = app_over(small_cloud(), ALL)
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_for(pilot, lambda: app.main.place == VOLUME, "the volume")
        await wait_for(pilot, lambda: "of 12" in screen_text(app), "the filter")
        assert app.main.pane.filter_bar.value == "nightly"
        assert app.table_choices["volume-snapshots"] == TableChoice({"uid": False}, "name", True)
        assert app.theme == "light"
        app.exit()
    assert app.left == ALL

    lineage = Remembered(stop=Stop(VOLUME, "Lineage"))
    app = app_over(small_cloud(), lineage)
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_for(pilot, lambda: app.main.place == VOLUME, "the volume")
        view = app.main.pane.current
        assert isinstance(view, Detail)
        await wait_for(pilot, lambda: view.tab == "Lineage", "the tab")
        await wait_for(pilot, lambda: app.main.tree_view.has_focus, "the focus in the tree")


async def test_who_was_in_the_tree_is_there_however_late_the_tab_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late: list[Callable[[], object]] = []
    monkeypatch.setattr(MainScreen, "call_after_refresh", lambda _, callback: late.append(callback))
    app = app_over(small_cloud(), Remembered(stop=Stop(VOLUME, "Lineage")))
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_for(pilot, lambda: app.main.place == VOLUME, "the volume")
        await wait_for(pilot, lambda: app.main.tree_view.has_focus, "the focus in the tree")
        for callback in late:
            callback()
        await pilot.pause()
        assert app.main.tree_view.has_focus


@pytest.mark.parametrize(
    "stop",
    [
        Stop(Place("local", PlaceKind.VOLUME, "vol-0000DEAD"), "Blocks", "x"),
        Stop(Place("local", PlaceKind.SNAPSHOT, "snap-0000DEAD")),
        Stop(Place("a cloud of long ago", PlaceKind.VOLUMES)),
        Stop(VOLUME, "No such tab", "no such row"),
    ],
)
async def test_what_is_no_more_there_is_no_trouble(stop: Stop) -> None:
    app = app_over(small_cloud(), Remembered(stop=stop))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("down")
        await pilot.pause()
        assert "web-data" in screen_text(app)


async def test_a_cloud_that_comes_late_is_gone_to_unless_one_has_moved() -> None:
    stop = Stop(Place("late", PlaceKind.VOLUME, "vol-00000001"))
    first, late = small_cloud(), small_cloud()
    late._name = "late"
    app = SnaptuiApp([first, late], FakeJobs(first), remembered=Remembered(stop=stop))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place == stop.place, "the late cloud's volume")


async def test_leaving_before_anything_is_there_is_no_trouble() -> None:
    app = SnaptuiApp([], FakeJobs(small_cloud()))
    async with app.run_test(size=(80, 24)):
        app.exit()
    assert app.left == Remembered()


async def test_what_was_typed_to_jump_is_there_the_next_time() -> None:
    cloud = small_cloud()
    app = app_over(cloud, Remembered(jumps=("vol web-data",)))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("colon", *"vol db", "enter")
        await wait_for(pilot, lambda: app.main.place and app.main.place.uid == "vol-00000002", "it")
        await pilot.press("colon", "up", "up")
        bar = app.main.jump_bar
        assert bar is not None
        await wait_for(pilot, lambda: bar.input.value == "vol web-data", "what was typed before")
        await pilot.press("escape")
        app.exit()
    assert app.left is not None
    assert app.left.jumps == ("vol web-data", "vol db")


async def test_a_jump_line_that_was_not_opened_forgets_nothing() -> None:
    app = app_over(small_cloud(), Remembered(jumps=("vol db",)))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.exit()
    assert app.left is not None
    assert app.left.jumps == ("vol db",)


def test_only_lines_that_can_be_typed_are_taken_from_the_file(file: StateFile) -> None:
    many = [f"vol {number}" for number in range(99)]
    file.write(replace(ALL, jumps=("vol db", "a\x1b]52;c;x\x07", "volumes")))
    assert file.read().jumps == ("vol db", "volumes")
    file.write(replace(ALL, jumps=tuple(many)))
    assert file.read().jumps == tuple(many[-50:])
