"""An attachment that the cloud accepts, and does not make."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snaptui.clouds.remote.waiting import BELIEVED
from snaptui.errors import CloudDownError, CloudError, CloudNotFoundError
from snaptui.models import Volume, VolumeStatus
from snaptui.requests import AttachRequest
from tests.clouds.remote.fake import FakeProvider
from tests.clouds.remote.quick import QuickCloud


async def attach(
    cloud: QuickCloud, provider: FakeProvider, web: Volume, *states: Volume, held: int = 0
) -> Volume:
    """Attach a volume that is seen so after it was accepted, look by look."""

    async def accepts(volume: Volume, instance: str, device: str) -> str:
        provider.becomes(volume.resource_uid, *states)
        del instance, device
        return ""

    provider.held = held
    provider.attach = accepts  # type: ignore[method-assign]
    return await cloud.attach_volume(AttachRequest(volume_uid=web.resource_uid, instance="server"))


def busy(web: Volume) -> Volume:
    return replace(web, status=VolumeStatus.BUSY, reason="attaching")


async def test_one_that_is_given_up_is_told_as_failed_at_once(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    provider.reasons[web.resource_uid] = "the host is gone"
    said = r"volume web to server \(i-1\), and gave it up: .*host is gone"
    with pytest.raises(CloudError, match=said) as e:
        await attach(cloud, provider, web, busy(web), web)
    assert "snaptui instance list --cloud prod" in e.value.hint
    assert cloud.time.now < 10
    assert cloud.book.pages == []


async def test_one_that_was_never_seen_is_believed_after_a_while(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    with pytest.raises(CloudError, match="it does not tell why"):
        await attach(cloud, provider, web, web)
    assert provider.asked.count("volume") == 1 + BELIEVED
    assert provider.asked.count("holds") == 1


async def test_a_slow_one_is_waited_for_as_long_as_the_second_book_has_it(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    """Also where that book cannot be read for a while."""
    there = FakeProvider()
    there.put(web)
    there.looks = 1
    await there.attach(web, "i-1", "")
    attached = await there.volume(web.resource_uid)
    assert attached is not None
    provider.fails("holds", CloudDownError("not now"), at=2)
    states = [busy(web), *[web] * 20, attached]
    seen = await attach(cloud, provider, web, *states, held=100)
    assert seen.attachment is not None
    assert seen.attachment.instance == "i-1"


async def test_an_instance_that_there_is_not_is_to_be_looked_up(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    said = CloudNotFoundError("prod cannot attach it: no such instance", "", request_id="req-7")
    provider.fails("attach", said)
    with pytest.raises(CloudNotFoundError, match="no such instance") as caught:
        await cloud.attach_volume(AttachRequest(volume_uid=web.resource_uid, instance="wrong"))
    hint = "see `snaptui instance list --cloud prod` (request req-7)"
    assert (caught.value.hint, caught.value.request_id) == (hint, "req-7")
