"""What a cloud took and gave up again: an attachment that it accepted and does not make."""

from __future__ import annotations

from contextlib import suppress
from shlex import quote
from typing import TYPE_CHECKING

from snaptui.clouds.remote.waiting import Gone
from snaptui.errors import CloudError, SnaptuiError
from snaptui.models import Attachment, Volume, VolumeStatus

if TYPE_CHECKING:
    from snaptui.clouds.remote.provider import Provider


def listing(cloud: str) -> str:
    """The command that lists a cloud's instances."""
    return f"`snaptui instance list --cloud {quote(cloud)}`"


class Attaching:
    """A volume whose attachment was asked for and accepted, look by look.

    Attributes:
        given_up: it is as free as it was before, and will stay so.
    """

    def __init__(self, cloud: str, provider: Provider, volume: Volume, instance: str) -> None:
        self._cloud = cloud
        self._provider = provider
        self._volume = volume
        self._instance = instance
        self._gone = Gone()
        self.given_up = False

    async def look(self) -> Volume | None:
        """The volume as it is now."""
        seen = await self._provider.volume(self._volume.resource_uid)
        if seen is None:
            return None
        free = seen.attachment is None and seen.status is VolumeStatus.AVAILABLE
        if self._gone.believed(begun=not seen.status.settled, ended=free):
            # a cloud that keeps a second book has it there for as long as it is at it
            wanted = Attachment(volume_uid=seen.resource_uid, instance=self._instance, device="")
            self.given_up = not await self._provider.holds(seen, wanted)
        return seen

    def done(self, seen: Volume | None) -> bool:
        """Whether there is nothing more to wait for."""
        return (
            self.given_up
            or seen is None
            or seen.status is VolumeStatus.ERROR
            or (seen.attachment is not None and seen.status.settled)
        )

    async def failure(self, instance: str) -> CloudError:
        """What to tell of one that was given up, by an instance that is called so."""
        reason = ""
        with suppress(SnaptuiError):  # that it failed is told all the same
            reason = await self._provider.why(self._volume.resource_uid)
        # which may be about something older
        told = f"the last that it says of it is: {reason}" if reason else "it does not tell why"
        return CloudError(
            f"the cloud accepted to attach the volume {self._volume.name} to {instance}, and "
            f"gave it up: {told}",
            "the volume is free: look at the instance, which may be down or have no place for it "
            f"({listing(self._cloud)}), and try again",
        )
