"""What the terminal can do, for the doctor."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from snaptui.doctor import Finding, Level
from snaptui.errors import SnaptuiError
from snaptui.tui import keys
from snaptui.tui.clipboard import Through, through
from snaptui.tui.glyphs import glyphs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_GROUP = "Terminal"
_SMALL = (80, 24)
_WAYS = {
    Through.NOTHING: "OSC 52, straight to the terminal",
    Through.TMUX: "OSC 52 through tmux (it needs: set -g set-clipboard on)",
    Through.SCREEN: "OSC 52 through GNU screen",
    Through.EITHER: "OSC 52 through tmux or screen",
}
_COPIES = ("copy.uid", "copy.name", "copy.path")
WEB_DRIVER = "TEXTUAL_DRIVER"


def look_at_terminal(environment: Mapping[str, str] | None = None) -> Iterator[Finding]:
    """TERM, colours, characters, size, what stands between, clipboard."""
    said = os.environ if environment is None else environment
    if said.get(WEB_DRIVER):
        yield Finding(_GROUP, "Terminal", Level.OK, "a browser (snaptui web)")
        return
    yield _name(said)
    yield Finding(_GROUP, "Colours", Level.OK, _colours(said))
    if glyphs().ascii_only:
        advice = "set a UTF-8 locale (LC_ALL=C.UTF-8) for finer lines and signs"
        yield Finding(_GROUP, "Characters", Level.WARN, "ASCII only", advice)
    else:
        yield Finding(_GROUP, "Characters", Level.OK, f"Unicode ({_locale(said)})")
    yield _size()
    yield _clipboard(said)


def _name(said: Mapping[str, str]) -> Finding:
    name = said.get("TERM", "")
    if name in {"", "dumb", "unknown"}:
        text = f"TERM={name}" if name else "TERM is not set"
        advice = "the app cannot be shown here; commands work (snaptui volume list)"
        return Finding(_GROUP, "TERM", Level.WARN, text, advice)
    between = [
        what
        for what, there in (
            ("tmux", said.get("TMUX")),
            ("screen", said.get("STY")),
            ("SSH", said.get("SSH_CONNECTION")),
        )
        if there
    ]
    text = f"{name}, through {', '.join(between)}" if between else name
    return Finding(_GROUP, "TERM", Level.OK, text)


def _colours(said: Mapping[str, str]) -> str:
    if said.get("NO_COLOR"):
        return "none, as NO_COLOR asks for"
    if said.get("COLORTERM") in {"truecolor", "24bit"}:
        return "16 million"
    name = said.get("TERM", "")
    if "direct" in name:
        return "16 million"
    if "256color" in name:
        return "256"
    return "16" if name not in {"vt100", "vt102", "vt220", "dumb", ""} else "none"


def _locale(said: Mapping[str, str]) -> str:
    names = ("LC_ALL", "LC_CTYPE", "LANG")
    return next((f"{name}={said[name]}" for name in names if said.get(name)), "no locale is set")


def _size() -> Finding:
    for stream in (sys.__stdout__, sys.__stderr__, sys.__stdin__):
        try:
            size = os.get_terminal_size(stream.fileno()) if stream is not None else None
        except (OSError, ValueError):
            continue
        if size is None or not size.columns:
            continue
        text = f"{size.columns}x{size.lines}"
        if size.columns < _SMALL[0] or size.lines < _SMALL[1]:
            advice = "the app is made for 80x24 and more"
            return Finding(_GROUP, "Size", Level.WARN, text, advice)
        return Finding(_GROUP, "Size", Level.OK, text)
    return Finding(_GROUP, "Size", Level.OK, "not known: this is no terminal")


def _clipboard(said: Mapping[str, str]) -> Finding:
    try:
        way = through(said)
    except SnaptuiError as error:
        advice = f"{', '.join(map(keys.of, _COPIES))} copy nothing"
        return Finding(_GROUP, "Clipboard", Level.WARN, error.message, advice)
    return Finding(_GROUP, "Clipboard", Level.OK, _WAYS[way])
