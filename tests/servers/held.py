"""A back end for Cinder that makes nothing while somebody holds it up: to be killed meanwhile.

Loaded by a cinder-volume of a test's own. Volumes and snapshots are held up as long as there is the
file that `SNAPTUI_TEST_HOLD` names; beside it another appears when one has begun.
"""

import os
import time
from pathlib import Path
from typing import Any

from tests.servers.dependent_clones import DependentCloneDriver


class HeldDriver(DependentCloneDriver):
    """Keeps nothing; makes volumes and takes snapshots when it is let."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # the driver below is always called "fake", and would get what is meant for another
        self.backend_name = self.configuration.volume_backend_name

    def create_volume(self, volume: Any) -> Any:
        """Wait until nobody holds it up."""
        _wait()
        return super().create_volume(volume)

    def create_snapshot(self, snapshot: Any) -> None:
        """Wait until nobody holds it up."""
        _wait()
        super().create_snapshot(snapshot)


def _wait() -> None:
    hold = Path(os.environ["SNAPTUI_TEST_HOLD"])
    if hold.exists():
        hold.with_suffix(".begun").touch()
    while hold.exists():
        time.sleep(0.05)
