"""Sorting, filtering and choosing columns, on the screen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App

from snaptui.fields import SNAPSHOT_FIELDS
from snaptui.models import Snapshot
from snaptui.tui import glyphs as glyphs_module
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.columns import Column, column_at, head_line, lay_out
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.columns import ColumnsScreen
from snaptui.tui.table_choices import TableChoice
from snaptui.tui.tables.events import EVENTS, cloud_events
from snaptui.tui.tables.jobs import JOBS
from snaptui.tui.tables.snapshots import SNAPSHOTS, VOLUME_SNAPSHOTS
from snaptui.tui.tables.volumes import VOLUMES
from snaptui.tui.widgets.table import Table
from tests.tui.fake import FakeCloud, FakeJobs, make_snapshot, make_volume
from tests.tui.helpers import screen_text, type_text, wait_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.pilot import Pilot

MIB = 1024**2
NAMES = ("beta", "Alpha", "delta", "carol")
SIZES = [3 * MIB, 20 * MIB, 100, 1024 * MIB]
"""The sizes as texts would come in another order: 1.0 GiB, 100 B, 20 MiB, 3.0 MiB."""


def cloud_of_four() -> FakeCloud:
    volume = make_volume(1, "web-data")
    now = datetime.now(UTC)
    snapshots = [
        make_snapshot(n, volume, name, new_bytes=size, created_at=now - timedelta(hours=2 + 30 * n))
        for n, (name, size) in enumerate(zip(NAMES, SIZES, strict=True))
    ]
    return FakeCloud(volumes=[volume, make_volume(2, "db")], snapshots=snapshots)


async def opened(pilot: Pilot[None], app: SnaptuiApp) -> Table[Snapshot]:
    await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
    app.main.go(Place("local", PlaceKind.SNAPSHOTS))
    await wait_for(pilot, lambda: app.focused is app.main.pane.main_widget is not None, "the focus")
    return app.main.pane.snapshots()


def names(table: Table[Snapshot]) -> list[str]:
    return [table._items[n].name for n in range(table.matching)]


def head(app: App[Any]) -> str:
    return next(line for line in screen_text(app).splitlines() if "Created" in line)


async def test_o_goes_from_column_to_column_and_back_to_the_first_order() -> None:
    cloud = cloud_of_four()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await opened(pilot, app)
        first = names(table)
        assert first == ["beta", "Alpha", "delta", "carol"]
        await pilot.press("o")
        assert names(table) == ["Alpha", "beta", "carol", "delta"]
        await wait_for(pilot, lambda: "Name▲" in head(app), "the arrow")
        await pilot.press("O")
        assert names(table) == ["delta", "carol", "beta", "Alpha"]
        await wait_for(pilot, lambda: "Name▼" in head(app), "the other arrow")
        seen = []
        while table.choice.sort:
            seen.append(table.choice.sort)
            await pilot.press("o")
        assert seen[0] == "name"
        assert {"created", "new"} <= set(seen) <= set(table.shown_columns())
        assert names(table) == first
        await pilot.press("O")
        assert names(table) == list(reversed(first))


async def test_sizes_and_ages_are_sorted_by_what_they_are() -> None:
    cloud = cloud_of_four()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await opened(pilot, app)
        columns = {column.id: column for column in table.columns}
        table.sort_by(columns["new"])
        assert [s.new_bytes for s in table._items] == sorted(SIZES, reverse=True)
        await wait_for(pilot, lambda: "▼New" in head(app), "the arrow")
        table.sort_by(columns["created"])
        assert names(table) == ["beta", "Alpha", "delta", "carol"]
        assert table.choice == TableChoice(sort="created", descending=True)


async def test_the_cursor_stays_on_its_thing_and_the_order_stays_after_a_refresh() -> None:
    cloud = cloud_of_four()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await opened(pilot, app)
        await pilot.press("down", "down", "space", "up", "o")
        assert table.current is not None
        assert table.current.name == "delta"
        assert [s.name for s in table.marked] == ["delta"]
        cloud.all_snapshots.append(make_snapshot(900, cloud.all_volumes[0], "aardvark"))
        cloud.touch()
        await wait_for(pilot, lambda: table.total == 5, "the refresh")
        assert names(table) == ["aardvark", "Alpha", "beta", "carol", "delta"]
        assert table.current is not None
        assert table.current.name == "delta"


async def test_a_click_on_a_title_sorts_and_a_second_one_turns_round() -> None:
    cloud = cloud_of_four()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await opened(pilot, app)
        await pilot.pause()
        x = head(app).index("Created") - table.region.x
        await pilot.click(table, offset=(x, 0))
        assert table.choice == TableChoice(sort="created", descending=True)
        await pilot.click(table, offset=(x, 0))
        assert table.choice == TableChoice(sort="created")
        assert names(table) == ["carol", "delta", "Alpha", "beta"]
        await pilot.click(table, offset=(0, 0))
        assert table.choice == TableChoice(sort="created")


async def test_the_arrow_without_unicode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPTUI_ASCII", "1")
    glyphs_module.glyphs.cache_clear()
    cloud = cloud_of_four()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("o")
        await wait_for(pilot, lambda: "Name^" in head(app), "the arrow")
        await pilot.press("O")
        await wait_for(pilot, lambda: "Namev" in head(app), "the other arrow")
        assert screen_text(app).isascii()


@pytest.mark.parametrize("width", [20, 37, 50, 90, 170])
@pytest.mark.parametrize("columns", [SNAPSHOTS, VOLUME_SNAPSHOTS], ids=["all", "one volume's"])
def test_an_arrow_costs_no_title_a_letter(columns: tuple[Any, ...], width: int) -> None:
    layout, gap = lay_out(columns, width)
    plain = "".join(text for text, _ in head_line(layout, gap, 2))
    for column in (column for column, _ in layout if column.sort is not None):
        text = "".join(text for text, _ in head_line(layout, gap, 2, column.id, "▲"))
        assert len(text) == len(plain)
        different = [n for n, (a, b) in enumerate(zip(text, plain, strict=True)) if a != b]
        assert len(different) == 1
        assert all(plain[n] == " " and text[n] == "▲" for n in different)


def test_which_column_a_cell_belongs_to() -> None:
    layout, gap = lay_out(VOLUMES, 90)
    x = 0
    for column, width in layout:
        assert column_at(layout, gap, x) is column
        assert column_at(layout, gap, x + width - 1) is column
        x += width + (1 if column.width == 1 else gap)
    assert column_at(layout, gap, x + 5) is None


# The filter


async def test_a_filter_of_fields() -> None:
    cloud = cloud_of_four()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await opened(pilot, app)
        await pilot.press("slash")
        await type_text(pilot, "new:>3MiB !alpha")
        await wait_for(pilot, lambda: names(table) == ["carol"], "the filter")
        assert "1 of 4" in screen_text(app)
        await pilot.press("escape")
        await wait_for(pilot, lambda: table.matching == 4, "all rows")


async def test_what_is_not_understood_is_told_and_changes_nothing() -> None:
    cloud = cloud_of_four()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await opened(pilot, app)
        await pilot.press("slash")
        await type_text(pilot, "beta n")
        await wait_for(pilot, lambda: names(table) == ["beta"], "the filter")
        await type_text(pilot, ":q")
        await wait_for(pilot, lambda: "several fields begin with 'n'" in screen_text(app), "why")
        assert names(table) == ["beta"]
        cloud.all_snapshots.append(make_snapshot(900, cloud.all_volumes[0], "beta-2"))
        cloud.all_snapshots.append(make_snapshot(901, cloud.all_volumes[0], "other"))
        cloud.touch()
        await wait_for(pilot, lambda: table.total == 6, "the refresh")
        assert names(table) == ["beta", "beta-2"]
        assert app.screen is app.main
        await pilot.press("backspace", "backspace", "backspace")
        await wait_for(pilot, lambda: "2 of 6" in screen_text(app), "an end of that")
        assert "several fields" not in screen_text(app)
        await type_text(pilot, "colour:")
        await wait_for(pilot, lambda: "no field 'colour'" in screen_text(app), "the reason")
        await pilot.press("enter", "escape")
        await wait_for(pilot, lambda: table.matching == 6, "all rows")
        assert "no field" not in screen_text(app)


async def test_ages_go_on_while_a_filter_stands() -> None:
    cloud = cloud_of_four()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await opened(pilot, app)
        await pilot.press("slash")
        await type_text(pilot, "age:<1d")
        await wait_for(pilot, lambda: names(table) == ["beta"], "the filter")
        cloud.all_snapshots.append(
            make_snapshot(901, cloud.all_volumes[0], "new", created_at=datetime.now(UTC))
        )
        cloud.touch()
        await wait_for(pilot, lambda: table.total == 5, "the refresh")
        assert names(table) == ["new", "beta"]


async def test_a_filter_is_over_for_every_tab_when_its_bar_is_closed() -> None:
    cloud = cloud_of_four()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(Place("local", PlaceKind.VOLUME, "vol-00000001"))
        table = app.main.pane.volume().snapshots
        await wait_for(pilot, lambda: app.focused is table and table.total == 4, "the list")
        await pilot.press("slash", *"beta", "enter")
        await wait_for(pilot, lambda: table.matching == 1, "the filter")
        await pilot.press("1")
        await wait_for(pilot, lambda: "Block size" in screen_text(app), "the other tab")
        await pilot.press("escape")
        await wait_for(pilot, lambda: not app.main.pane.filter_bar.display, "the end of the bar")
        await pilot.press("2")
        await wait_for(pilot, lambda: table.matching == 4, "all rows")


async def test_what_happened_is_filtered_too() -> None:
    cloud = cloud_of_four()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(Place("local", PlaceKind.VOLUME, "vol-00000001"))
        activity = app.main.pane.volume().activity
        await wait_for(pilot, lambda: app.focused is app.main.pane.main_widget, "the list")
        await pilot.press("5")
        await wait_for(pilot, lambda: activity.total == 4, "what happened")
        await pilot.press("slash")
        await type_text(pilot, "what:carol who:root age:>1d")
        await wait_for(pilot, lambda: "1 of 4" in screen_text(app), "the filter")
        await pilot.press("enter", "o", "space", "asterisk")
        assert activity.choice.sort == "at"
        assert activity.marked == []
        assert app.table_choices["activity"] == activity.choice


# Columns


async def test_columns_are_chosen_and_seen_at_once() -> None:
    cloud = cloud_of_four()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await opened(pilot, app)
        assert "description" not in table.shown_columns()
        assert "created" in table.shown_columns()
        await pilot.press("C")
        await wait_for(pilot, lambda: isinstance(app.screen, ColumnsScreen), "the list")
        titles = [column.title for column in SNAPSHOTS if column.title][1:]
        await pilot.press(*["down"] * titles.index("Created"), "space")
        assert "created" not in table.shown_columns()
        await pilot.press("end", "space")
        assert titles[-1] == "Description"
        assert "description" in table.shown_columns()
        await wait_for(pilot, lambda: "[x] Description" in screen_text(app), "the tick")
        assert "[ ] Created" in screen_text(app)
        await pilot.press("escape")
        await wait_for(pilot, lambda: "Description" in screen_text(app), "the column")
        assert app.table_choices["snapshots"].columns == {"created": False, "description": True}
        await pilot.press("C", "a")
        assert app.table_choices["snapshots"].columns == {}
        assert "created" in table.shown_columns()


async def test_a_column_there_is_no_room_for_says_so() -> None:
    cloud = cloud_of_four()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await opened(pilot, app)
        ids = ("uid", "size", "stored", "owner", "description", "data", "consistency")
        table.choose(TableChoice(columns=dict.fromkeys(ids, True)))
        assert "name" in table.shown_columns()
        await pilot.press("C")
        await wait_for(pilot, lambda: " no room" in screen_text(app), "the reason")


async def test_a_choice_that_was_kept_is_taken_over() -> None:
    cloud = cloud_of_four()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    app.table_choices["snapshots"] = TableChoice(
        columns={"new": False, "nonsense": True}, sort="name", descending=True
    )
    app.table_choices["volumes"] = TableChoice(sort="nonsense")
    async with app.run_test(size=(80, 24)) as pilot:
        table = await opened(pilot, app)
        await wait_for(pilot, lambda: names(table) == ["delta", "carol", "beta", "Alpha"], "order")
        assert "new" not in table.shown_columns()
        assert app.main.pane.volumes().matching == 2


@pytest.mark.parametrize("width", range(24, 200, 11))
@pytest.mark.parametrize("wanted", ["description", "uid", "owner", "data"])
def test_a_chosen_column_is_seen_wherever_it_fits(width: int, wanted: str) -> None:
    layout, gap = lay_out(SNAPSHOTS, width, {wanted: True})
    ids = [column.id for column, _ in layout]
    taken = sum(w + (1 if c.width == 1 else gap) for c, w in layout) - gap
    assert taken <= width
    assert "name" in ids
    assert wanted in ids or width < 29


class Plain(App[None]):
    """An app that remembers no choices."""

    def __init__(self) -> None:
        super().__init__()
        self.table: Table[Snapshot] = Table(
            SNAPSHOTS, lambda s: s.resource_uid, fields=SNAPSHOT_FIELDS, kind="snapshots"
        )
        volume = make_volume(1)
        self.table.set_items([make_snapshot(n, volume) for n in range(9)])

    def compose(self) -> ComposeResult:
        yield self.table


async def test_a_table_needs_no_app_that_remembers() -> None:
    app = Plain()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("o", "O", "space")
        assert app.table.choice == TableChoice(sort="name", descending=True)
        assert app.table.marked == []


async def test_an_arrow_up_means_that_what_is_shown_grows_downwards_in_every_column() -> None:
    cloud = cloud_of_four()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await opened(pilot, app)
        columns = {column.id: column for column in table.columns}
        table.sort_by(columns["created"])
        moments = [s.created_at for s in table._items]
        assert moments == sorted(moments, reverse=True)
        await wait_for(pilot, lambda: "▼Created" in head(app), "latest first: falling")
        await pilot.press("O")
        assert [s.created_at for s in table._items] == sorted(moments)
        await wait_for(pilot, lambda: "▲Created" in head(app), "earliest first: rising")
    now = datetime.now(UTC)
    early, late = now - timedelta(hours=9), now - timedelta(hours=1)
    snapshots = [make_snapshot(1, make_volume(1), created_at=at) for at in (early, late)]
    volumes = [make_volume(1, created_at=at, last_snapshot_at=at) for at in (early, late)]
    ranks: list[tuple[Any, Any, Any, bool]] = []
    tables: list[tuple[Sequence[Column[Any]], Sequence[Any]]] = [
        (SNAPSHOTS, snapshots),
        (VOLUMES, volumes),
    ]
    for table_of, things in tables:
        for column in table_of:
            if column.sort is not None and column.id in {"created", "age"}:
                rank = column.sort
                ranks.append((column.title, rank(things[0]), rank(things[1]), column.falling))
    # of moments the later is more, and comes first; of ages the higher is more, and comes last
    assert [(title, first < second, falling) for title, first, second, falling in ranks] == [
        ("Created", True, True),
        ("Last Age", False, False),
        ("Created", True, True),
    ]
    for of_events in (EVENTS, cloud_events(lambda _uid: "")):
        assert [c.falling for c in of_events if c.id in {"at", "time"}] == [True, True]
    assert next(c for c in JOBS if c.id == "age").falling
