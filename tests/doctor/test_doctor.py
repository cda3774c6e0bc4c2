"""What the doctor says of things that are in order, and of things that are not."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from snaptui.clouds.local import LocalCloud
from snaptui.doctor import Finding, Level, Report, examine
from snaptui.doctor.clouds import look_at_clouds
from snaptui.doctor.host import look_at_host
from snaptui.doctor.reflinks import look_at_reflinks
from snaptui.doctor.report import GROUPS, guarded
from snaptui.doctor.repository import look_at_repository
from snaptui.doctor.versions import look_at_extras, look_at_versions
from snaptui.engine import Repository
from snaptui.jobs import Jobs
from snaptui.models import CloudInfo
from snaptui.requests import CheckRequest
from tests.support import need, take

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snaptui.models import Volume

Usage = namedtuple("Usage", "total used free")


def by_title(findings: Iterable[Finding]) -> dict[str, Finding]:
    return {each.title: each for each in findings}


def files_in(path: Path) -> set[tuple[str, int]]:
    return {(str(each), each.stat().st_mtime_ns) for each in path.rglob("*")}


def test_a_sound_repository_is_in_order_and_nothing_is_changed(
    repository: Repository, volume: Volume
) -> None:
    take(repository, volume)
    job = Jobs(repository).run(CheckRequest(), lambda _job: None)
    assert job.exit_code == 0
    repository.close()
    before = files_in(repository.path)
    report = examine(repository.path, origin="--repository")
    assert files_in(repository.path) == before
    assert not report.failed
    assert {each.group for each in report.findings} <= set(GROUPS)
    found = by_title(each for each in report.findings if each.group == "Repository")
    assert found["Path"].text == f"{repository.path} (--repository)"
    assert found["Catalog"].text == "1 volume, 1 snapshot"
    assert found["Last check"].level is Level.OK
    assert "in order" in report.summary
    assert all(each.level is Level.OK for each in found.values() if each.title != "Space")


def test_a_repository_that_is_not_there_yet_is_no_failure(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        (found,) = look_at_repository(path, "")
        assert found.level is Level.WARN
        assert "snaptui volume add" in found.advice


def test_what_is_no_repository_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("x")
    found = by_title(look_at_repository(tmp_path, ""))
    assert found["Format"].level is Level.FAIL
    assert "is not a snaptui repository" in found["Format"].text


def test_a_newer_format_says_what_to_do(repository: Repository) -> None:
    header = repository.layout.header
    header.write_text(header.read_text().replace('"version": 1', '"version": 9'))
    found = by_title(look_at_repository(repository.path, ""))["Format"]
    assert (found.level, found.advice) == (Level.FAIL, "update snaptui")


def test_a_damaged_catalog_is_a_failure(repository: Repository, volume: Volume) -> None:
    repository.close()
    for path in repository.layout.catalog.glob("catalog-*"):
        path.write_bytes(b"\x00" * 64)
    for path in repository.layout.catalog.glob("journal-*"):
        path.write_bytes(b"\x00" * 64)
    found = by_title(look_at_repository(repository.path, ""))
    assert found["Catalog"].level is Level.FAIL


@pytest.mark.parametrize(
    ("free", "level"), [(2**40, Level.OK), (2**29, Level.WARN), (2**20, Level.FAIL)]
)
def test_space(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, free: int, level: Level
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(2**41, 2**41 - free, free))
    assert by_title(look_at_repository(repository.path, ""))["Space"].level is level


@pytest.mark.parametrize(("kind", "word"), [("nfs4", "network"), ("tmpfs", "tmpfs"), ("ext4", "")])
def test_the_file_system(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, kind: str, word: str
) -> None:
    monkeypatch.setattr("snaptui.doctor.repository.file_system_of", lambda _path: kind)
    monkeypatch.setattr("snaptui.engine.catalog.mounts.file_system_of", lambda *_: kind)
    found = by_title(look_at_repository(repository.path, ""))["File system"]
    assert found.level is (Level.WARN if word else Level.OK)
    assert word in found.text


def test_who_may_look_in(repository: Repository) -> None:
    repository.path.chmod(0o755)
    found = by_title(look_at_repository(repository.path, ""))["Privacy"]
    assert found.level is Level.WARN
    assert "chmod o=" in found.advice


def test_checks_are_due_after_a_while(repository: Repository, volume: Volume) -> None:
    def last_check() -> Finding:
        return by_title(look_at_repository(repository.path, ""))["Last check"]

    assert last_check().level is Level.OK  # nothing is there that could be checked
    take(repository, volume)
    assert (last_check().level, last_check().text) == (Level.WARN, "never")
    job = Jobs(repository).run(CheckRequest(), lambda _job: None)
    assert last_check().level is Level.OK
    with repository.catalog.transaction() as transaction:
        document = transaction.get("jobs", job.resource_uid)
        assert document is not None
        old = (datetime.now(UTC) - timedelta(days=40)).isoformat().replace("+00:00", "Z")
        transaction.put("jobs", job.resource_uid, {**document, "ended_at": old})
    assert last_check().level is Level.WARN


def test_damage_that_a_check_found_is_a_failure(repository: Repository, volume: Volume) -> None:
    take(repository, volume)
    (pack,) = repository.layout.packs.iterdir()
    data = bytearray(pack.read_bytes())
    data[1000] ^= 1
    pack.write_bytes(data)
    assert Jobs(repository).run(CheckRequest(), lambda _job: None).exit_code == 3
    found = by_title(look_at_repository(repository.path, ""))["Last check"]
    assert found.level is Level.FAIL
    assert "snaptui job show" in found.advice


def test_leases_of_the_dead_are_told(repository: Repository) -> None:
    left = repository.layout.staging / "lease-0000000A"
    left.mkdir()
    (left / "lock").touch()
    found = by_title(look_at_repository(repository.path, ""))["Leases"]
    assert found.level is Level.WARN
    assert left.exists()  # it is not the doctor who cleans up


def test_the_probe_leaves_nothing_and_read_only_does_not_probe(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    real = os.open

    def counting(path: Any, flags: int, *more: Any, **options: Any) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            assert os.fspath(path) == str(repository.layout.staging)
            calls.append(flags)
        return real(path, flags, *more, **options)

    monkeypatch.setattr(os, "open", counting)
    (found,) = look_at_reflinks(repository.path, read_only=False)
    assert calls
    assert "zone default" in found.text
    assert list(repository.layout.staging.iterdir()) == []
    calls.clear()
    list(look_at_reflinks(repository.path, read_only=True))
    assert calls == []


def test_reflinks_are_found_where_they_are(tmp_path: Path) -> None:
    need("mkfs.xfs", "mount", root=True)
    import subprocess

    image, mount = tmp_path / "xfs.img", tmp_path / "xfs"
    with image.open("wb") as file:
        file.truncate(320 * 2**20)
    mount.mkdir()
    subprocess.run(["mkfs.xfs", "-q", image], check=True)
    done = subprocess.run(["mount", "-o", "loop", image, mount], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"needs loop mounts: {done.stderr.decode().strip()}")
    try:
        Repository.create(mount / "repository").close()
        (found,) = look_at_reflinks(mount / "repository", read_only=False)
        assert found.text == "zone default (xfs): yes"
    finally:
        subprocess.run(["umount", mount], check=True)


def test_a_host_without_proc_and_loop(tmp_path: Path) -> None:
    found = by_title(look_at_host(tmp_path, tmp_path / "loop-control"))
    assert found["Processes"].level is Level.FAIL
    assert found["Loop devices"].level is Level.WARN


def test_users_and_what_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    monkeypatch.setattr("snaptui.doctor.host._in_group", lambda _name: False)
    found = by_title(look_at_host())
    assert found["Processes"].level is Level.WARN


@pytest.fixture
def devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path, set[str]]:
    """A /proc and a /dev with two disks, and the names of those that the kernel refuses."""
    proc, dev = tmp_path / "proc", tmp_path / "dev"
    proc.mkdir()
    dev.mkdir()
    (proc / "partitions").write_text(
        "major minor  #blocks  name\n\n 254 0 1000 vda\n 254 16 1000 vdb\n 11 0 1 gone\n"
    )
    for name in ("vda", "vdb"):
        (dev / name).touch()
    refused: set[str] = set()
    real = os.open

    def open_(path: Path, flags: int, *rest: int) -> int:
        if Path(path).parent == dev and Path(path).name in refused:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        return real(path, flags, *rest)

    monkeypatch.setattr("snaptui.doctor.host.os.open", open_)
    monkeypatch.setattr("snaptui.doctor.host.stat.S_ISBLK", lambda _mode: True)
    return proc, dev, refused


@pytest.mark.parametrize(
    ("uid", "in_group", "refused", "level", "text", "advice"),
    [
        (0, False, set(), Level.OK, "all 2 block devices can be read", ""),
        (0, False, {"vdb"}, Level.WARN, "1 of 2 block devices cannot be read", "container"),
        (7, False, {"vda", "vdb"}, Level.WARN, "2 of 2 block devices cannot", "usermod -aG disk"),
        (7, True, set(), Level.OK, "in group disk: all 2 block devices can be read", ""),
        (7, True, {"vda"}, Level.WARN, "in group disk: 1 of 2 block devices cannot", "usermod"),
    ],
)
def test_whether_devices_can_be_read_is_tried(
    devices: tuple[Path, Path, set[str]],
    monkeypatch: pytest.MonkeyPatch,
    uid: int,
    in_group: bool,
    refused: set[str],
    level: Level,
    text: str,
    advice: str,
) -> None:
    proc, dev, kept = devices
    kept |= refused
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    monkeypatch.setattr("snaptui.doctor.host._in_group", lambda _name: in_group)
    found = by_title(look_at_host(proc, dev=dev))["User"]
    assert found.level is level
    assert text in found.text
    assert advice in found.advice
    if refused:
        assert f"({dev}/{min(refused)}: Operation not permitted)" in found.text


def test_without_devices_that_is_said(tmp_path: Path) -> None:
    assert "no block device" in by_title(look_at_host(tmp_path))["User"].text


def test_what_is_missing_says_what_that_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snaptui.doctor.versions.find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    for found in look_at_extras():
        assert found.level is Level.WARN
        assert found.advice
    libraries = [each for each in look_at_versions() if each.title == "Libraries"]
    assert [each.level for each in libraries] == [Level.FAIL]


class OddCloud:
    def __init__(self, name: str, answer: CloudInfo | Exception | None) -> None:
        self.name = name
        self.answer = answer

    async def info(self) -> CloudInfo:
        if self.answer is None:
            await asyncio.sleep(3600)
        if isinstance(self.answer, Exception):
            raise self.answer
        assert self.answer is not None
        return self.answer


async def test_clouds_that_answer_are_down_break_or_are_silent(repository: Repository) -> None:
    clouds: list[Any] = [
        LocalCloud(repository),
        OddCloud("down", CloudInfo(name="down", kind="x", available=False, reason="no token")),
        OddCloud("broken", ValueError("\x1b]52;c;x\x07[/b]")),
        OddCloud("silent", None),
    ]
    found = {each.title: each for each in await look_at_clouds(clouds, seconds=0.2)}
    assert found["local"].level is Level.OK
    assert found["down"].text == "down: no token"
    assert "ValueError" in found["broken"].text
    assert "no answer" in found["silent"].text
    assert [each.level for each in found.values()].count(Level.FAIL) == 3


def test_a_look_that_fails_is_a_finding() -> None:
    def look() -> Iterable[Finding]:
        yield Finding("Host", "a", Level.OK, "fine")
        raise OSError(5, "Input/output error")

    first, second = guarded("Host", "b", look)
    assert first.text == "fine"
    assert second.level is Level.FAIL
    assert "Input/output error" in second.text
    assert Report((first, second)).failed
