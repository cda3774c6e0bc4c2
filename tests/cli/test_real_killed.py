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

from snaptui.clouds.remote import cloud
from snaptui.clouds.remote.waiting import Pace
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
        """Whether it takes a snapshot, and is held up."""
        return self.hold.with_suffix(".begun").exists()


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
    back_end.hold.touch()
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
    assert taken(cli) == [("a", "error")]

    third = cli("job", "retry", second).done().out.strip()
    assert ended(cli, third)["summary"] == "Snapshot a was successfully created."
    assert taken(cli) == [("a", "error"), ("a", "completed")]
