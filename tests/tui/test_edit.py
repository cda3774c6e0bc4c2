"""Editing a snapshot's name and description from the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snaptui.clouds.base import Capability
from snaptui.clouds.local import LocalCloud
from snaptui.errors import CloudConflictError, CloudDownError
from snaptui.jobs import Jobs
from snaptui.requests import EditSnapshotRequest
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.edit_form import EditForm
from tests.clouds.remote.fake import FakeProvider, a_snapshot, a_volume
from tests.support import take
from tests.tui.deleting import open_index
from tests.tui.elsewhere import an_app, lab, opened
from tests.tui.fake import FakeCloud, FakeJobs, make_snapshot, make_volume
from tests.tui.helpers import screen_text, toasts, type_text, wait_for

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from snaptui.engine import Repository
    from snaptui.models import Volume


def a_cloud(**changes: Any) -> FakeCloud:
    web = make_volume(1, "web")
    unable = changes.pop("unable", frozenset())
    return FakeCloud(volumes=[web], snapshots=[make_snapshot(1, web, **changes)], unable=unable)


async def form(pilot: Pilot[Any], app: SnaptuiApp) -> EditForm:
    await open_index(pilot, app)
    await pilot.press("E")
    await wait_for(pilot, lambda: isinstance(app.screen, EditForm), "the form")
    await pilot.pause()
    assert isinstance(app.screen, EditForm)
    return app.screen


async def left(pilot: Pilot[Any], app: SnaptuiApp) -> None:
    await wait_for(pilot, lambda: not isinstance(app.screen, EditForm), "the form's end")


async def test_name_and_description_are_there_to_be_written_over() -> None:
    cloud = a_cloud(name="nightly", description="before the upgrade")
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await form(pilot, app)
        assert "before the upgrade" in screen_text(app)
        assert "snap-00000001  of " in screen_text(app)
        assert screen.text_of("name") == "nightly"
        await pilot.press("end")
        await type_text(pilot, "-kept")
        await pilot.press("tab", "end")
        await type_text(pilot, "!")
        await pilot.press("enter")
        await left(pilot, app)
        assert cloud.edits == [
            EditSnapshotRequest(
                snapshot_uid="snap-00000001", name="nightly-kept", description="before the upgrade!"
            )
        ]
        assert toasts(app) == ["Snapshot nightly-kept was successfully updated."]
        await wait_for(pilot, lambda: "nightly-kept" in screen_text(app), "the new name")


async def test_only_what_was_changed_is_sent_and_nothing_is_not() -> None:
    cloud = a_cloud(name="nightly", description="two\nlines")
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await form(pilot, app)
        # what has several lines is not shown in one; left alone, it stays
        assert screen.text_of("description") == ""
        assert "it cannot be shown in one line" in screen_text(app)
        await pilot.press("enter")
        await left(pilot, app)
        assert (cloud.edits, toasts(app)) == ([], [])
        await form(pilot, app)
        await pilot.press("end", "backspace", "enter")
        await left(pilot, app)
        assert cloud.edits == [EditSnapshotRequest(snapshot_uid="snap-00000001", name="nightl")]
        await form(pilot, app)
        await pilot.press("tab")
        await type_text(pilot, "one line")
        await pilot.press("enter")
        await left(pilot, app)
        assert cloud.edits[1:] == [
            EditSnapshotRequest(snapshot_uid="snap-00000001", description="one line")
        ]


async def test_a_wrong_name_is_told_and_the_form_stays() -> None:
    cloud = a_cloud(name="nightly")
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await form(pilot, app)
        await pilot.press("ctrl+u", "enter")
        await wait_for(pilot, lambda: "the name is empty" in screen_text(app), "what is wrong")
        assert app.screen is screen
        await pilot.press("escape")
        await left(pilot, app)
        assert cloud.edits == []


async def test_where_a_description_cannot_change_the_form_says_so() -> None:
    unable = frozenset({Capability.EDIT_DESCRIPTION})
    cloud = a_cloud(name="nightly", description="for the audit", unable=unable)
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await form(pilot, app)
        assert "the fake cloud cannot do that" in screen_text(app)
        assert "for the audit" in screen_text(app)
        await pilot.press("end", "x", "enter")
        await left(pilot, app)
        assert cloud.edits == [EditSnapshotRequest(snapshot_uid="snap-00000001", name="nightlyx")]


async def test_it_needs_a_snapshot_and_a_cloud_that_can() -> None:
    cloud = a_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(Place("local", PlaceKind.VOLUMES))
        await pilot.pause()
        assert app.main.ability("edit").reason == "select a snapshot first"
        await open_index(pilot, app)
        assert app.main.ability("edit")
        cloud.unable = frozenset({Capability.EDIT_SNAPSHOT})
        await pilot.press("E")
        await pilot.pause()
        assert toasts(app)[-1:] == ["the fake cloud cannot do that"]


async def test_in_the_local_repository_it_is_written_down(
    repository: Repository, volume: Volume
) -> None:
    snapshot = take(repository, volume, "nightly")
    app = SnaptuiApp([LocalCloud(repository)], Jobs(repository))
    async with app.run_test(size=(80, 24)) as pilot:
        await form(pilot, app)
        await pilot.press("end", "2", "enter")
        await left(pilot, app)
        await wait_for(pilot, lambda: "nightly2" in screen_text(app), "the new name")
        assert repository.snapshot(snapshot.resource_uid).name == "nightly2"
        (newest, _) = repository.events(snapshot.resource_uid)
        assert newest.text == "renamed snapshot nightly to nightly2"


async def test_in_a_remote_cloud_the_new_name_is_seen_at_once() -> None:
    provider = FakeProvider()
    monday = provider.put(a_snapshot(provider.put(a_volume("web")), "monday"))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        state = app.inventory.clouds["lab"]
        await wait_for(pilot, lambda: bool(state.snapshots), "the snapshot")
        app.main.go(Place("lab", PlaceKind.SNAPSHOTS))
        await pilot.pause()
        provider.fails("update_snapshot", CloudConflictError("it is being deleted"))
        await pilot.press("E")
        await wait_for(pilot, lambda: isinstance(app.screen, EditForm), "the form")
        await pilot.press("end", "2", "enter")
        await wait_for(pilot, lambda: "it is being deleted" in screen_text(app), "the refusal")
        gate = provider.hangs("snapshots page")  # thousands are listed: nobody waits for them
        await pilot.press("enter")
        await left(pilot, app)
        assert provider.snapshots_there[monday.resource_uid].name == "monday2"
        await wait_for(pilot, lambda: "monday2" in screen_text(app), "the new name")
        gate.set()


async def test_what_was_done_is_told_as_done_also_when_it_cannot_be_looked_at() -> None:
    provider = FakeProvider()
    monday = provider.put(a_snapshot(provider.put(a_volume("web")), "monday"))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        state = app.inventory.clouds["lab"]
        await wait_for(pilot, lambda: bool(state.snapshots), "the snapshot")
        app.main.go(Place("lab", PlaceKind.SNAPSHOTS))
        await pilot.pause()
        await pilot.press("E")
        await wait_for(pilot, lambda: isinstance(app.screen, EditForm), "the form")
        await pilot.pause()
        # the first look is which one it is; the one behind the change fails
        provider.fails("snapshot", CloudDownError("it is restarted"), at=2)
        await pilot.press("end", "2", "enter")
        await left(pilot, app)
        assert provider.snapshots_there[monday.resource_uid].name == "monday2"
        assert toasts(app)[-1:] == ["Snapshot monday2 was successfully updated."]
