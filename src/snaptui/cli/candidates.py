"""What Tab offers for an argument: volumes, snapshots, zones and jobs of the repository, paths.

Of a cloud elsewhere it offers what that had when it was last listed: no cloud is contacted. A
repository that is missing, broken or not ours to read offers nothing and says nothing: whoever
pressed Tab is in the middle of a line.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

from click.shell_completion import CompletionItem

from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import click

    from snaptui.cli.settings import Settings
    from snaptui.clouds.registry import KnownCloud
    from snaptui.clouds.remote.remembered import Remembered
    from snaptui.models import VolumeType, Zone

    _Rows = Callable[[str], Mapping[str, Mapping[str, Any]]]

_MOST = 500
"""More than a person looks through; another letter makes them fewer."""
_HELP = 60


def directories(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Directories, as the shell knows them."""
    return [CompletionItem(incomplete, type="dir")]


def clouds(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Clouds: the local one, and those that are set or found."""
    return _clouds(incomplete, lambda _cloud: True, {"local": "this host"})


def remote_clouds(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Clouds that are not on this host."""
    return _clouds(incomplete, lambda _cloud: True)


def set_clouds(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Clouds that the config file sets."""
    return _clouds(incomplete, lambda cloud: cloud.is_set)


def openstack_clouds(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """What OpenStack's own config calls its clouds."""
    from snaptui.clouds.registry import known_clouds
    from snaptui.config import Config

    names = dict.fromkeys(
        each.options.get("cloud", "")
        for each in known_clouds(Config()).clouds
        if each.kind == "openstack"
    )
    return [
        CompletionItem(name)
        for name in names
        if name.startswith(incomplete) and _can_be_typed(name)
    ]


def aws_profiles(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """What AWS's own config calls its profiles."""
    import os

    from snaptui.clouds.aws.discovery import profile_names

    names = profile_names(os.environ)
    return [
        CompletionItem(name)
        for name in names
        if name.startswith(incomplete) and _can_be_typed(name)
    ]


def _clouds(
    incomplete: str,
    wanted: Callable[[KnownCloud], bool],
    first: Mapping[str, str] | None = None,
) -> list[CompletionItem]:
    from contextlib import suppress

    from snaptui.config import read_config
    from snaptui.errors import SnaptuiError

    every = dict(first or {})
    with suppress(SnaptuiError):
        from snaptui.clouds.registry import known_clouds

        known = known_clouds(read_config()).clouds
        every.update((each.name, f"{each.kind}, {each.origin}") for each in known if wanted(each))
    return [
        CompletionItem(name, help=safe_text(what, _HELP))
        for name, what in every.items()
        if name.startswith(incomplete) and _can_be_typed(name)
    ]


def files(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Files, as the shell knows them."""
    return [CompletionItem(incomplete, type="file")]


def volumes(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Volumes, by name and by UID."""
    return _from_catalog(context, lambda rows: _things(rows("volumes"), incomplete))


def snapshots(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Snapshots, by name and by UID; newest first."""
    return _from_catalog(context, lambda rows: _things(_newest_first(rows), incomplete))


def trashed(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Snapshots in the trash."""
    return _from_catalog(context, lambda rows: _things(rows("trash"), incomplete))


def things(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Volumes and snapshots."""
    return _from_catalog(
        context, lambda rows: _things({**rows("volumes"), **_newest_first(rows)}, incomplete)
    )


def siblings(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Snapshots of the volume whose snapshot is named already."""
    # where the option's value is still missing, click has not told arguments apart
    free = [word for word in context.args if not word.startswith("-")]
    reference = context.params.get("snapshot") or next(iter(free), None)

    def choose(rows: _Rows) -> list[CompletionItem]:
        from snaptui.engine.references import resolve

        every = _newest_first(rows)
        if reference:
            chosen = resolve("snapshot", reference, every)
            volume = every[chosen].get("volume_uid")
            every = {
                uid: row
                for uid, row in every.items()
                if row.get("volume_uid") == volume and uid != chosen
            }
        return _things(every, incomplete)

    return _from_catalog(context, choose)


def zones(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Availability zones."""

    def choose(rows: _Rows) -> list[CompletionItem]:
        every = {"default": {"path": "in the repository"}} if _settings(context).is_local else {}
        return _words({**every, **rows("zones")}, incomplete)

    return _from_catalog(context, choose)


def volume_types(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Volume types of a remote cloud."""
    return _from_catalog(context, lambda rows: _words(rows("types"), incomplete))


def instances(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Instances that volumes of a remote cloud are attached to, by name and by UID."""
    return _from_catalog(context, lambda rows: _things(rows("instances"), incomplete))


def _words(rows: Mapping[str, Mapping[str, Any]], incomplete: str) -> list[CompletionItem]:
    return [
        CompletionItem(name, help=safe_text(str(row.get("path", "")), _HELP))
        for name, row in rows.items()
        if name.startswith(incomplete) and _can_be_typed(name)
    ]


def jobs(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Jobs, newest first."""
    return _jobs(context, incomplete, lambda _row: True)


def running_jobs(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Jobs that can be cancelled."""
    return _jobs(context, incomplete, lambda row: not row.get("ended_at"))


def ended_jobs(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Jobs that came to nothing and can be tried again."""
    return _jobs(context, incomplete, lambda row: row.get("status") in {"failed", "cancelled"})


def _jobs(
    context: click.Context, incomplete: str, wanted: Callable[[Mapping[str, Any]], bool]
) -> list[CompletionItem]:
    def choose(rows: _Rows) -> list[CompletionItem]:
        found = [
            (str(row.get("created_at", "")), uid, row)
            for uid, row in rows("jobs").items()
            if _begins(uid, incomplete) and wanted(row)
        ]
        return [
            CompletionItem(uid, help=safe_text(f"{row.get('kind', '')} {row.get('name', '')}"))
            for _, uid, row in sorted(found, key=lambda each: each[:2], reverse=True)[:_MOST]
        ]

    return _from_catalog(context, choose, of_all_clouds=True)


def _from_catalog(
    context: click.Context,
    choose: Callable[[_Rows], list[CompletionItem]],
    *,
    of_all_clouds: bool = False,
) -> list[CompletionItem]:
    """What `choose` takes from the tables of the cloud that is named on the line."""
    from snaptui.engine import Repository

    settings = _settings(context)
    if not (settings.is_local or of_all_clouds):
        return choose(_remembered_rows(settings))
    if settings.is_nothing():
        return []
    # read-only: Tab cleans up after nobody and waits for no lock
    with Repository.open(settings.path, read_only=True) as repository:
        return choose(repository.catalog.rows)


def _settings(context: click.Context) -> Settings:
    """What the options on the line say."""
    from snaptui.cli.settings import Settings

    settings = context.find_object(Settings) or Settings()
    settings.tells_problems = False
    return settings


def _remembered_rows(settings: Settings) -> _Rows:
    """The tables of a remote cloud as it was listed the last time; it is not contacted."""
    from snaptui.clouds.registry import known_clouds, remembered_inventory

    known = known_clouds(settings.config).get(settings.cloud_name)
    inventory = remembered_inventory(known)
    where = {"path": f"in {known.name}"}

    @cache
    def listed() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
        kept = inventory.read()
        return {} if kept is None else _tables(kept, where)

    def rows(table: str) -> Mapping[str, Mapping[str, Any]]:
        if table not in {"zones", "types"}:
            return listed().get(table, {})
        # what it offers is in a small file of its own, and what its volumes have beside that:
        # it may be newer; only a cloud that was last listed by a version before has none
        offered = inventory.offer.read()
        if table == "zones":
            told = {each.name: _of_zone(each, where) for each in offered.zones or ()}
            seen = offered.seen_zones
        else:
            told = {each.name: _of_type(each, where) for each in offered.volume_types or ()}
            seen = offered.seen_types
        every = {**told, **{each: where for each in seen if each not in told}}
        return every or listed().get(table, {})

    return rows


def _of_zone(zone: Zone, where: Mapping[str, str]) -> Mapping[str, str]:
    return where if zone.available else {"path": zone.reason or "not available"}


def _of_type(volume_type: VolumeType, where: Mapping[str, str]) -> Mapping[str, str]:
    words = "by default" if volume_type.is_default else volume_type.description
    return {"path": words} if words else where


def _tables(kept: Remembered, where: Mapping[str, str]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """What was listed, as the tables of a repository have it."""
    used = [used for each in kept.volumes for used in each.attachments]
    return {
        "snapshots": {
            each.resource_uid: {
                "name": each.name,
                "volume_uid": each.volume_uid,
                "volume_name": each.volume_name,
                "created_at": each.created_at.isoformat(),
            }
            for each in kept.snapshots
        },
        "volumes": {
            each.resource_uid: {"name": each.name, "path": each.zone} for each in kept.volumes
        },
        "zones": {each.zone: where for each in kept.volumes if each.zone},
        "types": {each.volume_type: where for each in kept.volumes if each.volume_type},
        "instances": {each.instance: {"name": each.instance_name, **where} for each in used},
    }


def _newest_first(
    rows: _Rows,
) -> dict[str, Mapping[str, Any]]:
    found = sorted(
        rows("snapshots").items(), key=lambda each: str(each[1].get("created_at")), reverse=True
    )
    return dict(found)


def _things(rows: Mapping[str, Mapping[str, Any]], incomplete: str) -> list[CompletionItem]:
    """Names first, as people think in them; UIDs where a name will not do, or one is begun."""
    counts = Counter(str(row.get("name", "")) for row in rows.values())
    named: list[CompletionItem] = []
    by_uid: list[CompletionItem] = []
    for uid, row in rows.items():
        name = str(row.get("name", ""))
        usable = counts[name] == 1 and _can_be_typed(name) and name not in rows
        of = row.get("volume_name") or row.get("path") or ""
        if usable and name.startswith(incomplete):
            named.append(CompletionItem(name, help=safe_text(f"{uid}  {of}", _HELP)))
        if _begins(uid, incomplete) and (incomplete or not usable):
            by_uid.append(CompletionItem(uid, help=safe_text(f"{name}  {of}", _HELP)))
    return [*named, *by_uid][:_MOST]


def _begins(uid: str, incomplete: str) -> bool:
    return uid.lower().startswith(incomplete.lower())


def _can_be_typed(name: str) -> bool:
    """Whether a name is one word for every shell: no control characters, and no option."""
    return bool(name) and safe_text(name) == name and not name.startswith("-")
