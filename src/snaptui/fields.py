"""The fields of volumes, snapshots, events and jobs: what lists of them are filtered and sorted by.

The screen and the command line share them, so that `size:>1GiB` means the same in both.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import eq, ge, gt, le, lt
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from snaptui.errors import InvalidInputError
from snaptui.text import safe_text
from snaptui.units import format_size, from_local, parse_duration, parse_size

if TYPE_CHECKING:
    from snaptui.models import Event, Job, Snapshot, Volume

T = TypeVar("T")

Test = Callable[[T], bool]
"""Whether a thing is meant."""

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {">": gt, ">=": ge, "<": lt, "<=": le, "=": eq}
_LAST = "\U0010ffff"
_DIGITS = "0123456789."
_LARGEST = 2**62  # half of what a file offset can be: nothing is larger, and twice of it is a range
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Field(ABC, Generic[T]):
    """Something a thing has, by the name that people type."""

    name: str

    @abstractmethod
    def rank(self, thing: T) -> Any:
        """What things are sorted by."""

    @abstractmethod
    def test(self, operator: str, wanted: str) -> Test[T]:
        """What `name:wanted` asks of a thing; `operator` is what stands before `wanted`, or "".

        Raises:
            InvalidInputError: that cannot be asked of this field.
        """


@dataclass(frozen=True, kw_only=True)
class TextField(Field[T]):
    """A text.

    Attributes:
        also: another text that is looked in (a volume is known by its name and its Resource UID).
    """

    value: Callable[[T], str]
    also: Callable[[T], str] | None = None

    def rank(self, thing: T) -> str:
        """Upper and lower case alike; what has none comes last."""
        return self.value(thing).casefold() or _LAST

    def test(self, operator: str, wanted: str) -> Test[T]:
        """Has it in it; with `=`, is exactly it."""
        if operator not in {"", "="}:
            raise InvalidInputError(
                f"{self.name} is a text", f"write {self.name}:part or {self.name}:=whole"
            )
        text, value = wanted.casefold(), self.value
        first = _is(value, text) if operator else _has(value, text)
        if self.also is None:
            return first
        second = _is(self.also, text) if operator else _has(self.also, text)
        return lambda thing: first(thing) or second(thing)


def _has(value: Callable[[T], str], text: str) -> Test[T]:
    return lambda thing: text in value(thing).casefold()


def _is(value: Callable[[T], str], text: str) -> Test[T]:
    return lambda thing: text == value(thing).casefold()


@dataclass(frozen=True, kw_only=True)
class SizeField(Field[T]):
    """Bytes; None where a cloud does not tell, which no test lets through."""

    value: Callable[[T], int | None]

    def rank(self, thing: T) -> int:
        """The bytes; what is not known comes before nothing."""
        value = self.value(thing)
        return -1 if value is None else value

    def test(self, operator: str, wanted: str) -> Test[T]:
        """Compares bytes; without an operator it is about what is shown (`84 MiB`)."""
        size, value = min(parse_size(wanted), _LARGEST), self.value
        if operator:
            compare = _COMPARE[operator]
            return lambda thing: (known := value(thing)) is not None and compare(known, size)
        least, most = _alike(size)
        return lambda thing: (known := value(thing)) is not None and least <= known <= most


def _alike(size: int) -> tuple[int, int]:
    """The least and the most bytes that read as `size` does."""
    shown, near = format_size(size), size // 8 + 1
    below = range(max(0, size - near), size + 1)
    above = range(size, size + near)
    least = bisect_left(below, True, key=lambda each: format_size(each) == shown)
    most = bisect_left(above, True, key=lambda each: format_size(each) != shown)
    return below[least], above[most - 1]


@dataclass(frozen=True, kw_only=True)
class CountField(Field[T]):
    """A number of things."""

    value: Callable[[T], int]

    def rank(self, thing: T) -> int:
        """The number."""
        return self.value(thing)

    def test(self, operator: str, wanted: str) -> Test[T]:
        """Compares numbers."""
        if not (wanted.isascii() and wanted.isdigit()):
            raise InvalidInputError(f"{self.name} is a number", f"write {self.name}:>3")
        number, value = int(wanted[:20]), self.value
        compare = _COMPARE[operator or "="]
        return lambda thing: compare(value(thing), number)


@dataclass(frozen=True, kw_only=True)
class TimeField(Field[T]):
    """A moment, asked for by its age (`<7d`) or its date (`2026-11`).

    Attributes:
        by_age: what happened last comes first, and what never did comes last.
    """

    value: Callable[[T], datetime | None]
    by_age: bool = False

    def rank(self, thing: T) -> float:
        """Seconds: of age, or since the epoch."""
        moment = self.value(thing)
        if self.by_age:
            return float("inf") if moment is None else -moment.timestamp()
        return float("-inf") if moment is None else moment.timestamp()

    def test(self, operator: str, wanted: str) -> Test[T]:
        """Compares ages, or dates in the time zone of the person who asks."""
        value = self.value
        if wanted.casefold() == "never" and operator in {"", "="}:
            return lambda thing: value(thing) is None
        if (date := _DATE.fullmatch(wanted)) is not None:
            return self._test_date(operator, *date.groups())
        try:
            seconds = parse_duration(wanted)
            unit = parse_duration(f"1{wanted.strip().lstrip(_DIGITS)}")
        except InvalidInputError as error:
            hint = f"write {self.name}:<7d or {self.name}:2026-11-24"
            raise InvalidInputError(f"{safe_text(wanted, 40)!r} is no age", hint) from error
        now = datetime.now(UTC)
        before = _ago(now, seconds)
        if operator in {"", "="}:
            # as ages are shown: 3 h is anything from 3 h to 4 h
            earliest = _ago(now, seconds + unit)
            return lambda thing: (at := value(thing)) is not None and earliest < at <= before
        # An older thing happened earlier, and one that never did is older than any age.
        compare = {">": lt, ">=": le, "<": gt, "<=": ge}[operator]
        if operator.startswith(">"):
            return lambda thing: (at := value(thing)) is None or compare(at, before)
        return lambda thing: (at := value(thing)) is not None and compare(at, before)

    def _test_date(self, operator: str, year: str, month: str | None, day: str | None) -> Test[T]:
        value = self.value
        try:
            begin = datetime(int(year), int(month or 1), int(day or 1))  # noqa: DTZ001 - local
            if day:
                end = begin + timedelta(days=1)
            elif month and begin.month < 12:
                end = begin.replace(month=begin.month + 1)
            else:
                end = begin.replace(year=begin.year + 1, month=1)
            first, after = from_local(begin), from_local(end)
        except (ValueError, OverflowError) as error:
            raise InvalidInputError(
                f"there is no such date as {'-'.join(filter(None, (year, month, day)))}",
                f"write {self.name}:2026-11-24",
            ) from error
        compare, edge = {
            ">": (ge, after),
            ">=": (ge, first),
            "<": (lt, first),
            "<=": (lt, after),
        }.get(operator, (ge, first))
        if operator in {"", "="}:
            return lambda thing: (at := value(thing)) is not None and first <= at < after
        return lambda thing: (at := value(thing)) is not None and compare(at, edge)


def _ago(now: datetime, seconds: float) -> datetime:
    try:
        return now - timedelta(seconds=seconds)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


class Fields(Generic[T]):
    """All fields of a kind of thing, and the text that plain words are looked for in."""

    def __init__(self, text: Callable[[T], str], *fields: Field[T]) -> None:
        self.text = text
        self._fields = {field.name: field for field in fields}

    def __getitem__(self, name: str) -> Field[T]:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def find(self, name: str) -> Field[T]:
        """The field by that name, or by a beginning that no other has.

        Raises:
            InvalidInputError: there is none.
        """
        wanted = name.casefold()
        if (exact := self._fields.get(wanted)) is not None:
            return exact
        found = [self._fields[each] for each in self._fields if wanted and each.startswith(wanted)]
        if len(found) == 1:
            return found[0]
        names = ", ".join(field.name for field in found) or ", ".join(self._fields)
        what = "several fields begin with" if found else "no field"
        raise InvalidInputError(f"{what} {safe_text(name, 40)!r}", f"there are {names}")

    def order(self, by: str) -> Callable[[Iterable[T]], list[T]]:
        """What sorts things as `COLUMN[:desc]` says; those that are alike stay in their order.

        Raises:
            InvalidInputError: there is no such column or direction.
        """
        name, colon, direction = by.partition(":")
        if colon and direction not in {"asc", "desc"}:
            raise InvalidInputError(
                f"{safe_text(direction, 40)!r} is no direction", "write asc or desc"
            )
        rank = self.find(name).rank
        return lambda things: sorted(things, key=rank, reverse=direction == "desc")


def volume_text(volume: Volume) -> str:
    """All words of a volume."""
    words = (
        volume.name,
        volume.resource_uid,
        volume.status,
        volume.zone,
        volume.path,
        _instance(volume),
        _device(volume),
    )
    return " ".join(words)


def snapshot_text(snapshot: Snapshot) -> str:
    """All words of a snapshot."""
    words = (
        snapshot.name,
        snapshot.resource_uid,
        snapshot.volume_name,
        snapshot.volume_uid,
        snapshot.status,
        snapshot.owner,
        snapshot.description,
    )
    return " ".join(words)


def event_text(event: Event) -> str:
    """All words of what happened."""
    words = (
        event.text,
        event.action,
        event.user,
        event.origin,
        event.subject_uid,
        event.related_uid or "",
    )
    return " ".join(words)


def job_text(job: Job) -> str:
    """All words of a job."""
    words = (
        job.kind,
        job.status,
        job.subject_name,
        job.subject_uid,
        job.name,
        job.resource_uid,
        job.owner,
        job.summary,
        job.hint,
    )
    return " ".join(words)


def _instance(volume: Volume) -> str:
    used = volume.attachment
    return f"{used.instance_name} {used.instance}".strip() if used else ""


def _device(volume: Volume) -> str:
    return volume.attachment.device if volume.attachment else ""


def _encrypted(thing: Volume | Snapshot) -> str:
    return "" if thing.encrypted is None else "yes" if thing.encrypted else "no"


def _tags(thing: Volume | Snapshot) -> str:
    return " ".join(f"{key}={value}" for key, value in thing.tags.items()) if thing.tags else ""


VOLUME_FIELDS: Fields[Volume] = Fields(
    volume_text,
    TextField(name="name", value=lambda v: v.name),
    TextField(name="uid", value=lambda v: v.resource_uid),
    SizeField(name="size", value=lambda v: v.size_bytes),
    TextField(name="status", value=lambda v: v.status),
    TextField(name="zone", value=lambda v: v.zone),
    TextField(name="attached", value=_instance, also=_device),
    CountField(name="snapshots", value=lambda v: v.snapshot_count),
    TimeField(name="age", value=lambda v: v.last_snapshot_at, by_age=True),
    TextField(name="owner", value=lambda v: v.owner),
    TimeField(name="created", value=lambda v: v.created_at),
    TextField(name="path", value=lambda v: v.path),
    TextField(name="type", value=lambda v: v.volume_type),
    TextField(name="encrypted", value=_encrypted),
    TextField(name="tags", value=_tags),
)

SNAPSHOT_FIELDS: Fields[Snapshot] = Fields(
    snapshot_text,
    TextField(name="name", value=lambda s: s.name),
    TextField(name="uid", value=lambda s: s.resource_uid),
    TextField(name="volume", value=lambda s: s.volume_name, also=lambda s: s.volume_uid),
    TimeField(name="age", value=lambda s: s.created_at, by_age=True),
    TimeField(name="created", value=lambda s: s.created_at),
    SizeField(name="size", value=lambda s: s.size_bytes),
    SizeField(name="data", value=lambda s: s.data_bytes),
    SizeField(name="new", value=lambda s: s.new_bytes),
    SizeField(name="stored", value=lambda s: s.stored_bytes),
    TextField(name="status", value=lambda s: s.status),
    TextField(name="consistency", value=lambda s: s.consistency or ""),
    TextField(name="visibility", value=lambda s: s.visibility or ""),
    TextField(name="owner", value=lambda s: s.owner),
    TextField(name="description", value=lambda s: s.description),
    TextField(name="tier", value=lambda s: s.storage_tier),
    TextField(name="encrypted", value=_encrypted),
    TextField(name="tags", value=_tags),
)

EVENT_FIELDS: Fields[Event] = Fields(
    event_text,
    TextField(name="what", value=lambda e: e.text or e.action, also=lambda e: e.action),
    TextField(name="who", value=lambda e: e.user),
    TextField(name="from", value=lambda e: e.origin),
    TextField(name="of", value=lambda e: e.subject_uid, also=lambda e: e.related_uid or ""),
    TimeField(name="age", value=lambda e: e.at, by_age=True),
    TimeField(name="at", value=lambda e: e.at),
)

JOB_FIELDS: Fields[Job] = Fields(
    job_text,
    TextField(name="kind", value=lambda j: j.kind),
    TextField(name="status", value=lambda j: j.status),
    TextField(name="of", value=lambda j: j.subject_name, also=lambda j: j.subject_uid),
    TextField(name="name", value=lambda j: j.name),
    TextField(name="uid", value=lambda j: j.resource_uid),
    TextField(name="owner", value=lambda j: j.owner),
    TextField(name="cloud", value=lambda j: j.cloud),
    TextField(name="outcome", value=lambda j: j.summary, also=lambda j: j.hint),
    TimeField(name="age", value=lambda j: j.created_at, by_age=True),
    TimeField(name="created", value=lambda j: j.created_at),
    TimeField(name="ended", value=lambda j: j.ended_at),
)
