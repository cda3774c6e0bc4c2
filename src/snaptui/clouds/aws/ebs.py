"""The EBS direct APIs: the blocks of a snapshot, read and written one by one.

How many blocks are asked for at once is the caller's to say (`api.CONNECTIONS` of them have
connections, more only wait), as is what to do after a crash: every
listing can begin at a block, blocks may be put again, and a snapshot that was started can be found
again by its token.

A snapshot is read so:

    async for page in ebs.blocks(uid):
        for block in page.blocks:
            data = await ebs.get_block(uid, block, page.block_size)

and written so:

    started = await ebs.start(size_bytes, token=token)
    checksums = Checksums()
    checksums.add(index, await ebs.put_block(started.uid, index, data))     # for each
    await ebs.complete(started.uid, checksums)
"""

from __future__ import annotations

import base64
import hashlib
from array import array
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field's type
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from snaptui.clouds.aws import reading
from snaptui.errors import CloudConflictError, CloudDownError, CloudInvalidError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from snaptui.clouds.aws.api import Api

PAGE = 10000
"""The most that EBS gives at once; it may give fewer, and none, and yet have more."""
ALGORITHM = "SHA256"
_DIGEST = 32

Listed = TypeVar("Listed")


@dataclass(frozen=True, slots=True)
class Block:
    """A block that a snapshot has. The token gets its data for some days."""

    index: int
    token: str


@dataclass(frozen=True, slots=True)
class ChangedBlock:
    """A block that differs between two snapshots; a token is None where one does not have it."""

    index: int
    from_token: str | None
    to_token: str | None

    @property
    def now(self) -> Block | None:
        """What `get_block` gets of the later snapshot; None when it has a hole there."""
        return Block(self.index, self.to_token) if self.to_token is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockPage(Generic[Listed]):
    """A part of a listing, in the order of the blocks.

    Attributes:
        blocks: some blocks, perhaps none.
        block_size: the bytes of a block, as the server says.
        size_bytes: of the volume.
        expires_at: until then the tokens of the blocks are good.
    """

    blocks: tuple[Listed, ...]
    block_size: int
    size_bytes: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedSnapshot:
    """A snapshot that blocks can be put into."""

    uid: str
    block_size: int
    size_bytes: int
    status: str
    parent_uid: str | None = None


class Checksums:
    """The checksums of the blocks that were put, for the one of all (linear aggregation).

    A TiB has two million blocks: each takes forty bytes here.
    """

    def __init__(self) -> None:
        self._indices = array("Q")
        self._digests = bytearray()
        self._in_order = True

    def __len__(self) -> int:
        return len(self._places())

    def add(self, index: int, checksum: str) -> None:
        """Note a block's, in any order; of one that was put again the last one counts."""
        digest = base64.b64decode(checksum, validate=True)
        if len(digest) != _DIGEST:
            raise ValueError("a checksum is that of SHA256")
        if self._indices and index <= self._indices[-1]:
            self._in_order = False
        self._indices.append(index)
        self._digests += digest

    def _places(self) -> Sequence[int]:
        """Where each block's is, in the order of the blocks."""
        if self._in_order:
            return range(len(self._indices))
        last = {index: place for place, index in enumerate(self._indices)}
        return [last[index] for index in sorted(last)]

    def total(self) -> str:
        """The checksum of all, in the order of the blocks."""
        whole = hashlib.sha256()
        digests = memoryview(self._digests)
        for place in self._places():
            whole.update(digests[place * _DIGEST : (place + 1) * _DIGEST])
        return base64.b64encode(whole.digest()).decode()


