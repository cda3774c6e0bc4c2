"""Nova, where there is one: servers, and attaching volumes to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.clouds.openstack.reading import instance
from snaptui.clouds.openstack.service import segment
from snaptui.errors import CloudDownError, CloudError, CloudInUseError, ThrottledError

if TYPE_CHECKING:
    from snaptui.clouds.openstack.service import Service
    from snaptui.models import Instance, Volume


class Nova:
    """One project's servers. Its oldest microversion has all that is needed."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def instances(self) -> list[Instance]:
        """All servers of the project."""
        pages = self._service.pages("servers/detail", "servers", instance, what="list the servers")
        return [each async for page in pages for each in page]

    async def attach(self, volume: Volume, server: str, device: str) -> str:
        """Attach a volume to a server. There is nothing to add to that."""
        said = {"volumeId": volume.resource_uid} | ({"device": device} if device else {})
        await self._service.act(
            f"servers/{segment(server)}/os-volume_attachments",
            {"volumeAttachment": said},
            what="attach the volume",
        )
        return ""

    async def detach(self, volume: Volume, server: str) -> None:
        """Detach a volume from a server; what it starts from it does not let go of."""
        try:
            await self._service.delete(
                f"servers/{segment(server)}/os-volume_attachments",
                volume.resource_uid,
                what="detach the volume",
            )
        except CloudError as error:
            if "root device" not in error.message or isinstance(error, CloudDownError):
                raise
            raise CloudInUseError(
                error.message,
                "the server starts from it: the volume is free when the server is deleted",
                request_id=error.request_id,
            ) from None

    async def holds(self, volume: Volume, server: str) -> bool:
        """Whether Nova has it in its own book that a server has a volume.

        It frees the volume in Cinder first and forgets it then; until then it refuses to attach
        it to any server: "is already attached".
        """
        try:
            found = await self._service.get(
                f"servers/{segment(server)}/os-volume_attachments",
                volume.resource_uid,
                "volumeAttachment",
                lambda _: True,
                what="see whether the server still has the volume",
            )
        except (CloudDownError, ThrottledError):
            raise  # asked again by whoever waits
        except CloudError:
            return False  # it may not be read: what Cinder says must do
        return found is not None
