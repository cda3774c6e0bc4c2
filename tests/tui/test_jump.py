"""The jump line: what it understands, what it suggests, and that typing alone does nothing."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest
from textual.app import App

from snaptui.tui import keys
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.inventory import Inventory
from snaptui.tui.jump import Suggestion, suggestions
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.help import HelpScreen
from snaptui.tui.screens.jobs import JobsScreen
from snaptui.tui.screens.snapshot_form import SnapshotForm
from snaptui.tui.widgets.jump_bar import JumpBar
from tests.tui.conftest import SIZES
from tests.tui.fake import FakeCloud, FakeJobs, make_snapshot, make_volume, small_cloud
from tests.tui.helpers import screen_text, type_text, wait_for
from tests.tui.test_hostile import HOSTILE, check, hostile_cloud

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.pilot import Pilot

WEB = Place("local", PlaceKind.VOLUME, "vol-00000001")
DB = Place("local", PlaceKind.VOLUME, "vol-00000002")
ACTIONS = (*keys.MAIN, *keys.TABLE, *keys.APP)


async def suggested(line: str, *clouds: FakeCloud) -> list[Suggestion]:
    inventory = Inventory()
    inventory.add_clouds(clouds or [small_cloud()])
    for state in inventory.clouds.values():
        assert isinstance(state.cloud, FakeCloud)
        state.take(state.cloud.all_volumes, state.cloud.all_snapshots)
    return await suggestions(line, inventory, "local", ACTIONS, lambda _: "")


# What it understands


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("vol web", WEB),
        ("volume WEB", WEB),
        ("vol vol-00000002", DB),
        ("snap nightly-0003", Place("local", PlaceKind.SNAPSHOT, "snap-00000003")),
        ("snapshot nightly-0003", Place("local", PlaceKind.SNAPSHOT, "snap-00000003")),
        ("snap 3", Place("local", PlaceKind.SNAPSHOT, "snap-00000003")),
        ("go db", DB),
        ("db", DB),
        ("volumes", Place("local", PlaceKind.VOLUMES)),
        ("snapshots", Place("local", PlaceKind.SNAPSHOTS)),
        ("cloud local", Place("local", PlaceKind.CLOUD)),
        ("cloud loc", Place("local", PlaceKind.CLOUD)),
    ],
)
async def test_places(line: str, place: Place) -> None:
    first = (await suggested(line))[0]
    assert first.place == place


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ("q", "app.quit"),
        ("quit", "app.quit"),
        ("jobs", "go.jobs"),
        ("help", "app.help"),
        ("snapshot", "do.snapshot"),
        ("snapshot ", "do.snapshot"),
        ("copy name", "copy.name"),
        ("mark all", "table.mark_all"),
    ],
)
async def test_actions(line: str, action: str) -> None:
    first = (await suggested(line))[0]
    assert first.binding is not None
    assert first.binding.id == action


async def test_every_action_is_found_by_its_own_words() -> None:
    for binding in ACTIONS:
        if binding.id in {"go.jump", "go.next", "go.previous"}:
            continue
        found = await suggested(binding.description.lower())
        assert found[0].text == binding.description.lower(), binding.id


async def test_a_word_alone_wants_another_one() -> None:
    first = (await suggested("vol"))[0]
    assert (first.text, first.is_whole) == ("vol ", False)


async def test_nothing_is_called_like_that() -> None:
    assert not await suggested("xyzzy")
    assert not await suggested("vol xyzzy")


async def test_what_is_completed_leads_to_what_was_chosen() -> None:
    volume = make_volume(1, "web")
    twins = [make_snapshot(number, volume, "nightly") for number in range(1, 4)]
    twins.append(make_snapshot(9, volume, "x" * 200))
    cloud = FakeCloud(volumes=[volume], snapshots=twins)
    found = await suggested("snap ", cloud)
    assert [each.text for each in found] == [
        "snap nightly",
        "snap snap-00000002",
        "snap snap-00000003",
        "snap snap-00000009",
    ]
    for each in found:
        assert (await suggested(each.text, cloud))[0].place == each.place


async def test_clouds_by_name() -> None:
    clouds = FakeCloud("local"), FakeCloud("aws us-east-1"), FakeCloud("openstack lab")
    assert [each.label for each in await suggested("cloud ", *clouds)] == [
        "local",
        "aws us-east-1",
        "openstack lab",
    ]
    for line in ("cloud aws", "aws us", "us-east-1"):  # the noun may be left out
        first = (await suggested(line, *clouds))[0]
        assert first.place == Place("aws us-east-1", PlaceKind.CLOUD)


# On the screen


async def jumping(pilot: Pilot[None], app: SnaptuiApp, line: str) -> JumpBar:
    """Open the line and type."""
    await pilot.press("colon")
    await wait_for(pilot, lambda: app.main.jump_bar is not None, "the jump line")
    bar = app.main.jump_bar
    assert bar is not None
    await wait_for(pilot, lambda: bar.input.has_focus, "the focus")
    await type_text(pilot, line)
    return bar


@pytest.mark.parametrize("size", SIZES)
async def test_there_and_back(size: tuple[int, int]) -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=size) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        before = app.main.place
        bar = await jumping(pilot, app, "vol web")
        await wait_for(pilot, lambda: "vol-00000001  20 GiB" in screen_text(app), "the suggestion")
        assert screen_text(app).split("\n")[-1].startswith(" :vol web")
        assert app.main.place == before
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.main.place == WEB, "the volume")
        assert not bar.display
        assert app.main.tree_view.place == WEB
        await wait_for(pilot, lambda: app.focused is app.main.pane.main_widget, "the focus")
        await pilot.press("escape")
        assert app.main.place == before


async def test_enter_waits_for_what_was_typed_to_be_looked_for() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await jumping(pilot, app, "")
        await pilot.press(*"volumes", "enter")
        wanted = Place("local", PlaceKind.VOLUMES)
        await wait_for(pilot, lambda: app.main.place == wanted, "the index")


async def test_typing_does_nothing_and_escape_leaves() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        before = app.main.place
        bar = await jumping(pilot, app, "scrndqjJ?:/y0")
        assert bar.input.value == "scrndqjJ?:/y0"
        await wait_for(pilot, lambda: "nothing here is called" in screen_text(app), "the reason")
        await pilot.press("enter")
        assert bar.display
        assert app.screen is app.main
        await pilot.press("escape")
        await wait_for(pilot, lambda: not bar.display, "the end of the line")
        await wait_for(pilot, lambda: app.main.tree_view.has_focus, "the focus where it was")
        assert app.main.place == before


async def test_an_action_is_done_to_what_the_cursor_was_on() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("down", "down")
        await wait_for(pilot, lambda: app.main.place == DB, "the volume")
        await jumping(pilot, app, "snapshot")
        await wait_for(pilot, lambda: "Take a snapshot" in screen_text(app), "the suggestion")
        await pilot.press("enter")
        await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the form")
        await wait_for(pilot, lambda: "vol-00000002" in screen_text(app), "its volume")


async def test_jobs_help_and_leaving() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        for line, screen in (("jobs", JobsScreen), ("help", HelpScreen)):
            await jumping(pilot, app, line)
            await pilot.press("enter")
            await wait_for(pilot, partial(lambda kind: isinstance(app.screen, kind), screen), line)
            await pilot.press("escape")
            await wait_for(pilot, lambda: app.screen is app.main, "the end of it")
        await jumping(pilot, app, "q")
        await pilot.press("enter")
        await wait_for(pilot, lambda: not app.is_running, "the end")


async def test_tab_completes_and_up_brings_back() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        bar = await jumping(pilot, app, "vo")
        await wait_for(pilot, lambda: bar._shown_for == "vo", "the suggestions")
        await pilot.press("tab")
        assert bar.input.value == "vol "
        await type_text(pilot, "b")
        await wait_for(pilot, lambda: bar._shown_for == "vol b", "the volumes")
        await pilot.press("tab")
        assert bar.input.value == "vol db"
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.main.place == DB, "the volume")
        await jumping(pilot, app, "volumes")
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.main.place != DB, "the index")
        assert bar.recent == ["vol db", "volumes"]
        await jumping(pilot, app, "")
        await pilot.press("up", "up", "up")
        assert bar.input.value == "vol db"
        await pilot.press("down")
        assert bar.input.value == "volumes"
        await pilot.press("down")
        assert bar.input.value == ""
        await pilot.press("up", "up")
        await wait_for(pilot, lambda: bar._shown_for == "vol db", "what it means")
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.main.place == DB, "the volume again")


async def test_down_chooses_another_and_tab_goes_on() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        bar = await jumping(pilot, app, "snap nightly-000")
        await wait_for(pilot, lambda: bar._shown_for == "snap nightly-000", "the suggestions")
        await pilot.press("down", "down", "up", "tab")
        assert bar.input.value == "snap nightly-0002"
        await pilot.press("tab")
        assert bar.input.value == "snap nightly-0003"
        await pilot.press("enter")
        wanted = Place("local", PlaceKind.SNAPSHOT, "snap-00000003")
        await wait_for(pilot, lambda: app.main.place == wanted, "the snapshot")


async def test_going_to_another_pane_leaves_the_line() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        bar = await jumping(pilot, app, "v")
        await pilot.click("#volumes", offset=(10, 2))
        await wait_for(pilot, lambda: not bar.display, "the end of the line")


async def test_another_cloud_is_gone_to() -> None:
    first, second = small_cloud(), FakeCloud("aws", [replace(make_volume(7), name="ebs-root")])
    app = SnaptuiApp([first, second], FakeJobs(first))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "ebs-root" in screen_text(app), "both clouds")
        await jumping(pilot, app, "ebs")
        await pilot.press("enter")
        wanted = Place("aws", PlaceKind.VOLUME, "vol-00000007")
        await wait_for(pilot, lambda: app.main.place == wanted, "the volume")
        assert screen_text(app).split("\n")[0].strip().startswith("snaptui   aws › Volumes › ebs")


@pytest.mark.parametrize("name", list(HOSTILE.values()), ids=list(HOSTILE))
async def test_hostile_names(name: str) -> None:
    size = (80, 24)
    cloud = hostile_cloud(name)
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=size) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        bar = await jumping(pilot, app, "vol ")
        await wait_for(pilot, lambda: bar._shown_for == "vol ", "the suggestions")
        check(app, size)
        await pilot.press("tab")
        check(app, size)
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.main.place == WEB, "the volume")
        await jumping(pilot, app, "snap 3")
        await pilot.press("tab", "enter")
        await wait_for(pilot, lambda: app.main.place != WEB, "the snapshot")
        check(app, size)


class Late(App[None]):
    """A jump line that takes its time to find what was typed."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = asyncio.Event()
        self.bar = JumpBar(self.suggest, [])

    async def suggest(self, line: str) -> list[Suggestion]:
        if line:
            await self.answer.wait()
        return [Suggestion(f"vol {line}-data", line, "", place=DB)]

    def compose(self) -> ComposeResult:
        yield self.bar


