"""EBS direct as it really is: blocks of 512 KiB, pages, checksums, parents."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Iterable

import httpx
import pytest

from snaptui.clouds.aws.ebs import Block, Checksums, checksum_of
from snaptui.errors import (
    CloudConflictError,
    CloudDownError,
    CloudInvalidError,
    CloudNotFoundError,
)
from snaptui.models import RangeKind
from tests.clouds.aws.conftest import Make
from tests.clouds.aws.script import QUICK, Script, a_snapshot, refused_ebs

SIZE = 524288
GIB = 1024**3


def blocks_page(
    blocks: Iterable[tuple[int, str]], token: str | None = None, **more: object
) -> httpx.Response:
    body = {
        "Blocks": [{"BlockIndex": index, "BlockToken": token} for index, token in blocks],
        "ExpiryTime": 1764700000.123,
        "VolumeSize": 1,
        "BlockSize": SIZE,
        **({"NextToken": token} if token else {}),
        **more,
    }
    return httpx.Response(200, json=body)


def changed_page(
    blocks: Iterable[tuple[int, str | None, str | None]], token: str | None = None
) -> httpx.Response:
    changed = []
    for index, first, second in blocks:
        block: dict[str, object] = {"BlockIndex": index}
        if first is not None:
            block["FirstBlockToken"] = first
        if second is not None:
            block["SecondBlockToken"] = second
        changed.append(block)
    body: dict[str, object] = {"ChangedBlocks": changed, "VolumeSize": 1, "BlockSize": SIZE}
    if token:
        body["NextToken"] = token
    return httpx.Response(200, json=body)


def block_answer(data: bytes, checksum: str | None = None, **headers: str) -> httpx.Response:
    return httpx.Response(
        200,
        headers={
            "x-amz-Data-Length": str(len(data)),
            "x-amz-Checksum": checksum or checksum_of(data),
            "x-amz-Checksum-Algorithm": "SHA256",
            **headers,
        },
        content=data,
    )


async def test_blocks_are_listed_over_pages_some_of_them_empty(scripted: Make) -> None:
    script = Script().on(
        "ListSnapshotBlocks",
        blocks_page([(0, "a"), (1, "b")], token="p1"),
        blocks_page([], token="p2"),
        blocks_page([(2047, "c")]),
    )
    ebs = scripted(script).ebs
    pages = [page async for page in ebs.blocks("snap-1", start=0)]
    assert [block.index for page in pages for block in page.blocks] == [0, 1, 2047]
    assert {(page.block_size, page.size_bytes) for page in pages} == {(SIZE, GIB)}
    assert pages[0].expires_at is not None
    assert pages[0].expires_at.year == 2025
    asked = script.of("ListSnapshotBlocks")
    assert [each.get("pageToken") for each in asked] == [None, "p1", "p2"]
    assert {each["maxResults"] for each in asked} == {"10000"}


async def test_a_listing_can_begin_later(scripted: Make) -> None:
    script = Script().on("ListSnapshotBlocks", blocks_page([(700, "a")]))
    async for _ in scripted(script).ebs.blocks("snap-1", start=700):
        pass
    assert script.of("ListSnapshotBlocks")[0]["startingBlockIndex"] == "700"


async def test_the_same_page_for_ever_is_an_error(scripted: Make) -> None:
    script = Script().on("ListSnapshotBlocks", blocks_page([(0, "a")], token="same"))
    with pytest.raises(CloudDownError, match="the same page again and again"):
        async for _ in scripted(script).ebs.blocks("snap-1"):
            pass


@pytest.mark.parametrize(
    "page",
    [
        blocks_page([], BlockSize=0),
        blocks_page([], BlockSize=None),
        blocks_page([], BlockSize="big"),
        blocks_page([], VolumeSize=None),
        blocks_page([], Blocks={"a": 1}),
        blocks_page([], Blocks=["x"]),
        blocks_page([], Blocks=[{"BlockIndex": -1, "BlockToken": "x"}]),
        blocks_page([], Blocks=[{"BlockIndex": 1}]),
        blocks_page([], NextToken=["x"]),
        httpx.Response(200, content=b"null"),
        httpx.Response(200, content=b"[1]"),
        httpx.Response(200, content=b"<html>"),
    ],
    ids=lambda page: page.content[:80].decode(),
)
async def test_a_page_of_another_shape_is_an_error(scripted: Make, page: httpx.Response) -> None:
    script = Script().on("ListSnapshotBlocks", page)
    with pytest.raises(CloudDownError, match="cannot be understood"):
        async for _ in scripted(script, patience=QUICK).ebs.blocks("snap-1"):
            pass


async def test_a_block_is_what_its_checksum_says(scripted: Make) -> None:
    data = bytes(range(256)) * (SIZE // 256)
    script = Script().on("GetSnapshotBlock", block_answer(data))
    assert await scripted(script).ebs.get_block("snap-1", Block(7, "a+/="), SIZE) == data
    (asked,) = script.of("GetSnapshotBlock")
    assert asked == {"blockToken": "a+/=", "path": "/snapshots/snap-1/blocks/7"}


async def test_a_block_that_was_damaged_is_asked_for_again(scripted: Make) -> None:
    data = b"\0" * SIZE
    bad = block_answer(b"\1" + data[1:], checksum_of(data))
    script = Script().on("GetSnapshotBlock", bad, block_answer(data))
    assert await scripted(script).ebs.get_block("snap-1", Block(7, "t"), SIZE) == data
    assert len(script.of("GetSnapshotBlock")) == 2


@pytest.mark.parametrize(
    "answer",
    [
        block_answer(b"\1" * SIZE, checksum_of(b"\0" * SIZE)),
        block_answer(b"\1" * (SIZE - 1)),
        block_answer(b"\1" * SIZE, **{"x-amz-Data-Length": "512"}),
    ],
    ids=["checksum", "short", "another length"],
)
async def test_a_block_that_stays_damaged_is_never_handed_out(
    scripted: Make, answer: httpx.Response
) -> None:
    script = Script().on("GetSnapshotBlock", answer)
    with pytest.raises(CloudDownError, match="block 7 of snap-1 was damaged on the way"):
        await scripted(script, patience=QUICK).ebs.get_block("snap-1", Block(7, "t"), SIZE)
    assert len(script.of("GetSnapshotBlock")) == QUICK.attempts


async def test_an_unknown_kind_of_checksum_is_not_trusted(scripted: Make) -> None:
    answer = block_answer(b"\1" * SIZE, **{"x-amz-Checksum-Algorithm": "CRC"})
    script = Script().on("GetSnapshotBlock", answer)
    with pytest.raises(CloudDownError, match="cannot be understood"):
        await scripted(script, patience=QUICK).ebs.get_block("snap-1", Block(7, "t"), SIZE)


async def test_a_snapshot_is_written(scripted: Make) -> None:
    parent = "snap-00000000000000aaa"
    started = {
        "SnapshotId": "snap-00000000000000bbb",
        "BlockSize": SIZE,
        "VolumeSize": 3,
        "Status": "pending",
        "ParentSnapshotId": parent,
        "StartTime": 1764000000,
    }
    script = Script()
    script.on("StartSnapshot", httpx.Response(201, json=started))

    def put(_: dict[str, str]) -> httpx.Response:
        sent = script.requests[-1].headers
        headers = {
            "x-amz-Checksum": sent["x-amz-checksum"],
            "x-amz-Checksum-Algorithm": "SHA256",
        }
        return httpx.Response(201, headers=headers, json={})

    script.on("PutSnapshotBlock", put)
    script.on("CompleteSnapshot", httpx.Response(202, json={"Status": "pending"}))
    ebs = scripted(script).ebs
    begun = await ebs.start(
        2 * GIB + 1, token="tok", parent_uid=parent, description="d", name="nightly"
    )
    assert (begun.uid, begun.block_size, begun.size_bytes) == (
        "snap-00000000000000bbb",
        SIZE,
        3 * GIB,
    )
    assert begun.parent_uid == parent
    sent = httpx.Response(200, content=script.requests[-1].content).json()
    assert sent == {
        "VolumeSize": 3,
        "ClientToken": "tok",
        "Timeout": 60,
        "ParentSnapshotId": parent,
        "Description": "d",
        "Tags": [{"Key": "Name", "Value": "nightly"}],
    }

    await ebs.start(GIB, token="tok", encrypted=True, kms_key="arn:aws:kms:k")
    sent = httpx.Response(200, content=script.requests[-1].content).json()
    assert (sent["Encrypted"], sent["KmsKeyArn"]) == (True, "arn:aws:kms:k")

    checksums = Checksums()
    data = {9: b"\7" * SIZE, 2: b"\5" * SIZE}
    for index, block in data.items():
        checksums.add(index, await ebs.put_block(begun.uid, index, block, progress=50))
        request = script.requests[-1]
        assert request.content == block
        assert request.headers["x-amz-data-length"] == str(SIZE)
        assert request.headers["x-amz-checksum"] == checksum_of(block)
        assert request.headers["x-amz-checksum-algorithm"] == "SHA256"
        assert request.headers["x-amz-progress"] == "50"
        assert request.headers["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"
        assert request.url.path.endswith(f"/{begun.uid}/blocks/{index}")
    checksums.add(9, checksum_of(data[9]))  # put again: counts once

    assert await ebs.complete(begun.uid, checksums) == "pending"
    headers = script.requests[-1].headers
    assert headers["x-amz-changedblockscount"] == "2"
    assert headers["x-amz-checksum-aggregation-method"] == "LINEAR"
    linear = hashlib.sha256(data[2]).digest(), hashlib.sha256(data[9]).digest()
    expected = base64.b64encode(hashlib.sha256(b"".join(linear)).digest()).decode()
    assert headers["x-amz-checksum"] == expected


@pytest.mark.parametrize("order", [[0, 1, 2, 9], [9, 2, 1, 0], [0, 2, 2, 1, 9, 0]])
def test_checksums_add_up_in_any_order(order: list[int]) -> None:
    checksums = Checksums()
    for turn, index in enumerate(order):
        checksums.add(index, checksum_of(b"%d %d" % (index, turn)))
    last = {index: b"%d %d" % (index, turn) for turn, index in enumerate(order)}
    whole = b"".join(hashlib.sha256(last[index]).digest() for index in sorted(last))
    assert len(checksums) == 4
    assert checksums.total() == checksum_of(whole)
    with pytest.raises(ValueError, match="SHA256"):
        checksums.add(1, base64.b64encode(b"short").decode())


async def test_a_snapshot_that_does_not_add_up_is_told(scripted: Make) -> None:
    script = Script().on("CompleteSnapshot", httpx.Response(202, json={"Status": "error"}))
    with pytest.raises(CloudConflictError, match="could not complete snap-1"):
        await scripted(script).ebs.complete("snap-1", Checksums())
    assert script.requests[-1].headers["x-amz-changedblockscount"] == "0"


async def test_a_block_that_was_stored_as_another_is_put_again(scripted: Make) -> None:
    data = b"x" * SIZE

    def put(checksum: str) -> httpx.Response:
        headers = {"x-amz-Checksum": checksum, "x-amz-Checksum-Algorithm": "SHA256"}
        return httpx.Response(201, headers=headers, json={})

    script = Script().on("PutSnapshotBlock", put(checksum_of(b"y")), put(checksum_of(data)))
    assert await scripted(script).ebs.put_block("snap-1", 0, data) == checksum_of(data)
    assert len(script.of("PutSnapshotBlock")) == 2


async def test_what_changed_since_the_parent_is_new(scripted: Make) -> None:
    script = Script()
    # 2048 blocks in the volume, data in the first 8 and the last; of 8 cells each has 256
    script.on("ListSnapshotBlocks", blocks_page([(i, "t") for i in [*range(8), 2047]]))
    script.on(
        "ListChangedBlocks",
        changed_page([(0, "a", "b"), (1, None, "b")], token="p"),
        changed_page([(300, "a", None), (2047, None, "c")]),
    )
    changed = [
        each.now
        async for page in scripted(script).ebs.changed_blocks("1", "2")
        for each in page.blocks
    ]
    assert changed == [Block(0, "b"), Block(1, "b"), None, Block(2047, "c")]
    script.on(
        "ListChangedBlocks",
        changed_page([(0, "a", "b"), (1, None, "b")], token="p"),
        changed_page([(300, "a", None), (2047, None, "c")]),
    )
    script.asked.clear()
    provider = scripted(script)
    parent, child = a_snapshot(resource_uid="snap-1"), a_snapshot(resource_uid="snap-2")
    summary = await provider.blocks(child, parent, 8)
    assert summary.stored_bytes is None  # EBS does not tell
    assert (summary.block_size, summary.size_bytes) == (SIZE, GIB)
    assert summary.new_bytes == 3 * SIZE
    assert summary.shared_bytes == 6 * SIZE
    assert summary.new_bytes + summary.shared_bytes + summary.hole_bytes == GIB
    assert list(summary.data_cells) == [8 / 256, 0, 0, 0, 0, 0, 0, 1 / 256]
    assert list(summary.new_cells) == [2 / 256, 0, 0, 0, 0, 0, 0, 1 / 256]
    asked = script.of("ListChangedBlocks")
    assert [each["firstSnapshotId"] for each in asked] == ["snap-1", "snap-1"]
    assert asked[0]["path"] == "/snapshots/snap-2/changedblocks"


@pytest.mark.parametrize("cells", [1, 3, 7, 256, 2048, 5000])
async def test_cells_add_up_whatever_their_number(scripted: Make, cells: int) -> None:
    indices = [0, 1, 5, 682, 683, 1024, 2046, 2047]
    script = Script().on("ListSnapshotBlocks", blocks_page([(i, "t") for i in indices]))
    summary = await scripted(script).blocks(a_snapshot(), None, cells)
    assert len(summary.data_cells) == cells
    assert summary.new_cells == summary.data_cells
    assert summary.shared_bytes == 0
    assert all(0 <= cell <= 1 for cell in summary.data_cells)
    total = sum(summary.data_cells) / cells * GIB
    assert abs(total - len(indices) * SIZE) < cells


async def test_a_comparison_is_in_runs(scripted: Make) -> None:
    script = Script().on(
        "ListChangedBlocks",
        changed_page([(0, "a", "b"), (1, "a", "b"), (2, None, "b")], token="p"),
        changed_page([(3, None, "b"), (5, None, "b"), (6, "a", None), (7, None, None)]),
    )
    diff = await scripted(script).diff("snap-1", "snap-2")
    assert [(each.offset // SIZE, each.length // SIZE, each.kind) for each in diff.ranges] == [
        (0, 2, RangeKind.CHANGED),
        (2, 2, RangeKind.ADDED),
        (5, 1, RangeKind.ADDED),
        (6, 1, RangeKind.REMOVED),
    ]
    assert (diff.changed_bytes, diff.added_bytes, diff.removed_bytes) == (
        2 * SIZE,
        3 * SIZE,
        SIZE,
    )
    assert diff.block_size == SIZE


async def test_snapshots_that_are_the_same_differ_in_nothing(scripted: Make) -> None:
    script = Script().on("ListChangedBlocks", changed_page([]))
    diff = await scripted(script).diff("snap-1", "snap-2")
    assert (diff.ranges, diff.total_bytes) == ((), 0)


async def test_many_blocks_at_once(scripted: Make) -> None:
    data = {index: bytes([index]) * SIZE for index in range(40)}
    script = Script().on(
        "GetSnapshotBlock", lambda asked: block_answer(data[int(asked["path"].split("/")[-1])])
    )
    ebs = scripted(script).ebs
    got = await asyncio.gather(*(ebs.get_block("snap-1", Block(i, "t"), SIZE) for i in data))
    assert got == list(data.values())


async def test_strangers_cannot_be_compared(scripted: Make) -> None:
    script = Script().on(
        "ListChangedBlocks", refused_ebs("ValidationException", "no", 400, "UNRELATED_SNAPSHOTS")
    )
    with pytest.raises(CloudInvalidError, match="same volume"):
        await scripted(script).diff("snap-1", "snap-2")


async def test_a_snapshot_that_is_gone_is_told(scripted: Make) -> None:
    gone = refused_ebs("ResourceNotFoundException", "no", 404, "SNAPSHOT_NOT_FOUND")
    script = Script().on("ListSnapshotBlocks", gone)
    with pytest.raises(CloudNotFoundError):
        await scripted(script).blocks(a_snapshot())
