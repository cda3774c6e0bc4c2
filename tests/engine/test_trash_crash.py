"""Deleting, taking back and purging, killed at every step, and two processes at it at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from snaptui.engine import Repository
from snaptui.models import Volume
from tests.support import ACTOR, MIB, change, python, restored, take

KILLED = """
import sys
from itertools import count
from snaptui.engine import Repository
from tests.support import ACTOR, killed_at

path, what, uid = sys.argv[1:]


def act(repository):
    if what == "delete":
        repository.delete_snapshot(uid, ACTOR)
    elif what == "undelete":
        repository.trash.take_back([uid], ACTOR)
    else:
        repository.trash.purge([uid], ACTOR)


for number in count(1):
    killed = killed_at(number, path, act)
    with Repository.open(path) as after:
        live = uid in {s.resource_uid for s in after.snapshots()}
        trashed = uid in {s.resource_uid for s in after.trash.list()}
        report = after.check()
        assert report.clean, report
        assert live + trashed <= 1
        if what != "purge":
            assert live + trashed == 1
        if not killed:
            assert (live, trashed) == {
                "delete": (False, True), "undelete": (True, False), "purge": (False, False)
            }[what]
            break
        if what == "delete" and trashed:
            after.trash.take_back([uid], ACTOR)
        elif what == "undelete" and live:
            after.delete_snapshot(uid, ACTOR)
        elif what == "purge" and not trashed:
            # the commit was made; a map that nothing needs may be left, which is waste
            break
print(number)
"""


@pytest.mark.parametrize("what", ["delete", "undelete", "purge"])
def test_killed_at_every_step(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path, what: str
) -> None:
    states = []
    for number in range(3):
        change(image, number * MIB, b"%d" % number)
        states.append((take(repository, volume, f"s{number}"), image.read_bytes()))
    uid = states[1][0].resource_uid
    if what != "delete":
        repository.delete_snapshot(uid, ACTOR)
    assert int(python(KILLED, repository.path, what, uid)) > 2, "it was killed at some steps"
    with Repository.open(repository.path) as after:
        for snapshot, data in (states[0], states[2]):
            assert restored(after, snapshot, tmp_path) == data
        if what == "delete":
            after.trash.take_back([uid], ACTOR)
        if what != "purge":
            assert after.snapshots() == [states[2][0], states[1][0], states[0][0]]
            assert restored(after, states[1][0], tmp_path) == states[1][1]
        else:
            assert after.snapshot(states[2][0].resource_uid).parent_uid == (
                states[0][0].resource_uid
            )


BUSY = """
import random, sys
from snaptui.engine import Actor, Repository

path, seed = sys.argv[1], int(sys.argv[2])
chance = random.Random(seed)
repository = Repository.open(path)
deleted = back = 0
for _ in range(60):
    repository.refresh()
    live = [s.resource_uid for s in repository.snapshots()]
    trashed = [s.resource_uid for s in repository.trash.list()]
    if chance.random() < 0.5 and live:
        chosen = chance.sample(live, min(len(live), 3))
        deleted += len(repository.trash.put(chosen, Actor("a", "b")).uids)
    elif trashed:
        chosen = chance.sample(trashed, min(len(trashed), 3))
        back += len(repository.trash.take_back(chosen, Actor("a", "b")).uids)
print(deleted, back)
"""


def test_two_processes_that_delete_and_take_back_at_once(
    repository: Repository, volume: Volume, image: Path, tmp_path: Path
) -> None:
    states = {}
    for number in range(8):
        change(image, number * MIB // 2, b"%d" % number)
        snapshot = take(repository, volume, f"s{number}")
        states[snapshot.resource_uid] = (snapshot, image.read_bytes())
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", BUSY, str(repository.path), str(seed)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in (1, 2)
    ]
    counts = [list(map(int, process.communicate()[0].split())) for process in processes]
    assert all(process.returncode == 0 for process in processes)
    with Repository.open(repository.path) as after:
        trashed = {each.resource_uid for each in after.trash.list()}
        live = {each.resource_uid for each in after.snapshots()}
        assert live | trashed == set(states)
        assert not live & trashed
        # each deletion and each taking back was done by exactly one of them
        assert sum(count[0] for count in counts) - sum(count[1] for count in counts) == len(trashed)
        after.trash.take_back(sorted(trashed), ACTOR)
        assert {each.resource_uid: each for each in after.snapshots()} == {
            uid: snapshot for uid, (snapshot, _) in states.items()
        }
        for snapshot, data in states.values():
            assert restored(after, snapshot, tmp_path) == data
        assert after.check().clean
