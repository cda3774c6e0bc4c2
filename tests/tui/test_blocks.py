"""The Blocks tab: what its cells and bars say, and where its cursor goes."""

from __future__ import annotations

import asyncio
import itertools
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snaptui.models import BlockSummary, DiffRange, RangeKind
from snaptui.requests import SnapshotRequest
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.cells import BlockCells, RangeCells
from snaptui.tui.glyphs import ASCII, UNICODE, glyphs
from snaptui.tui.growth import Bar, bars_of, growth_lines, sparkline
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.spans import length
from snaptui.tui.widgets.detail import Detail
from tests.tui.fake import FakeCloud, FakeJobs, make_snapshot, make_volume, small_cloud
from tests.tui.helpers import screen_text, wait_for
from tests.tui.test_views import VOLUME, open_place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.pilot import Pilot
    from textual.strip import Strip

    from snaptui.clouds.local import LocalCloud
    from snaptui.jobs import Jobs
    from snaptui.models import Volume
    from snaptui.tui.widgets.blocks_view import BlocksView

KIB = 1024
BLOCK = 64 * KIB


def summary(new: list[float], data: list[float], size: int, **changes: int) -> BlockSummary:
    return BlockSummary(
        snapshot_uid="snap-1",
        size_bytes=size,
        block_size=BLOCK,
        new_bytes=changes.get("new_bytes", 0),
        shared_bytes=0,
        hole_bytes=0,
        stored_bytes=0,
        new_cells=tuple(new),
        data_cells=tuple(data),
    )


