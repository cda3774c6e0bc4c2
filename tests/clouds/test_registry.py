"""Which clouds there are: those that are set, then those that are found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from snaptui.clouds import open_cloud, registry
from snaptui.clouds.local import LocalCloud
from snaptui.clouds.registry import (
    Known,
    KnownCloud,
    in_region,
    known_clouds,
    make_provider,
)
from snaptui.clouds.remote.cloud import RemoteCloud
from snaptui.clouds.remote.found import FoundCloud
from snaptui.config import Config
from snaptui.config.settings import CloudConfig
from snaptui.engine import Repository
from snaptui.errors import AmbiguousError, InvalidInputError, NotFoundError
from tests.clouds.remote.fake import FakeProvider, install


@dataclass
class Kinds:
    """What is found, or goes wrong, by kind."""

    found: Mapping[str, Sequence[FoundCloud] | InvalidInputError]

    def package(self, kind: str) -> Found:
        return Found(self.found.get(kind, ()))


@dataclass
class Found:
    clouds: Sequence[FoundCloud] | InvalidInputError

    def missing(self, environ: Mapping[str, str]) -> Sequence[str]:
        return [f"FILE names {environ['FILE']}"] if "FILE" in environ else []

    def found(self, environ: Mapping[str, str]) -> Sequence[FoundCloud]:
        if isinstance(self.clouds, InvalidInputError):
            raise self.clouds
        return self.clouds


def a_find(name: str, kind: str = "aws", **options: str) -> FoundCloud:
    return FoundCloud(name=name, kind=kind, options=options, origin=f"where {name} is")


def finds(
    monkeypatch: pytest.MonkeyPatch, **found: Sequence[FoundCloud] | InvalidInputError
) -> None:
    monkeypatch.setattr(registry, "_package", Kinds(found).package)


WORK = CloudConfig(kind="aws", options={"region": "us-east-1"}, read_only=True, refresh=5)


def test_what_is_set_comes_before_what_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    finds(
        monkeypatch,
        aws=[a_find("aws eu-west-1", region="eu-west-1")],
        openstack=[a_find("prod", "openstack", cloud="prod")],
    )
    known = known_clouds(Config(clouds={"work": WORK, "local": CloudConfig()}))
    assert [cloud.name for cloud in known.clouds] == ["work", "aws eu-west-1", "prod"]
    assert [cloud.is_set for cloud in known.clouds] == [True, False, False]
    work = known.get("work")
    assert (work.read_only, work.refresh, work.options) == (True, 5, {"region": "us-east-1"})
    assert known.get("prod").origin == "where prod is"


def test_what_is_found_gives_way_to_what_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name, or because it is the same cloud; nobody takes the local one's name."""
    finds(
        monkeypatch,
        aws=[a_find("aws us-east-1", region="us-east-1"), a_find("work", region="x")],
        openstack=[
            a_find("local", "openstack"),
            a_find("twice", "openstack", cloud="1"),
            a_find("twice", "openstack", cloud="2"),
        ],
    )
    known = known_clouds(Config(clouds={"work": WORK}))
    assert [cloud.name for cloud in known.clouds] == ["work", "twice"]
    assert known.get("twice").options == {"cloud": "1"}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("lab", "lab"),
        ("aws", "aws eu-west-1"),
        ("AWS EU", "aws eu-west-1"),
        ("eu-west-1", "aws eu-west-1"),
        ("openstack lab", "openstack lab"),
        (" team two ", "openstack team two"),
        ("two", "openstack team two"),
    ],
)
def test_a_cloud_is_found_by_how_only_its_name_begins_or_ends(said: str, meant: str) -> None:
    names = ("lab", "openstack lab", "openstack team two", "aws eu-west-1")
    known = Known(tuple(KnownCloud(name=each, kind="x") for each in names))
    assert known.find(said).name == meant


