"""The N-th system call of a kind fails, for every N: nothing is lost, nothing is half made."""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from snaptui.engine.catalog import Catalog, files, quarantine
from snaptui.engine.catalog.journal import JournalBrokenError
from snaptui.engine.catalog.reserve import Reserve
from snaptui.errors import NoSpaceError, ReadOnlyError, RepositoryError, SnaptuiError

from .helpers import State, put, read_state, state_of

KINDS = ("write", "fdatasync", "fsync", "rename", "ftruncate", "unlink", "open", "posix_fallocate")


class Fault:
    """Makes the N-th call of one function of `os` fail, and every later one if it is to last."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kind: str, number: int, code: int) -> None:
        self.number = number
        self.lasting = False
        self.partial = False
        self.calls = 0
        self.armed = True
        real: Callable[..., Any] = getattr(os, kind)

        def call(*args: Any, **kwargs: Any) -> Any:
            if self.armed:
                self.calls += 1
                if self.calls == self.number or (self.lasting and self.calls > self.number):
                    if self.partial:
                        real(args[0], bytes(args[1])[: len(args[1]) // 2])
                    raise OSError(code, os.strerror(code))
            return real(*args, **kwargs)

        monkeypatch.setattr(os, kind, call)


def commit(catalog: Catalog) -> None:
    with catalog.transaction() as transaction:
        transaction.put("volumes", "vol-new", {"name": "new" * 100})
        transaction.delete("volumes", "vol-1")


def commit_after_a_torn_tail(catalog: Catalog) -> None:
    commit(catalog)


def commit_over_a_damaged_snapshot_file(catalog: Catalog) -> None:
    commit(catalog)


def compact(catalog: Catalog) -> None:
    catalog.compact()


ACTIONS = (commit, commit_after_a_torn_tail, commit_over_a_damaged_snapshot_file, compact)


def prepare(directory: Path, action: Callable[[Catalog], None]) -> State:
    with Catalog.create(directory) as catalog:
        for number in range(3):
            put(catalog, f"vol-{number}")
        catalog.compact()
        put(catalog, "vol-3")
        catalog.compact()
        put(catalog, "vol-4")
        state = state_of(catalog)
    if action is commit_after_a_torn_tail:
        with (directory / "journal-000003.log").open("ab") as file:
            file.write(b"torn")
    if action is commit_over_a_damaged_snapshot_file:
        (directory / "catalog-000003.json").write_bytes(b"{}")
    return state


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize(
    ("kind", "how"),
    [(kind, how) for kind in KINDS for how in ("once", "lasting")] + [("write", "partial")],
)
def test_each_call_fails(
    scratch: Path, kind: str, code: int, action: Callable[[Catalog], None], how: str
) -> None:
    template = scratch / "template"
    before = prepare(template, action)
    with Catalog.open(shutil.copytree(template, scratch / "whole")) as catalog:
        action(catalog)
        after = state_of(catalog)
    for number in range(1, 50):
        directory = shutil.copytree(template, scratch / f"{number}")
        catalog = Catalog.open(directory)
        error = None
        with pytest.MonkeyPatch.context() as monkeypatch:
            fault = Fault(monkeypatch, kind, number, code)
            fault.lasting, fault.partial = how == "lasting", how == "partial"
            try:
                action(catalog)
            except SnaptuiError as told:
                error = told
            seen = state_of(catalog)
        state = read_state(directory)[1]
        if error is None:
            assert seen == state == after
        else:
            assert error.hint
            assert seen == before
            assert state == before or isinstance(error, JournalBrokenError)
            assert state in (before, after)
        if isinstance(error, JournalBrokenError):
            with pytest.raises(RepositoryError, match="could not be taken back"):
                put(catalog, "vol-5")
            catalog = Catalog.open(directory)
        # Both the handle it happened to and a fresh one go on.
        put(catalog, "vol-6")
        expected = {"volumes": {**state["volumes"], "vol-6": {}}}
        assert read_state(directory)[1] == state_of(catalog) == expected
        catalog.compact()
        assert read_state(directory)[1] == expected
        catalog.close()
        shutil.rmtree(directory)
        if fault.calls < number:
            assert error is None
            break
    else:
        pytest.fail("the calls do not end")


def test_the_reader_of_a_line_that_was_taken_back_finds_out(catalog: Catalog) -> None:
    """A reader may see a line before its sync fails; later it must not be there."""
    put(catalog, "vol-1")
    with Catalog.open(catalog.directory) as reader:
        real = os.fdatasync
        for other_name in ("b", "long" * 10):
            calls: list[int] = []

            def sync(descriptor: int, calls: list[int] = calls) -> None:
                calls.append(descriptor)
                if len(calls) == 1:
                    assert reader.refresh()
                    assert reader.get("volumes", "vol-2") == {"name": "a"}
                    raise OSError(errno.EIO, "Input/output error")
                real(descriptor)

            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setattr(os, "fdatasync", sync)
                with pytest.raises(RepositoryError, match="cannot be written"):
                    put(catalog, "vol-2", name="a")
            # The next line may well be as long as the one that is gone.
            put(catalog, "vol-2", name=other_name)
            assert reader.refresh()
            assert reader.get("volumes", "vol-2") == {"name": other_name}
            assert reader.sequence == catalog.sequence
            with catalog.transaction() as transaction:
                transaction.delete("volumes", "vol-2")
            reader.refresh()


def test_after_a_failed_sync_the_journal_is_read_again(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(catalog, "vol-1")
    with monkeypatch.context() as patch:
        Fault(patch, "fdatasync", 1, errno.EIO)
        with pytest.raises(RepositoryError):
            put(catalog, "vol-2")
    # As if the pages that were thought to be written had been lost.
    journal = catalog.directory / "journal-000001.log"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(lines[0])
    put(catalog, "vol-3")
    assert state_of(catalog) == read_state(catalog.directory)[1] == {"volumes": {"vol-3": {}}}


def test_errors_name_the_directory_and_say_what_to_do(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code, kind in (
        (errno.ENOSPC, NoSpaceError),
        (errno.EDQUOT, NoSpaceError),
        (errno.EROFS, ReadOnlyError),
        (errno.EIO, RepositoryError),
    ):
        with monkeypatch.context() as patch:
            Fault(patch, "write", 1, code)
            with pytest.raises(kind) as caught:
                catalog.table("volumes").insert({})
        assert type(caught.value) is kind
        assert str(catalog.directory) in caught.value.message
        assert "nothing was changed" in caught.value.hint


def test_a_compaction_that_fails_does_not_fail_the_commit(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snaptui.engine.catalog.writer.COMPACT_FROM", 2000)
    with monkeypatch.context() as patch:
        fault = Fault(patch, "rename", 1, errno.EIO)
        fault.lasting = True
        for number in range(100):
            put(catalog, f"vol-{number}", name="x" * 100)
        assert 1 < fault.calls < 10, "it is not tried at every commit"
    assert "could not be compacted" in catalog.warnings[0]
    assert files.generations(catalog.directory) == [1]
    assert sorted(path.name for path in catalog.directory.iterdir()) == [
        "catalog-000001.json",
        "journal-000001.log",
        "lock",
        "reserve",
    ]
    while files.generations(catalog.directory) == [1]:
        put(catalog, "vol-0", name="y" * 1000)
    assert len(read_state(catalog.directory)[1]["volumes"]) == 100


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """A disk with so many bytes free; the reserve gives a thousand more."""
    space = {"free": 0}
    real_write, real_give_up = os.write, Reserve.give_up

    def write(descriptor: int, data: bytes) -> int:
        if not space["free"]:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = real_write(descriptor, bytes(data)[: space["free"]])
        space["free"] -= written
        return written

    def give_up(reserve: Reserve) -> bool:
        gave = real_give_up(reserve)
        space["free"] += 1000 if gave else 0
        return gave

    def restore(reserve: Reserve) -> bool:
        return reserve.there

    monkeypatch.setattr(os, "write", write)
    monkeypatch.setattr(Reserve, "give_up", give_up)
    monkeypatch.setattr(Reserve, "restore", restore)
    yield space
    monkeypatch.undo()


def test_the_reserve_is_for_what_frees_space(catalog: Catalog, full: dict[str, int]) -> None:
    full["free"] = 10_000
    for number in range(3):
        put(catalog, f"vol-{number}")
    full["free"] = 10
    with pytest.raises(NoSpaceError, match=r"No space left|no space left"):
        put(catalog, "vol-9")
    assert (catalog.directory / "reserve").exists()
    with catalog.transaction() as transaction:
        transaction.delete("volumes", "vol-0")
        transaction.put("events", "event-1", {"text": "deleted vol-0"})
    assert not (catalog.directory / "reserve").exists()
    with pytest.raises(NoSpaceError, match="is full"):
        put(catalog, "vol-9")
    put(catalog, "vol-1", changed=True)
    with catalog.transaction(use_reserve=True) as transaction:
        transaction.put("leases", "lease-1", {})
    state = read_state(catalog.directory)[1]
    assert state == state_of(catalog)
    assert state == {
        "events": {"event-1": {"text": "deleted vol-0"}},
        "leases": {"lease-1": {}},
        "volumes": {"vol-1": {"changed": True}, "vol-2": {}},
    }


def test_a_torn_tail_is_kept_even_on_a_full_disk(catalog: Catalog, full: dict[str, int]) -> None:
    full["free"] = 1000
    put(catalog, "vol-1")
    with (catalog.directory / "journal-000001.log").open("ab") as file:
        file.write(b"torn tail")
    full["free"] = 0
    with catalog.transaction() as transaction:
        transaction.delete("volumes", "vol-1")
    (kept,) = (catalog.directory / files.QUARANTINE).iterdir()
    assert kept.read_bytes() == b"torn tail"
    assert read_state(catalog.directory) == (2, {})


def test_the_quarantine_never_overwrites(directory: Path) -> None:
    directory.mkdir()
    paths = [quarantine.set_aside(directory, "x", bytes([number])) for number in range(3)]
    assert [path.read_bytes() for path in paths] == [b"\0", b"\1", b"\2"]


def test_the_reserve_takes_space_where_preallocation_does_not_work(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory.mkdir()
    Fault(monkeypatch, "posix_fallocate", 1, errno.EOPNOTSUPP)
    reserve = Reserve(directory)
    reserve.create()
    assert (directory / "reserve").stat().st_blocks * 512 >= 1 << 20
    assert reserve.give_up()
    assert not reserve.give_up()
    assert reserve.restore()


STRACE = shutil.which("strace")
PROGRAM = """
import json, sys
from pathlib import Path
from snaptui.engine.catalog import Catalog
from snaptui.errors import SnaptuiError
said = []
with Catalog.open(Path(sys.argv[1])) as catalog:
    for number in range(3):
        try:
            with catalog.transaction() as transaction:
                transaction.put("volumes", f"vol-{number}", {})
            if number == 1:
                catalog.compact()
            said.append(number)
            print(number, flush=True)
        except SnaptuiError as error:
            print("error", error, flush=True)
