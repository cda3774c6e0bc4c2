"""Places with volumes: the Cloud protocol, and the clouds that speak it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snaptui.clouds.base import Cloud
    from snaptui.config import Config
    from snaptui.engine import Repository


def open_cloud(name: str, repository: Repository, config: Config) -> Cloud:
    """The cloud of that name, imported when it is first asked for.

    Args:
        name: `local`, or what the config or the ecosystem's own config calls it.
        repository: the local cloud's; what is done to any other is written down in it.
        config: what is set.

    Raises:
        NotFoundError: there is none.
    """
    from snaptui.config.settings import LOCAL

    if name == LOCAL:
        from snaptui.clouds.local import LocalCloud

        return LocalCloud(repository, trash_days=config.local.trash_days)
    from snaptui.clouds.registry import known_clouds, make_provider
    from snaptui.clouds.remote.cloud import RemoteCloud
    from snaptui.clouds.remote.ledger import RepositoryLedger

    known = known_clouds(config).get(name)
    return RemoteCloud(
        known.name,
        make_provider(known),
        read_only=known.read_only,
        ledger=RepositoryLedger(known.name, lambda: repository, known.found_as),
    )
