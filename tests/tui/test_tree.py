"""The tree makes a line when it is seen, however many volumes there are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from snaptui.models import CloudInfo, CloudTrouble
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.cloud_state import CloudState
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.tree_lines import Branch, Node, TreeLines

from .fake import NOW, FakeCloud, FakeJobs, make_snapshot, make_volume
from .helpers import screen_text, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

MANY = 5000


def state_of(name: str, volumes: int, snapshots: int = 0) -> CloudState:
    made = [make_volume(number, f"v{number:04d}") for number in range(1, volumes + 1)]
    state = CloudState(FakeCloud(name))
    state.take(made, [make_snapshot(number, made[0]) for number in range(snapshots)])
    state.info = CloudInfo(name=name, kind="fake", available=True)
    return state


def labels(lines: TreeLines) -> list[str]:
    return [lines[line].label for line in range(len(lines))]


def test_lines_of_several_clouds_follow_each_other() -> None:
    loading, down = CloudState(FakeCloud("loading")), state_of("down", 0)
    down.info = CloudInfo(name="down", kind="fake", available=False, reason="gone")
    folded = {Place("shut", PlaceKind.CLOUD), Place("flat", PlaceKind.VOLUMES)}
    states = [state_of("one", 2, 3), loading, down, state_of("shut", 4), state_of("flat", 4)]
    lines = TreeLines(states, folded)
    assert labels(lines) == [
        *("one", "Volumes", "v0001", "v0002", "Volume Snapshots", "Activity"),
        "loading",
        "down",
        "shut",
        *("flat", "Volumes", "Volume Snapshots", "Activity"),
    ]
    for line in range(len(lines)):
        assert lines.line_of(lines[line].place) == line
    hidden = Place("shut", PlaceKind.VOLUME, make_volume(1).resource_uid)
    assert lines.line_of(hidden) == -1
    assert lines.line_of(Place("elsewhere", PlaceKind.CLOUD)) == -1
    for line in (-1, len(lines)):
        with pytest.raises(IndexError):
            lines[line]


def test_the_columns_are_as_wide_as_the_widest_line_needs() -> None:
    old = make_volume(1, snapshot_count=12345, last_snapshot_at=NOW - timedelta(days=4000))
    state = CloudState(FakeCloud())
    state.take([old], [])
    lines = TreeLines([state])
    assert lines.count_width == 5
    assert lines.age_width == len(lines[2].age) >= 3
    assert (TreeLines([]).count_width, TreeLines([]).age_width) == (2, 3)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lines that were made."""
    made: list[int] = []
    node: Callable[[Branch, int], Node] = Branch.node

    def counting(branch: Branch, line: int) -> Node:
        made.append(line)
        return node(branch, line)

    monkeypatch.setattr(Branch, "node", counting)
    return made


async def test_only_lines_that_are_seen_are_made(counted: list[int]) -> None:
    volumes = [make_volume(number, f"v{number:04d}") for number in range(1, MANY + 1)]
    cloud = FakeCloud(volumes=volumes)
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "v0001" in screen_text(app))
        assert max(counted) < 24
        await pilot.press("end", "up", "up")
        await wait_for(pilot, lambda: "v4998" in screen_text(app))
        assert set(counted) <= {*range(24), *range(MANY - 40, MANY + 4)}
        counted.clear()
        app.main.refresh_ages()
        await pilot.pause()
        assert len(counted) < 100


async def test_a_click_is_meant_for_the_line_it_is_on() -> None:
    volumes = [make_volume(number, f"v{number:04d}") for number in range(1, 5)]
    cloud = FakeCloud(volumes=volumes)
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "v0003" in screen_text(app), "the tree")
        lines = screen_text(app).split("\n")
        y = next(number for number, line in enumerate(lines) if "v0003" in line[:26])
        await pilot.click(offset=(10, y))
        there = Place("local", PlaceKind.VOLUME, volumes[2].resource_uid)
        await wait_for(pilot, lambda: app.main.tree_view.place == there, "the line")
        await wait_for(pilot, lambda: app.main.place == there, "what it stands for")