@given(
    kinds=st.lists(st.sampled_from("nsh"), min_size=1, max_size=200),
    fine=st.integers(1, 300),
    room=st.integers(1, 300),
    short=st.integers(0, BLOCK - 1),
)
def test_cells_tell_every_byte_of_the_volume(
    kinds: list[str], fine: int, room: int, short: int
) -> None:
    """A summary is made of known blocks as the engine does it; the cells give them back."""
    total = len(kinds)
    fine = min(fine, total)
    edges = [-(-cell * total // fine) for cell in range(fine + 1)]
    groups = [kinds[low:high] for low, high in itertools.pairwise(edges)]
    size = total * BLOCK - short
    blocks = summary(
        [group.count("n") / max(1, len(group)) for group in groups],
        [(len(group) - group.count("h")) / max(1, len(group)) for group in groups],
        size,
    )
    cells = BlockCells(blocks, room)
    assert cells.count == min(fine, room)
    at = 0
    for index, cell in enumerate(cells.cells):
        assert cell.offset == at
        assert cell.length > 0
        at = cell.end
        inside = kinds[cell.offset // BLOCK : -(-cell.end // BLOCK)]
        slack = short if at == size else 0
        assert abs(cell.new - inside.count("n") * BLOCK) <= slack
        assert abs(cell.shared - inside.count("s") * BLOCK) <= slack
        assert cell.new + cell.shared + cell.holes == cell.length
        assert cells.index_of(cell.offset) == cells.index_of(cell.end - 1) == index
    assert at == size


@given(
    total=st.integers(1, 400),
    room=st.integers(1, 300),
    places=st.lists(st.tuples(st.integers(0, 399), st.integers(1, 20)), max_size=20),
)
def test_a_map_of_differences_shows_all_of_them_and_nothing_else(
    total: int, room: int, places: list[tuple[int, int]]
) -> None:
    ranges = [
        DiffRange(offset=at % total * BLOCK, length=min(count, total - at % total) * BLOCK,
                  kind=RangeKind.ADDED)
        for at, count in places
    ]  # fmt: skip
    cells = RangeCells(ranges, total * BLOCK, BLOCK, room)
    touched = {
        block
        for each in ranges
        for block in range(each.offset // BLOCK, (each.offset + each.length) // BLOCK)
    }
    shown = {i for i in range(cells.count) if cells.drawn(i)[0] != UNICODE.cell_hole}
    assert shown == {cells.index_of(block * BLOCK) for block in touched}


def test_the_next_change_is_where_a_run_of_new_blocks_begins() -> None:
    cells = BlockCells(
        summary([1, 1, 0, 0, 1, 1, 0, 1], [1] * 8, 8 * BLOCK),
        room=8,
    )
    assert [cells.next_change(at, 1) for at in (0, 4, 7)] == [4, 7, 7]
    assert [cells.next_change(at, -1) for at in (7, 5, 2, 0)] == [4, 4, 0, 0]


def text_of(line: list[tuple[str, str]]) -> str:
    return "".join(text for text, _ in line)


def test_bars_are_as_high_as_they_should_be() -> None:
    (line,) = sparkline([Bar(0), Bar(1), Bar(50), Bar(100)], room=4)
    assert text_of(line) == " ▁▄█"
    high, low = sparkline([Bar(1), Bar(50), Bar(75), Bar(100)], room=4, height=2)
    assert (text_of(high), text_of(low)) == ("  ▄█", "▁███")


def test_the_first_snapshot_does_not_dwarf_the_others() -> None:
    (line,) = sparkline([Bar(10**12, first=True), Bar(50), Bar(100)], room=3)
    assert text_of(line) == "█▄█"
    (alone,) = sparkline([Bar(10**12, first=True)], room=1)
    assert text_of(alone) == "█"


@given(values=st.lists(st.integers(0, 10**15), max_size=300), room=st.integers(1, 120))
def test_no_value_is_lost_and_no_line_too_long(values: list[int], room: int) -> None:
    bars = [Bar(value) for value in values]
    assert sum(bar.value for bar in bars_of(bars, room)) == sum(values)
    for height in (1, 3):
        for line in sparkline(bars, room, height):
            assert length(line) <= room


def test_bars_in_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPTUI_ASCII", "1")
    glyphs.cache_clear()
    (line,) = sparkline([Bar(1), Bar(50), Bar(100)], room=3)
    assert text_of(line) == f"_{ASCII.ramp[3]}#"


def test_the_chart_names_the_largest_and_the_sums() -> None:
    volume = make_volume(1)
    snapshots = [
        make_snapshot(1, volume, "small", parent_uid="snap-2", new_bytes=KIB, stored_bytes=KIB),
        make_snapshot(2, volume, "large", parent_uid="snap-3", new_bytes=5 * KIB, stored_bytes=KIB),
        make_snapshot(3, volume, "first", new_bytes=90 * KIB, stored_bytes=40 * KIB),
    ]
    for width in (44, 50, 100):
        lines = growth_lines(snapshots, "snap-00000001", width)
        assert all(length(line) <= width for line in lines)
        text = "\n".join(text_of(line) for line in lines)
        assert "3 snapshots" in text
        assert "large 5.0 KiB" in text
        assert "96 KiB in all" in text
        assert "42 KiB in all" in text


def test_what_a_cloud_does_not_tell_of_growth_is_left_out() -> None:
    volume = make_volume(1)
    silent = [
        make_snapshot(n, volume, new_bytes=None, stored_bytes=None, parent_uid="snap-0")
        for n in (1, 2)
    ]
    lines = growth_lines(silent, "snap-00000001", 80)
    assert [text_of(line).split() for line in lines] == [["Growth", "2", "snapshots"]]
    new_only = [replace(each, new_bytes=KIB) for each in silent]
    text = "\n".join(text_of(line) for line in growth_lines(new_only, "snap-00000001", 80))
    assert "2.0 KiB in all" in text
    assert "Stored" not in text
    text = "\n".join(
        text_of(line) for line in growth_lines([silent[0], new_only[1]], "snap-00000001", 80)
    )
    assert "1.0 KiB known" in text
    assert "in all" not in text


async def blocks_of(pilot: Pilot[None], app: SnaptuiApp, place: Place = VOLUME) -> BlocksView:
    await open_place(pilot, app, place)
    await pilot.press("3" if place.kind is PlaceKind.VOLUME else "2")
    detail = app.main.pane.current
    assert isinstance(detail, Detail)
    view = detail.blocks
    await wait_for(pilot, lambda: app.focused is view and view.snapshot is not None, "the map")
    return view


@pytest.mark.parametrize("told", [True, False])
async def test_what_a_cloud_does_not_tell_of_storage_is_left_out(
    monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    cloud = small_cloud()
    usual = cloud.blocks

    async def blocks(uid: str, cells: int = 256) -> BlockSummary:
        found = await usual(uid, cells)
        return found if told else replace(found, stored_bytes=None)

    monkeypatch.setattr(cloud, "blocks", blocks)
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(120, 40)) as pilot:
        view = await blocks_of(pilot, app)
        await wait_for(pilot, lambda: "Shared" in view.text, "the bars")
        assert ("x less" in view.text) is told


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 15), (200, 60)])
async def test_the_cursor_tells_what_is_where(size: tuple[int, int]) -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=size) as pilot:
        view = await blocks_of(pilot, app)
        assert "◆ 0" in view.text
        assert "partly new" in view.text
        await pilot.press("right")
        assert view._at is not None
        cells, index, _ = view._at
        assert index == 1
        assert f"◆ {cells.cells[1].offset:,}" in view.text
        await pilot.press("down", "h", "k", "k", "left", "left")
        assert view._at[1] == 0
        await pilot.press("G")
        assert view._at[1] == cells.count - 1
        assert "all hole" in view.text or "all shared" in view.text or "new" in view.text
        await pilot.press("g", "full_stop")
        assert cells.cells[view._at[1]].new
        assert app.main.pane.volume().tab == "Blocks"  # arrows move in the map
        await pilot.press("right_square_bracket")
        assert app.main.pane.volume().tab == "Lineage"


