"""Read-only mode: whatever is called, nothing under the repository and no volume changes."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest

from snaptui.cli.root import snaptui
from snaptui.clouds.base import Ability, Capability, Cloud, collect
from snaptui.clouds.local import LocalCloud
from snaptui.clouds.local.deleting import LocalDeleting
from snaptui.clouds.local.unsupported import Unsupported
from snaptui.engine import Repository
from snaptui.engine.records import now
from snaptui.errors import ReadOnlyError
from snaptui.jobs import Jobs
from snaptui.models import JobStatus
from snaptui.progress import no_progress
from snaptui.requests import (
    AddVolumeRequest,
    CheckRequest,
    CloneRequest,
    CreateVolumeRequest,
    EditSnapshotRequest,
    RestoreRequest,
    SnapshotRequest,
)
from snaptui.units import iso_time
from tests.cli.conftest import Cli
from tests.support import make_image

WRITES = {
    "volume add": ["other.raw"],
    "volume create": ["--name", "x", "--size", "1MiB"],
    "volume delete": ["web", "--yes"],
    "zone add": ["x", "."],
    "zone delete": ["x"],
    "snapshot create": ["web", "--name", "b"],
    "snapshot clone": ["a", "--name", "x"],
    "snapshot delete": ["a", "--yes"],
    "snapshot undelete": ["gone"],
    "snapshot export": ["a", "--to-cloud", "prod"],
    "snapshot edit": ["a", "--name", "x"],
    "snapshot pin": ["a"],
    "snapshot unpin": ["a"],
    "trash purge": ["gone", "--yes"],
    "job cancel": ["JOB"],
    "job retry": ["JOB"],
}
"""Every verb that writes, with arguments that would make it do so."""

ELSEWHERE = {
    "volume attach": ["web", "--to", "i-1"],
    "volume detach": ["web", "--yes"],
    "volume resize": ["web", "--size", "1TiB"],
    "snapshot share": ["a", "--private"],
    "snapshot import": ["a"],
    "snapshot copy": ["a", "--to-region", "eu-west-1"],
}
"""Verbs that write, but not in the local cloud (see test_remote_use for others)."""

READS = {
    "volume list": [],
    "volume show": ["web"],
    "zone list": [],
    "trash list": [],
    "snapshot list": [],
    "snapshot show": ["a"],
    "snapshot diff": ["a"],
    "snapshot verify": ["a"],
    "snapshot restore": ["a", "--to", "out.raw"],
    "job list": [],
    "job show": ["JOB"],
    "job log": ["JOB"],
    "event list": [],
    "instance list": [],
    "volume types": [],
    "check": [],
}
"""Every verb that only reads."""

CONFIG = {"config path", "config show", "config keys"}
CLOUDS = {"cloud list", "cloud show", "cloud test", "cloud add", "cloud remove"}
NO_REPOSITORY = {"demo", "web", "completion", "help", "man", *CONFIG, *CLOUDS}
"""Verbs that leave the repository alone; what `web` starts is told the mode (see test_web), and
what changes the config file is refused (see test_cloud)."""


def verbs(group: click.Group = snaptui, before: str = "") -> Iterator[str]:
    """All verbs of the command line."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from verbs(command, f"{before}{name} ")
        else:
            yield f"{before}{name}"


def state_of(*roots: Path) -> dict[str, tuple[int, int, str]]:
    """Everything under some paths: mode, time of the last change, content."""
    found = {}
    for root in roots:
        for path in [root, *root.rglob("*")]:
            status = path.lstat()
            content = "" if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()
            found[str(path)] = (status.st_mode, status.st_mtime_ns, content)
    return found


@pytest.fixture
def job(cli: Cli, snap: str, repository_path: Path) -> str:
    """A job whose worker died before it could say so."""
    uid: str = cli("job", "list", "--json").document[0]["resource_uid"]
    with (
        Repository.open(repository_path) as repository,
        repository.catalog.transaction() as transaction,
    ):
        document = transaction.get("jobs", uid)
        transaction.put("jobs", uid, {**(document or {}), "status": "running"})
    return uid


