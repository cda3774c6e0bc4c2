"""The global options, and what a command needs to open because of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import click

from snaptui.config import (
    REPOSITORY_VARIABLE,
    default_repository_path,
    read_only_wanted,
    user_path,
)
from snaptui.errors import InvalidInputError, ReadOnlyError

if TYPE_CHECKING:
    from pathlib import Path

    from snaptui.clouds.local import LocalCloud
    from snaptui.engine import Repository
    from snaptui.jobs import Jobs

Result = TypeVar("Result")
Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(slots=True)
class Settings:
    """What the global options say.

    Attributes:
        json: print one JSON document instead of text for people.
        given_path: the repository that `--repository` names.
        read_only: nothing may be changed.
    """

    json: bool = False
    given_path: Path | None = None
    read_only: bool = field(default_factory=read_only_wanted)

    @property
    def path(self) -> Path:
        """The repository to use."""
        return self.given_path or default_repository_path()

    @property
    def is_default(self) -> bool:
        """Whether nobody named the repository, so that it may well not be there yet."""
        return self.given_path is None and not os.environ.get(REPOSITORY_VARIABLE)

    def open_or_create(self) -> Repository:
        """Open the repository; make it when there is nothing at its path."""
        from snaptui.engine import Repository

        if not self.is_nothing():
            return self.open()
        if self.read_only:
            raise ReadOnlyError(
                f"there is no repository at {self.path}, and in read-only mode none is made",
                "leave out --read-only (SNAPTUI_READ_ONLY)",
            )
        return Repository.create(self.path)

    def open(self) -> Repository:
        """Open the repository."""
        from snaptui.engine import Repository

        return Repository.open(self.path, read_only=self.read_only)

    @contextmanager
    def cloud(self, *, create: bool = False) -> Iterator[LocalCloud]:
        """The local cloud over the repository, which is made first if `create` says so."""
        from snaptui.clouds.local import LocalCloud

        with self.open_or_create() if create else self.open() as repository:
            yield LocalCloud(repository)
            # a command that failed has said its one line; what is odd comes after what was done
            for warning in repository.warnings:
                warn(warning)

    @contextmanager
    def jobs(self) -> Iterator[tuple[LocalCloud, Jobs]]:
        """The local cloud and the jobs of its repository."""
        from snaptui.jobs import Jobs

        with self.cloud() as cloud:
            yield cloud, Jobs(cloud.repository)

    def has_nothing_yet(self) -> bool:
        """Whether a listing is empty for want of a repository that nobody asked for by name."""
        return self.is_default and self.is_nothing()

    def is_nothing(self) -> bool:
        """Whether there is nothing at the repository's path, or an empty directory."""
        try:
            return not any(self.path.iterdir())
        except FileNotFoundError:
            return not self.path.is_symlink()
        except OSError:
            return False


def warn(message: str) -> None:
    """A line on stderr that is no failure."""
    from snaptui.text import safe_text

    click.echo(f"snaptui: {safe_text(message)}", err=True)


def wait_for(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run what a cloud promises, to its end.

    Questions are asked between two of these, never within one: the event loop would keep Ctrl-C to
    itself until the answer is there.
    """
    import asyncio

    return asyncio.run(coroutine)


def _set_json(context: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Settings).json = True


def _set_repository(context: click.Context, _option: click.Parameter, value: str | None) -> None:
    if value is None:
        return
    if not value:
        raise InvalidInputError("--repository is empty", "give the path of a repository")
    context.ensure_object(Settings).given_path = user_path(value)


def _set_read_only(context: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Settings).read_only = True


def common_options(function: Function) -> Function:
    """The global options: understood before the noun as well as after the verb."""
    with_json = click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        callback=_set_json,
        help='Print one JSON document (errors too: {"error": {...}}).',
    )
    with_repository = click.option(
        "--repository",
        metavar="PATH",
        expose_value=False,
        callback=_set_repository,
        help="The repository to use.",
    )
    with_read_only = click.option(
        "--read-only",
        is_flag=True,
        expose_value=False,
        callback=_set_read_only,
        help="Change nothing; what would is refused.",
    )
    return with_repository(with_read_only(with_json(function)))


pass_settings = click.make_pass_decorator(Settings, ensure=True)
