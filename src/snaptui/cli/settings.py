"""The global options, and what a command needs to open because of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import click

from snaptui.cli.candidates import clouds, directories
from snaptui.cli.chosen import OPTION, ChosenRepository
from snaptui.config import Config, read_config, user_path
from snaptui.config.settings import LOCAL
from snaptui.errors import InvalidInputError, UnsupportedError
from snaptui.units import tell_times_in

if TYPE_CHECKING:
    import asyncio

    from snaptui.clouds.base import Capability, Cloud
    from snaptui.clouds.local import LocalCloud
    from snaptui.engine import Repository
    from snaptui.jobs import Jobs

CLOUD_VARIABLE = "SNAPTUI_CLOUD"
ASCII_VARIABLE = "SNAPTUI_ASCII"
PLAIN_VARIABLE = "SNAPTUI_PLAIN"

Result = TypeVar("Result")
Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(slots=True)
class Settings(ChosenRepository):
    """What the global options say, over what the config file says.

    Attributes:
        json: print one JSON document instead of text for people.
        csv: print a list as CSV.
        plain: print a field a line, for screen readers.
        given_cloud: the cloud that `--cloud` names.
        given: what options of the screen set in the config, by the option's name.
        tells_problems: mistakes in the config file are told on stderr when it is read; who tells
            them otherwise says no.
    """

    json: bool = False
    csv: bool = False
    plain: bool = False
    given_cloud: str = ""
    given: dict[str, dict[str, Any]] = field(default_factory=dict)
    tells_problems: bool = True
    _config: Config | None = None
    _told: set[str] = field(default_factory=set)
    _whole_names: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Config:
        """The config file, read once, with the environment and the options over it.

        A mistake that is only about looks is told once, and what it would set is as usual.

        Raises:
            InvalidInputError: the file cannot be understood, or sets something about a cloud that
                cannot be.
        """
        if self._config is None:
            config = read_config()
            for problem in config.problems if self.tells_problems else ():
                warn(f"{problem}; it is left out")
            if (said := os.environ.get(ASCII_VARIABLE, "0")) not in {"", "0"}:
                config = config.overridden(f"{ASCII_VARIABLE}={said}", ascii=True)
            for option, changes in self.given.items():
                config = config.overridden(option, **changes)
            tell_times_in(config.zone)
            self._config = config
        return self._config

    @property
    def chosen_cloud(self) -> str:
        """The cloud that the option or the environment names; empty when neither does."""
        return self.given_cloud or os.environ.get(CLOUD_VARIABLE, "")

    @property
    def cloud_name(self) -> str:
        """The cloud that is meant: the option's, the environment's, or the local one.

        Raises:
            NotFoundError: there is no such cloud.
            AmbiguousError: there are several.
        """
        return self.whole_name(self.chosen_cloud or LOCAL)

    def whole_name(self, reference: str) -> str:
        """The name of the cloud that a person means by its beginning or end.

        Raises:
            NotFoundError: there is no such cloud.
            AmbiguousError: there are several.
        """
        if reference == LOCAL:
            return LOCAL
        if reference not in self._whole_names:
            from snaptui.clouds.registry import known_clouds

            self._whole_names[reference] = known_clouds(self.config).find(reference).name
        return self._whole_names[reference]

    @property
    def is_local(self) -> bool:
        """Whether the local cloud is meant."""
        return self.cloud_name == LOCAL

    @contextmanager
    def cloud(self, *, create: bool = False) -> Iterator[Cloud]:
        """The cloud that is meant; the local one's repository is made first if `create` says so.

        Raises:
            NotFoundError: there is no such cloud.
        """
        if self.is_local:
            with self.local_cloud(create=create) as local:
                yield local
            return
        from snaptui.cli.remote import remote_cloud

        with remote_cloud(self) as remote:
            yield remote

    @contextmanager
    def local_cloud(self, *, create: bool = False) -> Iterator[LocalCloud]:
        """The local cloud over the repository, which is made first if `create` says so.

        Raises:
            UnsupportedError: another cloud is meant.
        """
        if not self.is_local:
            raise UnsupportedError(
                f"that is possible in the local cloud only, not in {self.cloud_name}",
                "leave --cloud away",
            )
        from snaptui.clouds.local import LocalCloud

        with self._opened_or_made() if create else self.open() as repository:
            yield LocalCloud(repository, trash_days=self.config.local.trash_days)
            # a command that failed has said its one line; what is odd comes after what was done
            self._tell_warnings(repository)

    @contextmanager
    def jobs(self, *, create: bool = False) -> Iterator[tuple[Cloud, Jobs]]:
        """The cloud that is meant, and the jobs, which are recorded in the repository.

        The local cloud's is made first if `create` says so, a remote one's in any case.
        """
        from snaptui.jobs import Jobs

        if self.is_local:
            with self.local_cloud(create=create) as local:
                yield local, Jobs(local.repository)
            return
        from snaptui.cli.remote import remote_cloud

        with self._opened_or_made() as repository, remote_cloud(self, repository) as cloud:
            yield cloud, Jobs(repository)

    def _opened_or_made(self) -> Repository:
        """The repository; that it is a new one is told, for a path may be mistyped."""
        making = self.is_nothing()
        repository = self.open_or_create()
        # the first volume makes the usual one: who is not at a terminal need not be told that
        if making and (not self.is_default or sys.stderr.isatty()):
            warn(f"made a new repository at {self.path}")
        return repository

    @contextmanager
    def recorded_jobs(self) -> Iterator[Jobs]:
        """The jobs of all clouds, none of which has to be there for that."""
        from snaptui.jobs import Jobs

        with self.open() as repository:
            yield Jobs(repository)
            self._tell_warnings(repository)

    def _tell_warnings(self, repository: Repository) -> None:
        for warning in repository.warnings:
            if warning not in self._told:
                warn(warning)
        self._told.update(repository.warnings)

    def has_nothing_yet(self) -> bool:
        """Whether a listing is empty for want of a repository that nobody asked for by name."""
        return self.is_local and self.has_no_records_yet()

    def has_no_records_yet(self) -> bool:
        """Whether there are no jobs, of any cloud, for want of such a repository."""
        return self.is_default and self.is_nothing()


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

    if _runners:
        runner, asked = _runners[-1]
        return runner.run(_told(coroutine, asked) if asked else coroutine)
    return asyncio.run(coroutine)


def require(cloud: Cloud, capability: Capability) -> None:
    """Refuse at once what a cloud cannot do, before it is asked anything.

    Raises:
        UnsupportedError: it cannot, and why.
        ReadOnlyError: it is read-only here.
    """
    if not (ability := cloud.ability(capability)):
        raise ability.refusal(cloud.name)


async def _told(coroutine: Coroutine[Any, Any, Result], asked: str) -> Result:
    from snaptui.cli.progress import asking

    with asking(asked):
        return await coroutine


_runners: list[tuple[asyncio.Runner, str]] = []


@contextmanager
def one_loop(asked: str = "", runner: asyncio.Runner | None = None) -> Iterator[None]:
    """All that is waited for within is run on one event loop: connections belong to theirs.

    When `asked`, a cloud, keeps a person waiting, that is told on a terminal. Without a `runner`,
    which is left open, the loop ends here.
    """
    import asyncio

    with asyncio.Runner() if runner is None else nullcontext(runner) as used:
        _runners.append((used, asked))
        try:
            yield
        finally:
            _runners.pop()


def _noting(name: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    """The callback of a flag; it may be given before the noun, after the verb, or both."""

    def note(context: click.Context, _option: click.Parameter, value: bool) -> None:
        if value:
            setattr(context.ensure_object(Settings), name, True)

    return note


def is_plain() -> bool:
    """Whether the command that runs is to print a field a line: `--plain`, or `SNAPTUI_PLAIN=1`."""
    context = click.get_current_context(silent=True)
    settings = context.find_object(Settings) if context is not None else None
    if settings is not None and settings.plain:
        return True
    return os.environ.get(PLAIN_VARIABLE, "").strip().lower() not in {"", "0", "no", "off", "false"}


def _set_repository(context: click.Context, _option: click.Parameter, value: str | None) -> None:
    if value is None:
        return
    if not value:
        raise InvalidInputError(f"{OPTION} is empty", "give the path of a repository")
    context.ensure_object(Settings).given_path = user_path(value)


def _set_cloud(context: click.Context, _option: click.Parameter, value: str | None) -> None:
    if value is None:
        return
    if not value.strip():  # a script's variable that is not set must not mean this host
        raise InvalidInputError("--cloud is empty", "give a name (see: snaptui cloud list)")
    context.ensure_object(Settings).given_cloud = value


def common_options(function: Function) -> Function:
    """The global options: understood before the noun as well as after the verb."""
    with_read_only = click.option(
        "--read-only",
        is_flag=True,
        expose_value=False,
        callback=_noting("given_read_only"),
        help="Change neither repository nor volumes; what would is refused.",
    )
    return base_options(with_read_only(function))


def base_options(function: Function) -> Function:
    """The global options but `--read-only`, for a verb that means another thing by it."""
    with_json = click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        callback=_noting("json"),
        help='Print one JSON document (errors too: {"error": {...}}).',
    )
    with_repository = click.option(
        OPTION,
        metavar="PATH",
        expose_value=False,
        callback=_set_repository,
        shell_complete=directories,
        help="The repository to use.",
    )
    with_plain = click.option(
        "--plain",
        is_flag=True,
        expose_value=False,
        callback=_noting("plain"),
        help="Print a field a line and no tables or bars, for screen readers and scripts.",
    )
    with_cloud = click.option(
        "--cloud",
        metavar="NAME",
        expose_value=False,
        callback=_set_cloud,
        shell_complete=clouds,
        help="The cloud to use, by its name or how only its name begins or ends (see: snaptui cloud"
        " list); by default the local one.",
    )
    return with_repository(with_cloud(with_plain(with_json(function))))


def list_options(function: Function) -> Function:
    """`common_options`, and `--csv` for what prints a list."""
    with_csv = click.option(
        "--csv",
        is_flag=True,
        expose_value=False,
        callback=_noting("csv"),
        help="Print comma-separated values, with the field names of the JSON.",
    )
    return common_options(with_csv(function))


pass_settings = click.make_pass_decorator(Settings, ensure=True)
