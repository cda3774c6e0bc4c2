"""A volume on a device is that device, whatever its name is today."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from snaptui.engine import Repository
from snaptui.engine.device import find_device, identity_of
from snaptui.errors import ConflictError, SourceError
from tests.support import ACTOR, MIB, change, need, restored, take

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snaptui.models import Volume


_LOOP_CTL_REMOVE = 0x4C81  # linux/loop.h


def make_sysfs(root: Path, devices: dict[str, tuple[str, dict[str, str]]]) -> str:
    """A sysfs with these block devices: directory below /devices > (number, file > content)."""
    for where, (number, files) in devices.items():
        directory = root / "devices" / where
        for name, content in files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{content}\n")
        for link in (root / "dev/block" / number, root / "class/block" / directory.name):
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(directory)
    return str(root)


def device(number: str) -> os.stat_result:
    major, minor = map(int, number.split(":"))
    fields = [stat.S_IFBLK | 0o660, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    return os.stat_result(fields, {"st_rdev": os.makedev(major, minor)})


def test_a_device_is_known_by_what_tells_most(tmp_path: Path) -> None:
    sysfs = make_sysfs(
        tmp_path,
        {
            "dm-3": ("253:3", {"dm/uuid": "LVM-abc", "dm/name": "vg-root"}),
            "loop0": ("7:0", {"loop/backing_file": "/disk.img", "loop/offset": "0"}),
            "loop1": ("7:1", {"loop/backing_file": "/disk.img", "loop/offset": "1048576"}),
            "nvme0c0n1": ("0:0", {"wwid": "eui.0025", "hidden": "1"}),
            "nvme0n1": ("259:0", {"wwid": "eui.0025", "serial": "S1"}),
            "sda": ("8:0", {"device/wwid": "naa.5000"}),
            "sda/sda2": ("8:2", {"partition": "2", "start": "2048"}),
            "vda": ("254:0", {"serial": ""}),
            "vda/vda1": ("254:1", {"partition": "1", "start": "2048"}),
        },
    )
    told = {
        number: identity_of(device(number), sysfs)
        for number in ("253:3", "7:0", "7:1", "259:0", "8:0", "8:2", "254:0", "254:1")
    }
    assert told == {
        "253:3": "dm-uuid LVM-abc",
        "7:0": "loop /disk.img",
        "7:1": "loop /disk.img from byte 1048576",
        "259:0": "wwid eui.0025",
        "8:0": "wwid naa.5000",
        "8:2": "wwid naa.5000, partition 2 at sector 2048",
        "254:0": "",  # nobody can tell
        "254:1": "",
    }
    assert find_device("wwid naa.5000, partition 2 at sector 2048", sysfs) == ["/dev/sda2"]
    assert find_device("wwid naa.6000", sysfs) == []
    assert find_device("wwid eui.0025", sysfs) == ["/dev/nvme0n1"]
    assert identity_of(os.stat(tmp_path), sysfs) is None


class Loops:
    """Loop devices of the test's own."""

    def __init__(self) -> None:
        self.attached: list[str] = []

    def attach(self, image: Path, at: str | None = None) -> str:
        """Attach an image at a name, or at one that no other test gets from `losetup --find`."""
        name = at or f"/dev/loop{1000 + os.getpid() % 1000 * 4 + len(self.attached)}"
        subprocess.run(["losetup", name, str(image)], check=True)
        self.attached.append(name)
        return name

    def detach(self, name: str) -> None:
        subprocess.run(["losetup", "--detach", name], check=True)
        self.attached.remove(name)


@pytest.fixture
def loops() -> Iterator[Loops]:
    need("losetup", root=True)
    made = Loops()
    yield made
    names = set(made.attached)
    for name in list(made.attached):
        made.detach(name)
    with open("/dev/loop-control", "rb") as control:
        for name in names:
            with suppress(OSError):  # still let go of by the kernel
                fcntl.ioctl(control, _LOOP_CTL_REMOVE, int(name.removeprefix("/dev/loop")))


@pytest.fixture
def disks(tmp_path: Path) -> tuple[Path, Path]:
    ours, others = tmp_path / "ours.img", tmp_path / "others.img"
    ours.write_bytes(b"A" * MIB)
    others.write_bytes(b"B" * MIB)
    return ours, others


def register(repository: Repository, path: str) -> Volume:
    return repository.add_volume(
        name="disk", path=Path(path), size_bytes=MIB, zone="default", managed=False, actor=ACTOR
    )


