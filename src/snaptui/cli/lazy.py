"""Commands that are imported when they are asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping


class Nouns(click.Group):
    """A group that says which command was probably meant by a word that is none."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word means; one that is only near is not guessed."""
        word = args[0] if args else ""
        if word and not word.startswith("-") and self.get_command(ctx, word) is None:
            from difflib import get_close_matches

            near = get_close_matches(word, self.list_commands(ctx), 3, 0.5)
            if near:
                meant = " or ".join(near)
                ctx.fail(f"No such command {word!r} (did you mean {meant}?)")
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
