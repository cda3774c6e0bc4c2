"""Cinder's own attachments, where there is no Nova: a note of who has a volume."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from uuid import UUID

from snaptui.clouds.openstack.reading import HOST_KEY, attached_to
from snaptui.clouds.openstack.service import segment
from snaptui.clouds.openstack.versions import ATTACHMENTS, COMPLETE_ATTACHMENT
from snaptui.errors import CloudConflictError, CloudError, CloudInvalidError
from snaptui.text import safe_text

if TYPE_CHECKING:
    from snaptui.clouds.openstack.service import Service
    from snaptui.clouds.openstack.shapes import Shape
    from snaptui.models import Volume


class Attachments:
    """One project's. Connecting a host to the storage is the host's own business."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def attach(self, volume: Volume, instance: str, device: str) -> str:
        """Write down that a volume is attached, to a server by its UUID or a host by its name.

        Returns what is to be told: nobody was asked whether there is such a server.

        A server's attachment is made without a connector: one that has it can be ended by nobody
        but Nova, and there is none.
        """
        self._service.need(COMPLETE_ATTACHMENT, "attach volumes without Nova")
        server = {"instance_uuid": instance} if is_uuid(instance) else {}
        uid = await self._service.post(
            "attachments",
            "attachment",
            lambda shape: shape.text("id"),
            {"attachment": {"volume_uuid": volume.resource_uid, **server}},
            what="attach the volume",
        )
        path = f"attachments/{segment(uid)}"
        try:
            if not server:
                await self._connect(path, instance, device)
            await self._service.act(
                f"{path}/action", {"os-complete": None}, what="attach the volume"
            )
        except BaseException:
            # a volume that is reserved for nobody helps nobody
            with contextlib.suppress(CloudError):  # the first error is the one to tell
                await self._service.delete("attachments", uid, what="take back the attachment")
            raise
        if not server:
            await self._remember(volume, uid, instance)
        return (
            "this cloud has no Nova: Cinder only recorded it, no server was asked, and whether "
            f"there is one called {safe_text(instance, 80)} is not known"
        )

    async def _remember(self, volume: Volume, uid: str, host: str) -> None:
        """Write down which host it is: Cinder tells it to nobody but administrators."""
        with contextlib.suppress(CloudError):  # it is attached all the same, then to "a host"
            await self._service.act(
                f"volumes/{segment(volume.resource_uid)}/metadata",
                {"metadata": {HOST_KEY: f"{uid} {host}"}},
                what="write down which host has the volume",
            )

    async def _connect(self, path: str, host: str, device: str) -> None:
        connector = {"host": host, "mountpoint": device or "/dev/vdb"}
        try:
            await self._service.act(
                path,
                {"attachment": {"connector": connector}},
                what="attach the volume",
                method="PUT",
            )
        except CloudError as error:
            if "Connector" not in error.message:
                raise
            raise CloudInvalidError(
                "this volume's back end has to know more of a host than its name",
                "name a server by its UUID; connecting it to the storage is left to you then",
                request_id=error.request_id,
            ) from None

    async def detach(self, volume: Volume, instance: str) -> None:
        """End an attachment.

        Raises:
            CloudConflictError: it is not there (any more).
        """
        self._service.need(ATTACHMENTS, "detach volumes without Nova")

        def read(shape: Shape) -> dict[str, str]:
            return {
                attached_to(shape, each): each.maybe("attachment_id")
                for each in shape.objects("attachments")
            }

        known = await self._service.get(
            "volumes", volume.resource_uid, "volume", read, what="show the volume"
        )
        # one of which Cinder does not tell whose it is stands for no other that has gone meanwhile
        found = (known or {}).get(instance)
        if not found:
            raise CloudConflictError("the volume is not attached to that (any more)")
        await self._service.delete("attachments", found, what="detach the volume")
        with contextlib.suppress(CloudError):  # it names an attachment that is not there any more
            path = f"volumes/{segment(volume.resource_uid)}/metadata"
            await self._service.delete(path, HOST_KEY, what="forget which host had the volume")


def is_uuid(text: str) -> bool:
    """Whether something is the identifier of a server."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