def test_a_cloud_that_several_or_none_answer_to_is_refused() -> None:
    names = ("openstack lab", "openstack team two", "aws lab")
    known = Known(tuple(KnownCloud(name=each, kind="x") for each in names))
    with pytest.raises(AmbiguousError, match="'lab'.*openstack lab, aws lab"):
        known.find("lab")
    for said in ("ab", "team", "", " ", "wo"):
        with pytest.raises(NotFoundError, match="known: local, openstack lab"):
            known.find(said)
    with pytest.raises(NotFoundError):  # what a job keeps is the whole name, or none
        known.get("aws")


def test_nothing_is_looked_for_when_that_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    finds(monkeypatch, aws=InvalidInputError("must not be asked"))
    known = known_clouds(Config(clouds={"work": WORK}, find_clouds=False))
    assert [cloud.name for cloud in known.clouds] == ["work"]
    assert known.problems == ()


def test_what_cannot_be_read_hides_only_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    finds(
        monkeypatch,
        aws=[a_find("aws x", region="x")],
        openstack=InvalidInputError("clouds.yaml is broken", "line 3"),
    )
    known = known_clouds(Config())
    assert [cloud.name for cloud in known.clouds] == ["aws x"]
    assert known.problems == ("clouds.yaml is broken: line 3",)
    with pytest.raises(NotFoundError, match=r"no cloud 'prod'.*local, aws x; clouds.yaml is"):
        known.get("prod")


def test_a_file_that_is_named_and_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    finds(monkeypatch, aws=[a_find("aws x", region="x")])
    known = known_clouds(Config(), {"FILE": "/nowhere"})
    assert [cloud.name for cloud in known.clouds] == ["aws x"]
    assert set(known.problems) == {"FILE names /nowhere"}
    with pytest.raises(NotFoundError, match="FILE names /nowhere"):
        known.get("prod")


def test_a_kind_that_is_none_is_refused() -> None:
    for kind in ("", "azure", "local", "remote.cloud"):
        with pytest.raises(InvalidInputError, match="use aws or openstack"):
            make_provider(KnownCloud(name="x", kind=kind))


async def test_a_cloud_is_opened_by_its_name(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = FakeProvider()
    install(monkeypatch, {"prod": provider})
    cloud = open_cloud("prod", repository, Config())
    assert isinstance(cloud, RemoteCloud)
    assert (cloud.name, cloud.provider) == ("prod", provider)
    assert provider.asked == []
    assert isinstance(open_cloud("local", repository, Config()), LocalCloud)
    with pytest.raises(NotFoundError):
        open_cloud("nothing", repository, Config())


def test_what_is_set_may_say_less_than_what_is_found_if_that_is_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else a cloud that is set to be read-only would be there once more, to be written."""
    finds(
        monkeypatch,
        openstack=[
            a_find("openstack a", "openstack", cloud="a", region="R"),
            a_find("openstack b R", "openstack", cloud="b", region="R"),
            a_find("openstack b S", "openstack", cloud="b", region="S"),
            a_find("openstack environment", "openstack", cloud="envvars"),
        ],
    )

    def names(**options: str) -> list[str]:
        lab = CloudConfig(kind="openstack", options=options)
        return [each.name for each in known_clouds(Config(clouds={"lab": lab})).clouds][1:]

    a, b, c, env = "openstack a", "openstack b R", "openstack b S", "openstack environment"
    assert names(cloud="a") == [b, c, env]
    assert names(cloud="b") == [a, b, c, env]  # which of its regions is not said
    assert names(cloud="b", region="S") == [a, b, env]
    assert names(cloud="a", region="T") == [a, b, c, env]
    assert names() == [a, b, c, env]


def test_the_same_account_in_another_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """By all that is said of it but the region: another profile is another account."""
    finds(
        monkeypatch,
        aws=[
            a_find("ops far", region="far-1", profile="ops"),
            a_find("far", region="far-1"),
            a_find("near", region="near-1"),
        ],
        openstack=[a_find("lab", "openstack", region="far-1")],
    )
    known = known_clouds(Config(clouds={"work": WORK}))
    found = in_region(known, "work", "far-1")
    assert found is not None
    assert found.name == "far"
    assert in_region(known, "work", "nowhere") is None
    with pytest.raises(NotFoundError):
        in_region(known, "nope", "far-1")
