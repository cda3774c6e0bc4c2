"""Several things at once."""

from __future__ import annotations

import asyncio

import pytest

from snaptui.clouds.remote.together import each_of, together
from snaptui.errors import CloudDownError, CloudError


async def test_the_first_failure_ends_the_rest_and_is_raised_as_itself() -> None:
    ended: list[str] = []

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("hang")

    async def fail() -> None:
        await asyncio.sleep(0)
        raise CloudDownError("down")

    with pytest.raises(CloudDownError):
        await together(hang(), fail())
    assert ended == ["hang"]
    assert len(asyncio.all_tasks()) == 1


async def test_who_waits_may_be_cancelled() -> None:
    ended: list[int] = []

    async def hang(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(number)

    task = asyncio.create_task(together(hang(1), hang(2)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(ended) == [1, 2]


async def test_each_is_done_a_few_at_a_time_and_failures_are_in_the_order_asked_for() -> None:
    running, most = 0, 0

    async def do(uid: str) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(10 - int(uid)):  # the last one fails first
            await asyncio.sleep(0)
        running -= 1
        if int(uid) % 2:
            raise CloudError(uid)

    failed = await each_of("123456789", do, at_once=3)
    assert most == 3
    assert list(failed) == ["1", "3", "5", "7", "9"]
    assert [error.message for error in failed.values()] == list(failed)


async def test_a_defect_is_no_failure_of_one_of_them() -> None:
    async def do(uid: str) -> None:
        raise KeyError(uid)

    with pytest.raises(KeyError):
        await each_of("12", do)
