"""A proxy from the environment is used, or not, as is usual."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from snaptui.errors import CloudDownError, CloudError
from tests.clouds.remote.conftest import Make, Pauses, as_json, get, post
from tests.clouds.remote.faults import answers
from tests.clouds.remote.faulty import Faulty
from tests.clouds.remote.test_tls import Authority, authority, secure

__all__ = ["authority", "secure"]


@pytest.fixture
def proxy() -> Iterator[Faulty]:
    with Faulty() as proxy:
        yield proxy


def with_user(proxy: Faulty) -> str:
    return proxy.url.replace("http://", "http://admin:hunter2@")


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_http_goes_through_it(
    make: Make, proxy: Faulty, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, with_user(proxy))
    transport = make()
    assert await transport.ask(get("http://cloud.invalid/v3"), read=as_json)
    assert proxy.seen[0].target == "http://cloud.invalid/v3"
    assert proxy.seen[0].headers["proxy-authorization"].startswith("Basic ")
    await transport.close()


async def test_https_goes_through_it(
    make: Make,
    proxy: Faulty,
    secure: Faulty,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    transport = make(verify=str(authority.file))
    for number in (1, 2):
        assert (await transport.ask(get(secure.url), read=as_json))["number"] == number
    assert proxy.tunnels == [f"localhost:{secure.port}"]
    assert proxy.seen == []
    await transport.close()
    # TLS is between us and the cloud: the proxy is not believed, either
    transport = make()
    with pytest.raises(CloudDownError, match="issuer"):
        await transport.ask(get(secure.url), read=as_json)
    await transport.close()


@pytest.mark.parametrize("none", ["127.0.0.1", "*", "elsewhere,127.0.0.1"])
async def test_but_not_where_none_is_needed(
    server: Faulty, make: Make, proxy: Faulty, monkeypatch: pytest.MonkeyPatch, none: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", none)
    transport = make()
    await transport.ask(get(server.url), read=as_json)
    assert len(server.seen) == 1
    assert proxy.seen == []
    await transport.close()


async def test_a_proxy_that_is_not_there_is_named(
    make: Make, proxy: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", with_user(proxy))
    transport = make()
    with proxy.refusing(), pytest.raises(CloudDownError) as caught:
        await transport.ask(get("http://cloud.invalid/v3"), read=as_json)
    assert "connection refused" in caught.value.message
    assert caught.value.hint == (
        "is the proxy in HTTP_PROXY right? NO_PROXY names the hosts that need none"
    )
    await transport.close()


@pytest.mark.parametrize("tunnel", [False, True])
async def test_a_proxy_that_wants_a_password(
    make: Make, proxy: Faulty, pauses: Pauses, monkeypatch: pytest.MonkeyPatch, tunnel: bool
) -> None:
    monkeypatch.setenv("ALL_PROXY", with_user(proxy))
    proxy.plan(answers(407), times=None)
    proxy.refuse_tunnels = 407
    transport = make()
    url = f"{'https' if tunnel else 'http'}://cloud.invalid/v3"
    with pytest.raises(CloudDownError, match=r"the proxy refuses \(407.*HTTPS_PROXY") as caught:
        await transport.ask(post(url), read=as_json)
    assert "hunter2" not in str(caught.value)
    assert pauses.taken == []
    await transport.close()


async def test_a_proxy_that_does_not_reach_the_cloud_just_now(
    make: Make,
    proxy: Faulty,
    secure: Faulty,
    authority: Authority,
    pauses: Pauses,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing was asked, so that even what must not be done twice is asked again."""
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    proxy.refuse_tunnels = 503

    def get_well() -> None:
        proxy.refuse_tunnels = 0

    pauses.then = get_well
    transport = make(verify=str(authority.file))
    assert await transport.ask(post(secure.url), read=as_json)
    assert len(pauses.taken) == 1
    await transport.close()


@pytest.mark.parametrize(
    "nonsense",
    ["socks5://a:hunter2@b", "gopher://hunter2@b", "http://a:hunter2"],
)
async def test_a_proxy_that_is_none(
    server: Faulty, make: Make, monkeypatch: pytest.MonkeyPatch, nonsense: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", nonsense)
    transport = make()
    with pytest.raises(CloudError, match="proxy in the environment cannot be used") as caught:
        await transport.ask(get(server.url), read=as_json)
    assert "hunter2" not in str(caught.value)
    await transport.close()
