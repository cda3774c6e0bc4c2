"""A back end for Cinder whose clones depend on their snapshots, as Ceph's and LVM's do.

It keeps nothing (control plane only): what it shows is how Cinder answers when a snapshot cannot be
deleted for a clone, and when a volume is reverted, which the NFS back end cannot. Loaded by
cinder-volume, see `openstack.sh`.
"""

from typing import Any

from cinder import context, exception, objects
from cinder.tests.fake_driver import FakeLoggingVolumeDriver


class DependentCloneDriver(FakeLoggingVolumeDriver):  # type: ignore[misc]
    def delete_snapshot(self, snapshot: Any) -> None:
        clones = objects.VolumeList.get_all(
            context.get_admin_context(), filters={"snapshot_id": snapshot.id}
        )
        if any(clone.status != "deleted" for clone in clones):
            raise exception.SnapshotIsBusy(snapshot_name=snapshot.name)
        super().delete_snapshot(snapshot)

    def revert_to_snapshot(self, context: Any, volume: Any, snapshot: Any) -> None:
        """There is nothing to write back."""
