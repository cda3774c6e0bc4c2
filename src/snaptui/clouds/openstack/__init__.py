"""OpenStack: Keystone v3, Cinder v3, and Nova where there is one; spoken to without an SDK.

`found` lists the clouds that this machine's own config describes, `OpenStackProvider` speaks to
one of them. Importing this imports nothing heavy: HTTP and YAML wait for a cloud to be opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.clouds.openstack.files import missing
from snaptui.clouds.openstack.finding import check, found, identities
from snaptui.clouds.openstack.provider import OpenStackProvider
from snaptui.errors import CloudInvalidError
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snaptui.clouds.remote.provider import Provider

__all__ = ["OpenStackProvider", "check", "found", "identities", "make_provider", "missing"]

OPTIONS = ("cloud", "region")
"""What the config file may say of an OpenStack cloud."""


def make_provider(name: str, options: Mapping[str, str], environ: Mapping[str, str]) -> Provider:
    """A provider for a cloud as the config file describes it, or as it was found.

    Args:
        name: what the cloud is called.
        options: `cloud`, its name in `clouds.yaml`, and `region`; both may be left out.
        environ: the environment.

    Raises:
        CloudInvalidError: there is another option.
    """
    for key in options:
        if key not in OPTIONS:
            raise CloudInvalidError(
                f"an OpenStack cloud has no {safe_text(key, 60)!r} here",
                f"it has {' and '.join(OPTIONS)}; the rest is in its clouds.yaml",
            )
    return OpenStackProvider(
        name,
        cloud=options.get("cloud", ""),
        region=options.get("region", ""),
        environ=environ,
    )
