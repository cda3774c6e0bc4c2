"""The remote cloud that a command works on."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from snaptui.cli.settings import one_loop, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snaptui.cli.settings import Settings
    from snaptui.clouds.base import Cloud
    from snaptui.engine import Repository


@contextmanager
def remote_cloud(settings: Settings, repository: Repository | None = None) -> Iterator[Cloud]:
    """The cloud that the settings name.

    What is done to it is written down in the repository, if there is one: opened when it is needed,
    since a list does not, and a repository that is broken keeps nobody from another cloud.

    Raises:
        NotFoundError: there is no such cloud.
    """
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
        stack.enter_context(one_loop(known.name))
        try:
            yield cloud
        finally:
            wait_for(cloud.close())
