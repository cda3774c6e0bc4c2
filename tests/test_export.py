"""Lists and comparisons as files: field names, hostile cells, and a file that is whole or not."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import stat
import typing
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from snaptui import export, models
from snaptui.errors import ConflictError, InvalidInputError, NoSpaceError, SnaptuiError
from snaptui.export import Format, as_csv, as_json, format_of, write_file
from snaptui.models import (
    Attachment,
    DiffRange,
    Event,
    Job,
    JobKind,
    JobStatus,
    Progress,
    RangeKind,
    Volume,
    VolumeStatus,
)

MOMENT = datetime(2026, 11, 25, 12, tzinfo=UTC)


def volume(name: str, attachment: Attachment | None = None) -> Volume:
    return Volume(
        resource_uid="vol-1",
        name=name,
        size_bytes=4096,
        block_size=65536,
        status=VolumeStatus.IN_USE,
        zone="default",
        path="/a.img",
        managed=True,
        created_at=MOMENT,
        owner="root",
        attachment=attachment,
    )


def event(text: str) -> Event:
    return Event(uid="event-1", at=MOMENT, user="root", origin="", action="x", subject_uid="vol-1",
                 text=text)  # fmt: skip


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_has_the_field_names_of_the_model() -> None:
    used = volume("web", Attachment(volume_uid="vol-1", instance="web1", device="vdb"))
    first, second = rows(as_csv([used, volume("db")], Volume))
    assert first["attachment.instance"] == "web1"
    assert first["status"] == "in-use"
    assert first["managed"] == "true"
    assert first["created_at"] == "2026-11-25T12:00:00.000000Z"
    assert second["attachment.instance"] == second["source_snapshot_uid"] == ""
    assert list(first)[:3] == ["resource_uid", "name", "size_bytes"]


def test_an_empty_list_has_its_head() -> None:
    assert as_csv([], DiffRange) == "offset,length,kind\n"


def test_compound_values_and_progress() -> None:
    job = Job(
        resource_uid="job-1",
        kind=JobKind.CLONE,
        cloud="local",
        status=JobStatus.RUNNING,
        subject_uid="snap-1",
        subject_name="a",
        name="b",
        owner="root",
        created_at=MOMENT,
        request={"zone": "fast"},
        progress=Progress(phase="writing", done_bytes=1, total_bytes=2),
    )
    (row,) = rows(as_csv([job], Job))
    assert json.loads(row["request"]) == {"zone": "fast"}
    assert (row["progress.phase"], row["progress.done_bytes"]) == ("writing", "1")


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1", "' =1"),
        ("\t=1", "' =1"),
        ("a=1", "a=1"),
        ('say "a, b"', 'say "a, b"'),
        ("one\ntwo", "one\ntwo"),
        ("x\x1b]52;c;ZXZpbA==\x07y\u202e", "x]52;c;ZXZpbA==y"),
        ("\x1b=1", "'=1"),
        ("bad\udcff", "bad\ufffd"),
        ("漢字", "漢字"),
    ],
)
def test_a_cell_is_neither_formula_nor_escape_sequence(text: str, cell: str) -> None:
    (row,) = rows(as_csv([event(text)], Event))
    assert row["text"] == cell


def test_numbers_are_numbers() -> None:
    (row,) = rows(as_csv([DiffRange(offset=-5, length=2, kind=RangeKind.ADDED)], DiffRange))
    assert row == {"offset": "-5", "length": "2", "kind": "added"}


def test_json_keeps_every_character() -> None:
    text = as_json([event("=\x1b\udcff")])
    assert text.isascii()
    assert json.loads(text)[0]["text"] == "=\x1b\udcff"


def test_the_ending_says_the_format() -> None:
    assert format_of("/a/b.CSV") is Format.CSV
    assert format_of("b.json") is Format.JSON
    with pytest.raises(InvalidInputError, match=r"json or \.csv"):
        format_of("/a/b.txt")


def test_a_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    write_file(path, "text\n")
    assert path.read_text() == "text\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["out.json"]


def test_what_is_there_is_replaced_only_when_told(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("before")
    with pytest.raises(ConflictError, match="exists already"):
        write_file(path, "after")
    assert path.read_text() == "before"
    write_file(path, "after", replace=True)
    assert path.read_text() == "after"
    assert os.listdir(tmp_path) == ["out.json"]


def test_what_is_no_plain_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("before")
    link, fifo = tmp_path / "link", tmp_path / "fifo"
    link.symlink_to("target")
    os.mkfifo(fifo)
    for path in (link, fifo, tmp_path):
        with pytest.raises(ConflictError, match="no plain file"):
            write_file(path, "after", replace=True)
    assert link.is_symlink()
    assert (tmp_path / "target").read_text() == "before"


def test_a_name_that_is_taken_meanwhile_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.json"
    monkeypatch.setattr(export, "_refuse_what_is_there", lambda *_a, **_k: path.write_text("mine"))
    with pytest.raises(ConflictError):
        write_file(path, "after")
    assert path.read_text() == "mine"
    assert os.listdir(tmp_path) == ["out.json"]


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    path = tmp_path / "out.json"
    write_file(path, "text")
    assert path.read_text() == "text"
    with pytest.raises(ConflictError):
        write_file(path, "after")


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "out.json"
    path.write_text("before")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NoSpaceError):
        write_file(path, "after", replace=True)
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["out.json"]


@pytest.mark.parametrize("path", ["/nowhere/at/all/out.json", "/proc/out.json", "a\0b.json"])
def test_what_cannot_be_written_says_why(path: str) -> None:
    with pytest.raises(SnaptuiError):
        write_file(Path(path), "text")


@pytest.mark.parametrize("name", models.__all__)
def test_the_types_of_all_models_can_be_looked_up(name: str) -> None:
    """Whoever exports them asks for the types of their fields, when the program runs."""
    model = getattr(models, name)
    if is_dataclass(model):
        assert typing.get_type_hints(model).keys() == {each.name for each in fields(model)}
