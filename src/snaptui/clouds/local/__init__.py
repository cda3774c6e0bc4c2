"""The local cloud: raw images and block devices of this host, with snapshots by our own engine."""

from snaptui.clouds.local.cloud import LocalCloud

__all__ = ["LocalCloud"]
