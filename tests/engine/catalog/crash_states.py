"""Recording what the catalog does to its files, and every state a crash could leave of it.

What POSIX promises is little: data is on disk after the file's fsync, a name after its directory's
fsync, and nothing else, in no order. So a crash may keep or lose each write that was not synced
(also half of one, or the length without the data), and each name that was not synced.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest


@dataclass(frozen=True)
class Op:
    """One thing that was done. `kind` says what `args` are."""

    kind: str
    args: tuple[Any, ...]


@dataclass
class Recorder:
    """Records what is done to the files under a directory, and what was acknowledged."""

    root: Path
    ops: list[Op] = field(default_factory=list)
    _files: dict[int, int] = field(default_factory=dict)
    _directories: dict[int, str] = field(default_factory=dict)

    def note(self, kind: str, *args: Any) -> None:
        self.ops.append(Op(kind, args))

    def _inside(self, path: Any) -> str | None:
        path = Path(os.fsdecode(path))
        if path != self.root and self.root not in path.parents:
            return None
        return str(path.relative_to(self.root))

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for name in (
            "open",
            "close",
            "write",
            "fsync",
            "fdatasync",
            "ftruncate",
            "rename",
            "unlink",
            "mkdir",
            "posix_fallocate",
        ):
            patch.setattr(os, name, self._wrap(getattr(os, name), getattr(self, f"_{name}")))

    @staticmethod
    def _wrap(real: Callable[..., Any], recorded: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **kwargs: recorded(real, *args, **kwargs)

    def _open(self, real: Callable[..., int], path: Any, flags: int, mode: int = 0o777) -> int:
        inside = self._inside(path)
        new = inside is not None and not os.path.lexists(path)
        descriptor = real(path, flags, mode)
        if inside is not None:
            if flags & os.O_DIRECTORY:
                self._directories[descriptor] = inside
            else:
                inode = os.fstat(descriptor).st_ino
                self._files[descriptor] = inode
                if new:
                    self.note("create", inside, inode, len(self.ops))
        return descriptor

    def _close(self, real: Callable[..., None], descriptor: int) -> None:
        self._files.pop(descriptor, None)
        self._directories.pop(descriptor, None)
        real(descriptor)

    def _write(self, real: Callable[..., int], descriptor: int, data: Any) -> int:
        if descriptor not in self._files:
            return real(descriptor, data)
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_APPEND:
            offset = os.fstat(descriptor).st_size
        else:
            offset = os.lseek(descriptor, 0, os.SEEK_CUR)
        written = real(descriptor, data)
        self.note("write", self._files[descriptor], offset, bytes(data)[:written])
        return written

    def _fsync(self, real: Callable[..., None], descriptor: int) -> None:
        real(descriptor)
        if descriptor in self._directories:
            self.note("sync names", self._directories[descriptor])
        elif descriptor in self._files:
            self.note("sync file", self._files[descriptor])

    def _fdatasync(self, real: Callable[..., None], descriptor: int) -> None:
        real(descriptor)
        self.note("sync data", self._files[descriptor])

    def _ftruncate(self, real: Callable[..., None], descriptor: int, length: int) -> None:
        real(descriptor, length)
        self.note("truncate", self._files[descriptor], length)

    def _posix_fallocate(self, real: Callable[..., None], descriptor: int, *rest: int) -> None:
        real(descriptor, *rest)

    def _rename(self, real: Callable[..., None], source: Any, target: Any) -> None:
        real(source, target)
        self.note("rename", self._inside(source), self._inside(target))

    def _unlink(self, real: Callable[..., None], path: Any) -> None:
        real(path)
        self.note("unlink", self._inside(path))

    def _mkdir(self, real: Callable[..., None], path: Any, mode: int = 0o777) -> None:
        real(path, mode)
        if self._inside(path) not in {None, "."}:
            self.note("mkdir", self._inside(path))


NAMES = ("create", "rename", "unlink", "mkdir")
Files = dict[str, bytes]


def crash_states(ops: list[Op]) -> Iterator[Files]:
    """The directory's files as a crash just after the last of `ops` could leave them."""
    data: dict[tuple[int, int], list[Op]] = {}
    pending_data: dict[tuple[int, int], list[Op]] = {}
    names: list[Op] = []
    pending_names: list[Op] = []
    # An inode number may be used again when a file was deleted.
    incarnation: dict[int, int] = {}
    for op in ops:
        if op.kind in NAMES:
            if op.kind == "create":
                incarnation[op.args[1]] = op.args[2]
            pending_names.append(op)
        elif op.kind in {"write", "truncate"}:
            file = (op.args[0], incarnation.get(op.args[0], -1))
            pending_data.setdefault(file, []).append(op)
        elif op.kind in {"sync file", "sync data"}:
            file = (op.args[0], incarnation.get(op.args[0], -1))
            data.setdefault(file, []).extend(pending_data.pop(file, []))
        elif op.kind == "sync names":
            here = [name for name in pending_names if _directory_of(name) == op.args[0]]
            names += here
            pending_names = [name for name in pending_names if name not in here]
    for kept_names in _choices_of_names(pending_names):
        for contents in _choices_of_data(data, pending_data):
            yield _build([*names, *kept_names], contents)