"""


@pytest.mark.skipif(STRACE is None, reason="strace is not installed")
@pytest.mark.parametrize(
    ("call", "effect"),
    [
        ("fdatasync", "error=EIO"),
        ("fsync", "error=EIO"),
        ("rename", "error=ENOSPC"),
        ("ftruncate", "error=EIO"),
        ("fdatasync", "signal=KILL"),
        ("fsync", "signal=KILL"),
        ("rename", "signal=KILL"),
        ("unlink", "signal=KILL"),
    ],
)
def test_the_kernel_says_no(tmp_path: Path, call: str, effect: str) -> None:
    """The same with the real calls of a real process, each of the first few in turn."""
    assert STRACE
    for number in (1, 2, 3):
        directory = tmp_path / str(number)
        Catalog.create(directory).close()
        done = subprocess.run(
            [
                STRACE,
                "-f",
                "-o",
                "/dev/null",
                "-e",
                f"trace={call}",
                "-e",
                f"inject={call}:{effect}:when={number}",
                sys.executable,
                "-c",
                PROGRAM,
                str(directory),
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if "ptrace" in done.stderr:
            pytest.skip("this machine does not let strace trace")
        said = done.stdout.splitlines()
        sequence, state = read_state(directory)
        kept = set(state.get("volumes", {}))
        assert {f"vol-{line}" for line in said if line.isdigit()} <= kept
        assert sequence == len(kept)
        assert not [line for line in done.stderr.splitlines() if "Traceback" in line]
        with Catalog.open(directory) as catalog:
            put(catalog, "vol-after")
            catalog.compact()
        assert set(read_state(directory)[1]["volumes"]) == kept | {"vol-after"}
        assert json.loads(
            (directory / f"catalog-{files.generations(directory)[-1]:06d}.json").read_text()
        )["volumes"].keys() == kept | {"vol-after"}
