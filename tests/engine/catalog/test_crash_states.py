"""Every state that a power cut could leave: what was acknowledged is there, and nothing is wrong.

Taking any one kind of sync out of the recording has to make this fail; otherwise it would prove
nothing.
"""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from snaptui.engine.catalog import Catalog
from snaptui.errors import RepositoryError, SnaptuiError

from .crash_states import Op, Recorder, crash_states, fingerprint, write_files
from .helpers import State, put, read_state, state_of

pytestmark = pytest.mark.usefixtures("no_pause")


class Recording:
    """A life of a catalog: what it did to its files, and what it had promised when."""

    def __init__(self, directory: Path) -> None:
        self.recorder = Recorder(directory)
        self.history: list[State] = [{}]
        with pytest.MonkeyPatch.context() as patch:
            self.recorder.install(patch)
            with Catalog.create(directory) as catalog:
                self.recorder.note("acknowledged", 0)
                self.live(directory, catalog)

    def live(self, directory: Path, catalog: Catalog) -> None:
        with Catalog.open(directory) as other:
            self.commit(catalog, "a", "b")
            self.commit(other, "c")
            catalog.compact()
            self.commit(other, "d", "e")
            with (directory / "journal-000002.log").open("ab") as file:
                file.write(b"torn by a kill")
                file.flush()
                self.recorder.note(
                    "write", os.fstat(file.fileno()).st_ino, self._size(file), b"torn by a kill"
                )
            self.commit(catalog, "f")
            self.fail_to_commit(catalog, "x" * 300)
            self.commit(other, "g")
            other.compact()
            catalog.compact()
            self.commit(other, "h")
            catalog.compact()
            self.commit(catalog, "i")

    @staticmethod
    def _size(file: Any) -> int:
        return os.fstat(file.fileno()).st_size - len(b"torn by a kill")

    def commit(self, catalog: Catalog, *names: str) -> None:
        for name in names:
            before = self.history[-1].get("volumes", {})
            kept = {uid: row for uid, row in before.items() if not (name == "d" and uid == "vol-a")}
            self.history.append({"volumes": {**kept, f"vol-{name}": {"name": name}}})
            with catalog.transaction() as transaction:
                transaction.put("volumes", f"vol-{name}", {"name": name})
                if name == "d":
                    transaction.delete("volumes", "vol-a")
            assert state_of(catalog) == self.history[-1]
            self.recorder.note("acknowledged", catalog.sequence)

    def fail_to_commit(self, catalog: Catalog, name: str) -> None:
        recorded = os.fdatasync
        with pytest.MonkeyPatch.context() as patch:

            def fail_once(descriptor: int) -> None:
                patch.setattr(os, "fdatasync", recorded)
                raise OSError(errno.EIO, "Input/output error")

            patch.setattr(os, "fdatasync", fail_once)
            with pytest.raises(RepositoryError):
                put(catalog, "vol-failed", name=name)
        # From now on that one must never come back.
        self.recorder.note("told that it failed")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return Recording(tmp_path_factory.mktemp("recording") / "catalog")


def replay(
    recording: Recording,
    scratch: Path,
    keep: Callable[[Op], bool],
    seen: set[tuple[bytes, int, bool]],
) -> Iterator[str]:
    """Look at every crash state of a recording once; say what is wrong."""
    promised, failed = -1, False
    ops: list[Op] = []
    for op in recording.recorder.ops:
        if op.kind == "acknowledged":
            promised = op.args[0]
        elif op.kind == "told that it failed":
            failed = True
        elif keep(op):
            ops.append(op)
        for files in crash_states(ops):
            key = fingerprint(files), promised, failed
            if key in seen:
                continue
            seen.add(key)
            directory = scratch / "state"
            directory.mkdir()
            try:
                write_files(files, directory)
                if problem := look(directory, promised, failed, recording.history):
                    yield f"after {len(ops)} steps, last {ops[-1].kind}: {problem}"
            finally:
                shutil.rmtree(directory)


def look(directory: Path, promised: int, failed: bool, history: list[State]) -> str | None:
    try:
        sequence, state = read_state(directory)
    except SnaptuiError as error:
        if promised < 0 and "holds no catalog" in error.message:
            Catalog.create(directory).close()
            return None
        return f"cannot be opened: {error}"
    if sequence < promised:
        return f"{promised} was acknowledged, {sequence} is there"
    # The line that was being written may be there; one that failed, only until that was told.
    failing = not failed and sequence == promised + 1 and "vol-failed" in str(state)
    if not failing and (sequence > promised + 1 or state != history[sequence]):
        return f"at {sequence} there is {state}"
    with Catalog.open(directory) as catalog:
        put(catalog, "vol-next")
        catalog.compact()
    expected = {"volumes": {**state.get("volumes", {}), "vol-next": {}}}
    if read_state(directory) != (sequence + 1, expected):
        return "it does not go on"
    return None


def test_no_crash_loses_what_was_acknowledged(recording: Recording, scratch: Path) -> None:
    assert recording.recorder.ops[-1] == Op("acknowledged", (9,))
    seen: set[tuple[bytes, int, bool]] = set()
    assert list(replay(recording, scratch, lambda _: True, seen)) == []
    assert len(seen) > 400


@pytest.mark.parametrize("kind", ["sync data", "sync file", "sync names"])
def test_without_one_kind_of_sync_it_would(recording: Recording, scratch: Path, kind: str) -> None:
    assert any(op.kind == kind for op in recording.recorder.ops)
    assert next(replay(recording, scratch, lambda op: op.kind != kind, set()), None) is not None


def test_without_syncing_what_was_taken_back_it_could_return(
    recording: Recording, scratch: Path
) -> None:
    ops = recording.recorder.ops
    told = next(number for number, op in enumerate(ops) if op.kind == "told that it failed")
    assert [op.kind for op in ops[told - 2 : told]] == ["truncate", "sync data"]
    left_out = ops[told - 1]
    problem = next(replay(recording, scratch, lambda op: op is not left_out, set()), None)
    assert problem is not None
    assert "vol-failed" in problem
