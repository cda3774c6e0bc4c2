"""Where one was, kept in a file of the user's from one start to the next.

Nothing here fails the app: a file that is missing, damaged or cannot be written is as good as none.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from snaptui.text import safe_text
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.table_choices import TableChoice, TableChoices
from snaptui.tui.trail import Stop

if TYPE_CHECKING:
    from pathlib import Path

_SIZE_LIMIT = 1024 * 1024
JUMPS_MAX = 50
_REPOSITORIES_MAX = 50
"""The repositories that were left longest ago are forgotten."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is restored.

    Attributes:
        stop: the place, the tab and the row.
        in_pane: whether the focus was there, and not in the tree.
        filter: what was typed to filter the rows.
        tables: columns and orders that were chosen.
        theme: the theme that was chosen in the app, if any.
        jumps: what was gone to from the jump line, the last one last.
    """

    stop: Stop | None = None
    in_pane: bool = False
    filter: str = ""
    tables: TableChoices = field(default_factory=dict)
    theme: str = ""
    jumps: tuple[str, ...] = ()


class StateFile:
    """The file with the state of all repositories; this is about one of them."""

    def __init__(self, path: Path, repository: str, theme: str) -> None:
        """The state of a repository.

        Args:
            path: the file.
            repository: the absolute path of the repository.
            theme: the theme that is set: once another is set, the choice made before is void.
        """
        self._path = path
        self._repository = repository
        self._theme = theme

    def read(self) -> Remembered:
        """What was written; whatever is not understood is left out."""
        document = self._document()
        mine = _table(_table(document.get("repositories")).get(self._repository))
        theme = _table(document.get("theme"))
        return Remembered(
            stop=_stop(mine),
            in_pane=mine.get("in_pane") is True,
            filter=_text(mine.get("filter")),
            tables=_tables(mine.get("tables")),
            jumps=_lines(mine.get("jumps")),
            theme=_text(theme.get("chosen")) if theme.get("over") == self._theme else "",
        )

    def write(self, remembered: Remembered) -> None:
        """Write it, all or nothing; what cannot be written is lost without a word."""
        with suppress(OSError, ValueError):
            document = self._document()
            repositories = _table(document.get("repositories"))
            repositories[self._repository] = {
                "left_at": datetime.now(UTC).isoformat(),
                **({} if remembered.stop is None else asdict(remembered.stop)),
                "in_pane": remembered.in_pane,
                "filter": remembered.filter,
                "jumps": list(remembered.jumps),
                "tables": {kind: asdict(choice) for kind, choice in remembered.tables.items()},
            }
            newest = sorted(
                repositories.items(),
                key=lambda item: _text(_table(item[1]).get("left_at")),
                reverse=True,
            )
            document["repositories"] = dict(newest[:_REPOSITORIES_MAX])
            if remembered.theme:
                document["theme"] = {"chosen": remembered.theme, "over": self._theme}
            self._replace(json.dumps(document, indent=1))

    def _document(self) -> dict[str, Any]:
        try:
            with self._path.open("rb") as file:
                return _table(json.loads(file.read(_SIZE_LIMIT)))
        except (OSError, ValueError, RecursionError):
            return {}

    def _replace(self, text: str) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=".state-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(name, self._path)  # noqa: PTH105 - a name, not a path
        except BaseException:
            with suppress(OSError):
                os.unlink(name)  # noqa: PTH108 - a name, not a path
            raise


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _lines(value: object) -> tuple[str, ...]:
    """Lines that can be shown and typed again."""
    given = value[-JUMPS_MAX:] if isinstance(value, list) else []
    return tuple(each for each in given if isinstance(each, str) and each == safe_text(each))


def _stop(mine: dict[str, Any]) -> Stop | None:
    place = _table(mine.get("place"))
    with suppress(ValueError):
        kind = PlaceKind(_text(place.get("kind")))
        cloud, uid = _text(place.get("cloud")), _text(place.get("uid"))
        if cloud:
            return Stop(Place(cloud, kind, uid), _text(mine.get("tab")), _text(mine.get("key")))
    return None


def _tables(value: object) -> TableChoices:
    choices: TableChoices = {}
    for kind, each in _table(value).items():
        choice = _table(each)
        columns = {
            which: shown
            for which, shown in _table(choice.get("columns")).items()
            if isinstance(shown, bool)
        }
        sort, descending = _text(choice.get("sort")), choice.get("descending") is True
        choices[kind] = TableChoice(columns, sort, descending)
    return choices
