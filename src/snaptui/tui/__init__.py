"""The screen: a full-screen terminal app over clouds and jobs.

Nothing is imported here before `run` is called, so that the command line stays light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snaptui.config import Config
    from snaptui.tui.ports import Connect, Examine

__all__ = ["run"]


def run(connect: Connect, config: Config | None = None, examine: Examine | None = None) -> int:
    """Open the app and stay until the person leaves it.

    Args:
        connect: opens the clouds and the jobs. It is called in a thread after the first paint, so
            that a large catalog delays nothing. A `SnaptuiError` it raises closes the app and is
            raised here, for the command line to tell.
        config: what the user has set.
        examine: the doctor's look at what the command line knows of.

    Returns:
        The exit code.
    """
    from snaptui.tui.app import SnaptuiApp

    app = SnaptuiApp(connect=connect, config=config, examine=examine)
    app.run(mouse=app.config.mouse)
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0
