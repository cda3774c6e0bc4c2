"""Every key binding, in one place: help, footer and the README's table derive from here.

A binding's id is `group.name`. Vim's keys stand beside the arrows, which is why the jobs are on a
capital J.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FUZZY_LABEL = "Allow a fuzzy snapshot"
"""What the form calls it, and what a toast points to."""

GROUPS = {
    "do": "Volumes and snapshots",
    "go": "Finding one's way",
    "copy": "Copying",
    "rows": "Lists",
    "table": "Tables",
    "columns": "Choosing columns",
    "tree": "Tree",
    "tabs": "Tabs",
    "blocks": "Block map",
    "app": "App",
    "jobs": "Jobs",
    "joblog": "One job",
    "trash": "Trash",
    "zones": "Zones",
    "public": "Public snapshots",
    "form": "Forms",
    "diff": "Compare",
    "filter": "Filter",
    "theme": "Themes",
    "jump": "Jump line",
    "help": "Help",
    "doctor": "Doctor",
    "small": "A terminal that is too small",
}
"""The groups of the help screen, in its order."""


def _bind(id: str, key: str, action: str, label: str, tip: str, *, show: bool = False) -> Binding:
    return Binding(key, action, label, id=id, tooltip=tip, show=show)


MAIN = (
    _bind("do.snapshot", "s", "do('snapshot')", "Snapshot", "Take a snapshot of the volume", show=True),
    _bind("do.clone", "c", "do('clone')", "Clone", "Make a new volume from the snapshot (or from a volume's newest)", show=True),
    _bind("do.restore", "r", "do('restore')", "Restore", "Write the snapshot to a new file, or over its volume", show=True),
    _bind("do.diff", "d", "do('diff')", "Diff", "Show what changed since the snapshot before, or a chosen one", show=True),
    _bind("do.new", "n", "do('new')", "New", "Add a disk image or block device, or create a blank volume", show=True),
    _bind("do.verify", "v", "do('verify')", "Verify", "Read every block of the snapshot and check its checksum"),
    _bind("do.delete", "ctrl+d,delete", "do('delete')", "Delete", "Delete the volume, the snapshot, or all marked ones, after asking", show=True),
    _bind("do.attach", "a", "do('attach')", "Attach", "Attach the volume to an instance, or detach it"),
    _bind("do.resize", "z", "do('resize')", "Resize", "Make the volume larger"),
    _bind("do.edit", "E", "do('edit')", "Edit", "Change the snapshot's name or description"),
    _bind("do.share", "w", "do('share')", "Share", "Change who may see and clone the snapshot"),
    _bind("do.import", "I", "do('import')", "Import", "Bring the remote cloud's snapshot into the local repository, in the background"),
    _bind("do.export", "X", "do('export')", "Export to a cloud", "Send the snapshot up, into a remote cloud"),
    _bind("do.copy", "R", "do('copy')", "Copy to a region", "Copy the remote cloud's snapshot to another region"),
    _bind("do.undo", "u", "do('undo')", "Undo", "Take back the last deletion of snapshots"),
    _bind("do.trash", "T", "do('trash')", "Trash", "Deleted snapshots: take them back, or purge them"),
    _bind("do.zones", "Z", "do('zones')", "Zones", "Availability zones: add a directory as one, forget an empty one"),
    _bind("do.public", "P", "do('public')", "Public snapshots", "Snapshots that others have made public: look for them, clone them"),
    _bind("do.pin", "p", "do('pin')", "Pin", "Pin the snapshot, so that it is not deleted, or take the pin off"),
    _bind("go.filter", "slash", "filter", "Filter", "Show only some rows: words, !not, size:>1GiB, age:<7d", show=True),
    _bind("go.jobs", "J", "jobs", "Jobs", "Running and ended jobs: cancel, read their logs", show=True),
    _bind("go.jump", "colon", "jump", "Jump", "Type where to go or what to do: :vol web, :snap nightly, :jobs", show=True),
    _bind("go.activity", "A", "activity", "Activity", "Who did what, when, from where, in the whole cloud"),
    _bind("go.export", "e", "export", "Save list", "Write the list that is seen to a file, as JSON or CSV"),
    _bind("go.refresh", "ctrl+r", "refresh", "Refresh", "List the cloud anew, now"),
    _bind("go.back", "escape,backspace", "back", "Back", "Go back, or one level up"),
    _bind("go.tree", "0", "tree", "Tree", "Go to the tree"),
    _bind("go.next", "tab", "app.focus_next", "Next pane", "Go to the other pane"),
    _bind("go.previous", "shift+tab", "app.focus_previous", "Previous pane", "Go to the other pane"),
    _bind("copy.uid", "y", "copy('uid')", "Copy UID", "Copy the Resource UID, or those of all marked rows"),
    _bind("copy.name", "Y", "copy('name')", "Copy name", "Copy the name, or those of all marked rows"),
    _bind("copy.path", "ctrl+y", "copy('path')", "Copy path", "Copy the path of the volume's file or device"),
    _bind("tabs.left", "left_square_bracket,left,h", "tab(-1)", "Tab to the left", "Show the tab to the left"),
    _bind("tabs.right", "right_square_bracket,right,l", "tab(1)", "Tab to the right", "Show the tab to the right"),
    *(
        _bind(f"tabs.{number}", str(number), f"show_tab({number})", f"Tab {number}", f"Show tab {number}")
        for number in range(1, 6)
    ),
)  # fmt: skip

APP = (
    _bind("app.commands", "ctrl+p", "command_palette", "Commands", "Find any action by its name", show=True),
    _bind("app.help", "question_mark,f1", "help", "Help", "All keys", show=True),
    _bind("app.redraw", "ctrl+l", "redraw", "Redraw", "Take messages away and send the whole screen anew"),
    _bind("app.theme", "ctrl+t", "theme", "Theme", "Choose the colours; each is shown at once"),
    _bind("app.doctor", "D", "doctor", "Doctor", "Look whether everything is in order: terminal, repository, host, clouds"),
    _bind("app.quit", "q", "quit", "Quit", "Leave; running jobs go on"),
)  # fmt: skip

ROWS = (
    _bind("rows.up", "up,k", "cursor(-1)", "Up", "One row up"),
    _bind("rows.down", "down,j", "cursor(1)", "Down", "One row down"),
    _bind("rows.page_up", "pageup,ctrl+b", "page(-1)", "Page up", "One page up"),
    _bind("rows.page_down", "pagedown,ctrl+f", "page(1)", "Page down", "One page down"),
    _bind("rows.first", "home,g", "edge(0)", "First", "The first row"),
    _bind("rows.last", "end,G", "edge(1)", "Last", "The last row"),
    _bind("rows.open", "enter", "open", "Open", "Open the row"),
)  # fmt: skip

SCROLL = tuple(binding for binding in ROWS if binding.id != "rows.open")

TABLE = (
    _bind("table.mark", "space", "mark", "Mark", "Mark the row or take its mark away, and go down"),
    _bind("table.mark_range", "V", "mark_range", "Mark range", "Mark all rows from the last mark to here"),
    _bind("table.mark_all", "asterisk", "mark_all", "Mark all", "Mark all rows that are shown, or none of them"),
    _bind("table.sort", "o", "sort", "Sort", "Sort by the next column; after the last one as at first"),
    _bind("table.reverse", "O", "reverse", "Reverse", "Turn the order of the rows round"),
    _bind("table.columns", "C", "columns", "Columns", "Choose which columns are shown"),
)  # fmt: skip

TREE = (
    _bind("tree.collapse", "left,h", "collapse", "Close", "Close the branch, or go to its parent"),
    _bind("tree.expand", "right,l", "expand", "Open branch", "Open the branch, or go into it"),
    _bind("tree.toggle", "space", "fold", "Open or close", "Open or close the branch"),
)  # fmt: skip

BLOCKS = (
    _bind("blocks.left", "left,h", "cell(-1, 0)", "Left", "One cell of the block map to the left"),
    _bind("blocks.right", "right,l", "cell(1, 0)", "Right", "One cell of the block map to the right"),
    _bind("blocks.up", "up,k", "cell(0, -1)", "Up", "One row of the block map up"),
    _bind("blocks.down", "down,j", "cell(0, 1)", "Down", "One row of the block map down"),
    _bind("blocks.first", "home,g", "edge(0)", "First cell", "Where the volume begins"),
    _bind("blocks.last", "end,G", "edge(1)", "Last cell", "Where the volume ends"),
    _bind("blocks.next", "full_stop,pagedown,ctrl+f", "change(1)", "Next change", "The next place that changed"),
    _bind("blocks.previous", "comma,pageup,ctrl+b", "change(-1)", "Change before", "The place before this one that changed"),
    _bind("blocks.older", "less_than_sign", "snapshot(-1)", "Older snapshot", "The block map of the volume's snapshot before this one"),
    _bind("blocks.newer", "greater_than_sign", "snapshot(1)", "Newer snapshot", "The block map of the volume's snapshot after this one"),
)  # fmt: skip

FORM = (
    _bind("form.cancel", "escape", "cancel", "Cancel", "Leave without doing anything", show=True),
    _bind("form.above", "up,k", "app.focus_previous", "Above", "Go to the field or button before this one"),
    _bind("form.below", "down,j", "app.focus_next", "Below", "Go to the field or button after this one"),
    _bind("form.left", "left,h", "sideways(-1)", "Left", "Go to the button on the left, or the field before this one"),
    _bind("form.right", "right,l", "sideways(1)", "Right", "Go to the button on the right, or the field after this one"),
)  # fmt: skip

TICK = (_bind("form.tick", "space,enter", "tick", "Tick", "Tick the box, or take the tick away"),)

FILTER = (
    _bind("filter.clear", "escape", "clear", "Clear", "Show all rows again"),
    _bind("filter.leave", "down,tab", "leave", "To the rows", "Keep the filter and go to the rows"),
)

JOBS = (
    _bind("jobs.log", "l", "log", "Log", "All of the job: facts, outcome and log", show=True),
    _bind("jobs.cancel", "ctrl+x", "cancel_job", "Cancel job", "Ask the job to stop and clean up", show=True),
    _bind("jobs.retry", "R", "retry_job", "Retry", "Make the request of a job that failed or was cancelled again", show=True),
    _bind("jobs.copy", "y", "copy_reason", "Copy reason", "Copy why the job ended as it did", show=True),
    _bind("jobs.export", "e", "export", "Save list", "Write the list of jobs to a file, as JSON or CSV", show=True),
    _bind("jobs.filter", "slash", "filter", "Filter", "Show only some jobs: words, !not, status:failed, kind:snapshot, age:<7d", show=True),
    _bind("jobs.back", "escape,backspace", "back", "Close", "Show all jobs again, or go back to the volumes", show=True),
    _bind("jobs.close", "q,J", "close", "Leave", "Back to the volumes"),
)  # fmt: skip

JOB_LOG = (
    _bind("joblog.copy", "y", "copy_log", "Copy", "Copy the job's outcome and log", show=True),
    _bind("joblog.close", "escape,q,backspace", "close", "Close", "Back to the jobs", show=True),
)  # fmt: skip

TRASH = (
    _bind("trash.back", "u", "take_back", "Take back", "Take the snapshot back, or all marked ones (Enter: this one)", show=True),
    _bind("trash.purge", "ctrl+d,delete", "purge", "Purge", "Delete the snapshot, or all marked ones, for good, after asking", show=True),
    _bind("trash.close", "escape,q,backspace,T", "close", "Close", "Back to the volumes", show=True),
)  # fmt: skip

ZONES = (
    _bind("zones.add", "n", "add", "Add", "Add a directory as an availability zone", show=True),
    _bind("zones.delete", "ctrl+d,delete", "delete", "Delete", "Forget the zone, which must have no volume, after asking; files stay", show=True),
    _bind("zones.close", "escape,q,backspace,Z", "close", "Close", "Back to the volumes", show=True),
)  # fmt: skip

PUBLIC = (
    _bind("public.clone", "c", "use('clone')", "Clone", "Make a new volume from the snapshot (Enter, too)", show=True),
    _bind("public.import", "I", "use('import')", "Import", "Bring it into the local repository, where its blocks are given out", show=True),
    _bind("public.region", "R", "use('copy')", "To a region", "Copy it to another region: the copy is yours", show=True),
    _bind("public.copy", "y", "copy_uid", "Copy UID", "Copy the Resource UID, for snapshot copy and the like", show=True),
    _bind("public.owner", "P", "owner", "Owner", "List another owner's", show=True),
    _bind("public.filter", "slash", "filter", "Filter", "Show only some of them: words, !not, size:>1GiB, desc:ubuntu", show=True),
    _bind("public.back", "escape,backspace", "back", "Close", "Stop listing; then show all again, or go back", show=True),
    _bind("public.close", "q", "close", "Leave", "Back to the volumes"),
)  # fmt: skip

DIFF = (
    _bind("diff.base", "b", "base", "Compare with", "Choose the snapshot to compare with", show=True),
    _bind("diff.other", "B", "other", "Other side", "Choose the snapshot on the other side", show=True),
    _bind("diff.swap", "x", "swap", "Swap", "Look from the other side: what goes back", show=True),
    _bind("diff.export", "e", "export", "Save comparison", "Write the comparison to a file, as JSON or CSV", show=True),
    _bind("diff.close", "escape,q,backspace", "close", "Close", "Back to the snapshots", show=True),
)  # fmt: skip

COLUMNS = (
    _bind("columns.toggle", "space", "tick", "Show or hide", "Show the column, or hide it", show=True),
    _bind("columns.automatic", "a", "automatic", "Automatic", "Show what there is room for", show=True),
    _bind("columns.close", "escape,q,C", "close", "Close", "Back to the table", show=True),
)  # fmt: skip

JUMP = (
    _bind("jump.complete", "tab", "complete", "Complete", "Write the chosen suggestion out; again: the next one"),
    _bind("jump.above", "up", "choose(-1)", "Above", "The suggestion above; above the first, what was typed before"),
    _bind("jump.below", "down", "choose(1)", "Below", "The suggestion below"),
    _bind("jump.leave", "escape", "leave", "Leave", "Leave the jump line without doing anything"),
)  # fmt: skip

HELP = (
    _bind(
        "help.search",
        "slash",
        "search",
        "Search",
        "Show only the keys that have all the words",
        show=True,
    ),
    _bind(
        "help.close", "escape,q,question_mark", "close", "Close", "Back to the screen", show=True
    ),
)

THEME = (
    _bind("theme.cancel", "escape,q,ctrl+t", "cancel", "Cancel", "Keep the colours there were"),
)

DOCTOR = (
    _bind("doctor.again", "r", "again", "Look again", "Examine everything once more", show=True),
    _bind("doctor.close", "escape,q,D", "close", "Close", "Back to the screen", show=True),
)  # fmt: skip

SMALL = (
    _bind("small.quit", "q", "app.quit", "Quit", "Leave; running jobs go on"),
    _bind("small.close", "escape", "close", "Go on", "Show what there is room for"),
)

DROP = {
    "go.jump": 9,
    "app.commands": 8,
    "go.jobs": 7,
    "go.filter": 6,
    "do.diff": 5,
    "do.restore": 4,
    "do.delete": 3,
}
"""Which keys leave the last line first when there is no room."""

DROP_IN_INDEX = {**DROP, "do.diff": 9}
DROP_IN_DETAIL = {**DROP, "do.new": 9}
"""Beside a list of volumes `n` matters and `d` does not; at a single one it is the other way."""

_NAMES = {
    "slash": "/",
    "colon": ":",
    "asterisk": "*",
    "question_mark": "?",
    "full_stop": ".",
    "comma": ",",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "backspace": "Backspace",
    "delete": "Del",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "home": "Home",
    "end": "End",
    "f1": "F1",
}


def key_name(key: str) -> str:
    """How a key is written: `^p`, `/`, `Esc`."""
    key = key.strip()
    return f"^{key[5:]}" if key.startswith("ctrl+") else _NAMES.get(key, key)


NO_KEY = "no-key"
"""What Textual is told of a binding that has lost all its keys."""

_changed: dict[str, list[str]] = {}


def use(changed: Mapping[str, Sequence[str]]) -> None:
    """Show these keys for these ids from now on, and for all others the usual ones."""
    _changed.clear()
    _changed.update({which: list(names) for which, names in changed.items()})


def keys_of(binding: Binding) -> list[str]:
    """Textual's names of a binding's keys, as the user has them."""
    return _changed.get(binding.id or "", binding.key.split(","))


def display(binding: Binding, *, every: bool = False) -> str:
    """How a binding's first key is written, or all of its keys; nothing when it has none."""
    names = [key_name(key) for key in keys_of(binding)]
    return "  ".join(names if every else names[:1])


