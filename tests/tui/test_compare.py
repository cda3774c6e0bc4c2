"""Comparing two snapshots: both sides, the map, the sums."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from snaptui.errors import RepositoryError
from snaptui.models import Diff
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.screens.diff import BasePicker, DiffScreen
from snaptui.tui.screens.export_form import ExportForm
from tests.tui.fake import FakeJobs, small_cloud
from tests.tui.helpers import screen_text, toasts, wait_for
from tests.tui.test_views import open_place

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot


class Sides:
    """Remembers what was compared with what."""

    def __init__(self) -> None:
        self.cloud = small_cloud()
        self.asked: list[tuple[str | None, str]] = []
        diff = self.cloud.diff

        async def counted(from_uid: str | None, to_uid: str) -> Diff:
            self.asked.append((from_uid, to_uid))
            return await diff(from_uid, to_uid)

        self.cloud.diff = counted  # type: ignore[method-assign]
        self.app = SnaptuiApp([self.cloud], FakeJobs(self.cloud))

    async def open(self, pilot: Pilot[None], *keys: str) -> DiffScreen:
        await open_place(pilot, self.app)
        await pilot.press(*keys, "d")
        await wait_for(pilot, lambda: self.app.screen is not self.app.main, "the comparison")
        if isinstance(self.app.screen, BasePicker):
            await pilot.press("enter")
        await wait_for(pilot, lambda: isinstance(self.app.screen, DiffScreen), "the comparison")
        screen = self.app.screen
        assert isinstance(screen, DiffScreen)
        await wait_for(pilot, lambda: "ranges" in screen_text(self.app), "the ranges")
        return screen


def uid(number: int) -> str:
    return f"snap-{number:08X}"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_sums_map_and_ranges_are_seen_at_once(size: tuple[int, int]) -> None:
    sides = Sides()
    async with sides.app.run_test(size=size) as pilot:
        screen = await sides.open(pilot)
        text = screen_text(sides.app)
        for part in ("84 MiB", "3.0 MiB", "1.0 MiB", "200 ranges", "Offset", "Length", "added"):
            assert part in text
        assert "◆" in screen._map.text
        assert "▲" in screen._map.text
        before = screen._map.text
        await pilot.press("G")
        await wait_for(pilot, lambda: screen._map.text != before, "another place on the map")


async def test_both_sides_can_be_chosen_and_swapped() -> None:
    sides = Sides()
    async with sides.app.run_test(size=(80, 24)) as pilot:
        await sides.open(pilot)
        assert sides.asked == [(uid(2), uid(1))]
        await pilot.press("x")
        await wait_for(pilot, lambda: len(sides.asked) == 2, "the swap")
        assert sides.asked[-1] == (uid(1), uid(2))
        await pilot.press("b")
        await wait_for(pilot, lambda: isinstance(sides.app.screen, BasePicker), "the picker")
        await pilot.press("end", "enter")
        await wait_for(pilot, lambda: len(sides.asked) == 3, "the other base")
        assert sides.asked[-1] == (uid(12), uid(2))
        await pilot.press("B")
        await wait_for(pilot, lambda: isinstance(sides.app.screen, BasePicker), "the picker")
        await pilot.press("home", "enter")
        await wait_for(pilot, lambda: len(sides.asked) == 4, "the other side")
        assert sides.asked[-1] == (uid(12), uid(1))


async def test_two_marked_snapshots_are_the_two_sides() -> None:
    sides = Sides()
    async with sides.app.run_test(size=(80, 24)) as pilot:
        await sides.open(pilot, "down", "space", "down", "down", "space", "home")
        assert sides.asked == [(uid(5), uid(2))]


async def test_what_cannot_be_compared_says_why() -> None:
    sides = Sides()

    async def broken(from_uid: str | None, to_uid: str) -> Diff:
        raise RepositoryError("the map is gone")

    sides.cloud.diff = broken  # type: ignore[method-assign]
    async with sides.app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, sides.app)
        await pilot.press("d")
        await wait_for(pilot, lambda: isinstance(sides.app.screen, BasePicker), "the picker")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "the map is gone" in screen_text(sides.app), "why")
        await pilot.press("e")
        await wait_for(pilot, lambda: toasts(sides.app), "that nothing is there")
        assert isinstance(sides.app.screen, DiffScreen)


async def test_a_comparison_is_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sides = Sides()
    async with sides.app.run_test(size=(80, 24)) as pilot:
        await sides.open(pilot)
        await pilot.press("e")
        await wait_for(pilot, lambda: isinstance(sides.app.screen, ExportForm), "the form")
        await pilot.press("enter")
        path = tmp_path / "diff-nightly-0002-nightly-0001.json"
        await wait_for(pilot, path.exists, "the file")
        document = json.loads(path.read_text())
        assert (document["from_uid"], document["to_uid"]) == (uid(2), uid(1))
        assert len(document["ranges"]) == 200