class EbsDirect:
    """The EBS direct APIs of one region."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def blocks(self, uid: str, *, start: int = 0) -> AsyncIterator[BlockPage[Block]]:
        """The blocks that a snapshot has, all others are holes.

        Args:
            uid: the snapshot.
            start: the first block that is of interest.
        """
        parameters = {"SnapshotId": uid, "MaxResults": PAGE, "StartingBlockIndex": start}

        def read(answer: dict[str, Any]) -> BlockPage[Block]:
            return _page(answer, "Blocks", _block)

        async for page in self._api.pages(
            "ebs:ListSnapshotBlocks", parameters, read, what="list the blocks of a snapshot"
        ):
            yield page

    async def changed_blocks(
        self, from_uid: str, to_uid: str, *, start: int = 0
    ) -> AsyncIterator[BlockPage[ChangedBlock]]:
        """The blocks that differ between two snapshots of the same volume.

        Args:
            from_uid: the snapshot before, as a rule.
            to_uid: the snapshot after.
            start: the first block that is of interest.
        """
        parameters = {
            "FirstSnapshotId": from_uid,
            "SecondSnapshotId": to_uid,
            "MaxResults": PAGE,
            "StartingBlockIndex": start,
        }

        def read(answer: dict[str, Any]) -> BlockPage[ChangedBlock]:
            return _page(answer, "ChangedBlocks", _changed)

        async for page in self._api.pages(
            "ebs:ListChangedBlocks", parameters, read, what="compare two snapshots"
        ):
            yield page

    async def get_block(self, uid: str, block: Block, block_size: int) -> bytes:
        """The data of a block, which is what its checksum says.

        Args:
            uid: the snapshot.
            block: as a listing gave it.
            block_size: as the listing said; other sizes are not accepted.
        """
        parameters = {"SnapshotId": uid, "BlockIndex": block.index, "BlockToken": block.token}

        def read(answer: dict[str, Any]) -> bytes:
            data: object = answer.get("BlockData")
            if not isinstance(data, bytes):
                raise TypeError("a block is bytes")
            if len(data) != block_size or reading.number(answer, "DataLength") != len(data):
                raise self._damaged(block.index, uid, f"it has {len(data)} bytes")
            if reading.text(answer, "ChecksumAlgorithm") != ALGORITHM:
                raise ValueError("another kind of checksum")
            if checksum_of(data) != reading.text(answer, "Checksum"):
                raise self._damaged(block.index, uid, "it does not match its checksum")
            return data

        return await self._api.call(
            "ebs:GetSnapshotBlock", parameters, read, what=f"read block {block.index} of {uid}"
        )

    async def start(
        self,
        size_bytes: int,
        *,
        token: str,
        description: str = "",
        parent_uid: str | None = None,
        name: str = "",
        encrypted: bool = False,
        kms_key: str = "",
        timeout_minutes: int = 60,
    ) -> StartedSnapshot:
        """Begin a snapshot; with the token of one that was begun, that one.

        Args:
            size_bytes: of the volume, rounded up to GiB.
            token: at most 64 characters of ASCII.
            description: of the snapshot.
            parent_uid: what it differs from, so that only what differs has to be put.
            name: of the snapshot.
            encrypted: encrypt it; with a parent it is as that one is, and this must not be said.
            kms_key: the ARN of the key to encrypt it with; empty is the account's usual one.
            timeout_minutes: so long EBS waits for the next block, then gives the snapshot up.
        """
        parameters: dict[str, Any] = {
            "VolumeSize": max(1, -(-size_bytes // reading.GIB)),
            "ClientToken": token,
            "Timeout": timeout_minutes,
        }
        if description:
            parameters["Description"] = description
        if parent_uid is not None:
            parameters["ParentSnapshotId"] = parent_uid
        if encrypted:
            parameters["Encrypted"] = True
        if kms_key:
            parameters["KmsKeyArn"] = kms_key
        if name:
            parameters["Tags"] = [{"Key": reading.NAME_TAG, "Value": name}]

        def read(answer: dict[str, Any]) -> StartedSnapshot:
            return StartedSnapshot(
                uid=reading.text(answer, "SnapshotId"),
                block_size=_block_size(answer),
                size_bytes=reading.number(answer, "VolumeSize") * reading.GIB,
                status=reading.words(answer, "Status"),
                parent_uid=reading.words(answer, "ParentSnapshotId") or None,
            )

        return await self._api.call("ebs:StartSnapshot", parameters, read, what="begin a snapshot")

    async def put_block(
        self, uid: str, index: int, data: bytes, *, progress: int | None = None
    ) -> str:
        """Put a block into a snapshot that was started; again does the same. Gives its checksum.

        Args:
            uid: the snapshot.
            index: the block's.
            data: a whole block.
            progress: the percentage that is there with it, for others to see.
        """
        checksum = checksum_of(data)
        parameters: dict[str, Any] = {
            "SnapshotId": uid,
            "BlockIndex": index,
            "BlockData": data,
            "DataLength": len(data),
            "Checksum": checksum,
            "ChecksumAlgorithm": ALGORITHM,
        }
        if progress is not None:
            parameters["Progress"] = progress

        def read(answer: dict[str, Any]) -> str:
            if reading.text(answer, "Checksum") != checksum:
                raise self._damaged(index, uid, "it was stored with another checksum")
            return checksum

        return await self._api.call(
            "ebs:PutSnapshotBlock", parameters, read, what=f"write block {index} of {uid}"
        )

    def _damaged(self, index: int, uid: str, how: str) -> CloudDownError:
        """What did not arrive whole is asked for again."""
        return CloudDownError(
            f"block {index} of {uid} was damaged on the way: {how}",
            f"is the connection to {self._api.cloud} good?",
        )

    async def complete(self, uid: str, checksums: Checksums) -> str:
        """Say that all blocks are there, and what their checksum is; gives the status then."""
        parameters: dict[str, Any] = {"SnapshotId": uid, "ChangedBlocksCount": len(checksums)}
        if len(checksums):
            parameters["Checksum"] = checksums.total()
            parameters["ChecksumAlgorithm"] = ALGORITHM
            parameters["ChecksumAggregationMethod"] = "LINEAR"

        def read(answer: dict[str, Any]) -> str:
            return reading.text(answer, "Status")

        status = await self._api.call(
            "ebs:CompleteSnapshot", parameters, read, what="complete a snapshot"
        )
        if status == "error":
            raise CloudConflictError(
                f"{self._api.cloud} could not complete {uid}",
                "what was written does not have the checksum that was said: begin anew",
            )
        return status


def checksum_of(data: bytes) -> str:
    """The checksum of a block as EBS writes it."""
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def check_token(token: str) -> str:
    """`token`, if EBS and EC2 take it.

    Raises:
        CloudInvalidError: it is empty, too long or not ASCII.
    """
    if not token or len(token) > 64 or not token.isascii() or not token.isprintable():
        raise CloudInvalidError("a token is 1 to 64 characters of ASCII")
    return token


def _block_size(answer: Mapping[str, Any]) -> int:
    size = reading.number(answer, "BlockSize")
    if size == 0:
        raise ValueError("blocks of no size")
    return size


def _page(
    answer: Mapping[str, Any], key: str, read: Callable[[Mapping[str, Any]], Listed]
) -> BlockPage[Listed]:
    expires = answer.get("ExpiryTime")
    return BlockPage(
        blocks=tuple(read(item) for item in reading.items(answer, key)),
        block_size=_block_size(answer),
        size_bytes=reading.number(answer, "VolumeSize") * reading.GIB,
        expires_at=reading.moment(answer, "ExpiryTime") if expires is not None else None,
    )


def _block(item: Mapping[str, Any]) -> Block:
    return Block(reading.number(item, "BlockIndex"), reading.text(item, "BlockToken"))


def _changed(item: Mapping[str, Any]) -> ChangedBlock:
    return ChangedBlock(
        reading.number(item, "BlockIndex"),
        reading.words(item, "FirstBlockToken") or None,
        reading.words(item, "SecondBlockToken") or None,
    )
