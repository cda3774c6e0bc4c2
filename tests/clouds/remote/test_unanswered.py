"""Who cancels while the cloud has not even answered the request to make something."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from snaptui.clouds.remote import work
from snaptui.clouds.remote.waiting import Pace
from snaptui.errors import JobCancelledError
from snaptui.jobs.reporter import Reporter
from snaptui.progress import ProgressCallback
from snaptui.requests import CloneRequest, CreateVolumeRequest, SnapshotRequest
from tests.clouds.remote.fake import GIB
from tests.clouds.remote.test_copying import Pair

Making = Callable[[Pair, ProgressCallback], Coroutine[Any, Any, object]]
MAY_BE = "it may have been made all the same: look at the list before you start it again"


def clone(pair: Pair, progress: ProgressCallback) -> Coroutine[Any, Any, object]:
    request = CloneRequest(snapshot_uid=pair.monday.resource_uid, name="new")
    return pair.cloud.clone_snapshot(request, progress)


def blank(pair: Pair, progress: ProgressCallback) -> Coroutine[Any, Any, object]:
    return pair.cloud.create_volume(CreateVolumeRequest(name="new", size_bytes=GIB), progress)


def snapshot(pair: Pair, progress: ProgressCallback) -> Coroutine[Any, Any, object]:
    return pair.cloud.create_snapshot(SnapshotRequest(volume_uid="web", name="new"), progress)


def copy(pair: Pair, progress: ProgressCallback) -> Coroutine[Any, Any, object]:
    return pair.copy(progress)


MAKING = [
    pytest.param(clone, "create_volume", id="clone"),
    pytest.param(blank, "create_volume", id="blank"),
    pytest.param(snapshot, "create_snapshot", id="snapshot"),
    pytest.param(copy, "copy_snapshot", id="copy"),
]


@pytest.fixture
def pair() -> Pair:
    pair = Pair()
    pair.cloud.pace = pair.there.pace = Pace(step=0.001)
    return pair


@pytest.mark.parametrize("insists", [False, True])
@pytest.mark.parametrize(("make", "method"), MAKING)
async def test_it_ends_and_says_that_it_may_have_been_made(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, make: Making, method: str, *, insists: bool
) -> None:
    monkeypatch.setattr(work, "ANSWERED", 10**6 if insists else 0.01)
    pair.home.hangs(method)
    reporter = Reporter(lambda _: None, lambda: False)
    made = asyncio.ensure_future(make(pair, reporter))
    async with asyncio.timeout(60):
        while method not in pair.home.asked:
            await asyncio.sleep(0.001)
        for _ in range(1 + insists):
            await asyncio.sleep(0.01)  # it goes on to wait
            assert not made.done()
            reporter.stop()
        with pytest.raises(JobCancelledError) as caught:
            await made
    assert (caught.value.message, caught.value.hint) == ("the job was cancelled", MAY_BE)


@pytest.mark.parametrize(("make", "method"), MAKING)
async def test_what_is_answered_soon_is_deleted(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, make: Making, method: str
) -> None:
    monkeypatch.setattr(work, "ANSWERED", 10**6)
    answer = pair.home.hangs(method)
    pair.home.looks = pair.far.looks = 50
    reporter = Reporter(lambda _: None, lambda: False)
    made = asyncio.ensure_future(make(pair, reporter))
    async with asyncio.timeout(60):
        while method not in pair.home.asked:
            await asyncio.sleep(0.001)
        reporter.stop()
        await asyncio.sleep(0.01)  # it is heard, and the answer comes all the same
        assert not made.done()
        answer.set()
        with pytest.raises(JobCancelledError) as caught:
            await made
    assert caught.value.hint == ""
    deletes = "delete_volume" if method == "create_volume" else "delete_snapshot"
    assert deletes in (pair.far if make is copy else pair.home).asked
