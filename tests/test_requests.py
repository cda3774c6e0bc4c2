import pytest

from snaptui.errors import InvalidInputError
from snaptui.models import JobKind
from snaptui.requests import (
    CheckRequest,
    CloneRequest,
    CreateVolumeRequest,
    ExportRequest,
    ImportRequest,
    JobRequest,
    RestoreRequest,
    SnapshotRequest,
    dump_request,
    load_request,
)


@pytest.mark.parametrize(
    "request_",
    [
        SnapshotRequest(volume_uid="vol-1", name="n", description="d", allow_fuzzy=True),
        CloneRequest(snapshot_uid="snap-1", name="n", zone="z", size_bytes=5),
        RestoreRequest(snapshot_uid="snap-1", to_path="/x"),
        CheckRequest(),
        ImportRequest(snapshot_uid="snap-1", name="n"),
        ExportRequest(snapshot_uid="snap-1", cloud="c", name="n", description="d"),
    ],
)
def test_a_request_travels_as_json(request_: JobRequest) -> None:
    assert load_request(request_.kind, dump_request(request_)) == request_


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"volume_uid": 5, "name": "n"},
        {"volume_uid": "v", "name": ["n"]},
        {"volume_uid": "v", "name": "n", "rm": "-rf"},
    ],
)
def test_what_another_version_wrote_is_refused_in_a_sentence(document: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError, match="request is not readable"):
        load_request(JobKind.SNAPSHOT, document)


def test_bad_input_is_refused_where_it_is_made() -> None:
    with pytest.raises(InvalidInputError, match="empty"):
        SnapshotRequest(volume_uid="v", name=" ")
    with pytest.raises(InvalidInputError, match="256 characters"):
        CloneRequest(snapshot_uid="s", name="x" * 256)
    with pytest.raises(InvalidInputError, match="at least one byte"):
        CreateVolumeRequest(name="n", size_bytes=0)
    for arguments in ({}, {"to_path": "/x", "in_place": True}):
        with pytest.raises(InvalidInputError, match="--in-place"):
            RestoreRequest(snapshot_uid="s", **arguments)  # type: ignore[arg-type]