async def test_tab_waits_for_what_was_typed_before_it() -> None:
    app = Late()
    async with app.run_test(size=(80, 24)) as pilot:
        app.bar.open()
        await wait_for(pilot, lambda: app.bar.list.shown, "what an empty line could mean")
        await pilot.press("d", "b", "tab")
        assert app.bar.input.value == "db"
        app.answer.set()
        await wait_for(pilot, lambda: app.bar.input.value == "vol db-data", "the completed line")
        await pilot.press("enter")
        assert app.bar.recent == ["vol db-data"]


async def test_what_tab_waited_for_is_void_when_more_is_typed() -> None:
    app = Late()
    async with app.run_test(size=(80, 24)) as pilot:
        app.bar.open()
        await wait_for(pilot, lambda: app.bar.list.shown, "what an empty line could mean")
        await pilot.press("d", "tab", "b")
        app.answer.set()
        await wait_for(pilot, lambda: app.bar.list.shown[0].label == "db", "the answer")
        assert app.bar.input.value == "db"


async def test_looking_for_what_is_typed_over_leaves_nothing_undone(
    recwarn: pytest.WarningsRecorder,
) -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("colon")
        bar = app.main.jump_bar
        assert bar is not None
        for line in ("v", "vo", "vol"):  # each before anything is looked for
            bar._look(line)
        await wait_for(pilot, lambda: bar._shown_for == "vol", "the last one")
    gc.collect()
    assert not [each for each in recwarn if "never awaited" in str(each.message)]


async def test_toasts_leave_the_suggestions_to_be_read() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.notify("one that is there already", timeout=60, markup=False)
        await wait_for(pilot, lambda: "there already" in screen_text(app), "the toast")
        await pilot.press("colon")
        bar = app.main.jump_bar
        assert bar is not None
        app.notify("one that comes", timeout=60, markup=False)
        await wait_for(pilot, lambda: "one that comes" in screen_text(app), "the other one")
        await pilot.pause()
        places = [toast.region for toast in app.screen.query("Toast")]
        assert len(places) == 2
        assert not any(place.overlaps(bar.region) for place in places)
        await pilot.press("escape")
        toast = app.screen.query("Toast").last()
        await wait_for(pilot, lambda: toast.region.bottom > 20, "their usual place")
