"""Pictures of the real app on the demo repository, as SVG and PNG, at 80x24 and 120x40.

`make screenshots` runs this. The demo's history is told relative to now, so ages read the same at
every run; Resource UIDs are random and differ.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# Pictures show what most terminals can.
os.environ.pop("NO_COLOR", None)
os.environ["SNAPTUI_ASCII"] = "0"
os.environ["LC_ALL"] = "C.UTF-8"
os.environ["TERM"] = "xterm-256color"
os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"

sys.path.insert(0, str(Path(__file__).resolve().parent))

from typing import TYPE_CHECKING

from elsewhere import AWS, clouds
from picture import png_of

from snaptui import __version__
from snaptui.clouds.local import LocalCloud
from snaptui.clouds.local.demo import make_demo
from snaptui.doctor import Finding, Level, Report
from snaptui.engine import Repository
from snaptui.errors import SnaptuiError
from snaptui.jobs import Jobs
from snaptui.models import Candidate
from snaptui.requests import AddVolumeRequest, CheckRequest, CloneRequest, SnapshotRequest
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.widgets.detail import Detail

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.pilot import Pilot

    from snaptui.clouds.base import Cloud
    from snaptui.clouds.remote.followed import FollowedCloud
    from snaptui.tui.cloud_state import CloudState

MARK = ".made-by-make-screenshots"
SIZES = ((80, 24), (120, 40))
DEADLINE = 20.0


@dataclass(frozen=True)
class Scene:
    """A picture: where to go, which keys to press there, what to wait for."""

    name: str
    kind: PlaceKind
    keys: Sequence[str] = ()
    focus: bool = True
    empty: bool = False
    """On a repository without volumes."""
    elsewhere: str = ""
    """In a remote cloud, at its volume of that name."""
    live: str = ""
    """What is awaited on the screen after a real snapshot job was started: its bar, its toast."""


SCENES = (
    Scene("volumes", PlaceKind.VOLUMES, focus=False),
    Scene("snapshots", PlaceKind.SNAPSHOTS),
    Scene("volume", PlaceKind.VOLUME, ["2"]),
    Scene("volume-info", PlaceKind.VOLUME, ["1"]),
    Scene("blocks", PlaceKind.VOLUME, ["3", "full_stop", "full_stop"]),
    Scene("export", PlaceKind.VOLUME, ["2", "e"]),
    Scene("lineage", PlaceKind.VOLUME, ["4"]),
    Scene("activity", PlaceKind.VOLUME, ["5"]),
    Scene("snapshot-info", PlaceKind.SNAPSHOT, ["1"]),
    Scene("cloud-activity", PlaceKind.ACTIVITY, ["down", "down"]),
    Scene("cloud", PlaceKind.CLOUD),
    Scene("aws-volumes", PlaceKind.VOLUMES, elsewhere="orders-db"),
    Scene("aws-volume", PlaceKind.VOLUME, ["2"], elsewhere="orders-db"),
    Scene("aws-snapshot", PlaceKind.SNAPSHOT, ["1"], elsewhere="orders-db"),
    Scene("aws-clone", PlaceKind.VOLUME, ["2", "c"], elsewhere="orders-db"),
    Scene("aws-share", PlaceKind.VOLUME, ["2", "w"], elsewhere="orders-db"),
    Scene("aws-edit", PlaceKind.VOLUME, ["2", "E"], elsewhere="orders-db"),
    Scene("aws-copy", PlaceKind.VOLUME, ["2", "R"], elsewhere="orders-db"),
    Scene("aws-public", PlaceKind.SNAPSHOTS, ["P"], elsewhere="orders-db"),
    Scene("aws-cloud", PlaceKind.CLOUD, elsewhere="orders-db"),
    Scene("new-snapshot", PlaceKind.VOLUME, ["2", "s", *"Test Snapshot".replace(" ", "_")]),
    Scene("clone", PlaceKind.VOLUME, ["2", "c"]),
    Scene("delete-several", PlaceKind.VOLUME, ["2", "space", "space", "space", "ctrl+d"]),
    Scene("trash", PlaceKind.VOLUME, ["2", "T"]),
    Scene("zones", PlaceKind.VOLUMES, ["Z"]),
    Scene("doctor", PlaceKind.VOLUMES, ["D"]),
    Scene("restore", PlaceKind.VOLUME, ["2", "r"]),
    Scene("new-volume", PlaceKind.VOLUMES, ["n"]),
    Scene("diff", PlaceKind.VOLUME, ["2", "d", "down", "down"]),
    Scene("delete", PlaceKind.VOLUME, ["2", "ctrl+d"]),
    Scene("welcome", PlaceKind.VOLUMES, focus=False, empty=True),
    Scene("running-job", PlaceKind.VOLUME, live=" left"),
    Scene("toast", PlaceKind.VOLUME, live="Snapshot Test Snapshot was successfully created."),
    Scene("filter", PlaceKind.SNAPSHOTS, ["slash", *"new:>300KiB", "space", *"!scratch"]),
    Scene("marks", PlaceKind.SNAPSHOTS, [*"ooO", "home", "space", "down", "space", "space"]),
    Scene("columns", PlaceKind.SNAPSHOTS, ["C", "down", "down", "down"]),
    Scene("jobs", PlaceKind.VOLUME, ["J", "down"]),
    Scene("job-log", PlaceKind.VOLUME, ["J", "down", "l"]),
    Scene("help", PlaceKind.VOLUMES, ["question_mark"]),
    Scene("themes", PlaceKind.VOLUME, ["2", "ctrl+t"]),
    Scene("theme-light", PlaceKind.VOLUME, ["2", "ctrl+t", "down", "enter"]),
    Scene("theme-contrast", PlaceKind.VOLUME, ["3", "ctrl+t", "down", "down", "enter"]),
    Scene("palette", PlaceKind.VOLUME, ["2", "ctrl+p"]),
    Scene("palette-found", PlaceKind.VOLUME, ["2", "ctrl+p", *"web"]),
    Scene("jump", PlaceKind.VOLUME, ["2", "colon", *"web"]),
)


async def wait_for(pilot: Pilot[None], condition: Callable[[], bool], what: str) -> None:
    """Let the app work until a condition holds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + DEADLINE
    while not condition():
        if loop.time() > end:
            raise TimeoutError(what)
        await pilot.pause(0.02)


