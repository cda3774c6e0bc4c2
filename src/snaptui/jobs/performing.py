"""What a job asks of clouds, and the sentence it closes with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from snaptui.clouds import open_cloud
from snaptui.clouds.base import Capability
from snaptui.config import read_config
from snaptui.errors import UnsupportedError
from snaptui.models import CheckReport, to_json
from snaptui.requests import (
    CheckRequest,
    CloneRequest,
    CloudRequest,
    CopyRequest,
    CreateVolumeRequest,
    ExportRequest,
    ImportRequest,
    RestoreRequest,
    SnapshotRequest,
)
from snaptui.text import count_of, safe_text
from snaptui.units import rounded_up

if TYPE_CHECKING:
    from pathlib import Path

    from snaptui.clouds.base import Cloud
    from snaptui.clouds.remote.provider import Provider
    from snaptui.engine import Repository
    from snaptui.progress import ProgressCallback

_DAMAGES_KEPT = 200  # the catalog keeps them, and every process the catalog


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job."""

    summary: str
    result_uid: str | None
    result: dict[str, Any]
    damaged: bool = False


async def bring_home(
    cloud: Cloud,
    repository: Repository,
    request: ImportRequest,
    progress: ProgressCallback,
    job_uid: str,
    kept: Path,
) -> Outcome:
    """Import a remote cloud's snapshot into the repository; see `jobs.resuming.kept`."""
    from snaptui.clouds.remote.cloud import RemoteCloud
    from snaptui.clouds.remote.importing import bring_home

    if not isinstance(cloud, RemoteCloud):
        raise UnsupportedError(f"{cloud.name}: {cloud.ability(Capability.IMPORT).reason}")
    snapshot = await bring_home(cloud, repository, request, progress, job_uid, kept)
    return Outcome(
        f"Snapshot {safe_text(snapshot.name)} was successfully imported.",
        snapshot.resource_uid,
        to_json(snapshot),
    )


async def copy_away(
    cloud: Cloud,
    repository: Repository,
    request: CopyRequest,
    progress: ProgressCallback,
    job_uid: str,
) -> Outcome:
    """Copy a remote cloud's snapshot to another region, which may be a cloud that is known, too."""
    from snaptui.clouds.registry import in_region, known_clouds
    from snaptui.clouds.remote.cloud import RemoteCloud
    from snaptui.clouds.remote.copying import copy_snapshot
    from snaptui.clouds.remote.ledger import RepositoryLedger

    if not isinstance(cloud, RemoteCloud):
        raise UnsupportedError(f"{cloud.name}: {cloud.ability(Capability.COPY).reason}")
    known = in_region(known_clouds(read_config()), cloud.name, request.region)

    def open_there(provider: Provider) -> RemoteCloud:
        if known is None:
            return RemoteCloud(request.region, provider)
        ledger = RepositoryLedger(known.name, lambda: repository)
        return RemoteCloud(known.name, provider, read_only=known.read_only, ledger=ledger)

    copy = await copy_snapshot(cloud, request, progress, job_uid, open_there)
    return Outcome(
        f"Snapshot {safe_text(copy.name)} was successfully copied to {safe_text(request.region)}.",
        copy.resource_uid,
        to_json(copy),
    )


async def send_up(
    repository: Repository, request: ExportRequest, progress: ProgressCallback, record: Path
) -> Outcome:
    """Export a snapshot of the repository into the remote cloud that the request names."""
    from snaptui.clouds.remote.cloud import RemoteCloud
    from snaptui.clouds.remote.exporting import send_up

    cloud = open_cloud(request.cloud, repository, read_config())
    try:
        if not isinstance(cloud, RemoteCloud):
            raise UnsupportedError(f"{cloud.name}: {cloud.ability(Capability.EXPORT).reason}")
        here = repository.snapshot(request.snapshot_uid)
        there = await send_up(cloud, repository, request, progress, record)
    finally:
        await cloud.close()
    return Outcome(
        f"Snapshot {safe_text(here.name)} was successfully exported.",
        there.resource_uid,
        to_json(there),
    )


async def perform(
    cloud: Cloud, request: CloudRequest, progress: ProgressCallback, job_uid: str
) -> Outcome:
    """Ask a cloud for what the request says."""
    match request:
        case SnapshotRequest():
            snapshot = await cloud.create_snapshot(request, progress, job_uid)
            return Outcome(
                f"Snapshot {safe_text(snapshot.name)} was successfully created.",
                snapshot.resource_uid,
                to_json(snapshot),
            )
        case CloneRequest():
            origin = await cloud.snapshot(request.snapshot_uid)
            volume = await cloud.clone_snapshot(request, progress, job_uid)
            return Outcome(
                f"Volume {safe_text(volume.name)} was successfully cloned from snapshot "
                f"{safe_text(origin.name)}{rounded_up(request.size_bytes, volume.size_bytes)}.",
                volume.resource_uid,
                to_json(volume),
            )
        case CreateVolumeRequest():
            volume = await cloud.create_volume(request, progress, job_uid)
            return Outcome(
                f"Volume {safe_text(volume.name)} was successfully created"
                f"{rounded_up(request.size_bytes, volume.size_bytes)}.",
                volume.resource_uid,
                to_json(volume),
            )
        case RestoreRequest():
            origin = await cloud.snapshot(request.snapshot_uid)
            restored = await cloud.restore_snapshot(request, progress)
            return Outcome(
                f"Snapshot {safe_text(origin.name)} was successfully restored to "
                f"{safe_text(restored.path)}.",
                None,
                to_json(restored),
            )
        case CheckRequest():
            report = await cloud.check(request, progress)
            if request.snapshot_uid is None:
                return _checked(report, "")
            one = await cloud.snapshot(request.snapshot_uid)
            return _checked(report, f"snapshot {safe_text(one.name)}")


def _checked(report: CheckReport, one: str) -> Outcome:
    """What came of a check, of `one` snapshot or (an empty string) of all."""
    count = report.snapshot_count
    many = count_of(count, "snapshot")
    if report.trashed_count:
        many += f" and {report.trashed_count} in the trash"
    if report.clean:
        return Outcome(f"Check found no damage in {one or many}.", None, to_json(report))
    more = len(report.damages) - _DAMAGES_KEPT
    kept = replace(
        report,
        damages=report.damages[:_DAMAGES_KEPT],
        warnings=(*report.warnings, *([f"and {more} more damaged places"] * (more > 0))),
    )
    hit = {uid for damage in report.damages for uid in damage.snapshot_uids}
    places = len(report.damages)
    summary = (
        f"Check found {places} damaged place{'' if places == 1 else 's'}, "
        f"{one or f'{len(hit)} of {many}'} cannot be restored whole."
    )
    return Outcome(summary, None, to_json(kept), damaged=True)
