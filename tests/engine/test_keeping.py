"""An import that is cut short keeps what it has stored, and the next one goes on from it."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest

from snaptui.engine import Repository
from snaptui.engine.operations import keeping
from snaptui.engine.operations.importing import BlockSupply, ImportOptions, import_snapshot
from snaptui.engine.session import StoreSession
from snaptui.errors import CloudDownError, JobCancelledError, NoSpaceError
from snaptui.models import Snapshot
from snaptui.progress import ProgressCallback, no_progress
from tests.engine.supply import SIZE, WHEN, block, origin
from tests.support import ACTOR, restored

COUNT = 40
DATA = {number: block(number) for number in range(COUNT) if number % 7 != 3}
"""A volume of many blocks, with holes; all are sent that hold data."""


class Source:
    """Sends the blocks, until it is cut short.

    Attributes:
        sent: what was asked for.
        cut_after: after so many blocks there is no more.
    """

    def __init__(self, data: dict[int, bytes] = DATA, cut_after: int = 10_000) -> None:
        self.data = data
        self.cut_after = cut_after
        self.sent: list[int] = []

    def supply(self, good: bool) -> BlockSupply:
        left_out = [lambda _: False]

        def send() -> Iterator[tuple[int, bytes]]:
            for number in sorted(self.data):
                if left_out[-1](number):
                    continue
                if len(self.sent) == self.cut_after:
                    raise CloudDownError("the line was cut")
                self.sent.append(number)
                yield number, self.data[number]

        return BlockSupply(
            size_bytes=COUNT * SIZE,
            block_size=SIZE,
            since_base=False,
            total_bytes=len(self.data) * SIZE,
            blocks=send(),
            leave_out=left_out.append,
        )

    def bring(
        self,
        repository: Repository,
        kept: Path | None,
        uid: str = "snap-a",
        progress: ProgressCallback = no_progress,
    ) -> Snapshot:
        options = ImportOptions(
            name="home", volume_name="web", created_at=WHEN, origin=origin(uid), kept=kept
        )
        return import_snapshot(repository, options, self.supply, ACTOR, progress)


@pytest.fixture(autouse=True)
def small_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pack is full with four blocks."""
    defaults = StoreSession.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "pack_size", 4 * SIZE)


@pytest.fixture
def kept(repository: Repository) -> Path:
    return repository.path / "jobs" / "kept"


def expected(data: dict[int, bytes] = DATA) -> bytes:
    return b"".join(data.get(number, bytes(SIZE)) for number in range(COUNT))


def cut(repository: Repository, kept: Path, after: int) -> None:
    """An import that is cut short after so many blocks."""
    with pytest.raises(CloudDownError):
        Source(cut_after=after).bring(repository, kept)
    layout = repository.layout
    for directory in (layout.maps, layout.packs, layout.staging):
        assert not list(directory.iterdir()), directory  # the repository has nothing of it


def is_whole(repository: Repository, kept: Path, snapshot: Snapshot, tmp_path: Path) -> None:
    assert restored(repository, snapshot, tmp_path) == expected()
    assert repository.check().clean
    assert not kept.exists()
    assert not list(repository.layout.staging.iterdir())
    segments = repository.catalog.rows("segments")
    assert {path.stem for path in repository.layout.packs.iterdir()} == set(segments)
    assert snapshot.data_bytes == snapshot.new_bytes == len(DATA) * SIZE


def test_it_goes_on_where_it_was_cut_short(
    repository: Repository, kept: Path, tmp_path: Path
) -> None:
    """Again and again; only what was not in a full pack comes twice."""
    cut(repository, kept, 10)
    again = Source(cut_after=9)
    with pytest.raises(CloudDownError):
        again.bring(repository, kept)
    assert again.sent == sorted(DATA)[8:17]  # two packs of four were full
    last = Source()
    told: list[tuple[str, int, int]] = []
    snapshot = last.bring(repository, kept, progress=lambda *each: told.append(each))
    assert last.sent == sorted(DATA)[16:]
    assert ("fetching", len(DATA) * SIZE, len(DATA) * SIZE) in told
    is_whole(repository, kept, snapshot, tmp_path)
    whole = sum(len(data) for data in DATA.values())
    assert whole < (snapshot.stored_bytes or 0) < whole * 1.1  # nothing is stored twice


def test_without_a_place_to_keep_it_nothing_is_kept(repository: Repository, kept: Path) -> None:
    source = Source(cut_after=10)
    with pytest.raises(CloudDownError):
        source.bring(repository, None)
    assert not kept.exists()


