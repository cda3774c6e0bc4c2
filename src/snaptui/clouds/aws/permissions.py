"""Who may see a snapshot of EC2 and clone it: read, and changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from snaptui.clouds.aws import reading
from snaptui.errors import CloudInvalidError
from snaptui.models import Visibility
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from snaptui.clouds.aws.api import Api
    from snaptui.clouds.remote.provider import Sharing

    Seen = tuple[Visibility, tuple[str, ...]]

_NUMBER = re.compile(r"\d{12}", re.ASCII)
"""An account's number, as EC2 takes it."""


class Permissions:
    """What EC2 calls the permission to create volumes, of one's own snapshots."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def of(self, uid: str) -> Seen:
        """Who may see one.

        Raises:
            CloudError: it is not told, or the snapshot is not there.
        """

        def read(answer: Mapping[str, Any]) -> Seen:
            granted = reading.items(answer, "CreateVolumePermissions")
            accounts = tuple(sorted(filter(None, (reading.words(g, "UserId") for g in granted))))
            if any(reading.words(each, "Group") == "all" for each in granted):
                return Visibility.PUBLIC, accounts
            return (Visibility.SHARED if accounts else Visibility.PRIVATE), accounts

        parameters = {"SnapshotId": uid, "Attribute": "createVolumePermission"}
        return await self._api.call(
            "ec2:DescribeSnapshotAttribute", parameters, read, what="tell who may see a snapshot"
        )

    async def share(self, uid: str, sharing: Sharing) -> None:
        """Let those see one who are named, and nobody else.

        Raises:
            CloudInvalidError: nobody is named, or somebody who can be no account.
            CloudError: it is refused; then fewer may see it than before, not more.
        """
        if sharing.visibility is Visibility.SHARED and not sharing.shared_with:
            raise CloudInvalidError("nobody is named to share with", "name accounts of AWS")
        for account in sharing.shared_with:
            _check_account(account)
        visibility, accounts = await self.of(uid)
        wanted = set(sharing.shared_with) if sharing.visibility is Visibility.SHARED else set()
        public = sharing.visibility is Visibility.PUBLIC
        add, remove = sorted(wanted - set(accounts)), sorted(set(accounts) - wanted)
        was_public = visibility is Visibility.PUBLIC
        # what is taken away goes first: if the other half fails, too few see it, not too many
        for how, users, group in (
            ("remove", remove, was_public and not public),
            ("add", add, public and not was_public),
        ):
            if users or group:
                await self._permit(uid, how, users, group=group)

    async def _permit(self, uid: str, how: str, users: Sequence[str], *, group: bool) -> None:
        parameters: dict[str, Any] = {
            "SnapshotId": uid,
            "Attribute": "createVolumePermission",
            "OperationType": how,
        }
        if users:
            parameters["UserIds"] = list(users)
        if group:
            parameters["GroupNames"] = ["all"]
        await self._api.call(
            "ec2:ModifySnapshotAttribute", parameters, _nothing, what="change who sees a snapshot"
        )


def _nothing(_answer: Mapping[str, Any]) -> None:
    return None


def _check_account(account: str) -> None:
    """Refuse what EC2 would, before half of what is wanted is done.

    Raises:
        CloudInvalidError: it cannot be an account's number.
    """
    if not _NUMBER.fullmatch(account):
        raise CloudInvalidError(
            f"{safe_text(account, 60)!r} is no account of AWS",
            "an account's number has 12 digits and no dashes, like 123456789012",
        )
