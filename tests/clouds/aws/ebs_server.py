"""A region of AWS in memory, whose EBS direct keeps blocks of 512 KiB, as the real one does."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.clouds.aws.script import (
    ACCOUNT,
    described,
    ec2,
    identity,
    refused,
    refused_ebs,
    snapshots,
    volume_item,
    volumes,
)

SIZE = 524288
WEB = "vol-0000000000000000a"
NONE = "vol-ffffffff"


def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass
class Kept:
    """A snapshot that the region has."""

    uid: str
    size: int
    """In GiB."""
    blocks: dict[int, bytes] = field(default_factory=dict)
    volume: str = WEB
    status: str = "completed"
    parent: str | None = None
    name: str = ""
    description: str = ""
    day: int = 1
    token: str = ""
    put: set[int] = field(default_factory=set)


class EbsServer:
    """Answers as EC2, EBS direct and STS do; `transport` goes into a provider.

    Attributes:
        kept: the snapshots, by Resource UID.
        asked: how often each operation was asked for.
        read: the blocks that were fetched, in order.
        written: the blocks that were put, in order.
        page: how many blocks a page of a listing has.
        damaged: blocks that arrive with a flipped bit, always.
        failing: operations that are refused, with what.
        refuses_parents: nothing can be written against another snapshot.
        puts_left: after so many blocks no more may be put.
        loses: a block that is acknowledged and never kept.
        completes_when_seen: what is pending is completed the next time somebody looks.
    """

    def __init__(self, page: int = 3) -> None:
        self.kept: dict[str, Kept] = {}
        self.asked: Counter[str] = Counter()
        self.read: list[int] = []
        self.written: list[int] = []
        self.page = page
        self.damaged: set[int] = set()
        self.failing: dict[str, httpx.Response] = {}
        self._begun = 0
        self.refuses_parents = False
        self.puts_left: int | None = None
        self.loses: int | None = None
        self.completes_when_seen = False
        self.transport = httpx.MockTransport(self._handle)

    def have(self, number: int, blocks: dict[int, bytes], **more: Any) -> Kept:
        """Have a snapshot with these blocks, each of which is whole."""
        uid = f"snap-{number:017x}"
        facts: dict[str, Any] = {"size": 1, "day": number, "name": f"night {number}"}
        self.kept[uid] = Kept(uid=uid, blocks=dict(blocks), **(facts | more))
        return self.kept[uid]

    def _handle(self, request: httpx.Request) -> httpx.Response:
        operation, parameters = described(request)
        self.asked[operation] += 1
        if operation in self.failing:
            said = self.failing[operation]
            return httpx.Response(said.status_code, headers=said.headers, content=said.content)
        name = re.sub(r"(?=[A-Z])", "_", operation).lower()
        answer: httpx.Response = getattr(self, name)(parameters, request)
        return answer

    # -- EC2 and STS

    def _get_caller_identity(self, _: Any, __: Any) -> httpx.Response:
        return identity()

    def _describe_snapshots(self, asked: dict[str, str], _: httpx.Request) -> httpx.Response:
        wanted = list(self.kept.values())
        if "SnapshotId.1" in asked:
            found = self.kept.get(asked["SnapshotId.1"])
            if found is None:
                return refused("InvalidSnapshot.NotFound", f"{asked['SnapshotId.1']} is gone")
            wanted = [found]
            if self.completes_when_seen and self.asked["DescribeSnapshots"] % 2 == 0:
                found.status = "completed"
        if asked.get("RestorableBy.1"):
            wanted = []
        return snapshots(
            {
                "snapshotId": each.uid,
                "volumeId": each.volume,
                "status": each.status,
                "startTime": f"2026-11-{each.day:02}T10:00:00.000Z",
                "progress": "100%",
                "ownerId": ACCOUNT,
                "volumeSize": each.size,
                "description": each.description,
                "encrypted": False,
                "storageTier": "standard",
                "tagSet": [{"key": "Name", "value": each.name}],
            }
            for each in wanted
        )

    def _describe_volumes(self, _: Any, __: Any) -> httpx.Response:
        return volumes([volume_item(WEB, tagSet=[{"key": "Name", "value": "web"}])])

    def _describe_snapshot_attribute(self, _: Any, __: Any) -> httpx.Response:
        return ec2("DescribeSnapshotAttribute")

    def _delete_snapshot(self, asked: dict[str, str], _: httpx.Request) -> httpx.Response:
        self.kept.pop(asked["SnapshotId"], None)
        return ec2("DeleteSnapshot", **{"return": True})

    # -- EBS direct

    def _uid(self, asked: dict[str, str]) -> str:
        return next(part for part in asked["path"].split("/") if part.startswith("snap-"))

    def _gone(self) -> httpx.Response:
        return refused_ebs(
            "ResourceNotFoundException", "no such snapshot", 404, reason="SNAPSHOT_NOT_FOUND"
        )

    def _pages(
        self, name: str, everything: list[dict[str, Any]], size: int, asked: Any
    ) -> httpx.Response:
        start = int(asked.get("pageToken", 0))
        body: dict[str, Any] = {
            name: everything[start : start + self.page],
            "ExpiryTime": 1764700000.0,
            "VolumeSize": size,
            "BlockSize": SIZE,
        }
        if start + self.page < len(everything):
            body["NextToken"] = str(start + self.page)
        return httpx.Response(200, json=body)

    def _list_snapshot_blocks(self, asked: dict[str, str], _: httpx.Request) -> httpx.Response:
        kept = self.kept.get(self._uid(asked))
        if kept is None:
            return self._gone()
        blocks = [{"BlockIndex": n, "BlockToken": f"{kept.uid}:{n}"} for n in sorted(kept.blocks)]
        return self._pages("Blocks", blocks, kept.size, asked)

    def _list_changed_blocks(self, asked: dict[str, str], _: httpx.Request) -> httpx.Response:
        second, first = self.kept.get(self._uid(asked)), self.kept.get(asked["firstSnapshotId"])
        if first is None or second is None:
            return self._gone()
        if first.volume != second.volume or first.volume == NONE:
            return refused_ebs("ValidationException", "not related", reason="UNRELATED_SNAPSHOTS")
        changed = []
        for number in sorted({*first.blocks, *second.blocks}):
            if first.blocks.get(number) == second.blocks.get(number):
                continue
            change: dict[str, Any] = {"BlockIndex": number}
            if number in first.blocks:
                change["FirstBlockToken"] = f"{first.uid}:{number}"
            if number in second.blocks:
                change["SecondBlockToken"] = f"{second.uid}:{number}"
            changed.append(change)
        return self._pages("ChangedBlocks", changed, second.size, asked)

    def _get_snapshot_block(self, asked: dict[str, str], _: httpx.Request) -> httpx.Response:
        kept = self.kept.get(self._uid(asked))
        if kept is None:
            return self._gone()
        number = int(asked["path"].rpartition("/")[2])
        assert asked["blockToken"] == f"{kept.uid}:{number}"
        self.read.append(number)
        data = kept.blocks[number]
        headers = {
            "x-amz-Data-Length": str(SIZE),
            "x-amz-Checksum": text(digest(data)),
            "x-amz-Checksum-Algorithm": "SHA256",
        }
        if number in self.damaged:
            data = bytes([data[0] ^ 1]) + data[1:]
        return httpx.Response(200, headers=headers, content=data)

    def _start_snapshot(self, _: Any, request: httpx.Request) -> httpx.Response:
        wanted = json.loads(request.content)
        token, parent = wanted["ClientToken"], wanted.get("ParentSnapshotId")
        kept = next((each for each in self.kept.values() if each.token == token), None)
        if parent is not None and parent not in self.kept:
            return self._gone()
        if parent is not None and self.refuses_parents:
            return refused_ebs("ValidationException", "not encrypted", reason="INVALID_PARENT")
        if kept is None:
            self._begun += 1
            number = 100 + self._begun
            before = self.kept[parent].blocks if parent else {}
            tags = {each["Key"]: each["Value"] for each in wanted.get("Tags", [])}
            kept = self.have(
                number,
                before,
                size=wanted["VolumeSize"],
                status="pending",
                volume=NONE,
                parent=parent,
                token=token,
                day=20,
                name=tags.get("Name", ""),
                description=wanted.get("Description", ""),
            )
        body = {
            "SnapshotId": kept.uid,
            "BlockSize": SIZE,
            "VolumeSize": kept.size,
            "Status": kept.status,
            "StartTime": 1764000000,
        }
        return httpx.Response(201, json=body | ({"ParentSnapshotId": parent} if parent else {}))

    def _put_snapshot_block(self, asked: dict[str, str], request: httpx.Request) -> httpx.Response:
        kept = self.kept.get(self._uid(asked))
        if kept is None:
            return self._gone()
        if kept.status != "pending":
            return refused_ebs("ConflictException", "it is not pending", 409)
        number, data = int(asked["path"].rpartition("/")[2]), request.content
        if self.puts_left is not None:
            if not self.puts_left:
                return refused_ebs("AccessDeniedException", "not any more", 403)
            self.puts_left -= 1
        assert len(data) == SIZE == int(request.headers["x-amz-data-length"])
        if request.headers["x-amz-checksum"] != text(digest(data)):
            return refused_ebs("ValidationException", "bad checksum")
        kept.blocks[number] = data if number != self.loses else bytes(SIZE)
        kept.put.add(number)
        self.written.append(number)
        headers = {
            "x-amz-Checksum": text(digest(data)),
            "x-amz-Checksum-Algorithm": "SHA256",
        }
        return httpx.Response(201, headers=headers, json={})

    def _complete_snapshot(self, asked: dict[str, str], request: httpx.Request) -> httpx.Response:
        kept = self.kept.get(self._uid(asked))
        if kept is None:
            return self._gone()
        assert int(request.headers["x-amz-changedblockscount"]) == len(kept.put)
        whole = b"".join(digest(kept.blocks[number]) for number in sorted(kept.put))
        good = not kept.put or request.headers["x-amz-checksum"] == text(digest(whole))
        kept.status = "completed" if good else "error"
        return httpx.Response(202, json={"Status": kept.status})
