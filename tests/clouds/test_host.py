"""Who uses a volume: found on the real host, with real mounts, loop devices and processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from snaptui.clouds.local import mounts, processes
from snaptui.clouds.local.host import find_users
from snaptui.clouds.local.mounts import Loop, device_path, read_loops, read_mounts, unescape

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from snaptui.models import Attachment
from tests.support import need, wait_until

MIB = 1024 * 1024


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "web data.img"
    with path.open("wb") as file:
        file.truncate(16 * MIB)
    return path


@pytest.fixture
def clean_up() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def run(*arguments: str | Path) -> str:
    done = subprocess.run(
        [str(each) for each in arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def attach(clean_up: ExitStack) -> Callable[..., str]:
    """Make a loop device of a file."""

    def make(path: Path, *options: str) -> str:
        need("losetup", root=True)
        try:
            device = run("losetup", "--find", "--show", *options, path)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"needs loop devices: {error.stderr.strip()}")
        clean_up.callback(run, "losetup", "--detach", device)
        return device

    return make


@pytest.fixture
def mounted(clean_up: ExitStack, tmp_path: Path) -> Callable[[str], Path]:
    """Mount a device with an ext4 file system."""

    def make(device: str) -> Path:
        need("mkfs.ext4", root=True)
        run("mkfs.ext4", "-q", device)
        point = tmp_path / f"mount point {Path(device).name}"
        point.mkdir()
        run("mount", device, point)
        clean_up.callback(run, "umount", point)
        return point

    return make


HOLD = """
import os, sys
flags = {"r": os.O_RDONLY, "w": os.O_WRONLY, "rw": os.O_RDWR, "path": os.O_PATH}[sys.argv[1]]
held = os.open(sys.argv[2], flags)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def hold(clean_up: ExitStack, tmp_path: Path) -> Callable[..., int]:
    """Start a process that holds a file open."""

    def make(mode: str, path: Path | str, *more: str, program: str = sys.executable) -> int:
        script = tmp_path / "hold.py"
        script.write_text(HOLD)
        process = subprocess.Popen(
            [program, str(script), mode, str(path), *more],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        clean_up.callback(process.wait)
        clean_up.callback(process.communicate)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process.pid

    return make


def users_of(path: Path | str) -> list[Attachment]:
    return find_users([path])[str(path)]


def named(path: Path | str) -> list[tuple[str, str]]:
    return [(user.instance, user.device) for user in users_of(path)]


def test_a_file_that_nobody_uses_has_no_users(image: Path) -> None:
    assert users_of(image) == []


def test_what_is_not_there_has_no_users(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    assert find_users([missing, "nul\0byte"]) == {missing: [], "nul\0byte": []}
    assert find_users([]) == {}


def test_a_loop_device_uses_its_file_under_any_of_its_names(
    image: Path, tmp_path: Path, attach: Callable[..., str]
) -> None:
    hard, soft = tmp_path / "hard.img", tmp_path / "soft.img"
    hard.hardlink_to(image)
    soft.symlink_to(image)
    device = attach(image)
    for path in (image, hard, soft):
        assert named(path) == [("loop device", device)]
    assert named(device) == []


def test_a_loop_device_holds_the_file_it_was_given_not_one_that_took_its_name(
    image: Path, tmp_path: Path, attach: Callable[..., str]
) -> None:
    device = attach(image)
    moved = image.rename(tmp_path / "moved.img")
    image.write_bytes(bytes(MIB))
    assert named(moved) == [("loop device", device)]
    assert named(image) == []


def test_a_mounted_loop_device_is_told_by_its_mount_points(
    image: Path, tmp_path: Path, attach: Callable[..., str], mounted: Callable[[str], Path],
    clean_up: ExitStack,
) -> None:  # fmt: skip
    device = attach(image)
    point = mounted(device)
    assert named(image) == [(f"mount {point}", device)]
    assert named(device) == [(f"mount {point}", device)]

    second = tmp_path / "second"
    second.mkdir()
    run("mount", "--bind", point, second)
    clean_up.callback(run, "umount", second)
    assert named(image) == [(f"mount {point}", device), (f"mount {second}", device)]


def test_a_mounted_partition_uses_its_disk(
    image: Path, attach: Callable[..., str], mounted: Callable[[str], Path]
) -> None:
    need("addpart")
    device = attach(image, "--partscan")
    part = f"{device}p1"
    run("addpart", device, "1", "2048", "16384")
    wait_until(lambda: Path(part).exists())
    assert named(image) == [("loop device", device)]
    point = mounted(part)
    for path in (image, device, part):
        assert named(path) == [(f"mount {point}", part)]


def test_a_mount_in_another_mount_namespace_counts(
    image: Path, tmp_path: Path, attach: Callable[..., str], clean_up: ExitStack
) -> None:
    need("mkfs.ext4", "unshare", root=True)
    device = attach(image)
    run("mkfs.ext4", "-q", device)
    point = tmp_path / "private"
    point.mkdir()
    process = subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", 'mount "$1" "$2" && echo mounted && cat', "sh",
         device, str(point)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    clean_up.callback(process.communicate)
    assert process.stdout is not None
    if process.stdout.readline() != "mounted\n":
        pytest.skip("needs unshare --mount")
    assert all(mount.point != str(point) for mount in read_mounts())
    assert named(image) == [(f"mount {point}", device)]


def test_swap_uses_a_file(image: Path, clean_up: ExitStack) -> None:
    need("mkswap", "swapon", root=True)
    image.chmod(0o600)
    image.write_bytes(bytes(16 * MIB))
    run("mkswap", image)
    try:
        run("swapon", image)
    except subprocess.CalledProcessError:
        pytest.skip("needs to be allowed to swap to a file")
    clean_up.callback(run, "swapoff", image)
    assert named(image) == [("swap", str(image))]


def test_a_writer_uses_a_file_and_a_reader_does_not(image: Path, hold: Callable[..., int]) -> None:
    hold("r", image)
    hold("path", image)
    assert users_of(image) == []
    before = datetime.now(UTC)
    writer, both = hold("w", image), hold("rw", image)
    comm = Path(f"/proc/{writer}/comm").read_text().strip()
    users = users_of(image)
    assert [user.instance for user in users] == [
        f"process {pid} {comm}" for pid in sorted((writer, both))
    ]
    for user in users:
        assert user.device == str(image)
        assert user.volume_uid == ""
        assert user.since is not None
        assert abs(user.since - before) < timedelta(seconds=60)


def test_a_writer_to_a_loop_device_uses_the_file_behind_it(
    image: Path, attach: Callable[..., str], hold: Callable[..., int]
) -> None:
    device = attach(image)
    pid = hold("rw", device)
    assert named(device)[0][0].startswith(f"process {pid} ")
    users = named(image)
    assert users[0] == ("loop device", device)
    assert users[1][0].startswith(f"process {pid} ")
    assert users[1][1] == device


def test_we_do_not_use_a_volume_ourselves(image: Path, tmp_path: Path, clean_up: ExitStack) -> None:
    with image.open("r+b"):
        assert users_of(image) == []
    package = tmp_path / "package" / "snaptui"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "worker.py").write_text(HOLD)
    for command in (
        [sys.executable, "-m", "snaptui.worker"],
        [sys.executable, str(shutil.copy(package / "worker.py", tmp_path / "snaptui"))],
    ):
        process = subprocess.Popen(
            [*command, "rw", str(image)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=package.parent,
            env={**os.environ, "PYTHONPATH": str(package.parent)},
        )  # fmt: skip
        clean_up.callback(process.communicate)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
    assert users_of(image) == []


@pytest.mark.parametrize(
    ("program", "arguments", "name"),
    [
        ("qemu-system-x86_64", ["-name", "guest=web1,debug-threads=on", "-m", "512"], "web1"),
        ("qemu-system-x86_64", ["-nodefaults", "-name", "web 1,process=x"], "web 1"),
        ("qemu-system-aarch64", ["-name", "debug-threads=on,guest=a,,b"], "a,b"),
        ("qemu-kvm", ["-m", "1"], None),
        ("firecracker", ["--id", "fc-7", "--api-sock", "/run/fc"], "fc-7"),
        ("cloud-hypervisor", ["--cpus", "boot=1"], None),
    ],
)
def test_a_virtual_machine_is_told_by_its_name_and_comes_first(
    image: Path, tmp_path: Path, hold: Callable[..., int], program: str, arguments: list[str],
    name: str | None,
) -> None:  # fmt: skip
    # the hypervisor's name over our own interpreter: what the kernel shows of it is what counts
    machine = tmp_path / program
    shutil.copy(os.path.realpath(sys.executable), machine)
    first = hold("rw", image)
    pid = hold("rw", image, *arguments, program=str(machine))
    users = named(image)
    assert users[0][0] == (name or f"{program[:15]} {pid}")
    assert users[1][0].startswith(f"process {first} ")


def test_another_users_machine_is_known_by_its_command_line(
    tmp_path: Path, hold: Callable[..., int], clean_up: ExitStack
) -> None:
    need(root=True)
    # pytest's own directories are closed to other users
    open_to_all = Path(clean_up.enter_context(TemporaryDirectory()))
    open_to_all.chmod(0o755)
    image = open_to_all / "web.img"
    image.write_bytes(bytes(MIB))
    machine = tmp_path / "qemu-system-x86_64"
    shutil.copy(os.path.realpath(sys.executable), machine)
    drive = f"file={image},if=virtio,format=raw"
    hold("rw", image, "-name", "guest=web1", "-drive", drive, program=str(machine))
    # open files of root are not to be seen by nobody, the command line is
    code = (
        "import os, sys; from snaptui.clouds.local.host import find_users;"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534);"
        "print([user.instance for users in find_users(sys.argv[1:]).values() for user in users])"
    )
    assert run(sys.executable, "-c", code, image, image.with_suffix(".im")) == "['web1']"


def test_many_volumes_are_looked_up_in_one_pass(
    tmp_path: Path, hold: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / f"{number}.img" for number in range(50)]
    for path in paths:
        path.write_bytes(bytes(512))
    hold("rw", paths[7])
    looks = []

    def look(*given: Collection[Any]) -> list[processes.Holder]:
        looks.append(given)
        return processes.find_holders(*given)

    monkeypatch.setattr("snaptui.clouds.local.host.find_holders", look)
    users = find_users(paths)
    assert len(looks) == 1
    assert {path for path, found in users.items() if found} == {str(paths[7])}


def test_thousands_of_open_files_cost_little(image: Path, clean_up: ExitStack) -> None:
    code = """
import os, resource, socket, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
held = [socket.socket() for _ in range(2000)] + [os.open(sys.executable, 0) for _ in range(1000)]
print("held", flush=True)
sys.stdin.read()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    clean_up.callback(process.communicate)
    assert process.stdout is not None
    if process.stdout.readline() != "held\n":
        pytest.skip("needs to be allowed 3000 open files")
    before = time.process_time()
    assert users_of(image) == []
    assert time.process_time() - before < 0.5


# What sysfs looks like for device-mapper and RAID, for hosts whose kernel has neither.
@pytest.fixture
def sysfs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    devices, numbers, blocks = tmp_path / "devices", tmp_path / "dev/block", tmp_path / "block"
    numbers.mkdir(parents=True)
    blocks.mkdir()
    for name, number in (
        ("sdx", "8:208"),
        ("sdx/sdx1", "8:209"),
        ("dm-7", "253:7"),
        ("md3", "9:3"),
    ):
        directory = devices / name
        (directory / "holders").mkdir(parents=True)
        (directory / "dev").write_text(f"{number}\n")
        (numbers / number).symlink_to(directory)
        if "/" not in name:
            (blocks / name).symlink_to(directory)
    (devices / "sdx/sdx1/partition").write_text("1\n")
    (devices / "sdx/sdx1/holders/md3").symlink_to(devices / "md3")
    (devices / "md3/holders/dm-7").symlink_to(devices / "dm-7")
    (devices / "dm-7/dm").mkdir()
    (devices / "dm-7/dm/name").write_text("vg-home\n")
    monkeypatch.setattr(mounts, "SYS_BLOCK", blocks)
    monkeypatch.setattr(mounts, "_SYS_DEVICES", numbers)
    return devices


def test_sysfs_tells_partitions_holders_and_names(sysfs: Path) -> None:
    disk, part, raid, mapped = (
        os.makedev(8, 208), os.makedev(8, 209), os.makedev(9, 3), os.makedev(253, 7)
    )  # fmt: skip
    assert list(mounts.partitions(disk)) == [part]
    assert mounts.disk_of(part) == disk
    assert mounts.disk_of(disk) is None
    assert list(mounts.holders(part)) == [raid]
    assert list(mounts.holders(raid)) == [mapped]
    assert [device_path(each) for each in (disk, part, raid, mapped)] == [
        "/dev/sdx", "/dev/sdx1", "/dev/md3", "/dev/mapper/vg-home"
    ]  # fmt: skip
    assert device_path(os.makedev(8, 255)) == "device 8:255"


def test_a_mapped_device_on_a_raid_on_a_partition_uses_the_disk(
    sysfs: Path, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = os.makedev(8, 208)
    info = image.stat()
    loop = Loop(disk, "/dev/sdx", info.st_dev, info.st_ino)
    monkeypatch.setattr("snaptui.clouds.local.host.read_loops", lambda: [loop])
    assert named(image) == [("device-mapper", "/dev/mapper/vg-home")]
    (sysfs / "md3/holders/dm-7").unlink()
    assert named(image) == [("RAID", "/dev/md3")]
    (sysfs / "sdx/sdx1/holders/md3").unlink()
    assert named(image) == [("device", "/dev/sdx")]


def test_the_kernels_escapes_are_undone() -> None:
    assert unescape(r"/mnt/a\040b\134c") == "/mnt/a b\\c"
    assert unescape("/mnt/a") == "/mnt/a"


def test_our_own_mounts_are_read() -> None:
    assert any(mount.point == "/" for mount in read_mounts())
    assert read_mounts(2**30) == []


def test_loops_are_known_without_being_allowed_to_open_them(
    image: Path, attach: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    device = attach(image)
    by_driver = {loop.path: loop for loop in read_loops()}[device]
    monkeypatch.setattr(mounts, "_backing_by_ioctl", lambda path: None)
    assert {loop.path: loop for loop in read_loops()}[device] == by_driver
