"""A job's directory: what changes too often, or is too long, for the catalog.

lock       held by the worker as long as it lives
progress   how far it is, JSON, replaced as a whole
cancel     exists when somebody asked the job to stop
log        what the worker wrote to its standard output and error
sent       what of an export has arrived in the other cloud, for a retry to go on from
kept/      what an import has stored so far, for a retry to go on from
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict
from typing import IO, TYPE_CHECKING

from snaptui.engine.ownership import adopt
from snaptui.models import Progress

if TYPE_CHECKING:
    from snaptui.engine.layout import Layout


class JobFiles:
    """The files of one job."""

    def __init__(self, layout: Layout, uid: str) -> None:
        self.directory = layout.job(uid)
        self.lock = self.directory / "lock"
        self.log = self.directory / "log"
        self.sent = self.directory / "sent"
        self.kept = self.directory / "kept"
        self._progress = self.directory / "progress"
        self._cancel = self.directory / "cancel"

    def make(self) -> None:
        """Make the directory."""
        self.directory.mkdir(mode=0o700)
        adopt(self.directory)

    def remove(self) -> None:
        """Remove everything; harmless if it is gone."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def write_progress(self, progress: Progress) -> None:
        """Say how far it is. Not fsynced: after a crash of the host nobody asks for it."""
        temporary = self.directory / f"progress.{os.getpid()}"
        temporary.write_text(json.dumps(asdict(progress)), encoding="ascii")
        adopt(temporary)
        temporary.replace(self._progress)

    def read_progress(self) -> Progress | None:
        """How far it is, as far as it is known."""
        try:
            return Progress(**json.loads(self._progress.read_text(encoding="ascii")))
        except (OSError, ValueError, TypeError):
            return None

    def ask_to_stop(self) -> None:
        """Leave word for the worker that it is to stop."""
        self._cancel.touch(mode=0o600)
        adopt(self._cancel)

    def open_log(self) -> IO[bytes]:
        """The log, to be added to."""
        log = self.log.open("ab")
        adopt(self.log, log.fileno())
        return log

    @property
    def stop_asked(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._cancel.exists()

    def read_log(self) -> str:
        """What the worker wrote; empty when there is nothing."""
        try:
            return self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
