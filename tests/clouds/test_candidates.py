"""What is offered to be registered: raw images in likely places and the host's block devices."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from snaptui.clouds.local import candidates
from snaptui.clouds.local.candidates import content, find_candidates, likely_places
from snaptui.clouds.local.mounts import read_loops
from snaptui.models import Candidate
from tests.support import need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MIB = 1024 * 1024


def make(path: Path, head: bytes = b"", size: int = MIB) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(head)
        file.truncate(size)
    return path


def files(places: list[Path], exclude: list[Path] | None = None) -> list[Candidate]:
    return [each for each in find_candidates(exclude or [], places) if each.kind == "file"]


def paths(places: list[Path], exclude: list[Path] | None = None) -> list[str]:
    return [each.path for each in files(places, exclude)]


def test_raw_images_are_found_with_their_size(tmp_path: Path) -> None:
    second = make(tmp_path / "vms/web/disk.RAW", size=3 * MIB)
    first = make(tmp_path / "a.img")
    assert files([tmp_path]) == [
        Candidate(path=str(first), kind="file", size_bytes=MIB),
        Candidate(path=str(second), kind="file", size_bytes=3 * MIB),
    ]


def test_what_is_no_raw_image_is_not_offered(tmp_path: Path) -> None:
    make(tmp_path / "cow.img", b"QFI\xfb\0\0\0\3")
    make(tmp_path / "initrd.img", b"\x1f\x8b\x08\0")
    make(tmp_path / "notes.txt")
    make(tmp_path / "firmware.bin")
    make(tmp_path / "tiny.img", size=4096)
    make(tmp_path / "empty.img", size=0)
    make(tmp_path / "odd.img", size=MIB + 1)
    make(tmp_path / ".cache/hidden.img")
    make(tmp_path / "node_modules/x.img")
    make(tmp_path / "1/2/3/4/deep.img")
    (tmp_path / "directory.img").mkdir()
    (tmp_path / "link.img").symlink_to(make(tmp_path / "elsewhere/target"))
    os.mkfifo(tmp_path / "pipe.img")
    assert paths([tmp_path]) == []


def test_what_is_registered_is_not_offered_by_any_of_its_names(tmp_path: Path) -> None:
    known = make(tmp_path / "known.img")
    (tmp_path / "same.img").hardlink_to(known)
    (tmp_path / "link").symlink_to(known)
    make(tmp_path / "pool/volume.img")
    other = make(tmp_path / "other.img")
    assert paths([tmp_path], [tmp_path / "link", tmp_path / "pool"]) == [str(other)]
    assert paths([tmp_path], [tmp_path]) == []


def test_places_that_hold_each_other_are_looked_into_once(tmp_path: Path) -> None:
    image = make(tmp_path / "a/b.img")
    assert paths([tmp_path, tmp_path / "a", tmp_path / "missing", image]) == [str(image)]


def test_the_look_is_bounded_in_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        make(tmp_path / f"{number:02}.img")
    monkeypatch.setattr(candidates, "_FILES_MAX", 10)
    assert len(paths([tmp_path])) == 10
    monkeypatch.setattr(candidates, "_FILES_MAX", 200)
    monkeypatch.setattr(candidates, "_SECONDS_MAX", -1.0)
    assert paths([tmp_path]) == []


def test_twenty_thousand_files_take_no_longer_than_the_bound(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / str(number)).mkdir()
        for name in range(500):
            (tmp_path / str(number) / f"{name}.txt").touch()
    before = time.monotonic()
    find_candidates([], [tmp_path])
    assert time.monotonic() - before < 5 * candidates._SECONDS_MAX


def test_an_unreadable_file_is_not_offered_and_harms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "bad.img")
    good = make(tmp_path / "good.img")
    real = os.open

    def failing(path: str, *rest: int) -> int:
        if str(path).endswith("bad.img"):
            raise PermissionError(13, "Permission denied", path)
        return real(path, *rest)

    monkeypatch.setattr(os, "open", failing)
    assert paths([tmp_path]) == [str(good)]


@pytest.fixture
def clean_up() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def attach(clean_up: ExitStack) -> Callable[[Path], str]:
    def make_loop(path: Path) -> str:
        need("losetup", root=True)
        done = subprocess.run(
            ["losetup", "--find", "--show", path], capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"needs loop devices: {done.stderr.strip()}")
        device = done.stdout.strip()
        clean_up.callback(subprocess.run, ["losetup", "--detach", device], check=True)
        return device

    return make_loop


def devices(exclude: list[Path] | None = None) -> dict[str, Candidate]:
    return {each.path: each for each in find_candidates(exclude or [], []) if each.kind == "device"}


def test_a_device_that_one_may_not_read_is_offered_but_says_so(
    tmp_path: Path, attach: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    device = attach(make(tmp_path / "a.img"))
    assert devices()[device].readable
    real = os.open

    def failing(path: str, *rest: int) -> int:
        if str(path) == device:
            raise PermissionError(13, "Permission denied", path)
        return real(path, *rest)

    monkeypatch.setattr(os, "open", failing)
    found = devices()[device]
    assert not found.readable
    assert "not readable" in found.detail


def test_a_loop_device_is_offered_while_a_file_is_behind_it(
    tmp_path: Path, attach: Callable[[Path], str]
) -> None:
    need("mkfs.ext4")
    image = make(tmp_path / "a.img", size=8 * MIB)
    subprocess.run(["mkfs.ext4", "-q", image], check=True)
    device = attach(image)
    assert devices()[device] == Candidate(
        path=device, kind="device", size_bytes=8 * MIB, detail="ext4"
    )
    assert device not in devices([Path(device)])
    assert device not in devices([image])
    (image_found,) = files([tmp_path])
    assert image_found.detail == "ext4, in use: loop device"


def test_only_devices_with_something_in_them_are_offered() -> None:
    before = {loop.path for loop in read_loops()}
    found = devices()
    for path, candidate in found.items():
        assert candidate.size_bytes >= MIB
        assert Path(path).is_block_device()
    assert not any(path.startswith(("/dev/zram", "/dev/ram", "/dev/sr")) for path in found)
    backed = before | {loop.path for loop in read_loops()}
    assert {path for path in found if path.startswith("/dev/loop")} <= backed


def test_likely_places_begin_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert likely_places()[:2] == [tmp_path, tmp_path / "home"]
    image = make(tmp_path / "here.img")
    assert str(image) in {each.path for each in find_candidates()}


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (bytes(4096), ""),
        (b"", ""),
        (bytes(1080) + b"\x53\xef", "ext4"),
        (bytes(510) + b"\x55\xaaEFI PART", "GPT"),
        (bytes(510) + b"\x55\xaa", "partitioned"),
        (b"LUKS\xba\xbe\0\2", "LUKS"),
    ],
)
def test_content_is_told_from_the_beginning(head: bytes, name: str) -> None:
    assert content(head) == name
