"""Which processes hold a volume's file or device open for writing.

A host may have tens of thousands of open files, so the cheap look comes first: reading a link tells
sockets, pipes and terminals apart without touching what they are; only what could be a volume is
asked for its identity, and only a volume's holder for its name.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from snaptui.clouds.local.mounts import identity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_NEVER_A_VOLUME = ("/dev/null", "/dev/pts/", "/dev/tty", "/dev/urandom", "/memfd:", "/proc/")
_GUEST_NAME = re.compile(r"(?:^|,)guest=((?:[^,]|,,)+)")
_HYPERVISORS = ("qemu-system", "qemu-kvm", "kvm", "cloud-hyperviso", "firecracker", "crosvm")


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that can write to a volume."""

    pid: int
    target: tuple[int, int]
    """The identity of the file or device it holds."""
    instance: str
    since: datetime | None
    is_machine: bool = False
    """Whether it is a virtual machine, and `instance` its name."""


def find_holders(
    targets: Collection[tuple[int, int]],
    paths: Collection[str] = (),
    avoid: Collection[str] = (),
) -> list[Holder]:
    """All processes but snaptui's own that hold one of `targets` open for writing.

    Args:
        targets: identities of files and devices.
        paths: their paths; a virtual machine of another user, whose open files we may not see, is
            known by naming one of them on its command line.
        avoid: mount points that no target is under and whose server may not answer.
    """
    if not targets:
        return []
    avoided = tuple(f"{point}/" for point in avoid)
    identities = dict.fromkeys(targets)
    by_path: dict[str, tuple[int, int]] | None = None
    found = []
    own = os.getpid()
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == own:
            continue
        pid = int(name)
        try:
            held = set(_written(pid, identities, avoided))
        except PermissionError:
            if by_path is None:
                by_path = _by_path(paths)
            held = _named_by_machine(pid, by_path)
        except OSError:
            continue
        if held and not _is_snaptui(pid):
            found += [_holder(pid, target) for target in held]
    return sorted(found, key=lambda holder: holder.pid)


def _by_path(paths: Collection[str]) -> dict[str, tuple[int, int]]:
    found = {}
    for path in paths:
        with suppress(OSError, ValueError):
            found[path] = identity(os.stat(path))
    return found


def _written(
    pid: int, targets: Collection[tuple[int, int]], avoided: tuple[str, ...]
) -> Iterator[tuple[int, int]]:
    """The targets that a process has open for writing.

    Raises:
        PermissionError: it is another user's process.
        OSError: it is gone.
    """
    directory = os.open(f"/proc/{pid}/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in os.listdir(directory):
            try:
                link = os.readlink(name, dir_fd=directory)
                if link[0] != "/" or link.startswith(_NEVER_A_VOLUME) or link.startswith(avoided):
                    continue
                # the permissions of the link itself tell how the file was opened
                if not os.lstat(name, dir_fd=directory).st_mode & stat.S_IWUSR:
                    continue
                target = identity(os.stat(name, dir_fd=directory))
            except OSError:
                continue
            if target in targets:
                yield target
    finally:
        os.close(directory)


def _named_by_machine(pid: int, by_path: dict[str, tuple[int, int]]) -> set[tuple[int, int]]:
    if not by_path or not _comm(pid).startswith(_HYPERVISORS):
        return set()
    # a path stands alone, or after `file=` or `"filename":"`, and ends before a comma or a quote
    words = set(re.split(r'[,="]', "\0".join(_arguments(pid)).replace("\0", ",")))
    return {target for path, target in by_path.items() if path in words}


def _comm(pid: int) -> str:
    try:
        return os.fsdecode(Path(f"/proc/{pid}/comm").read_bytes()).rstrip("\n")
    except OSError:
        return ""


def _arguments(pid: int) -> list[str]:
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return [os.fsdecode(argument) for argument in raw.rstrip(b"\0").split(b"\0")]


def _is_snaptui(pid: int) -> bool:
    """Whether it is one of our own (a worker that restores is no instance)."""
    arguments = _arguments(pid)[:6]
    for at, argument in enumerate(arguments):
        module = arguments[at + 1] if argument == "-m" and at + 1 < len(arguments) else ""
        if module.split(".")[0] == "snaptui":
            return True
    return any(os.path.basename(argument) == "snaptui" for argument in arguments[:2])  # noqa: PTH119 (may be no path)


def _holder(pid: int, target: tuple[int, int]) -> Holder:
    """The process by the name of its virtual machine, else as `process PID comm`."""
    comm = _comm(pid)
    if comm.startswith(_HYPERVISORS):
        name = _machine_name(_arguments(pid)) or f"{comm} {pid}"
        return Holder(pid, target, name, _started(pid), is_machine=True)
    return Holder(pid, target, f"process {pid} {comm}".rstrip(), _started(pid))


def _machine_name(arguments: list[str]) -> str:
    """What `-name guest=web1,debug-threads=on`, `-name web1` or `--id web1` calls the machine."""
    for at, argument in enumerate(arguments[:-1]):
        if argument.lstrip("-") not in {"name", "id"} or not argument.startswith("-"):
            continue
        value = arguments[at + 1]
        guest = _GUEST_NAME.search(value)
        # QEMU doubles a comma that is part of the name
        return (guest[1] if guest else re.split(r"(?<!,),(?!,)", value)[0]).replace(",,", ",")
    return ""


def _started(pid: int) -> datetime | None:
    """When a process began."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        boot = re.search(r"^btime (\d+)", Path("/proc/stat").read_text(), re.MULTILINE)
    except OSError:
        return None
    if boot is None or len(fields) < 20:
        return None
    seconds = int(boot[1]) + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return datetime.fromtimestamp(seconds, UTC)
