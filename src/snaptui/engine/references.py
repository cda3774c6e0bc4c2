"""Finding a volume, snapshot or job by what a person types."""

from __future__ import annotations

import re
from shlex import quote
from typing import TYPE_CHECKING, Any

from snaptui.errors import AmbiguousError, InvalidInputError, NotFoundError
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHOWN = 3
_SHORTEST = 4
"""Digits without their `vol-` are at least so many: `db` is a name, also when nothing has it any
more, and must not mean whatever volume's UID begins with D and B."""
_KIND = re.compile(r"^(?:vol|snap|job)-")  # what OpenStack gives out begins with none
_WHOLE_UID = re.compile(
    r"(?:vol|snap|job)-[0-9A-F]{8}"  # ours; not: nightly-20261125
    r"|(?:vol|snap|i)-[0-9a-f]{8}(?:[0-9a-f]{9})?"  # EC2's
    r"|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"  # OpenStack's
)


def resolve(
    noun: str, reference: str, rows: Mapping[str, Mapping[str, Any]], *, cloud: str = ""
) -> str:
    """The UID of the one row that `reference` means.

    A whole UID is that one and no other, even if it is gone and something is named like it. Else a
    name comes first, then a prefix of a UID (in any case, with or without its `vol-`): a name that
    somebody gave must not be hidden by a UID that happens to begin like it.

    Args:
        noun: what is looked for: `volume`, `snapshot`, `job`.
        reference: what was typed.
        rows: what there is, by UID.
        cloud: where else than in the local cloud it was looked for.

    Raises:
        InvalidInputError: the reference is empty.
        NotFoundError: nothing has that UID, name or prefix.
        AmbiguousError: several have.
    """
    if not reference:
        raise InvalidInputError(f"no {noun} is named", f"give a {noun}'s UID or name")
    if reference in rows:
        return reference
    named = (
        []
        if _WHOLE_UID.fullmatch(reference)
        else [uid for uid, row in rows.items() if row.get("name") == reference]
    )
    found = named or _by_prefix(reference, rows)
    if not found:
        raise NotFoundError(
            f"there is no {noun} {safe_text(reference, 80)!r}",
            f"see `snaptui {noun} list{f' --cloud {quote(cloud)}' if cloud else ''}`",
        )
    if len(found) > 1:
        some = ", ".join(sorted(found)[:_SHOWN]) + (", …" if len(found) > _SHOWN else "")
        raise AmbiguousError(
            f"{safe_text(reference, 80)!r} could be {len(found)} {noun}s ({some})",
            "give more of the UID",
        )
    return found[0]


def _by_prefix(reference: str, rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    wanted = reference.lower()
    if "-" in wanted:
        return [uid for uid in rows if uid.lower().startswith(wanted)]
    if len(wanted) < _SHORTEST:
        return []
    return [uid for uid in rows if _KIND.sub("", uid.lower()).startswith(wanted)]
