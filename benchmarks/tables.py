"""CPU of sorting and filtering N snapshots as a table does: `python benchmarks/tables.py [N]`."""

import argparse
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from snaptui.fields import SNAPSHOT_FIELDS
from snaptui.models import Consistency, ReadMethod, Snapshot, SnapshotStatus, Visibility
from snaptui.tui.listing import Listing

SORT_BAR, KEY_BAR = 0.3, 0.1
"""CPU seconds that a sort, and a key in the filter, may take with 100 000 snapshots."""
FILTERS = (
    *("n", "ni", "nightly", "nightly-0", "nightly-01", "nightly-01 web", ""),
    *("new:>1GiB", "age:<7d", "!status:error", "description:upgrade", "size:20GiB"),
    *("volume:web-01 new:>8GiB !test", "volume:web-01 new:>8GiB !test x"),
)


def snapshots(count: int) -> list[Snapshot]:
    """Snapshots of 500 volumes, in no order."""
    chance, now = random.Random(1), datetime.now(UTC)
    made = [
        Snapshot(
            resource_uid=f"snap-{number:08X}",
            name=f"nightly-{number:04d}",
            description="before the upgrade of the kernel" if number % 7 == 0 else "",
            created_at=now - timedelta(hours=3 * number),
            owner=chance.choice(("root", "ann", "bob")),
            visibility=Visibility.PRIVATE,
            status=SnapshotStatus.COMPLETED,
            volume_uid=f"vol-{number % 500:08X}",
            volume_name=f"web-{number % 500:04d}",
            size_bytes=20 << 30,
            block_size=65536,
            data_bytes=12 << 30,
            new_bytes=chance.randrange(1 << 34),
            stored_bytes=chance.randrange(1 << 28),
            parent_uid=None,
            consistency=Consistency.STABLE,
            read_method=ReadMethod.FULL,
        )
        for number in range(count)
    ]
    chance.shuffle(made)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=100_000)
    count = parser.parse_args().count
    listing: Listing[Snapshot] = Listing(SNAPSHOT_FIELDS)
    listing.take(snapshots(count))

    def measure(what: str, work: Callable[[], object], bar: float) -> None:
        before = time.process_time()
        work()
        spent = time.process_time() - before
        verdict = "" if spent <= bar else f"  over {bar * 1000:.0f} ms"
        print(f"{what:<40} {spent * 1000:7.1f} ms  {len(listing.shown):>7} shown{verdict}")

    for name in SNAPSHOT_FIELDS:
        rank = SNAPSHOT_FIELDS[name].rank
        measure(f"sort by {name}", lambda rank=rank: listing.sort(rank), SORT_BAR)  # type: ignore[misc]
    for text in FILTERS:
        measure(f"filter {text}", lambda text=text: listing.filter(text), KEY_BAR)  # type: ignore[misc]
    fresh = snapshots(1)
    measure("one snapshot more", lambda: listing.take([*fresh, *listing.all]), SORT_BAR)
    measure("no news", lambda: listing.take(list(listing.all)), SORT_BAR)


if __name__ == "__main__":
    main()
