"""Which clouds there are: those that are set, then those that are found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from snaptui.clouds import open_cloud, registry
from snaptui.clouds.following import follow
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

    def identities(
        self, every: Sequence[Mapping[str, str]], environ: Mapping[str, str]
    ) -> Sequence[tuple[str, ...]]:
        return [tuple(sorted(options.values())) for options in every]

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


def test_what_lacks_something_is_meant_only_where_nothing_else_can_be() -> None:
    lacking = KnownCloud(name="aws default", kind="aws", lacks=("region",))
    known = Known((KnownCloud(name="aws work eu-1", kind="aws"), lacking))
    assert known.find("aws").name == "aws work eu-1"
    assert known.find("default") == known.find("aws default") == lacking


def test_the_name_of_what_was_found_means_what_took_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Jobs keep the name that a cloud had; what is there by a name is that."""
    finds(monkeypatch, openstack=[a_find("openstack lab", "openstack", cloud="lab")])
    free = CloudConfig(kind="openstack", options={"cloud": "lab"})
    guarded = CloudConfig(kind="openstack", options={"cloud": "lab"}, read_only=True)
    for clouds, meant in (
        ({"mine": free}, "mine"),
        ({"mine": free, "safe": guarded}, "safe"),
        ({"safe": guarded, "mine": free}, "safe"),
        ({"mine": free, "openstack lab": free}, "openstack lab"),
    ):
        known = known_clouds(Config(clouds=clouds))
        assert [each.name for each in known.clouds] == list(clouds)
        for find in (known.find, known.get):
            assert find("openstack lab").name == meant
        assert known.find("lab").name == meant
        found_as = ("openstack lab",) if meant != "openstack lab" else ()
        assert known.get(meant).found_as == found_as
    lab = KnownCloud(name="mine lab", kind="x")
    known = Known((lab, KnownCloud(name="b", kind="x")), replaced={"openstack lab": "b"})
    assert known.find("lab").name == "mine lab"
    twins = Known(known.clouds, replaced={"os 1": "b", "os 2": "b"})
    assert twins.find("os").name == "b"
    with pytest.raises(NotFoundError):
        known.get("lab")
    # a whole name is no beginning of another one
    longer = Known((lab, KnownCloud(name="os 12", kind="x")), replaced={"os 1": "mine lab"})
    assert [each("os 1").name for each in (longer.find, longer.get)] == ["mine lab", "mine lab"]


def test_what_is_followed_knows_how_it_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, {"mine": FakeProvider()})
    known = KnownCloud(name="mine", kind="openstack", found_as=("openstack lab",))
    assert follow(known, lambda: None).found_as == ("openstack lab",)
    assert follow(KnownCloud(name="mine", kind="openstack"), lambda: None).found_as == ()


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


# -- the same cloud by another way: what is read-only in the one must not be changed in the other

