"""`snaptui demo`: the app on a throw-away repository that has something to show."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from snaptui.cli.app import open_app, require_screen, run_app
from snaptui.cli.examples import examples
from snaptui.cli.screen_options import screen_options
from snaptui.cli.settings import Settings, common_options, pass_settings
from snaptui.errors import ConflictError, SnaptuiError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from snaptui.engine import Repository

_PREFIX = "snaptui-demo-"
_SECONDS_TO_STOP = 5


@click.command(epilog=examples("snaptui demo", "snaptui demo --if-empty"))
@click.option(
    "--if-empty", is_flag=True, help="Only when the configured repository has no volumes yet."
)
@common_options
@screen_options
@pass_settings
def demo(settings: Settings, if_empty: bool) -> int:
    """Open the app on a throw-away repository with a few small real volumes.

    Everything it makes is in a temporary directory that is removed when the app is left.
    """
    require_screen()
    settings.tells_problems = False  # the screen does
    if if_empty and _has_volumes(settings):
        return open_app(settings)

    config = settings.config
    from snaptui.clouds.local.demo import make_demo
    from snaptui.engine import Repository

    with throw_away_directory() as directory:

        def open_demo() -> Repository:
            made = make_demo(directory / "repository")
            if not settings.given_read_only:
                return made
            made.close()
            return Repository.open(made.path, read_only=True)

        try:
            return run_app(open_demo, config, directory / "repository", demo=True)
        finally:
            stop_jobs(directory / "repository")


def _has_volumes(settings: Settings) -> bool:
    if settings.is_nothing():
        return False
    with settings.open() as repository:
        return bool(repository.volumes())


@contextmanager
def throw_away_directory() -> Iterator[Path]:
    """A temporary directory that is gone afterwards, also when the terminal hangs up.

    One whose demo was killed is taken away by the next demo: as long as a demo lives, it holds the
    lock in its directory.
    """

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        sys.exit(128 + number)

    _remove_orphans()
    fresh = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}"))
    directory = fresh.with_name(fresh.name.removeprefix("."))
    signals = (signal.SIGHUP, signal.SIGTERM)
    before = {number: signal.signal(number, leave) for number in signals}
    try:
        with (fresh / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # only now by the name that others look for
            fresh.rename(directory)
            yield directory
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for each in (directory, fresh):
            shutil.rmtree(each, ignore_errors=True)


def _remove_orphans() -> None:
    for directory in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if directory.is_symlink() or directory.stat().st_uid != os.getuid():
                continue
            with (directory / "lock").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(directory, ignore_errors=True)


def stop_jobs(path: Path) -> None:
    """Have the workers that the app left running stop, since their repository goes away."""
    from snaptui.engine import Repository
    from snaptui.jobs import Jobs

    deadline = time.monotonic() + _SECONDS_TO_STOP
    with suppress(SnaptuiError), Repository.open(path) as repository:
        jobs = Jobs(repository)
        running = [job.resource_uid for job in jobs.list() if not job.status.ended]
        for uid in running:
            with suppress(ConflictError):  # it has just ended
                jobs.cancel(uid)
        while time.monotonic() < deadline and any(
            not jobs.get(uid).status.ended for uid in running
        ):
            time.sleep(0.05)