async def settle(pilot: Pilot[None], app: SnaptuiApp) -> None:
    """Wait until nothing is being loaded."""
    await pilot.pause()
    await wait_for(
        pilot,
        lambda: not any(w.group != "follow" and w.is_running for w in app.workers),
        "workers to end",
    )
    await pilot.pause(0.1)


FOUND = (
    Candidate(path="/var/lib/images/web-data.img", kind="file", size_bytes=20 << 30, detail="ext4"),
    Candidate(path="/dev/vg0/database", kind="block", size_bytes=64 << 30, detail="LVM, xfs"),
)
"""What the pictures show as found: they are of the app, not of the machine they are taken on."""


HEALTH = Report(
    (
        Finding("Versions", "snaptui", Level.OK, __version__),
        Finding("Versions", "Python", Level.OK, "3.13.5 (/usr/bin/python3)"),
        Finding("Versions", "Kernel", Level.OK, "Linux 6.12.57 (x86_64)"),
        Finding("Configuration", "Config file", Level.OK, "valid, sets 3 values"),
        Finding("Repository", "Path", Level.OK, "/srv/snapshots (SNAPTUI_REPOSITORY)"),
        Finding("Repository", "Access", Level.OK, "it can be written"),
        Finding("Repository", "Space", Level.OK, "1.2 TiB free of 3.6 TiB"),
        Finding(
            "Repository",
            "Last check",
            Level.WARN,
            "41 d ago: all 1,204 snapshots are whole",
            "snaptui check",
        ),
        Finding("Host", "User", Level.OK, "root: all 4 block devices can be read"),
        Finding("Host", "Loop devices", Level.OK, "/dev/loop-control is there"),
        Finding("Extras", "web", Level.OK, "textual-serve 1.1.3"),
    )
)
"""What the doctor finds in the pictures, for the same reason."""


class PicturedCloud(LocalCloud):
    """The local cloud, without a look at this machine's devices."""

    async def candidates(self) -> list[Candidate]:
        """The same everywhere."""
        return list(FOUND)


def shown(app: SnaptuiApp) -> str:
    """The characters on the screen."""
    strips = app.screen._compositor.render_strips()  # noqa: SLF001 - what else knows them
    return "\n".join(strip.text for strip in strips)


