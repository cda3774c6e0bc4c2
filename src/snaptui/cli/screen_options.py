"""The options of the screen, for once, over the config file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from snaptui.cli.settings import Settings
from snaptui.config import THEMES

Function = TypeVar("Function", bound=Callable[..., Any])


def _set_in_config(option: str, **changes: Any) -> Callable[..., None]:
    def set_it(context: click.Context, _option: click.Parameter, value: Any) -> None:
        if value is not None and value is not False:
            given = {key: value if each is ... else each for key, each in changes.items()}
            context.ensure_object(Settings).given[option] = given

    return set_it


def screen_options(function: Function) -> Function:
    """What can be said about the screen for once, over the config file."""
    for option in (
        click.option(
            "--calm",
            is_flag=True,
            expose_value=False,
            callback=_set_in_config("--calm", calm=True),
            help="For slow lines: few colours, no clock, fewer repaints.",
        ),
        click.option(
            "--no-mouse",
            is_flag=True,
            expose_value=False,
            callback=_set_in_config("--no-mouse", mouse=False),
            help="Leave the mouse to the terminal.",
        ),
        click.option(
            "--ascii",
            is_flag=True,
            expose_value=False,
            callback=_set_in_config("--ascii", ascii=True),
            help="Draw the screen with ASCII only.",
        ),
        click.option(
            "--theme",
            type=click.Choice(THEMES),
            expose_value=False,
            callback=_set_in_config("--theme", theme=...),
            help="The screen's colours.",
        ),
    ):
        function = option(function)
    return function
