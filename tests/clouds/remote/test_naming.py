"""What the instances are called that volumes are attached to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snaptui.clouds.base import collect
from snaptui.clouds.remote import naming
from snaptui.clouds.remote.naming import AGAIN, InstanceNames
from snaptui.clouds.remote.remembered import RememberedInventory
from snaptui.errors import AmbiguousError, InUseError, NotAllowedError
from snaptui.fields import VOLUME_FIELDS
from snaptui.filtering import Filter
from snaptui.models import Attachment, Instance, Volume, VolumeStatus, to_json
from snaptui.requests import AttachRequest, DetachRequest
from tests.clouds.remote.fake import FakeProvider, a_volume
from tests.clouds.remote.following import Follow
from tests.clouds.remote.passing import until
from tests.clouds.remote.quick import QuickCloud


def attached(name: str, *instances: str) -> Volume:
    volume = a_volume(name, status=VolumeStatus.IN_USE)
    first, *others = [
        Attachment(volume_uid=volume.resource_uid, instance=each, device="/dev/vdb")
        for each in instances
    ]
    return replace(volume, attachment=first, other_attachments=tuple(others))


async def test_an_attached_volume_tells_the_name_and_the_uid(
    cloud: QuickCloud, provider: FakeProvider
) -> None:
    provider.put(attached("shared", "i-9", "i-1"))
    volume = await cloud.volume("shared")
    assert [each.user for each in volume.attachments] == ["i-9", "server (i-1)"]
    assert volume.other_attachments[0].used_by == "server (i-1) /dev/vdb"
    told = to_json(volume)["other_attachments"][0]
    assert (told["instance"], told["instance_name"]) == ("i-1", "server")


async def test_who_has_a_volume_already_is_named(cloud: QuickCloud, provider: FakeProvider) -> None:
    volume = provider.put(attached("mine", "i-1"))
    await cloud.volume("mine")
    request = AttachRequest(volume_uid=volume.resource_uid, instance="i-2")
    with pytest.raises(InUseError, match=r"attached to server \(i-1\) /dev/vdb already"):
        await cloud.attach_volume(request)


async def test_where_nothing_is_attached_nobody_is_asked_for_instances(
    cloud: QuickCloud, provider: FakeProvider
) -> None:
    provider.put(a_volume("free"))
    assert await collect(cloud.volumes())
    assert "instances" not in provider.asked


async def test_names_are_asked_for_once_and_again_when_they_may_have_changed(
    cloud: QuickCloud, provider: FakeProvider
) -> None:
    provider.put(attached("a", "i-1"))
    provider.put(attached("b", "i-gone"))
    for _ in range(3):
        cloud.look_again()
        await cloud.volume("a")
    assert provider.asked.count("volumes") == 3
    assert provider.asked.count("instances") == 1
    provider.offered_instances = [Instance(resource_uid="i-1", name="renamed", zone="nova")]
    cloud.time.now += AGAIN
    assert (await cloud.volume("a")).attachments[0].user == "renamed (i-1)"
    provider.put(attached("c", "i-2"))  # one that is not known
    cloud.look_again()
    await cloud.volume("c")
    assert provider.asked.count("instances") == 3


@pytest.mark.parametrize("hangs", [False, True])
async def test_that_names_cannot_be_had_keeps_nobody_from_the_volumes(
    cloud: QuickCloud, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch, hangs: bool
) -> None:
    monkeypatch.setattr(naming, "WITHIN", 0.01)
    provider.put(attached("a", "i-1"))
    if hangs:
        provider.hangs("instances")
    else:
        provider.fails("instances", NotAllowedError("ec2:DescribeInstances"), times=None)
    for _ in range(2):
        cloud.look_again()
        assert (await cloud.volume("a")).attachments[0].user == "i-1"
    assert provider.asked.count("instances") == 1


async def test_what_is_followed_keeps_the_names_and_does_not_flicker(
    follow: Follow, provider: FakeProvider, inventory: RememberedInventory
) -> None:
    volume = provider.put(attached("a", "i-1"))
    cloud = follow(provider, remembered=inventory)
    await cloud.open()

    async def users() -> list[str]:
        volumes = await collect(cloud.volumes())
        return [used.user for volume in volumes for used in volume.attachments]

    await until(users, lambda seen: seen == ["server (i-1)"])
    token = await cloud.change_token()
    assert provider.asked.count("instances") == 1
    cloud._take(volumes=[volume])  # as a listing tells it, without the name
    assert await cloud.change_token() == token
    await until(inventory.read)
    await cloud.close()
    kept = inventory.read()
    assert kept is not None
    before = next(each for each in kept.volumes if each.name == "a")
    assert before.attachments[0].instance_name == "server"
    again = InstanceNames(FakeProvider(), lambda: 0.0)
    assert again.named(before) is before
    assert again.named(volume).attachments[0].user == "server (i-1)"


def test_a_filter_finds_an_attached_volume_by_either() -> None:
    volume = attached("a", "i-1")
    assert volume.attachment is not None
    named = replace(volume, attachment=replace(volume.attachment, instance_name="server"))
    for text, found in (("attached:server", True), ("attached:i-1", True), ("attached:x", False)):
        assert Filter(text, VOLUME_FIELDS)(named) is found


async def test_an_instance_is_meant_by_its_name_the_volumes_zone_first(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    evil = "a\x1b]52;c;x\x07[/b]"
    provider.offered_instances = [
        Instance(resource_uid="i-far", name="db", zone="elsewhere"),
        Instance(resource_uid="i-near", name="db", zone=web.zone),
        Instance(resource_uid="i-evil", name=evil, zone="elsewhere"),
    ]
    for typed, meant in ((" db ", "i-near"), (evil, "i-evil"), ("i-far", "i-far"), ("no", "no")):
        seen = await cloud.attach_volume(AttachRequest(volume_uid="web", instance=typed))
        assert seen.attachment is not None
        assert seen.attachment.instance == meant
        assert cloud.book.texts[-1] == f"attached volume web to {meant}"
        await cloud.detach_volume(DetachRequest(volume_uid="web"))


async def test_an_instance_that_two_names_could_mean_is_asked_for_again(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    provider.offered_instances = [
        Instance(resource_uid=uid, name="\x1bdb", zone=web.zone) for uid in ("i-1", "i-2")
    ]
    with pytest.raises(AmbiguousError) as told:
        await cloud.attach_volume(AttachRequest(volume_uid="web", instance="\x1bdb"))
    assert "could be 2 instances (i-1, i-2)" in str(told.value)
    assert "\x1b" not in str(told.value)
    assert "attach" not in provider.asked


async def test_who_may_not_list_instances_may_attach_to_them(
    cloud: QuickCloud, provider: FakeProvider, web: Volume
) -> None:
    provider.fails("instances", NotAllowedError("that is not allowed"), times=None)
    seen = await cloud.attach_volume(AttachRequest(volume_uid="web", instance="i-1"))
    assert seen.attachment is not None
    assert seen.attachment.instance == "i-1"
