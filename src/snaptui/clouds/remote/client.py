"""The HTTP client of one cloud. Making it reads all certificates of authorities: for threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui import __version__
from snaptui.errors import CloudError

if TYPE_CHECKING:
    import httpx

    from snaptui.clouds.remote.asking import Patience


def make_client(
    cloud: str,
    patience: Patience,
    *,
    authorities: str,
    cert: str | tuple[str, str] | None,
    transport: httpx.AsyncBaseTransport | None,
    connections: int,
) -> httpx.AsyncClient:
    """A client that verifies, keeps connections, and says nothing in logs.

    Args:
        cloud: what the cloud is called in errors.
        patience: how long it waits.
        authorities: a file or folder with the authorities that are trusted; empty for the usual.
        cert: a client's certificate, with its key.
        transport: what moves the bytes, in place of the network.
        connections: at most so many at once.

    Raises:
        CloudError: the proxy in the environment cannot be used, or a file of certificates cannot.
    """
    import httpx

    from snaptui.clouds.remote.discreet import be_discreet
    from snaptui.clouds.remote.tls import tls_context

    be_discreet()
    # what moves the bytes in place of the network needs none
    context = None if transport else tls_context(authorities, cert)
    try:
        return httpx.AsyncClient(
            verify=context or True,
            # a request may wait for its turn as long as it likes, within the overall limit
            timeout=httpx.Timeout(patience.read, connect=patience.connect, pool=None),
            limits=httpx.Limits(
                max_connections=connections,
                max_keepalive_connections=connections,
                keepalive_expiry=60.0,
            ),
            headers={
                "user-agent": f"snaptui/{__version__}",
                "accept-encoding": "gzip, deflate",
            },
            transport=transport,
            follow_redirects=False,  # a token must not be carried elsewhere
        )
    except (ValueError, ImportError, httpx.InvalidURL):
        # which one is not told: there may be a password in it
        raise CloudError(
            f"{cloud} cannot be asked: the proxy in the environment cannot be used",
            "look at HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY: "
            "http://host:port or https://host:port is possible, SOCKS is not",
        ) from None
