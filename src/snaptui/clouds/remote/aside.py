"""Calls that block for as long as somebody else pleases, in threads that nobody has to wait for.

The event loop's own threads are waited for when a command ends, and there are few of them. A
program that gives out credentials and hangs would keep the terminal, and other clouds waiting.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


async def aside(call: Callable[[], Result]) -> Result:
    """What a call gives, in a thread of its own; who is cancelled meanwhile leaves it behind."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Result] = loop.create_future()

    def tell(call_back: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the event loop has ended meanwhile
            loop.call_soon_threadsafe(lambda: None if answer.done() else call_back())

    def work() -> None:
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001 - it is the caller's
            tell(partial(answer.set_exception, error))
        else:
            tell(partial(answer.set_result, result))

    threading.Thread(target=work, name="aside", daemon=True).start()
    return await answer
