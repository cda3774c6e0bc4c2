"""The clipboard of the person's own terminal, wherever it is: OSC 52, through tmux and screen.

Over SSH the clipboard is at the other end. A terminal that is told `ESC ] 52 ; c ; base64 BEL` puts
the text there; tmux and GNU screen stand between, and have to be told to pass it on.
"""

from __future__ import annotations

import base64
import os
from enum import Enum
from typing import TYPE_CHECKING, Any

from snaptui.errors import SnaptuiError
from snaptui.text import safe_text
from snaptui.tui.spans import outside
from snaptui.units import format_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import App

BASE64_MAX = 74_994
"""What the most widely used terminals take (xterm, and hterm's limit after it)."""
CHUNK_MAX = 768
"""The longest string sequence that every GNU screen takes, its beginning and end included."""

_ESCAPE, _BELL = "\x1b", "\a"
_DCS, _END = f"{_ESCAPE}P", f"{_ESCAPE}\\"
_WITHOUT = frozenset(
    {"linux", "vt52", "vt100", "vt102", "vt220", "vt320", "ansi", "cons25", "dumb", "unknown"}
)


class Through(Enum):
    """What stands between us and the terminal."""

    NOTHING = "nothing"
    TMUX = "tmux"
    SCREEN = "screen"
    EITHER = "either"
    """TERM says `screen`, which tmux says too, and over SSH nothing else is known."""


def through(environment: Mapping[str, str]) -> Through:
    """What this environment says about what stands between.

    Raises:
        SnaptuiError: the terminal has no clipboard that a program can write.
    """
    terminal = environment.get("TERM", "")
    if environment.get("TMUX") or terminal.startswith("tmux"):
        return Through.TMUX
    if environment.get("STY"):
        return Through.SCREEN
    if terminal.startswith("screen"):
        return Through.EITHER
    if not terminal or terminal in _WITHOUT:
        raise SnaptuiError(
            f"this terminal ({safe_text(terminal, 20) or 'without a name'}) has no clipboard "
            "that a program can write"
        )
    return Through.NOTHING


def sequence(text: str, environment: Mapping[str, str]) -> str:
    """What to send to the terminal so that its clipboard has `text`.

    Raises:
        SnaptuiError: there is no such clipboard, or the text is too long for it.
    """
    way = through(environment)
    data = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    if len(data) > BASE64_MAX:
        most = format_size(BASE64_MAX * 3 // 4)
        raise SnaptuiError(f"this is more than a terminal's clipboard takes ({most})")
    plain = f"{_ESCAPE}]52;c;{data}{_BELL}"
    match way:
        case Through.NOTHING:
            return plain
        case Through.TMUX:
            # Plainly for `set-clipboard on`, passed through for `allow-passthrough on`.
            doubled = plain.replace(_ESCAPE, _ESCAPE * 2)
            return f"{plain}{_DCS}tmux;{doubled}{_END}"
        case Through.SCREEN:
            return _in_chunks(plain)
        case Through.EITHER:
            # tmux takes the plain one and drops the other; screen the other way round, but it
            # would show the end of a plain one that is too long for it.
            return (plain if len(plain) <= CHUNK_MAX else "") + _in_chunks(plain)


def _in_chunks(plain: str) -> str:
    size = CHUNK_MAX - len(_DCS) - len(_END)
    return "".join(
        f"{_DCS}{plain[start : start + size]}{_END}" for start in range(0, len(plain), size)
    )


def copy(app: App[Any], text: str, what: str) -> bool:
    """Put `text` on the person's clipboard and say so, or say why not; whether it was sent.

    Only what is safe to show is sent: line breaks between lines stay, other control characters go.
    """
    safe = "\n".join(safe_text(line) for line in text.split("\n"))
    try:
        sequence(safe, os.environ)
    except SnaptuiError as error:
        app.notify(f"Not copied: {outside(str(error))}.", severity="warning", markup=False)
        return False
    app.copy_to_clipboard(safe)
    told = f"Copied {what}" + ("." if safe == text else ", without what cannot be shown.")
    app.notify(outside(told), markup=False)
    return True
