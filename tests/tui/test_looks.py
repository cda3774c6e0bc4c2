"""What the main screens look like, character by character and colour by colour, at both sizes.

`python -m tests.tui.test_looks` writes the files in `looks/` anew: look at what changed in them
before it is committed.
"""

from __future__ import annotations

import asyncio
import os
import re
import string
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from snaptui.models import JobStatus, Progress
from snaptui.requests import SnapshotRequest
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.glyphs import glyphs
from snaptui.tui.place import Place, PlaceKind
from tests.tui.fake import FakeCloud, FakeJobs, small_cloud
from tests.tui.helpers import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.style import Style
    from textual.pilot import Pilot

LOOKS = Path(__file__).with_name("looks")
SIZES = [(80, 24), (120, 40)]

VOLUMES = Place("local", PlaceKind.VOLUMES)
SNAPSHOTS = Place("local", PlaceKind.SNAPSHOTS)
VOLUME = Place("local", PlaceKind.VOLUME, "vol-00000001")
SNAPSHOT = Place("local", PlaceKind.SNAPSHOT, "snap-00000005")


@dataclass(frozen=True)
class Scene:
    """A place, and the keys that are pressed there."""

    name: str
    place: Place
    keys: Sequence[str] = ()
    empty: bool = False


SCENES = (
    Scene("volumes", VOLUMES),
    Scene("snapshots", SNAPSHOTS),
    Scene("snapshots-marked", SNAPSHOTS, ["space", "down", "space"]),
    Scene("snapshots-sorted", SNAPSHOTS, ["o"]),
    Scene("snapshots-filtered", SNAPSHOTS, ["slash", *"web", "enter"]),
    Scene("volume", VOLUME, ["2"]),
    Scene("volume-info", VOLUME, ["1"]),
    Scene("blocks", VOLUME, ["3"]),
    Scene("lineage", VOLUME, ["4"]),
    Scene("activity", VOLUME, ["5"]),
    Scene("snapshot-info", SNAPSHOT, ["1"]),
    Scene("cloud", Place("local", PlaceKind.CLOUD)),
    Scene("new-snapshot", VOLUME, ["2", "s", *"Test"]),
    Scene("clone", VOLUME, ["2", "c"]),
    Scene("new-volume", VOLUMES, ["n"]),
    Scene("diff", VOLUME, ["2", "d"]),
    Scene("delete", VOLUME, ["2", "ctrl+d"]),
    Scene("jobs", VOLUME, ["J"]),
    Scene("help", VOLUMES, ["question_mark"]),
    Scene("welcome", VOLUMES, empty=True),
)


def cloud_for(*, empty: bool) -> FakeCloud:
    return FakeCloud(volumes=[], snapshots=[]) if empty else small_cloud()


def some_jobs(cloud: FakeCloud) -> FakeJobs:
    """One that ended well, one that failed, one that is running."""
    jobs = FakeJobs(cloud)
    for name in ("done", "failed", "running"):
        jobs.start(SnapshotRequest(volume_uid="vol-00000001", name=name))
    now = datetime.now(UTC)
    first, second, third = (job.resource_uid for job in jobs.all)
    jobs.change(first, status=JobStatus.COMPLETED, summary="Snapshot done.", ended_at=now)
    jobs.change(second, status=JobStatus.FAILED, summary="the disk is full", ended_at=now)
    jobs.change(
        third,
        progress=Progress(
            phase="reading", done_bytes=40, total_bytes=100, rate=5e6, seconds_left=23
        ),
    )
    return jobs


async def settled(pilot: Pilot[None], app: SnaptuiApp) -> None:
    """Nothing is being loaded any more."""
    await pilot.pause()
    await wait_for(
        pilot,
        lambda: not any(w.group != "follow" and w.is_running for w in app.workers),
        "the workers' end",
    )
    await pilot.pause(0.05)


async def look_of(scene: Scene, size: tuple[int, int]) -> str:
    """What a scene looks like."""
    cloud = cloud_for(empty=scene.empty)
    app = SnaptuiApp([cloud], some_jobs(cloud) if scene.name == "jobs" else FakeJobs(cloud))
    async with app.run_test(size=size) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await settled(pilot, app)
        if not scene.empty:
            app.main.go(scene.place)
            await settled(pilot, app)
        for key in scene.keys:
            await pilot.press(key)
            await settled(pilot, app)
        return picture(app)


_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+")
_CLOCK = re.compile(r"\b\d\d:\d\d\b")


def picture(app: SnaptuiApp) -> str:
    """The characters; then, for each line, runs of styles; then what these are."""
    strips = app.screen._compositor.render_strips()
    texts = [strip.text for strip in strips]
    # times go on: in their place stand as many signs
    lines = [_CLOCK.sub("##:##", _TIME.sub(lambda m: "#" * len(m[0]), text)) for text in texts]
    letters = string.ascii_letters + string.digits
    known: dict[str, str] = {}
    styles = []
    for strip in strips:
        cells = [
            known.setdefault(_told(segment.style), letters[len(known) % len(letters)])
            for segment in strip
            for _ in segment.text
        ]
        styles.append(" ".join(f"{letter}{len(list(run))}" for letter, run in groupby(cells)))
    legend = [f"{letter} {style}" for style, letter in known.items()]
    return "\n".join([*(line.rstrip() for line in lines), "", *styles, "", *legend, ""])


def _told(style: Style | None) -> str:
    return str(style.without_color + style) if style else "plain"


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The names of zones are not all as long."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_it_looks_as_it_did(scene: Scene, size: tuple[int, int]) -> None:
    expected = LOOKS / f"{scene.name}-{size[0]}x{size[1]}.txt"
    assert await look_of(scene, size) == expected.read_text(encoding="utf-8")


async def write_all() -> None:
    """Take all anew."""
    LOOKS.mkdir(exist_ok=True)
    for old in LOOKS.glob("*.txt"):
        old.unlink()
    for scene in SCENES:
        for size in SIZES:
            path = LOOKS / f"{scene.name}-{size[0]}x{size[1]}.txt"
            path.write_text(await look_of(scene, size), encoding="utf-8")


if __name__ == "__main__":
    os.environ |= {"SNAPTUI_ASCII": "0", "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", "TZ": "UTC"}
    time.tzset()
    glyphs.cache_clear()
    asyncio.run(write_all())
