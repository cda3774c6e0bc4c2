"""Snapshots over thousands of pages, while they are made, lost answers, and who may see them."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest

from snaptui.clouds.aws import reading
from snaptui.clouds.aws.recent import MOMENT, Recent
from snaptui.clouds.base import collect
from snaptui.clouds.remote.provider import Sharing
from snaptui.errors import CloudDownError, CloudInvalidError, NotAllowedError
from snaptui.models import Snapshot, SnapshotStatus, Visibility
from tests.clouds.aws.conftest import Make
from tests.clouds.aws.script import (
    ACCOUNT,
    QUICK,
    Answerer,
    Script,
    a_snapshot,
    a_volume,
    ec2,
    refused,
    snapshot_item,
    snapshots,
)

OTHER = "999999999999"


def listing(own: list[dict[str, Any]], **more: list[dict[str, Any]]) -> Answerer:
    """An account's snapshots, asked for in the three ways, 1000 a page."""

    def answer(asked: dict[str, str]) -> httpx.Response:
        owner, restorable = asked.get("Owner.1"), asked.get("RestorableBy.1")
        if owner == "self" and restorable == "all":
            items = more.get("own_public", [])
        elif owner == "self":
            items = own
        elif restorable == "self":
            items = own + more.get("shared", [])
        else:
            items = more.get("public", [])
        start = int(asked.get("NextToken", "0"))
        end = start + int(asked["MaxResults"])
        return snapshots(items[start:end], str(end) if end < len(items) else None)

    return answer


def permissions(*granted: dict[str, str]) -> httpx.Response:
    return ec2(
        "DescribeSnapshotAttribute",
        snapshotId="snap-1",
        createVolumePermission=list(granted),
    )


async def test_five_thousand_snapshots_come_in_pages(scripted: Make) -> None:
    own = [snapshot_item(number, description=f"nightly {number}") for number in range(5000)]
    script = Script().on("DescribeSnapshots", listing(own))
    provider = scripted(script)
    pages = [page async for page in provider.snapshots()]
    assert [len(page) for page in pages] == [1000] * 5
    uids = [snapshot.resource_uid for page in pages for snapshot in page]
    assert uids == [item["snapshotId"] for item in own]
    assert {each["MaxResults"] for each in script.of("DescribeSnapshots")} == {"1000"}
    # one for the public ones, five for one's own, five for what others share
    assert len(script.of("DescribeSnapshots")) == 11


