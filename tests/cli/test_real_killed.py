"""Commands and jobs while parts of a real Cinder are killed, and come back."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from snaptui.clouds.openstack import OpenStackProvider
from snaptui.clouds.remote import cloud
from snaptui.clouds.remote.waiting import Pace
from snaptui.engine import Repository
from snaptui.errors import CloudConflictError
from snaptui.jobs import Jobs
from snaptui.models import Volume
from tests.cli.conftest import Cli
from tests.clouds.openstack import services
from tests.clouds.openstack.conftest import Project, admin, clouds_yaml, projects
from tests.clouds.remote.faults import comes_after
from tests.clouds.remote.faulty import Faulty
from tests.servers.service import Service
from tests.support import wait_until

__all__ = ["admin", "clouds_yaml", "projects"]  # fixtures

ON = ("--cloud", "lab")


@pytest.fixture(autouse=True)
def environment(
    projects: tuple[Project, Project], monkeypatch: pytest.MonkeyPatch, cli: Cli
) -> Iterator[None]:
    """A cloud `lab`, which is empty before and after."""
    for name in os.environ:
        if name.startswith(("AWS_", "OS_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name, value in projects[0].variables.items():
        if name != "HOME":
            monkeypatch.setenv(name, value)
    monkeypatch.setattr(cloud, "Pace", partial(Pace, first=0.1, longest=1, step=0.1))
    assert cli("cloud", "add", "lab", "--kind", "openstack").code == 0
    wait_until(lambda: cli("volume", "list", "--json", *ON).done().document == [])
    yield
    monkeypatch.delenv("OS_BLOCK_STORAGE_ENDPOINT_OVERRIDE", raising=False)
    for snapshot in cli("snapshot", "list", "--json", *ON).done().document:
        cli("snapshot", "delete", snapshot["resource_uid"], "--yes", *ON).done()
    for volume in cli("volume", "list", "--json", *ON).done().document:
        cli("volume", "delete", volume["resource_uid"], "--yes", *ON).done()


def test_a_list_is_whole_or_an_error(
    cli: Cli, clouds_yaml: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        cli("volume", "create", "--name", name, "--size", "1GiB", *ON).done()
    api = services.cinder_api(Path(clouds_yaml).parent, tmp_path, page=1)
    with api, Faulty(upstream=api.url) as between:
        override = f"{between.url}/v3"
        monkeypatch.setenv("OS_BLOCK_STORAGE_ENDPOINT_OVERRIDE", override)
        listed = cli("volume", "list", "--json", *ON).done().document
        assert [each["name"] for each in listed] == ["a", "b"]

        between.plan(comes_after(api.kill), path=r"/volumes/detail\?.*marker=")
        ran = cli("volume", "list", "--json", *ON)
    assert ran.code == 1
    assert "error" in ran.document
    assert "list the" in ran.document["error"]["message"]
    assert f"127.0.0.1:{between.port}" in str(ran.document["error"])


@dataclass(frozen=True, slots=True)
class BackEnd:
    """A cinder-volume that nobody else uses, with a volume type that nobody else sees."""

    service: Service
    volume_type: str
    hold: Path

    @property
    def has_begun(self) -> bool:
        """Whether it makes something, and is held up."""
        return self.hold.with_suffix(".begun").exists()

    def hold_up(self) -> None:
        """Have the next thing that is begun wait."""
        self.hold.with_suffix(".begun").unlink(missing_ok=True)
        self.hold.touch()


@pytest.fixture(scope="module")
def back_end(
    clouds_yaml: str,
    projects: tuple[Project, Project],
    admin: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BackEnd]:
    name = f"held-{uuid4().hex[:8]}"
    directory = tmp_path_factory.mktemp("back-end")
    cinder = admin.block_storage
    specs = {"volume_backend_name": name}
    kind = cinder.create_type(name=name, extra_specs=specs, is_public=False)
    cinder.add_type_access(kind, projects[0].uid)

    def scheduled() -> bool:
        pools = cinder.get("/scheduler-stats/get_pools").json()["pools"]
        return any(name in each["name"] for each in pools)

    with services.cinder_volume(Path(clouds_yaml).parent, directory, name) as service:
        wait_until(scheduled)
        yield BackEnd(service, name, directory / "hold")
    cinder.delete_type(kind)


@pytest.fixture
def web(cli: Cli, back_end: BackEnd) -> str:
    """A volume in it."""
    size = ("--size", "1GiB", "--zone", "az2", "--type", back_end.volume_type)
    made = cli("volume", "create", "--name", "web", *size, "--json", *ON).done().document
    uid: str = made["resource_uid"]
    return uid


def made(cli: Cli) -> list[tuple[str, str]]:
    """The volumes that there are, and their states."""
    listed = cli("volume", "list", "--json", *ON).done().document
    return [(each["name"], each["status"]) for each in listed]


def taken(cli: Cli) -> list[tuple[str, str]]:
    """The snapshots that there are, and their states, the oldest first."""
    listed = cli("snapshot", "list", "--json", *ON).done().document
    return [(each["name"], each["status"]) for each in reversed(listed)]


def ended(cli: Cli, job: str) -> dict[str, Any]:
    """A job, when it has ended."""

    def shown() -> dict[str, Any]:
        document: dict[str, Any] = cli("job", "show", job, "--json").done().document
        return document

    wait_until(lambda: shown()["status"] in {"completed", "failed", "cancelled"})
    return shown()


def kill_worker(job: str) -> None:
    """`kill -9` the process that does a job."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if job.encode() in path.read_bytes().split(b"\0"):
                os.kill(int(path.parent.name), signal.SIGKILL)
                return
    raise AssertionError(f"nobody does {job}")


