"""Over a slow line: what a terminal has not shown yet, and what is not sent to it meanwhile."""

from __future__ import annotations

from queue import Queue
from typing import TYPE_CHECKING

import pytest
from textual import events
from textual._compositor import LayoutUpdate
from textual.drivers.linux_driver import LinuxDriver

from snaptui.tui.app import SnaptuiApp
from snaptui.tui.pace import ASK_BYTES, QUESTION, SILENT_SECONDS, WINDOW, Pace
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.confirm import ConfirmDelete
from snaptui.tui.thin_app import QUEUED_WRITES
from snaptui.tui.wire import Wire

from .fake import FakeCloud, FakeJobs, make_snapshot, make_volume
from .helpers import wait_for
from .terminal import Terminal, recorded, sent

if TYPE_CHECKING:
    from textual.pilot import Pilot


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> Pace:
    """Of a terminal that has answered once, after a tenth of a second."""
    pace = Pace(clock)
    assert pace.sending(ASK_BYTES) == QUESTION
    clock.now += 0.1
    pace.answered()
    return pace


def behind(pace: Pace) -> bool:
    return pace.is_behind


def test_little_asks_nothing(pace: Pace) -> None:
    assert pace.sending(ASK_BYTES - 1) == ""
    assert pace.sending(1) == QUESTION


def test_a_terminal_that_never_answers_is_not_waited_for_and_not_asked_for_ever(
    clock: Clock,
) -> None:
    pace = Pace(clock)
    asked = [pace.sending(5000) for _ in range(10)]
    clock.now += 3
    assert not behind(pace)
    assert pace.has_shown_all
    assert 0 < sum(map(bool, asked)) < 5


def test_an_answer_that_is_late_has_waited_behind_something(pace: Pace, clock: Clock) -> None:
    pace.sending(ASK_BYTES)
    clock.now += 0.15
    assert not behind(pace)
    clock.now += 0.15
    assert behind(pace)
    pace.answered()
    assert not behind(pace)
    assert pace.has_shown_all


def test_only_so_much_is_on_its_way(pace: Pace, clock: Clock) -> None:
    """On a line that carries 2000 bytes a second, and on one that carries any number."""
    for _ in range(50):
        pace.sending(WINDOW)
    assert not behind(pace)
    for _ in range(50):
        clock.now += WINDOW / 2000
        pace.answered()
    pace.sending(WINDOW)
    assert not behind(pace)
    pace.sending(ASK_BYTES)
    assert behind(pace)


def test_a_terminal_that_falls_silent_is_waited_for_for_a_while(pace: Pace, clock: Clock) -> None:
    pace.sending(ASK_BYTES)
    clock.now += SILENT_SECONDS - 0.1
    assert behind(pace)
    clock.now += 0.2
    assert not behind(pace)
    # an answer that was lost is not awaited again: the next one counts for the next question
    assert pace.sending(ASK_BYTES) == QUESTION
    clock.now += 0.1
    pace.answered()
    assert pace.has_shown_all
    assert not behind(pace)


def test_answers_that_may_still_come_are_known(clock: Clock) -> None:
    pace = Pace(clock)
    assert not pace.awaits_answers(0.6)
    pace.sending(ASK_BYTES)
    clock.now += 0.5
    assert pace.awaits_answers(0.6)
    clock.now += 0.2
    assert not pace.awaits_answers(0.6)


# In the app


class Writer:
    """Textual's thread that writes, behind a line that takes nothing any more."""

    def __init__(self, waiting: int) -> None:
        self._queue: Queue[str] = Queue()
        for _ in range(waiting):
            self._queue.put("")


@pytest.mark.parametrize(("waiting", "behind"), [(2, False), (QUEUED_WRITES + 1, True)])
def test_writes_that_wait_hold_frames_back_before_they_hold_the_app(
    waiting: int, behind: bool
) -> None:
    cloud = FakeCloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    driver = LinuxDriver.__new__(LinuxDriver)
    driver._writer_thread = Writer(waiting)  # type: ignore[assignment]
    app._driver = driver
    assert app._is_behind is behind


def far_away(clock: Clock) -> SnaptuiApp:
    """An app whose terminal answers when a test says so."""
    volume = make_volume(1, "web-data")
    snapshots = [make_snapshot(n, volume) for n in range(400)]
    cloud = FakeCloud(volumes=[volume], snapshots=snapshots)
    app = recorded(SnaptuiApp([cloud], FakeJobs(cloud)))
    app.pace = Pace(clock)
    return app


def answer(app: SnaptuiApp) -> None:
    app.post_message(events.CursorPosition(0, 0))


async def settled(pilot: Pilot[None]) -> str:
    """All that is sent, with every question answered at once."""
    everything = ""
    while True:
        for _ in range(4):
            await pilot.pause(0.05)
        text = sent()
        for _ in range(text.count(QUESTION)):
            answer(pilot.app)  # type: ignore[arg-type]
        if not text:
            return everything
        everything += text


async def on_snapshots(pilot: Pilot[None], app: SnaptuiApp) -> str:
    await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
    app.main.go(Place("local", PlaceKind.SNAPSHOTS))
    await wait_for(pilot, lambda: app.focused is app.main.pane.main_widget is not None, "the focus")
    return await settled(pilot)


async def test_what_a_terminal_missed_is_one_frame(clock: Clock) -> None:
    app = far_away(clock)
    terminal = Terminal(80, 24)
    async with app.run_test(headless=False, size=(80, 24)) as pilot:
        terminal.feed(await on_snapshots(pilot, app))
        table = app.main.pane.snapshots()
        await pilot.press("pagedown")
        await wait_for(pilot, lambda: not app.pace.has_shown_all, "a question")
        first = sent()
        terminal.feed(first)
        clock.now += 1.0  # it is not answered: the line is busy with it
        for _ in range(20):
            await pilot.press("pagedown")
        assert table.cursor > 300
        await pilot.pause(0.3)
        assert sent() == ""
        answer(app)
        last = await settled(pilot)
        assert len(last) < 3 * len(first)
        terminal.feed(last)
        whole = Terminal(80, 24)
        update = app.screen._compositor.render_update(
            full=True, screen_stack=app._background_screens
        )
        assert isinstance(update, LayoutUpdate)
        whole.feed(Wire().difference(update, app.console))
        # but for the first line, where the clock may have moved on
        assert terminal.seen()[1:] == whole.seen()[1:]


async def test_a_question_is_answered_by_what_is_typed_when_it_has_been_shown(
    clock: Clock,
) -> None:
    app = far_away(clock)
    async with app.run_test(headless=False, size=(80, 24)) as pilot:
        await on_snapshots(pilot, app)
        await pilot.press("ctrl+d")
        await wait_for(pilot, lambda: isinstance(app.screen, ConfirmDelete), "the question")
        await wait_for(pilot, lambda: not app.pace.has_shown_all, "its way to the terminal")
        clock.now += 0.3
        app.post_message(events.Key("enter", "\r"))
        await pilot.pause(0.3)
        assert isinstance(app.screen, ConfirmDelete)
        assert app.typing_ahead.is_holding
        for _ in range(8):
            answer(app)
        await settled(pilot)
        await wait_for(pilot, lambda: not app.typing_ahead.is_holding, "the keys")
        assert isinstance(app.screen, ConfirmDelete)
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.screen is app.main, "the answer")