def test_what_nobody_knows_is_not_counted() -> None:
    state = state_of("lab", 0)
    waiting = CloudInfo(name="lab", kind="aws", available=True, answered=False)
    state.info = waiting
    lines = TreeLines([state])
    assert [lines[n].count for n in range(len(lines))] == [""] * len(lines)
    # it was listed the last time, or it has answered: then there is none
    for known in (replace(waiting, as_of=datetime.now(UTC)), replace(waiting, answered=True)):
        state.info = known
        lines = TreeLines([state])
        assert [lines[n].count for n in range(len(lines))][1:3] == ["0", "0"]


@pytest.mark.parametrize(("columns", "told"), [(80, 26), (110, 30), (120, 30), (132, 36)])
async def test_clouds_with_long_names_are_told_apart_where_there_is_room(
    columns: int, told: int
) -> None:
    clouds = [FakeCloud(name, [make_volume(1)]) for name in ("local", "openstack demo-london-2")]
    app = SnaptuiApp(clouds, FakeJobs(clouds[0]))
    async with app.run_test(size=(columns, 40)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        tree = app.main.tree_view
        assert tree.outer_size.width == told
        if columns >= 110:
            await wait_for(pilot, lambda: "openstack demo-london-2" in screen_text(app), "its name")


@pytest.mark.parametrize("trouble", CloudTrouble)
def test_what_is_wrong_with_a_cloud_takes_room_from_no_other_line(trouble: CloudTrouble) -> None:
    good, bad, known = state_of("good", 1), state_of("bad", 0), state_of("known", 1)
    bad.info = CloudInfo(name="bad", kind="aws", available=False, reason="x", trouble=trouble)
    known.info = replace(bad.info, name="known", as_of=datetime.now(UTC))
    for narrow, words in ((True, trouble.short), (False, trouble.words)):
        lines = TreeLines([good, bad, known], narrow=narrow)
        roots = [lines[n] for n in range(len(lines)) if lines[n].depth == 0]
        assert [each.age for each in roots] == ["", words, words]
        assert [each.troubled for each in roots] == [False, True, True]
        assert lines.age_width == TreeLines([good]).age_width


class RefusingCloud(FakeCloud):
    """It wants other credentials."""

    async def info(self) -> CloudInfo:
        return CloudInfo(
            name=self.name,
            kind="aws",
            available=False,
            reason="expired",
            trouble=CloudTrouble.NO_ACCESS,
        )


@pytest.mark.parametrize(("columns", "word"), [(80, "auth"), (120, "no access")])
async def test_the_name_and_what_is_wrong_are_both_seen(columns: int, word: str) -> None:
    clouds = [FakeCloud(volumes=[make_volume(2)]), RefusingCloud("aws us-east-1")]
    app = SnaptuiApp(clouds, FakeJobs(clouds[0]))
    async with app.run_test(size=(columns, 24)) as pilot:
        await wait_for(pilot, lambda: "✗ aws us-east-1" in screen_text(app), "its name")
        line = next(line for line in screen_text(app).splitlines() if "aws us-east-1" in line)
        assert line.split("│")[1].rstrip().endswith(f" {word}")
        app.main.go(Place("aws us-east-1", PlaceKind.CLOUD))
        await wait_for(pilot, lambda: "no access: expired" in screen_text(app), "and why")


async def test_names_that_begin_alike_are_told_apart_by_their_ends() -> None:
    volumes = [make_volume(number, f"newcomer-vol-data{number}") for number in range(1, 4)]
    snapshots = [make_snapshot(number, volumes[0]) for number in range(1234)]
    cloud = FakeCloud(volumes=volumes, snapshots=snapshots)
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "1234" in screen_text(app))
        tree = [line[:26] for line in screen_text(app).split("\n")]
        for number in range(1, 4):
            assert any(f"…ata{number} " in line for line in tree), tree
