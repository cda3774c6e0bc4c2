"""The screen: a full-screen terminal app over clouds and jobs.

Nothing is imported here before `run` is called, so that the command line stays light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snaptui.config import Config
    from snaptui.tui.ports import Connect, Examine

__all__ = ["run"]


def run(
    connect: Connect,
    config: Config | None = None,
    examine: Examine | None = None,
    repository: str = "",
    cloud: str = "",
    *,
    demo: bool = False,
) -> int:
    """Open the app and stay until the person leaves it.

    Args:
        connect: opens the clouds and the jobs. It is called in a thread after the first paint, so
            that a large catalog delays nothing. A `SnaptuiError` it raises closes the app and is
            raised here, for the command line to tell.
        config: what the user has set.
        examine: the doctor's look at what the command line knows of.
        repository: the absolute path of the repository whose state is restored and kept; without
            one, none is.
        cloud: the cloud to begin in; without one, where one was.
        demo: it is all thrown away in the end, which is said.

    Returns:
        The exit code.
    """
    import os
    from dataclasses import replace

    from snaptui import heap
    from snaptui.tui import collector

    collector.pause()
    heap.share()
    from snaptui.config import Config, state_path
    from snaptui.tui.app import SnaptuiApp
    from snaptui.tui.appearance import first_theme
    from snaptui.tui.place import Place, PlaceKind
    from snaptui.tui.state import Remembered, StateFile
    from snaptui.tui.theme import TERMINAL
    from snaptui.tui.trail import Stop

    config = config or Config()
    state = None
    if repository and config.restore_state:
        state = StateFile(state_path(), repository, config.theme)
    remembered = state.read() if state is not None else Remembered()
    if cloud:
        beginning = Stop(Place(cloud, PlaceKind.VOLUMES))
        remembered = replace(remembered, stop=beginning, filter="", in_pane=True)
    dark = None
    if first_theme(config, os.environ, remembered.theme) == TERMINAL:
        from snaptui.tui.background import is_dark

        dark = is_dark(os.environ)
    app = SnaptuiApp(
        connect=connect,
        config=config,
        examine=examine,
        remembered=remembered,
        dark=dark,
        demo=demo,
    )
    app.run(mouse=config.mouse)
    if app.failure is not None:
        raise app.failure
    if state is not None and app.left is not None:
        state.write(app.left)
    return app.return_code or 0
