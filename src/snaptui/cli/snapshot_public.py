"""`snaptui snapshot list --public`: what other accounts have made public, page by page."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snaptui.cli.output import (
    NONE,
    Column,
    PagedTable,
    emit_for_programs,
    hint_when_empty,
    size,
)
from snaptui.cli.progress import busy
from snaptui.cli.selecting import selector
from snaptui.cli.settings import Settings, require, wait_for, warn
from snaptui.clouds.base import Capability
from snaptui.models import Snapshot
from snaptui.units import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from snaptui.clouds.base import Cloud
    from snaptui.fields import Fields

LIMIT = 1000
"""So many are listed when nobody says how many: a page of EC2."""
_COLUMNS = (
    Column("RESOURCE UID"),
    Column("OWNER", flexible=True),
    Column("CREATED AT"),
    Column("SIZE", right=True),
    Column("DESCRIPTION", flexible=True),
)
"""Of another account's snapshot nobody sees a name, and no volume that is there."""


@dataclass(frozen=True, slots=True)
class PublicList:
    """Which ones are wanted.

    Attributes:
        owner: only this account's; empty is everybody's.
        limit: at most so many; None is as many as is sensible.
        wanted: what they are to be like, as for any list.
        sort: in which order, for those that were found.
    """

    owner: str
    limit: int | None
    wanted: str | None
    sort: str | None


def list_public(settings: Settings, asked: PublicList) -> None:
    """Print them: for people each page as it comes, unless they are to be sorted first."""
    passes = selector(settings, _fields, asked.wanted, None)
    in_order = selector(settings, _fields, None, asked.sort)
    limit = asked.limit or LIMIT
    streams = asked.sort is None and not settings.json and not settings.csv
    table = PagedTable(_COLUMNS)

    def print_page(page: Sequence[Snapshot]) -> None:
        table.add(_row(each) for each in page)

    with settings.cloud() as cloud:
        require(cloud, Capability.PUBLIC_SNAPSHOTS)
        if streams:
            listing = _list(cloud, asked.owner, limit, passes, print_page)
            found, more = wait_for(listing)
        else:
            with busy("listing public snapshots"):
                found, more = wait_for(_list(cloud, asked.owner, limit, passes, lambda _: None))
    if not streams:
        found = in_order(found)
        if not emit_for_programs(settings, found, Snapshot):
            print_page(found)
    if not found:
        hint_when_empty("There is no public snapshot like that.")
    elif more:
        less = "" if asked.owner else ", or less with --owner ACCOUNT"
        warn(f"the first {limit} are listed, and there may be more: see more with --limit{less}")


async def _list(
    cloud: Cloud,
    owner: str,
    limit: int,
    passes: Callable[[Iterable[Snapshot]], list[Snapshot]],
    tell: Callable[[Sequence[Snapshot]], None],
) -> tuple[list[Snapshot], bool]:
    """Those that pass, up to the limit, and whether it ended there; no page is asked for beyond it.

    A page is told as soon as it is there.
    """
    found: list[Snapshot] = []
    async with aclosing(cloud.public_snapshots(owner)) as pages:
        async for page in pages:
            passed = passes(page)[: limit - len(found)]
            if passed:
                tell(passed)
            found += passed
            if len(found) >= limit:
                return found, True
    return found, False


def _fields() -> Fields[Snapshot]:
    from snaptui.fields import SNAPSHOT_FIELDS

    return SNAPSHOT_FIELDS


def _row(each: Snapshot) -> tuple[object, ...]:
    return (
        each.resource_uid,
        each.owner or NONE,
        format_time(each.created_at),
        size(each.size_bytes),
        each.description or NONE,
    )
