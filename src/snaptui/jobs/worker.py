"""The detached worker: `python -m snaptui.jobs.worker REPOSITORY JOB`.

It is started in a session of its own, so the end of a terminal does not reach it, and holds the
job's lock from its first breath: the lock's file is handed down to it by who starts it.
"""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

from snaptui.engine import Repository
from snaptui.errors import SnaptuiError
from snaptui.jobs.records import job_from
from snaptui.jobs.work import JobWork

if TYPE_CHECKING:
    from types import FrameType


def main(repository_path: str, uid: str) -> int:
    """Do one job; returns the exit code."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Repository.open(repository_path) as repository:
            work = JobWork(repository, job_from(uid, repository.catalog.rows("jobs")[uid]))

            def stop(_number: int, _frame: FrameType | None) -> None:
                work.stop()

            signal.signal(signal.SIGTERM, stop)
            signal.signal(signal.SIGINT, stop)
            return work.do().exit_code
    except SnaptuiError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
