"""Remote clouds for the app, on a provider of the tests' own, and the way to them."""

from __future__ import annotations

from collections.abc import Sequence

from textual.pilot import Pilot

from snaptui.clouds.base import Cloud
from snaptui.clouds.remote.followed import FollowedCloud
from snaptui.clouds.remote.refreshing import Refreshing
from snaptui.clouds.remote.waiting import Pace
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from tests.clouds.remote.fake import FakeProvider
from tests.tui.fake import FakeCloud, FakeJobs, make_volume
from tests.tui.helpers import wait_for

QUICK = Refreshing(all=0.2, pending=0.05, down=0.05, down_longest=0.1)


def lab(provider: FakeProvider, *, name: str = "lab", read_only: bool = False) -> FollowedCloud:
    cloud = FollowedCloud(name, provider, read_only=read_only, refreshing=QUICK)
    cloud.pace = Pace(first=0.01, longest=0.01, step=0.01)
    return cloud


def an_app(*clouds: Cloud) -> tuple[SnaptuiApp, FakeJobs]:
    here = FakeCloud(volumes=[make_volume(1, "here")])
    jobs = FakeJobs(here)
    everything: Sequence[Cloud] = [here, *clouds]
    return SnaptuiApp(everything, jobs), jobs


async def begun(pilot: Pilot[None], app: SnaptuiApp) -> None:
    await wait_for(pilot, lambda: app.main.place is not None, "the local cloud")
    await wait_for(
        pilot, lambda: all(s.loaded for s in app.inventory.clouds.values()), "all clouds"
    )


async def opened(pilot: Pilot[None], app: SnaptuiApp, name: str = "lab") -> None:
    """Go to the cloud in the tree and press Enter, as a person does."""
    await begun(pilot, app)
    app.main.tree_view.focus()
    app.main.tree_view.show_place(Place(name, PlaceKind.CLOUD))
    await pilot.pause()
    await pilot.press("enter")
    state = app.inventory.clouds[name]
    await wait_for(
        pilot, lambda: bool(state.info and state.info.opened and state.info.answered), "an answer"
    )


async def at_volume(pilot: Pilot[None], app: SnaptuiApp, uid: str) -> None:
    await opened(pilot, app)
    await wait_for(pilot, lambda: uid in app.inventory.clouds["lab"].volumes, "the volume")
    app.main.go(Place("lab", PlaceKind.VOLUME, uid))
    await pilot.pause()
