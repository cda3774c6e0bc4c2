"""Several processes at once, and processes that are killed."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from snaptui.engine.catalog import Catalog, files, writer

from . import workers
from .helpers import PROCESSES, WAIT, put, read_state, state_of


def test_processes_that_insert_at_once_lose_nothing(catalog: Catalog) -> None:
    names = ["a", "b", "c", "d"]
    count = 60
    pipes = []
    processes = []
    for name in names:
        ours, theirs = PROCESSES.Pipe()
        process = PROCESSES.Process(
            target=workers.insert, args=(catalog.directory, name, count, theirs)
        )
        process.start()
        pipes.append(ours)
        processes.append(process)
    for pipe in pipes:
        assert pipe.poll(WAIT)
        pipe.recv()
    for pipe in pipes:
        pipe.send("go")
    versions = set()
    while any(process.is_alive() for process in processes):
        if catalog.refresh():
            versions.add(catalog.sequence)
    for process in processes:
        process.join(WAIT)
        assert process.exitcode == 0
    catalog.refresh()
    assert catalog.sequence == len(names) * count
    assert len(versions) > 10, "the reader saw them come"
    assert len(catalog.rows("snapshots")) == len(names) * count
    by_transaction = sum(1 for number in range(count) if number % 3)
    assert catalog.get("volumes", "total") == {"count": len(names) * by_transaction}
    for name in names:
        assert len(catalog.related("snapshots", "volume_uid", name)) == count
    assert read_state(catalog.directory) == (catalog.sequence, state_of(catalog))
    assert files.generations(catalog.directory)[-1] > 3, "it was compacted meanwhile"


def test_a_reader_sees_whole_transactions_only(catalog: Catalog) -> None:
    rounds = 300
    process = PROCESSES.Process(
        target=workers.change_all_together, args=(catalog.directory, rounds)
    )
    process.start()
    seen = set()
    while catalog.sequence < rounds and (process.is_alive() or catalog.refresh()):
        if not catalog.refresh() or not catalog.sequence:
            continue
        value = catalog.sequence
        for table in ("volumes", "snapshots"):
            assert {row["value"] for row in catalog.rows(table).values()} == {value}
            assert len(catalog.rows(table)) == 10
        assert len(catalog.related("snapshots", "volume_uid", f"at-{value}")) == 10
        assert catalog.related("snapshots", "volume_uid", f"at-{value - 1}") == []
        sequence, state = read_state(catalog.directory)
        assert {row["value"] for row in state["volumes"].values()} == {sequence}
        seen.add(value)
    process.join(WAIT)
    assert process.exitcode == 0
    assert catalog.sequence == rounds
    assert len(seen) > 20


@pytest.mark.parametrize("seed", range(3))
def test_killed_writers_lose_nothing_that_they_acknowledged(directory: Path, seed: int) -> None:
    """Ten rounds of two writers, both killed at random: 60 kills in all."""
    chance = random.Random(seed)
    Catalog.create(directory).close()
    sequence = 0
    for round_number in range(10):
        running = []
        for name in ("x", "y"):
            ours, theirs = PROCESSES.Pipe(duplex=False)
            process = PROCESSES.Process(
                target=workers.commit_until_killed,
                args=(directory, f"{round_number}{name}", theirs),
            )
            process.start()
            theirs.close()
            running.append((f"{round_number}{name}", process, ours))
        for _, process, acknowledged in running:
            assert acknowledged.poll(WAIT)
            # Anywhere within the next few commits, so that every step of one is hit.
            time.sleep(chance.random() * 0.01)
            assert process.pid
            os.kill(process.pid, signal.SIGKILL)
        last = {}
        highest = sequence
        for name, process, acknowledged in running:
            try:
                while True:
                    last[name], number = acknowledged.recv()
                    highest = max(highest, number)
            except EOFError:
                process.join(WAIT)
        # No repair by hand: a reader sees it all, and the next writer goes on.
        sequence, state = read_state(directory)
        assert highest <= sequence <= highest + 2
        for name, number in last.items():
            for kept in range(max(1, number - 18), number + 1):
                assert state["snapshots"][f"{name}-{kept}"] == {"number": kept}
        with Catalog.open(directory) as catalog:
            put(catalog, f"round-{round_number}")
            sequence += 1
            assert catalog.sequence == sequence
    assert len(read_state(directory)[1]["volumes"]) == 10


def test_a_write_cut_short_is_set_aside(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    put(catalog, "vol-1")
    journal = catalog.directory / "journal-000001.log"
    with journal.open("ab") as file:
        file.write(b'0badc0de 2 [["volumes","vol-2",{"na')
    with Catalog.open(catalog.directory) as reader:
        assert state_of(reader) == {"volumes": {"vol-1": {}}}
        assert not (catalog.directory / "quarantine").exists()
        put(catalog, "vol-3")
        assert reader.refresh()
        assert set(reader.rows("volumes")) == {"vol-1", "vol-3"}
    kept = list((catalog.directory / "quarantine").iterdir())
    assert [path.read_bytes() for path in kept] == [b'0badc0de 2 [["volumes","vol-2",{"na']
    assert str(kept[0]) in catalog.warnings[0]
    assert kept[0].stat().st_mode & 0o777 == 0o600
    assert kept[0].parent.stat().st_mode & 0o777 == 0o700
    assert read_state(catalog.directory)[0] == 2


def test_several_compactions_by_others_are_followed(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Catalog.open(catalog.directory) as reader, Catalog.open(catalog.directory) as idle:
        for number in range(8):
            put(catalog, f"vol-{number}")
            for _ in range(number % 4):
                catalog.compact()
            assert reader.refresh()
            assert set(reader.rows("volumes")) == set(catalog.rows("volumes"))
        # Far behind: its own generation is long deleted.
        assert idle.refresh()
        assert state_of(idle) == state_of(catalog)
        put(idle, "vol-x")
        catalog.compact()
        assert "vol-x" in catalog.rows("volumes")


def test_a_compaction_by_another_is_followed_without_loading_anew(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Catalog.open(catalog.directory) as reader:
        put(catalog, "vol-1")
        catalog.compact()
        monkeypatch.setattr("snaptui.engine.catalog.loading.load", None)
        assert reader.refresh()
        put(catalog, "vol-2")
        assert reader.refresh()
        assert set(reader.rows("volumes")) == {"vol-1", "vol-2"}


def test_the_journal_is_compacted_when_it_has_grown(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "COMPACT_FROM", 5000)
    for number in range(300):
        put(catalog, f"vol-{number}", name="x" * 50)
    generations = files.generations(catalog.directory)
    # It is written as often as it doubles and not at every commit; the one before is kept.
    assert len(generations) == 2
    assert 3 <= generations[-1] <= 12
    assert read_state(catalog.directory) == (300, state_of(catalog))
