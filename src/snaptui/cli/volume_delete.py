"""`snaptui volume delete`: one volume, or several at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.cli.asking import confirm_deletion
from snaptui.cli.output import emit_json, say
from snaptui.cli.progress import busy
from snaptui.cli.settings import Settings, wait_for
from snaptui.cli.snapshot_delete import several, tell_left_out
from snaptui.clouds.several import delete_volumes, phrase, plan_delete_volumes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snaptui.clouds.base import Cloud
    from snaptui.models import Volume


def delete_one(settings: Settings, cloud: Cloud, volume: Volume, *, yes: bool) -> int:
    """Ask, and delete it."""
    if not yes:
        confirm_deletion(wait_for(cloud.plan_delete_volume(volume.resource_uid)))
    with busy(f"deleting {volume.name}", shown=not settings.is_local):
        deletion = wait_for(cloud.delete_volume(volume.resource_uid))
    if settings.json:
        emit_json(deletion)
    else:
        say(f"Volume {volume.name} was successfully deleted.")
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
        names = [called[uid] for uid in done.uids]
        were = "was" if len(names) == 1 else "were"
        say(f"{several(names, 'volume')} {were} successfully deleted.")
    return tell_left_out(done)
