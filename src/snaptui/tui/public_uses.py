"""What is done with other accounts' public snapshots: the same as with one's own, by the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.tui.targets import Target

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from snaptui.clouds.base import Ability
    from snaptui.models import Snapshot
    from snaptui.tui.inventory import CloudState
    from snaptui.tui.operations import Operations


class PublicUses:
    """Lists them, and has `Operations` do what is asked for; they are in no inventory."""

    def __init__(self, operations: Operations, state: CloudState) -> None:
        self._operations = operations
        self._state = state

    def list(self, owner: str) -> AsyncGenerator[Sequence[Snapshot], None]:
        """All there are of an owner, in pages."""
        return self._state.cloud.public_snapshots(owner)

    def ability(self, action: str, snapshot: Snapshot) -> Ability:
        """Whether it can be done, and why not."""
        return self._operations.ability(action, Target(self._state, snapshot=snapshot))

    def do(self, action: str, snapshot: Snapshot) -> None:
        """Open the form, or start the job."""
        self._operations.do_unlisted(action, self._state, snapshot)
