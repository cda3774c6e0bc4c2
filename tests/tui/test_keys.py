"""Keys: one place they come from, everywhere else they show."""

from __future__ import annotations

from collections import Counter
from itertools import chain

import click
import pytest
from textual.binding import Binding

from snaptui.cli.root import snaptui
from snaptui.tui import keys
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.commands import Actions
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.running import home_of, run
from snaptui.tui.screens.form import Field
from snaptui.tui.screens.help import NOT_HERE, HelpScreen, help_lines
from snaptui.tui.screens.main import MainScreen
from snaptui.tui.screens.snapshot_form import SnapshotForm
from snaptui.tui.verbs import VERBS, NoVerb
from snaptui.tui.widgets.cloud_tree import CloudTree
from snaptui.tui.widgets.detail import Detail
from snaptui.tui.widgets.rows import Rows
from snaptui.tui.widgets.table import Table
from tests.tui.fake import FakeJobs, small_cloud
from tests.tui.helpers import screen_text, toasts, wait_for


def test_every_binding_has_an_id_a_label_and_a_tooltip() -> None:
    for binding in keys.every():
        assert binding.id
        assert binding.id.split(".")[0] in keys.GROUPS
        assert binding.description
        assert binding.tooltip
    assert max(Counter(binding.id for binding in keys.every()).values()) == 1


@pytest.mark.parametrize(
    "group",
    [
        keys.MAIN + keys.APP + keys.ROWS + keys.TABLE,
        keys.ROWS + keys.TREE,
        keys.JOBS,
        keys.TRASH + keys.ROWS + keys.TABLE,
        keys.ZONES + keys.ROWS + keys.TABLE,
    ],
)
def test_no_key_does_two_things_in_one_place(group: tuple[Binding, ...]) -> None:
    every = list(chain.from_iterable(binding.key.split(",") for binding in group))
    assert max(Counter(every).values()) == 1


def test_delete_is_beside_no_harmless_key() -> None:
    delete = next(binding for binding in keys.MAIN if binding.id == "do.delete")
    assert set(delete.key.split(",")) == {"ctrl+d", "delete"}
    back = next(binding for binding in keys.MAIN if binding.id == "go.back")
    assert "backspace" in back.key


def test_every_action_exists() -> None:
    for owner, bindings in (
        (MainScreen, keys.MAIN),
        (Rows, keys.ROWS),
        (Table, keys.TABLE),
        (CloudTree, keys.TREE),
        (SnaptuiApp, keys.APP),
    ):
        for binding in bindings:
            name = binding.action.split("(")[0].removeprefix("app.")
            assert hasattr(owner, f"action_{name}") or hasattr(SnaptuiApp, f"action_{name}"), name


def test_help_shows_every_binding() -> None:
    text = "\n".join("".join(part for part, _ in line) for line in help_lines(100))
    for binding in keys.every():
        assert binding.tooltip[:40] in text
        assert keys.display(binding) in text


async def test_the_footer_fits_and_keeps_what_matters() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("down")
        last = screen_text(app).splitlines()[-1]
        for label in (
            "s Snapshot",
            "c Clone",
            "r Restore",
            "^d Delete",
            "/ Filter",
            "d Diff",
            "J Jobs",
            "? Help",
        ):
            assert label in last
        assert len(last.rstrip()) < 80
        await pilot.press("up")
        await wait_for(pilot, lambda: "n New" in screen_text(app).splitlines()[-1], "the index")


async def test_the_palette_has_every_action_and_runs_it() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(120, 40)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        hits = [hit async for hit in Actions(app.screen).discover()]
        names = {hit.text for hit in hits}
        for binding in (*keys.MAIN, *keys.TABLE, *keys.APP):
            assert binding.description in names or binding.id == "app.commands"
        await pilot.press("down", "ctrl+p")
        await wait_for(pilot, lambda: app.screen is not app.main, "the palette")
        await pilot.press(*"snapshot")
        await wait_for(pilot, lambda: "Take a snapshot" in screen_text(app), "the action")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "New Volume Snapshot" in screen_text(app), "the form")


async def test_what_a_cloud_cannot_do_is_refused_with_the_reason() -> None:
    from snaptui.clouds.base import Capability

    cloud = small_cloud()
    cloud.unable = frozenset({Capability.CLONE})
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("down", "c")
        await wait_for(pilot, lambda: toasts(app), "the reason")
        assert toasts(app) == ["the fake cloud cannot do that"]
        assert app.screen is app.main
        clone = next(hint for hint in app.main.hints() if hint.label == "Clone")
        assert not clone.possible


# Every action by key, by palette and by the command line

GROUPS_WITH_VERBS = {"do", "go", "copy", "table", "jobs", "trash", "zones", "public", "diff"}


def commands() -> set[str]:
    """Every verb of the command line."""
    found: set[str] = set()
    stack: list[tuple[str, click.Command]] = [("", snaptui)]
    while stack:
        path, command = stack.pop()
        found.add(path.strip())
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                assert below is not None
                stack.append((f"{path} {name}", below))
    return found


