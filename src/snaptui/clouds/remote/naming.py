"""What the instances are called that volumes are attached to: a volume's listing has no names."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from snaptui.errors import SnaptuiError
from snaptui.models import Attachment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from snaptui.clouds.remote.provider import Provider
    from snaptui.models import Instance, Volume

AGAIN = 600.0
"""Names that are known are asked for again after so many seconds: they change seldom."""
WITHIN = 10.0
"""A name is not worth waiting longer for, in seconds; the Resource UID is there."""


class InstanceNames:
    """Of one cloud; asked for only where volumes are attached, and at most once a listing."""

    def __init__(self, provider: Provider, clock: Callable[[], float]) -> None:
        self._provider = provider
        self._clock = clock
        self._names: dict[str, str] = {}
        self._asked_at = float("-inf")

    async def of(self, volumes: Iterable[Volume]) -> list[Volume]:
        """Those of the volumes that a name is missing of, or has changed, with it."""
        attached = [volume for volume in volumes if volume.attachment is not None]
        await self._learn({each.instance for volume in attached for each in volume.attachments})
        now = [(volume, self.named(volume)) for volume in attached]
        return [named for volume, named in now if named is not volume]

    def learn(self, instances: Iterable[Instance]) -> None:
        """What these are called, since they were listed anyway."""
        self._names |= {each.resource_uid: each.name for each in instances}

    def named(self, volume: Volume) -> Volume:
        """A volume with the names that are known."""
        if volume.attachment is None:
            return volume
        first, *others = (self._named(each) for each in volume.attachments)
        if (first, *others) == volume.attachments:
            return volume  # as most are
        return replace(volume, attachment=first, other_attachments=tuple(others))

    def told(self, instance: str) -> str:
        """What a person is told of an instance with that Resource UID: its name, too, if known."""
        return self._named(Attachment(volume_uid="", instance=instance, device="")).user

    def _named(self, attachment: Attachment) -> Attachment:
        if attachment.instance_name:  # as the last time
            self._names.setdefault(attachment.instance, attachment.instance_name)
        name = self._names.get(attachment.instance, "")
        if name == attachment.instance_name:
            return attachment
        return replace(attachment, instance_name=name)

    async def _learn(self, uids: set[str]) -> None:
        old = self._clock() - self._asked_at >= AGAIN
        if not uids or (not old and uids <= self._names.keys()):
            return
        self._asked_at = self._clock()
        # of one that the cloud does not tell, it is not asked in each listing anew
        known = dict.fromkeys(uids, "") | self._names
        # it may not be allowed, and Nova may be down: everything else is listed all the same
        with suppress(SnaptuiError, TimeoutError):
            async with asyncio.timeout(WITHIN):
                found = await self._provider.instances()
            known |= {each.resource_uid: each.name for each in found}
        self._names = known
