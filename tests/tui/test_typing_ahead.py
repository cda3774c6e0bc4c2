"""Keys that come faster than the focus moves: over a slow line, or from a macro."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

import pytest
from textual import events

from snaptui.requests import SnapshotRequest
from snaptui.tui import screens, typing_ahead
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.clone_form import CloneForm
from snaptui.tui.screens.confirm import ConfirmDelete
from snaptui.tui.screens.export_form import ExportForm
from snaptui.tui.screens.form import Form
from snaptui.tui.screens.jobs import JobsScreen
from snaptui.tui.screens.question import Question
from snaptui.tui.screens.restore_form import RestoreForm
from snaptui.tui.screens.snapshot_form import SnapshotForm
from snaptui.tui.screens.themes import ThemePicker
from snaptui.tui.screens.volume_form import VolumeForm
from snaptui.tui.widgets.table import Table
from tests.tui.fake import FakeCloud, FakeJobs, small_cloud
from tests.tui.helpers import toasts, wait_for

if TYPE_CHECKING:
    from collections.abc import Hashable

    from textual.pilot import Pilot

NAMES = {
    "/": "slash",
    ":": "colon",
    " ": "space",
    "!": "exclamation_mark",
    "\r": "enter",
    "\t": "tab",
}


def burst(app: SnaptuiApp, text: str) -> None:
    """All of these keys at once, as a terminal sends what it has."""
    for character in text:
        app.post_message(events.Key(NAMES.get(character, character), character))


async def opened(pilot: Pilot[None], app: SnaptuiApp) -> None:
    await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
    app.main.go(Place("local", PlaceKind.SNAPSHOTS))
    await wait_for(pilot, lambda: app.focused is app.main.pane.main_widget is not None, "the focus")


@pytest.mark.parametrize("text", ["nosc!q", "db d", "new:>0 !JqTu", "volume:=db"])
async def test_what_follows_the_slash_is_the_filter(text: str) -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        burst(app, f"/{text}")
        bar = app.main.pane.filter_bar
        await wait_for(pilot, lambda: len(bar.value) == len(text), "the text")
        assert bar.value == text
        assert app.screen is app.main
        assert app.is_running
        assert not toasts(app)


async def test_enter_ends_the_filter_and_opens_nothing() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        burst(app, "/db\r")
        table = app.main.pane.snapshots()
        await wait_for(pilot, lambda: table.matching == 30 and table.has_focus, "the filter")
        assert app.main.place == Place("local", PlaceKind.SNAPSHOTS)


async def test_what_follows_the_colon_is_the_jump_line() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        burst(app, ":vol db\r")
        there = Place("local", PlaceKind.VOLUME, "vol-00000002")
        await wait_for(pilot, lambda: app.main.place == there, "the volume")
        assert app.screen is app.main


async def test_two_enters_in_one_piece_close_one_screen() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("ctrl+t")
        await wait_for(pilot, lambda: isinstance(app.screen, ThemePicker), "the picker")
        burst(app, "\r\r")
        await wait_for(pilot, lambda: app.screen is app.main, "the main screen")
        await pilot.pause()
        assert app.is_running


async def test_keys_that_come_when_the_app_has_ended_are_nobodys() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        app.typing_ahead._held.append((1, events.Key("j", "j")))
    first, again = events.Key("j", "j"), events.Key("k", "k")
    again._set_forwarded()
    assert app.typing_ahead.takes(first)
    assert app.typing_ahead.takes(again)
    app.typing_ahead._awaited = None
    app.typing_ahead._hand_on()
    assert app.typing_ahead._held


# What opens a form, a list or a question


async def test_a_screen_that_never_comes_makes_nobody_deaf(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(typing_ahead, "MADE_SECONDS", 0.05)
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        app.typing_ahead.expect()
        await wait_for(pilot, lambda: not app.typing_ahead.is_holding, "the end of it")
        await pilot.press("J")
        await wait_for(pilot, lambda: isinstance(app.screen, JobsScreen), "the jobs")


async def test_what_is_not_expected_any_more_holds_no_keys() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        before = app.typing_ahead.expect()
        app.typing_ahead.drop()
        assert not app.typing_ahead.is_holding
        app.typing_ahead.settle(before, opened=True)
        await pilot.press("J")
        await wait_for(pilot, lambda: isinstance(app.screen, JobsScreen), "the jobs")


async def on_snapshots(pilot: Pilot[None], app: SnaptuiApp) -> None:
    await opened(pilot, app)
    await wait_for(pilot, lambda: app.main.pane.snapshots().total, "the rows")


def form_of(app: SnaptuiApp, kind: type[Form]) -> Form:
    assert isinstance(app.screen, kind)
    return app.screen


async def test_what_follows_s_is_the_name_of_the_snapshot() -> None:
    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await on_snapshots(pilot, app)
        burst(app, "sTest q\r")
        await wait_for(pilot, lambda: jobs.requests, "the request")
        (request,) = jobs.requests
        assert isinstance(request, SnapshotRequest)
        assert request.name == "Test q"
        await wait_for(pilot, lambda: app.screen is app.main, "the end of the form")
        assert app.is_running


@pytest.mark.parametrize(
    ("key", "kind", "field"),
    [
        ("c", CloneForm, "name"),
        ("n", VolumeForm, "path"),
        ("e", ExportForm, "path"),
    ],
)
async def test_what_follows_is_typed_into_the_form(key: str, kind: type[Form], field: str) -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await on_snapshots(pilot, app)
        burst(app, f"{key}sqTd?1")
        await wait_for(pilot, lambda: isinstance(app.screen, kind), "the form")
        form = form_of(app, kind)
        await wait_for(pilot, lambda: form.focused, "the focus")
        await wait_for(pilot, lambda: form.text_of(field) == "sqTd?1", "the text")
        assert app.screen is form


async def test_what_is_pasted_behind_the_key_lands_in_its_place() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await on_snapshots(pilot, app)
        burst(app, "sa")
        app.post_message(events.Paste("nightly"))
        burst(app, "z")
        await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the form")
        form = form_of(app, SnapshotForm)
        await wait_for(pilot, lambda: form.focused, "the focus")
        await wait_for(pilot, lambda: form.text_of("name") == "anightlyz", "the text")


async def test_what_follows_goes_on_to_a_list_and_what_that_opens() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await on_snapshots(pilot, app)
        table = app.main.pane.snapshots()
        burst(app, "Cj qjj")  # choose columns, hide the second one, close, two rows down
        await wait_for(pilot, lambda: table.cursor == 2, "the row")
        assert app.screen is app.main
        hidden = [key for key, seen in table.choice.columns.items() if not seen]
        assert len(hidden) == 1


async def test_nothing_typed_before_it_was_read_answers_a_question() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await on_snapshots(pilot, app)
        before = dict(app.inventory.clouds["local"].snapshots)
        app.post_message(events.Key("ctrl+d", None))
        app.post_message(events.Key("tab", "\t"))
        burst(app, "\rqT")
        await wait_for(pilot, lambda: isinstance(app.screen, ConfirmDelete), "the question")
        await wait_for(pilot, lambda: app.focused is not None, "the focus")
        await pilot.pause()
        assert isinstance(app.screen, ConfirmDelete)
        assert app.focused is app.screen.query_one("#cancel")
        assert app.inventory.clouds["local"].snapshots == before
        # what is pressed now counts
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of the question")


async def test_nothing_typed_before_it_was_read_restores() -> None:
    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await on_snapshots(pilot, app)
        burst(app, "rx\r")
        await wait_for(pilot, lambda: isinstance(app.screen, RestoreForm), "the form")
        await wait_for(pilot, lambda: not app.typing_ahead.is_holding, "the keys")
        form = form_of(app, RestoreForm)
        await wait_for(pilot, lambda: form.focused, "the focus")
        assert app.screen is form
        assert not form.text_of("path").endswith("x")
        assert not jobs.requests
        await pilot.press("x")
        assert form.text_of("path") == "x"  # what is suggested is replaced


async def test_escape_leaves_also_what_takes_no_keys() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await on_snapshots(pilot, app)
        place = app.main.place
        app.post_message(events.Key("r", "r"))
        app.post_message(events.Key("escape", None))
        await wait_for(pilot, lambda: isinstance(app.screen, RestoreForm), "the form")
        await wait_for(pilot, lambda: app.screen is app.main, "its end")
        assert app.main.place == place


async def test_what_was_typed_into_a_form_that_does_not_open_is_nobodys() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        app.main.go(Place("local", PlaceKind.ACTIVITY))
        await wait_for(pilot, lambda: isinstance(app.focused, Table), "the list")
        burst(app, "sTest q")
        await wait_for(pilot, lambda: toasts(app), "why not")
        await pilot.pause()
        assert app.screen is app.main
        assert app.is_running
        assert len(toasts(app)) == 1
        # later ones count
        await pilot.press("J")
        await wait_for(pilot, lambda: isinstance(app.screen, JobsScreen), "the jobs")


def test_nothing_dangerous_takes_what_was_typed_before_it_was_seen() -> None:
    for module in pkgutil.iter_modules(screens.__path__):
        importlib.import_module(f"{screens.__name__}.{module.name}")

    kinds: list[type[Form]] = [*Form.__subclasses__()]
    for kind in kinds:  # it grows
        kinds += kind.__subclasses__()
    dangerous = {kind for kind in kinds if kind.DANGEROUS}
    assert {ConfirmDelete, RestoreForm, Question} <= dangerous
    assert not [kind for kind in dangerous if kind.TYPED_AHEAD]
    # an edit, and what can be left, do take it
    assert SnapshotForm.TYPED_AHEAD
    assert JobsScreen.TYPED_AHEAD


# What moves the focus


async def test_what_follows_tab_goes_to_the_next_field() -> None:
    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await on_snapshots(pilot, app)
        await pilot.press("s")
        await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the form")
        await wait_for(pilot, lambda: app.focused is not None, "the focus")
        burst(app, "nightly\tof all\r")
        await wait_for(pilot, lambda: jobs.requests, "the request")
        (request,) = jobs.requests
        assert isinstance(request, SnapshotRequest)
        assert (request.name, request.description) == ("nightly", "of all")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of the form")


async def test_a_whole_form_comes_in_one_piece_with_the_key_that_opens_it() -> None:
    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await on_snapshots(pilot, app)
        burst(app, "sa\tb")
        app.post_message(events.Paste("c"))
        app.post_message(events.Key("shift+tab", None))
        burst(app, "d\r")
        await wait_for(pilot, lambda: jobs.requests, "the request")
        (request,) = jobs.requests
        assert isinstance(request, SnapshotRequest)
        assert (request.name, request.description) == ("d", "bc")


async def test_what_follows_the_way_to_the_tree_and_back_is_meant_for_where_that_leads() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await on_snapshots(pilot, app)
        table = app.main.pane.snapshots()
        burst(app, "0gjj\rjj")  # to the tree, into its first volume, two rows down
        there = Place("local", PlaceKind.VOLUME, "vol-00000001")
        await wait_for(pilot, lambda: app.main.place == there, "the volume")
        assert table.cursor == 0
        rows = app.main.pane.volume().snapshots
        await wait_for(pilot, lambda: rows.cursor == 2, "its rows")


async def test_a_key_that_is_never_dealt_with_makes_nobody_deaf(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(typing_ahead, "MADE_SECONDS", 0.2)
    monkeypatch.setattr(typing_ahead, "when_dealt_with", lambda *_: None)
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await on_snapshots(pilot, app)
        table = app.main.pane.snapshots()
        burst(app, "jjj")
        await wait_for(pilot, lambda: table.cursor == 1, "the first one")
        await pilot.pause(0.3)
        burst(app, "j")
        await wait_for(pilot, lambda: table.cursor == 2, "the next one")


# What is typed before there is anything to see


class Slow(FakeCloud):
    """Is there when it is let."""

    def __init__(self) -> None:
        like = small_cloud()
        super().__init__(volumes=like.all_volumes, snapshots=like.all_snapshots)
        self.may = asyncio.Event()

    async def change_token(self) -> Hashable:
        await self.may.wait()
        return await super().change_token()


async def test_what_is_typed_before_there_is_anything_goes_where_it_would_a_moment_later() -> None:
    cloud = Slow()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        burst(app, "j\rsTest")
        await pilot.pause(0.1)
        assert not toasts(app)
        assert not app.main.has_begun
        cloud.may.set()
        await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the form")
        form = form_of(app, SnapshotForm)
        await wait_for(pilot, lambda: form.focused, "the focus")
        await wait_for(pilot, lambda: form.text_of("name") == "Test", "the text")
        assert app.main.place == Place("local", PlaceKind.VOLUME, "vol-00000001")
        assert not toasts(app)


async def test_what_comes_as_others_are_about_to_be_handed_on_comes_behind_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        ahead = app.typing_ahead
        handed: list[str] = []
        hand = ahead._hand

        def noted(event: events.Key, *arguments: Any) -> None:
            handed.append(event.key)
            hand(event, *arguments)

        monkeypatch.setattr(ahead, "_hand", noted)
        await wait_for(pilot, lambda: not ahead._is_busy, "that all is dealt with")
        ahead.expect_first()
        burst(app, "12")
        await wait_for(pilot, lambda: len(ahead._held) == 2, "that both are kept")
        burst(app, "3")  # it is in the app's queue before the word that there is something to see
        ahead.settle_first(lambda _: False)
        await wait_for(pilot, lambda: handed == ["1", "2", "3"], "the three in order")


async def test_what_acts_at_once_does_not_on_what_nobody_has_seen() -> None:
    cloud = Slow()
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        burst(app, "j\rpv")  # into a volume: its newest snapshot is pinned, and verified
        burst(app, "/vp")
        cloud.may.set()
        bar = app.main.pane.filter_bar
        await wait_for(pilot, lambda: bar.value == "vp", "what is text")
        assert not jobs.requests
        assert not any(each.pinned for each in cloud.all_snapshots)
        await pilot.press("escape")
        await wait_for(pilot, lambda: not bar.display, "the rows")
        await pilot.press("v")
        await wait_for(pilot, lambda: jobs.requests, "what is asked for now")


async def test_what_is_typed_is_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snaptui.tui.following_app.START_SECONDS", 1.0)
    cloud = Slow()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.operations, "what can be done")
        burst(app, "J")
        await wait_for(pilot, lambda: isinstance(app.screen, JobsScreen), "the jobs")
        assert not app.main.has_begun
        cloud.may.set()


async def test_ctrl_q_leaves_whatever_is_waited_for() -> None:
    cloud = Slow()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        app.post_message(events.Key("s", "s"))
        app.post_message(events.Key("ctrl+q", None))
        await wait_for(pilot, lambda: app._exit, "the end")
        cloud.may.set()
