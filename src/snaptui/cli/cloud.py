"""`snaptui cloud`: which clouds there are, whether they answer, setting one and forgetting it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping  # noqa: TC003 - exports look up the types of fields
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from snaptui.cli import candidates
from snaptui.cli.examples import examples
from snaptui.cli.lazy import LazyGroup
from snaptui.cli.output import (
    NONE,
    Column,
    emit_fields,
    emit_for_programs,
    emit_json,
    emit_table,
    yes_or_no,
)
from snaptui.cli.progress import busy
from snaptui.cli.settings import (
    Settings,
    common_options,
    list_options,
    pass_settings,
    wait_for,
    warn,
)
from snaptui.clouds.base import Capability
from snaptui.clouds.wording import in_words
from snaptui.errors import InvalidInputError, UnsupportedError
from snaptui.models import LOCAL_CLOUD, to_json
from snaptui.text import count_of
from snaptui.units import format_age, format_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.clouds.registry import Known, KnownCloud
    from snaptui.clouds.trying import TriedCloud

_PART_OF_OTHERS = frozenset({Capability.RESTORE, Capability.ALLOW_FUZZY})
"""What is told by others, and what is no want."""

_COLUMNS = (
    Column("NAME", flexible=True),
    Column("KIND"),
    Column("WHERE", flexible=True),
    Column("READ-ONLY"),
    Column("FROM", flexible=True),
)
_TRIED = (
    Column("NAME", flexible=True),
    Column("KIND"),
    Column("STATUS"),
    Column("TOOK", right=True),
    Column("PLACE", flexible=True),
)


@click.group(
    epilog=examples(
        "snaptui cloud list",
        "snaptui cloud test",
        "snaptui cloud add work --kind aws --region us-east-1 --profile work",
    ),
    cls=LazyGroup,
    commands_in={
        "add": "snaptui.cli.cloud_set:add",
        "remove": "snaptui.cli.cloud_set:remove",
    },
)
@common_options
def cloud() -> None:
    """Clouds: this host, and accounts and projects elsewhere."""


class Seconds(click.FloatRange):
    """A number of seconds in a range; what is no number is in none."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number."""
        number: float = super().convert(value, param, ctx)
        if number != number:  # noqa: PLR0124 - so is only what is no number
            self.fail("that is no number", param, ctx)
        return number


@dataclass(frozen=True, slots=True)
class ListedCloud:
    """A cloud, as `cloud list` prints it.

    Attributes:
        options: what its kind needs to find it; no secrets.
        origin: who says that there is such a cloud.
        is_set: the config file says so; else it was found.
        refresh: every so many seconds the app lists it anew; none for the local one.
        lacks: the option that it cannot be used without, and that nobody says; empty for none.
    """

    name: str
    kind: str
    read_only: bool
    origin: str
    is_set: bool
    refresh: float | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    lacks: str = ""


def listed(each: KnownCloud, *, read_only: bool) -> ListedCloud:
    """A remote cloud, as it is printed."""
    return ListedCloud(
        name=each.name,
        kind=each.kind,
        read_only=read_only or each.read_only,
        origin=each.origin,
        is_set=each.is_set,
        refresh=each.refresh,
        options=each.options,
        lacks=next(iter(each.lacks), ""),
    )


def _local(settings: Settings) -> ListedCloud:
    return ListedCloud(
        name=LOCAL_CLOUD,
        kind=LOCAL_CLOUD,
        read_only=settings.read_only,
        origin=settings.path_origin,
        is_set=not settings.is_default,
        options={"repository": str(settings.path)},
    )


def known(settings: Settings) -> Known:
    """All remote clouds; why some may be missing is told."""
    from snaptui.clouds.registry import known_clouds

    found = known_clouds(settings.config)
    for problem in found.problems:
        warn(problem)
    return found


@cloud.command("list", epilog=examples("snaptui cloud list", "snaptui cloud list --json"))
@list_options
@pass_settings
def list_(settings: Settings) -> None:
    """List all clouds: those that are set, and those that are found.

    AWS's and OpenStack's own config is looked through for clouds (unless find_clouds = false in the
    config file). No cloud is contacted: see snaptui cloud test.
    """
    read_only = settings.given_read_only
    remote = [listed(each, read_only=read_only) for each in known(settings).clouds]
    found = [_local(settings), *remote]
    if emit_for_programs(settings, found, ListedCloud):
        return
    emit_table(_COLUMNS, (_row(each) for each in found))
    if lacking := [each for each in found if each.lacks]:
        names = ", ".join(each.name for each in lacking)
        warn(f"no {lacking[0].lacks} is set of {names}: see what to do with: snaptui cloud test")


def _row(each: ListedCloud) -> tuple[object, ...]:
    return (each.name, each.kind, _where(each), yes_or_no(each.read_only), _by_tilde(each.origin))


def _by_tilde(text: str) -> str:
    """For people: paths in it as `~/.aws/config`, wherever they are from."""
    home = os.path.expanduser("~")  # noqa: PTH111 - pathlib's raises where there is no home
    return re.sub(rf"(?<!\S){re.escape(home)}/", "~/", text) if len(home) > 1 else text


def _where(each: ListedCloud) -> object:
    if each.kind == LOCAL_CLOUD:
        return _by_tilde(each.options["repository"])
    said = [f"{key} {value}" for key, value in each.options.items()]
    return ", ".join([*said, *([f"no {each.lacks}"] if each.lacks else [])]) or NONE


