"""Waiting until a cloud has done what it was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from snaptui.clouds.remote.waiting import BELIEVED, Gone, Pace, wait_until
from snaptui.errors import (
    CloudDownError,
    CloudTimeoutError,
    CredentialsError,
    JobCancelledError,
    ThrottledError,
)
from tests.clouds.remote.passing import FakeTime


def looks(*answers: object) -> Callable[[], object]:
    """A look that gives one after the other; errors are raised."""
    left: Iterator[object] = iter(answers)

    async def look() -> object:
        answer = next(left)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return look


class Told:
    """A progress callback that remembers."""

    def __init__(self, *, stop_at: int | None = None) -> None:
        self.calls: list[tuple[str, int, int]] = []
        self._stop_at = stop_at

    def __call__(self, phase: str, done: int, total: int) -> None:
        self.calls.append((phase, done, total))
        if len(self.calls) == self._stop_at:
            raise JobCancelledError("the job was cancelled")

    @property
    def phases(self) -> list[str]:
        """Each phase once, as they came."""
        found: list[str] = []
        for phase, _, _ in self.calls:
            if not found or found[-1] != phase:
                found.append(phase)
        return found


async def wait(time: FakeTime, *answers: object, **options: object) -> object:
    look = looks(*answers)
    done = options.pop("done", lambda seen: seen == "done")
    return await wait_until(look, done, sleep=time.sleep, clock=time.clock, **options)  # type: ignore[arg-type]


async def test_it_looks_until_it_is_done_less_and_less_often() -> None:
    time = FakeTime()
    pace = Pace(first=1, longest=3, step=10)
    assert await wait(time, *["busy"] * 5, "done", pace=pace) == "done"
    assert time.slept == [1, 1.5, 2.25, 3, 3]


async def test_what_is_done_at_once_is_not_waited_for() -> None:
    time = FakeTime()
    assert await wait(time, "done") == "done"
    assert time.slept == []


async def test_a_pause_can_be_cancelled_in_the_middle() -> None:
    time = FakeTime()
    told = Told(stop_at=4)
    with pytest.raises(JobCancelledError):
        await wait(time, "busy", pace=Pace(first=100, step=0.5), progress=told)
    assert sum(time.slept) == 1.5


async def test_a_look_that_hangs_can_be_cancelled() -> None:
    ended = asyncio.Event()

    async def look() -> str:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return "done"

    told = Told(stop_at=3)
    with pytest.raises(JobCancelledError):
        await wait_until(look, lambda _: True, pace=Pace(step=0), progress=told)
    assert ended.is_set()


async def test_a_wait_that_is_cancelled_leaves_no_look_behind() -> None:
    ended = asyncio.Event()

    async def look() -> str:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return "done"

    task = asyncio.create_task(wait_until(look, lambda _: True))
    for _ in range(5):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_a_cloud_that_is_down_for_a_while_is_waited_for() -> None:
    time, told = FakeTime(), Told()
    trouble = [CloudDownError("down"), CloudTimeoutError("slow"), ThrottledError("less")]
    answers = ["half", *trouble, "half", "done"]
    await wait(time, *answers, progress=told, told=lambda _: ("saving", 5, 10))
    assert told.phases == ["saving", "waiting for the cloud", "saving"]
    assert {call[1:] for call in told.calls} == {(5, 10)}


async def test_the_patience_is_counted_in_time_not_in_pauses() -> None:
    time = FakeTime()

    async def look() -> str:
        time.now += 100  # as long as the transport tries
        raise CloudDownError("down")

    with pytest.raises(CloudDownError):
        await wait_until(
            look,
            lambda _: True,
            pace=Pace(patience=250),
            sleep=time.sleep,
            clock=time.clock,
        )
    assert time.now < 400


async def test_patience_begins_anew_with_each_answer() -> None:
    time = FakeTime()
    down = CloudDownError("down")
    pace = Pace(first=60, longest=60, step=60, patience=150)
    assert await wait(time, down, down, "busy", down, down, "busy", "done", pace=pace) == "done"


async def test_any_other_error_is_told_at_once() -> None:
    with pytest.raises(CredentialsError):
        await wait(FakeTime(), "busy", CredentialsError("expired"), "done")


async def test_it_ends_at_some_time() -> None:
    time = FakeTime()
    with pytest.raises(CloudTimeoutError, match="look at the list"):
        await wait(time, *["busy"] * 99, pace=Pace(at_most=30))
    assert 30 <= time.now <= 45


def test_what_a_cloud_says_first_is_not_believed() -> None:
    gone = Gone()
    said = [gone.believed(begun=False, ended=True) for _ in range(BELIEVED)]
    assert said == [False] * (BELIEVED - 1) + [True]
    gone = Gone()
    assert not gone.believed(begun=True, ended=False)
    assert gone.believed(begun=False, ended=True)
