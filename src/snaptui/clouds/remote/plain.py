"""Whether what ends a handshake is an HTTP server without TLS: then no other attempt does better.

Most of them answer a handshake with an error page; some wait for a request to be whole and close in
the end without a word, just as a load balancer does whose servers are starting. What is retried in
the one case must not be in the other, and whoever wrote https is to be told for certain.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

_WITHIN = 3.0
"""Seconds: it answers, for it has just closed a connection."""
_SAYS_NOTHING = frozenset({301, 302, 303, 307, 308, 400, 426, 497})
"""What servers that do speak TLS say to those who do not: another address, a bad request."""


async def is_plain(url: str, *, knows_no_tls: bool = False) -> bool:
    """Whether a host answers HTTP at the port of an address, sent without TLS.

    It is asked for nothing, and is sent nothing that is known of the cloud.

    Args:
        url: an address that is to be spoken to by https.
        knows_no_tls: it has answered a handshake in other words than TLS's: then whatever it says
            in HTTP is enough, also what servers with TLS say to those without.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    said = b""
    with suppress(OSError, EOFError, ValueError):  # a TimeoutError is an OSError
        async with asyncio.timeout(_WITHIN):
            reader, writer = await asyncio.open_connection(host, parts.port or 443)
            try:
                named = f"[{host}]" if ":" in host else host
                writer.write(f"HEAD / HTTP/1.0\r\nHost: {named}\r\n\r\n".encode("ascii"))
                said = await reader.readexactly(len(b"HTTP/1.1 200"))
            finally:
                writer.close()
    name, _, status = said.partition(b" ")
    if not (name.startswith(b"HTTP/") and status.isdigit()):
        return False
    return knows_no_tls or int(status) not in _SAYS_NOTHING
