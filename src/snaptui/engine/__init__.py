"""The block engine: incremental snapshots of volumes in a repository.

It knows no UI, no HTTP and no cloud. `Repository` is its door.
"""

from snaptui.engine.records import Actor
from snaptui.engine.repository import Repository

__all__ = ["Actor", "Repository"]
