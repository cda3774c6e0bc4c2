"""A blank volume of a remote cloud is made by a job; it is what one is at when it is there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from snaptui.models import JobStatus
from snaptui.requests import CreateVolumeRequest
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.form import Field
from snaptui.tui.screens.jobs import JobsScreen
from snaptui.tui.screens.volume_form import VolumeForm
from tests.clouds.remote.fake import GIB, FakeProvider, a_volume
from tests.tui.elsewhere import an_app, lab, opened
from tests.tui.helpers import screen_text, toasts, wait_for

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from snaptui.tui.app import SnaptuiApp
    from tests.tui.fake import FakeJobs

VOLUMES = Place("lab", PlaceKind.VOLUMES)
DONE = "Volume scratch was successfully created, rounded up to 2.0 GiB."


def a_cloud() -> FakeProvider:
    provider = FakeProvider()
    for name in ("db", "web"):
        provider.put(a_volume(name))
    return provider


async def entered(pilot: Pilot[None], app: SnaptuiApp, size: str) -> None:
    """At the volumes of the cloud, the form of a new one was filled in and sent."""
    await opened(pilot, app)
    app.main.go(VOLUMES)
    await wait_for(pilot, lambda: "web" in screen_text(app), "the volumes")
    await pilot.press("n")
    await wait_for(pilot, lambda: isinstance(app.screen, VolumeForm), "the form")
    app.screen.query_one("#name", Field).value = "scratch"
    field = app.screen.query_one("#size", Field)
    field.value = size
    field.focus()
    await pilot.press("enter")


async def asked(pilot: Pilot[None], app: SnaptuiApp, jobs: FakeJobs) -> None:
    """A new volume was asked for in the form."""
    await entered(pilot, app, "1GiB")
    await wait_for(pilot, lambda: app.screen is app.main, "the end of the form")
    assert len(jobs.requests) == 1


def made(provider: FakeProvider, jobs: FakeJobs) -> str:
    """What the job does in its own process."""
    volume = provider.put(a_volume("scratch"))
    jobs.change(
        jobs.all[0].resource_uid,
        status=JobStatus.COMPLETED,
        ended_at=datetime.now(UTC),
        result_uid=volume.resource_uid,
        summary=DONE,
    )
    return volume.resource_uid


async def test_it_is_seen_in_the_making_told_and_gone_to() -> None:
    provider = a_cloud()
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(pilot, app, jobs)
        [request], [subject] = jobs.requests, jobs.subjects
        assert request == CreateVolumeRequest(name="scratch", size_bytes=GIB, zone="nova")
        assert subject is not None
        assert (subject.cloud, subject.uid, subject.name) == ("lab", "", "scratch")
        assert "create_volume" not in provider.asked
        await wait_for(pilot, lambda: "scratch" in screen_text(app), "its row")
        uid = made(provider, jobs)
        await wait_for(pilot, lambda: toasts(app)[-1:] == [DONE], "the toast")
        await wait_for(
            pilot, lambda: app.main.place == Place("lab", PlaceKind.VOLUME, uid), "the volume"
        )
        assert app.main.tree_view.place == app.main.place


@pytest.mark.parametrize("how", ["elsewhere", "another row", "another screen"])
async def test_who_has_gone_on_meanwhile_stays_there(how: str) -> None:
    provider = a_cloud()
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(pilot, app, jobs)
        await wait_for(pilot, lambda: "scratch" in screen_text(app), "its row")
        place = VOLUMES
        if how == "elsewhere":
            place = Place("lab", PlaceKind.SNAPSHOTS)
            app.main.go(place)
        elif how == "another row":
            await pilot.press("down")
        else:
            await pilot.press("J")
            await wait_for(pilot, lambda: isinstance(app.screen, JobsScreen), "the jobs")
        await pilot.pause()
        uid = made(provider, jobs)
        await wait_for(
            pilot, lambda: uid in app.inventory.clouds["lab"].volumes, "that it is there"
        )
        await wait_for(pilot, lambda: toasts(app)[-1:] == [DONE], "the toast")
        await pilot.pause(0.3)
        assert app.main.place == place


async def test_what_speaks_against_it_at_once_is_told_in_the_form() -> None:
    provider = a_cloud()
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await entered(pilot, app, "5")
        await wait_for(pilot, lambda: "say 5GiB" in screen_text(app), "why not")
        assert isinstance(app.screen, VolumeForm)
        assert jobs.requests == []
        assert not app.main.inventory.jobs


async def test_its_cancellation_is_asked_and_told_in_plain_words() -> None:
    provider = a_cloud()
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(pilot, app, jobs)
        await wait_for(pilot, lambda: app.inventory.running != [], "the job")
        assert app.main.operations is not None
        app.main.operations.show_jobs(jobs.all[0].resource_uid)
        await wait_for(pilot, lambda: isinstance(app.screen, JobsScreen), "the jobs")
        await wait_for(pilot, lambda: "create" in screen_text(app), "the job in the list")
        await pilot.press("ctrl+x")
        await wait_for(
            pilot, lambda: "The creation of scratch stops" in screen_text(app), "the question"
        )
