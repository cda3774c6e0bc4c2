"""What is sent to the terminal: enough for it to show the same, and no more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import ColorSystem as System
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.driver import Driver
from textual.geometry import Region
from textual.strip import Strip

from snaptui.text import safe_text
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.help import HelpScreen
from snaptui.tui.wire import PLAIN, Look, Wire, look_of, turned

from .fake import FakeCloud, FakeJobs, make_snapshot, make_volume
from .helpers import wait_for
from .terminal import Terminal, recorded, sent

if TYPE_CHECKING:
    from textual.pilot import Pilot

WIDTH, HEIGHT = 14, 3

STYLES = [
    None,
    Style(),
    Style(color="#5cc8d7"),
    Style(color="#5cc8d7", bold=True),
    Style(color="#7d8a9a", bgcolor="#1c4d5a", bold=True),
    Style(bgcolor="#1c4d5a"),
    Style(color="red", bgcolor="bright_blue", underline=True),
    Style(reverse=True),
    Style(color="default", bgcolor="default", bold=True, dim=True),
    Style(bold=True, italic=True, underline=True),
    Style(color="color(200)", dim=True),
]

TEXTS = st.text(alphabet="ab  ─▌✓漢é", min_size=1, max_size=6)
PIECES = st.lists(st.tuples(TEXTS, st.sampled_from(STYLES)), max_size=5)


def strip_of(pieces: list[tuple[str, Style | None]], width: int) -> Strip:
    strip = Strip([Segment(text, style) for text, style in pieces])
    return strip.adjust_cell_length(width)


FRAMES = st.lists(PIECES, min_size=HEIGHT, max_size=HEIGHT)


def layout(frame: list[list[tuple[str, Style | None]]]) -> LayoutUpdate:
    return LayoutUpdate([[strip_of(line, WIDTH)] for line in frame], Region(0, 0, WIDTH, HEIGHT))


def console() -> Console:
    return Console(color_system="truecolor", force_terminal=True)


@settings(max_examples=150, deadline=None)
@given(frames=st.lists(FRAMES, min_size=1, max_size=4))
def test_the_terminal_shows_what_a_full_repaint_would_show(
    frames: list[list[list[tuple[str, Style | None]]]],
) -> None:
    wire, terminal = Wire(), Terminal(WIDTH, HEIGHT)
    for frame in frames:
        terminal.feed(wire.difference(layout(frame), console()))
        whole = Terminal(WIDTH, HEIGHT)
        for y, line in enumerate(frame):
            whole.feed(f"\x1b[{y + 1};1H")
            for text, style, _ in strip_of(line, WIDTH):
                codes = Strip.render_ansi(style, System.TRUECOLOR) if style else ""
                whole.feed(f"\x1b[0;{codes}m{text}" if codes else f"\x1b[0m{text}")
        assert terminal.seen() == whole.seen()
        assert wire.difference(layout(frame), console()) == ""


@settings(max_examples=100, deadline=None)
@given(first=FRAMES, pieces=PIECES, y=st.integers(0, HEIGHT - 1), x=st.integers(0, WIDTH - 2))
def test_a_part_of_a_line_is_put_where_it_belongs(
    first: list[list[tuple[str, Style | None]]],
    pieces: list[tuple[str, Style | None]],
    y: int,
    x: int,
) -> None:
    plain = [[(text.replace("漢", "c"), style) for text, style in line] for line in first]
    wire, terminal, whole = Wire(), Terminal(WIDTH, HEIGHT), Terminal(WIDTH, HEIGHT)
    for each in (terminal, whole):
        each.feed(Wire().difference(layout(plain), console()))
    wire.difference(layout(plain), console())
    part = strip_of(pieces, WIDTH - x)
    chops: list[dict[int, Strip | None]] = [{0: None, x: None} for _ in range(HEIGHT)]
    chops[y][x] = part
    ends = [[x, WIDTH] if x else [WIDTH] for _ in range(HEIGHT)]
    update = ChopsUpdate(chops, [(y, x, WIDTH)], ends)
    terminal.feed(wire.difference(update, console()))
    whole.feed(update.render_segments(console()))
    assert terminal.seen() == whole.seen()


def test_a_cursor_that_moves_says_its_colours_once_a_row() -> None:
    cursor, row = Style(color="#ffffff", bgcolor="#1c4d5a"), Style(color="#ffffff")
    texts = ["first   row   ", "second  row   ", "third   row   "]

    def frame(at: int) -> LayoutUpdate:
        return layout([[(text, cursor if y == at else row)] for y, text in enumerate(texts)])

    wire = Wire()
    wire.difference(frame(0), console())
    text = wire.difference(frame(1), console())
    assert text.count("\x1b[") == text.count("m") + text.count("H")
    assert len(re.findall(r"\x1b\[[0-9;]*m", text)) <= 4
    assert texts[0] in text
    assert texts[1] in text
    assert texts[2] not in text


def test_only_the_cells_that_changed_are_sent() -> None:
    wire = Wire()
    style = Style(color="#5cc8d7")
    wire.difference(layout([[("12 % of it all", style)], [], []]), console())
    text = wire.difference(layout([[("13 % of it all", style)], [], []]), console())
    assert text == "\x1b[1;2H\x1b[38;2;92;200;215m3\x1b[0m"


def test_what_is_forgotten_is_sent_again() -> None:
    wire = Wire()
    frame = layout([[("here", None)], [], []])
    first = wire.difference(frame, console())
    assert wire.difference(frame, console()) == ""
    wire.forget()
    assert wire.difference(frame, console()) == first


def test_a_terminal_of_another_size_is_another_one() -> None:
    wire = Wire()
    wire.difference(layout([[("here", None)], [], []]), console())
    small = LayoutUpdate([[Strip([Segment("here")])]], Region(0, 0, 4, 1))
    assert "here" in wire.difference(small, console())


@pytest.mark.parametrize("name", ["x\x1b]52;c;ZXZpbA==\x07y", "x\x9b31my", "a\u202eb", "漢\x1b[2J"])
def test_what_a_view_let_through_is_no_sequence_for_the_terminal(name: str) -> None:
    wire, terminal = Wire(), Terminal(40, 1)
    line = LayoutUpdate([[Strip([Segment(name), Segment(" | end")])]], Region(0, 0, 40, 1))
    text = wire.difference(line, console())
    assert safe_text(name) in text
    assert not re.search("[\x00-\x1a\x1c-\x1f\x7f-\x9f\u202e]|\x1b[^\\[]", text)
    terminal.feed(text)
    assert "| end" in terminal.text


def test_wide_characters_are_sent_whole_and_what_follows_is_placed() -> None:
    wire = Wire()
    wire.difference(layout([[("ab漢字cd", None)], [], []]), console())
    text = wire.difference(layout([[("ab漢学cd", None)], [], []]), console())
    assert "漢学" in text
    assert cell_len("ab漢学cd") == 8
    assert "\x1b[1;" in text.split("漢学", 1)[1], "the cells after it are placed anew"


def test_a_terminal_that_can_only_reset_is_only_reset() -> None:
    bold = Look(frozenset({"1"}), "36")
    assert turned(bold, Look(frozenset(), "36"), resets=True)[0] == "\x1b[0;36m"
    assert turned(bold, Look(frozenset(), "36"))[0] == "\x1b[22m"
    assert turned(bold, PLAIN)[0] == "\x1b[0m"


@pytest.mark.parametrize(
    ("style", "look"),
    [
        (None, PLAIN),
        (Style(color="default"), PLAIN),
        (Style(color="red"), Look(frozenset(), "31", "")),
        (Style(bgcolor="bright_blue"), Look(frozenset(), "", "104")),
        (Style(color="color(200)"), Look(frozenset(), "38;5;200", "")),
        (
            Style(color="#010203", bgcolor="#040506", bold=True, underline2=True),
            Look(frozenset({"1", "21"}), "38;2;1;2;3", "48;2;4;5;6"),
        ),
    ],
)
def test_codes_are_sorted_into_what_they_do(style: Style | None, look: Look) -> None:
    assert look_of(style, System.TRUECOLOR) == look


# The app over it


def long_app(count: int = 400) -> tuple[SnaptuiApp, FakeCloud]:
    volume = make_volume(1, "web-data")
    cloud = FakeCloud(volumes=[volume], snapshots=[make_snapshot(n, volume) for n in range(count)])
    return recorded(SnaptuiApp([cloud], FakeJobs(cloud))), cloud


async def quiet(pilot: Pilot[None]) -> str:
    """Everything that is sent until nothing more is; silence is no event one could wait for."""
    everything = ""
    while True:
        for _ in range(4):
            await pilot.pause(0.05)
        if not (text := sent()):
            return everything
        everything += text


async def open_snapshots(app: SnaptuiApp, pilot: Pilot[None]) -> str:
    await wait_for(pilot, lambda: app.main.place is not None)
    await pilot.press("end", "up", "enter")
    await wait_for(pilot, lambda: app.focused is not None and app.focused.id == "snapshots")
    return await quiet(pilot)


async def test_a_down_key_sends_two_rows() -> None:
    app, _ = long_app()
    async with app.run_test(headless=False, size=(80, 24)) as pilot:
        await open_snapshots(app, pilot)
        await pilot.press("down")
        text = await quiet(pilot)
        # where the terminal's own cursor rests is said, too
        rows = set(re.findall(r"\x1b\[(\d+);\d+H", text)) - {"1"}
        assert len(rows) == 2, text
        assert len(text) < 1000


async def test_nothing_is_sent_when_nothing_changed() -> None:
    app, cloud = long_app()
    async with app.run_test(headless=False, size=(80, 24)) as pilot:
        await open_snapshots(app, pilot)
        loads = cloud.loads
        cloud.touch()
        await wait_for(pilot, lambda: cloud.loads > loads)
        app.main.refresh_ages()
        app.main.show(app.main.place)  # type: ignore[arg-type]
        app.screen.refresh(layout=True)
        assert await quiet(pilot) == ""


async def test_the_terminal_shows_what_the_app_shows_wherever_one_goes() -> None:
    app, cloud = long_app(60)
    cloud.all_snapshots[3] = make_snapshot(3, cloud.all_volumes[0], "漢字 mañana")
    terminal = Terminal(80, 24)
    async with app.run_test(headless=False, size=(80, 24)) as pilot:
        terminal.feed(await open_snapshots(app, pilot))
        for keys in (
            ["down"],
            ["pagedown", "enter"],
            ["2"],
            ["5"],
            ["question_mark"],
            ["escape", "escape", "slash"],
            ["1"],
            ["escape", "0", "home", "down", "down", "enter"],
            ["J"],
            ["escape", "ctrl+p"],
            ["escape", "s"],
        ):
            await pilot.press(*keys)
            terminal.feed(await quiet(pilot))
            whole = Terminal(80, 24)
            update = app.screen._compositor.render_update(
                full=True, screen_stack=app._background_screens
            )
            assert isinstance(update, LayoutUpdate)
            whole.feed(Wire().difference(update, app.console))
            # but for the first line, where the clock may have moved on
            assert terminal.seen()[1:] == whole.seen()[1:], f"after {keys}"


async def test_all_is_sent_again_when_one_asks_for_it() -> None:
    app, _ = long_app(60)
    async with app.run_test(headless=False, size=(80, 24)) as pilot:
        await open_snapshots(app, pilot)
        await pilot.press("ctrl+l")
        terminal = Terminal(80, 24)
        terminal.feed(await quiet(pilot))
        assert "Clouds" in terminal.text
        assert "nightly-0001" in terminal.text


async def test_all_is_sent_again_when_a_suspended_app_goes_on() -> None:
    app, _ = long_app(60)
    async with app.run_test(headless=False, size=(80, 24)) as pilot:
        await open_snapshots(app, pilot)
        app.post_message(Driver.SignalResume())
        terminal = Terminal(80, 24)
        terminal.feed(await quiet(pilot))
        assert "Clouds" in terminal.text
        assert "nightly-0001" in terminal.text


async def test_a_screen_that_was_open_leaves_nothing_behind() -> None:
    app, _ = long_app(60)
    terminal = Terminal(80, 24)
    async with app.run_test(headless=False, size=(80, 24)) as pilot:
        terminal.feed(await open_snapshots(app, pilot))
        before = terminal.seen()[1:]  # the clock goes on
        await pilot.press("question_mark")
        terminal.feed(await quiet(pilot))
        assert isinstance(app.screen, HelpScreen)
        assert terminal.seen()[1:] != before
        await pilot.press("escape")
        terminal.feed(await quiet(pilot))
        assert terminal.seen()[1:] == before


async def test_a_toast_that_makes_room_for_another_is_seen_to_move() -> None:
    app, _ = long_app(60)
    terminal = Terminal(80, 24)
    async with app.run_test(headless=False, size=(80, 24), notifications=True) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None)
        terminal.feed(await quiet(pilot))
        app.main.go(Place("local", PlaceKind.SNAPSHOT, "snap-00000003"))
        terminal.feed(await quiet(pilot))
        app.notify("the first one, which is longer", timeout=60, markup=False)
        terminal.feed(await quiet(pilot))
        await pilot.press("escape")
        terminal.feed(await quiet(pilot))
        app.notify("the second one", timeout=60, markup=False)
        terminal.feed(await quiet(pilot))
        assert "the first one, which is longer" in terminal.text
        assert "the second one" in terminal.text
