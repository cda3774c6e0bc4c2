"""Whether what a job has made is in the lists yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.models import Job, JobKind, JobStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snaptui.tui.cloud_state import CloudState

LISTED_SECONDS = 3.0
"""So long a cloud may take to list what was made in it; then it is waited for no longer."""
_MAKES = frozenset(
    {JobKind.SNAPSHOT, JobKind.CLONE, JobKind.CREATE, JobKind.IMPORT, JobKind.EXPORT}
)


def is_listed(job: Job, clouds: Iterable[CloudState]) -> bool:
    """Whether what a job made is to be seen as it is now; there may be nothing of the kind."""
    uid = job.result_uid
    if uid is None or job.kind not in _MAKES or job.status is not JobStatus.COMPLETED:
        return True
    return any(
        thing is not None and thing.status.settled
        for state in clouds
        for thing in (state.snapshots.get(uid), state.volumes.get(uid))
    )
