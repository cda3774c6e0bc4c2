"""kill -9 at random, and two processes at once: no half snapshot, nothing lost, no repair."""

import hashlib
import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tinydb import TinyDB

from snaptui.engine import Repository
from snaptui.models import Volume
from tests.support import MIB, add, change, make_image, restored, take

KILLS = 50
ROUNDS = 8

SNAPSHOT = """
import sys
from snaptui.engine import Actor, Repository
print("go", flush=True)
repository = Repository.open(sys.argv[1])
for number in range(int(sys.argv[3])):
    path = repository.volume(sys.argv[2]).path
    with open(path, "r+b") as file:
        file.seek(number * 65536)
        file.write(b"%s %d" % (sys.argv[2].encode(), number))
    snapshot = repository.take_snapshot(sys.argv[2], name=f"n{number}", actor=Actor("a", "b"))
    print(snapshot.resource_uid, flush=True)
"""


def digest(data: bytes) -> bytes:
    return hashlib.blake2b(data).digest()


def start(repository: Repository, volume: Volume, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SNAPSHOT, str(repository.path), volume.resource_uid, str(count)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_worker_killed_at_random_leaves_no_half_snapshot(
    repository: Repository, tmp_path: Path
) -> None:
    image = make_image(tmp_path / "v.raw", 8 * MIB, data=((0, 2 * MIB),))
    volume = add(repository, image)
    digests = {take(repository, volume, "first").resource_uid: digest(image.read_bytes())}
    chance = random.Random(3)
    interrupted = 0
    latest = 0.3  # when it is killed; follows what the work takes here and now
    for number in range(KILLS):
        change(image, 2 * MIB, random.Random(number).randbytes(4 * MIB))
        process = start(repository, volume, 1)
        assert process.stdout is not None
        assert process.stdout.readline() == "go\n"
        begun = time.monotonic()
        try:
            process.wait(chance.uniform(0.0, latest))
            latest = 2 * (time.monotonic() - begun)
        except subprocess.TimeoutExpired:
            process.kill()
        acknowledged = set(process.communicate()[0].split())
        with Repository.open(repository.path) as after:  # the next run, no repair by hand
            listed = {snapshot.resource_uid for snapshot in after.snapshots()}
            new = listed - set(digests)
            assert set(digests) <= listed
            assert acknowledged <= new
            assert len(new) <= 1
            for uid in new:
                digests[uid] = digest(image.read_bytes())
            if not new:
                interrupted += 1
                latest *= 1.2
            assert not list(after.layout.staging.iterdir())
            packs = {path.stem for path in after.layout.packs.iterdir()}
            assert packs == set(after.catalog.rows("segments"))
            assert {path.stem for path in after.layout.maps.iterdir()} == listed
    assert 0 < interrupted < KILLS, latest
    repository.refresh()
    assert repository.check().clean
    for uid, expected in digests.items():
        data = restored(repository, repository.snapshot(uid), tmp_path)
        assert digest(data) == expected


def test_two_processes_at_once_lose_nothing(repository: Repository, tmp_path: Path) -> None:
    volumes = [
        add(repository, make_image(tmp_path / f"{name}.raw", 4 * MIB, seed=seed), name)
        for seed, name in enumerate(("web", "db"))
    ]
    each_count = 5
    acknowledged: list[str] = []
    with ThreadPoolExecutor(2) as executor:
        for _ in range(ROUNDS):
            processes = [start(repository, volume, each_count) for volume in volumes]
            for process, output in zip(
                processes,
                executor.map(lambda each: each.communicate()[0], processes),
                strict=True,
            ):
                assert process.returncode == 0
                acknowledged += output.split()[1:]
    assert len(set(acknowledged)) == 2 * each_count * ROUNDS
    with Repository.open(repository.path) as after:
        assert {snapshot.resource_uid for snapshot in after.snapshots()} == set(acknowledged)
        assert after.check().clean
        for volume in volumes:
            newest = after.snapshots(volume.resource_uid)[0]
            assert restored(after, newest, tmp_path) == Path(volume.path).read_bytes()
        after.catalog.compact()
        files = sorted(after.layout.catalog.glob("catalog-*.json"), key=os.path.getmtime)
        with TinyDB(files[-1]) as stock:
            stock.default_table_name = "snapshots"
            documents = stock.storage.read() or {}
        assert set(documents["snapshots"]) == set(acknowledged)