async def take(
    repository: Repository,
    scene: Scene,
    size: tuple[int, int],
    out: Path,
    others: Sequence[FollowedCloud] = (),
) -> None:
    """One picture."""
    every: Sequence[Cloud] = [PicturedCloud(repository), *others]
    app = SnaptuiApp(every, Jobs(repository), examine=lambda: HEALTH)
    async with app.run_test(size=size, notifications=True) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        if scene.empty:
            await settle(pilot, app)
            save(app, scene, size, out)
            return
        state = next(iter(app.inventory.clouds.values()))
        wanted = LARGE if scene.live else scene.elsewhere or "web-data"
        if scene.elsewhere:
            state = await opened(pilot, app, wanted)
        volume = next(v for v in state.volumes.values() if v.name == wanted)
        newest = state.newest(volume.resource_uid)
        uid = {
            PlaceKind.VOLUME: volume.resource_uid,
            PlaceKind.SNAPSHOT: newest.resource_uid if newest else "",
        }.get(scene.kind, "")
        place = Place(state.name, scene.kind, uid)
        if scene.focus:
            app.main.go(place)
        await settle(pilot, app)
        view = app.main.pane.current
        for key in scene.keys:
            await pilot.press("space" if key == "_" else key)
            await settle(pilot, app)
        if isinstance(view, Detail):
            await settle(pilot, app)
        if scene.live:
            for key in ["s", *"Test_Snapshot", "enter"]:
                await pilot.press("space" if key == "_" else key)
            await wait_for(pilot, lambda: scene.live in shown(app), scene.live)
            await pilot.pause(0.05)
        save(app, scene, size, out)
        if scene.live:
            await wait_for(pilot, lambda: not app.inventory.running, "the end of the job")


async def opened(pilot: Pilot[None], app: SnaptuiApp, wanted: str) -> CloudState:
    """Open the remote cloud, with the local one folded, and wait for a volume of it."""
    tree = app.main.tree_view
    state = app.inventory.clouds[AWS]
    app.main.go(Place(AWS, PlaceKind.VOLUMES))
    await wait_for(pilot, lambda: wanted in shown(app), wanted)
    await settle(pilot, app)
    tree.focus()
    tree.show_place(Place("local", PlaceKind.CLOUD))
    await pilot.press("left")
    await settle(pilot, app)
    return state


def save(app: SnaptuiApp, scene: Scene, size: tuple[int, int], out: Path) -> None:
    """The picture of what is on the screen."""
    svg = app.export_screenshot(title="snaptui")
    stem = out / f"{scene.name}-{size[0]}x{size[1]}"
    stem.with_suffix(".svg").write_text(svg, encoding="utf-8")
    stem.with_suffix(".png").write_bytes(png_of(svg))
    print(stem.with_suffix(".png"))


LARGE = "archive"
LARGE_BYTES = 1 << 30


async def large_repository(directory: Path) -> Repository:
    """One volume that is large enough to watch a snapshot of it."""
    image = await asyncio.to_thread(large_image, directory)
    repository = Repository.create(directory / "repository")
    await LocalCloud(repository).add_volume(AddVolumeRequest(path=str(image), name=LARGE))
    return repository


def large_image(directory: Path) -> Path:
    """An image that is nothing but data."""
    directory.mkdir()
    image = directory / f"{LARGE}.img"
    with image.open("wb") as file:
        for _ in range(LARGE_BYTES >> 24):
            file.write(os.urandom(1 << 24))
    return image


async def take_all(out: Path, only: Sequence[str]) -> None:
    """All pictures."""
    directory = Path(tempfile.gettempdir()) / "demo"  # the pictures show it
    if (directory / MARK).exists():
        shutil.rmtree(directory)  # an earlier run was killed
    directory.mkdir()
    (directory / MARK).touch()
    try:
        os.chdir(directory)
        repository = make_demo(directory / "repository")
        for scene in SCENES:
            if not only or scene.name in only:
                if scene.name in {"jobs", "job-log"} and not Jobs(repository).list():
                    work_a_little(repository)
                for size in SIZES:
                    place = directory / f"{scene.name}-{size[0]}"
                    if scene.live:
                        # A new one each time: a second snapshot reads only what has changed.
                        await take(await large_repository(place), scene, size, out)
                        shutil.rmtree(place)
                    elif scene.elsewhere:
                        with clouds() as others:
                            await take(repository, scene, size, out, others)
                    elif scene.empty:
                        await take(Repository.create(place), scene, size, out)
                    else:
                        await take(repository, scene, size, out)
    finally:
        shutil.rmtree(directory)


def work_a_little(repository: Repository) -> None:
    """Some jobs to show, in a thread's own loop."""

    def work() -> None:
        jobs = Jobs(repository)
        (scratch,) = (each for each in repository.volumes() if each.name == "scratch")
        jobs.run(SnapshotRequest(volume_uid=scratch.resource_uid, name="first look"))
        newest = repository.snapshots(scratch.resource_uid)[0].resource_uid
        jobs.run(CloneRequest(snapshot_uid=newest, name="scratch-copy", zone="rack-b"))
        with suppress(SnaptuiError):  # the name is taken: a failed job belongs in the picture
            jobs.run(CloneRequest(snapshot_uid=newest, name="scratch-copy", zone="rack-b"))
        jobs.run(CheckRequest())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def main() -> None:
    """Take the pictures that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", nargs="*", help="only these")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    options = parser.parse_args()
    asyncio.run(take_all(options.out, options.scenes))


if __name__ == "__main__":
    main()