def test_another_disk_under_the_same_name_is_neither_read_nor_written(
    repository: Repository, loops: Loops, disks: tuple[Path, Path]
) -> None:
    ours, others = disks
    name = loops.attach(ours)
    volume = register(repository, name)
    snapshot = take(repository, volume)
    loops.detach(name)
    loops.attach(others, at=name)  # as after a boot in which disks appear in another order
    with pytest.raises(SourceError, match="another device"):
        repository.restore_in_place(snapshot.resource_uid, actor=ACTOR)
    assert others.read_bytes() == b"B" * MIB
    with pytest.raises(SourceError, match="another device"):
        take(repository, volume)
    assert len(repository.snapshots()) == 1
    assert not repository.catalog.rows("leases")


def test_a_disk_that_got_another_name_is_found_again(
    repository: Repository, loops: Loops, disks: tuple[Path, Path], tmp_path: Path
) -> None:
    ours, others = disks
    name = loops.attach(ours)
    volume = register(repository, name)
    first = take(repository, volume)
    loops.detach(name)
    loops.attach(others, at=name)
    moved = loops.attach(ours)
    assert moved != name
    second = take(repository, volume)
    assert second.stored_bytes == 0
    assert second.parent_uid == first.resource_uid
    assert restored(repository, second, tmp_path) == b"A" * MIB
    assert repository.volume(volume.resource_uid).path == moved
    assert any(moved in event.text for event in repository.events(volume.resource_uid))


def test_disks_that_changed_names_with_each_other_are_found_again(
    repository: Repository, loops: Loops, disks: tuple[Path, Path], tmp_path: Path
) -> None:
    names = [loops.attach(disk) for disk in disks]
    volumes = [register(repository, name) for name in names]
    for name in names:
        loops.detach(name)
    for disk, name in zip(disks, reversed(names), strict=True):
        loops.attach(disk, at=name)
    for disk, volume in zip(disks, volumes, strict=True):
        assert restored(repository, take(repository, volume), tmp_path) == disk.read_bytes()
    paths = [repository.volume(volume.resource_uid).path for volume in volumes]
    assert paths == names[::-1]


def keep_identity(repository: Repository, volume: Volume, identity: str | None) -> None:
    """Write down what a volume's device was; None: nothing at all."""
    with repository.catalog.transaction() as transaction:
        document = dict(transaction.get("volumes", volume.resource_uid) or {})
        document["device_identity"] = identity
        if identity is None:
            del document["device_identity"]
        transaction.put("volumes", volume.resource_uid, document)


def test_a_device_that_may_be_another_volume_is_not_found(
    repository: Repository, loops: Loops, disks: tuple[Path, Path]
) -> None:
    ours, others = disks
    name, elsewhere = loops.attach(ours), loops.attach(others)
    volume, other = register(repository, name), register(repository, elsewhere)
    keep_identity(repository, other, "")
    for each in (name, elsewhere):
        loops.detach(each)
    loops.attach(ours, at=elsewhere)
    with pytest.raises(ConflictError, match="registered as disk"):
        take(repository, volume)


def test_a_name_that_another_disk_had_is_free(
    repository: Repository, loops: Loops, disks: tuple[Path, Path], tmp_path: Path
) -> None:
    ours, others = disks
    name = loops.attach(ours)
    volume = register(repository, name)
    loops.detach(name)
    loops.attach(others, at=name)
    snapshot = take(repository, register(repository, name))
    assert restored(repository, snapshot, tmp_path) == b"B" * MIB
    with pytest.raises(SourceError, match="another device"):
        take(repository, volume)


def test_a_disk_that_got_another_name_is_no_other_volume(
    repository: Repository, loops: Loops, disks: tuple[Path, Path]
) -> None:
    ours, others = disks
    name = loops.attach(ours)
    volume = register(repository, name)
    loops.detach(name)
    loops.attach(others, at=name)
    moved = loops.attach(ours)
    with pytest.raises(ConflictError, match=f"as volume disk .{volume.resource_uid}"):
        register(repository, moved)
    # two disks with one serial number are two all the same
    keep_identity(repository, volume, identity_of(os.stat(name)))
    loops.detach(moved)
    assert register(repository, loops.attach(others)).path != name


def test_a_device_from_before_identities_were_kept_goes_on_working(
    repository: Repository, loops: Loops, disks: tuple[Path, Path], tmp_path: Path
) -> None:
    volume = register(repository, loops.attach(disks[0]))
    keep_identity(repository, volume, None)
    snapshot = take(repository, volume)
    assert restored(repository, snapshot, tmp_path) == b"A" * MIB
    change(disks[0], 0, b"B")
    repository.restore_in_place(snapshot.resource_uid, actor=ACTOR)
    assert Path(volume.path).read_bytes() == b"A" * MIB


def test_a_file_where_a_device_was_is_not_taken_for_it(
    repository: Repository, volume: Volume, image: Path
) -> None:
    take(repository, volume)
    keep_identity(repository, volume, "wwid naa.5000")
    with pytest.raises(SourceError, match="is a file now"):
        take(repository, volume)