def test_every_action_names_its_verb_or_why_it_has_none() -> None:
    known = commands()
    ids = {
        binding.id or ""
        for binding in keys.every()
        if (binding.id or "").split(".")[0] in GROUPS_WITH_VERBS
    }
    assert ids == set(VERBS), "add it to snaptui/tui/verbs.py, or take it away there"
    for known_id, verbs in VERBS.items():
        if isinstance(verbs, NoVerb):
            assert verbs.why
            assert not known_id.startswith("do."), "what is done to data has a verb"
        else:
            assert verbs
            assert set(verbs) <= known, known_id


async def test_every_action_is_there_by_its_key() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(Place("local", PlaceKind.VOLUME, "vol-00000001"))
        detail = app.main.pane.volume()
        for widget, bindings in (
            (app.main.tree_view, (*keys.ROWS, *keys.TREE, *keys.APP)),
            (detail.snapshots, (*keys.MAIN, *keys.APP, *keys.ROWS, *keys.TABLE)),
            (detail.blocks, keys.BLOCKS),
        ):
            if widget is detail.blocks:
                detail.show_tab("Blocks")
            await wait_for(pilot, lambda: widget.is_mounted and widget.display, "the widget")  # noqa: B023
            app.main.set_focus(widget)
            active = app.main.active_bindings
            for binding in bindings:
                for key in binding.key.split(","):
                    assert active[key].binding.id == binding.id, (key, binding.id)


async def test_every_action_is_there_by_the_palette_and_is_done_or_told_why_not() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(Place("local", PlaceKind.VOLUME, "vol-00000001"))
        rows = app.main.pane.volume().snapshots
        await wait_for(pilot, lambda: rows.has_focus and rows.total, "its snapshots")
        listed = {hit.text async for hit in Actions(app.screen).discover()}
        for binding in (*keys.MAIN, *keys.TABLE, *keys.APP):
            assert binding.description in listed or binding.id == "app.commands"
        for binding in (*keys.MAIN, *keys.TABLE, *keys.APP, *keys.ROWS, *keys.TREE):
            found = [hit async for hit in Actions(app.screen).search(binding.description)]
            assert (
                binding.description in {hit.text for hit in found} or binding.id == "app.commands"
            )
            home = home_of(app, app.main, binding)
            assert home is not None
            action = keys.parsed(binding)[0].removeprefix("app.")
            assert hasattr(home, f"action_{action}"), binding.id
        for binding in keys.MAIN:
            if (binding.id or "").startswith("do."):
                toasted = len(toasts(app))
                await run(app, app.main, binding)
                await wait_for(
                    pilot,
                    lambda: app.screen is not app.main or len(toasts(app)) > toasted,  # noqa: B023
                    f"what {binding.id} opens",
                )
                if app.screen is not app.main:
                    await pilot.press("escape")
                    await wait_for(pilot, lambda: app.screen is app.main, "its end")


# Help and footer: what is not possible here, and why


async def test_help_says_what_is_not_possible_here_and_why() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        hints = {hint.label: hint.possible for hint in app.main.hints()}
        assert not hints["Snapshot"]
        assert hints["Filter"]
        await pilot.press("question_mark")
        await wait_for(pilot, lambda: NOT_HERE in screen_text(app), "the section")
        text = screen_text(app)
        assert "Snapshot, Attach, Resize: select a volume first" in text
        assert "c  r  d  v" in text
        await pilot.press("escape", "down")
        await wait_for(pilot, lambda: isinstance(app.main.pane.current, Detail), "the volume")
        await pilot.press("question_mark")
        await wait_for(pilot, lambda: app.screen is not app.main, "the help")
        assert "Snapshot: select" not in screen_text(app)


async def test_help_is_searched_and_scrolled() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("down", "question_mark")
        await wait_for(pilot, lambda: isinstance(app.screen, HelpScreen), "the help")
        document = app.screen.document  # type: ignore[attr-defined]
        await pilot.press("G")
        await wait_for(pilot, lambda: document.scroll_offset.y > 20, "the end")
        await pilot.press("slash", *"clone new")
        await wait_for(pilot, lambda: "Make a new volume" in document.text, "what was found")
        assert "Take a snapshot" not in document.text
        await pilot.press("enter", "slash", *" nowhere")
        await wait_for(pilot, lambda: "no key does anything" in screen_text(app), "nothing")
        await pilot.press("escape")
        await wait_for(pilot, lambda: "Take a snapshot" in document.text, "everything again")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("q")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of the help")


async def test_arrows_and_vim_keys_go_through_a_form() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("down", "s")
        await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the form")
        name = app.screen.query_one("#name", Field)
        await wait_for(pilot, lambda: name.has_focus, "the field")
        await pilot.press("j", "k")
        assert name.value == "jk"
        await pilot.press("down")
        await wait_for(pilot, lambda: not name.has_focus, "the field below")
        await pilot.press("up")
        await wait_for(pilot, lambda: name.has_focus, "the field above")
        app.screen.query_one("#cancel").focus()
        await pilot.press("h")
        await wait_for(pilot, lambda: app.screen.query_one("#submit").has_focus, "the button")
        await pilot.press("l")
        await wait_for(pilot, lambda: app.screen.query_one("#cancel").has_focus, "the other one")
