"""What a network's failures are told as: which cloud, what was wanted, why, what to do.

An address is told without its parameters, and no header is: they may have secrets in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from snaptui.errors import CloudDownError, CloudError, CloudTimeoutError
from snaptui.text import safe_text

if TYPE_CHECKING:
    from snaptui.clouds.remote.transport import Ask


def host_of(url: str) -> str:
    """Where an address leads, without user, password, path and parameters."""
    parts = urlsplit(url)
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    return safe_text(f"{parts.hostname or '?'}{port}", 100)


def _cannot(cloud: str, ask: Ask) -> str:
    return f"{cloud} cannot be asked" + (f" to {ask.what}" if ask.what else "")


def unreachable(cloud: str, ask: Ask, error: Exception) -> CloudDownError:
    """No connection could be made."""
    reason = _reason(error)
    hint = "is the address right, and is the network there?"
    if "certificate" in reason.lower() or "ssl" in reason.lower():
        hint = (
            "if the cloud has a certificate authority of its own, name its file in the cloud's "
            "configuration, or in SSL_CERT_FILE"
        )
    return CloudDownError(
        f"{_cannot(cloud, ask)}: no connection to {host_of(ask.url)} ({reason})", hint
    )


def timed_out(cloud: str, ask: Ask) -> CloudTimeoutError:
    """It was asked, and did not answer in time."""
    return CloudTimeoutError(
        f"{cloud} did not answer in time" + (f", asked to {ask.what}" if ask.what else ""),
        f"{host_of(ask.url)} may be overloaded, or a firewall swallows its answers",
    )


def lost(cloud: str, ask: Ask, error: Exception) -> CloudDownError:
    """It was asked, and the answer did not arrive whole."""
    return CloudDownError(
        f"the answer of {cloud} was lost"
        + (f", asked to {ask.what}" if ask.what else "")
        + f" ({_reason(error)})",
        f"the connection to {host_of(ask.url)} was cut; try again",
    )


def too_large(cloud: str, limit: int) -> CloudError:
    """An answer that cannot be a cloud's."""
    return CloudError(
        f"{cloud} answered with more than {limit // (1024 * 1024)} MiB",
        "is there something else at its address?",
    )


def _reason(error: Exception) -> str:
    return safe_text(str(error) or type(error).__name__, 200)
