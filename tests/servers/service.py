"""Servers that a test starts, kills and starts again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests.support import wait_until


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def listens(port: int) -> bool:
    """Whether somebody listens at a port."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


class Service:
    """A server in a session of its own. It runs while it is entered, unless it is killed."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        port: int = 0,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """A server; not started yet.

        Args:
            command: starts it.
            log: where its output goes.
            port: it is there when somebody listens at this; 0: nobody ever does.
            environ: beside `PATH`.
        """
        self._command = command
        self._log = log
        self.port = port
        self._environ = {
            "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin",
            "PYTHONDONTWRITEBYTECODE": "1",
            **(environ or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def begin(self) -> None:
        """Start it, and do not wait until it is there."""
        assert self._process is None
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environ,
                start_new_session=True,
            )

    def start(self) -> None:
        """Start it, and wait until it is there."""
        self.begin()
        if self.port:
            wait_until(self._there)

    def _there(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()[-2000:]
        return listens(self.port)

    def freeze(self) -> None:
        """Stop it, and all that it started, where it is; only `kill` ends that."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGSTOP)

    def kill(self) -> None:
        """`kill -9` it and all that it started."""
        process, self._process = self._process, None
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