@cloud.command(
    epilog=examples(
        "snaptui cloud show 'aws us-east-1'",
        "snaptui cloud show lab --quotas",
        "snaptui cloud show local",
    )
)
@click.argument("name", shell_complete=candidates.clouds)
@click.option(
    "--quotas",
    is_flag=True,
    help="Ask the cloud how much one may have in it, and has.",
)
@common_options
@pass_settings
def show(settings: Settings, name: str, quotas: bool) -> None:
    """Show everything that is known of the cloud NAME without contacting it.

    Only with --quotas is it contacted.
    """
    if name == LOCAL_CLOUD:
        _show_local(settings, quotas=quotas)
        return
    found = known(settings).find(name)
    each = listed(found, read_only=settings.given_read_only)
    cannot, problem = _cannot(found)
    told: list[tuple[str, object]] = []
    if quotas:
        from snaptui.cli.cloud_quotas import quota_fields, quotas_of, with_quotas

        try:
            there = quotas_of(found)
            told = quota_fields(there)
        except UnsupportedError as error:  # all else that is known of it is told
            there, told = [], [("Quotas", error.message.removeprefix(f"{found.name}: "))]
        each = with_quotas(each, there)
    if settings.json:
        emit_json({**to_json(each), "cannot": {str(what): why for what, why in cannot.items()}})
        return
    emit_fields(
        (
            *_fields(each),
            *told,
            ("Known of it", _remembered(found)),
            *(("Cannot", line) for line in _in_words(cannot)),
            *([("Problem", problem)] if problem else []),
        )
    )


def _show_local(settings: Settings, *, quotas: bool) -> None:
    from snaptui.clouds.local.unsupported import NO_QUOTAS

    each = _local(settings)
    if settings.json:
        emit_json({**to_json(each), **({"quotas": []} if quotas else {})})
    else:
        emit_fields((*_fields(each), *([("Quotas", NO_QUOTAS)] if quotas else [])))


def _fields(each: ListedCloud) -> tuple[tuple[str, object], ...]:
    refresh = "only when asked to" if not each.refresh else f"every {each.refresh:g} s"
    return (
        ("Name", each.name),
        ("Kind", each.kind),
        *(
            (key.replace("_", " ").capitalize(), _by_tilde(value))
            for key, value in each.options.items()
        ),
        *(((each.lacks.capitalize(), "none is set"),) if each.lacks else ()),
        ("Read-only", yes_or_no(each.read_only)),
        *((("Listed anew", refresh),) if each.refresh is not None else ()),
        ("From", _by_tilde(each.origin)),
    )


def _remembered(found: KnownCloud) -> object:
    from snaptui.clouds.registry import remembered_inventory

    kept = remembered_inventory(found).head()
    if kept is None:
        return "nothing yet"
    volumes = count_of(kept.volumes, "volume")
    snapshots = count_of(kept.snapshots, "snapshot")
    return f"{volumes}, {snapshots}, listed {format_age(kept.at)}"


def _cannot(found: KnownCloud) -> tuple[dict[Capability, str], str]:
    """What it can never do, and why; and why that is not known."""
    from snaptui.clouds.registry import make_provider
    from snaptui.clouds.remote.cloud import RemoteCloud
    from snaptui.errors import SnaptuiError

    try:
        # read-only is no matter of what it is
        cloud = RemoteCloud(found.name, make_provider(found))
    except SnaptuiError as error:
        return {}, str(error)
    every = {each: cloud.ability(each) for each in Capability if each not in _PART_OF_OTHERS}
    return {each: ability.reason for each, ability in every.items() if not ability}, ""


def _in_words(cannot: Mapping[Capability, str]) -> list[str]:
    """A line a reason."""
    by_reason: dict[str, list[str]] = {}
    for capability, reason in cannot.items():
        by_reason.setdefault(reason, []).append(in_words(capability))
    return [f"{', '.join(words)}: {reason}" for reason, words in by_reason.items()]


@cloud.command(
    epilog=examples("snaptui cloud test", "snaptui cloud test 'aws us-east-1' work --json")
)
@click.argument("names", nargs=-1, metavar="[NAME...]", shell_complete=candidates.remote_clouds)
@click.option(
    "--timeout",
    type=Seconds(min=0, min_open=True, max=3600),
    default=30,
    show_default=True,
    metavar="SECONDS",
    help="How long each gets to answer.",
)
@list_options
@pass_settings
def test(settings: Settings, names: tuple[str, ...], timeout: float) -> int:
    """Connect to each remote cloud, or to all, and tell who answers.

    All are asked at once. Who does not answer is told with the reason and what to do about it, and
    the exit code is 1.
    """
    from snaptui.clouds.trying import TriedCloud, try_clouds

    if LOCAL_CLOUD in names:
        raise InvalidInputError(
            f"{LOCAL_CLOUD} is the cloud on this host, which has nobody to be asked",
            "see: snaptui doctor",
        )
    every = known(settings)
    found = {each.name: each for each in map(every.find, names)}
    chosen = [*found.values()] or every.clouds
    with busy("asking all clouds" if len(chosen) > 1 else "asking the cloud", shown=bool(chosen)):
        tried: Sequence[TriedCloud] = wait_for(try_clouds(chosen, timeout))
    failed = [each for each in tried if not each.available]
    code = 1 if failed else 0
    if emit_for_programs(settings, tried, TriedCloud):
        return code
    if not tried:
        warn("there is no remote cloud: add one with: snaptui cloud add (see its --help)")
        return code
    emit_table(_TRIED, (_tried_row(each) for each in tried))
    for each in failed:
        warn(f"{each.name}: {each.reason}")
    return code


def _tried_row(each: TriedCloud) -> tuple[object, ...]:
    took = each.seconds
    return (
        each.name,
        each.kind,
        each.words,
        format_duration(took) if took >= 10 else f"{took:.1f} s",
        each.place or NONE,
    )