@pytest.fixture
def gone(cli: Cli, snap: str, repository_path: Path) -> str:
    """A deleted snapshot that was to be kept until yesterday."""
    cli("snapshot", "create", "web", "--name", "gone").done()
    uid: str = cli("snapshot", "delete", "gone", "--yes", "--json").document["resource_uid"]
    with (
        Repository.open(repository_path) as repository,
        repository.catalog.transaction() as transaction,
    ):
        document = transaction.get("trash", uid) or {}
        expired = {**document, "expires_at": iso_time(now() - timedelta(days=1))}
        transaction.put("trash", uid, expired)
    return uid


@pytest.fixture
def unchanged(
    job: str,
    gone: str,
    repository_path: Path,
    image: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """Afterwards repository and volume are as they were; nothing dead was swept or purged."""
    monkeypatch.chdir(tmp_path)
    make_image(tmp_path / "other.raw", seed=3)
    (repository_path / "jobs" / job / "lock").unlink()
    left = repository_path / "staging" / "lease-00000001"
    left.mkdir()
    (left / "lock").touch()
    before = state_of(repository_path, image)
    yield
    assert state_of(repository_path, image) == before


def test_every_verb_is_known_here() -> None:
    assert set(verbs()) == {*WRITES, *ELSEWHERE, *READS, *NO_REPOSITORY, "doctor"}


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("how", ["before", "after", "environment"])
def test_no_verb_that_writes_does(
    cli: Cli, job: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "environment":
        monkeypatch.setenv("SNAPTUI_READ_ONLY", "1")
    for verb, arguments in WRITES.items():
        words = [*verb.split(), *(job if word == "JOB" else word for word in arguments)]
        if how == "before":
            words.insert(0, "--read-only")
        elif how == "after":
            words.append("--read-only")
        cli(*words).refused("opened read-only")
        cli("--read-only", *words, "--json").refused("read-only")
    for verb, arguments in ELSEWHERE.items():
        cli("--read-only", *verb.split(), *arguments).refused("local: ")
    cli("snapshot", "restore", "a", "--in-place", "--yes", "--read-only").refused("read-only")
    cli("snapshot", "verify", "a", "--detach", "--read-only").refused("read-only")


@pytest.mark.usefixtures("unchanged")
def test_every_verb_that_reads_works(cli: Cli, job: str, image: Path, tmp_path: Path) -> None:
    for verb, arguments in READS.items():
        words = [job if word == "JOB" else word for word in arguments]
        cli("--read-only", *verb.split(), *words).done()
    assert (tmp_path / "out.raw").read_bytes() == image.read_bytes()


@pytest.mark.usefixtures("unchanged")
def test_the_doctor_only_looks(cli: Cli) -> None:
    assert "Repository" in cli("--read-only", "doctor").out


def test_a_no_is_a_no(cli: Cli, snap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for no in ("", "0", "no", "False", "off"):
        monkeypatch.setenv("SNAPTUI_READ_ONLY", no)
        cli("snapshot", "create", "web", "--name", f"b{no}").done()


def test_no_repository_is_made(cli: Cli, image: Path, repository_path: Path) -> None:
    cli("--read-only", "volume", "add", image).refused("read-only")
    assert not repository_path.exists()


# -- the cloud itself, which is all that the screen has


def cloud_calls(
    cloud: LocalCloud, web: str, snap: str, gone: str, tmp_path: Path
) -> dict[str, Any]:
    """A call of every method that a cloud has; those that write are to be refused."""
    zone = "default"
    return {
        "add_volume": lambda: cloud.add_volume(
            AddVolumeRequest(path=str(tmp_path / "other.raw"), name="x", zone=zone)
        ),
        "create_volume": lambda: cloud.create_volume(
            CreateVolumeRequest(name="x", size_bytes=4096, zone=zone)
        ),
        "precheck": lambda: cloud.precheck(SnapshotRequest(volume_uid=web, name="x")),
        "delete_volume": lambda: cloud.delete_volume(web),
        "delete_snapshots": lambda: cloud.delete_snapshots([snap]),
        "set_pinned": lambda: cloud.set_pinned([snap], True),
        "edit_snapshot": lambda: cloud.edit_snapshot(
            EditSnapshotRequest(snapshot_uid=snap, name="x")
        ),
        "undelete": lambda: cloud.undelete([gone]),
        "purge": lambda: cloud.purge([gone]),
        "create_snapshot": lambda: cloud.create_snapshot(
            SnapshotRequest(volume_uid=web, name="b"), no_progress
        ),
        "clone_snapshot": lambda: cloud.clone_snapshot(
            CloneRequest(snapshot_uid=snap, name="x"), no_progress
        ),
        "restore_snapshot": lambda: cloud.restore_snapshot(
            RestoreRequest(snapshot_uid=snap, in_place=True), no_progress
        ),
        "add_zone": lambda: cloud.add_zone("x", str(tmp_path)),
        "delete_zone": lambda: cloud.delete_zone("default"),
    }


def cloud_reads(cloud: LocalCloud, web: str, snap: str, gone: str) -> dict[str, Any]:
    """A call of every method that only reads."""
    return {
        "info": cloud.info,
        "change_token": cloud.change_token,
        "changes": lambda: cloud.changes((0, 0)),
        "zones": cloud.zones,
        "volumes": lambda: collect(cloud.volumes()),
        "snapshots": lambda: collect(cloud.snapshots()),
        "volume": lambda: cloud.volume(web),
        "snapshot": lambda: cloud.snapshot(snap),
        "events": cloud.events,
        "lineage": lambda: cloud.lineage(web),
        "diff": lambda: cloud.diff(None, snap),
        "blocks": lambda: cloud.blocks(snap),
        "candidates": cloud.candidates,
        "usage": cloud.usage,
        "plan_delete_volume": lambda: cloud.plan_delete_volume(web),
        "plan_delete_snapshots": lambda: cloud.plan_delete_snapshots([snap]),
        "freed_bytes": lambda: cloud.freed_bytes([snap]),
        "trash": cloud.trash,
        "trashed": lambda: cloud.trashed(gone),
        "plan_purge": lambda: cloud.plan_purge([gone]),
        "check": lambda: cloud.check(CheckRequest(), no_progress),
    }


def methods_of(*classes: type) -> set[str]:
    """The coroutines and asynchronous generators of some classes."""
    return {
        name
        for each in classes
        for name, member in vars(each).items()
        if not name.startswith("_")
        and (inspect.iscoroutinefunction(member) or inspect.isasyncgenfunction(member))
    }


@pytest.mark.usefixtures("unchanged")
def test_no_method_of_the_cloud_writes(
    repository_path: Path, web: str, snap: str, gone: str, tmp_path: Path
) -> None:
    with Repository.open(repository_path, read_only=True) as repository:
        cloud = LocalCloud(repository)
        writes = cloud_calls(cloud, web, snap, gone, tmp_path)
        reads = cloud_reads(cloud, web, snap, gone)
        # what is not possible at all is refused with another reason (see below)
        assert {*writes, *reads} == methods_of(Cloud, LocalCloud, LocalDeleting) - methods_of(
            Unsupported
        )
        for call in reads.values():
            asyncio.run(call())
        for call in writes.values():
            with pytest.raises(ReadOnlyError, match="opened read-only"):
                asyncio.run(call())


def test_what_it_cannot_do_it_says(repository_path: Path, snap: str) -> None:
    reading = {Capability.DIFF, Capability.BLOCKS, Capability.CHECK, Capability.TRASH}
    with Repository.open(repository_path, read_only=True) as repository:
        cloud = LocalCloud(repository)
        for capability in Capability:
            ability: Ability = cloud.ability(capability)
            assert ability.possible == (capability in reading), capability
            assert ability.possible or ability.reason


@pytest.mark.usefixtures("unchanged")
def test_nothing_else_below_the_screen_writes(repository_path: Path, web: str, job: str) -> None:
    with Repository.open(repository_path, read_only=True) as repository:
        jobs = Jobs(repository)
        refused: list[Callable[[], object]] = [
            lambda: jobs.start(SnapshotRequest(volume_uid=web, name="b")),
            lambda: jobs.start(CheckRequest()),
            lambda: jobs.cancel(job),
            lambda: jobs.retry(job),
            repository.merge_index,
            repository.locked_volume(web).__enter__,
            repository.catalog.compact,
            repository.catalog.transaction,
        ]
        for call in refused:
            with pytest.raises(ReadOnlyError):
                call()
        assert job in [each.resource_uid for each in jobs.list()]
        assert jobs.get(job).status is JobStatus.COMPLETED  # its snapshot is there


def test_the_mode_of_a_file_is_seen(tmp_path: Path) -> None:
    """The means by which the tests above see changes."""
    path = tmp_path / "x"
    path.write_text("a")
    before = state_of(tmp_path)
    path.chmod(0o600 if before[str(path)][0] & 0o044 else 0o644)
    assert state_of(tmp_path) != before
