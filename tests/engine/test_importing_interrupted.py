"""Importing that is cancelled, fails, or is killed: it leaves nothing."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from snaptui.engine import Repository
from snaptui.engine.operations.importing import (
    ImportOptions,
    import_snapshot,
)
from snaptui.errors import (
    InvalidInputError,
    JobCancelledError,
    NoSpaceError,
    ReadOnlyError,
    SourceError,
)
from snaptui.progress import no_progress
from tests.engine.supply import SIZE, WHEN, Cloud, block, origin
from tests.support import ACTOR, python, restored


def nothing_left(repository: Repository) -> None:
    """Neither a snapshot nor a map, a pack, a lease or its directory, nor an event of it."""
    layout = repository.layout
    for directory in (layout.maps, layout.packs, layout.staging):
        assert not list(directory.iterdir()), directory
    with Repository.open(repository.path) as again:
        assert again.snapshots() == []
        assert not again.catalog.rows("leases")
        assert again.events() == []


@pytest.mark.parametrize("phase", ["fetching", "syncing"])
def test_cancelled_it_leaves_nothing(repository: Repository, cloud: Cloud, phase: str) -> None:
    def cancel(now: str, done: int, _total: int) -> None:
        if now == phase and done > 3 * SIZE:
            raise JobCancelledError("enough")

    with pytest.raises(JobCancelledError):
        cloud.bring(repository, "snap-a", progress=cancel)
    nothing_left(repository)


def test_what_fails_on_the_way_leaves_nothing(repository: Repository, cloud: Cloud) -> None:
    supply = cloud.supply("snap-a", None)

    def broken() -> Iterator[tuple[int, bytes | None]]:
        for number, data in [*supply.blocks][:3]:
            yield number, bytes(data or b"")
        raise SourceError("block 9 was damaged on the way")

    options = ImportOptions(name="a", volume_name="web", created_at=WHEN, origin=origin("snap-a"))
    with pytest.raises(SourceError, match="damaged on the way"):
        import_snapshot(
            repository, options, lambda _: replace(supply, blocks=broken()), ACTOR, no_progress
        )
    nothing_left(repository)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"blocks": [(3, block(1)), (2, block(2))]}, "out of order"),
        ({"blocks": [(3, block(1)), (3, block(2))]}, "out of order"),
        ({"blocks": [(64, block(1))]}, "past the end"),
        ({"blocks": [(-1, block(1))]}, "out of order"),
        ({"blocks": [(1, b"short")]}, "5 bytes"),
        ({"block_size": 512}, "not possible"),
        ({"size_bytes": 0}, "no snapshot"),
        ({"since_base": True}, "no snapshot"),
    ],
    ids=str,
)
def test_a_supply_that_is_none_is_refused(
    repository: Repository, cloud: Cloud, changes: dict[str, Any], error: str
) -> None:
    supply = replace(cloud.supply("snap-a", None), **changes)
    options = ImportOptions(name="a", volume_name="web", created_at=WHEN, origin=origin("snap-a"))
    with pytest.raises((SourceError, InvalidInputError), match=error):
        import_snapshot(repository, options, lambda _: supply, ACTOR, no_progress)
    nothing_left(repository)


def test_nothing_is_asked_of_anybody_in_read_only_mode(
    repository: Repository, cloud: Cloud
) -> None:
    with Repository.open(repository.path, read_only=True) as reading:
        with pytest.raises(ReadOnlyError):
            cloud.bring(reading, "snap-a")
        assert cloud.sent == []


def fail_after(patch: pytest.MonkeyPatch, call: str, left: int) -> None:
    """The disk is full after so many calls."""
    original = getattr(os, call)
    calls = iter(range(left))

    def full(*args: Any, **options: Any) -> Any:
        if next(calls, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        return original(*args, **options)

    patch.setattr(os, call, full)


@pytest.mark.parametrize("call", ["writev", "fsync", "rename"])
def test_a_full_disk_loses_nothing(
    repository: Repository, cloud: Cloud, tmp_path: Path, call: str
) -> None:
    """Whenever it is full: each call of a kind fails in turn, until the import gets by."""
    first = cloud.bring(repository, "snap-a")
    before = {path.name for path in repository.layout.maps.iterdir()}
    cloud.blocks[5] = block(500)
    cloud.snapshot("snap-b")
    failed = 0
    while True:
        with pytest.MonkeyPatch.context() as patch:
            fail_after(patch, call, failed)
            try:
                second = cloud.bring(repository, "snap-b", first)
            except NoSpaceError:
                failed += 1
                assert failed < 100
            else:
                break
        with Repository.open(repository.path) as again:
            assert [each.resource_uid for each in again.snapshots()] == [first.resource_uid]
            assert {path.name for path in again.layout.maps.iterdir()} == before
            assert again.check().clean
    assert failed
    assert restored(repository, second, tmp_path) == cloud.bytes_of("snap-b")


KILLED = """
import sys
from itertools import count
from snaptui.engine import Repository
from tests.engine.supply import Cloud, block
from tests.support import killed_at

path, base = sys.argv[1:]
cloud = Cloud()
cloud.blocks = {number: block(number) for number in (0, 1, 2)}
cloud.snapshot("snap-a")
cloud.blocks[1] = block(7)
del cloud.blocks[2]
cloud.snapshot("snap-b")


for number in count(1):
    killed_at(number, path, lambda it: cloud.bring(it, "snap-b", it.snapshot(base)))
    with Repository.open(path) as after:
        found = [each.origin["snapshot_uid"] for each in after.snapshots()]
        assert found in (["snap-a"], ["snap-b", "snap-a"]), (number, found)
        assert after.check().clean, number
        assert not after.catalog.rows("leases"), number
        assert len(list(after.layout.maps.iterdir())) == len(found), number
        assert len(list(after.layout.packs.iterdir())) == len(found), number
        if len(found) == 2:
            break
print(number)
"""


def test_killed_at_any_step_it_is_there_or_it_is_not(
    repository: Repository, tmp_path: Path
) -> None:
    cloud = Cloud()
    cloud.blocks = {number: block(number) for number in (0, 1, 2)}
    cloud.snapshot("snap-a")
    first = cloud.bring(repository, "snap-a")
    assert int(python(KILLED, repository.path, first.resource_uid)) > 10
    repository.refresh()
    second = repository.snapshots()[0]
    data = restored(repository, second, tmp_path)
    assert data[:SIZE] == block(0)
    assert data[SIZE : 2 * SIZE] == block(7)
    assert not any(data[2 * SIZE :])
