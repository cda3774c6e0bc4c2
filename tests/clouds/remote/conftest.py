from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from snaptui.clouds.remote.followed import FollowedCloud
from snaptui.clouds.remote.remembered import RememberedInventory
from snaptui.clouds.remote.transport import Answer, Ask, Patience, Transport
from snaptui.errors import (
    CloudDownError,
    CloudError,
    CredentialsError,
    NotAllowedError,
    ThrottledError,
)
from snaptui.models import Snapshot, Volume
from tests.clouds.remote.fake import FakeProvider, a_snapshot, a_volume
from tests.clouds.remote.faulty import Faulty
from tests.clouds.remote.following import SELDOM, Follow
from tests.clouds.remote.quick import QuickCloud

REQUEST_ID = "x-request-id"


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy and no authorities of this machine's own."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[Faulty]:
    with Faulty() as server:
        yield server


def explain(answer: Answer, ask: Ask) -> CloudError:
    """As a provider does it, by the status alone."""
    kind: type[CloudError] = CloudError
    if answer.status == 429 or (answer.status == 503 and answer.retry_after is not None):
        after = answer.retry_after
        return ThrottledError("test wants less", request_id=answer.request_id, after=after)
    if answer.status >= 500:
        kind = CloudDownError
    elif answer.status == 401:
        kind = CredentialsError
    elif answer.status == 403:
        kind = NotAllowedError
    return kind(f"test says {answer.status}", "look", request_id=answer.request_id)


class Pauses:
    """In place of sleeping: remembers, and does something."""

    def __init__(self) -> None:
        self.taken: list[float] = []
        self.then: Callable[[], object] = lambda: None

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        self.then()


class Make(Protocol):
    def __call__(self, **options: Any) -> Transport: ...


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def make(pauses: Pauses) -> Make:
    def make(**options: Any) -> Transport:
        settings: dict[str, Any] = {
            "request_id_headers": (REQUEST_ID,),
            "patience": Patience(connect=5, read=5, overall=30),
            "sleep": pauses,
        }
        return Transport("test", explain, **settings | options)

    return make


def get(url: str, **options: Any) -> Ask:
    return Ask(**{"method": "GET", "url": url, "what": "list the volumes"} | options)


def post(url: str, **options: Any) -> Ask:
    """What must not be made twice."""
    return get(url, **{"method": "POST", "json": {}, "repeatable": False} | options)


def as_json(answer: Answer) -> Any:
    return answer.json()


def whole(answer: Answer) -> Answer:
    return answer


@pytest.fixture
async def follow(tmp_path: Path) -> AsyncIterator[Follow]:
    """Clouds that are closed at the end, and leave no task then."""
    made: list[FollowedCloud] = []

    def follow(provider: FakeProvider, name: str = "prod", **options: Any) -> FollowedCloud:
        cloud = FollowedCloud(name, provider, **{"refreshing": SELDOM} | options)
        made.append(cloud)
        return cloud

    yield follow
    for cloud in made:
        await cloud.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.fixture
def provider() -> FakeProvider:
    provider = FakeProvider()
    web = provider.put(a_volume("web"))
    provider.put(a_snapshot(web, "monday"))
    return provider


@pytest.fixture
def web(provider: FakeProvider) -> Volume:
    return next(iter(provider.volumes_there.values()))


@pytest.fixture
def monday(provider: FakeProvider) -> Snapshot:
    return next(iter(provider.snapshots_there.values()))


@pytest.fixture
def cloud(provider: FakeProvider) -> QuickCloud:
    return QuickCloud(provider)


@pytest.fixture
def inventory(tmp_path: Path) -> RememberedInventory:
    return RememberedInventory(tmp_path / "cache", "prod", "openstack", {})
