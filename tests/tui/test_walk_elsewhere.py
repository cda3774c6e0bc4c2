"""The mission's walk in the app, on moto's EC2 and on a real Keystone and Cinder, by keys alone.

All is as in daily use: the cloud is the config file's, a job is a process of its own.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from snaptui.cli.app import remote_clouds
from snaptui.clouds.local import LocalCloud
from snaptui.clouds.remote.followed import FollowedCloud
from snaptui.clouds.remote.provider import Placement
from snaptui.config import config_path, read_config
from snaptui.jobs import Jobs
from snaptui.models import JobStatus, VolumeStatus
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.clone_form import CloneForm
from snaptui.tui.screens.confirm import ConfirmDelete
from snaptui.tui.screens.snapshot_form import SnapshotForm
from tests.clouds.aws.conftest import moto, moto_server
from tests.clouds.aws.script import KEY, REGION, SECRET
from tests.clouds.openstack.conftest import Project, admin, clouds_yaml, projects
from tests.tui.conftest import SIZES
from tests.tui.helpers import screen_text, toasts, type_text, wait_for

if TYPE_CHECKING:
    from textual.pilot import Pilot

__all__ = ["admin", "clouds_yaml", "moto", "moto_server", "projects"]  # fixtures

GIB = 1024**3
LONG = 90.0
"""So many seconds a real cloud is given, on a machine that does much else."""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what a test says, for the app and for the processes of its jobs."""
    for name in os.environ:
        if name.startswith(("AWS_", "OS_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def set_cloud(*options: str) -> FollowedCloud:
    """The config file's one cloud, `lab`, as the app makes it."""
    config_path().parent.mkdir(parents=True)
    config_path().write_text("\n".join(["find_clouds = false", "[clouds.lab]", *options]))
    (cloud,), problems = remote_clouds(read_config(), lambda: None, read_only=False)
    assert not problems
    assert isinstance(cloud, FollowedCloud)
    return cloud


def place_of(app: SnaptuiApp) -> PlaceKind | None:
    return app.main.place.kind if app.main.place is not None else None


def row_of(app: SnaptuiApp, name: str) -> list[str]:
    """The words of the tree's row of that name."""
    for line in screen_text(app).splitlines():
        words = line.split("│")[1].split() if line.count("│") > 1 else []
        if name in words:
            return words
    return []


async def walk(pilot: Pilot[None], app: SnaptuiApp, cloud: FollowedCloud, zone: str) -> None:
    """From the start to a clone, and all that was made is deleted again."""
    await wait_for(pilot, lambda: "lab" in screen_text(app), "the cloud in the tree")
    await wait_for(pilot, lambda: len(app.inventory.clouds) == 2, "both clouds")
    await wait_for(pilot, lambda: app.main.place is not None, "the local cloud")
    state = app.inventory.clouds["lab"]
    app.main.tree_view.focus()
    await wait_for(pilot, lambda: app.focused is app.main.tree_view, "the tree")

    async def down_to(kind: PlaceKind, name: str = "lab") -> None:
        for _ in range(20):
            place = app.main.place
            if place is not None and (place.cloud, place.kind) == (name, kind):
                return
            await pilot.press("down")
            # the page of a row is shown when the cursor rests on it
            await wait_for(pilot, lambda: app.main.place != place, "the next row")  # noqa: B023
        raise AssertionError(f"no {kind} below\n{screen_text(app)}")

    # Clouds > lab > Volumes > web
    await down_to(PlaceKind.CLOUD)
    await pilot.press("enter")
    await wait_for(pilot, lambda: bool(state.volumes), "the volumes", LONG)
    (web,) = state.volumes.values()
    await down_to(PlaceKind.VOLUMES)
    await wait_for(pilot, lambda: "Snaps" in screen_text(app), "the index")
    await down_to(PlaceKind.VOLUME)
    await wait_for(pilot, lambda: "no snapshots yet" in screen_text(app), "the empty tab")
    await wait_for(pilot, lambda: row_of(app, "web")[-3:] == ["web", "0", "-"], "that it has none")

    # the snapshot action, the form, Create
    await pilot.press("s")
    await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the form")
    assert "web" in screen_text(app)
    await type_text(pilot, "Test Snapshot")
    await pilot.press("tab")
    await type_text(pilot, "before")
    await pilot.press("ctrl+s" if app.focused is None else "enter")
    created = "Snapshot Test Snapshot was successfully created."
    await wait_for(pilot, lambda: created in toasts(app), "the flash", LONG)
    tab = app.main.pane.volume()
    await wait_for(pilot, lambda: tab.snapshots.total == 1, "its row", LONG)
    assert tab.tab == "Snapshots"
    await wait_for(pilot, lambda: "Test Snapshot" in screen_text(app), "its name")
    # to take it may have lasted longer than that is "now"
    counted = [["web", "1", age] for age in ("now", "1m", "2m")]
    await wait_for(pilot, lambda: row_of(app, "web")[-3:] in counted, "the count")
    (snapshot,) = state.snapshots.values()
    assert (snapshot.volume_uid, snapshot.description) == (web.resource_uid, "before")
    there = await cloud.provider.snapshot(snapshot.resource_uid)
    assert there is not None
    assert (there.name, there.size_bytes) == ("Test Snapshot", GIB)

    # a clone of it, into the same zone
    await pilot.press("c")
    await wait_for(pilot, lambda: isinstance(app.screen, CloneForm), "the form")
    await wait_for(pilot, lambda: zone in screen_text(app), "the zones", LONG)
    await pilot.press("enter")
    cloned = "Volume web-clone was successfully cloned from snapshot Test Snapshot."
    await wait_for(pilot, lambda: cloned in toasts(app), "the flash", LONG)
    await wait_for(pilot, lambda: len(state.volumes) == 2, "the clone", LONG)
    clone = next(each for each in state.volumes.values() if each.name == "web-clone")
    await wait_for(
        pilot,
        lambda: state.volumes[clone.resource_uid].status is VolumeStatus.AVAILABLE,
        "that it is available",
        LONG,
    )
    clone = state.volumes[clone.resource_uid]
    assert (clone.source_snapshot_uid, clone.zone) == (snapshot.resource_uid, zone)
    assert {each.status for each in app.inventory.jobs.values()} == {JobStatus.COMPLETED}

    # and both are deleted again, each asked for first
    for kind, uid, name in (
        (PlaceKind.VOLUME, clone.resource_uid, "web-clone"),
        (PlaceKind.SNAPSHOT, snapshot.resource_uid, "Test Snapshot"),
    ):
        place = Place("lab", kind, uid)
        app.main.go(place)
        await wait_for(pilot, lambda: app.main.place == place, "its page")  # noqa: B023
        if kind is PlaceKind.VOLUME:  # on its page the key means its snapshots
            app.main.tree_view.focus()
            await wait_for(pilot, lambda: app.focused is app.main.tree_view, "the tree")
        await pilot.press("ctrl+d")
        await wait_for(pilot, lambda: isinstance(app.screen, ConfirmDelete), "the question", LONG)
        if kind is PlaceKind.VOLUME:
            await type_text(pilot, name)
        else:
            await pilot.press("tab")
        await pilot.press("enter")
        await wait_for(
            pilot,
            lambda: any(f"{name} was successfully deleted." in each for each in toasts(app)),  # noqa: B023 - awaited
            "the flash",
            LONG,
        )
        await wait_for(
            pilot,
            lambda: uid not in {**state.volumes, **state.snapshots},  # noqa: B023 - awaited
            "that it is gone",
            LONG,
        )


async def walked(
    local: LocalCloud, jobs: Jobs, cloud: FollowedCloud, zone: str, size: tuple[int, int]
) -> None:
    """Walk over a cloud with one volume, and leave it empty."""
    web = await cloud.provider.create_volume(
        name="web", placement=Placement(zone=zone, size_bytes=GIB), snapshot=None, token=uuid4().hex
    )
    app = SnaptuiApp([local, cloud], jobs)
    try:
        async with app.run_test(size=size, notifications=True) as pilot:
            await walk(pilot, app, cloud, zone)
    finally:
        await cloud.provider.delete_volume(web.resource_uid)
        await cloud.provider.close()


@pytest.mark.usefixtures("volume")
async def test_on_aws(
    cloud: LocalCloud,
    jobs: Jobs,
    moto: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    lab = set_cloud('kind = "aws"', f'region = "{REGION}"', f'endpoint_url = "{moto}"')
    await walked(cloud, jobs, lab, f"{REGION}b", SIZES[1])


@pytest.mark.usefixtures("volume")
async def test_on_openstack(
    cloud: LocalCloud,
    jobs: Jobs,
    projects: tuple[Project, Project],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = projects[0]
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(project.clouds_yaml))
    lab = set_cloud('kind = "openstack"', f'cloud = "{project.name}"')
    await walked(cloud, jobs, lab, "nova", SIZES[0])
