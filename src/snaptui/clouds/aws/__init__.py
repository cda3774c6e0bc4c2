"""AWS: EC2's volumes and snapshots, and the blocks of snapshots by the EBS direct APIs.

httpx carries the bytes. botocore (the extra `aws`) has the credential chain, the signatures, the
endpoints and the service models. Importing this package imports neither of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snaptui.clouds.aws.checking import check
    from snaptui.clouds.aws.discovery import found, identities, missing
    from snaptui.clouds.aws.ebs import EbsDirect
    from snaptui.clouds.aws.provider import AwsProvider

__all__ = [
    "AwsProvider",
    "EbsDirect",
    "check",
    "found",
    "identities",
    "make_provider",
    "missing",
]

_HOMES = {
    "AwsProvider": "provider",
    "EbsDirect": "ebs",
    "check": "checking",
    "found": "discovery",
    "identities": "discovery",
    "missing": "discovery",
}


def make_provider(name: str, options: Mapping[str, str], environ: Mapping[str, str]) -> AwsProvider:
    """What speaks to a region of AWS; `options` are `region`, `profile` and `endpoint_url`."""
    from snaptui.clouds.aws.provider import AwsProvider

    return AwsProvider(
        name,
        region=options.get("region", ""),
        profile=options.get("profile", ""),
        endpoint_url=options.get("endpoint_url", ""),
        environ=environ,
    )


def __getattr__(name: str) -> object:
    """Import what is asked for: finding clouds must not load what speaks to them."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
