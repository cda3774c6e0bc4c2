"""Whose the credentials are: the first that is asked of AWS, and what most often goes wrong."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from snaptui.clouds.aws import reading
from snaptui.clouds.aws.checking import doubt
from snaptui.errors import CloudDownError, CloudInvalidError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snaptui.clouds.aws.api import Api


async def account_of(api: Api) -> str:
    """The account's number.

    Raises:
        CredentialsError: there are no credentials, or AWS does not accept them.
        CloudInvalidError: nobody is there, and there may be no such region.
    """
    await api.open()
    # that there are none is told also where the network is not there
    await api.session.credentials()

    def read(answer: Mapping[str, Any]) -> str:
        return reading.text(answer, "Account")

    what = "say whose the credentials are"
    try:
        return await api.call("sts:GetCallerIdentity", {}, read, what=what)
    except CloudDownError as error:
        known_nowhere = "" if api.endpoint_url else await asyncio.to_thread(doubt, api.region)
        if not known_nowhere:
            raise
        # a name that no name server knows, as a rule: not a network that is down
        raise CloudInvalidError(error.message, f"{known_nowhere}; {error.hint}") from None
