"""Work that begins later."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from textual.worker import WorkType

Arguments = ParamSpec("Arguments")


def later(
    work: Callable[Arguments, Coroutine[Any, Any, None]],
    *args: Arguments.args,
    **kwargs: Arguments.kwargs,
) -> WorkType[None]:
    """What a worker is given to do, a call whose coroutine is made when it begins.

    A coroutine that is made at once is never awaited when the worker is cancelled before, as one
    of an exclusive group is by the next key; Python warns of that in the middle of something else.
    """
    return partial(work, *args, **kwargs)
