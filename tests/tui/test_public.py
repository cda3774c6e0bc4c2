"""Other accounts' public snapshots in the app: listed as they come, stopped, cloned."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from snaptui.clouds.base import Capability
from snaptui.errors import CloudDownError
from snaptui.models import JobKind
from snaptui.requests import CloneRequest, CopyRequest
from snaptui.tui import keys
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.clone_form import CloneForm
from snaptui.tui.screens.public import PublicScreen
from snaptui.tui.widgets.table import Table
from tests.clouds.remote.fake import FakeProvider
from tests.clouds.remote.publishing import Publishing
from tests.clouds.remote.regions import Region
from tests.tui.elsewhere import an_app, begun, lab, opened
from tests.tui.helpers import screen_text, toasts, type_text, wait_for
from tests.tui.test_moving import WithBlocks

if TYPE_CHECKING:
    from textual.pilot import Pilot


async def screen_of(pilot: Pilot[Any], app: SnaptuiApp) -> Table[Any]:
    """The screen, with nothing listed yet."""
    await opened(pilot, app)
    app.main.go(Place("lab", PlaceKind.SNAPSHOTS))
    await pilot.pause()
    await pilot.press("P")
    await wait_for(pilot, lambda: isinstance(app.screen, PublicScreen), "the screen")
    # what is in the cloud is known by then: others' snapshots are not among it
    await wait_for(pilot, lambda: app.inventory.clouds["lab"].complete, "what is in the cloud")
    await pilot.pause()
    return app.screen.query_one("#public", Table)


async def listed(pilot: Pilot[Any], table: Table[Any], count: int) -> None:
    await wait_for(pilot, lambda: table.total == count, f"{count} of them")
    await pilot.pause()


async def test_nothing_is_asked_until_an_owner_is_typed_and_letters_are_letters() -> None:
    provider = Publishing(5)
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await screen_of(pilot, app)
        assert "public_snapshots" not in provider.asked
        text = screen_text(app)
        assert "Public snapshots of lab" in text
        assert all(each.description in text.splitlines()[-1] for each in keys.PUBLIC if each.show)
        assert "tens of thousands" in text
        await type_text(pilot, "cIPyq")
        await pilot.pause()
        assert isinstance(app.screen, PublicScreen)
        assert "tens of thousands" not in screen_text(app)
        await pilot.press("enter")
        await wait_for(pilot, lambda: "no public snapshot" in screen_text(app), "that it is none")
        assert ("public_snapshots", ("cIPyq",)) in provider.calls
        await pilot.press("P")
        await type_text(pilot, "amazon")
        assert table.total == 0
        await pilot.press("ctrl+u")
        await type_text(pilot, "amazon")
        await pilot.press("enter")
        await listed(pilot, table, 5)
        assert jobs.requests == []
        state = app.inventory.clouds["lab"]
        assert state.snapshots == {}  # they are in no inventory


async def test_pages_are_shown_as_they_come_and_esc_stops() -> None:
    provider = Publishing(9, page=3)
    gate = provider.hangs("public page", at=3)
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await screen_of(pilot, app)
        await pilot.press("enter")
        await listed(pilot, table, 6)
        assert "6 so far" in screen_text(app)
        assert "image 5" in screen_text(app)
        await pilot.press("down", "down")
        assert table.cursor == 2
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, PublicScreen)
        assert "stopped: 6, not all of them" in screen_text(app)
        gate.set()
        for _ in range(5):
            await pilot.pause()
        assert table.total == 6
        assert provider.asked.count("public page") == 3
        await pilot.press("escape")
        await wait_for(pilot, lambda: not isinstance(app.screen, PublicScreen), "its end")


async def test_twenty_thousand_in_pages_do_not_hold_keys() -> None:
    provider = Publishing(20_000)
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await screen_of(pilot, app)
        longest, last = 0.0, time.monotonic()

        async def watch() -> None:
            nonlocal longest, last
            while True:
                await asyncio.sleep(0)
                longest, last = max(longest, time.monotonic() - last), time.monotonic()

        watching = asyncio.create_task(watch())
        await pilot.press("enter")
        await listed(pilot, table, 20_000)
        watching.cancel()
        assert longest < 1  # on a machine that is not idle; all of it at once takes several
        await pilot.press("end")
        assert "image 19999" in screen_text(app)
        await pilot.press("slash")
        await type_text(pilot, "image 1234")
        await wait_for(pilot, lambda: table.row_count() == 13, "those that match")
        assert "13 let through" in screen_text(app)
        await pilot.press("enter")
        assert table.has_focus
        await pilot.press("escape")
        await wait_for(pilot, lambda: table.row_count() == 20_000, "all of them")
        assert isinstance(app.screen, PublicScreen)


async def test_who_thinks_better_of_another_owner_keeps_what_is_listed() -> None:
    app, _ = an_app(lab(Publishing(3)))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await screen_of(pilot, app)
        await pilot.press("enter")
        await listed(pilot, table, 3)
        await pilot.press("slash", "enter")  # nothing is looked for: the line goes
        await pilot.pause()
        assert not app.screen.query_one("#filter").display
        await pilot.press("P", "4", "escape")
        await pilot.pause()
        assert (table.has_focus, table.total) == (True, 3)
        await pilot.press("escape")
        await wait_for(pilot, lambda: not isinstance(app.screen, PublicScreen), "its end")


async def test_one_is_cloned_by_a_job_of_that_cloud() -> None:
    provider = Publishing(3)
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 30)) as pilot:
        table = await screen_of(pilot, app)
        await pilot.press("enter")
        await listed(pilot, table, 3)
        await pilot.press("down", "c")
        await wait_for(pilot, lambda: isinstance(app.screen, CloneForm), "the form")
        await wait_for(pilot, lambda: "nova" in screen_text(app), "the zones")
        await pilot.press("ctrl+u")
        await type_text(pilot, "mine")
        await pilot.press("enter")
        await wait_for(pilot, lambda: jobs.requests, "the job")
        (request,) = jobs.requests
        assert isinstance(request, CloneRequest)
        assert (request.snapshot_uid, request.name) == ("snap-00000001", "mine")
        (subject,) = jobs.subjects
        assert subject is not None
        assert (subject.cloud, subject.uid) == ("lab", "snap-00000001")
        await wait_for(pilot, lambda: isinstance(app.screen, PublicScreen), "the list again")
        assert table.cursor == 1


class Open(Publishing, WithBlocks):
    """A cloud that gives out blocks of public snapshots, unless it says why not."""


async def test_one_is_imported_or_the_cloud_says_why_not() -> None:
    provider = Open(2)
    provider.why_closed = "no blocks of others: copy it first"
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await screen_of(pilot, app)
        await pilot.press("enter")
        await listed(pilot, table, 2)
        await pilot.press("I")
        await wait_for(pilot, lambda: toasts(app)[-1:] == [provider.why_closed], "the reason")
        assert jobs.requests == []
        provider.why_closed = ""
        await pilot.press("I")
        await wait_for(pilot, lambda: jobs.requests, "the job")
        assert jobs.all[0].kind is JobKind.IMPORT


class Spread(Publishing, Region):
    """A region of several, with public snapshots."""


async def test_one_is_copied_to_another_region_where_it_is_ones_own() -> None:
    provider = Spread(2)
    provider.others["eu-west-1"] = FakeProvider()
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 30)) as pilot:
        table = await screen_of(pilot, app)
        await pilot.press("enter")
        await listed(pilot, table, 2)
        await pilot.press("R")
        await wait_for(pilot, lambda: "eu-west-1" in screen_text(app), "the regions")
        await pilot.press("down", "enter")  # the first row is no region
        await wait_for(pilot, lambda: jobs.requests, "the job")
        (request,) = jobs.requests
        assert isinstance(request, CopyRequest)
        assert (request.snapshot_uid, request.region) == ("snap-00000000", "eu-west-1")


async def test_what_goes_wrong_in_the_middle_is_told_and_what_there_is_stays() -> None:
    provider = Publishing(9, page=3)
    provider.fails("public page", CloudDownError("cut \x1b[31moff"), at=2)
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await screen_of(pilot, app)
        await pilot.press("enter")
        await wait_for(pilot, lambda: "not all of them" in screen_text(app), "that it ended")
        assert table.total == 3
        assert "cut [31moff" in toasts(app)[-1]
        provider.fails("public_snapshots", CloudDownError("down"))
        await pilot.press("P", "enter")
        await wait_for(pilot, lambda: "down" in screen_text(app), "the reason")
        assert table.total == 0


async def test_read_only_they_are_looked_at_and_not_cloned() -> None:
    provider = Publishing(2)
    app, jobs = an_app(lab(provider, read_only=True))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await screen_of(pilot, app)
        await pilot.press("enter")
        await listed(pilot, table, 2)
        await pilot.press("c")
        await pilot.pause()
        assert "read-only" in toasts(app)[-1]
        assert (isinstance(app.screen, PublicScreen), jobs.requests) == (True, [])


async def test_where_there_is_no_such_thing_the_reason_is_told() -> None:
    app, _ = an_app(lab(WithBlocks()))
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, app)
        app.inventory.clouds["local"].cloud.unable = frozenset(  # type: ignore[attr-defined]
            {Capability.PUBLIC_SNAPSHOTS}
        )
        await pilot.press("P")
        await pilot.pause()
        assert toasts(app)[-1:] == ["the fake cloud cannot do that"]
        await opened(pilot, app)
        app.main.go(Place("lab", PlaceKind.SNAPSHOTS))
        await pilot.pause()
        await pilot.press("P")
        await pilot.pause()
        assert toasts(app)[-1:] == ["it lists no snapshots that everybody may see"]
