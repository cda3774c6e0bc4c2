"""The virtual table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.app import App

from snaptui.fields import SNAPSHOT_FIELDS
from snaptui.models import Snapshot, Volume
from snaptui.tui.columns import lay_out, lengths, row_line
from snaptui.tui.tables.snapshots import SNAPSHOTS, VOLUME_SNAPSHOTS
from snaptui.tui.tables.volumes import VOLUMES
from snaptui.tui.widgets.table import STRIPS_MAX, Table
from tests.tui.fake import make_snapshot, make_volume
from tests.tui.helpers import screen_text

if TYPE_CHECKING:
    from rich.style import Style
    from textual.app import ComposeResult
    from textual.geometry import Region
    from textual.strip import Strip

VOLUME = make_volume(1, "web-data")


class Counting(Table[Snapshot]):
    """Counts how many rows are drawn."""

    drawn_rows = 0

    def row_strip(self, index: int, base: Style, *, selected: bool) -> Strip:
        self.drawn_rows += 1
        return super().row_strip(index, base, selected=selected)


class TableApp(App[None]):
    def __init__(self, count: int) -> None:
        super().__init__()
        self.table = Counting(SNAPSHOTS, lambda s: s.resource_uid, fields=SNAPSHOT_FIELDS)
        self.table.set_items([make_snapshot(n, VOLUME) for n in range(count)])

    def compose(self) -> ComposeResult:
        yield self.table


async def test_a_hundred_thousand_rows_draw_only_what_is_seen() -> None:
    app = TableApp(100_000)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "nightly-0001" in screen_text(app)
        assert app.table.drawn_rows < 500
        await pilot.press("end")
        assert "nightly-99999" in screen_text(app)
        assert app.table.drawn_rows < 1000


async def test_who_scrolls_through_all_of_it_keeps_a_part_of_what_was_drawn() -> None:
    app = TableApp(2 * STRIPS_MAX)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        base = app.table.base_style()
        for index in range(app.table.row_count()):
            app.table.row_strip(index, base, selected=False)
        assert len(app.table._strips) <= STRIPS_MAX


async def test_news_do_not_take_the_view_back_to_the_cursor() -> None:
    app = TableApp(1000)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        table = app.table
        table.scroll_to(y=500, animate=False, force=True, immediate=True)  # as the wheel does
        assert table.scroll_offset.y == 500
        news = make_snapshot(2000, VOLUME)
        table.set_items([news, *table.shown])
        await pilot.pause()
        assert table.scroll_offset.y == 500
        await pilot.press("down")
        assert table.cursor_is_seen


async def test_moving_the_cursor_draws_two_rows() -> None:
    app = TableApp(1000)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.table.drawn_rows = 0
        await pilot.press("down")
        await pilot.pause()
        assert app.table.drawn_rows == 2


async def test_at_the_edge_the_view_jumps_half_a_page() -> None:
    app = TableApp(1000)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for _ in range(23):
            await pilot.press("down")
        assert app.table.cursor == 23
        assert app.table.scroll_offset.y == 23 - 23 // 2


async def test_the_cursor_stays_on_its_thing_when_rows_come_before_it() -> None:
    app = TableApp(100)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("down", "down", "down")
        current = app.table.current
        assert current is not None
        app.table.set_items(
            [make_snapshot(500, VOLUME), *(make_snapshot(n, VOLUME) for n in range(100))]
        )
        assert app.table.current is not None
        assert app.table.current.resource_uid == current.resource_uid
        assert app.table.cursor == 4


async def test_a_deleted_row_leaves_the_cursor_where_it_was() -> None:
    app = TableApp(10)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("end")
        app.table.set_items([make_snapshot(n, VOLUME) for n in range(5)])
        assert app.table.cursor == 4
        app.table.set_items([])
        assert app.table.current is None


async def test_unchanged_data_repaints_nothing() -> None:
    app = TableApp(100)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        repaints: list[tuple[Region, ...]] = []

        def spied(*regions: Region, **options: bool) -> Table[Snapshot]:
            repaints.append(regions)
            return Table.refresh(app.table, *regions, **options)

        app.table.refresh = spied  # type: ignore[method-assign, assignment]
        app.table.set_items([make_snapshot(n, VOLUME) for n in range(100)])
        assert not repaints
        app.table.set_items(
            [make_snapshot(n, VOLUME, "renamed" if n == 3 else "") for n in range(100)]
        )
        assert [len(regions) for regions in repaints] == [1]


async def test_a_filter_wants_all_words() -> None:
    app = TableApp(100)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.table.set_filter("NIGHTLY-0042 web")
        assert app.table.matching == 1
        app.table.set_filter("nightly absent")
        await pilot.pause()
        assert "nothing matches" in screen_text(app)
        app.table.set_filter("")
        assert app.table.matching == 100


@pytest.mark.parametrize("width", range(10, 200, 7))
def test_columns_never_take_more_than_there_is(width: int) -> None:
    for columns in (SNAPSHOTS, VOLUME_SNAPSHOTS):
        layout, gap = lay_out(columns, width)
        taken = sum(w + (1 if c.width == 1 else gap) for c, w in layout) - gap
        assert taken <= max(width, 40)
        assert "name" in [c.id for c, _ in layout]


UUID = "9c1f6d0e-3a55-4f8e-9d0c-5f4d1e2a7b33"
LONG_NAME = "home-dirs-of-the-accounting-department-in-berlin"


def widths_of(width: int, *volumes: Volume) -> dict[str, int]:
    layout, _ = lay_out(VOLUMES, width, needs=lengths(VOLUMES, volumes))
    return {column.id: cells for column, cells in layout}


def test_what_is_cut_gets_the_room_that_is_left_over() -> None:
    short = make_volume(1, "web")
    long = make_volume(2, LONG_NAME, resource_uid=UUID)
    wide = widths_of(200, short, long)
    assert wide["uid"] >= len(UUID)
    assert wide["name"] >= len(LONG_NAME)
    assert wide["zone"] >= len("default")
    # where nothing is cut, no Resource UID takes what a path could have
    assert widths_of(200, short)["uid"] == 12


def test_room_that_does_not_do_for_all_is_shared_once_the_name_has_enough() -> None:
    both = widths_of(150, make_volume(1, LONG_NAME, resource_uid=UUID))
    assert both["uid"] < len(UUID)
    assert both["name"] == 40


def test_a_name_that_is_cut_comes_before_whose_it_is() -> None:
    width = 108
    short, long = make_snapshot(1, VOLUME, "nightly"), make_snapshot(2, VOLUME, "x" * 26)
    owner = [
        {column.id: cells for column, cells in lay_out(SNAPSHOTS, width, needs=needs)[0]}
        for needs in (lengths(SNAPSHOTS, [short]), lengths(SNAPSHOTS, [short, long]))
    ]
    assert "owner" in owner[0]
    assert "owner" not in owner[1]
    assert owner[1]["name"] > owner[0]["name"]
    # unless somebody has chosen to see it
    needs = lengths(SNAPSHOTS, [long])
    chosen, _ = lay_out(SNAPSHOTS, width, {"owner": True}, needs)
    assert "owner" in [column.id for column, _ in chosen]


def test_one_text_without_an_end_keeps_no_other_short() -> None:
    wide = widths_of(200, make_volume(1, "x" * 500, resource_uid=UUID))
    assert wide["uid"] == len(UUID)
    assert wide["name"] > 40


async def test_a_wide_table_shows_a_long_uid_whole_as_soon_as_it_has_one() -> None:
    table: Table[Volume] = Table(VOLUMES, lambda v: v.resource_uid, id="volumes")

    class OneTable(App[None]):
        def compose(self) -> ComposeResult:
            yield table

    app = OneTable()
    async with app.run_test(size=(160, 24)) as pilot:
        table.set_items([make_volume(1, "web")])
        await pilot.pause()
        table.set_items([make_volume(1, "web"), make_volume(2, "far", resource_uid=UUID)])
        await pilot.pause()
        assert UUID in screen_text(app)


def test_a_wide_terminal_shows_every_column_of_volumes() -> None:
    layout, _ = lay_out(VOLUMES, 140)
    assert [column for column, _ in layout] == list(VOLUMES)


def test_at_80x24_what_matters_is_there() -> None:
    layout, _ = lay_out(VOLUMES, 50)
    assert {c.id for c, _ in layout} >= {"name", "size", "status", "snapshots", "age"}
    layout_of_all, _ = lay_out(SNAPSHOTS, 49)  # a cell less for the scroll bar
    assert {c.id for c, _ in layout_of_all} >= {"name", "volume", "created", "new"}
    layout_of_snapshots, _ = lay_out(VOLUME_SNAPSHOTS, 50)
    assert {c.id for c, _ in layout_of_snapshots} >= {"name", "created", "new", "status"}


@pytest.mark.parametrize("zone", ["us-east-1", "ap-southeast-2", "us-west-2-lax-1"])
def test_zones_of_a_cloud_are_told_apart_before_what_matters_less(zone: str) -> None:
    volumes = [
        make_volume(number, f"newcomer-vol-data{number}", zone=f"{zone}{letter}", path="")
        for number, letter in enumerate("abc")
    ]
    for width in (58, 80, 86, 120):
        layout, gap = lay_out(VOLUMES, width, {}, lengths(VOLUMES, volumes))
        rows = ["".join(text for text, _ in row_line(layout, gap, each)) for each in volumes]
        for row, letter in zip(rows, "abc", strict=True):
            assert f"{zone[-1]}{letter} " in row
            if width == 120 or (width == 86 and len(zone) < 15):
                assert f"{zone}{letter} " in row
        ids = {column.id for column, _ in layout}
        assert ("attached" in ids) is (width == 120)  # it would cut the zones
        for number, row in enumerate(rows):
            assert f"data{number} " in row
