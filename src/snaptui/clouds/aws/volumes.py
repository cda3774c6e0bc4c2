"""EC2's volumes: listing, making, deleting, resizing, attaching."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from snaptui.clouds.aws import reading
from snaptui.clouds.aws.faults import TokenUsedError
from snaptui.clouds.aws.snapshots import tagged
from snaptui.clouds.remote.failures import DOUBT
from snaptui.clouds.remote.waiting import looked_for
from snaptui.errors import (
    CloudConflictError,
    CloudDownError,
    CloudInvalidError,
    CloudNotFoundError,
)
from snaptui.models import Volume, VolumeStatus
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence

    from snaptui.clouds.aws.api import Api
    from snaptui.clouds.aws.recent import Recent
    from snaptui.clouds.remote.provider import Placement
    from snaptui.models import Attachment, Instance, Snapshot

PAGE = 500
"""The most that EC2 gives at once."""
DEVICES = tuple(f"/dev/sd{letter}" for letter in "fghijklmnop")
"""The names that AWS recommends for data volumes."""
DEFAULT_TYPE = "gp3"
_KEY = (
    "AWS does not say why; an encrypted volume fails, or vanishes, when its KMS key may not be used"
)
_PROVISIONED = frozenset({"io1", "io2"})
_TOKENS = 5
"""So many volumes of one request may fail, one after the other, until it says so."""
_NEW = timedelta(minutes=10)
"""What EC2 does not show and is older than this, by clocks that may differ, is gone."""


class Volumes:
    """The volumes of one region."""

    def __init__(self, api: Api, account: str, recent: Recent) -> None:
        self._api = api
        self._account = account
        self._recent = recent

    async def pages(self) -> AsyncIterator[Sequence[Volume]]:
        """All of them."""

        def read(answer: Mapping[str, Any]) -> list[Volume]:
            every = reading.items(answer, "Volumes")
            found = (reading.volume(item, self._account) for item in every)
            return [each for each in found if each is not None]

        parameters = {"MaxResults": PAGE}
        async for page in self._api.pages(
            "ec2:DescribeVolumes", parameters, read, what="list the volumes"
        ):
            if page:
                yield [self._recent.shown(each) for each in page]

    async def one(self, uid: str) -> Volume | None:
        """One of them."""
        found = await self._find({"VolumeIds": [uid]})
        return self._recent.seen(uid, found, Volume)

    async def create(
        self,
        *,
        name: str,
        placement: Placement,
        snapshot: Snapshot | None,
        token: str,
        again: bool = False,
    ) -> Volume:
        """Ask for one, blank or from a snapshot; the placement names a zone.

        Args:
            name: its name.
            placement: where and as what.
            snapshot: what it is to hold.
            token: the same again asks for the same volume again.
            again: it may have been asked for with this token before: what was made then, and has
                not failed, is given, wherever it was placed.
        """
        made_before = partial(self._find, _made_with(token, snapshot), blank=snapshot is None)
        before = made_before if again else None
        if before is not None:
            made = await looked_for(before, self._api.sleep, again=True)
            if made is not None:
                return made
        kind = placement.volume_type or DEFAULT_TYPE
        parameters: dict[str, Any] = {
            "AvailabilityZone": placement.zone,
            "VolumeType": kind,
            "TagSpecifications": tagged("volume", name, token),
        }
        size = placement.size_bytes
        if size is None and snapshot is None:
            raise CloudInvalidError("no size is said for the volume", "say how large it is to be")
        if size is not None:
            parameters["Size"] = gibibytes(size)
        if snapshot is not None:
            parameters["SnapshotId"] = snapshot.resource_uid
        if kind in _PROVISIONED:
            # EC2 wants a number for these: as many as gp2 gives, in the limits of both
            whole = gibibytes(size if size is not None else snapshot.size_bytes if snapshot else 0)
            parameters["Iops"] = min(max(100, 3 * whole), 16000)

        made = await self._ask_for(parameters, token, before)
        self._recent.made(made)
        return made

    async def _ask_for(
        self,
        parameters: Mapping[str, Any],
        token: str,
        before: Callable[[], Coroutine[Any, Any, Volume | None]] | None,
    ) -> Volume:
        """Ask for one, unless it was asked for before; `before` finds what was made then.

        EC2 keeps a token for what it was first sent with. If that was something else (the zone that
        was chosen then is another), or is gone, or has failed, the next token is tried: always the
        same ones, so that however often this is done again, one volume comes of it.
        """

        def read(answer: Mapping[str, Any]) -> Volume:
            found = reading.volume(answer, self._account)
            if found is None:
                raise ValueError("a volume that is none")
            return found

        number = 0
        while True:
            client = f"{token}-{number}" if number else token
            number += 1
            asked = {**parameters, "ClientToken": client}
            try:
                made = await self._api.call("ec2:CreateVolume", asked, read, what="make a volume")
            except TokenUsedError:
                if before is not None:
                    found = await looked_for(before, self._api.sleep, again=True)
                    if found is not None:
                        return found
                if number == _TOKENS:
                    raise
            else:
                if before is None or number == _TOKENS or await self._is_to_be(made):
                    return made

    async def _is_to_be(self, made: Volume) -> bool:
        """Whether what EC2 says to have made is there, or will be: it may be an answer of old."""
        seen = await looked_for(
            lambda: self._find({"VolumeIds": [made.resource_uid]}), self._api.sleep, again=True
        )
        if seen is not None:
            return seen.status not in {VolumeStatus.ERROR, VolumeStatus.DELETING}
        return datetime.now(UTC) - made.created_at < _NEW

    async def _find(self, wanted: Mapping[str, Any], *, blank: bool = False) -> Volume | None:
        """The first volume that is so; with `blank` the first that was not made of a snapshot."""

        def read(answer: Mapping[str, Any]) -> Volume | None:
            items = reading.items(answer, "Volumes")
            every = (reading.volume(each, self._account) for each in items)
            return next(
                (each for each in every if each and not (blank and each.source_snapshot_uid)), None
            )

        try:
            return await self._api.call("ec2:DescribeVolumes", wanted, read, what="show a volume")
        except CloudNotFoundError:
            return None

    async def delete(self, uid: str) -> None:
        """Ask for one to be deleted."""
        with suppress(CloudNotFoundError):
            await self._api.call(
                "ec2:DeleteVolume", {"VolumeId": uid}, _nothing, what="delete a volume"
            )
        self._recent.deleted(uid)

    async def resize(self, uid: str, size_bytes: int) -> None:
        """Ask for one to be made larger."""
        parameters = {"VolumeId": uid, "Size": gibibytes(size_bytes)}
        await self._api.call(
            "ec2:ModifyVolume", parameters, _nothing, what="resize a volume", repeatable=False
        )

    async def attach(self, volume: Volume, instance: str, device: str) -> None:
        """Ask for one to be attached."""
        uid = volume.resource_uid
        parameters = {
            "VolumeId": uid,
            "InstanceId": instance,
            "Device": device or await self._free_device(instance, volume),
        }
        try:
            await self._api.call(
                "ec2:AttachVolume", parameters, _nothing, what="attach a volume", repeatable=False
            )
        except CloudDownError as error:
            # perhaps only the answer was lost
            if DOUBT not in error.hint or not await self._is_attached(uid, instance):
                raise

    async def detach(self, volume: Volume, attachment: Attachment) -> None:
        """Ask for one to be detached."""
        uid = volume.resource_uid
        parameters = {"VolumeId": uid, "InstanceId": attachment.instance}
        if attachment.device:
            parameters["Device"] = attachment.device
        try:
            await self._api.call(
                "ec2:DetachVolume", parameters, _nothing, what="detach a volume", repeatable=False
            )
        except CloudDownError as error:
            if DOUBT not in error.hint:
                raise
            now = await self.one(uid)
            detaching = now is None or (
                now.status is VolumeStatus.BUSY and now.reason.startswith("detaching")
            )
            if not detaching and await self._is_attached(uid, attachment.instance):
                raise

    async def _is_attached(self, uid: str, instance: str) -> bool:
        now = await self.one(uid)
        if now is None:
            return False
        uses = (now.attachment, *now.other_attachments)
        return any(use is not None and use.instance == instance for use in uses)

    async def _free_device(self, instance: str, volume: Volume) -> str:
        """A device name that an instance, of the volume's zone, does not use yet."""
        shown = safe_text(instance, 80)

        def read(answer: Mapping[str, Any]) -> tuple[Instance | None, set[str]] | None:
            for reservation in reading.items(answer, "Reservations"):
                for found in reading.items(reservation, "Instances"):
                    every = reading.items(found, "BlockDeviceMappings")
                    devices = {reading.words(each, "DeviceName") for each in every}
                    return reading.instance(found), devices
            return None

        seen = await self._api.call(
            "ec2:DescribeInstances",
            {"InstanceIds": [instance]},
            read,
            what=f"find the instance {shown}",
        )
        if seen is None:
            raise CloudNotFoundError(f"there is no instance {shown}", "list the instances")
        there, used = seen
        if there is not None and there.zone not in {"", volume.zone}:
            name = safe_text(there.name or instance, 80)
            raise CloudConflictError(
                f"the instance {name} is in {safe_text(there.zone, 40)}, "
                f"the volume {safe_text(volume.name, 80)} in {safe_text(volume.zone, 40)}",
                "a volume attaches within its zone: snapshot it, and clone the snapshot into "
                f"{safe_text(there.zone, 40)}",
            )
        # /dev/xvdf is the same as /dev/sdf
        letters = {
            device.removeprefix("/dev/").removeprefix("xv").removeprefix("s") for device in used
        }
        for device in DEVICES:
            if device.removeprefix("/dev/s") not in letters:
                return device
        raise CloudConflictError(
            f"all device names of instance {shown} are taken", "say which device it is to be"
        )

    async def why(self, uid: str) -> str:
        """Why one failed: its last change, or it itself; empty when nothing did."""

        def read(answer: Mapping[str, Any]) -> str:
            every = reading.items(answer, "VolumesModifications")
            failed = [
                each for each in every if reading.words(each, "ModificationState") == "failed"
            ]
            return reading.words(failed[-1], "StatusMessage") if failed else ""

        volume = await self.one(uid)
        if volume is None or volume.status is VolumeStatus.ERROR:
            return _KEY
        with suppress(CloudNotFoundError):
            return await self._api.call(
                "ec2:DescribeVolumesModifications",
                {"VolumeIds": [uid]},
                read,
                what="tell why a volume was not changed",
            )
        return ""


def _made_with(token: str, snapshot: Snapshot | None) -> Mapping[str, Any]:
    """How to find what was made with a token, and has not failed."""
    filters = [
        {"Name": f"tag:{reading.TOKEN_TAG}", "Values": [token]},
        {"Name": "status", "Values": ["creating", "available", "in-use"]},
    ]
    if snapshot is not None:  # a token is of one repository, and others share the account
        filters.append({"Name": "snapshot-id", "Values": [snapshot.resource_uid]})
    return {"Filters": filters}


def gibibytes(size_bytes: int) -> int:
    """A size as EC2 counts it, rounded up."""
    return max(1, -(-size_bytes // reading.GIB))


def _nothing(_answer: Mapping[str, Any]) -> None:
    return None
