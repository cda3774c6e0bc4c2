"""The demo is real: its snapshots restore, and its file systems are sound."""

from __future__ import annotations

import random
import subprocess
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from snaptui.clouds.local import demo
from snaptui.clouds.local.demo import make_demo
from snaptui.clouds.local.zones import list_zones
from snaptui.engine import Actor, Repository
from tests.support import known, need

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return make_demo(tmp_path_factory.mktemp("demo") / "repository")


def test_it_is_made_quickly(tmp_path: Path) -> None:
    before = time.process_time()
    make_demo(tmp_path / "repository").close()
    assert time.process_time() - before < 3


def test_every_screen_has_something_to_show(repository: Repository) -> None:
    volumes = {volume.name: volume for volume in repository.volumes()}
    assert set(volumes) == {"build-cache", "db", "mail", "scratch", "web-data", "web-staging"}
    counts = {name: volume.snapshot_count for name, volume in volumes.items()}
    assert counts == {
        "build-cache": 1, "db": 8, "mail": 3, "scratch": 0, "web-data": 8, "web-staging": 1
    }  # fmt: skip
    assert {zone.name: zone.volume_count for zone in list_zones(repository)} == {
        "default": 4, "rack-b": 2
    }  # fmt: skip
    assert repository.snapshot("before-upgrade").pinned
    assert len(repository.trash.list()) == 2
    staging = volumes["web-staging"]
    assert staging.source_snapshot_uid == repository.snapshot("before-upgrade").resource_uid
    assert repository.snapshot("upgrade rehearsal").parent_uid == staging.source_snapshot_uid


def test_ages_look_like_a_history(repository: Repository) -> None:
    now = datetime.now(UTC)
    for volume in repository.volumes():
        ages = [now - each.created_at for each in repository.snapshots(volume.resource_uid)]
        assert ages == sorted(ages)
        if ages:
            assert volume.created_at < now - ages[-1]
    newest = repository.volume("web-data").last_snapshot_at
    assert newest is not None
    assert timedelta(hours=2) < now - newest < timedelta(hours=6)


def test_snapshots_after_the_first_store_only_what_changed(repository: Repository) -> None:
    for volume in repository.volumes():
        snapshots = repository.snapshots(volume.resource_uid)
        for snapshot in snapshots[:-1]:
            assert 0 < known(snapshot.new_bytes) < known(snapshots[-1].data_bytes) / 2
    fuzzy = [each for each in repository.snapshots() if each.consistency == "fuzzy"]
    assert fuzzy == []


def test_it_is_without_damage(repository: Repository) -> None:
    assert repository.check().clean


@pytest.mark.parametrize("name", ["initial import", "before-upgrade", "upgrade rehearsal"])
def test_file_systems_in_it_are_sound(repository: Repository, tmp_path: Path, name: str) -> None:
    need("e2fsck", "mkfs.ext4", "debugfs")
    target = tmp_path / "restored.img"
    uid = repository.snapshot(name).resource_uid
    repository.restore_to_file(uid, target, actor=Actor(user="a", origin="b"))
    subprocess.run(["e2fsck", "-fn", str(target)], check=True, capture_output=True)


def test_without_the_ext4_tools_disks_hold_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "_has_ext4_tools", lambda: False)
    with make_demo(tmp_path / "repository") as repository:
        assert len(repository.snapshots()) == 21
        assert repository.check().clean
    assert (tmp_path / "disks/web-data.img").read_bytes().startswith(b"page 00000000")


def test_a_path_that_debugfs_cannot_be_told_is_no_hindrance(tmp_path: Path) -> None:
    with make_demo(tmp_path / "my demo's" / "repository") as repository:
        assert len(repository.snapshots()) == 21


def test_a_change_touches_only_part_of_a_disk(tmp_path: Path) -> None:
    disk = demo._Records(tmp_path / "disk", random.Random(1))
    disk.fill(8 * 1024 * 1024, 1024 * 1024)
    before = (tmp_path / "disk").read_bytes()
    disk.change(64 * 1024)
    after = (tmp_path / "disk").read_bytes()
    pages = range(0, len(before), 8192)
    changed = sum(before[at : at + 8192] != after[at : at + 8192] for at in pages)
    assert 3 <= changed <= 8
