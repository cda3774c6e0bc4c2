"""`snaptui web`: the app in a browser."""

from __future__ import annotations

import os
import shlex
import sys
from importlib.util import find_spec
from ipaddress import ip_address

import click

from snaptui.cli.examples import examples
from snaptui.cli.output import emit_json
from snaptui.cli.screen_options import screen_options
from snaptui.cli.settings import Settings, common_options, pass_settings, warn
from snaptui.errors import InvalidInputError, SnaptuiError
from snaptui.installing import how_to_install

_HOST, _PORT = "127.0.0.1", 8000


@click.command(epilog=examples("snaptui web", "snaptui web --read-only --port 9000"))
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_PORT,
    show_default=True,
    help="Where to listen; 0 takes a free one.",
)
@click.option("--host", default=_HOST, show_default=True, help="The address to listen on.")
@click.option("--insecure", is_flag=True, help="Listen where others can reach it.")
@common_options
@screen_options
@pass_settings
def web(settings: Settings, port: int, host: str, insecure: bool) -> None:
    """Serve the app to a browser, until Ctrl-C.

    Prints the address to open, which has a secret in it: whoever has it can do what you can. There
    is no password and no encryption, so it listens on this host only; from elsewhere, come through
    SSH. Each browser tab is an app of its own on this repository.
    """
    if find_spec("textual_serve") is None:
        raise SnaptuiError("the web server is not installed", how_to_install("web"))
    if not _is_loopback(host):
        if not insecure:
            raise InvalidInputError(
                f"on {host} others could reach it, and there is no password and no encryption",
                "use ssh -L 8000:127.0.0.1:8000, or add --insecure",
            )
        warn(f"listening on {host} without a password and without encryption")
    from snaptui.cli.web_server import serve

    def announce(url: str) -> None:
        if settings.json:
            emit_json({"url": url})
        else:
            click.echo(f"Open {url}\nCtrl-C ends it.")
        sys.stdout.flush()

    serve(_command(settings), host, port, announce)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _command(settings: Settings) -> str:
    """What each browser session runs, for a shell."""
    words = [sys.executable, "-P", "-m", "snaptui", "--repository", os.path.abspath(settings.path)]
    if settings.read_only:
        words.append("--read-only")
    for option, changes in settings.given.items():
        words += [option, changes["theme"]] if option == "--theme" else [option]
    return f"exec {shlex.join(words)}"
