"""EC2's snapshots: listing, making, deleting, copying."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from functools import partial
from shlex import quote
from typing import TYPE_CHECKING, Any

from snaptui.clouds.aws import reading
from snaptui.clouds.aws.permissions import Permissions
from snaptui.clouds.remote.failures import DOUBT
from snaptui.clouds.remote.waiting import looked_for
from snaptui.errors import (
    CloudDownError,
    CloudInvalidError,
    CloudNotFoundError,
    NotAllowedError,
)
from snaptui.models import Snapshot, SnapshotStatus, Visibility
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from snaptui.clouds.aws.api import Api
    from snaptui.clouds.aws.permissions import Seen
    from snaptui.clouds.aws.recent import Recent
    from snaptui.clouds.remote.provider import Sharing

PAGE = 1000
"""The most that EC2 gives at once."""
LIST = "list the snapshots"
_ACCOUNT = re.compile(r"\d{12}|\d{4}-\d{4}-\d{4}", re.ASCII)
"""An account's number, or as the console writes it."""
_ALIASES = frozenset({"amazon", "aws-marketplace"})


class Snapshots:
    """The snapshots of one region that an account may see."""

    def __init__(self, api: Api, account: str, recent: Recent) -> None:
        self._api = api
        self._account = account
        self._recent = recent
        self._permissions = Permissions(api)

    async def pages(self) -> AsyncIterator[Sequence[Snapshot]]:
        """One's own, then those that others share with one."""
        public = await self._own_public()
        async for page in self._list({"OwnerIds": ["self"]}, partial(self._own, public=public)):
            yield page
        async for page in self._list({"RestorableByUserIds": ["self"]}, self._shared):
            yield page

    async def public(self, owner: str = "") -> AsyncIterator[Sequence[Snapshot]]:
        """Those that others made public: there are more than a hundred thousand in a region.

        Args:
            owner: an account, or `amazon`; empty is anybody's.

        Raises:
            CloudInvalidError: that is no account, or one's own.
        """
        wanted: dict[str, Any] = {"RestorableByUserIds": ["all"]}
        if owner:
            wanted["OwnerIds"] = [self._other(owner)]
        async for page in self._list(wanted, self._public):
            yield page

    def _other(self, owner: str) -> str:
        """An account as EC2 knows it. What it does not know it gives no snapshots of, wordlessly.

        Raises:
            CloudInvalidError: it can be none, or is one's own.
        """
        plain = (
            owner.strip().replace("-", "") if _ACCOUNT.fullmatch(owner.strip()) else owner.strip()
        )
        if plain in {"self", self._account}:
            raise CloudInvalidError(
                "your own public snapshots are among your own",
                "list them with: snaptui snapshot list --filter visibility:public "
                f"--cloud {quote(self._api.cloud)}",
            )
        if plain not in _ALIASES and not _ACCOUNT.fullmatch(plain):
            raise CloudInvalidError(
                f"{safe_text(owner, 40)} is no account of AWS",
                f"give its number of 12 digits, or {' or '.join(sorted(_ALIASES))}",
            )
        return plain

    async def _list(self, wanted: Mapping[str, Any], read: Any) -> AsyncIterator[list[Snapshot]]:
        parameters = {"MaxResults": PAGE, **wanted}
        async for page in self._api.pages("ec2:DescribeSnapshots", parameters, read, what=LIST):
            if page:
                yield [self._recent.shown(each) for each in page]

    async def _own_public(self) -> frozenset[str]:
        """Which of one's own are public: one request for all, where others would take one each.

        A server that does not know the question gives all: what it says is tried on one. One that
        gives strangers' has not understood it, either, and there may be very many of those.
        """
        found: set[str] = set()
        parameters = {"MaxResults": PAGE, "OwnerIds": ["self"], "RestorableByUserIds": ["all"]}
        async for page in self._api.pages("ec2:DescribeSnapshots", parameters, _uids, what=LIST):
            if any(owner != self._account for _, owner in page):
                return frozenset()
            found.update(uid for uid, _ in page)
        if found:
            visibility, _ = await self._permissions.of(min(found))
            if visibility is not Visibility.PUBLIC:
                return frozenset()
        return frozenset(found)

    def _own(self, answer: Mapping[str, Any], *, public: frozenset[str]) -> list[Snapshot]:
        page = []
        for item in reading.items(answer, "Snapshots"):
            uid = reading.text(item, "SnapshotId")
            seen = Visibility.PUBLIC if uid in public else None
            found = reading.snapshot(item, seen)
            if found is not None and found.owner == self._account:
                page.append(found)
        return page

    def _shared(self, answer: Mapping[str, Any]) -> list[Snapshot]:
        page = []
        for item in reading.items(answer, "Snapshots"):
            if reading.words(item, "OwnerId") == self._account:
                continue
            found = reading.snapshot(item, Visibility.SHARED, (self._account,))
            if found is not None:
                page.append(found)
        return page

    def _public(self, answer: Mapping[str, Any]) -> list[Snapshot]:
        found = [
            reading.snapshot(item, Visibility.PUBLIC)
            for item in reading.items(answer, "Snapshots")
            if reading.words(item, "OwnerId") != self._account
        ]
        return [each for each in found if each is not None]

    async def one(self, uid: str) -> Snapshot | None:
        """One of them, and who may see it."""
        found = await self._find({"SnapshotIds": [uid]})
        found = self._recent.seen(uid, found, Snapshot)
        if found is None:
            return None
        seen = await self._visibility(found)
        return found if seen is None else replace(found, visibility=seen[0], shared_with=seen[1])

    async def _find(self, wanted: Mapping[str, Any]) -> Snapshot | None:
        def read(answer: Mapping[str, Any]) -> Snapshot | None:
            everything = reading.items(answer, "Snapshots")
            return reading.snapshot(everything[0]) if everything else None

        try:
            return await self._api.call(
                "ec2:DescribeSnapshots", wanted, read, what="show a snapshot"
            )
        except CloudNotFoundError:
            return None

    async def _visibility(self, snapshot: Snapshot) -> Seen | None:
        """Who may see a snapshot; None where it is not known."""
        if snapshot.owner == self._account:
            if snapshot.status is SnapshotStatus.PENDING:
                return None  # it is looked at every other second: the answer can wait
            try:
                return await self._permissions.of(snapshot.resource_uid)
            except (NotAllowedError, CloudNotFoundError):
                return None
        wanted = {
            "RestorableByUserIds": ["self"],
            "Filters": [{"Name": "snapshot-id", "Values": [snapshot.resource_uid]}],
        }
        if await self._find(wanted) is not None:
            return Visibility.SHARED, (self._account,)
        # neither one's own nor shared with one, and yet to be seen
        return Visibility.PUBLIC, ()

    async def create(
        self, volume_uid: str, *, name: str, description: str, token: str, again: bool = False
    ) -> Snapshot:
        """Ask for a snapshot, unless it has been asked for with this token.

        Whoever knows that it may have been (`again`) looks for longer: EC2 shows it after a while.
        """
        mine = {
            "OwnerIds": ["self"],
            "Filters": [
                {"Name": f"tag:{reading.TOKEN_TAG}", "Values": [token]},
                {"Name": "volume-id", "Values": [volume_uid]},
                # one that failed is no reason not to try again
                {"Name": "status", "Values": ["pending", "completed"]},
            ],
        }
        made = await looked_for(lambda: self._find(mine), self._api.sleep, again=again)
        if made is not None:
            return made
        parameters = {
            "VolumeId": volume_uid,
            "Description": description,
            "TagSpecifications": tagged("snapshot", name, token),
        }
        try:
            # the API knows no token for it, so that it would be made twice
            made = await self._api.call(
                "ec2:CreateSnapshot", parameters, _made, what="take a snapshot", repeatable=False
            )
        except CloudDownError as error:
            made = await self._look_again(mine, error)
            if made is None:
                raise
        self._recent.made(made)
        return made

    async def _look_again(
        self, wanted: Mapping[str, Any], error: CloudDownError
    ) -> Snapshot | None:
        """Look for what may have been made, if it may: EC2 shows it after a while only."""
        if DOUBT not in error.hint:
            return None
        await self._api.sleep(1.0)
        try:
            return await looked_for(lambda: self._find(wanted), self._api.sleep, again=True)
        except CloudDownError:
            return None

    async def share(self, snapshot: Snapshot, sharing: Sharing) -> None:
        """Let those see one who are named, and nobody else."""
        await self._permissions.share(snapshot.resource_uid, sharing)

    async def rename(self, uid: str, name: str) -> None:
        """Give one another name."""
        parameters = {"Resources": [uid], "Tags": [{"Key": reading.NAME_TAG, "Value": name}]}
        await self._api.call("ec2:CreateTags", parameters, _nothing, what="rename a snapshot")
        self._recent.renamed(uid, name)

    async def delete(self, uid: str) -> None:
        """Ask for one to be deleted."""
        with suppress(CloudNotFoundError):
            await self._api.call(
                "ec2:DeleteSnapshot", {"SnapshotId": uid}, _nothing, what="delete a snapshot"
            )
        self._recent.deleted(uid)

    async def copy_here(
        self,
        source: Snapshot,
        *,
        region: str,
        url: str,
        name: str,
        description: str,
        token: str,
        encrypted: bool = False,
        again: bool = False,
    ) -> Snapshot:
        """Ask for a copy of another region's snapshot.

        Args:
            source: what to copy.
            region: where that is.
            url: what lets this region read it: an address that is signed in our name.
            name: of the copy.
            description: of the copy.
            token: the same again asks for the same copy again.
            encrypted: it is to be, also if the source is not.
            again: it may have been asked for with this token before.
        """
        # a copy does not say what it is of, and the tokens of another repository may be the same
        token = f"{token} {source.resource_uid}"
        mine = {
            "OwnerIds": ["self"],
            "Filters": [
                {"Name": f"tag:{reading.TOKEN_TAG}", "Values": [token]},
                {"Name": "status", "Values": ["pending", "completed"]},
            ],
        }
        # the API knows no token for it: what was made is found by the mark it was made with
        made = await looked_for(lambda: self._find(mine), self._api.sleep, again=again)
        if made is not None:
            return made
        parameters: dict[str, Any] = {
            "SourceRegion": region,
            "SourceSnapshotId": source.resource_uid,
            "DestinationRegion": self._api.region,
            "PresignedUrl": url,
            "Description": description,
            "TagSpecifications": tagged("snapshot", name, token),
        }

        if encrypted:
            parameters["Encrypted"] = True

        def read(answer: Mapping[str, Any]) -> str:
            return reading.text(answer, "SnapshotId")

        try:
            uid = await self._api.call(
                "ec2:CopySnapshot", parameters, read, what="copy a snapshot", repeatable=False
            )
        except CloudDownError as error:
            made = await self._look_again(mine, error)
            if made is None:
                raise
            return made
        found = await self._find({"SnapshotIds": [uid]})
        return found or replace(
            source,
            resource_uid=uid,
            name=name,
            description=description,
            owner=self._account,
            visibility=Visibility.PRIVATE,
            shared_with=(),
            status=SnapshotStatus.PENDING,
            percent=0,
            tags={},
        )


def tagged(kind: str, name: str, token: str = "") -> list[dict[str, Any]]:
    """The tags that a thing is made with; EC2 takes no empty list of them."""
    everything = {reading.NAME_TAG: name} if name else {}
    if token:
        everything[reading.TOKEN_TAG] = token
    tags = [{"Key": key, "Value": value} for key, value in everything.items()]
    return [{"ResourceType": kind, "Tags": tags}] if tags else []


def _uids(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (reading.text(item, "SnapshotId"), reading.words(item, "OwnerId"))
        for item in reading.items(answer, "Snapshots")
    ]


def _made(answer: Mapping[str, Any]) -> Snapshot:
    # EBS makes every snapshot private
    found = reading.snapshot(answer, Visibility.PRIVATE)
    if found is None:
        raise ValueError("a snapshot that is none")
    return found


def _nothing(_answer: Mapping[str, Any]) -> None:
    return None
