"""Keys: one place they come from, everywhere else they show."""

from __future__ import annotations

from collections import Counter
from itertools import chain

import pytest
from textual.binding import Binding

from snaptui.tui import keys
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.commands import Actions
from snaptui.tui.screens.help import help_lines
from snaptui.tui.screens.main import MainScreen
from snaptui.tui.widgets.cloud_tree import CloudTree
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
    "group", [keys.MAIN + keys.APP + keys.ROWS + keys.TABLE, keys.ROWS + keys.TREE, keys.JOBS]
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
