"""Which clouds there are besides the local one: those that are set, and those that are found.

A cloud is set in the config file; or it is found in the AWS and OpenStack tools' own config. No
cloud is contacted here, and nothing of its kind is imported before it is made.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from snaptui.config.settings import KINDS, LOCAL, REFRESH_SECONDS
from snaptui.errors import AmbiguousError, InvalidInputError, NotFoundError, SnaptuiError
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from snaptui.clouds.remote.found import FoundCloud
    from snaptui.clouds.remote.provider import Provider
    from snaptui.clouds.remote.remembered import RememberedInventory
    from snaptui.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCloud:
    """A remote cloud that can be opened.

    Attributes:
        name: what it is called.
        kind: `aws`, `openstack`.
        options: what its kind needs to find it.
        read_only: nothing in it may be changed.
        refresh: every so many seconds the app lists it anew; 0: only when asked to.
        origin: who says that there is such a cloud, in words.
        is_set: the config file says so.
        found_as: what those were called that were found and whose place it took: what was done then
            is written down under these names.
        lacks: see `FoundCloud`.
    """

    name: str
    kind: str
    options: Mapping[str, str] = field(default_factory=dict)
    read_only: bool = False
    refresh: float = REFRESH_SECONDS
    origin: str = ""
    is_set: bool = False
    found_as: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """All remote clouds, in the order they are shown in.

    Attributes:
        clouds: those that are set, then those that are found.
        problems: why some may be missing: a `clouds.yaml` that cannot be read, or is not there.
        replaced: what those that were found are called whose place one that is set has taken, and
            what that one is called.
    """

    clouds: tuple[KnownCloud, ...] = ()
    problems: tuple[str, ...] = ()
    replaced: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> KnownCloud:
        """The cloud of that name, or the one that took its place.

        Jobs and what happened are written down with the name that a cloud had when it was found.

        Raises:
            NotFoundError: there is none.
        """
        for meant in (name, self.replaced.get(name)):
            for cloud in self.clouds:
                if cloud.name == meant:
                    return cloud
        names = ", ".join([LOCAL, *(cloud.name for cloud in self.clouds)])
        more = f"; {self.problems[0]}" if self.problems else ""
        raise NotFoundError(f"there is no cloud {safe_text(name, 80)!r}", f"known: {names}{more}")

    def find(self, reference: str) -> KnownCloud:
        """The cloud that a person means: its name, or how only one's begins or ends.

        `lab` and `openstack l` are enough for `openstack lab`; an end is whole words.

        Raises:
            NotFoundError: there is none.
            AmbiguousError: there are several.
        """
        said = reference.strip().casefold()
        names = [each.name for each in self.clouds]
        if not said or reference in names or reference in self.replaced:
            return self.get(reference)  # the whole of a name, also of one that jobs keep
        complete = [each.name for each in self.clouds if not each.lacks]
        fits = _answering(said, complete) or _answering(said, names)
        fits = fits or _answering(said, self.replaced)
        if len({self.get(each).name for each in fits}) > 1:
            raise AmbiguousError(
                f"{len(fits)} clouds answer to {safe_text(reference, 80)!r}",
                f"they are: {', '.join(fits)}",
            )
        return self.get(fits[0] if fits else reference)


def _answering(said: str, names: Iterable[str]) -> list[str]:
    """Which names begin so, or end in these whole words."""
    return [
        name
        for name in names
        if (folded := name.casefold()).startswith(said) or folded.endswith(f" {said}")
    ]


def known_clouds(config: Config, environ: Mapping[str, str] = os.environ) -> Known:
    """Which remote clouds there are. Reads files; contacts nobody."""
    clouds = [
        KnownCloud(
            name=name,
            kind=each.kind,
            options=each.options,
            read_only=each.read_only,
            refresh=each.refresh,
            origin=config.origin(f"clouds.{name}.kind"),
            is_set=True,
        )
        for name, each in config.clouds.items()
        if each.kind
    ]
    if not config.find_clouds:
        return Known(tuple(clouds))
    names = {LOCAL, *(cloud.name for cloud in clouds)}
    problems: list[str] = []
    every = _found(environ, problems)
    same = _same(clouds, every, environ)
    replaced: dict[str, str] = {}
    for each in every:
        if each.name in names or (each.lacks and _is_set(each, clouds, environ)):
            continue
        if (each.kind, each.name) in same:
            replaced[each.name] = same[each.kind, each.name]
            continue
        names.add(each.name)
        clouds.append(
            KnownCloud(
                name=each.name,
                kind=each.kind,
                options=each.options,
                origin=each.origin,
                lacks=each.lacks,
            )
        )
    for at, cloud in enumerate(clouds):
        if found_as := tuple(old for old, name in replaced.items() if name == cloud.name):
            clouds[at] = replace(cloud, found_as=found_as)
    return Known(tuple(clouds), tuple(problems), replaced)


def _same(
    clouds: Sequence[KnownCloud], found: Sequence[FoundCloud], environ: Mapping[str, str]
) -> dict[tuple[str, str], str]:
    """Those that were found and are what the config file sets under another name, or says less of.

    Otherwise what is read-only in the one could be changed by way of the other: of several that are
    set, one that is read-only stands for it.

    Returns:
        What those that are set are called, by kind and name of what was found.
    """
    same: dict[tuple[str, str], str] = {}
    for kind in KINDS:
        known = [each for each in clouds if each.kind == kind]
        known.sort(key=lambda each: not each.read_only)
        every = [each for each in found if each.kind == kind]
        if known and every:
            identities = _package(kind).identities
            taken: dict[tuple[str, ...] | None, str] = {}
            theirs = identities([each.options for each in known], environ)
            for one, its in zip(known, theirs, strict=True):
                if its is not None:
                    taken.setdefault(its, one.name)
            those = identities([each.options for each in every], environ)
            same.update(
                ((each.kind, each.name), taken[its])
                for each, its in zip(every, those, strict=True)
                if its in taken
            )
    return same


def _is_set(found: FoundCloud, clouds: Sequence[KnownCloud], environ: Mapping[str, str]) -> bool:
    """Whether a cloud that is set says what one that is found lacks.

    It does not take that one's place: several may, each in another region.
    """
    known = [each for each in clouds if each.is_set and each.kind == found.kind]
    if not known:
        return False
    every = [found.options, *(each.options for each in known)]
    meant, *theirs = _package(found.kind).identities(
        [{key: each[key] for key in each if key not in found.lacks} for each in every], environ
    )
    return meant in theirs


def _found(environ: Mapping[str, str], problems: list[str]) -> list[FoundCloud]:
    """What is found; a file that cannot be read hides only its own clouds."""
    clouds: list[FoundCloud] = []
    for kind in KINDS:
        try:
            clouds += _package(kind).found(environ)
        except SnaptuiError as error:
            problems.append(str(error))
        problems += _package(kind).missing(environ)
    return clouds


def in_region(
    known: Known, name: str, region: str, environ: Mapping[str, str] = os.environ
) -> KnownCloud | None:
    """What is known of the same account as a cloud's in another region; None when nothing is.

    Whatever it is called, and by whichever profile: of several, one that is read-only.
    """
    here = known.get(name)
    wanted = {**here.options, "region": region}
    every = [each for each in known.clouds if each.kind == here.kind]
    identities = _package(here.kind).identities
    meant, *those = identities([wanted, *(each.options for each in every)], environ)
    fits = [
        each for each, its in zip(every, those, strict=True) if meant is not None and its == meant
    ]
    fits.sort(key=lambda each: (not each.read_only, dict(each.options) != wanted))
    return fits[0] if fits else None


def make_provider(cloud: KnownCloud, environ: Mapping[str, str] = os.environ) -> Provider:
    """What speaks to a cloud; it asks it nothing yet.

    Raises:
        InvalidInputError: there is no such kind.
    """
    if cloud.kind not in KINDS:
        raise InvalidInputError(
            f"there is no kind of clouds {safe_text(cloud.kind, 40)!r}",
            f"use {' or '.join(KINDS)}",
        )
    return _package(cloud.kind).make_provider(cloud.name, cloud.options, environ)


def check_options(
    kind: str, options: Mapping[str, str], environ: Mapping[str, str] = os.environ
) -> Sequence[str]:
    """What may be wrong with what is about to be set of a cloud, a sentence each; asks nobody.

    Raises:
        CloudInvalidError: something is wrong for certain; the hint has what there is.
    """
    return _package(kind).check(options, environ)


def remembered_inventory(cloud: KnownCloud) -> RememberedInventory:
    """Where a cloud's last inventory is, if it was ever listed."""
    from snaptui.clouds.remote.remembered import RememberedInventory
    from snaptui.config import inventory_path

    return RememberedInventory(inventory_path(), cloud.name, cloud.kind, cloud.options)


class _Kind(Protocol):
    """What the package of a kind of clouds has, named as the kind is."""

    def found(self, environ: Mapping[str, str]) -> Sequence[FoundCloud]:
        """The clouds that the ecosystem's own config names."""

    def identities(
        self, every: Sequence[Mapping[str, str]], environ: Mapping[str, str]
    ) -> Sequence[tuple[str, ...] | None]:
        """What clouds with these options lead to; None where that is not known."""

    def check(self, options: Mapping[str, str], environ: Mapping[str, str]) -> Sequence[str]:
        """What may be wrong with a cloud's options; raises where it is for certain."""

    def missing(self, environ: Mapping[str, str]) -> Sequence[str]:
        """Which files the environment names and are not there, a sentence each."""

    def make_provider(
        self, name: str, options: Mapping[str, str], environ: Mapping[str, str]
    ) -> Provider:
        """What speaks to one of them."""


def _package(kind: str) -> _Kind:
    return cast("_Kind", import_module(f"snaptui.clouds.{kind}"))
