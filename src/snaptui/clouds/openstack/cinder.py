"""Cinder: volumes and snapshots; what it is asked, and how it has to be asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from snaptui.clouds.openstack.reading import REQUEST_KEY, volume_type, zone
from snaptui.clouds.openstack.service import segment
from snaptui.clouds.openstack.shapes import Shape
from snaptui.clouds.openstack.versions import (
    EXTEND_IN_USE,
    MESSAGES,
    NO_FORCE,
    REVERT,
)
from snaptui.clouds.remote.failures import DOUBT
from snaptui.errors import (
    CloudDownError,
    CloudError,
    CloudInvalidError,
    CloudNotFoundError,
    NotAllowedError,
)
from snaptui.models import Quota
from snaptui.text import safe_text
from snaptui.units import GIB

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from snaptui.clouds.openstack.reading import Reader
    from snaptui.clouds.openstack.service import Service
    from snaptui.clouds.remote.provider import Placement
    from snaptui.clouds.remote.transport import Answer
    from snaptui.models import Snapshot, Volume, VolumeType, Zone


class Cinder:
    """One project's block storage."""

    def __init__(self, service: Service, reader: Reader) -> None:
        self.service = service
        self._reader = reader

    # -- listing

    def volumes(self) -> AsyncIterator[Sequence[Volume]]:
        """All volumes of the project, in pages."""
        return self.service.pages(
            "volumes/detail", "volumes", self._reader.volume, what="list the volumes"
        )

    def snapshots(self) -> AsyncIterator[Sequence[Snapshot]]:
        """All snapshots of the project, in pages."""
        return self.service.pages(
            "snapshots/detail", "snapshots", self._reader.snapshot, what="list the snapshots"
        )

    async def volume(self, uid: str) -> Volume | None:
        """One volume."""
        return await self.service.get(
            "volumes", uid, "volume", self._reader.volume, what="show the volume"
        )

    async def snapshot(self, uid: str) -> Snapshot | None:
        """One snapshot."""
        return await self.service.get(
            "snapshots", uid, "snapshot", self._reader.snapshot, what="show the snapshot"
        )

    async def zones(self) -> list[Zone]:
        """The availability zones."""

        def read(answer: Answer) -> list[Zone]:
            body = Shape(answer.json(), answer)
            return [zone(each) for each in body.objects("availabilityZoneInfo", needed=True)]

        return await self.service.ask(
            "GET", "os-availability-zone", read, what="list the availability zones"
        )

    async def types(self) -> list[VolumeType]:
        """The volume types that the project may use."""
        default = await self.service.get(
            "types", "default", "volume_type", volume_type, what="tell the default volume type"
        )
        what = "list the volume types"
        pages = self.service.pages("types", "volume_types", volume_type, what=what)
        types = [each async for page in pages for each in page]
        return [
            replace(each, is_default=default is not None and each.name == default.name)
            for each in types
        ]

    async def quotas(self) -> list[Quota]:
        """The project's quotas: of `volumes`, `snapshots` and `gigabytes`."""

        def read(answer: Answer) -> list[Quota]:
            said = Shape(answer.json(), answer).object("limits").object("absolute")
            return [
                Quota(name=word, used=said.number(used), limit=said.limit(allowed))
                for word, used, allowed in (
                    ("volumes", "totalVolumesUsed", "maxTotalVolumes"),
                    ("snapshots", "totalSnapshotsUsed", "maxTotalSnapshots"),
                    ("gigabytes", "totalGigabytesUsed", "maxTotalVolumeGigabytes"),
                )
            ]

        return await self.service.ask("GET", "limits", read, what="tell the project's quotas")

    async def messages(self, uid: str) -> list[str]:
        """What went wrong with a thing, newest first; nothing where Cinder keeps no messages."""
        if not self.service.speaks(MESSAGES):
            return []

        def read(answer: Answer) -> list[str]:
            said = Shape(answer.json(), answer).objects("messages")
            # asked for one thing's, older ones give everybody's
            mine = [each for each in said if each.maybe("resource_uuid") == uid]
            mine.sort(key=lambda each: each.maybe("created_at"), reverse=True)
            return [each.maybe("user_message") for each in mine]

        try:
            return await self.service.ask(
                "GET",
                "messages",
                read,
                params={"resource_uuid": uid, "sort": "created_at:desc"},
                what="tell why it failed",
            )
        except (CloudNotFoundError, NotAllowedError):
            return []  # some operators hide them

    async def made_from(self, snapshot_uid: str) -> list[Volume]:
        """The volumes that were made from a snapshot."""
        pages = self.service.pages(
            "volumes/detail",
            "volumes",
            self._reader.volume,
            what="list the clones of a snapshot",
        )
        return [
            each
            async for page in pages
            for each in page
            if each.source_snapshot_uid == snapshot_uid
        ]

    async def snapshots_of(self, volume_uid: str) -> list[Snapshot]:
        """The snapshots of a volume."""
        pages = self.service.pages(
            "snapshots/detail",
            "snapshots",
            self._reader.snapshot,
            what="list the snapshots of a volume",
            params={"volume_id": volume_uid},
        )
        return [each async for page in pages for each in page if each.volume_uid == volume_uid]

    # -- snapshots

    async def create_snapshot(
        self, volume: Volume, *, name: str, description: str, token: str
    ) -> Snapshot:
        """Take a snapshot, of an attached volume, too."""
        _check(name, description)
        said: dict[str, Any] = {
            "volume_id": volume.resource_uid,
            "name": name,
            "description": description,
            "metadata": {REQUEST_KEY: token},
        }
        if not self.service.speaks(NO_FORCE):
            said["force"] = True
        try:
            return await self.service.post(
                "snapshots",
                "snapshot",
                self._reader.snapshot,
                {"snapshot": said},
                what="take the snapshot",
            )
        except CloudDownError as error:
            found = await self._made_all_the_same("snapshots", token, error)
            seen = await self.snapshot(found) if found else None
            if seen is None:
                raise
            return seen

    async def update_snapshot(
        self, uid: str, *, name: str | None = None, description: str | None = None
    ) -> Snapshot:
        """Change a snapshot's name or description; None is left as it is."""
        _check(name or "", description or "")
        wanted = {"name": name, "description": description}

        def read(answer: Answer) -> Snapshot:
            return self._reader.snapshot(Shape(answer.json(), answer).object("snapshot"))

        return await self.service.ask(
            "PUT",
            f"snapshots/{segment(uid)}",
            read,
            json={"snapshot": {word: said for word, said in wanted.items() if said is not None}},
            what="change the snapshot's name or description",
        )

    async def delete_snapshot(self, uid: str) -> None:
        """Delete a snapshot."""
        await self.service.delete("snapshots", uid, what="delete the snapshot")

    async def revert(self, snapshot: Snapshot) -> None:
        """Have a volume become what its newest snapshot is."""
        self.service.need(REVERT, "revert volumes to snapshots")
        await self._act(
            snapshot.volume_uid,
            {"revert": {"snapshot_id": snapshot.resource_uid}},
            what="revert the volume to the snapshot",
        )

    # -- volumes

    async def create_volume(
        self, *, name: str, placement: Placement, snapshot: Snapshot | None, token: str
    ) -> Volume:
        """Make a volume, blank or from a snapshot."""
        _check(name, "")
        size = placement.size_bytes
        if size is None and snapshot is not None:
            size = snapshot.size_bytes
        said: dict[str, Any] = {
            "name": name,
            "size": gigabytes(size or GIB),
            "metadata": {REQUEST_KEY: token},
        }
        if placement.zone:
            said["availability_zone"] = placement.zone
        if placement.volume_type:
            said["volume_type"] = placement.volume_type
        if snapshot is not None:
            said["snapshot_id"] = snapshot.resource_uid
        try:
            return await self.service.post(
                "volumes",
                "volume",
                self._reader.volume,
                {"volume": said},
                what="make the volume" if snapshot is None else "clone the snapshot",
            )
        except CloudDownError as error:
            found = await self._made_all_the_same("volumes", token, error)
            seen = await self.volume(found) if found else None
            if seen is None:
                raise
            return seen

    async def delete_volume(self, uid: str) -> None:
        """Delete a volume."""
        await self.service.delete("volumes", uid, what="delete the volume")

    async def extend(self, uid: str, size_bytes: int) -> None:
        """Make a volume larger; one that is attached, too, where Cinder can."""
        volume = await self.volume(uid)
        if volume is None:
            raise CloudNotFoundError("the volume is not there any more")
        if volume.attachment is not None:
            self.service.need(EXTEND_IN_USE, "make attached volumes larger")
        body = {"os-extend": {"new_size": gigabytes(size_bytes)}}
        await self._act(uid, body, what="make the volume larger")

    async def _act(self, volume_uid: str, body: Any, *, what: str) -> None:
        await self.service.act(f"volumes/{segment(volume_uid)}/action", body, what=what)

    # -- within

    async def _made_all_the_same(self, path: str, token: str, error: CloudDownError) -> str:
        """The identifier of what a request made whose answer was lost; empty when there is none.

        It has a mark by which it is found again.
        """
        if DOUBT not in error.hint:
            return ""  # nothing was asked
        try:
            return next((uid for uid, *_ in await self._marked(path, token)), "")
        except CloudError:
            return ""  # the first error is the one to tell

    async def snapshot_marked(self, token: str, volume_uid: str) -> Snapshot | None:
        """What was made for a request before, and is good, or will be; None when there is none."""
        for uid, status, origin in await self._marked("snapshots", token):
            if _is_or_will_be(status) and origin == volume_uid:
                return await self.snapshot(uid)
        return None

    async def volume_marked(self, token: str, snapshot_uid: str) -> Volume | None:
        """The same for a volume; `snapshot_uid` is empty for a blank one."""
        for uid, status, origin in await self._marked("volumes", token):
            if _is_or_will_be(status) and origin == snapshot_uid:
                return await self.volume(uid)
        return None

    async def _marked(self, path: str, token: str) -> list[tuple[str, str, str]]:
        """The identifiers of what has a mark, what state each is in, and what it was made of."""
        origin = {"snapshots": "volume_id", "volumes": "snapshot_id"}[path]
        pages = self.service.pages(
            f"{path}/detail",
            path,
            lambda shape: (
                shape.texts("metadata").get(REQUEST_KEY),
                (shape.text("id"), shape.maybe("status"), shape.maybe(origin)),
            ),
            what=f"look for what it has made among the {path}",
        )
        return [found async for page in pages for mark, found in page if mark == token]


def _is_or_will_be(status: str) -> bool:
    """Whether a thing that was made has neither failed nor is going."""
    return not status.startswith(("error", "delet"))


def _check(name: str, description: str) -> None:
    """Raise what Cinder would refuse with a page of regular expressions."""
    if len(name) > 255 or len(description) > 255:
        raise CloudInvalidError("Cinder keeps names and descriptions of at most 255 characters")
    if safe_text(description) != description:
        raise CloudInvalidError(
            "Cinder keeps descriptions of one line, without control characters",
            "write it in one line",
        )


def gigabytes(size_bytes: int) -> int:
    """Whole GiB, as Cinder counts; a part of one is a whole one."""
    return max(1, -(-size_bytes // GIB))
