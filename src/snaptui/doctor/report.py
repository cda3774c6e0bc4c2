"""What the doctor found, as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

GROUPS = ("Versions", "Terminal", "Configuration", "Repository", "Host", "Clouds", "Extras")
"""The groups, in the order they are told."""


class Level(StrEnum):
    """How good or bad a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        group: what it belongs to, one of `GROUPS`.
        title: what was looked at.
        level: how good or bad it is.
        text: what is so.
        advice: what to do about it, or what it costs; empty where nothing has to be done.
    """

    group: str
    title: str
    level: Level
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the doctor found."""

    findings: tuple[Finding, ...]

    @property
    def failed(self) -> bool:
        """Whether something is broken."""
        return any(each.level is Level.FAIL for each in self.findings)

    @property
    def summary(self) -> str:
        """One sentence over all of it."""
        counts = Counter(each.level for each in self.findings)
        parts = [f"{counts[Level.OK]} in order"]
        if counts[Level.WARN]:
            parts.append(f"{counts[Level.WARN]} to know about")
        if counts[Level.FAIL]:
            parts.append(f"{counts[Level.FAIL]} broken")
        return ", ".join(parts)

    def grouped(self) -> Iterator[tuple[str, list[Finding]]]:
        """The groups that have findings, each with them."""
        for group in GROUPS:
            if found := [each for each in self.findings if each.group == group]:
                yield group, found


Look = Callable[[], Iterable[Finding]]


def guarded(group: str, title: str, look: Look) -> list[Finding]:
    """What a look finds; that it cannot be taken is a finding, too."""
    found: list[Finding] = []
    try:
        found.extend(look())
    except Exception as error:  # noqa: BLE001 - what is examined may be broken in any way
        text = f"cannot be looked at: {type(error).__name__}: {error}"
        found.append(Finding(group, title, Level.FAIL, text))
    return found