async def test_a_click_puts_the_cursor_there() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        view = await blocks_of(pilot, app)
        layout = view._made[1]  # type: ignore[index]
        await pilot.click(view, offset=(8, layout.first_row + 1))
        assert view._at is not None
        assert view._at[1] == layout.columns + 7


async def test_moving_the_cursor_repaints_three_lines() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        view = await blocks_of(pilot, app)
        await pilot.pause(0.1)
        painted: list[int] = []
        draw = view.line_at

        def counted(y: int) -> Strip:
            painted.append(y)
            return draw(y)

        view.line_at = counted  # type: ignore[method-assign]
        await pilot.press("down")
        await pilot.pause(0.1)
        assert len(set(painted)) == 3


async def test_the_place_stays_when_the_terminal_is_resized() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(120, 40)) as pilot:
        view = await blocks_of(pilot, app)
        await pilot.press("down", "down", "right", "right")
        assert view._at is not None
        offset = view._offset
        await pilot.resize_terminal(80, 24)
        await wait_for(pilot, lambda: view.room.width < 60, "the new size")
        cells, index, _ = view._at
        assert cells.cells[index].offset <= offset < cells.cells[index].end


async def test_older_and_newer_snapshots_of_the_volume() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        view = await blocks_of(pilot, app)
        newest = view.snapshot
        await pilot.press("greater_than_sign")
        await pilot.pause(0.05)
        assert view.snapshot == newest
        await pilot.press("less_than_sign")
        await wait_for(pilot, lambda: view.snapshot != newest, "the one before")
        assert "11 of 12" in view.text
        older = view.snapshot
        # What is done to a snapshot is done to the one that is seen; deleting means the volume.
        assert app.main.target().snapshot == older
        assert app.main.target().chosen == app.main.target().volume
        # It is still shown when a newer one comes, and the newest is when one goes back to it.
        cloud.all_snapshots.append(make_snapshot(0, cloud.all_volumes[0], "fresh"))
        cloud.touch()
        await wait_for(pilot, lambda: "11 of 13" in view.text, "the new count")
        assert view.snapshot == older
        await pilot.press("greater_than_sign")
        await wait_for(pilot, lambda: "12 of 13" in view.text, "the next")
        await pilot.press("greater_than_sign")
        await wait_for(pilot, lambda: "13 of 13" in view.text, "the newest")


async def test_what_only_this_snapshot_needs_comes_later() -> None:
    cloud = small_cloud()
    asked: list[str] = []

    async def freed_bytes(uids: Sequence[str]) -> int | None:
        asked.extend(uids)
        return 7 * KIB

    cloud.freed_bytes = freed_bytes  # type: ignore[method-assign]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        view = await blocks_of(pilot, app)
        assert "own" not in view.text
        await pilot.press("less_than_sign")
        await wait_for(pilot, lambda: "own 7.0 KiB" in view.text, "what only it needs")
        assert asked == ["snap-00000002"]  # not of the one that was stepped over


