"""Commands on a cloud that is not there."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from snaptui.clouds.remote import cloud
from snaptui.clouds.remote.waiting import Pace
from snaptui.models import Attachment, VolumeStatus
from tests.clouds.remote.fake import FakeProvider, a_snapshot, a_volume, install


def put_in_place(monkeypatch: pytest.MonkeyPatch) -> FakeProvider:
    """The cloud `prod`, which is found; its things settle at the second look, at once."""
    provider = FakeProvider()
    install(monkeypatch, {"prod": provider})
    monkeypatch.setattr(cloud, "Pace", partial(Pace, first=0.001, step=0.001))
    return provider


@pytest.fixture
def prod(monkeypatch: pytest.MonkeyPatch) -> FakeProvider:
    """An empty one."""
    return put_in_place(monkeypatch)


def filled(monkeypatch: pytest.MonkeyPatch) -> FakeProvider:
    """One with the volume `web`, which is attached, and its snapshot `monday`.

    `FAKE_HANGS` is a method that hangs, `FAKE_LOOKS` how long what is asked for takes.
    """
    provider = put_in_place(monkeypatch)
    web = a_volume("web", status=VolumeStatus.IN_USE)
    attachment = Attachment(volume_uid=web.resource_uid, instance="i-1", device="/dev/vdb")
    provider.put(replace(web, attachment=attachment))
    provider.put(a_snapshot(web, "monday"))
    if "FAKE_HANGS" in os.environ:
        method = os.environ["FAKE_HANGS"]
        provider.hangs(method)
        call = getattr(provider, method)

        async def hang(*arguments: Any, **keywords: Any) -> Any:
            sys.stderr.write("hanging\n")
            return await call(*arguments, **keywords)

        monkeypatch.setattr(provider, method, hang)
    provider.looks = int(os.environ.get("FAKE_LOOKS", "2"))
    return provider
