"""AWS: EC2's volumes and snapshots, and the blocks of snapshots by the EBS direct APIs.

httpx carries the bytes. botocore (the extra `aws`) has the credential chain, the signatures, the
endpoints and the service models. Importing this package imports neither of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snaptui.clouds.aws.discovery import found
    from snaptui.clouds.aws.ebs import EbsDirect
    from snaptui.clouds.aws.provider import AwsProvider

__all__ = ["AwsProvider", "EbsDirect", "found"]

_HOMES = {"AwsProvider": "provider", "EbsDirect": "ebs", "found": "discovery"}


def __getattr__(name: str) -> object:
    """Import what is asked for: finding clouds must not load what speaks to them."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