async def test_pages_are_read_off_the_loop(scripted: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[int] = set()
    read = reading.snapshot

    def watched(*arguments: Any) -> Snapshot | None:
        threads.add(threading.get_ident())
        return read(*arguments)

    monkeypatch.setattr(reading, "snapshot", watched)
    own = [snapshot_item(number, description="nightly") for number in range(2000)]
    script = Script().on("DescribeSnapshots", listing(own))
    assert len(await collect(scripted(script).snapshots())) == 2000
    assert threads
    assert threading.get_ident() not in threads


async def test_what_others_share_is_listed_and_what_is_public_only_apart(
    scripted: Make,
) -> None:
    own = [snapshot_item(1), snapshot_item(2)]
    answer = listing(
        own,
        own_public=[own[1]],
        shared=[snapshot_item(3, ownerId=OTHER)],
        public=[snapshot_item(4, ownerId="amazon"), own[1]],
    )
    script = Script().on("DescribeSnapshots", answer)
    script.on("DescribeSnapshotAttribute", permissions({"group": "all"}))
    provider = scripted(script)
    seen = {each.resource_uid[-1]: each for each in await collect(provider.snapshots())}
    assert {uid: each.visibility for uid, each in seen.items()} == {
        "1": None,  # not known: one request each would tell
        "2": Visibility.PUBLIC,
        "3": Visibility.SHARED,
    }
    assert (seen["3"].owner, seen["3"].shared_with) == (OTHER, (ACCOUNT,))
    public = await collect(provider.public_snapshots())
    assert [(each.resource_uid[-1], each.visibility) for each in public] == [
        ("4", Visibility.PUBLIC)
    ]
    assert "Owner.1" not in script.of("DescribeSnapshots")[-1]


async def test_a_server_that_does_not_know_the_question_is_not_believed(scripted: Make) -> None:
    own = [snapshot_item(1), snapshot_item(2)]
    script = Script().on("DescribeSnapshots", listing(own, own_public=own))
    script.on("DescribeSnapshotAttribute", permissions())
    found = await collect(scripted(script).snapshots())
    assert [each.visibility for each in found] == [None, None]


async def test_a_server_that_gives_strangers_is_asked_no_further(scripted: Make) -> None:
    def answer(asked: dict[str, str]) -> httpx.Response:
        if asked.get("Owner.1") == "self" and asked.get("RestorableBy.1") == "all":
            return snapshots([snapshot_item(9, ownerId="amazon")], token="more")
        return snapshots([snapshot_item(1)])

    script = Script().on("DescribeSnapshots", answer)
    (found,) = await collect(scripted(script).snapshots())
    assert found.visibility is None
    assert len(script.of("DescribeSnapshots")) == 3


async def test_one_snapshot_tells_who_may_see_it(scripted: Make) -> None:
    script = Script().on("DescribeSnapshots", snapshots([snapshot_item(1)]))
    provider = scripted(script)
    for granted, visibility, accounts in (
        ([], Visibility.PRIVATE, ()),
        (
            [{"userId": "222222222222"}, {"userId": OTHER}],
            Visibility.SHARED,
            ("222222222222", OTHER),
        ),
        ([{"group": "all"}], Visibility.PUBLIC, ()),
    ):
        script.on("DescribeSnapshotAttribute", permissions(*granted))
        seen = await provider.snapshot("snap-1")
        assert seen is not None
        assert (seen.visibility, seen.shared_with) == (visibility, accounts)


async def test_who_may_see_it_may_be_a_secret(scripted: Make) -> None:
    script = Script().on("DescribeSnapshots", snapshots([snapshot_item(1)]))
    script.on("DescribeSnapshotAttribute", refused("UnauthorizedOperation", status=403))
    seen = await scripted(script).snapshot("snap-1")
    assert seen is not None
    assert seen.visibility is None


async def test_a_strangers_snapshot_is_shared_or_public(scripted: Make) -> None:
    item = snapshot_item(1, ownerId=OTHER)
    script = Script().on("DescribeSnapshots", snapshots([item]))
    seen = await scripted(script).snapshot(item["snapshotId"])
    assert seen is not None
    assert (seen.visibility, seen.shared_with) == (Visibility.SHARED, (ACCOUNT,))
    script.on("DescribeSnapshots", snapshots([item]), snapshots([]))
    seen = await scripted(script).snapshot(item["snapshotId"])
    assert seen is not None
    assert (seen.visibility, seen.shared_with) == (Visibility.PUBLIC, ())
    assert "DescribeSnapshotAttribute" not in [name for name, _ in script.asked]


async def test_a_snapshot_is_pending_for_a_while(scripted: Make) -> None:
    states = [
        snapshots([snapshot_item(1, status="pending", progress=progress)])
        for progress in ("", "0%", "37%", "99%")
    ]
    script = Script().on("DescribeSnapshots", *states, snapshots([snapshot_item(1)]))
    script.on("DescribeSnapshotAttribute", permissions())
    provider = scripted(script)
    seen = [await provider.snapshot("snap-1") for _ in range(5)]
    assert [each and each.percent for each in seen] == [None, 0, 37, 99, None]
    assert [each and each.status for each in seen] == [SnapshotStatus.PENDING] * 4 + [
        SnapshotStatus.COMPLETED
    ]
    # who may see it is asked for once it is there, not every second
    assert len(script.of("DescribeSnapshotAttribute")) == 1


@pytest.mark.parametrize(
    ("item", "status", "reason"),
    [
        ({"status": "error", "statusMessage": "no key"}, SnapshotStatus.ERROR, "no key"),
        ({"status": "recovering"}, SnapshotStatus.PENDING, ""),
        ({"status": "novel"}, SnapshotStatus.ERROR, "its state is novel"),
    ],
)
async def test_other_states(
    scripted: Make, item: dict[str, str], status: SnapshotStatus, reason: str
) -> None:
    script = Script().on("DescribeSnapshots", snapshots([snapshot_item(1, **item)]))
    script.on("DescribeSnapshotAttribute", permissions())
    provider = scripted(script)
    seen = await provider.snapshot("snap-1")
    assert seen is not None
    assert (seen.status, seen.reason) == (status, reason)
    assert await provider.why(f"snap-{1:017x}") == reason


async def test_what_is_in_the_recycle_bin_is_not_there(scripted: Make) -> None:
    script = Script().on("DescribeSnapshots", snapshots([snapshot_item(1, status="recoverable")]))
    assert await scripted(script).snapshot("snap-1") is None


async def test_all_fields_are_read(scripted: Make) -> None:
    item = snapshot_item(
        1,
        description="before [b]",
        encrypted=True,
        storageTier="archive",
        fullSnapshotSizeInBytes=123 * 524288,
        tagSet=[
            {"key": "Name", "value": "nightly"},
            {"key": "team", "value": "ops"},
            {"key": "snaptui:token", "value": "t"},
        ],
    )
    script = Script().on("DescribeSnapshots", snapshots([item]))
    script.on("DescribeSnapshotAttribute", permissions())
    seen = await scripted(script).snapshot("snap-1")
    assert seen is not None
    assert (seen.name, seen.description, seen.encrypted) == ("nightly", "before [b]", True)
    assert (seen.storage_tier, seen.data_bytes) == ("archive", 123 * 524288)
    assert dict(seen.tags) == {"team": "ops"}


def made_item(**more: Any) -> httpx.Response:
    return ec2("CreateSnapshot", **snapshot_item(7, status="pending", progress="", **more))


async def test_a_snapshot_is_asked_for_with_its_tags(scripted: Make) -> None:
    script = Script().on("DescribeSnapshots", snapshots([])).on("CreateSnapshot", made_item())
    made = await scripted(script).create_snapshot(
        a_volume(), name="before", description="d & <e>", token="tok"
    )
    assert (made.status, made.visibility) == (SnapshotStatus.PENDING, Visibility.PRIVATE)
    assert made.volume_name == "web"
    (asked,) = script.of("CreateSnapshot")
    assert asked["Description"] == "d & <e>"
    assert asked["TagSpecification.1.ResourceType"] == "snapshot"
    tags = {
        asked[f"TagSpecification.1.Tag.{n}.Key"]: asked[f"TagSpecification.1.Tag.{n}.Value"]
        for n in (1, 2)
    }
    assert tags == {"Name": "before", "snaptui:token": "tok"}


async def test_a_snapshot_whose_answer_was_lost_is_found_not_taken_twice(scripted: Make) -> None:
    script = Script()
    script.on("DescribeSnapshots", snapshots([]), snapshots([]), snapshots([snapshot_item(7)]))
    script.on("CreateSnapshot", httpx.ReadError("cut"))
    made = await scripted(script).create_snapshot(a_volume(), name="x", description="", token="t")
    assert made.resource_uid == f"snap-{7:017x}"
    assert len(script.of("CreateSnapshot")) == 1
    looked = script.of("DescribeSnapshots")[-1]
    assert looked["Filter.1.Name"] == "tag:snaptui:token"
    assert looked["Filter.1.Value.1"] == "t"


async def test_a_snapshot_that_nobody_knows_of_is_told_to_be_in_doubt(scripted: Make) -> None:
    script = Script().on("DescribeSnapshots", snapshots([]))
    script.on("CreateSnapshot", httpx.ReadTimeout("slow"))
    with pytest.raises(CloudDownError) as caught:
        await scripted(script).create_snapshot(a_volume(), name="x", description="", token="t")
    assert "may have been done" in caught.value.hint
    assert len(script.of("CreateSnapshot")) == 1


async def test_a_snapshot_that_was_not_asked_for_is_not_looked_for(scripted: Make) -> None:
    script = Script().on("DescribeSnapshots", snapshots([]))
    script.on("CreateSnapshot", httpx.ConnectError("refused"))
    with pytest.raises(CloudDownError):
        await scripted(script, patience=QUICK).create_snapshot(
            a_volume(), name="x", description="", token="t"
        )
    assert len(script.of("CreateSnapshot")) == QUICK.attempts
    assert len(script.of("DescribeSnapshots")) == 1


async def test_what_was_just_made_may_not_be_shown_yet(scripted: Make) -> None:
    gone = refused("InvalidSnapshot.NotFound", "The snapshot does not exist.")
    script = Script().on("DescribeSnapshots", snapshots([]), gone, snapshots([snapshot_item(7)]))
    script.on("CreateSnapshot", made_item()).on("DescribeSnapshotAttribute", permissions())
    provider = scripted(script)
    made = await provider.create_snapshot(a_volume(), name="x", description="", token="t")
    seen = await provider.snapshot(made.resource_uid)
    assert seen is not None
    assert seen.status is SnapshotStatus.PENDING
    seen = await provider.snapshot(made.resource_uid)
    assert seen is not None
    assert seen.status is SnapshotStatus.COMPLETED
    # once it has been seen, it can vanish
    script.on("DescribeSnapshots", gone)
    assert await provider.snapshot(made.resource_uid) is None


async def test_what_was_just_deleted_may_still_be_shown(scripted: Make) -> None:
    gone = refused("InvalidSnapshot.NotFound")
    item = snapshot_item(1)
    script = Script().on("DescribeSnapshots", snapshots([item]), snapshots([item]), gone)
    script.on("DeleteSnapshot", ec2("DeleteSnapshot", **{"return": True}))
    script.on("DescribeSnapshotAttribute", permissions())
    provider = scripted(script)
    await provider.delete_snapshot(item["snapshotId"])
    for _ in range(2):
        seen = await provider.snapshot(item["snapshotId"])
        assert seen is not None
        assert seen.status is SnapshotStatus.DELETING
    assert await provider.snapshot(item["snapshotId"]) is None


def test_after_a_minute_only_what_is_shown_is_believed() -> None:
    now = 0.0
    recent = Recent(lambda: now)
    snapshot = a_snapshot()
    recent.made(snapshot)
    assert recent.seen(snapshot.resource_uid, None, Snapshot) is snapshot
    other = a_snapshot(resource_uid="snap-other")
    recent.deleted("snap-other")
    assert recent.shown(other).status is SnapshotStatus.DELETING
    now = MOMENT + 1
    assert recent.shown(other) is other
    assert recent.seen(snapshot.resource_uid, None, Snapshot) is None


async def test_a_snapshot_that_an_ami_uses_is_not_deleted(scripted: Make) -> None:
    message = "The snapshot snap-1 is currently in use by ami-1"
    script = Script().on("DeleteSnapshot", refused("InvalidSnapshot.InUse", message))
    with pytest.raises(Exception, match="in use by ami-1: an AMI uses the snapshot"):
        await scripted(script).delete_snapshot("snap-1")


async def test_sharing_takes_away_before_it_gives(scripted: Make) -> None:
    done = ec2("ModifySnapshotAttribute", **{"return": True})
    script = Script().on("ModifySnapshotAttribute", done)
    script.on("DescribeSnapshotAttribute", permissions({"group": "all"}, {"userId": OTHER}))
    sharing = Sharing(visibility=Visibility.SHARED, shared_with=("222222222222",))
    await scripted(script).share(a_snapshot(), sharing)
    first, second = script.of("ModifySnapshotAttribute")
    assert (first["OperationType"], first["UserId.1"], first["UserGroup.1"]) == (
        "remove",
        OTHER,
        "all",
    )
    assert (second["OperationType"], second["UserId.1"]) == ("add", "222222222222")
    assert "UserGroup.1" not in second


async def test_sharing_with_nobody_is_refused_before_anything_is_asked(scripted: Make) -> None:
    script = Script()
    with pytest.raises(CloudInvalidError, match="nobody is named"):
        await scripted(script).share(a_snapshot(), Sharing(visibility=Visibility.SHARED))
    assert [name for name, _ in script.asked] == ["GetCallerIdentity"]


@pytest.mark.parametrize("account", ["12345678901", "1234-5678-9012", "alice", "١٢٣٤٥٦٧٨٩٠١٢"])
async def test_sharing_with_what_is_no_account_is_refused_before_anything_is_changed(
    scripted: Make, account: str
) -> None:
    script = Script()
    sharing = Sharing(visibility=Visibility.SHARED, shared_with=("222222222222", account))
    with pytest.raises(CloudInvalidError, match="is no account of AWS: .* 12 digits") as caught:
        await scripted(script).share(a_snapshot(), sharing)
    assert caught.value.exit_code == 2
    assert [name for name, _ in script.asked] == ["GetCallerIdentity"]


async def test_what_is_not_allowed_is_told_by_its_permission(scripted: Make) -> None:
    script = Script().on("DescribeSnapshotAttribute", permissions())
    script.on("ModifySnapshotAttribute", refused("UnauthorizedOperation", "No.", 403))
    with pytest.raises(NotAllowedError, match="ec2:ModifySnapshotAttribute"):
        await scripted(script).share(a_snapshot(), Sharing(visibility=Visibility.PUBLIC))


async def test_a_copy_is_asked_for_in_the_other_region(scripted: Make) -> None:
    script = Script().on("DescribeSnapshots", snapshots([]))
    script.on("CopySnapshot", ec2("CopySnapshot", snapshotId="snap-copy"))
    copy = await scripted(script).copy_snapshot(
        a_snapshot(), region="eu-west-1", name="far", description="d", token="t"
    )
    assert (copy.resource_uid, copy.name, copy.status) == (
        "snap-copy",
        "far",
        SnapshotStatus.PENDING,
    )
    (asked,) = script.of("CopySnapshot")
    assert asked["SourceRegion"] == "us-east-1"
    assert asked["DestinationRegion"] == "eu-west-1"
    url = httpx.URL(asked["PresignedUrl"])
    assert url.host == "ec2.us-east-1.amazonaws.com"
    assert url.params["SourceSnapshotId"] == a_snapshot().resource_uid
    assert url.params["DestinationRegion"] == "eu-west-1"
    sent = [request for request in script.requests if b"CopySnapshot" in request.content]
    assert sent[0].url.host == "ec2.eu-west-1.amazonaws.com"
    assert "Encrypted" not in asked
    # a copy does not tell what it is of: the mark by which it is found again does
    mark = f"t {a_snapshot().resource_uid}"
    assert asked["TagSpecification.1.Tag.2.Value"] == mark
    wanted = script.of("DescribeSnapshots")[0]
    assert (wanted["Filter.1.Value.1"], wanted["Filter.2.Name"]) == (mark, "status")
    assert {wanted["Filter.2.Value.1"], wanted["Filter.2.Value.2"]} == {"pending", "completed"}


async def test_a_copy_can_be_encrypted_and_is_looked_for_when_asked_for_again(
    scripted: Make,
) -> None:
    script = Script().on("DescribeSnapshots", snapshots([]))
    script.on("CopySnapshot", ec2("CopySnapshot", snapshotId="snap-copy"))
    copy: dict[str, Any] = {"region": "eu-west-1", "name": "x", "description": "", "token": "t"}
    await scripted(script).copy_snapshot(a_snapshot(), **copy, encrypted=True)
    assert script.of("CopySnapshot")[0]["Encrypted"] == "true"
    script = Script().on("DescribeSnapshots", *[snapshots([])] * 3, snapshots([snapshot_item(9)]))
    found = await scripted(script).copy_snapshot(a_snapshot(), **copy, again=True)
    assert found.resource_uid == snapshot_item(9)["snapshotId"]
    assert script.of("CopySnapshot") == []


async def test_the_regions_are_those_of_the_account_or_all_there_are(scripted: Make) -> None:
    told = [{"regionName": name} for name in ("us-east-1", "eu-west-1", "af-south-1")]
    script = Script().on("DescribeRegions", ec2("DescribeRegions", regionInfo=told))
    assert await scripted(script).regions() == ["af-south-1", "eu-west-1"]
    script.on("DescribeRegions", refused("UnauthorizedOperation", "No.", 403))
    known = await scripted(script).regions()
    assert {"eu-west-1", "us-west-2"} <= set(known)
    assert not {"us-east-1", "cn-north-1"} & set(known)
