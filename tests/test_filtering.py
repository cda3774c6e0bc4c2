"""The language of filters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snaptui.errors import InvalidInputError
from snaptui.fields import SNAPSHOT_FIELDS, VOLUME_FIELDS
from snaptui.filtering import Filter, Term, terms
from snaptui.models import Attachment, SnapshotStatus, VolumeStatus
from snaptui.units import format_size
from tests.tui.fake import GIB, make_snapshot, make_volume

MIB = 1024**2
NOW = datetime.now(UTC)
WEB = make_volume(1, "web-data", zone="rack-a", status=VolumeStatus.IN_USE, owner="ann")
DB = make_volume(
    2,
    "DB main",
    size_bytes=3 * GIB,
    snapshot_count=5,
    last_snapshot_at=NOW - timedelta(hours=3, minutes=20),
    attachment=Attachment(volume_uid="vol-00000002", instance="db1", device="/dev/vdb"),
)
OLD = make_volume(3, "a:b", size_bytes=1, last_snapshot_at=NOW - timedelta(days=9))
VOLUMES = [WEB, DB, OLD]

FIRST = make_snapshot(1, WEB, "nightly-1", new_bytes=84 * MIB, description="before the upgrade")
BROKEN = make_snapshot(2, WEB, "nightly-2", status=SnapshotStatus.ERROR, new_bytes=84 * MIB + 9000)
OTHER = make_snapshot(
    300, DB, "keep", new_bytes=2 * GIB, created_at=datetime(2026, 2, 3, 12, tzinfo=UTC)
)
SNAPSHOTS = [FIRST, BROKEN, OTHER]  # fmt: skip


def volumes(text: str) -> list[str]:
    return [v.name for v in filter(Filter(text, VOLUME_FIELDS), VOLUMES)]


def snapshots(text: str) -> list[str]:
    return [s.name for s in filter(Filter(text, SNAPSHOT_FIELDS), SNAPSHOTS)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", []),
        ("   ", []),
        ("web", [Term("web")]),
        ("web  nightly", [Term("web"), Term("nightly")]),
        ("!web", [Term("web", negated=True)]),
        ("!", []),
        ('"', []),
        ('""', []),
        ('"two words" x', [Term("two words"), Term("x")]),
        ('"not closed', [Term("not closed")]),
        ('a"b c"d', [Term("ab cd")]),
        ('"a:b"', [Term("a:b")]),
        ('!"a b"', [Term("a b", negated=True)]),
        ("size:>1GiB", [Term("1GiB", field="size", operator=">")]),
        ("size:>=1GiB", [Term("1GiB", field="size", operator=">=")]),
        ("!age:<7d", [Term("7d", negated=True, field="age", operator="<")]),
        ("name:=web", [Term("web", field="name", operator="=")]),
        ('name:">x"', [Term(">x", field="name")]),
        ('name:="a b"', [Term("a b", field="name", operator="=")]),
        ("name:", [Term("", field="name")]),
        ("path:/a:b", [Term("/a:b", field="path")]),
        (":x", [Term(":x")]),
        (">5", [Term(">5")]),
    ],
)
def test_terms(text: str, wanted: list[Term]) -> None:
    assert list(terms(text)) == wanted


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["web-data", "DB main", "a:b"]),
        ("WEB", ["web-data"]),
        ("db main", ["DB main"]),
        ('"db main"', ["DB main"]),
        ('"main db"', []),
        ("!web", ["DB main", "a:b"]),
        ("!web !db", ["a:b"]),
        ('"a:b"', ["a:b"]),
        ('name:"a:b"', ["a:b"]),
        ("name:db", ["DB main"]),
        ("name:=db", []),
        ('name:="db MAIN"', ["DB main"]),
        ("uid:0002", ["DB main"]),
        ("zone:rack", ["web-data"]),
        ("status:in-use", ["web-data"]),
        ("!status:in-use", ["DB main", "a:b"]),
        ("owner:ann", ["web-data"]),
        ("own:ann", ["web-data"]),
        ("attached:db1", ["DB main"]),
        ("attached:vdb", ["DB main"]),
        ("size:>3GiB", ["web-data"]),
        ("size:>=3g", ["web-data", "DB main"]),
        ("size:<3GiB", ["a:b"]),
        ("size:20GiB", ["web-data"]),
        ("size:=1", ["a:b"]),
        ("size:99999999999999999999E", []),
        ("snapshots:5", ["DB main"]),
        ("snapshots:<5", ["web-data", "a:b"]),
        ("age:<1d", ["DB main"]),
        ("age:3h", ["DB main"]),
        ("age:>7d", ["web-data", "a:b"]),
        ("!age:<7d", ["web-data", "a:b"]),
        ("age:never", ["web-data"]),
        ("age:<999999999y", ["DB main", "a:b"]),
        ("size:>1 !name:web", ["DB main"]),
    ],
)
def test_volumes(text: str, found: list[str]) -> None:
    assert volumes(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nightly", ["nightly-1", "nightly-2"]),
        ("upgrade", ["nightly-1"]),
        ("description:upgrade", ["nightly-1"]),
        ("volume:web", ["nightly-1", "nightly-2"]),
        ("volume:vol-00000002", ["keep"]),
        ("volume:=web", []),
        ("volume:=WEB-DATA", ["nightly-1", "nightly-2"]),
        ("status:error", ["nightly-2"]),
        ("new:84MiB", ["nightly-1", "nightly-2"]),
        ("new:=84MiB", ["nightly-1"]),
        ("new:>84MiB", ["nightly-2", "keep"]),
        ("created:2026-02", ["keep"]),
        ("created:2026-2-3", ["keep"]),
        ("created:<2026-03-01", ["keep"]),
        ("created:<=2026-02-03", ["keep"]),
        ("created:<2026-02-03", []),
        ("created:>2026-02-03 volume:db", []),
        ("created:>=2026-02-03 volume:db", ["keep"]),
        ("created:>2025 volume:db", ["keep"]),
        ("created:2026 volume:db", ["keep"]),
    ],
)
def test_snapshots(text: str, found: list[str]) -> None:
    assert snapshots(text) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ownr:ann", "no field 'ownr'"),
        ("http://x", "no field 'http'"),
        ("s:x", "several fields begin with 's': there are"),
        ("size:", "size: needs something"),
        ("size:big", "'big' is not a size"),
        ("size:>10GB", "binary or decimal"),
        ("snapshots:many", "snapshots is a number"),
        ("snapshots:²", "snapshots is a number"),
        ("age:<soon", "write age:<7d"),
        ("age:never-ever", "is no age"),
        ("age:2026-13", "no such date as 2026-13"),
        ("created:9999-12-31", "no such date"),
        ("created:0000", "no such date"),
        ("created:٢٠٢٦", "is no age"),
        ("name:>web", "name is a text"),
        ("status:<=x", "status is a text"),
        ("\x1b]0;x\x07:y", "no field ']0;x'"),
    ],
)
def test_what_is_not_understood_is_told(text: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Filter(text, VOLUME_FIELDS)
    assert said in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_an_unknown_field_names_those_there_are() -> None:
    with pytest.raises(InvalidInputError) as caught:
        Filter("foo:x", SNAPSHOT_FIELDS)
    for name in SNAPSHOT_FIELDS:
        assert name in caught.value.hint
    assert "quote" in caught.value.hint


@pytest.mark.parametrize(
    ("new", "old", "narrows"),
    [
        ("webs", "web", True),
        ("web x", "web", True),
        ("web", "webs", False),
        ("web !x", "web", True),
        ("web", "web !x", False),
        ("x", "web", False),
        ("", "", True),
        ("web !xy", "web !x", False),
    ],
)
def test_what_narrows_a_filter(new: str, old: str, narrows: bool) -> None:
    later, before = Filter(new, VOLUME_FIELDS), Filter(old, VOLUME_FIELDS)
    assert later.narrows(before) is narrows
    if narrows:
        assert set(volumes(new)) <= set(volumes(old))


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("name", ["a:b", "DB main", "web-data"]),
        ("name:desc", ["web-data", "DB main", "a:b"]),
        ("size", ["a:b", "DB main", "web-data"]),
        ("size:desc", ["web-data", "DB main", "a:b"]),
        ("age", ["DB main", "a:b", "web-data"]),
        ("age:desc", ["web-data", "a:b", "DB main"]),
        ("zone:asc", ["DB main", "a:b", "web-data"]),
        ("owner:desc", ["DB main", "a:b", "web-data"]),
        ("attached", ["DB main", "web-data", "a:b"]),
        ("sna", ["web-data", "a:b", "DB main"]),
    ],
)
def test_orders(by: str, names: list[str]) -> None:
    assert [volume.name for volume in VOLUME_FIELDS.order(by)(VOLUMES)] == names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("type:gp3", ["ebs"]),
        ("encrypted:yes", ["ebs"]),
        ("enc:no", ["plain"]),
        ("tags:env=prod", ["ebs"]),
        ("tag:team", ["ebs", "plain"]),
    ],
)
def test_what_remote_clouds_tell_of_volumes(text: str, found: list[str]) -> None:
    tags = {"env": "prod", "team": "a"}
    there = [
        make_volume(1, "ebs", volume_type="gp3", encrypted=True, tags=tags),
        make_volume(2, "plain", encrypted=False, tags={"team": "b"}),
        make_volume(3, "local"),
    ]
    assert [each.name for each in there if Filter(text, VOLUME_FIELDS)(each)] == found


def test_what_remote_clouds_tell_of_snapshots() -> None:
    cold = make_snapshot(1, WEB, storage_tier="archive", encrypted=True, tags={"env": "prod"})
    for text in ("tier:archive", "encrypted:yes", "tags:env=prod"):
        passes = Filter(text, SNAPSHOT_FIELDS)
        assert passes(cold)
        assert not passes(FIRST)


@pytest.mark.parametrize("by", ["", "colour", "size:down", "size:", ":desc"])
def test_an_order_that_is_not_understood(by: str) -> None:
    with pytest.raises(InvalidInputError):
        VOLUME_FIELDS.order(by)


@given(st.integers(0, 1 << 60), st.integers(-(1 << 20), 1 << 20))
def test_a_size_without_a_sign_means_all_that_read_alike(size: int, away: int) -> None:
    other = max(0, size + away)
    passes = Filter(f"size:{size}", VOLUME_FIELDS)
    volume = make_volume(1, size_bytes=other)
    assert passes(volume) == (format_size(size) == format_size(other))
