"""The user's own keys: they work, they are shown everywhere, and clashes are told."""

from __future__ import annotations

import pytest

from snaptui.config import Config
from snaptui.tui import keys
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.commands import Actions
from snaptui.tui.deletions import nothing_to_undo
from snaptui.tui.documents import _pinned, _trash
from snaptui.tui.keymap import is_key, key_map
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.help import help_lines
from snaptui.tui.screens.snapshot_form import SnapshotForm
from snaptui.tui.widgets.welcome import _greeting
from tests.tui.fake import FakeJobs, small_cloud
from tests.tui.helpers import screen_text, toasts, wait_for


def app_with(**asked: str) -> SnaptuiApp:
    cloud = small_cloud()
    mine = {which.replace("_", "."): text for which, text in asked.items()}
    return SnaptuiApp([cloud], FakeJobs(cloud), config=Config(keys=mine))


def test_without_a_key_map_all_is_as_usual() -> None:
    usual = key_map({})
    assert usual.changed == frozenset()
    assert usual.problems == []
    assert usual.for_textual == {}
    for binding in keys.every():
        assert usual.keys[binding.id or ""] == binding.key.split(",")


def test_every_usual_key_is_known() -> None:
    for binding in keys.every():
        for key in binding.key.split(","):
            assert is_key(key), key


@pytest.mark.parametrize(
    "name", ["s", "S", "f5", "ctrl+x", "alt+left", "question_mark", "é", "ctrl+shift+a"]
)
def test_keys_that_there_are(name: str) -> None:
    assert is_key(name)


@pytest.mark.parametrize("name", ["contrl+x", "enterr", "ctrl+", "<any>", "[/b]", ""])
def test_keys_that_there_are_not(name: str) -> None:
    assert not is_key(name)


def test_keys_are_written_as_one_likes() -> None:
    mine = key_map({"do.snapshot": " S , f5", "app.help": "?,!"})
    assert mine.keys["do.snapshot"] == ["S", "f5"]
    assert mine.keys["app.help"] == ["question_mark", "exclamation_mark"]
    assert mine.problems == []
    assert mine.for_textual == {"do.snapshot": "S,f5", "app.help": "question_mark,exclamation_mark"}


def test_who_asked_for_a_key_gets_it_and_the_clash_is_told() -> None:
    mine = key_map({"do.snapshot": "c"})
    assert mine.keys["do.snapshot"] == ["c"]
    assert mine.keys["do.clone"] == []
    assert mine.problems == ["c is for do.snapshot, instead of do.clone, which has no key now."]
    assert mine.for_textual == {"do.snapshot": "c", "do.clone": keys.NO_KEY}


def test_two_keys_can_change_places() -> None:
    mine = key_map({"do.snapshot": "c", "do.clone": "s"})
    assert (mine.keys["do.snapshot"], mine.keys["do.clone"]) == (["c"], ["s"])
    assert mine.problems == []


def test_two_that_ask_for_one_key_cannot_both_have_it() -> None:
    mine = key_map({"do.snapshot": "x,f5", "go.jobs": "f5"})
    assert mine.keys["do.snapshot"] == ["x", "f5"]
    assert mine.keys["go.jobs"] == []
    assert mine.problems == ["f5 is for do.snapshot, as well as go.jobs, which has no key now."]


def test_only_keys_of_one_place_clash() -> None:
    assert key_map({"diff.base": "s"}).problems == []
    assert key_map({"jobs.cancel": "f9", "do.delete": "f9"}).problems == []


def test_a_key_that_lists_hear_first_is_told() -> None:
    told = "j is rows.down before it is do.snapshot."
    assert key_map({"do.snapshot": "j"}).problems == [
        told,
        "j is blocks.down before it is do.snapshot.",
    ]
    assert "s is rows.open before it is do.snapshot." in key_map({"rows.open": "s"}).problems


def test_what_does_not_exist_is_told() -> None:
    mine = key_map({"do.snapshoot": "x", "do.snapshot": "enterr,f5", "go.jobs": "nokey"})
    assert mine.problems[0].startswith("No binding is called do.snapshoot; do.snapshot is near")
    assert mine.problems[1] == "No key is called enterr, as for do.snapshot."
    assert mine.keys["do.snapshot"] == ["f5"]
    assert mine.keys["go.jobs"] == ["J"]  # better the usual one than none


def test_hostile_ids_and_keys_are_told_safely() -> None:
    evil = "x\x1b]52;c;ZXZpbA==\x07\u202e" + "n" * 500
    for problem in key_map({evil: "s", "do.snapshot": evil}).problems:
        assert problem.isprintable()
        assert len(problem) < 200


async def test_the_users_keys_work_and_the_usual_ones_do_not() -> None:
    app = app_with(do_snapshot="f5,S", rows_down="f6")
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        before = app.main.tree_view.cursor
        await pilot.press("j", "s")
        assert app.main.tree_view.cursor == before
        await pilot.press("f6")
        await wait_for(pilot, lambda: app.main.tree_view.cursor == before + 1, "a row down")
        assert app.screen is app.main
        for key in ("f5", "S"):
            await pilot.press(key)
            await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the form")
            await pilot.press("escape")
            await wait_for(pilot, lambda: app.screen is app.main, "the end of it")


async def test_the_users_keys_are_shown_everywhere() -> None:
    app = app_with(do_snapshot="f5,S", go_jobs="")
    async with app.run_test(size=(120, 40)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        last = screen_text(app).splitlines()[-1]
        assert "f5 Snapshot" in last
        assert "Jobs" not in last  # it has no key, but is in the palette
        hits = {hit.text: str(hit.help) async for hit in Actions(app.screen).discover()}
        assert hits["Snapshot"].startswith("f5 ")
        assert "Jobs" in hits
        text = "\n".join("".join(part for part, _ in line) for line in help_lines(100))
        assert "f5  S " in text
        assert keys.of("do.snapshot") == "f5"
        assert keys.of("go.jobs") == "Jobs"
    SnaptuiApp()
    assert keys.of("do.snapshot") == "s"


def test_messages_name_the_keys_that_one_has() -> None:
    keys.use({binding.id or "": ["f9"] for binding in keys.every()})
    try:
        told = [
            nothing_to_undo(small_cloud()),
            _trash(2),
            _pinned(),
            *map(str, _greeting(80)[-4:-1]),
        ]
        assert [text for text in told if "f9" not in text] == []
    finally:
        keys.use({})


async def test_questions_and_toasts_name_the_keys_that_one_has() -> None:
    app = app_with(do_undo="U", do_trash="X")
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(Place("local", PlaceKind.SNAPSHOT, "snap-00000001"))
        await pilot.press("ctrl+d")
        await wait_for(pilot, lambda: "U, or X" in screen_text(app), "the question")
        await pilot.press("tab", "enter")
        await wait_for(pilot, lambda: toasts(app), "the toast")
        assert toasts(app)[0].endswith("U to undo, X for the trash.")


def test_keys_of_the_help_clash_with_those_it_scrolls_by() -> None:
    assert key_map({"help.close": "j"}).problems == ["j is for help.close, instead of rows.down."]


async def test_clashes_and_unknown_ids_are_told_at_the_start() -> None:
    app = app_with(do_snapshot="c", do_snapshoot="x")
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: len(toasts(app)) == 2, "the toasts")
        assert any("No binding is called do.snapshoot" in text for text in toasts(app))
        assert any("c is for do.snapshot, instead of do.clone" in text for text in toasts(app))
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("down", "c")
        await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the form")
