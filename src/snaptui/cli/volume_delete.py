"""`snaptui volume delete`: one volume, or several at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.cli.asking import confirm_deletion
from snaptui.cli.output import emit_json, say
from snaptui.cli.progress import busy
from snaptui.cli.settings import Settings, wait_for
from snaptui.cli.snapshot_delete import tell_left_out
from snaptui.clouds.several import delete_volumes, phrase, plan_delete_volumes
from snaptui.text import were

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snaptui.clouds.base import Cloud
    from snaptui.models import Volume


def delete_one(settings: Settings, cloud: Cloud, volume: Volume, *, yes: bool) -> int:
    """Ask, and delete it."""
    if not yes:
        confirm_deletion(wait_for(cloud.plan_delete_volume(volume.resource_uid)), noun="volume")
    with busy(f"deleting {volume.name}", shown=not settings.is_local):
        deletion = wait_for(cloud.delete_volume(volume.resource_uid))
    if settings.json:
        emit_json(deletion)
    else:
        say(were([volume.name], "deleted", "volume"))
    return 0


def delete_several(
    settings: Settings, cloud: Cloud, volumes: Mapping[str, Volume], *, yes: bool
) -> int:
    """Ask once, and delete those that can be."""
    plan = wait_for(plan_delete_volumes(cloud, list(volumes)))
    if not yes:
        confirm_deletion(plan, noun="volume", phrase=phrase(len(plan.uids)))
    called = {uid: each.name for uid, each in volumes.items()}
    with busy(f"deleting {len(plan.uids)} volumes", shown=not settings.is_local):
        done = wait_for(delete_volumes(cloud, plan, called))
    if settings.json:
        emit_json(done)
    else:
        say(were([called[uid] for uid in done.uids], "deleted", "volume"))
    return tell_left_out(done)
