"""One load at a time for a key, and of those that come meanwhile the last."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from snaptui.tui.last_only import LastOnly


class Loads:
    """Loads that end when a test says so."""

    def __init__(self, at_once: int = 1) -> None:
        self.tasks: list[asyncio.Task[None]] = []
        self.last = LastOnly(self.start, at_once=at_once)
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.append(asyncio.create_task(work))

    async def load(self, name: str, key: str = "k") -> None:
        gate = self.gates[name] = asyncio.Event()

        async def work() -> None:
            self.begun.append(name)
            await gate.wait()
            if name == "fails":
                raise ValueError
            self.ended.append(name)

        self.last.load(key, work)
        await self.settle()

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def end(self, name: str) -> None:
        self.gates[name].set()
        await self.settle()


async def test_the_first_and_the_last_are_loaded() -> None:
    loads = Loads()
    for name in "abcd":
        await loads.load(name)
    assert loads.begun == ["a"]
    await loads.load("other", "l")
    assert loads.begun == ["a", "other"]
    await loads.end("a")
    assert loads.begun == ["a", "other", "d"]
    await loads.end("d")
    await loads.load("e")
    await loads.end("e")
    assert loads.ended == ["a", "d", "e"]


async def test_one_that_fails_or_is_cancelled_is_in_nobodys_way() -> None:
    loads = Loads()
    await loads.load("fails")
    await loads.end("fails")
    with pytest.raises(ValueError):  # noqa: PT011 - it has no words
        await loads.tasks[0]
    await loads.load("b")
    loads.tasks[1].cancel()
    await loads.settle()
    await loads.load("c")
    await loads.end("c")
    assert loads.ended == ["c"]


async def test_one_that_hangs_is_passed_by_another() -> None:
    loads = Loads(at_once=2)
    for name in "abcd":
        await loads.load(name)
    assert loads.begun == ["a", "b"]
    await loads.end("b")
    await loads.end("d")
    await loads.load("e")
    await loads.end("e")
    assert loads.ended == ["b", "d", "e"]
    await loads.end("a")
    assert loads.ended == ["b", "d", "e", "a"]
