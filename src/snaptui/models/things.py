"""What clouds, zones, volumes, snapshots and attachments are."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - exports look up the types of fields
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - likewise
from enum import StrEnum

_NO_TAGS: Mapping[str, str] = {}  # one for all: a hundred thousand empty ones would be many MB


class Visibility(StrEnum):
    """Who may see and clone a snapshot."""

    PRIVATE = "private"
    PUBLIC = "public"
    SHARED = "shared"


class VolumeStatus(StrEnum):
    """What state a volume is in."""

    AVAILABLE = "available"
    IN_USE = "in-use"
    CREATING = "creating"
    DELETING = "deleting"
    BUSY = "busy"
    """The cloud is doing something else to it; the reason is its own word for that."""
    ERROR = "error"

    @property
    def settled(self) -> bool:
        """Whether it stays so until somebody does something."""
        return self in {VolumeStatus.AVAILABLE, VolumeStatus.IN_USE, VolumeStatus.ERROR}


class SnapshotStatus(StrEnum):
    """What state a snapshot is in."""

    PENDING = "pending"
    COMPLETED = "completed"
    DELETING = "deleting"
    ERROR = "error"

    @property
    def settled(self) -> bool:
        """Whether it stays so until somebody does something."""
        return self in {SnapshotStatus.COMPLETED, SnapshotStatus.ERROR}


class Consistency(StrEnum):
    """Whether a snapshot is one point in time."""

    FROZEN = "frozen"
    """Read from a frozen copy of the volume (a reflink or an LVM snapshot)."""
    STABLE = "stable"
    """Read from the volume itself, which was seen not to change meanwhile."""
    FUZZY = "fuzzy"
    """The volume changed while it was read; taken all the same because `--allow-fuzzy` said so."""


class ReadMethod(StrEnum):
    """How a snapshot's data was read."""

    FULL = "full"
    """Every byte was read."""
    DATA_ONLY = "data-only"
    """Holes the file system knows of were skipped, everything else was read."""
    CHANGED_BLOCKS = "changed-blocks"
    """The source told which blocks differ from the parent's, and only those were read."""


class CloudTrouble(StrEnum):
    """Why a cloud cannot be used, as far as it matters for what to do about it."""

    DOWN = "down"
    """It cannot be reached, or is broken at its end: wait, or look at the network."""
    NO_ACCESS = "no-access"
    """It was asked, and the credentials are wrong, expired, absent, or do not allow it."""
    BAD_SETUP = "bad-setup"
    """What is written down of it here cannot be right, or something is not installed."""

    @property
    def words(self) -> str:
        """As it is shown: `no access`."""
        return self.replace("-", " ")

    @property
    def short(self) -> str:
        """In one short word, where a name beside it needs the room."""
        return _SHORT[self]

    @property
    def of_it(self) -> str:
        """What follows a cloud's name in a sentence: `is down`."""
        return _OF_CLOUDS[self]


