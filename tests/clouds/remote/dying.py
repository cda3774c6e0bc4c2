"""Workers that are killed at a request of theirs: before it, while it is on its way, or after it.

    dying(monkeypatch, tmp_path, "Action=CreateVolume", "after")
    jobs.start(...)                # its worker is gone as soon as it has the answer to that
    living(monkeypatch)            # the workers from now on are not killed

A module on the path of the worker's Python does it, so that the worker is what it always is.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

WHENS = ("before", "sent", "after", "next")
"""When: just before the request, a moment after it was sent, at its answer, at the next request."""

_MODULE = """
import os

if "SNAPTUI_TEST_DIES" in os.environ:
    import asyncio
    import re
    import signal

    import httpx

    when, pattern = os.environ["SNAPTUI_TEST_DIES"].split(" ", 1)
    seen = []
    ask = httpx.AsyncHTTPTransport.handle_async_request

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    async def handle(self, request):
        if seen and when == "next":
            die()
        text = f"{request.method} {request.url} {request.content.decode('utf-8', 'replace')}"
        if seen or not re.search(pattern, text):
            return await ask(self, request)
        seen.append(text)
        if when == "before":
            die()
        if when == "sent":
            task = asyncio.ensure_future(ask(self, request))
            await asyncio.sleep(0.02)
            die()
        response = await ask(self, request)
        await response.aread()
        if when == "after":
            die()
        return response

    httpx.AsyncHTTPTransport.handle_async_request = handle
"""


def dying(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pattern: str, when: str) -> None:
    """Have workers that are started from now on killed at the request that a pattern fits."""
    directory = tmp_path / "dying"
    directory.mkdir(exist_ok=True)
    (directory / "sitecustomize.py").write_text(_MODULE)
    path = [str(directory), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    monkeypatch.setenv("SNAPTUI_TEST_DIES", f"{when} {pattern}")


def living(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have workers live again."""
    monkeypatch.delenv("SNAPTUI_TEST_DIES")