_AT_ONCE = frozenset({"do.verify", "do.import", "do.pin", "do.undo", "jobs.retry", "trash.back"})
"""What changes something, or takes its time, without a form or a question in between."""


def acts_at_once(key: str) -> bool:
    """Whether what a key does, in some list, is done before anybody has seen to what."""
    return any(key in keys_of(each) for each in every() if each.id in _AT_ONCE)


def of(id: str) -> str:
    """How the first key of the binding with an id is written; without a key, what it is called."""
    binding = next(each for each in every() if each.id == id)
    return display(binding) or binding.description


def parsed(binding: Binding) -> tuple[str, str]:
    """A binding's action: its name, and its argument or an empty string."""
    name, _, argument = binding.action.partition("(")
    return name, argument.rstrip(")").strip("'")


def every() -> tuple[Binding, ...]:
    """All bindings of all screens and widgets."""
    return (
        *MAIN,
        *APP,
        *ROWS,
        *TABLE,
        *COLUMNS,
        *TREE,
        *BLOCKS,
        *FILTER,
        *JUMP,
        *FORM,
        *TICK,
        *DIFF,
        *JOBS,
        *THEME,
        *TRASH,
        *ZONES,
        *PUBLIC,
        *HELP,
        *DOCTOR,
        *SMALL,
    )