CLOUDS = """
clouds:
  a:
    auth: {auth_url: "https://os/identity", username: u, password: p, project_name: web}
    region_name: R
  reader:
    auth: {auth_url: "https://os/identity/v3/", username: r, password: p, project_name: web}
    region_name: R
  b:
    auth: {auth_url: "https://os/identity", username: u, password: p, project_id: "17"}
    regions: [R, S]
"""
AWS_CONFIG = """
[default]
region = us-east-1
aws_access_key_id = AKIA1
[profile again]
region = us-east-1
aws_access_key_id = AKIA1
[profile other]
region = us-east-1
aws_access_key_id = AKIA2
[profile role]
region = us-east-1
aws_access_key_id = AKIA1
role_arn = arn:aws:iam::2:role/x
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "clouds.yaml").write_text(CLOUDS)
    (tmp_path / "config").write_text(AWS_CONFIG)
    (tmp_path / "credentials").touch()
    return {
        "HOME": str(tmp_path),
        "OS_CLIENT_CONFIG_FILE": str(tmp_path / "clouds.yaml"),
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }


def left(environ: Mapping[str, str], kind: str, **options: str) -> list[str]:
    """What is found beside a cloud that is set to be read-only."""
    lab = CloudConfig(kind=kind, options=options, read_only=True)
    known = known_clouds(Config(clouds={"lab": lab}), environ)
    assert known.problems == ()
    assert known.clouds[0].name == "lab"
    return [each.name for each in known.clouds[1:] if each.kind == kind]


@pytest.mark.parametrize(
    ("options", "more", "gone"),
    [
        # by the name in the file, or another login of the same project
        ({"cloud": "a"}, {}, "a reader"),
        ({"cloud": "reader", "region": "R"}, {}, "a reader"),
        ({"cloud": "a", "region": "T"}, {}, ""),
        ({"cloud": "b"}, {}, "b:R"),  # the first is meant where none is named
        ({"cloud": "b", "region": "S"}, {}, "b:S"),
        # which is meant by none
        ({}, {}, ""),
        ({}, {"OS_CLOUD": "b"}, "b:R"),
        (
            {},
            {
                "OS_AUTH_URL": "https://os/identity",
                "OS_PROJECT_NAME": "web",
                "OS_REGION_NAME": "R",
            },
            "a reader environment",
        ),
        ({"cloud": "a"}, {"OS_AUTH_URL": "https://other", "OS_PROJECT_NAME": "web"}, "a reader"),
    ],
)
def test_an_openstack_project_is_there_once(
    environ: dict[str, str], options: dict[str, str], more: dict[str, str], gone: str
) -> None:
    every = ["openstack a", "openstack reader", "openstack b R", "openstack b S"]
    every += ["openstack environment"] if "OS_AUTH_URL" in more else []
    hidden = [f"openstack {each.replace(':', ' ')}" for each in gone.split()]
    found = left(environ | more, "openstack", **options)
    assert found == [each for each in every if each not in hidden]


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


@pytest.mark.parametrize("first", ["free", "guarded"])
def test_the_same_account_under_another_name_is_found_and_what_is_read_only_of_it_counts(
    environ: dict[str, str], first: str
) -> None:
    """Else a copy could be made where nothing is to be changed, by way of another profile."""
    options = {"region": "eu-west-1", "profile": "again"}  # has the key of the usual one
    guarded = CloudConfig(kind="aws", options=options, read_only=True)
    free = CloudConfig(kind="aws", options={"region": "eu-west-1"})
    both = {"free": free, "guarded": guarded}
    here = CloudConfig(kind="aws", options={"region": "us-east-1"})
    clouds = {"here": here, first: both.pop(first), **both}
    found = in_region(known_clouds(Config(clouds=clouds), environ), "here", "eu-west-1", environ)
    assert found is not None
    assert (found.name, found.read_only) == ("guarded", True)
    alone = known_clouds(Config(clouds={"here": here, "guarded": guarded}), environ)
    assert in_region(alone, "here", "eu-west-1", environ) == found


KEYS = {"AWS_ACCESS_KEY_ID": "AKIA2", "AWS_SECRET_ACCESS_KEY": "s"}


@pytest.mark.parametrize(
    ("options", "more", "found"),
    [
        # without a profile the usual one is meant, and its key may be in others
        ({"region": "us-east-1"}, {}, ["aws other us-east-1", "aws role us-east-1"]),
        (
            {"region": "us-east-1", "profile": "other"},
            {},
            ["aws us-east-1", "aws again us-east-1", "aws role us-east-1"],
        ),
        (
            {"region": "us-east-1"},
            {"AWS_PROFILE": "other"},
            ["aws again us-east-1", "aws default us-east-1", "aws role us-east-1"],
        ),
        (
            {"region": "us-east-1"},
            KEYS,
            ["aws default us-east-1", "aws again us-east-1", "aws role us-east-1"],
        ),
        # a role is another account's, as a rule
        (
            {"region": "us-east-1", "profile": "role"},
            {},
            ["aws us-east-1", "aws again us-east-1", "aws other us-east-1"],
        ),
        # elsewhere
        (
            {"region": "eu-west-1"},
            {},
            [
                "aws us-east-1",
                "aws again us-east-1",
                "aws other us-east-1",
                "aws role us-east-1",
            ],
        ),
    ],
)
def test_an_account_of_aws_is_there_once(
    environ: dict[str, str], options: dict[str, str], more: dict[str, str], found: list[str]
) -> None:
    assert left(environ | more, "aws", **options) == found


@pytest.mark.parametrize(
    ("options", "hidden"),
    [
        ({"profile": "bare", "region": "eu-1"}, "aws bare"),
        # whoever says the region may say the address, too
        ({"profile": "bare", "region": "eu-1", "endpoint_url": "http://x"}, "aws bare"),
        # has the same key
        ({"profile": "twin", "region": "eu-1"}, "aws bare aws twin"),
        ({"profile": "other", "region": "eu-1"}, "aws other"),
        ({"region": "eu-1"}, ""),
    ],
)
def test_what_has_no_region_is_hidden_where_one_is_set(
    environ: dict[str, str], options: dict[str, str], hidden: str
) -> None:
    Path(environ["AWS_CONFIG_FILE"]).write_text(
        "[profile bare]\naws_access_key_id = AKIA1\n[profile twin]\naws_access_key_id = AKIA1\n"
        "[profile other]\naws_access_key_id = AKIA2\n"
    )
    if options.get("profile") == "bare":
        hidden += " aws twin"
    every = ["aws bare", "aws other", "aws twin"]
    assert left(environ, "aws", **options) == [each for each in every if each not in hidden]
    # by its name none is meant: there may be others, in other regions
    lab = CloudConfig(kind="aws", options=options)
    assert known_clouds(Config(clouds={"lab": lab}), environ).replaced == {}
