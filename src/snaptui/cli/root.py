"""The root command: global options, the nouns, and the app when no noun is given."""

from __future__ import annotations

import sys
from typing import Any

import click

from snaptui import __version__
from snaptui.cli.examples import examples
from snaptui.cli.lazy import LazyGroup
from snaptui.cli.screen_options import screen_options
from snaptui.cli.settings import Settings, common_options

_EPILOG = f"""{examples("snaptui", "snaptui volume list", "snaptui help snapshot create")}

\b
Volumes and snapshots are named by their Resource UID, a unique beginning of
it (vol-5, or four digits), or a name that only one of them has.

\b
Exit codes:
  0    done
  1    failed, or not there
  2    not understood: an option, an impossible name, an ambiguous reference
  3    damage found
  4    the volume changed while it was read
  130  cancelled
  141  the reader of the output went away

\b
Environment:
  SNAPTUI_REPOSITORY  the repository, when --repository is not given
  SNAPTUI_CLOUD       the cloud, when --cloud is not given
  SNAPTUI_READ_ONLY   1 is --read-only
  SNAPTUI_CONFIG      the config file (see: snaptui config path)
  NO_COLOR            show no colours
  SNAPTUI_PLAIN       1 is --plain
  SNAPTUI_DEBUG       show where an error comes from
"""


class ReaderGoneError(Exception):
    """Who read our output has seen enough (click would exit with 1 on a `BrokenPipeError`)."""


class _Root(LazyGroup):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise ReaderGoneError from error
        return result


@click.group(
    cls=_Root,
    invoke_without_command=True,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
    commands_in={
        "volume": "snaptui.cli.volume:volume",
        "snapshot": "snaptui.cli.snapshot:snapshot",
        "trash": "snaptui.cli.trash:trash",
        "zone": "snaptui.cli.zone:zone",
        "instance": "snaptui.cli.instance:instance",
        "cloud": "snaptui.cli.cloud:cloud",
        "job": "snaptui.cli.job:job",
        "event": "snaptui.cli.event:event",
        "check": "snaptui.cli.check:check",
        "config": "snaptui.cli.config:config",
        "doctor": "snaptui.cli.doctor:doctor",
        "web": "snaptui.cli.web:web",
        "demo": "snaptui.cli.demo:demo",
        "completion": "snaptui.cli.completion:completion",
        "help": "snaptui.cli.manual:help_",
        "man": "snaptui.cli.manual:man",
    },
)
@common_options
@screen_options
@click.option("--web", is_flag=True, help="Serve the app to a browser: as `snaptui web`.")
@click.version_option(__version__, message="snaptui %(version)s")
@click.pass_context
def snaptui(context: click.Context, web: bool) -> int | None:
    """Volume snapshots: see, take, compare, clone and restore them.

    Without a command the full-screen app is opened.
    """
    settings = context.ensure_object(Settings)
    if context.invoked_subcommand is not None:
        return None
    if web:
        from snaptui.cli.web import web as serve_app

        context.invoke(serve_app)
        return None
    from snaptui.cli.app import open_app

    return open_app(settings)
