"""What a key does and the command line does too, by the binding's id.

A test walks the bindings and this table: what acts on data names its verb, or says why it has none.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoVerb:
    """The command line has none, and why."""

    why: str


_SHELL = NoVerb("a shell selects with what `--json` or `--csv` prints")
_SCREEN = NoVerb("it is about the screen only")

VERBS: dict[str, tuple[str, ...] | NoVerb] = {
    "do.snapshot": ("snapshot create",),
    "do.clone": ("snapshot clone",),
    "do.restore": ("snapshot restore",),
    "do.diff": ("snapshot diff",),
    "do.new": ("volume add", "volume create"),
    "do.verify": ("snapshot verify", "check"),
    "do.delete": ("volume delete", "snapshot delete"),
    "do.attach": ("volume attach", "volume detach"),
    "do.resize": ("volume resize",),
    "do.edit": ("snapshot edit",),
    "do.share": ("snapshot share",),
    "do.import": ("snapshot import",),
    "do.export": ("snapshot export",),
    "do.copy": ("snapshot copy",),
    "do.undo": ("snapshot undelete",),
    "do.trash": ("trash list",),
    "do.zones": ("zone list",),
    "do.public": ("snapshot list",),
    "do.pin": ("snapshot pin", "snapshot unpin"),
    "go.filter": _SHELL,
    "go.jobs": ("job list", "job show", "job log"),
    "go.activity": ("event list",),
    "go.export": ("volume list", "snapshot list", "event list"),
    "go.jump": ("volume show", "snapshot show"),
    "go.refresh": ("volume list", "snapshot list"),
    "go.back": _SCREEN,
    "go.tree": _SCREEN,
    "go.next": _SCREEN,
    "go.previous": _SCREEN,
    "copy.uid": ("volume list", "snapshot list"),
    "copy.name": ("volume list", "snapshot list"),
    "copy.path": ("volume show",),
    "table.mark": _SHELL,
    "table.mark_range": _SHELL,
    "table.mark_all": _SHELL,
    "table.sort": _SHELL,
    "table.reverse": _SHELL,
    "table.columns": _SHELL,
    "jobs.cancel": ("job cancel",),
    "jobs.log": ("job log", "job show"),
    "jobs.retry": ("job retry",),
    "jobs.copy": ("job show",),
    "jobs.export": ("job list",),
    "jobs.filter": ("job list",),
    "jobs.back": _SCREEN,
    "jobs.close": _SCREEN,
    "trash.back": ("snapshot undelete",),
    "trash.purge": ("trash purge",),
    "trash.close": _SCREEN,
    "zones.add": ("zone add",),
    "zones.delete": ("zone delete",),
    "zones.close": _SCREEN,
    "public.clone": ("snapshot clone",),
    "public.import": ("snapshot import",),
    "public.region": ("snapshot copy",),
    "public.copy": ("snapshot list",),
    "public.owner": ("snapshot list",),
    "public.filter": ("snapshot list",),
    "public.back": _SCREEN,
    "public.close": _SCREEN,
    "diff.base": ("snapshot diff",),
    "diff.other": ("snapshot diff",),
    "diff.swap": ("snapshot diff",),
    "diff.export": ("snapshot diff",),
    "diff.close": _SCREEN,
}
