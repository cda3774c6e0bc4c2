"""`snaptui cloud show NAME --quotas`: how much one may have in a cloud, and has; it is asked."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from snaptui.cli.cloud import ListedCloud
from snaptui.cli.progress import busy
from snaptui.cli.settings import one_loop, wait_for
from snaptui.models import Quota  # noqa: TC001 - exports look up the types of fields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.clouds.registry import KnownCloud


@dataclass(frozen=True, slots=True)
class CloudWithQuotas(ListedCloud):
    """A cloud, as `cloud show --quotas` prints it as JSON."""

    quotas: tuple[Quota, ...] = ()


def with_quotas(cloud: ListedCloud, quotas: Sequence[Quota]) -> CloudWithQuotas:
    """The cloud, and what it told."""
    known = {each.name: getattr(cloud, each.name) for each in fields(ListedCloud)}
    return CloudWithQuotas(**known, quotas=tuple(quotas))


def quotas_of(known: KnownCloud) -> list[Quota]:
    """Ask it.

    Raises:
        UnsupportedError: it tells none, and why.
        CloudError: it cannot be asked.
    """
    from snaptui.clouds.registry import make_provider
    from snaptui.clouds.remote.cloud import RemoteCloud

    cloud = RemoteCloud(known.name, make_provider(known))
    with one_loop():
        try:
            with busy("asking the cloud"):
                return wait_for(cloud.quotas())
        finally:
            wait_for(cloud.close())


def quota_fields(quotas: Sequence[Quota]) -> list[tuple[str, object]]:
    """For people: how much of each there is, and may be."""
    return [(f"Quota of {each.name}", _used(each)) for each in quotas]


def _used(quota: Quota) -> str:
    if quota.limit is None:
        return f"{quota.used} used, no limit"
    return f"{quota.used} of {quota.limit} used" + (", none left" if quota.full else "")
