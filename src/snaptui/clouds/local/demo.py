"""A throw-away repository with something to show: small real volumes with a real history.

Disks are made, changed and snapshotted as an admin's would be, only that the clock is told to be
earlier. Where the ext4 tools are there, the disks hold file systems; else they hold plain records.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from snaptui.clouds.local.zones import add_zone
from snaptui.engine import Actor, Repository
from snaptui.units import KIB, MIB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.models import Volume

_PAGE = 8 * KIB


@dataclass(frozen=True, slots=True)
class _Moment:
    """A snapshot of the history, and what changed before it."""

    name: str
    age: timedelta
    changed_bytes: int
    description: str = ""
    user: str = "root"


@dataclass(frozen=True, slots=True)
class _Disk:
    """A volume of the demo."""

    name: str
    size_bytes: int
    data_bytes: int
    zone: str
    history: Sequence[_Moment]


def _hours(count: float) -> timedelta:
    return timedelta(hours=count)


def _nightly(nights: Sequence[int], changed_bytes: int, hour: float) -> list[_Moment]:
    """Snapshots as a timer takes them, `nights` ago."""
    now = datetime.now(UTC)
    found = []
    for night in nights:
        age = _hours(24 * night + hour)
        found.append(
            _Moment(f"nightly-{now - age:%m%d}", age, changed_bytes, "by the nightly timer")
        )
    return found


def _disks() -> list[_Disk]:
    web = [
        _Moment("initial import", _hours(24 * 41), 0, "as it came from the old server", "alice"),
        *_nightly([9, 6, 4], 600 * KIB, 3),
        _Moment("before-upgrade", _hours(50), 350 * KIB, "nginx 1.26 to 1.28", "alice"),
        _Moment("after-upgrade", _hours(49), 1200 * KIB, user="alice"),
        *_nightly([1, 0], 500 * KIB, 3),
    ]
    database = [
        _Moment("schema 14", _hours(24 * 20), 0, "before the migration", "bob"),
        _Moment("schema 15", _hours(24 * 19.9), 3 * MIB, "after the migration", "bob"),
        *_nightly([5, 4, 3, 2, 1], 900 * KIB, 2),
        _Moment("before-vacuum", _hours(1.2), 300 * KIB, user="bob"),
    ]
    mail = _nightly([21, 18, 14, 7, 0], 450 * KIB, 4)
    cache = [_Moment("warm", _hours(24 * 3), 0, "fast first build on a new runner", "ci")]
    return [
        _Disk("web-data", 64 * MIB, 7 * MIB, "default", web),
        _Disk("db", 48 * MIB, 9 * MIB, "default", database),
        _Disk("mail", 32 * MIB, 4 * MIB, "default", mail),
        _Disk("build-cache", 24 * MIB, 5 * MIB, "rack-b", cache),
    ]


def make_demo(repository_path: Path) -> Repository:
    """Make a repository at a path where nothing is, with volumes and snapshots in it.

    The disks' files are made beside it, in `disks` and `rack-b`.

    Returns:
        The open repository.
    """
    repository = Repository.create(repository_path)
    places = {"default": repository_path.parent / "disks"}
    places["rack-b"] = repository_path.parent / "rack-b"
    for place in places.values():
        place.mkdir(parents=True)
    host = Actor(user="root", origin="demo")
    add_zone(repository, "rack-b", str(places["rack-b"]), host)
    _tell_histories(repository, places)
    _tidy_up(repository, host)
    _clone_and_go_on(repository, places["rack-b"])
    repository.create_volume(
        name="scratch",
        zone="default",
        path=repository.layout.volumes / "scratch.raw",
        size_bytes=16 * MIB,
        actor=host,
    )
    return repository


def _tell_histories(repository: Repository, places: dict[str, Path]) -> None:
    """Make the disks, and snapshot each after each of its changes.

    All disks change before the first one is read: a snapshot waits until a change is old enough to
    be told from a later one by its time, and so one wait does for all.
    """
    now = datetime.now(UTC)
    disks = _disks()
    contents: list[_Content] = []
    volumes: list[Volume] = []
    for disk in disks:
        path = places[disk.zone] / f"{disk.name}.img"
        contents.append(_content_at(path, disk.name))
        contents[-1].fill(disk.size_bytes, disk.data_bytes)
        first = disk.history[0]
        volumes.append(
            repository.add_volume(
                name=disk.name,
                path=path.resolve(),
                size_bytes=disk.size_bytes,
                zone=disk.zone,
                managed=False,
                actor=Actor(user=first.user, origin="demo"),
                created_at=now - first.age - _hours(0.1),
            )
        )
    for round_ in zip_longest(*(disk.history for disk in disks)):
        for content, moment in zip(contents, round_, strict=True):
            if moment is not None:
                content.change(moment.changed_bytes)
        for volume, moment in zip(volumes, round_, strict=True):
            if moment is not None:
                repository.take_snapshot(
                    volume.resource_uid,
                    name=moment.name,
                    description=moment.description,
                    actor=Actor(user=moment.user, origin="demo"),
                    created_at=now - moment.age,
                )


def _tidy_up(repository: Repository, actor: Actor) -> None:
    """Pin what must not go, and delete the oldest nightly ones, which can be taken back."""
    repository.pin([repository.snapshot("before-upgrade").resource_uid], actor)
    mail = repository.snapshots(repository.volume("mail").resource_uid)
    repository.trash.put([snapshot.resource_uid for snapshot in mail[3:]], actor)


def _clone_and_go_on(repository: Repository, directory: Path) -> None:
    """Clone a snapshot into the other zone, and take a snapshot of the clone."""
    alice = Actor(user="alice", origin="demo")
    now = datetime.now(UTC)
    clone = repository.clone(
        repository.snapshot("before-upgrade").resource_uid,
        name="web-staging",
        zone="rack-b",
        path=directory / "web-staging.raw",
        actor=alice,
        created_at=now - _hours(30),
    )
    _content_at(Path(clone.path), "web-staging").change(700 * KIB)
    repository.take_snapshot(
        clone.resource_uid,
        name="upgrade rehearsal",
        description="what the upgrade changed on staging",
        actor=alice,
        created_at=now - _hours(29),
    )


class _Records:
    """A disk that holds records, as a database's does: pages with a number, a sum and rows."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self._path = path
        self._chance = chance
        self._pages = 0
        self._text = _Text(chance)

    def fill(self, size_bytes: int, data_bytes: int) -> None:
        """Make the disk, sparse where it has no records."""
        with self._path.open("wb") as file:
            file.truncate(size_bytes)
        self._append(data_bytes // _PAGE)

    def change(self, changed_bytes: int) -> None:
        """Rewrite some pages, most of them near each other, and append a few."""
        count = changed_bytes // _PAGE
        if self._pages:
            hot = self._chance.randrange(self._pages)
            with self._path.open("r+b") as file:
                for _ in range(count * 3 // 4):
                    near = (hot + int(self._chance.expovariate(1 / 40))) % self._pages
                    self._write(file.fileno(), near)
            count -= count * 3 // 4
        self._append(count)

    def _append(self, count: int) -> None:
        with self._path.open("r+b") as file:
            for number in range(self._pages, self._pages + count):
                self._write(file.fileno(), number)
        self._pages += count

    def _write(self, descriptor: int, number: int) -> None:
        head = f"page {number:08d} lsn {self._chance.getrandbits(48):012x}\n".encode()
        rows = self._chance.randbytes(_PAGE // 2)
        page = (head + rows + self._text.some(_PAGE // 2))[:_PAGE].ljust(_PAGE, b"\0")
        os.pwrite(descriptor, page, number * _PAGE)


class _FileSystem:
    """A disk with an ext4 file system that files come to and go from."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self._path = path
        self._chance = chance
        self._text = _Text(chance)
        self._files: list[str] = []

    def fill(self, size_bytes: int, data_bytes: int) -> None:
        """Make the file system with files in it."""
        tree = self._path.with_suffix(".tree")
        tree.mkdir()
        written = 0
        while written < data_bytes:
            name, data = self._new_file()
            (tree / name).write_bytes(data)
            written += len(data)
        with self._path.open("wb") as file:
            file.truncate(size_bytes)
        quick = ["-E", "lazy_itable_init=1", "-O", "^has_journal"]
        subprocess.run(
            ["mkfs.ext4", "-q", "-F", *quick, "-d", str(tree), str(self._path)],
            check=True,
            capture_output=True,
        )
        shutil.rmtree(tree)

    def change(self, changed_bytes: int) -> None:
        """Write new files over some, and add others."""
        if not changed_bytes:
            return
        tree = self._path.with_suffix(".tree")
        tree.mkdir()
        commands = []
        written = 0
        while written < changed_bytes:
            if self._files and self._chance.random() < 0.4:
                gone = self._files.pop(self._chance.randrange(len(self._files)))
                commands.append(f"rm {gone}")
            name, data = self._new_file()
            (tree / name).write_bytes(data)
            commands.append(f"write {tree / name} {name}")
            written += len(data)
        script = tree / "commands"
        script.write_text("\n".join(commands))
        subprocess.run(
            ["debugfs", "-w", "-f", str(script), str(self._path)], check=True, capture_output=True
        )
        shutil.rmtree(tree)

    def _new_file(self) -> tuple[str, bytes]:
        """A file as web servers and mail hosts have: pictures, pages and logs."""
        size = int(self._chance.uniform(8, 160)) * KIB
        ending = self._chance.choice(["jpg", "webp", "html", "log"])
        name = f"{self._chance.getrandbits(32):08x}.{ending}"
        self._files.append(name)
        if ending in {"jpg", "webp"}:
            return name, self._chance.randbytes(size)
        return name, self._text.some(size)


class _Text:
    """Text as logs and pages have it, which compresses as such."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        numbers = [chance.getrandbits(32) for _ in range(3000)]
        self._lines = b"".join(
            b"10.0.%d.%d GET /item/%d 200 %d\n"
            % (number >> 24, number >> 16 & 255, number & 0xFFFF, number >> 20)
            for number in numbers
        )

    def some(self, size: int) -> bytes:
        """A piece of it, seldom the same."""
        at = self._chance.randrange(len(self._lines))
        return (self._lines[at:] + self._lines * (size // len(self._lines) + 1))[:size]


_Content = _Records | _FileSystem


def _content_at(path: Path, name: str) -> _Content:
    """What a disk of that name holds."""
    chance = random.Random(name)  # noqa: S311 (the same in every demo)
    # a path with blanks or quotes cannot be said to debugfs
    if name != "db" and _has_ext4_tools() and not set(str(path)) & set(" \"'\\\t\n"):
        return _FileSystem(path, chance)
    return _Records(path, chance)


def _has_ext4_tools() -> bool:
    return all(shutil.which(tool) for tool in ("mkfs.ext4", "debugfs"))
