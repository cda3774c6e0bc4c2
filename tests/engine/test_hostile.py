"""A repository that somebody else wrote, on a disk somebody else brought."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
import zstandard

from snaptui.engine import Repository
from snaptui.engine.blocks import BlockDecoder, Codec, block_digest
from snaptui.errors import ConflictError, DamagedError, RepositoryError
from snaptui.jobs import Jobs
from snaptui.models import Volume
from snaptui.requests import CheckRequest
from tests.support import ACTOR, change, take


@pytest.mark.parametrize("field", ["partial_path", "writer_id", "snapshot_uid"])
def test_opening_it_deletes_nothing_outside(
    repository: Repository, tmp_path: Path, field: str
) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    files = [victim / name for name in ("pack-1.pack", "some.map", "file")]
    for file in files:
        file.write_text("precious")
    value = {
        "partial_path": str(victim / "file"),
        "writer_id": "../../victim/pack",
        "snapshot_uid": "../../victim/some",
    }[field]
    with repository.catalog.transaction() as transaction:
        document = {"kind": "clone", "writer_id": "0" * 16, field: value}
        transaction.put("leases", "lease-00000001", document)
    with suppress(DamagedError):
        Repository.open(repository.path).close()
    assert all(file.read_text() == "precious" for file in files)


def test_a_link_in_place_of_a_directory_is_refused(repository: Repository, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    (victim / "lease-00000001").mkdir(parents=True)
    (victim / "lease-00000001" / "file").write_text("precious")
    repository.layout.staging.rmdir()
    repository.layout.staging.symlink_to(victim)
    with pytest.raises(DamagedError, match="is a link"):
        Repository.open(repository.path)
    assert (victim / "lease-00000001" / "file").exists()


def test_a_link_in_the_staging_directory_is_left_alone(
    repository: Repository, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_text("precious")
    (repository.layout.staging / "lease-00000001").symlink_to(victim)
    Repository.open(repository.path).close()
    assert [path.name for path in victim.iterdir()] == ["file"]


def test_a_job_cannot_name_a_directory_elsewhere(repository: Repository, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    document = {
        "kind": "check",
        "cloud": "local",
        "status": "running",
        "subject_uid": "",
        "subject_name": "",
        "name": "",
        "owner": "x",
        "created_at": "2026-01-01T00:00:00Z",
        "request": {},
    }
    with repository.catalog.transaction() as transaction:
        transaction.put("jobs", "../../victim", document)
    with pytest.raises(DamagedError, match="no identifier"):
        Jobs(repository).list()
    assert list(victim.iterdir()) == []


def test_a_worker_imports_nothing_from_the_current_directory(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.support import wait_until

    (tmp_path / "tinydb.py").write_text(f"open('{tmp_path}/trapped', 'w').close()")
    monkeypatch.chdir(tmp_path)
    jobs = Jobs(repository)
    job = jobs.start(CheckRequest())
    wait_until(lambda: jobs.get(job.resource_uid).status.ended)
    assert jobs.get(job.resource_uid).summary == "Check found no damage in 0 snapshots."
    assert not (tmp_path / "trapped").exists()


def test_a_link_in_place_of_a_volume_is_not_written_over(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    snapshot = take(repository, volume)
    victim = tmp_path / "victim"
    image.rename(victim)
    change(victim, 0, b"precious")
    before = victim.read_bytes()
    image.symlink_to(victim)
    with pytest.raises(ConflictError, match="is a link now"):
        repository.restore_in_place(snapshot.resource_uid, actor=ACTOR)
    assert victim.read_bytes() == before


def test_a_block_that_wants_all_memory_is_refused() -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(64 * 1024 * 1024))
    for plain_length in (65536, 64 * 1024 * 1024):
        with pytest.raises(DamagedError, match="another length"):
            BlockDecoder().decode(Codec.ZSTD, bomb, plain_length, block_digest(b"x"))


@pytest.mark.parametrize(
    "changes",
    [
        {"digest_key": "blake2"},
        {"digest": "sha256"},
        {"version": "1"},
        {"repository_uid": None},
    ],
)
def test_a_header_that_is_not_ours_is_refused_in_a_sentence(
    repository: Repository, changes: dict[str, str | None]
) -> None:
    header = {**json.loads(repository.layout.header.read_text()), **changes}
    if header["repository_uid"] is None:
        del header["repository_uid"]
    repository.layout.header.write_text(json.dumps(header))
    with pytest.raises(RepositoryError):
        Repository.open(repository.path)