def test_what_is_damaged_comes_again(repository: Repository, kept: Path, tmp_path: Path) -> None:
    """A bit in the middle of a pack; what is in the others need not come."""
    cut(repository, kept, 13)
    first, second, third = sorted(kept.glob("*.pack"))
    data = bytearray(second.read_bytes())
    data[len(data) // 2] ^= 1
    second.write_bytes(data)
    third.write_bytes(third.read_bytes()[:-1])
    source = Source()
    snapshot = source.bring(repository, kept)
    assert source.sent == sorted(DATA)[4:]
    is_whole(repository, kept, snapshot, tmp_path)
    del first


@pytest.mark.parametrize("how", ["cut", "flip"])
def test_a_record_that_is_damaged_anywhere_misleads_nobody(
    repository: Repository, kept: Path, tmp_path: Path, how: str
) -> None:
    cut(repository, kept, 10)
    saved, copy = tmp_path / "saved", tmp_path / "copy"
    shutil.copytree(repository.path, saved)
    record = (kept / "record").read_bytes()
    head = record.index(b"\n") + 1
    for at in [*range(0, head, 7), *range(head - 1, len(record), 11)]:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(saved, copy)
        bad = bytearray(record)
        bad[at] ^= 4
        there = copy / "jobs" / "kept"
        (there / "record").write_bytes(record[:at] if how == "cut" else bad)
        with Repository.open(copy) as again:
            snapshot = Source().bring(again, there)
            is_whole(again, there, snapshot, tmp_path)
        for path in tmp_path.glob("*.raw"):
            path.unlink()


def test_lines_of_one_block_under_the_number_of_another_are_not_believed(
    repository: Repository, kept: Path, tmp_path: Path
) -> None:
    cut(repository, kept, 10)
    record = kept / "record"
    content = record.read_bytes()
    start = content.index(b"\n") + 1
    first, second = content[start : start + 48], content[start + 48 : start + 96]
    forged = second[:8] + first[8:]  # the number of one, the digest of another
    record.write_bytes(content[:start] + forged + content[start + 48 :])
    is_whole(repository, kept, Source().bring(repository, kept), tmp_path)


def test_what_is_of_another_snapshot_is_not_gone_on_from(
    repository: Repository, kept: Path, tmp_path: Path
) -> None:
    cut(repository, kept, 10)
    other = {number: block(number + 100) for number in DATA}
    source = Source(other)
    snapshot = source.bring(repository, kept, "snap-b")
    assert source.sent == sorted(other)
    assert restored(repository, snapshot, tmp_path) == expected(other)


def test_nor_from_packs_that_were_committed(
    repository: Repository, kept: Path, tmp_path: Path
) -> None:
    """A worker that died after its commit has left them: they would be written over."""
    cut(repository, kept, 10)
    saved = tmp_path / "saved"
    shutil.copytree(kept, saved)
    first = Source().bring(repository, kept)
    repository.delete_snapshot(first.resource_uid, ACTOR)
    repository.trash.purge([first.resource_uid], ACTOR)
    before = {path.name: path.stat().st_ino for path in repository.layout.packs.iterdir()}
    shutil.copytree(saved, kept)
    second = Source().bring(repository, kept)
    assert restored(repository, second, tmp_path) == expected()
    for name, inode in before.items():
        assert (repository.layout.packs / name).stat().st_ino == inode


def test_cancelled_it_keeps_nothing(repository: Repository, kept: Path) -> None:
    def cancel(phase: str, done: int, _total: int) -> None:
        if phase == "fetching" and done > 12 * SIZE:
            assert list(kept.glob("*.pack"))
            raise JobCancelledError("enough")

    with pytest.raises(JobCancelledError):
        Source().bring(repository, kept, progress=cancel)
    assert not kept.exists()


def test_where_the_disk_is_full_nothing_is_kept(
    repository: Repository, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would keep it full."""
    write, count = os.writev, 0

    def full(*arguments: object) -> int:
        nonlocal count
        count += 1
        if count > 12:
            raise OSError(errno.ENOSPC, "no space")
        return write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "writev", full)
    with pytest.raises(NoSpaceError):
        Source().bring(repository, kept)
    assert count > 12
    assert not kept.exists()


def test_a_file_system_without_hard_links_keeps_nothing(
    repository: Repository, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EPERM, "not here")

    monkeypatch.setattr(os, "link", refused)
    cut(repository, kept, 10)
    source = Source()
    snapshot = source.bring(repository, kept)
    assert source.sent == sorted(DATA)
    is_whole(repository, kept, snapshot, tmp_path)


@pytest.mark.parametrize("buffering", [0, -1])
def test_a_record_that_cannot_be_written_fails_no_import(
    repository: Repository,
    kept: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    buffering: int,
) -> None:
    """Not even when it is closed, after the snapshot was committed."""
    opened: list[IO[bytes]] = []

    def full(_record: Path) -> IO[bytes]:
        opened.append(Path("/dev/full").open("r+b", buffering=buffering))  # noqa: SIM115 - by the import
        return opened[-1]

    monkeypatch.setattr(keeping, "_open_to_add", full)
    is_whole(repository, kept, Source().bring(repository, kept), tmp_path)
    assert opened
    assert all(file.closed for file in opened)


def test_what_is_noted_takes_little_memory(kept: Path) -> None:
    """Where the repository has every block already no pack gets full."""
    kept.parent.mkdir(exist_ok=True)
    keeper = keeping.Kept(kept, origin("snap-a"))
    tracemalloc.start()
    try:
        for number in range(100_000):
            keeper.note(number, bytes(32))
            keeper.keep([])
        assert tracemalloc.get_traced_memory()[0] < 1024 * 1024
    finally:
        tracemalloc.stop()
        keeper.close()


KILLED = """
import os, pathlib, shutil, signal, sys
from snaptui.engine import Repository
from snaptui.engine.session import StoreSession
from tests.engine.supply import SIZE
from tests.engine.test_keeping import DATA, Source, expected
from tests.support import restored

path, copy, out = map(pathlib.Path, sys.argv[1:])
StoreSession.__init__.__kwdefaults__["pack_size"] = 4 * SIZE
blank = path.with_name("blank")
shutil.copytree(path, blank)


def killed_at(number):
    # whether the process did not get so far
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    repository = Repository.open(path)
    count = 0

    def counted(original):
        def call(*args, **kwargs):
            nonlocal count
            count += 1
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*args, **kwargs)
        return call

    for name in ("write", "writev", "fsync", "fdatasync", "rename", "open", "link", "mkdir"):
        setattr(os, name, counted(getattr(os, name)))
    pathlib.Path.unlink = counted(pathlib.Path.unlink)
    Source().bring(repository, path / "jobs" / "kept")
    os._exit(0)


number, fewest = 0, len(DATA)
while True:
    number += 3
    over = killed_at(number)
    with Repository.open(path) as after:
        assert after.check().clean, number
        assert not after.catalog.rows("leases"), number
        assert len(after.snapshots()) in (0, 1), number
        done = bool(after.snapshots())
        if not done:
            source = Source()
            snapshot = source.bring(after, path / "jobs" / "kept")
            fewest = min(fewest, len(source.sent))
        else:
            [snapshot] = after.snapshots()
        assert restored(after, snapshot, out) == expected(), number
        assert after.check().clean, number
        packs = {each.stem for each in (path / "packs").iterdir()}
        assert packs == set(after.catalog.rows("segments")), number
        assert not list((path / "staging").iterdir()), number
    for each in out.iterdir():
        each.unlink()
    if over:
        break
    shutil.rmtree(path)
    shutil.copytree(blank, path)
print(number, fewest)
"""


def test_killed_at_any_step_it_goes_on_and_is_what_it_was(
    repository: Repository, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    path = tmp_path / "killed"
    shutil.copytree(repository.path, path)
    result = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(tmp_path / "copy"), str(out)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert result.returncode == 0, result.stderr
    steps, fewest = map(int, result.stdout.split())
    assert steps > 60
    assert fewest <= 4  # killed near the end, next to nothing comes again


def test_the_data_from_a_base_and_what_is_kept_agree(
    repository: Repository, kept: Path, tmp_path: Path
) -> None:
    """Begun without a base, gone on with one: a block is what it is, whatever it differs from."""
    older = {number: data for number, data in DATA.items() if number < 20}
    cut(repository, kept, 10)
    base = Source(older).bring(repository, None, "snap-0")
    changed = Source({number: data for number, data in DATA.items() if number >= 20})
    options = ImportOptions(
        name="home",
        volume_name="web",
        created_at=WHEN,
        origin=origin("snap-a"),
        base_uid=base.resource_uid,
        kept=kept,
    )

    def since(good: bool) -> BlockSupply:
        assert good
        return replace(changed.supply(good), since_base=True)

    snapshot = import_snapshot(repository, options, since, ACTOR, no_progress)
    assert restored(repository, snapshot, tmp_path) == expected()
    assert repository.check().clean
