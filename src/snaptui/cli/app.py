"""Opening the full-screen app."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from snaptui.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from snaptui.cli.settings import Settings
    from snaptui.clouds.base import Cloud
    from snaptui.config import Config
    from snaptui.doctor import Report
    from snaptui.engine import Repository
    from snaptui.tui.ports import Backend, JobsLike


def require_screen() -> None:
    """Refuse where a full-screen app cannot be shown.

    Raises:
        InvalidInputError: there is no terminal, or one that cannot place its cursor.
    """
    if os.environ.get("TEXTUAL_DRIVER"):  # it is shown elsewhere: in a browser
        return
    hint = "use a command instead, for example: snaptui volume list (see snaptui --help)"
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InvalidInputError("the app needs a terminal", hint)
    if os.environ.get("TERM", "dumb") in {"dumb", "unknown", ""}:
        raise InvalidInputError("the app needs a terminal that can do more than TERM=dumb", hint)


def open_app(settings: Settings) -> int:
    """Open the app on the repository; when there is none yet, the first volume makes it."""
    require_screen()
    settings.tells_problems = False  # the screen does
    begin_in = settings.cloud_name if settings.chosen_cloud else ""
    read_only = settings.read_only
    path, origin = settings.path, settings.path_origin
    return run_app(
        settings.open_or_create,
        settings.config,
        path,
        origin,
        read_only=read_only,
        remember=True,
        is_nothing=settings.is_nothing,
        remote=True,
        begin_in=begin_in,
    )


def run_app(
    open_repository: Callable[[], Repository],
    config: Config,
    path: Path,
    origin: str = "",
    *,
    read_only: bool = False,
    remember: bool = False,
    is_nothing: Callable[[], bool] = lambda: False,
    remote: bool = False,
    begin_in: str = "",
    demo: bool = False,
) -> int:
    """Run the app; the repository is opened after the first paint.

    Args:
        open_repository: opens it, or makes it.
        config: what is set.
        path: where the repository is.
        origin: who says that it is there.
        read_only: nothing may be changed.
        remember: begin where one was in this repository, and keep where one is.
        is_nothing: whether it is not there: then looking makes none, but the first volume does.
        remote: show the remote clouds, too.
        begin_in: the cloud to begin in.
        demo: the repository is thrown away in the end, which is said.

    Returns:
        The exit code.
    """
    from snaptui.tui import run

    def backend(local: Cloud, jobs: JobsLike, find: Callable[[], Repository | None]) -> Backend:
        from snaptui.tui.ports import Backend

        more = partial(remote_clouds, config, find, read_only=read_only) if remote else None
        return Backend([local], jobs, more)

    def connect() -> Backend:
        from snaptui.clouds.local import LocalCloud
        from snaptui.jobs import Jobs

        days = config.local.trash_days
        if is_nothing() and not read_only:
            from snaptui.clouds.local.unmade import UnmadeCloud
            from snaptui.jobs.unmade import UnmadeJobs

            unmade = UnmadeCloud(path, is_nothing, open_repository, trash_days=days)
            jobs = UnmadeJobs(unmade.found, unmade.found_or_made)
            return backend(unmade, jobs, unmade.found)
        repository = open_repository()
        local = LocalCloud(repository, trash_days=days)
        return backend(local, Jobs(repository), lambda: repository)

    def examine() -> Report:
        from snaptui.doctor import examine

        return examine(path, origin=origin, read_only=read_only)

    kept = os.path.abspath(path) if remember else ""
    return run(connect, config, examine, kept, begin_in, demo=demo)


def remote_clouds(
    config: Config, find: Callable[[], Repository | None], *, read_only: bool
) -> tuple[list[Cloud], Sequence[str]]:
    """The remote clouds that are set or found, none of them opened yet; why some are missing.

    Args:
        config: what is set.
        find: gives the repository that is told what was done to them, if there is one.
        read_only: nothing may be changed in any.
    """
    from snaptui.clouds.registry import known_clouds

    known = known_clouds(config)
    if not known.clouds:
        return [], known.problems
    from snaptui.clouds.following import follow

    clouds: list[Cloud] = [follow(cloud, find, read_only=read_only) for cloud in known.clouds]
    return clouds, known.problems
