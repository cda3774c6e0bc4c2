"""Commands that are imported when they are asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping


def did_you_mean(command: click.Command, context: click.Context, word: str) -> str:
    """Which commands are called nearly so, to be written behind what is wrong; or nothing."""
    from difflib import get_close_matches

    names = command.list_commands(context) if isinstance(command, click.Group) else []
    near = get_close_matches(word, names, 3, 0.5)
    return f" (did you mean {' or '.join(near)}?)" if near else ""


class Nouns(click.Group):
    """A group that says which command was probably meant by a word that is none."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word means; one that is only near is not guessed."""
        word = args[0] if args else ""
        is_none = bool(word) and not word.startswith("-") and self.get_command(ctx, word) is None
        if is_none and not ctx.resilient_parsing:
            ctx.fail(f"No such command {word!r}{did_you_mean(self, ctx, word)}")
        return super().resolve_command(ctx, args)


class LazyGroup(Nouns):
    """A group that knows its commands by `module:attribute`, so that one costs only itself."""

    def __init__(self, *args: Any, commands_in: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._commands_in = commands_in

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order they were given."""
        return [*self._commands_in, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command by that name, imported now."""
        place = self._commands_in.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = place.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command
