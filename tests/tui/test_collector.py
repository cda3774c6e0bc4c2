"""Garbage is collected again when the clouds are there; who turned that off keeps it off."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from snaptui.tui import collector
from snaptui.tui.app import SnaptuiApp

from .fake import FakeJobs, small_cloud
from .helpers import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    gc.enable()
    gc.freeze()  # as the suite has it


async def test_it_goes_on_when_a_cloud_is_there() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    collector.pause()
    assert not gc.isenabled()
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None)
        assert gc.isenabled()
        assert gc.get_freeze_count() > 1000
        gc.unfreeze()
        collector.go_on()
        assert not gc.get_freeze_count(), "what comes later is garbage some day"


def test_who_collects_nothing_goes_on_so() -> None:
    gc.disable()
    collector.pause()
    collector.go_on()
    assert not gc.isenabled()
