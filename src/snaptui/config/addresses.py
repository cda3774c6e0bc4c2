"""Addresses of clouds in the config file, which are shown: no secrets can be in them."""

from __future__ import annotations

NO_ADDRESS = "is no address"
HAS_CREDENTIALS = "cannot have credentials in it"


def fault_of(url: str) -> str:
    """What is wrong with an address, in words that fit behind what it is; empty when nothing is."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        right = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        right = False
    if not right:
        return NO_ADDRESS
    secret = parts.username is not None or parts.password is not None or parts.query
    return HAS_CREDENTIALS if secret else ""
