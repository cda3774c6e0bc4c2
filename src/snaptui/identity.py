"""Who is at work here, and from where: for the Owner of a snapshot and the origin of an event."""

from __future__ import annotations

import os
import pwd
import socket
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_ANCESTORS_MAX = 32


def current_owner() -> str:
    """The user's name, also the one behind `sudo` or `doas`; `uid N` when the uid has no name."""
    uid = os.getuid()
    if uid == 0:
        for variable in ("SUDO_USER", "DOAS_USER"):
            # the variable is only a word in the environment: believe it if there is such a user
            name = os.environ.get(variable, "")
            if name and _is_user(name):
                return name
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except (KeyError, ValueError):
        return False
    return True


def origin() -> str:
    """Where this process's commands come from: `web1 pts/3 from 10.0.0.5`, `web1 tty1`, `web1`."""
    parts = [socket.gethostname()]
    terminal = _terminal()
    if terminal:
        parts.append(terminal)
    client = _ssh_client()
    if client:
        parts.append(f"from {client}")
    return " ".join(parts)


def _terminal() -> str:
    for descriptor in (0, 2, 1):
        try:
            return os.ttyname(descriptor).removeprefix("/dev/")
        except OSError:
            continue
    return ""


def _ssh_client() -> str:
    """The address an SSH session comes from; `sudo` hides it, so ancestors are asked too."""
    client = _client_of(os.environ)
    pid = os.getppid()
    for _ in range(_ANCESTORS_MAX):
        if client or pid <= 1:
            break
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            status = Path(f"/proc/{pid}/stat").read_bytes()
        except OSError:
            break
        client = _client_of(
            dict(
                entry.decode(errors="replace").split("=", 1)
                for entry in environment.split(b"\0")
                if b"=" in entry
            )
        )
        # the command in parentheses may hold blanks and parentheses itself
        pid = int(status.rpartition(b")")[2].split()[1])
    return client


def _client_of(environment: Mapping[str, str]) -> str:
    fields = environment.get("SSH_CONNECTION", "").split()
    return fields[0] if fields else ""
