"""A volume that was just added or made is what one is at, ready for its first snapshot."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from snaptui.clouds.local import LocalCloud
from snaptui.jobs import Jobs
from snaptui.models import Volume
from snaptui.requests import AddVolumeRequest
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.form import Field
from snaptui.tui.screens.snapshot_form import SnapshotForm
from snaptui.tui.screens.volume_form import VolumeForm
from tests.tui.fake import FakeCloud, FakeJobs, make_volume, small_cloud
from tests.tui.helpers import screen_text, toasts, type_text, wait_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from textual.pilot import Pilot


async def open_form(pilot: Pilot[None], app: SnaptuiApp) -> None:
    await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
    await pilot.press("n")
    await wait_for(pilot, lambda: isinstance(app.screen, VolumeForm), "the form")


async def at_new(pilot: Pilot[None], app: SnaptuiApp, name: str) -> None:
    await wait_for(pilot, lambda: app.screen is app.main, "the end of the form")
    await wait_for(
        pilot,
        lambda: f"Crumb(label={name!r}" in repr(app.main.header._crumbs),
        "the volume that was made",
    )
    place = app.main.place
    assert place is not None
    assert place.kind is PlaceKind.VOLUME
    assert app.main.tree_view.place == place
    await wait_for(pilot, lambda: "press s to take one" in screen_text(app), "what to do next")


@pytest.mark.parametrize("others", [0, 2])
async def test_an_image_that_was_added_is_open(
    cloud: LocalCloud, jobs: Jobs, image: Path, tmp_path: Path, others: int
) -> None:
    for number in range(others):
        other = tmp_path / f"other-{number}.img"
        other.write_bytes(bytes(4096))
        await cloud.add_volume(AddVolumeRequest(path=str(other)))
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_form(pilot, app)
        app.screen.query_one("#path", Field).value = str(image)
        await pilot.press("enter")
        await at_new(pilot, app, "web-data")
        await pilot.press("s")
        await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the next step")
        assert "web-data" in screen_text(app)
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of it")
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.main.place == Place("local", PlaceKind.VOLUMES), "back")


async def test_a_blank_volume_that_was_made_is_open(cloud: LocalCloud, jobs: Jobs) -> None:
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_form(pilot, app)
        app.screen.query_one("#what").focus()
        await pilot.press("down")
        size = app.screen.query_one("#size", Field)
        await wait_for(pilot, lambda: size.display, "the fields")
        size.value = "1MiB"
        app.screen.query_one("#name", Field).value = "scratch"
        size.focus()
        await pilot.press("enter")
        await at_new(pilot, app, "scratch")


async def test_who_has_gone_on_stays_there() -> None:
    cloud = small_cloud()
    go_on = asyncio.Event()
    add = cloud.add_volume

    async def slow(request: AddVolumeRequest) -> Volume:
        await go_on.wait()
        return await add(request)

    cloud.add_volume = slow  # type: ignore[method-assign]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_form(pilot, app)
        await type_text(pilot, "/images/x.img")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "working" in screen_text(app), "the sending")
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of the form")
        elsewhere = Place("local", PlaceKind.SNAPSHOTS)
        app.main.go(elsewhere)
        go_on.set()
        await wait_for(pilot, lambda: len(toasts(app)) == 2, "the outcome")
        await wait_for(pilot, lambda: "added" in screen_text(app), "the volume in the tree")
        assert app.main.place == elsewhere


class SlowCloud(FakeCloud):
    """Its volumes are listed a while after they were made."""

    hidden = True

    async def volumes(self) -> AsyncIterator[Sequence[Volume]]:
        yield [each for each in self.all_volumes if each.name != "late" or not self.hidden]


@pytest.mark.parametrize("key", ["/", ":"])
async def test_who_is_typing_something_else_by_then_goes_on_typing(key: str) -> None:
    cloud = SlowCloud(volumes=[make_volume(1, "web-data"), make_volume(2, "db")])
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_form(pilot, app)
        app.screen.query_one("#path", Field).value = "/late.img"
        app.screen.query_one("#name", Field).value = "late"
        await pilot.press("enter")
        await wait_for(pilot, lambda: any("added" in each for each in toasts(app)), "the toast")
        await pilot.press(key)
        await wait_for(pilot, lambda: isinstance(app.focused, Input), "the line")
        await type_text(pilot, "d")
        cloud.hidden = False
        cloud.touch()
        state = app.inventory.clouds["local"]
        await wait_for(
            pilot,
            lambda: any(each.name == "late" for each in state.volumes.values()),
            "the volume",
        )
        await type_text(pilot, "b")
        assert isinstance(app.focused, Input)
        assert app.focused.value == "db"
        assert app.main.place == Place("local", PlaceKind.VOLUMES)
