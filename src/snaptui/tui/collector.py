"""Python's garbage collector, kept from looking at what stays.

Start-up makes some hundred thousand objects (modules, styles, a catalog) that live as long as the
app. Looking through them for garbage, again and again, is a tenth of its time, and later makes a
key wait. So nothing is collected until the clouds are there, and what is there then is left out.
"""

from __future__ import annotations

import gc

_PAUSED = False


def pause() -> None:
    """Collect nothing for now."""
    global _PAUSED  # noqa: PLW0603
    if gc.isenabled():
        gc.disable()
        _PAUSED = True


def go_on() -> None:
    """Collect again what is made from now on; only the first call does anything."""
    global _PAUSED  # noqa: PLW0603
    if _PAUSED:
        _PAUSED = False
        gc.freeze()
        gc.enable()
