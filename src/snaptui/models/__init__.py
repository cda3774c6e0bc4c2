"""The vocabulary: what clouds, volumes and snapshots are, in the words of the field.

Plain frozen dataclasses, because the screen shows thousands of them before its first second is
over (defining pydantic models costs a tenth of a second at start-up). Whatever comes from outside
is validated with pydantic where it comes in; see `snaptui.requests`.

All sizes are in bytes, all times are aware and in UTC.
"""

from snaptui.models.jobs import (
    LOCAL_CLOUD,
    Event,
    Job,
    JobKind,
    JobStatus,
    Progress,
)
from snaptui.models.plain import (
    to_json,
)
from snaptui.models.reports import (
    BlockSummary,
    Changes,
    CheckReport,
    Damage,
    Deletion,
    Diff,
    DiffRange,
    LeftOut,
    LineageNode,
    Quota,
    RangeKind,
    RestoreReport,
    Usage,
)
from snaptui.models.things import (
    Attachment,
    Candidate,
    CloudInfo,
    CloudTrouble,
    Consistency,
    Instance,
    ReadMethod,
    Snapshot,
    SnapshotStatus,
    TrashedSnapshot,
    Visibility,
    Volume,
    VolumeStatus,
    VolumeType,
    Zone,
)

__all__ = [
    "LOCAL_CLOUD",
    "Attachment",
    "BlockSummary",
    "Candidate",
    "Changes",
    "CheckReport",
    "CloudInfo",
    "CloudTrouble",
    "Consistency",
    "Damage",
    "Deletion",
    "Diff",
    "DiffRange",
    "Event",
    "Instance",
    "Job",
    "JobKind",
    "JobStatus",
    "LeftOut",
    "LineageNode",
    "Progress",
    "Quota",
    "RangeKind",
    "ReadMethod",
    "RestoreReport",
    "Snapshot",
    "SnapshotStatus",
    "TrashedSnapshot",
    "Usage",
    "Visibility",
    "Volume",
    "VolumeStatus",
    "VolumeType",
    "Zone",
    "to_json",
]
