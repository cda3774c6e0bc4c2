"""The catalog at N snapshots, beside stock TinyDB: `python benchmarks/catalog.py [N]`."""

import argparse
import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tinydb import TinyDB, where
from tinydb.table import Document, Table

from snaptui.engine.catalog import Catalog

VOLUMES = 1000


def snapshot(number: int) -> Mapping[str, Any]:
    """A document as the engine makes them, in size and shape."""
    return {
        "resource_uid": uid(number),
        "name": f"nightly-{number:06d}",
        "description": "before the upgrade of the database",
        "created_at": f"2026-03-{1 + number % 28:02d}T02:00:{number % 60:02d}+00:00",
        "owner": "admin",
        "visibility": "private",
        "status": "completed",
        "volume_uid": f"vol-{number % VOLUMES:08X}",
        "volume_name": f"data-{number % VOLUMES}",
        "size_bytes": 20 << 30,
        "block_size": 65536,
        "data_bytes": 11 << 30,
        "new_bytes": number * 65536,
        "stored_bytes": number * 30011,
        "parent_uid": uid(number - VOLUMES) if number >= VOLUMES else None,
        "map_base": uid(number - number % 8000) if number % 8000 else None,
        "consistency": "frozen",
        "read_method": "data-only",
        "job_uid": f"job-{number:08X}",
    }


def uid(number: int) -> str:
    return f"snap-{number:08X}"


class StringTable(Table):
    """Stock but for its ids."""

    document_id_class = str  # type: ignore[assignment]


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def show(what: str, seconds: list[float], beside: float | None = None) -> None:
    ordered = sorted(seconds)
    median = statistics.median(ordered)
    line = f"{what:<52}{median * 1e3:>10.3f} ms"
    if len(ordered) > 20:
        line += f"   p99 {ordered[int(len(ordered) * 0.99)] * 1e3:8.3f} ms"
    if beside is not None:
        line += f"   stock TinyDB {beside * 1e3:9.1f} ms, {beside / median:,.0f} times"
    print(line, flush=True)


def in_a_process(directory: Path, read: str) -> Mapping[str, float]:
    """Open in a fresh process; its time and its memory."""
    program = f"""
import json, time
from pathlib import Path
from snaptui.engine.catalog import Catalog
from tinydb import TinyDB
def memory(field):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field)) / 1024
before = memory("VmRSS")
start = time.perf_counter()
{read}
opened = time.perf_counter() - start
print(json.dumps(
    {{"open": opened, "rss": memory("VmRSS"), "peak": memory("VmHWM"), "bare": before}}
))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(directory)], capture_output=True, text=True, check=True
    )
    result: Mapping[str, float] = json.loads(done.stdout)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=100_000)
    parser.add_argument(
        "--directory", type=Path, default=None, help="where to put it (a real disk)"
    )
    parser.add_argument("--no-stock", action="store_true", help="leave stock TinyDB out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory) as scratch:
        measure(Path(scratch), options.count, stock=not options.no_stock)


def measure(scratch: Path, count: int, *, stock: bool) -> None:
    directory = scratch / "catalog"
    with Catalog.create(directory) as catalog:

        def fill() -> None:
            for start in range(0, count, 5000):
                with catalog.transaction() as transaction:
                    for number in range(start, min(start + 5000, count)):
                        transaction.put("snapshots", uid(number), snapshot(number))

        print(f"{count} snapshots, made in {timed(fill):.1f} s")
        show("compact", [timed(catalog.compact)])
    (newest,) = sorted(directory.glob("catalog-*.json"))[-1:]
    print(f"{newest.name} is {newest.stat().st_size / 1e6:.1f} MB")

    writes = stock_writes(newest, scratch, count) if stock else None
    opening = [in_a_process(directory, f"Catalog.open(Path({str(directory)!r}))") for _ in range(3)]
    stock_open = None
    if stock:
        stock_open = in_a_process(
            directory, f"database = TinyDB({str(newest)!r}, access_mode='r'); database.tables()"
        )["open"]
    show("open", [each["open"] for each in opening], stock_open)
    best = opening[0]
    print(
        f"memory: {best['rss']:.0f} MiB, peak {best['peak']:.0f}, before opening {best['bare']:.0f}"
    )
    with Catalog.open(directory) as catalog, Catalog.open(directory) as other:
        operations(catalog, other, count, writes)


def stock_writes(newest: Path, scratch: Path, count: int) -> float:
    """What one insert costs stock TinyDB."""
    path = scratch / "stock.json"
    path.write_bytes(newest.read_bytes())
    with TinyDB(path) as database:
        table = StringTable(database.storage, "snapshots")
        return min(
            timed(lambda: table.insert(Document(snapshot(count), f"stock-{number}")))  # type: ignore[arg-type] # noqa: B023
            for number in range(3)
        )


def operations(catalog: Catalog, other: Catalog, count: int, stock_write: float | None) -> None:
    gc.collect()
    commits, seen, nothing, raw = [], [], [], []
    for number in range(1000):
        new = count + number

        def commit(new: int = new) -> None:
            with catalog.transaction() as transaction:
                transaction.put("snapshots", uid(new), snapshot(new))

        commits.append(timed(commit))
        seen.append(timed(other.refresh))
        nothing.append(timed(other.refresh))
    descriptor = os.open(catalog.directory / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    line = json.dumps(snapshot(1)).encode() + b"\n"

    def bare() -> None:
        os.write(descriptor, line)
        os.fdatasync(descriptor)

    raw = [timed(bare) for _ in range(1000)]
    os.close(descriptor)
    show("commit, with fsync", commits, stock_write)
    show("  of which: write and fsync of such a line alone", raw)
    show("another process's commit seen", seen)
    show("refresh when nothing changed", nothing)
    table = catalog.table("snapshots")
    inserts = [
        timed(lambda: table.insert(snapshot(number)))  # noqa: B023
        for number in range(200)
    ]
    show("TinyDB insert", inserts, stock_write)
    show(
        "TinyDB update by id",
        [
            timed(lambda: table.update({"name": "new"}, doc_ids=[uid(number)]))  # noqa: B023
            for number in range(200)
        ],
        stock_write,
    )
    first = timed(lambda: catalog.related("snapshots", "volume_uid", "vol-00000001"))
    show("list a volume's snapshots, the first time (builds the index)", [first])
    rows = catalog.rows("snapshots")
    show(
        "list a volume's snapshots",
        [
            timed(
                lambda: [
                    rows[found]
                    for found in catalog.related("snapshots", "volume_uid", f"vol-{number:08X}")  # noqa: B023
                ]
            )
            for number in range(500)
        ],
    )
    show(
        "TinyDB search (a scan)",
        [
            timed(lambda: table.search(where("volume_uid") == f"vol-{number:08X}"))  # noqa: B023
            for number in range(5)
        ],
    )
    show(
        "commit while rows() is in use (copies its dict)",
        [
            timed(lambda: _commit_after_rows(catalog, count + number))  # noqa: B023
            for number in range(50)
        ],
    )
    print(
        "peak memory of this process, two handles: "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB"
    )


def _commit_after_rows(catalog: Catalog, number: int) -> None:
    rows = catalog.rows("snapshots")
    with catalog.transaction() as transaction:
        transaction.put("snapshots", uid(number), snapshot(number))
    assert len(rows)


if __name__ == "__main__":
    main()
