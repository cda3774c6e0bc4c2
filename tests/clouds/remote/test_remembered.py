"""The last inventory on disk, and everything that may be wrong with it."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snaptui.clouds.remote.remembered import RememberedInventory
from snaptui.clouds.remote.stored import (
    READERS,
    NotReadableError,
    stored,
    volume_or_snapshot,
)
from snaptui.models import (
    Attachment,
    Consistency,
    ReadMethod,
    Snapshot,
    SnapshotStatus,
    Visibility,
    Volume,
    VolumeStatus,
    Zone,
)
from tests.clouds.remote.damage import damage
from tests.clouds.remote.fake import START, a_snapshot, a_volume

WHO = ("prod", "aws", {"region": "us-east-1"})
AT = "2026-11-25T12:00:00Z"


@pytest.fixture
def inventory(tmp_path: Path) -> RememberedInventory:
    return RememberedInventory(tmp_path / "a" / "b", *WHO)


@pytest.fixture
def full() -> tuple[Volume, Snapshot]:
    """Both with every field set."""
    attachment = Attachment(volume_uid="v", instance="i-1", device="/dev/sdf", since=START)
    volume = a_volume(
        "wéb\x1b[31m",
        block_size=4096,
        status=VolumeStatus.IN_USE,
        path="/p",
        managed=False,
        source_snapshot_uid="snap-1",
        attachment=attachment,
        other_attachments=(replace(attachment, instance="i-2", since=None),),
        snapshot_count=3,
        last_snapshot_at=START,
        reason="r",
        description="d",
        volume_type="gp3",
        encrypted=False,
        tags={"a": "b", "": ""},
    )
    snapshot = a_snapshot(
        volume,
        description="d",
        visibility=Visibility.SHARED,
        status=SnapshotStatus.PENDING,
        volume_name="web",
        block_size=1,
        data_bytes=0,
        new_bytes=0,
        stored_bytes=5,
        parent_uid="snap-0",
        consistency=Consistency.STABLE,
        read_method=ReadMethod.FULL,
        job_uid="job-1",
        reason="r",
        pinned=True,
        percent=0,
        shared_with=("1", "2"),
        encrypted=True,
        storage_tier="archive",
        tags={"x": "y"},
    )
    return volume, snapshot


def test_every_field_comes_back_as_it_was(
    inventory: RememberedInventory, full: tuple[Volume, Snapshot]
) -> None:
    plain = (a_volume(""), a_snapshot("vol-1", "", visibility=None))
    inventory.write([full[0], plain[0]], [full[1], plain[1]])
    known = inventory.read()
    assert known is not None
    assert known.volumes == [full[0], plain[0]]
    assert known.snapshots == [full[1], plain[1]]
    assert timedelta(0) <= datetime.now(UTC) - known.at < timedelta(minutes=5)


def test_nothing_is_something_to_remember(inventory: RememberedInventory) -> None:
    assert inventory.read() is None
    inventory.write([], [])
    known = inventory.read()
    assert known is not None
    assert (known.volumes, known.snapshots) == ([], [])
    inventory.forget()
    assert inventory.read() is None
    inventory.forget()


def test_what_cannot_be_forgotten_keeps_nothing_else(inventory: RememberedInventory) -> None:
    inventory.path.mkdir(parents=True)  # no file: it cannot be unlinked
    inventory.offer.learn(zones=[Zone(name="nova")])
    assert inventory.offer.path.exists()
    inventory.forget()
    assert inventory.path.exists()
    assert not inventory.offer.path.exists()


def test_it_is_for_the_user_alone(inventory: RememberedInventory) -> None:
    before = os.umask(0)
    try:
        inventory.write([a_volume()], [])
    finally:
        os.umask(before)
    assert stat.S_IMODE(inventory.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(inventory.path.parent.stat().st_mode) == 0o700
    assert set(inventory.path.parent.iterdir()) == {inventory.path, inventory.offer.path}


def test_each_cloud_has_its_own(tmp_path: Path) -> None:
    others = [
        RememberedInventory(tmp_path, *who)
        for who in (
            WHO,
            ("other", "aws", {"region": "us-east-1"}),
            ("prod", "openstack", {"region": "us-east-1"}),
            ("prod", "aws", {"region": "eu-west-1"}),
            ("prod", "aws", {"region": "us-east-1", "profile": "x"}),
        )
    ]
    assert len({each.path for each in others}) == len(others)


@pytest.mark.parametrize("what", ["full", "no place", "file in the way"])
def test_that_it_cannot_be_written_is_no_matter(
    inventory: RememberedInventory, what: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    inventory.write([a_volume("before")], [])
    if what == "full":

        def replaced(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "replace", replaced)
    elif what == "no place":
        inventory = RememberedInventory(Path("/proc/nowhere"), *WHO)
    else:
        (tmp_path / "file").touch()
        inventory = RememberedInventory(tmp_path / "file", *WHO)
    inventory.write([a_volume("after")], [])
    if what == "full":
        assert set(inventory.path.parent.iterdir()) == {inventory.path, inventory.offer.path}
        known = inventory.read()
        assert known is not None
        assert known.volumes[0].name == "before"
    else:
        assert inventory.read() is None


# -- damage


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_file_that_is_damaged_in_any_byte_is_as_if_it_were_not_there(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    inventory = RememberedInventory(tmp_path_factory.mktemp("inventory"), *WHO)
    inventory.write([a_volume()], [a_snapshot("vol-1")])
    damage(inventory.path, data)
    assert inventory.read() is None


def put(inventory: RememberedInventory, *lines: str, **head: Any) -> None:
    """Write a whole file, with good checksums; `head` is what it says instead of what is so."""
    body = "".join(f"{line}\n" for line in lines).encode()
    document = {
        "at": AT,
        "volumes": 0,
        "snapshots": 0,
        "sha256": hashlib.sha256(body).hexdigest(),
        **head,
    }
    put_head(inventory, json.dumps(document).encode(), body)


def put_head(inventory: RememberedInventory, head: bytes, body: bytes = b"") -> None:
    """Write a head as it is, with a good checksum."""
    checksum = hashlib.sha256(head).hexdigest().encode()
    inventory.path.parent.mkdir(parents=True, exist_ok=True)
    inventory.path.write_bytes(b"snaptui inventory 2 %s %s\n%s" % (checksum, head, body))


def test_another_format_is_not_read(inventory: RememberedInventory) -> None:
    put(inventory)
    assert inventory.read() is not None
    for other in (b"inventory 1", b"inventory 3"):
        put(inventory)
        content = inventory.path.read_bytes()
        inventory.path.write_bytes(content.replace(b"inventory 2", other))
        assert inventory.read() is None
        assert inventory.head() is None


def test_a_file_of_the_format_before_is_as_if_it_were_not_there(
    inventory: RememberedInventory,
) -> None:
    body = f"{AT}\n{json.dumps(stored(a_volume()))}\n".encode()
    inventory.path.parent.mkdir(parents=True)
    old = b"snaptui inventory 1 %s\n%s" % (hashlib.sha256(body).hexdigest().encode(), body)
    inventory.path.write_bytes(old)
    assert inventory.head() is None
    assert inventory.read() is None
    inventory.write([], [])
    assert inventory.read() is not None


# -- the head


def test_the_head_tells_when_it_was_and_how_much_without_the_things(
    inventory: RememberedInventory, full: tuple[Volume, Snapshot]
) -> None:
    assert inventory.head() is None
    inventory.write([full[0], a_volume()], [full[1]])
    head, known = inventory.head(), inventory.read()
    assert head is not None
    assert known is not None
    assert (head.at, head.volumes, head.snapshots) == (known.at, 2, 1)
    line, _, body = inventory.path.read_bytes().partition(b"\n")
    inventory.path.write_bytes(line + b"\n" + body[:-1] + b"?")
    assert inventory.head() == head  # what comes after it was not looked at
    assert inventory.read() is None
    inventory.path.write_bytes(line[:-1])
    assert inventory.head() is None


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_head_that_is_damaged_in_any_byte_tells_nothing(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    inventory = RememberedInventory(tmp_path_factory.mktemp("inventory"), *WHO)
    inventory.write([a_volume()], [])
    content = bytearray(inventory.path.read_bytes())
    at = data.draw(st.integers(0, content.index(b"\n")))
    content[at] ^= data.draw(st.integers(1, 255))
    inventory.path.write_bytes(content)
    assert inventory.head() is None


@pytest.mark.parametrize(
    "head",
    [b"", b"{", b"[]", b"null", b"{}", b"[" * 900, b'{"at":"2026-11-25T12:00:00Z"}', b"\xff"],
)
def test_a_head_that_is_none_of_ours_is_not_read(
    inventory: RememberedInventory, head: bytes
) -> None:
    put_head(inventory, head)
    assert inventory.head() is None
    assert inventory.read() is None


@pytest.mark.parametrize(
    "wrong", [{"volumes": "1"}, {"volumes": None}, {"snapshots": True}, {"volumes": -1}, {"at": 1}]
)
def test_a_value_of_another_type_in_the_head_is_not_read(
    inventory: RememberedInventory, wrong: dict[str, Any]
) -> None:
    put(inventory, **wrong)
    assert inventory.head() is None
    assert inventory.read() is None


@pytest.mark.parametrize(
    "line", ["", "{", "[]", "null", "[" * 100_000, '{"is":"zone"}', '{"is":[]}', "1" * 10_000]
)
def test_a_line_that_is_none_of_ours_is_not_read(inventory: RememberedInventory, line: str) -> None:
    put(inventory, line)
    assert inventory.read() is None


def test_a_time_that_is_none_is_not_read(inventory: RememberedInventory) -> None:
    for at in ("", "yesterday", "\N{SNOWMAN}", "2026-11-25T12:00:00", "0001-01-01T00:00:00Z"):
        put(inventory, at=at)
        assert inventory.head() is None
        assert inventory.read() is None


def test_a_directory_in_its_place_is_not_read(inventory: RememberedInventory) -> None:
    inventory.path.mkdir(parents=True)
    assert inventory.read() is None
    assert inventory.head() is None
    inventory.write([a_volume()], [])
    assert inventory.path.is_dir()


WRONG: list[Any] = [None, True, 1, -1, 2**63, 1.5, "x", [], ["x"], [["x"]], {}, {"x": 1}, {"x": []}]


def test_there_is_a_reader_for_each_type_of_field() -> None:
    for model in (Volume, Snapshot, Attachment):
        for field in fields(model):
            assert str(field.type).removesuffix(" | None") in READERS


def test_a_value_of_another_type_never_gets_through(full: tuple[Volume, Snapshot]) -> None:
    tried = 0
    for thing in full:
        good = stored(thing)
        assert volume_or_snapshot(good) == thing
        for name, wrong in ((name, wrong) for name in good for wrong in WRONG):
            document = {**good, name: wrong}
            try:
                read = volume_or_snapshot(document)
            except (NotReadableError, ValueError):
                tried += 1
                continue
            value = getattr(read, name)
            if wrong is None:
                kind = next(str(field.type) for field in fields(thing) if field.name == name)
                assert (value, kind.endswith(" | None")) == (None, True)
                continue
            assert type(value) is type(getattr(thing, name)), (name, wrong)
            if isinstance(value, (tuple, dict)):
                parts = value if isinstance(value, tuple) else value.values()
                assert all(type(each) is str for each in parts), (name, wrong)
    assert tried > 300


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.pop("resource_uid"),
        lambda document: document.pop("size_bytes"),
        lambda document: document.pop("status"),
        lambda document: document.pop("created_at"),
        lambda document: document.update(more="x"),
        lambda document: document.update(created_at="2026-11-25T12:00:00"),
        lambda document: document.update(created_at="0001-01-01T00:00:00Z"),
        lambda document: document.update(created_at="9999-12-31T23:59:59Z"),
        lambda document: document["attachment"].update(instance=[]),
        lambda document: document["attachment"].update(more=1),
        lambda document: document["other_attachments"].append("x"),
    ],
)
def test_what_is_missing_or_too_much_does_not_get_through(
    change: Callable[[dict[str, Any]], object], full: tuple[Volume, Snapshot]
) -> None:
    document = json.loads(json.dumps(stored(full[0])))
    change(document)
    with pytest.raises((NotReadableError, ValueError)):
        volume_or_snapshot(document)
