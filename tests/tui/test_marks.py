"""Choosing several rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from snaptui.tui import glyphs as glyphs_module
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.marks import Marks
from snaptui.tui.place import Place, PlaceKind
from tests.tui.fake import FakeJobs, small_cloud
from tests.tui.helpers import screen_text, type_text, wait_for

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from snaptui.models import Snapshot
    from snaptui.tui.widgets.table import Table

SNAPSHOTS = Place("local", PlaceKind.SNAPSHOTS)
VOLUME = Place("local", PlaceKind.VOLUME, "vol-00000001")


async def open_snapshots(pilot: Pilot[None], app: SnaptuiApp) -> Table[Snapshot]:
    await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
    app.main.go(SNAPSHOTS)
    await wait_for(pilot, lambda: app.focused is app.main.pane.main_widget is not None, "the focus")
    table = app.main.pane.snapshots()
    await wait_for(pilot, lambda: table.total == 42, "the snapshots")
    return table


def names(table: Table[Snapshot]) -> list[str]:
    return [snapshot.name for snapshot in table.marked]


def test_a_range_begins_at_the_last_mark_and_goes_either_way() -> None:
    marks, shown = Marks(), list("abcdef")
    marks.extend(shown, "c")
    assert [key for key in shown if key in marks] == ["c"]
    marks.extend(shown, "e")
    assert [key for key in shown if key in marks] == ["c", "d", "e"]
    marks.clear()
    marks.toggle("d")
    marks.extend(shown, "b")
    assert [key for key in shown if key in marks] == ["b", "c", "d"]


def test_a_range_whose_beginning_is_not_seen_is_one_row() -> None:
    marks = Marks()
    marks.toggle("gone")
    marks.extend(list("abc"), "b")
    assert "b" in marks
    assert "a" not in marks


def test_all_or_none() -> None:
    marks = Marks()
    marks.toggle("b")
    marks.turn(list("abc"))
    assert len(marks) == 3
    marks.turn(list("ab"))
    assert len(marks) == 1
    assert "c" in marks


async def test_space_marks_and_goes_down_and_the_edge_tells_how_many() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await open_snapshots(pilot, app)
        await pilot.press("space", "space", "down", "space")
        assert [table._key(item) for item in table.marked] == [
            table.key_at(0),
            table.key_at(1),
            table.key_at(3),
        ]
        await wait_for(pilot, lambda: "3 marked" in screen_text(app), "how many")
        assert screen_text(app).count("•") == 3
        await pilot.press("home", "space")
        assert len(table.marked) == 2
        await pilot.press("escape")
        await wait_for(pilot, lambda: "marked" not in screen_text(app), "no marks")
        assert table.marked == []
        assert app.main.place == SNAPSHOTS


async def test_what_is_marked_is_what_actions_get() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await open_snapshots(pilot, app)
        await pilot.press("end", "space", "home", "down", "V")
        assert len(table.marked) == 41
        target = app.main.target()
        assert list(target.marked) == table.marked
        assert target.chosen is table.current
        app.main.tree_view.focus()
        await wait_for(pilot, lambda: app.focused is app.main.tree_view, "the tree")
        assert app.main.target().marked == ()


async def test_marks_survive_a_refresh_and_go_with_their_rows() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await open_snapshots(pilot, app)
        await pilot.press("space", "space", "space")
        before = names(table)
        first = table.marked[0].resource_uid
        cloud.all_snapshots = [s for s in cloud.all_snapshots if s.resource_uid != first]
        cloud.touch()
        await wait_for(pilot, lambda: table.total == 41, "the refresh")
        assert names(table) == before[1:]
        await wait_for(pilot, lambda: "2 marked" in screen_text(app), "how many are left")


async def test_a_filter_hides_marks_and_gives_them_back() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await open_snapshots(pilot, app)
        await pilot.press("asterisk")
        assert len(table.marked) == 42
        await pilot.press("slash")
        await type_text(pilot, "web-data")
        await wait_for(pilot, lambda: table.matching == 12, "the filter")
        assert len(table.marked) == 12
        assert table.hidden_marks == 30
        assert "12 marked, 30 more hidden" in screen_text(app)
        assert len(app.main.target().marked) == 12
        await pilot.press("enter", "asterisk", "escape")
        await wait_for(pilot, lambda: table.matching == 42, "all rows")
        assert len(table.marked) == 30
        assert {snapshot.volume_name for snapshot in table.marked} == {"db"}


async def test_another_volume_begins_without_marks() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(VOLUME)
        table = app.main.pane.volume().snapshots
        await wait_for(pilot, lambda: app.focused is table and table.total == 12, "the list")
        await pilot.press("asterisk")
        await wait_for(pilot, lambda: "12 marked" in screen_text(app), "the marks")
        await pilot.press("1")
        await wait_for(pilot, lambda: "marked" not in screen_text(app), "a tab without marks")
        await pilot.press("2")
        await wait_for(pilot, lambda: "12 marked" in screen_text(app), "the marks again")
        app.main.go(Place("local", PlaceKind.VOLUME, "vol-00000002"))
        await wait_for(pilot, lambda: table.total == 30, "the other volume")
        assert table.marked == []
        await wait_for(pilot, lambda: "marked" not in screen_text(app), "no marks")


async def test_marks_without_unicode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPTUI_ASCII", "1")
    glyphs_module.glyphs.cache_clear()
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_snapshots(pilot, app)
        await pilot.press("space", "space")
        await wait_for(pilot, lambda: "2 marked" in screen_text(app), "the marks")
        assert screen_text(app).count(" *+ ") == 2
        assert screen_text(app).isascii()


async def test_a_mark_repaints_two_rows() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await open_snapshots(pilot, app)
        await pilot.pause()
        table._painted.clear()
        await pilot.press("space")
        await pilot.pause()
        assert sorted(table._painted) == [1, 2]