def test_a_snapshot_asked_for_while_cinder_is_away_is_there_when_it_is_back(
    cli: Cli, web: str, back_end: BackEnd
) -> None:
    back_end.service.kill()
    job = cli("snapshot", "create", web, "--name", "late", "--detach", *ON).done().out.strip()
    wait_until(lambda: taken(cli) == [("late", "pending")])
    assert cli("job", "show", job, "--json").document["status"] == "running"
    back_end.service.start()
    done = ended(cli, job)
    assert done["summary"] == "Snapshot late was successfully created."
    assert taken(cli) == [("late", "completed")]


def test_a_snapshot_that_cinder_was_killed_over_is_taken_up_fails_and_is_taken_anew(
    cli: Cli, web: str, back_end: BackEnd
) -> None:
    back_end.hold_up()
    first = cli("snapshot", "create", web, "--name", "a", "--detach", *ON).done().out.strip()
    wait_until(lambda: back_end.has_begun)
    back_end.service.kill()
    # whoever waits for it dies, too
    kill_worker(first)
    assert "the worker was killed" in ended(cli, first)["summary"]
    second = cli("job", "retry", first).done().out.strip()
    wait_until(lambda: cli("job", "show", second, "--json").document["progress"] is not None)
    wait_until(
        lambda: cli("job", "show", second, "--json").document["progress"]["phase"] == "saving"
    )
    assert taken(cli) == [("a", "pending")]

    back_end.hold.unlink()
    back_end.service.start()
    failed = ended(cli, second)
    assert failed["status"] == "failed"
    assert "could not make the snapshot" in failed["summary"]
    wait_until(lambda: taken(cli) == [])  # what is left of it is deleted

    third = cli("job", "retry", second).done().out.strip()
    assert ended(cli, third)["summary"] == "Snapshot a was successfully created."
    assert taken(cli) == [("a", "completed")]


def blank(back_end: BackEnd) -> tuple[str, ...]:
    where = ("--zone", "az2", "--type", back_end.volume_type)
    return ("volume", "create", "--name", "new", "--size", "1GiB", *where, *ON)


def test_a_blank_volume_whose_worker_was_killed_is_taken_up_while_cinder_makes_it(
    cli: Cli, back_end: BackEnd
) -> None:
    back_end.hold_up()
    first = cli(*blank(back_end), "--detach").done().out.strip()
    wait_until(lambda: back_end.has_begun)
    kill_worker(first)
    assert "the worker was killed" in ended(cli, first)["summary"]
    second = cli("job", "retry", first).done().out.strip()
    cli("job", "retry", first).refused(f"{second} is at it")

    def waits() -> bool:
        progress = cli("job", "show", second, "--json").document["progress"]
        return progress is not None and progress["phase"] == "waiting"

    wait_until(waits)
    assert made(cli) == [("new", "creating")]
    back_end.hold.unlink()
    assert ended(cli, second)["summary"] == "Volume new was successfully created."
    assert made(cli) == [("new", "available")]


def test_who_cancels_a_blank_volume_leaves_none_though_cinder_makes_it_to_the_end(
    cli: Cli, back_end: BackEnd, repository_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_end.hold_up()
    look, delete = OpenStackProvider.volume, OpenStackProvider.delete_volume
    refusals: list[str] = []

    async def seen(self: OpenStackProvider, uid: str) -> Volume | None:
        if back_end.has_begun:
            with Repository.open(repository_path) as repository:
                jobs = Jobs(repository)
                jobs.cancel(jobs.list()[0].resource_uid)
        return await look(self, uid)

    async def deleted(self: OpenStackProvider, uid: str) -> None:
        try:
            await delete(self, uid)
        except CloudConflictError as error:
            refusals.append(error.message)
            back_end.hold.unlink()
            raise

    monkeypatch.setattr(OpenStackProvider, "volume", seen)
    monkeypatch.setattr(OpenStackProvider, "delete_volume", deleted)
    assert cli(*blank(back_end)).code == 130
    assert len(refusals) == 1
    [job] = cli("job", "list", "--json").document
    assert (job["status"], job["hint"]) == ("cancelled", "")
    wait_until(lambda: made(cli) == [])
