"""What goes wrong in the background is told, and ends nothing but itself."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING

from textual import log

from snaptui.errors import SnaptuiError
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def described(error: Exception) -> str:
    """What a person is told of an error; one that nobody foresaw is called a defect."""
    if isinstance(error, SnaptuiError):
        return str(error)
    log.error("".join(traceback.format_exception(error)))
    text = safe_text(error, 300)
    return f"snaptui has a defect: {type(error).__name__}" + (f": {text}" if text else "")


@contextmanager
def guarded(tell: Callable[[str], object]) -> Iterator[None]:
    """Tell any error that comes from inside, and go on after the block."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - a defect in one view must not end the others
        tell(described(error))
