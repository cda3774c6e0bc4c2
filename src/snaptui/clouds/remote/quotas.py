"""How much an account or project may have: a provider that is told has more than `Provider`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.models import Quota

NO_QUOTAS = "it does not tell its quotas"


@runtime_checkable
class HasQuotas(Protocol):
    """A provider whose cloud tells its quotas."""

    async def quotas(self) -> Sequence[Quota]:
        """Those of volumes, snapshots and what they take together."""