_SHORT = {
    CloudTrouble.DOWN: "down",
    CloudTrouble.NO_ACCESS: "auth",
    CloudTrouble.BAD_SETUP: "setup",
}
_OF_CLOUDS = {
    CloudTrouble.DOWN: "is down",
    CloudTrouble.NO_ACCESS: "gives no access",
    CloudTrouble.BAD_SETUP: "is not set up right",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudInfo:
    """A cloud as the tree shows it: is it there, and if not, why.

    Attributes:
        kind: `local`, `aws`, `openstack`.
        trouble: what is wrong while it is not available; means nothing else.
        as_of: when what is known of it was listed; None when it is known as it is this moment.
        read_only: nothing in it may be changed.
        opened: it is being followed; one that is not tells what was known the last time.
        answered: it has answered since it was opened.
        asked: somebody waits for what it is just being asked; what is asked by and by is not told.
        silent_seconds: for so long it has not answered, in whole seconds; 0 when that is not long.
        place: account or project, and region, in words.
        volume_count: how many volumes it had the last time, as long as nobody has asked for them;
            then, they can be counted.
        snapshot_count: likewise.
    """

    name: str
    kind: str
    available: bool
    reason: str = ""
    as_of: datetime | None = None
    read_only: bool = False
    opened: bool = True
    answered: bool = True
    asked: bool = False
    silent_seconds: int = 0
    place: str = ""
    volume_count: int | None = None
    snapshot_count: int | None = None
    trouble: CloudTrouble = CloudTrouble.DOWN

    @property
    def state(self) -> str:
        """One or two words: `available`, `down`, `no access`."""
        return "available" if self.available else self.trouble.words

    @property
    def sentence(self) -> str:
        """That it cannot be used, and why; empty when it can."""
        return "" if self.available else f"{self.name} {self.trouble.of_it}: {self.reason}"

    @property
    def is_unknown(self) -> bool:
        """Whether nothing is known of what is in it, not even from the last time."""
        return not self.available and self.as_of is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """An availability zone. On the local cloud: a pool, a directory that volumes are made in.

    Where the cloud does not tell them, the path is empty, and sizes are None; so is the number of
    volumes where it is not known which volumes there are.
    """

    name: str
    path: str = ""
    size_bytes: int | None = None
    free_bytes: int | None = None
    volume_count: int | None = None
    available: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Who uses a volume, and as what.

    Attributes:
        instance: a cloud's Resource UID of a server; here, in words, what uses it.
        instance_name: what the cloud calls the server; empty where that is not known.
        note: what there is to know about it when it has just been made, in a sentence.
    """

    volume_uid: str
    instance: str
    device: str
    since: datetime | None = None
    note: str = ""
    instance_name: str = ""

    @property
    def user(self) -> str:
        """Who uses it, by name where there is one, with the Resource UID at hand."""
        if not self.instance_name or self.instance_name == self.instance:
            return self.instance
        return f"{self.instance_name} ({self.instance})"

    @property
    def used_by(self) -> str:
        """Both in words: `loop device /dev/loop0`."""
        return f"{self.user} {self.device}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Block storage of a size in a zone. What a cloud does not tell is None.

    Attributes:
        managed: the data file was made by snaptui, so deleting the volume deletes it. A registered
            file or device is only forgotten.
        last_snapshot_at: when the newest snapshot was taken; its age is the volume's Last Age.
        reason: why the status is `error`, in a sentence; what is being done while it is `busy`;
            what there is to know about it when it has just been detached.
        other_attachments: of a volume that the cloud lets several instances share.
    """

    resource_uid: str
    name: str
    size_bytes: int
    block_size: int | None = None
    status: VolumeStatus
    zone: str
    path: str = ""
    managed: bool = True
    created_at: datetime
    owner: str
    source_snapshot_uid: str | None = None
    attachment: Attachment | None = None
    snapshot_count: int = 0
    last_snapshot_at: datetime | None = None
    reason: str = ""
    description: str = ""
    volume_type: str = ""
    encrypted: bool | None = None
    tags: Mapping[str, str] = field(default_factory=lambda: _NO_TAGS)
    other_attachments: tuple[Attachment, ...] = ()

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """All of them."""
        return (self.attachment, *self.other_attachments) if self.attachment is not None else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A volume at one point in time. What a cloud does not tell is None.

    Attributes:
        size_bytes: the size of the volume at that time.
        data_bytes: how much of that is data; the rest are holes and zeros.
        new_bytes: data in blocks that differ from the parent's (all data when there is no parent).
        stored_bytes: what this snapshot added to the repository, after deduplication and
            compression.
        parent_uid: the volume's snapshot before this one; for the first one of a clone, the
            snapshot it was cloned from.
        volume_name: the volume's name when the snapshot was taken (a volume can be deleted, its
            snapshots stay).
        pinned: it is not deleted by age, with others, or from the command line unless forced.
        shared_with: the accounts or projects that may clone it, while it is `shared`.
        percent: how much of a pending one is there.
        storage_tier: the cloud's word for where it is kept.
        origin: of one that was imported: the `kind`, `cloud` and `place` it is from, its
            `snapshot_uid` and `volume_uid` there, and what it was told to differ from (`since`).
    """

    resource_uid: str
    name: str
    description: str
    created_at: datetime
    owner: str
    visibility: Visibility | None
    status: SnapshotStatus
    volume_uid: str
    volume_name: str
    size_bytes: int
    block_size: int | None = None
    data_bytes: int | None = None
    new_bytes: int | None = None
    stored_bytes: int | None = None
    parent_uid: str | None = None
    consistency: Consistency | None = None
    read_method: ReadMethod | None = None
    job_uid: str | None = None
    reason: str = ""
    pinned: bool = False
    percent: int | None = None
    shared_with: tuple[str, ...] = ()
    encrypted: bool | None = None
    storage_tier: str = ""
    tags: Mapping[str, str] = field(default_factory=lambda: _NO_TAGS)
    origin: Mapping[str, str] = field(default_factory=lambda: _NO_TAGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrashedSnapshot:
    """A deleted snapshot that can still be taken back, whole.

    Attributes:
        snapshot: as it was, but for its parent, which is the nearest that is not deleted.
        deleted_by: the user's name.
        expires_at: until then it is kept; then whoever next opens the repository to write purges
            it.
    """

    snapshot: Snapshot
    deleted_at: datetime
    deleted_by: str
    expires_at: datetime

    @property
    def resource_uid(self) -> str:
        """The snapshot's."""
        return self.snapshot.resource_uid

    @property
    def name(self) -> str:
        """The snapshot's."""
        return self.snapshot.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A disk image or block device of the host that could become a volume.

    Attributes:
        detail: what it holds, who uses it.
        readable: it can be read, so it can be added; a device may belong to somebody else.
    """

    path: str
    kind: str
    """`file` or `device`."""
    size_bytes: int
    detail: str = ""
    readable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeType:
    """A kind of volume that a cloud offers: `gp3`, `nfs`."""

    name: str
    description: str = ""
    is_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A server that a volume can be attached to."""

    resource_uid: str
    name: str
    zone: str
    status: str = ""
