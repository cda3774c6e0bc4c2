"""The config file's form: which keys there are, and what each may be.

It is checked by hand, for it is read before the first paint: only to import pydantic and to define
these tables with it takes nearly as long as all of Textual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from snaptui.config.settings import AWS, LOCAL, OPENSTACK, THEMES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Check = Callable[[Any], bool]
    """Whether a value can be that."""


class Fault(NamedTuple):
    """What is not as it should be.

    Attributes:
        keys: where it stands.
        kind: `missing`, `unknown` (a key that is none), `wrong` (a value), `no_cloud` (a table of
            `clouds` that has no kind), `no_kind` (there is no such kind).
    """

    keys: tuple[str, ...]
    kind: str


def faults(document: Mapping[str, Any]) -> list[Fault]:
    """All that is wrong with a file: first its own keys, then its clouds, each as its kind is.

    A cloud that is none of ours and has no kind would guard nothing, so it is refused.
    """
    found = _faults_of(document, FILE, ())
    clouds = document.get("clouds")
    for name, said in clouds.items() if isinstance(clouds, dict) else ():
        keys = ("clouds", name)
        if not isinstance(said, dict):
            found.append(Fault(keys, "wrong"))
            continue
        kind = LOCAL if name == LOCAL else said.get("kind")
        if kind is None:
            found.append(Fault(keys, "no_cloud"))
        elif not isinstance(kind, str) or (name != LOCAL and kind not in REMOTE):
            found.append(Fault((*keys, "kind"), "no_kind"))
        else:
            form = LOCAL_TABLE if name == LOCAL else {**COMMON, **REMOTE[kind]}
            found += _faults_of(said, form, keys, REQUIRED.get(kind, ()))
    return found


def _faults_of(
    table: Mapping[str, Any],
    form: Mapping[str, Check],
    above: tuple[str, ...],
    required: Sequence[str] = (),
) -> list[Fault]:
    found = []
    for name, check in form.items():
        if name in table:
            if not check(table[name]):
                found.append(Fault((*above, name), "wrong"))
            elif name == "keys":
                found += _faults_of(table[name], dict.fromkeys(table[name], _text), ("keys",))
        elif name in required:
            found.append(Fault((*above, name), "missing"))
    found += [Fault((*above, name), "unknown") for name in table if name not in form]
    return found


def _yes_or_no(value: Any) -> bool:
    return isinstance(value, bool)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _name(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _table(value: Any) -> bool:
    return isinstance(value, dict)


def _one_of(*values: str) -> Check:
    return lambda value: isinstance(value, str) and value in values


def _days(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 3650


def _seconds(value: Any) -> bool:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    return bool(0 <= value <= 86400)


def _zone(value: Any) -> bool:
    if value == LOCAL:
        return True
    from zoneinfo import ZoneInfo

    try:
        return isinstance(value, str) and ZoneInfo(value).key == value
    except (OSError, KeyError, ValueError):  # a directory of zones; ZoneInfoNotFoundError; a path
        return False


def _path(value: Any) -> bool:
    from snaptui.config.paths import user_path
    from snaptui.errors import InvalidInputError

    try:
        return isinstance(value, str) and user_path(value).is_absolute()
    except InvalidInputError:
        return False


def _address(value: Any) -> bool:
    from snaptui.config.addresses import fault_of

    return isinstance(value, str) and not (value and fault_of(value))


FILE: Mapping[str, Check] = {
    "theme": _one_of(*THEMES),
    "ascii": lambda value: _yes_or_no(value) or value == "auto",
    "mouse": _yes_or_no,
    "calm": _yes_or_no,
    "times": _one_of("relative", "exact"),
    "timezone": _zone,
    "restore_state": _yes_or_no,
    "keys": _table,
    "find_clouds": _yes_or_no,
    "clouds": _table,
}
"""The whole file."""
LOCAL_TABLE: Mapping[str, Check] = {
    "read_only": _yes_or_no,
    "repository": _path,
    "trash_days": _days,
}
"""`[clouds.local]`."""
COMMON: Mapping[str, Check] = {"kind": _text, "read_only": _yes_or_no, "refresh": _seconds}
"""What each remote cloud's table may have."""
REMOTE: Mapping[str, Mapping[str, Check]] = {
    AWS: {"region": _name, "profile": _text, "endpoint_url": _address},
    OPENSTACK: {"cloud": _text, "region": _text},
}
"""What only a kind of them has: what it needs to find one."""
REQUIRED: Mapping[str, Sequence[str]] = {AWS: ("region",)}
"""What must be there, by kind."""
