"""The remote cloud that a command works on."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

import click

from snaptui.cli.settings import one_loop

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from snaptui.cli.settings import Settings
    from snaptui.clouds.base import Cloud
    from snaptui.clouds.remote.remembering import RememberingCloud
    from snaptui.engine import Repository

MOMENT = 1.0
"""So many seconds a command that has told all may last for what its cloud is yet to answer."""


@contextmanager
def remote_cloud(settings: Settings, repository: Repository | None = None) -> Iterator[Cloud]:
    """The cloud that the settings name.

    What is done to it is written down in the repository, if there is one: opened when it is needed,
    since a list does not, and a repository that is broken keeps nobody from another cloud.

    Raises:
        NotFoundError: there is no such cloud.
    """
    import asyncio

    from snaptui.clouds.registry import known_clouds, make_provider, remembered_inventory
    from snaptui.clouds.remote.ledger import RepositoryLedger
    from snaptui.clouds.remote.remembering import RememberingCloud

    known = known_clouds(settings.config).get(settings.cloud_name)
    with ExitStack() as stack:

        def find() -> Repository | None:
            nonlocal repository
            if repository is None and not settings.is_nothing():
                repository = stack.enter_context(settings.open())
            return repository

        cloud = RememberingCloud(
            known.name,
            make_provider(known),
            read_only=settings.given_read_only or known.read_only,
            ledger=RepositoryLedger(known.name, find, known.found_as),
            remembered=remembered_inventory(known),
        )
        # apart from the repository, which nobody must wait for
        connected = stack.enter_context(ExitStack())
        runner = connected.enter_context(asyncio.Runner())
        connected.callback(lambda: runner.run(cloud.close()))
        with one_loop(known.name, runner):
            yield cloud
        context = click.get_current_context(silent=True)
        if cloud.is_asking and context is not None:
            kept = connected.pop_all()
            context.call_on_close(kept.close)
            context.call_on_close(lambda: _wait_a_moment(runner, cloud))


def _wait_a_moment(runner: asyncio.Runner, cloud: RememberingCloud) -> None:
    """Let a cloud answer what it was asked beside, when a command has told all there is to tell."""
    if sys.exc_info()[0] is not None:
        return  # the error is yet to be told
    with suppress(KeyboardInterrupt):  # what was to be done is done
        runner.run(cloud.wait_a_moment(MOMENT))
