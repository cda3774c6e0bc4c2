"""Addresses of clouds: what is one, and what of one can be in the config file, which is shown."""

from __future__ import annotations

import re

NO_ADDRESS = "is no address"
HAS_CREDENTIALS = "cannot have credentials in it"
LIKE = "an address is like https://cloud.example.com or http://127.0.0.1:8776"
"""The hint where something is no address."""


def is_address(url: str) -> bool:
    """Whether something can be asked there: a scheme, a host, and a port that there can be."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        # reading the port is what finds one that is no number, or above 65535
        there = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    # the HTTP library refuses these, and a host has none of them
    return there and url.isprintable() and not re.search(r"[\s\\^|<>\"`{}]", parts.netloc)


def fault_of(url: str) -> str:
    """What is wrong with an address, in words that fit behind what it is; empty when nothing is."""
    from urllib.parse import urlsplit

    if not is_address(url):
        return NO_ADDRESS
    parts = urlsplit(url)
    secret = parts.username is not None or parts.password is not None or parts.query
    return HAS_CREDENTIALS if secret else ""
