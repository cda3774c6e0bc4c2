"""`snaptui snapshot`: deleting, taking back, pinning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from snaptui.cli import candidates
from snaptui.cli.asking import confirm_deletion, space_of
from snaptui.cli.examples import examples
from snaptui.cli.output import emit_json, say
from snaptui.cli.progress import busy
from snaptui.cli.settings import Settings, common_options, pass_settings, wait_for, warn
from snaptui.clouds.base import HOW_TO_UNPIN
from snaptui.text import counted, were
from snaptui.units import format_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.clouds.base import Cloud
    from snaptui.models import Deletion, Snapshot


def tell_left_out(deletion: Deletion) -> int:
    """Say what was not done, and why; returns the exit code."""
    for left in deletion.left_out:
        hint = f": {HOW_TO_UNPIN}" if "pinned" in left.reason else ""
        warn(f"{left.name} ({left.resource_uid}) is left alone: {left.reason}{hint}")
    return 1 if deletion.left_out else 0


async def _found(cloud: Cloud, references: Sequence[str]) -> list[Snapshot]:
    """The snapshots that are meant, each once."""
    found = [await cloud.snapshot(reference) for reference in references]
    return list({each.resource_uid: each for each in found}.values())


@click.command(
    epilog=examples(
        "snaptui snapshot delete nightly",
        "snaptui snapshot delete snap-1695468D snap-52EF05A9 --yes",
    )
)
@click.argument(
    "snapshots", nargs=-1, required=True, metavar="SNAPSHOT...", shell_complete=candidates.snapshots
)
@click.option("--force", is_flag=True, help="Pinned ones, too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
@pass_settings
def delete(settings: Settings, snapshots: tuple[str, ...], force: bool, yes: bool) -> int:
    """Delete each SNAPSHOT; all others stay whole.

    In the local cloud they go to the trash, from where `snaptui snapshot undelete` takes them back
    until they are purged; in any other cloud they are gone. Pinned ones are left alone; if there is
    one, the exit code is 1.
    """
    with settings.cloud() as cloud:
        found = wait_for(_found(cloud, snapshots))
        uids = [each.resource_uid for each in found]
        if not yes:
            _ask(cloud, uids, force=force)
        with busy("deleting", shown=not settings.is_local):
            deletion = wait_for(cloud.delete_snapshots(uids, force=force))
    names = [each.name for each in found if each.resource_uid in deletion.uids]
    if settings.json:
        emit_json(deletion)
    else:
        say(were(names, "deleted"))
        if deletion.until is not None:
            whole = deletion.uids[0] if len(names) == 1 else "SNAPSHOT..."
            say(
                f"Until {format_time(deletion.until)} you can take back what you deleted: "
                f"snaptui snapshot undelete {whole}"
            )
    return tell_left_out(deletion)


def _ask(cloud: Cloud, uids: Sequence[str], *, force: bool) -> None:
    plan = wait_for(cloud.plan_delete_snapshots(uids, force=force))
    confirm_deletion(plan, space_of(cloud, plan.uids))


@click.command(epilog=examples("snaptui snapshot undelete nightly"))
@click.argument(
    "snapshots", nargs=-1, required=True, metavar="SNAPSHOT...", shell_complete=candidates.trashed
)
@common_options
@pass_settings
def undelete(settings: Settings, snapshots: tuple[str, ...]) -> int:
    """Take each deleted SNAPSHOT back from the trash, whole.

    If one has been purged meanwhile, the others come back, and the exit code is 1.
    """

    async def take_back() -> tuple[dict[str, str], list[Snapshot]]:
        found = [await cloud.trashed(reference) for reference in snapshots]
        names = {each.resource_uid: each.name for each in found}
        return names, await cloud.undelete(list(names))

    with settings.cloud() as cloud:
        wanted, back = wait_for(take_back())
    if settings.json:
        emit_json(back)
    else:
        names = [each.name for each in back]
        say(were(names, "taken back"))
    missing = wanted.keys() - {each.resource_uid for each in back}
    for uid in (uid for uid in wanted if uid in missing):
        warn(f"{wanted[uid]} ({uid}) is not in the trash any more")
    return 1 if missing else 0


def _pin(settings: Settings, snapshots: Sequence[str], *, pinned: bool) -> None:
    async def change() -> list[Snapshot]:
        uids = [each.resource_uid for each in await _found(cloud, snapshots)]
        await cloud.set_pinned(uids, pinned)
        return await _found(cloud, uids)

    with settings.cloud() as cloud:
        changed = wait_for(change())
    if settings.json:
        emit_json(changed)
    else:
        verb = "is" if len(changed) == 1 else "are"
        many = counted([each.name for each in changed])
        say(f"{many} {verb} {'pinned' if pinned else 'not pinned'} now.")


@click.command(epilog=examples("snaptui snapshot pin before-upgrade"))
@click.argument(
    "snapshots", nargs=-1, required=True, metavar="SNAPSHOT...", shell_complete=candidates.snapshots
)
@common_options
@pass_settings
def pin(settings: Settings, snapshots: tuple[str, ...]) -> None:
    """Pin each SNAPSHOT: only `snapshot delete --force` deletes it."""
    _pin(settings, snapshots, pinned=True)


@click.command(epilog=examples("snaptui snapshot unpin before-upgrade"))
@click.argument(
    "snapshots", nargs=-1, required=True, metavar="SNAPSHOT...", shell_complete=candidates.snapshots
)
@common_options
@pass_settings
def unpin(settings: Settings, snapshots: tuple[str, ...]) -> None:
    """Take the pin off each SNAPSHOT."""
    _pin(settings, snapshots, pinned=False)
