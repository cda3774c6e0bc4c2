"""The transport is light until the first request."""

from __future__ import annotations

import pytest

from tests.test_house import imported_by

LATE = {"httpx", "httpcore", "h11", "anyio", "certifi", "email", "http", "json", "rich", "pydantic"}

MAKE = """
from snaptui.clouds.remote.transport import Ask, Transport
from snaptui.errors import CloudError
transport = Transport("test", lambda answer, ask: CloudError("no"))
asked = Ask(method="GET", url="http://127.0.0.1:1/")
"""

USE = """
import asyncio
from snaptui.clouds.remote.transport import Patience
transport.patience = Patience(attempts=1)
try:
    asyncio.run(transport.ask(asked, read=repr))
except CloudError:
    pass
"""


@pytest.mark.parametrize("statement", ["import snaptui.clouds.remote.transport", MAKE])
def test_nothing_heavy_is_loaded_before_the_first_request(statement: str) -> None:
    assert imported_by(statement) & LATE == set()


def test_it_is_loaded_then() -> None:
    """So that the test above looks for the right names."""
    assert LATE - imported_by(MAKE + USE) <= {"rich", "pydantic"}
