"""The signs the screen is drawn with: a Unicode set, and an ASCII set for terminals without.

Every sign of one set has the width of its counterpart in the other.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ASCII_VARIABLE = "SNAPTUI_ASCII"


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyphs:
    """One set of signs; all are one cell wide but those that say otherwise."""

    ascii_only: bool
    cursor: str
    marked: str
    expanded: str
    collapsed: str
    good: str
    bad: str
    idle: str
    active: str
    pending: str
    crumb: str
    bar_full: str
    bar_tip: str
    bar_empty: str
    rule: str
    rule_active: str
    ellipsis: str
    dot: str
    here: str
    branch: str
    """Four cells: a child with brothers after it."""
    branch_last: str
    """Four cells: the last child."""
    branch_line: str
    """Four cells: past a brother's children."""
    cell_new: str
    cell_mixed: str
    cell_shared: str
    cell_hole: str
    cell_added: str
    cell_removed: str
    ramp: str
    """Eight bars, low to high, one cell each."""
    arrow: str
    rising: str
    falling: str
    minus: str
    pin: str

    def show(self, text: str) -> str:
        """`text` as this set can show it: without Unicode, other characters become `?`."""
        if not self.ascii_only or text.isascii():
            return text
        text = text.replace("…", "~")
        return text.encode("ascii", "replace").decode("ascii")


UNICODE = Glyphs(
    ascii_only=False,
    cursor="▌",
    marked="•",
    expanded="▾",
    collapsed="▸",
    good="✓",
    bad="✗",
    idle="○",
    active="●",
    pending="◐",
    crumb="›",
    bar_full="━",
    bar_tip="╸",
    bar_empty="─",
    rule="─",
    rule_active="━",
    ellipsis="…",
    dot="·",
    here="◆",
    branch="├── ",
    branch_last="╰── ",
    branch_line="│   ",
    cell_new="█",
    cell_mixed="▓",
    cell_shared="▒",
    cell_hole="·",
    cell_added="▲",
    cell_removed="▽",
    ramp="▁▂▃▄▅▆▇█",
    arrow="→",
    rising="▲",
    falling="▼",
    minus="−",
    pin="★",
)

ASCII = Glyphs(
    ascii_only=True,
    cursor=">",
    marked="*",
    expanded="v",
    collapsed=">",
    good="+",
    bad="x",
    idle="o",
    active="@",
    pending="~",
    crumb=">",
    bar_full="#",
    bar_tip="#",
    bar_empty="-",
    rule="-",
    rule_active="=",
    ellipsis="~",
    dot="-",
    here="*",
    branch="|-- ",
    branch_last="`-- ",
    branch_line="|   ",
    cell_new="#",
    cell_mixed="%",
    cell_shared=":",
    cell_hole=".",
    cell_added="^",
    cell_removed="x",
    ramp="_.:-=+*#",
    arrow=">",
    rising="^",
    falling="v",
    minus="-",
    pin="*",
)


def speaks_unicode(environment: Mapping[str, str], *, coerced: bool = False) -> bool:
    """Whether the locale in `environment` can show more than ASCII.

    Nothing said at all counts as Unicode, as in most containers. `coerced`: Python itself has put
    a UTF-8 `LC_CTYPE` where the person said `C`, so that one does not count.
    """
    if environment.get(ASCII_VARIABLE, "0") not in {"", "0"}:
        return False
    names = ("LC_ALL", "LANG") if coerced else ("LC_ALL", "LC_CTYPE", "LANG")
    said = next((environment[name] for name in names if environment.get(name)), "")
    return not said or "utf-8" in said.lower() or "utf8" in said.lower()


class _Chosen:
    """What a person has set; None: as the locale says."""

    ascii_only: bool | None = None


def choose(ascii_only: bool | None) -> None:
    """Use the ASCII set, or the Unicode one, or (None) what the locale can show."""
    _Chosen.ascii_only = ascii_only
    glyphs.cache_clear()


@cache
def glyphs() -> Glyphs:
    """The set for this terminal."""
    if _Chosen.ascii_only is not None:
        return ASCII if _Chosen.ascii_only else UNICODE
    # In UTF-8 mode that nobody asked for, the locale was C and Python coerced LC_CTYPE (PEP 538).
    coerced = bool(sys.flags.utf8_mode) and os.environ.get("LC_CTYPE") == "C.UTF-8"
    return UNICODE if speaks_unicode(os.environ, coerced=coerced) else ASCII