async def test_a_snapshot_shows_only_itself() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        place = Place("local", PlaceKind.SNAPSHOT, "snap-00000003")
        view = await blocks_of(pilot, app, place)
        assert "10 of 12" in view.text
        await pilot.press("less_than_sign")
        await pilot.pause(0.05)
        assert view.snapshot is not None
        assert view.snapshot.resource_uid == "snap-00000003"


async def test_a_volume_without_snapshots_says_so() -> None:
    cloud = FakeCloud(volumes=[make_volume(1)])
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("3", "right", "full_stop", "G")
        await wait_for(pilot, lambda: "no snapshot yet" in screen_text(app), "the sentence")


async def test_a_real_change_is_found_where_it_was_made(
    app: SnaptuiApp, volume: Volume, image: Path, jobs: Jobs, cloud: LocalCloud
) -> None:
    def take(name: str) -> None:
        jobs.run(SnapshotRequest(volume_uid=volume.resource_uid, name=name))

    await asyncio.to_thread(take, "a")
    place = 5 * 1024 * KIB
    with image.open("r+b") as file:
        file.seek(place)
        file.write(os.urandom(BLOCK))
    await asyncio.to_thread(take, "b")
    async with app.run_test(size=(80, 24)) as pilot:
        view = await blocks_of(pilot, app, Place("local", PlaceKind.VOLUME, volume.resource_uid))
        await pilot.press("full_stop")
        assert f"◆ {place:,}  at 5.0 MiB" in view.text
        assert "all new" in view.text


async def test_a_key_that_is_held_loads_few_maps_and_the_last_is_seen() -> None:
    cloud = small_cloud()
    blocks, at_once, most, asked = cloud.blocks, 0, 0, 0
    go_on = asyncio.Event()

    async def slow(snapshot_uid: str, cells: int = 256) -> BlockSummary:
        nonlocal at_once, most, asked
        at_once, asked = at_once + 1, asked + 1
        most = max(most, at_once)
        await go_on.wait()
        at_once -= 1
        return await blocks(snapshot_uid, cells)

    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        view = await blocks_of(pilot, app)
        cloud.blocks = slow  # type: ignore[method-assign]
        await pilot.press(*["less_than_sign"] * 7, "greater_than_sign")
        await wait_for(pilot, lambda: asked == 2, "the first ones")
        go_on.set()
        await wait_for(pilot, lambda: "6 of 12" in view.text, "where the keys led")
        assert (most, asked) == (2, 3)
        await pilot.press("less_than_sign")
        await wait_for(pilot, lambda: "5 of 12" in view.text, "the next")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_snapshot_of_nothing_can_be_looked_at(size: tuple[int, int]) -> None:
    cloud = small_cloud()

    async def nothing(snapshot_uid: str, cells: int = 256) -> BlockSummary:
        return replace(summary([], [], 0), snapshot_uid=snapshot_uid)

    cloud.blocks = nothing  # type: ignore[method-assign]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=size) as pilot:
        await open_place(pilot, app)
        await pilot.press("3")
        await wait_for(pilot, lambda: "nothing in it" in screen_text(app), "the word")
        view = app.main.pane.main_widget
        for key in ("right", "down", "full_stop", "comma", "G", "g", "left", "up"):
            await pilot.press(key)
        assert view is not None
        await pilot.click(view, offset=(4, 12))
        assert app.is_running


async def test_while_the_blocks_are_asked_for_that_is_said() -> None:
    volume = make_volume(1)
    cloud = FakeCloud(volumes=[volume])
    answer = asyncio.Event()
    blocks = cloud.blocks

    async def slow(snapshot_uid: str, cells: int = 256) -> BlockSummary:
        await answer.wait()
        return await blocks(snapshot_uid, cells)

    cloud.blocks = slow  # type: ignore[method-assign]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("3")
        await wait_for(pilot, lambda: "There is no snapshot yet" in screen_text(app), "so it is")
        await pilot.press("2")
        cloud.all_snapshots.append(make_snapshot(1, volume))
        cloud.touch()
        await wait_for(pilot, lambda: "nightly-0001" in screen_text(app), "the snapshot")
        await pilot.press("3")
        await wait_for(pilot, lambda: "asking the cloud" in screen_text(app), "the notice")
        assert "There is no snapshot yet" not in screen_text(app)
        answer.set()
        await wait_for(pilot, lambda: "Where it changed" in screen_text(app), "the answer")
