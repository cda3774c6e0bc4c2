"""`--filter` and `--sort` of lists: the language of the screen's filter."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snaptui.cli.settings import Settings
    from snaptui.fields import Fields

Function = TypeVar("Function", bound=Callable[..., Any])
T = TypeVar("T")


def selecting_options(function: Function) -> Function:
    """Options that say which rows of a list are wanted, and in which order."""
    with_sort = click.option(
        "--sort",
        metavar="COLUMN[:desc]",
        help="Sort by name, uid, size, age, ...; what is alike stays in its order.",
    )
    with_filter = click.option(
        "--filter",
        "wanted",
        metavar="TEXT",
        help="Only what this lets through: 'web !test status:error size:>1GiB age:<7d'.",
    )
    return with_filter(with_sort(function))


def selector(
    settings: Settings, fields: Callable[[], Fields[T]], wanted: str | None, sort: str | None
) -> Callable[[Iterable[T]], list[T]]:
    """What takes from a list what is wanted, in the order that is wanted.

    `fields` is called only when there is something to do: a plain list imports nothing for it.

    Raises:
        InvalidInputError: the filter or the column is not understood; told before anything is read.
    """
    if wanted is None and sort is None:
        return list
    from snaptui.filtering import Filter

    _ = settings.config  # with it comes the zone that the dates of a filter are in
    known = fields()
    passes = Filter(wanted or "", known)
    order = list if sort is None else known.order(sort)
    return lambda things: order(filter(passes, things))
