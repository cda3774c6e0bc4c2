"""OpenStack: Keystone v3, Cinder v3, and Nova where there is one; spoken to without an SDK.

`found` lists the clouds that this machine's own config describes, `OpenStackProvider` speaks to
one of them. Importing this imports nothing heavy: HTTP and YAML wait for a cloud to be opened.
"""

from snaptui.clouds.openstack.finding import found
from snaptui.clouds.openstack.provider import OpenStackProvider

__all__ = ["OpenStackProvider", "found"]
