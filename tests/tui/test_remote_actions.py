"""What is done in remote clouds from the app: by jobs, forms and questions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Static

from snaptui.clouds.base import Capability
from snaptui.errors import CloudInvalidError, CredentialsError
from snaptui.models import (
    Attachment,
    SnapshotStatus,
    Volume,
    VolumeStatus,
    VolumeType,
)
from snaptui.requests import AttachRequest, CloneRequest, RestoreRequest, SnapshotRequest
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.attach_form import AttachForm
from snaptui.tui.screens.clone_form import CloneForm
from snaptui.tui.screens.restore_form import RestoreForm
from snaptui.tui.screens.share_form import ShareForm
from snaptui.tui.screens.snapshot_form import SnapshotForm
from tests.clouds.remote.fake import FakeProvider, a_snapshot, a_volume
from tests.tui.elsewhere import an_app, at_volume, lab
from tests.tui.helpers import screen_text, toasts, type_text, wait_for

ATTACHED = "Volume web was successfully attached to server (i-1). The instance has it as /dev/vdb."


async def test_the_walk_asks_for_a_job_in_that_cloud() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web", status=VolumeStatus.AVAILABLE))
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await pilot.press("s")
        await pilot.pause()
        assert "fuzzy" not in screen_text(app)
        await type_text(pilot, "Test Snapshot")
        await pilot.press("enter")
        await wait_for(pilot, lambda: jobs.requests, "the job")
        assert jobs.requests == [SnapshotRequest(volume_uid=web.resource_uid, name="Test Snapshot")]
        (subject,) = jobs.subjects
        assert subject is not None
        assert (subject.cloud, subject.uid, subject.name) == ("lab", web.resource_uid, "web")
        # what the job does in its own process
        provider.put(a_snapshot(web, "Test Snapshot"))
        state = app.inventory.clouds["lab"]
        await wait_for(
            pilot, lambda: state.volumes[web.resource_uid].snapshot_count == 1, "the snapshot"
        )
        assert "Test Snapshot" in screen_text(app)


async def test_a_snapshot_in_the_making_says_how_much_of_it_is_there() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    half = provider.put(a_snapshot(web, "half", status=SnapshotStatus.PENDING, percent=40))
    provider.put(a_snapshot(web, "none", status=SnapshotStatus.PENDING))
    provider.put(a_snapshot(web, "bad", status=SnapshotStatus.ERROR, reason="no room"))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await wait_for(pilot, lambda: "at 40 %" in screen_text(app), "how much")
        assert "pending" in screen_text(app)
        assert "error" in screen_text(app)
        provider.put(replace(half, percent=80))
        await wait_for(pilot, lambda: "at 80 %" in screen_text(app), "how it goes on")
        app.main.go(Place("lab", PlaceKind.SNAPSHOT, half.resource_uid))
        await wait_for(pilot, lambda: "pending, 80 %" in screen_text(app), "the same of it alone")
        provider.put(replace(half, status=SnapshotStatus.COMPLETED, percent=None))
        await wait_for(pilot, lambda: "✓ completed" in screen_text(app), "that it is whole")


async def test_a_clone_is_offered_the_clouds_zones_and_types() -> None:
    provider = FakeProvider()
    provider.offered_types = [*provider.offered_types, *_types("slow")]
    web = provider.put(a_volume("web", zone="other"))
    provider.put(a_snapshot(web, "monday"))
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 32)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await pilot.press("c")
        await wait_for(pilot, lambda: "slow" in screen_text(app), "the types")
        assert isinstance(app.screen, CloneForm)
        await pilot.press("enter")
        await wait_for(pilot, lambda: jobs.requests, "the job")
        (request,) = jobs.requests
        assert isinstance(request, CloneRequest)
        assert (request.zone, request.volume_type) == ("other", None)


def _types(name: str) -> list[VolumeType]:
    return [VolumeType(name=name)]


async def test_attaching_and_detaching() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await pilot.press("a")
        await wait_for(pilot, lambda: "server" in screen_text(app), "the instances")
        assert isinstance(app.screen, AttachForm)
        assert "▌ server" not in screen_text(app)  # none is chosen yet
        await type_text(pilot, "i-1")
        await wait_for(pilot, lambda: "▌ server" in screen_text(app), "which that is")
        await pilot.press("enter")
        await wait_for(
            pilot,
            lambda: toasts(app)[-1:] == [ATTACHED],
            "the toast",
        )
        asked = [call for call in provider.calls if call[0] == "attach"]
        assert len(asked) == 1
        await wait_for(
            pilot,
            lambda: app.inventory.clouds["lab"].volumes[web.resource_uid].attachment is not None,
            "the attachment",
        )
        await pilot.press("a")
        await wait_for(pilot, lambda: "unmounted first" in screen_text(app), "the question")
        # what is typed before it is shown would not answer it
        await wait_for(pilot, lambda: not app.typing_ahead.is_holding, "that it takes keys")
        provider.fails("holds", CredentialsError("no longer"))
        await pilot.press("tab", "enter")
        await wait_for(pilot, lambda: "detached" in "".join(toasts(app)[-1:]), "the toast")
        assert "But to attach it again may be refused for a while" in toasts(app)[-1]
        assert [call[0] for call in provider.calls].count("detach") == 1
        state = app.inventory.clouds["lab"]
        await wait_for(
            pilot, lambda: state.volumes[web.resource_uid].attachment is None, "that it is free"
        )


async def test_the_attach_form_takes_the_name_that_it_lists() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await pilot.press("a")
        await wait_for(pilot, lambda: "server" in screen_text(app), "the instances")
        await type_text(pilot, "server")
        await wait_for(pilot, lambda: "▌ server" in screen_text(app), "which that is")
        await pilot.press("tab")
        await wait_for(pilot, lambda: "Enter Choose" in screen_text(app), "the list")
        await pilot.press("shift+tab")
        await wait_for(pilot, lambda: "Enter Attach" in screen_text(app), "the field")
        await pilot.press("enter")
        await wait_for(pilot, lambda: toasts(app)[-1:] == [ATTACHED], "the toast")
        assert [given[1] for name, given in provider.calls if name == "attach"] == ["i-1"]


async def test_a_form_about_a_volume_that_has_gone_says_so() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await pilot.press("s")
        await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the form")
        await type_text(pilot, "late")
        provider.vanishes(web.resource_uid)
        state = app.inventory.clouds["lab"]
        await wait_for(pilot, lambda: not state.volumes, "that it is gone")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "not there any more" in screen_text(app), "why not")
        assert isinstance(app.screen, SnapshotForm)
        assert not jobs.requests
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of the form")
        assert "deleted" in screen_text(app)


@pytest.mark.parametrize(
    ("note", "given", "told"),
    [
        ("the cloud gave it another device", "/dev/vdc", "But the cloud gave it another device."),
        ("", "/dev/vdc", "The instance has it as /dev/vdc."),
    ],
)
async def test_what_is_odd_about_an_attachment_is_told(note: str, given: str, told: str) -> None:
    class Noting(FakeProvider):
        async def attach(self, volume: Volume, instance: str, device: str) -> str:
            del device
            await super().attach(volume, instance, given)
            return note

    provider = Noting()
    web = provider.put(a_volume("web"))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await pilot.press("a")
        await wait_for(pilot, lambda: isinstance(app.screen, AttachForm), "the form")
        await type_text(pilot, "i-1")
        await pilot.press("enter")
        whole = f"Volume web was successfully attached to server (i-1). {told}"
        await wait_for(pilot, lambda: toasts(app)[-1:] == [whole], "what the cloud did")


async def test_what_a_cloud_cannot_do_is_said() -> None:
    provider = FakeProvider(cannot={Capability.RESIZE: "disks here are as large as they are"})
    web = provider.put(a_volume("web"))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await pilot.press("z")
        assert "disks here are as large as they are" in toasts(app)[-1]
        assert app.main.ability("undo").reason == app.main.ability("trash").reason
        for action in ("trash", "pin", "verify", "undo"):
            assert not app.main.ability(action)
            assert app.main.ability(action).reason


async def test_a_read_only_cloud_is_only_looked_at() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    provider.put(a_snapshot(web))
    app, _ = an_app(lab(provider, read_only=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        assert "read-only" in screen_text(app).split("\n")[0]
        for action in ("snapshot", "clone", "restore", "new", "delete", "attach", "resize"):
            assert "read-only" in app.main.ability(action).reason, action


async def test_a_volume_that_is_in_use_is_not_offered_to_be_restored_all_the_same() -> None:
    provider = FakeProvider()
    uid = a_volume().resource_uid
    used = Attachment(volume_uid=uid, instance="i-1", device="/dev/sdf")
    web = provider.put(a_volume("web", resource_uid=uid, attachment=used))
    provider.put(a_snapshot(web, "monday"))
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await pilot.press("r")
        await wait_for(pilot, lambda: isinstance(app.screen, RestoreForm), "the form")
        await pilot.pause()
        assert not app.screen.query("#force")
        await type_text(pilot, "web")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "in use by server (i-1)" in screen_text(app), "the refusal")
        assert "tick" not in screen_text(app)
    assert jobs.list() == []


@pytest.mark.parametrize("caution", ["", "Not every back end can do it."])
async def test_what_may_come_of_a_restore_is_told_in_its_form(caution: str) -> None:
    provider = FakeProvider()
    provider.cautions = {Capability.RESTORE_IN_PLACE: caution}
    monday = provider.put(a_snapshot(provider.put(a_volume("web")), "monday"))
    form = RestoreForm(
        monday,
        next(iter(provider.volumes_there.values())),
        _nothing,
        to_file=lab(provider).ability(Capability.RESTORE_TO_FILE),
        in_place=lab(provider).ability(Capability.RESTORE_IN_PLACE),
    )
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(form)
        await wait_for(pilot, lambda: "All data written" in screen_text(app), "the warning")
        assert ("Not every" in screen_text(app)) is bool(caution)


async def test_a_restore_is_in_place_and_asks_for_the_name() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    provider.put(a_snapshot(web, "monday"))
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        await pilot.press("r")
        await wait_for(pilot, lambda: isinstance(app.screen, RestoreForm), "the form")
        await pilot.pause()
        assert "New file" not in screen_text(app)
        await pilot.press("enter")
        await wait_for(pilot, lambda: "nothing is typed yet" in screen_text(app), "the refusal")
        await type_text(pilot, "web")
        await pilot.press("enter")
        await wait_for(pilot, lambda: jobs.requests, "the job")
        assert getattr(jobs.requests[0], "in_place", False)


async def test_a_snapshot_that_is_not_the_newest_is_not_offered_to_be_restored() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    monday, _ = (provider.put(a_snapshot(web, name)) for name in ("monday", "friday"))
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        app.main.go(Place("lab", PlaceKind.SNAPSHOT, monday.resource_uid))
        await pilot.pause()
        await pilot.press("r")
        await wait_for(pilot, lambda: isinstance(app.screen, RestoreForm), "the form")
        await wait_for(pilot, lambda: "Not possible: only the newest" in screen_text(app), "why")
        told = str(app.screen.query_one("#impossible", Static).content)
        assert told.endswith("which is friday: clone the snapshot instead.")
        assert not app.screen.query("#typed")
    assert jobs.requests == []


async def test_sharing_with_everybody_wants_the_name_typed() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    monday = provider.put(a_snapshot(web, "monday"))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 32)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        app.main.go(Place("lab", PlaceKind.SNAPSHOT, monday.resource_uid))
        await pilot.pause()
        await pilot.press("w")
        await wait_for(pilot, lambda: isinstance(app.screen, ShareForm), "the form")
        await pilot.press("down", "down", "enter", "enter")
        await wait_for(pilot, lambda: "nothing is typed yet" in screen_text(app), "the refusal")
        await type_text(pilot, "monday")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "public now" in "".join(toasts(app)[-1:]), "the toast")
        assert provider.snapshots_there[monday.resource_uid].visibility == "public"


async def test_an_account_that_cannot_be_is_told_in_the_form() -> None:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    monday = provider.put(a_snapshot(web, "monday"))
    refusal = CloudInvalidError("'alice' is no account of AWS", "it has 12 digits")
    provider.fails("share", refusal)
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 32)) as pilot:
        await at_volume(pilot, app, web.resource_uid)
        app.main.go(Place("lab", PlaceKind.SNAPSHOT, monday.resource_uid))
        await pilot.pause()
        await pilot.press("w")
        await wait_for(pilot, lambda: isinstance(app.screen, ShareForm), "the form")
        await pilot.press("down", "enter")
        await type_text(pilot, "alice")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "it has 12 digits" in screen_text(app), "the refusal")
        assert isinstance(app.screen, ShareForm)
        assert provider.snapshots_there[monday.resource_uid].visibility == "private"


async def test_attach_requests_name_an_instance() -> None:
    from snaptui.errors import InvalidInputError

    try:
        AttachRequest(volume_uid="vol-1", instance="  ")
    except InvalidInputError as error:
        assert "no instance is named" in error.message
    else:
        raise AssertionError


async def _nothing(_request: RestoreRequest) -> None:
    pass
