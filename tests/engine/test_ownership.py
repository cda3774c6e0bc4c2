"""Root works in a user's repository: nothing of it may lock that user out."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

import pytest

from snaptui.engine import Repository
from snaptui.engine.locks import FileLock
from snaptui.jobs import Jobs
from snaptui.requests import SnapshotRequest
from tests.support import ACTOR, MIB, add, make_image, need

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def work_in(path: Path, tmp_path: Path) -> list[str]:
    """Do all there is to do in a repository; returns its warnings."""
    with Repository.open(path) if path.exists() else Repository.create(path) as repository:
        volume = add(repository, make_image(tmp_path / "web.raw"))
        jobs = Jobs(repository)
        uid = volume.resource_uid
        for name in ("first", "second"):
            jobs.run(SnapshotRequest(volume_uid=uid, name=name))
        pool = repository.layout.volumes
        repository.create_volume(
            name="blank", zone="default", path=pool / "blank.raw", size_bytes=MIB, actor=ACTOR
        )
        (snapshot, *_) = repository.snapshots(uid)
        repository.clone(
            snapshot.resource_uid, name="c", zone="default", path=pool / "c.raw", actor=ACTOR
        )
        repository.merge_index()
        repository.catalog.compact()
        return list(repository.warnings)


def owners(path: Path) -> set[int]:
    return {each.lstat().st_uid for each in (path, *path.rglob("*"))}


@pytest.fixture
def nobody(tmp_path: Path) -> pwd.struct_passwd:
    need(root=True)
    entry = pwd.getpwnam("nobody")
    os.chown(tmp_path, entry.pw_uid, entry.pw_gid)
    return entry


def test_what_sudo_leaves_in_the_callers_repository_is_the_callers(
    nobody: pwd.struct_passwd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUDO_USER", nobody.pw_name)
    path = tmp_path / "repository"
    assert work_in(path, tmp_path) == []
    assert owners(path) == {nobody.pw_uid}


def test_what_root_leaves_in_a_strangers_repository_stays_roots(
    nobody: pwd.struct_passwd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be a disk that the stranger must not read."""
    monkeypatch.delenv("SUDO_USER", raising=False)
    path = tmp_path / "repository"
    path.mkdir()
    os.chown(path, nobody.pw_uid, nobody.pw_gid)
    Repository.create(path).close()
    assert any("belongs to nobody" in warning for warning in work_in(path, tmp_path))
    assert {each.lstat().st_uid for each in (path / "packs").iterdir()} == {0}


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_link_gives_nothing_of_roots_away(
    nobody: pwd.struct_passwd,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    link: Callable[[Path, Path], None],
) -> None:
    """A lock's file is opened if it is there already, and the directory is the caller's."""
    monkeypatch.setenv("SUDO_USER", nobody.pw_name)
    secret = tmp_path / "secret"
    secret.touch()
    link(secret, tmp_path / "web.lock")
    FileLock(tmp_path / "web.lock").exclusive().release()
    FileLock(tmp_path / "db.lock").exclusive().release()
    assert secret.stat().st_uid == 0
    assert (tmp_path / "db.lock").stat().st_uid == nobody.pw_uid
