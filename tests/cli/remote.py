"""Commands on a cloud that is not there."""

from __future__ import annotations

from functools import partial

import pytest

from snaptui.clouds.remote import cloud
from snaptui.clouds.remote.waiting import Pace
from tests.clouds.remote.fake import FakeProvider, install


@pytest.fixture
def prod(monkeypatch: pytest.MonkeyPatch) -> FakeProvider:
    """The cloud `prod`, which is found; its things settle at the second look, at once."""
    provider = FakeProvider()
    install(monkeypatch, {"prod": provider})
    monkeypatch.setattr(cloud, "Pace", partial(Pace, first=0.001, step=0.001))
    return provider
