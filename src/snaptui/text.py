"""Outside text made safe to show.

Names, descriptions, paths and tags come from elsewhere. Before any of them reaches a terminal it
passes `safe_text`: control characters (C0 and C1, among them the escape that begins a terminal
sequence) and bidirectional controls are taken out, so that a name can neither write the admin's
clipboard nor show itself reversed. The screen then shows the result as `Text`/`Content`, never as
markup.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from snaptui.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME_MAX = 255
DESCRIPTION_MAX = 4096

# C0 + DEL + C1; bidirectional marks, embeddings, overrides and isolates (Unicode UAX #9); line and
# paragraph separators; zero-width no-break space; tags; lone surrogates (undecodable path bytes).
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANK = re.compile("[\t\n\r\v\f]+")


def safe_text(text: object, limit: int | None = None) -> str:
    """`text` as one line that is safe to print on a terminal.

    White space that breaks lines becomes a blank, unsafe characters vanish, undecodable bytes show
    as U+FFFD. With `limit`, a longer text is cut and ends in an ellipsis.
    """
    result = str(text)
    if not (result.isascii() and result.isprintable()):
        result = _UNSAFE.sub("", _BLANK.sub(" ", result))
        result = _SURROGATE.sub("\ufffd", result)
    if limit is not None and len(result) > limit:
        result = result[: max(0, limit - 1)] + "…"
    return result


def count_of(count: int, noun: str) -> str:
    """`1 volume`, `12 volumes`."""
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"


def counted(names: Sequence[str], noun: str = "snapshot") -> str:
    """`Snapshot nightly`, or how many they are."""
    return f"{noun.capitalize()} {names[0]}" if len(names) == 1 else f"{len(names)} {noun}s"


def were(names: Sequence[str], done: str, noun: str = "snapshot") -> str:
    """`Snapshot nightly was successfully deleted.`, or `2 volumes were successfully deleted.`"""
    return f"{counted(names, noun)} {'was' if len(names) == 1 else 'were'} successfully {done}."


def checked_name(name: str) -> str:
    """`name`, if it may be the name of a volume, snapshot or zone.

    Raises:
        InvalidInputError: it is empty, too long, or has control characters.
    """
    if not name.strip():
        raise InvalidInputError("the name is empty", "give a name")
    if len(name) > NAME_MAX:
        raise InvalidInputError(
            f"the name is {len(name)} characters long", f"at most {NAME_MAX} are possible"
        )
    if safe_text(name) != name:
        raise InvalidInputError(
            "the name has control characters, line breaks or undecodable bytes",
            "use letters, digits, blanks and punctuation",
        )
    if name != name.strip():
        raise InvalidInputError("the name begins or ends with a blank", "take the blank away")
    return name


def name_or(name: str, other: str) -> str:
    """`name`, if something here may be called so; other clouds have other rules. Else `other`."""
    try:
        return checked_name(name)
    except InvalidInputError:
        return other


def checked_description(description: str) -> str:
    """`description`, if it may describe a snapshot (it may be empty and have several lines).

    Raises:
        InvalidInputError: it is too long or has control characters other than line breaks and tabs.
    """
    if len(description) > DESCRIPTION_MAX:
        raise InvalidInputError(
            f"the description is {len(description)} characters long",
            f"at most {DESCRIPTION_MAX} are possible",
        )
    plain = re.sub("[\t\n\r]", "", description)
    if safe_text(plain) != plain:
        raise InvalidInputError(
            "the description has control characters", "use printable characters and line breaks"
        )
    return description


def file_stem(name: str) -> str:
    """A file name made from `name`: safe in a shell and a directory, never hidden, never empty."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", ascii_name).strip("-.")
    return stem[:100] or "volume"
