"""Places with volumes: the Cloud protocol, and the clouds that speak it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snaptui.clouds.base import Cloud
    from snaptui.engine import Repository


def open_cloud(name: str, repository: Repository) -> Cloud:
    """The cloud of that name, imported when it is first asked for.

    Raises:
        NotFoundError: there is none.
    """
    if name == "local":
        from snaptui.clouds.local import LocalCloud

        return LocalCloud(repository)
    from snaptui.errors import NotFoundError

    raise NotFoundError(f"there is no cloud {name!r}", "known: local")