def _directory_of(op: Op) -> str:
    return str(Path(op.args[0]).parent)


def _choices_of_names(pending: list[Op]) -> Iterator[list[Op]]:
    yield pending
    if pending:
        yield []
    if len(pending) > 1:
        for number in range(len(pending)):
            yield pending[:number] + pending[number + 1 :]
            yield [pending[number]]


def _content(ops: list[Op]) -> bytes:
    content = bytearray()
    for op in ops:
        if op.kind == "truncate":
            length = op.args[1]
            content = content[:length].ljust(length, b"\0")
        else:
            _, offset, data = op.args
            content = content.ljust(offset, b"\0")
            content[offset : offset + len(data)] = data
    return bytes(content)


def _choices_of_data(
    data: dict[tuple[int, int], list[Op]], pending: dict[tuple[int, int], list[Op]]
) -> Iterator[dict[tuple[int, int], bytes]]:
    synced = {file: _content(ops) for file, ops in data.items()}
    everything = {
        file: _content(data.get(file, []) + pending.get(file, [])) for file in {*data, *pending}
    }
    yield everything
    if not pending:
        return
    yield synced
    for file, ops in pending.items():
        before = data.get(file, [])
        for number, op in enumerate(ops):
            # Each write alone lost or alone done, cut in the middle, or as a length without data.
            forms = [before + ops[:number], before + ops[:number] + ops[number + 1 :]]
            if op.kind == "write":
                inode, offset, written = op.args
                length = len(written)
                cuts = sorted({1, length // 2, length - 1})
                cut = [written[:at] for at in cuts]
                holes = [bytes(at) + written[at:] for at in (*cuts, length)]
                holes += [written[:at] + bytes(length - at) for at in cuts]
                for form in (*cut, *holes):
                    forms.append([*before, *ops[:number], Op("write", (inode, offset, form))])
            for form_ops in forms:
                yield {**everything, file: _content(form_ops)}
                yield {**synced, file: _content(form_ops)}


def _build(names: list[Op], contents: dict[tuple[int, int], bytes]) -> Files:
    files: dict[str, tuple[int, int] | None] = {}
    for op in names:
        if op.kind == "create":
            files[op.args[0]] = (op.args[1], op.args[2])
        elif op.kind == "rename" and op.args[0] in files:
            files[op.args[1]] = files.pop(op.args[0])
        elif op.kind == "unlink":
            files.pop(op.args[0], None)
    return {name: contents.get(file, b"") for name, file in files.items() if file is not None}


def fingerprint(files: Files) -> bytes:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}:{len(files[name])}:".encode())
        digest.update(files[name])
    return digest.digest()


def write_files(files: Files, directory: Path) -> None:
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
