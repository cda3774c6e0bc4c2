"""Measure the screen with three clouds beside the local one: EC2, OpenStack, one that is down.

    python benchmarks/clouds.py [--snapshots 5000] [--rest 130] [--json FILE]

The clouds are servers on this machine that answer like the real ones, page by page; the third takes
connections and never says a word. The local repository has 10 000 snapshots. What is known of all
three from the last time is on disk, as it is at home. CPU and memory are those of the app alone.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import feel
from cloud_servers import Ec2, OpenStack, served, silence
from repositories import make_repository
from terminal import DOWN, ENTER, HOME, LEFT, Cost, Program

SIZE = (80, 24)
STARTS = 5
FIRST_REST = 10.0


@dataclass
class Figures:
    """What was measured: CPU in seconds, memory in MiB, bytes to the terminal."""

    costs: dict[str, Cost] = field(default_factory=dict)
    rss: dict[str, float] = field(default_factory=dict)
    waits: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """Where the app is started, and how many snapshots its clouds have."""

    home: Path
    environment: Mapping[str, str]
    snapshots: int

    def app(self) -> Program:
        """It, as somebody starts it who has never been anywhere in it."""
        for state in (self.home / ".local/state").glob("**/*.json"):
            state.unlink()
        command = [sys.executable, "-m", "snaptui"]
        return Program(command, size=SIZE, environment=self.environment)


def lay(stack: ExitStack, scratch: Path, snapshots: int) -> Scene:
    """A repository, three clouds, and a home whose config names them."""
    repository = make_repository(scratch, volumes=100, snapshots=10_000)
    home = scratch / "home"
    config = home / ".config"
    (config / "snaptui").mkdir(parents=True)
    (config / "openstack").mkdir()
    ec2 = stack.enter_context(served(Ec2(snapshots))).url
    lab = stack.enter_context(served(OpenStack(snapshots))).url
    gone = stack.enter_context(silence())
    auth = {"username": "demo", "password": "demo", "project_name": "demo"}
    domains = {"user_domain_name": "Default", "project_domain_name": "Default"}
    clouds = {
        name: {"auth": {"auth_url": f"{url}/v3", **auth, **domains}, "region_name": "north"}
        for name, url in (("lab", lab), ("gone", gone))
    }
    # JSON is YAML
    (config / "openstack" / "clouds.yaml").write_text(json.dumps({"clouds": clouds}))
    (config / "snaptui" / "config.toml").write_text(
        f'[clouds.ec2]\nkind = "aws"\nregion = "us-east-1"\nendpoint_url = "{ec2}"\n'
        '[clouds.lab]\nkind = "openstack"\ncloud = "lab"\n'
        '[clouds.gone]\nkind = "openstack"\ncloud = "gone"\n'
    )
    environment = {
        **feel.environment(scratch, "truecolor"),
        "SNAPTUI_REPOSITORY": str(repository),
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return Scene(home, environment, snapshots)


def remember(scene: Scene) -> None:
    """Have every cloud listed once, so that something is known of it."""
    for name in ("ec2", "lab"):
        arguments = [sys.executable, "-m", "snaptui", "--cloud", name, "snapshot", "list"]
        pid = os.posix_spawn(
            arguments[0],
            arguments,
            scene.environment,
            file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
        )
        if os.waitpid(pid, 0)[1]:
            raise RuntimeError(f"{name} cannot be listed")


def starts(scene: Scene, figures: Figures, hello: list[str]) -> None:
    """From the first instruction to the list, beside the least that Textual can be, in turns."""
    least, paints, lists = [], [], []
    for _ in range(STARTS):
        with Program(hello, size=SIZE, environment=scene.environment) as program:
            least.append(program.until(lambda text: "Hello, World!" in text, "a greeting"))
        with scene.app() as program:
            paints.append(program.until(lambda text: "Help" in text, "the keys"))
            lists.append(program.until(lambda text: text.count("GiB") > 4, "the volumes"))
    figures.costs["hello, world"] = feel.median(least)
    figures.costs["first paint"] = feel.median(paints)
    figures.costs["list there"] = feel.median(lists)


def open_cloud(program: Program, name: str, line: int, told: str, figures: Figures) -> None:
    """Open the cloud of a line of the tree, from the key to the end of its listing."""
    program.press(HOME)
    for _ in range(line):
        program.press(DOWN)
    before, began = program.cost, time.monotonic()
    program.press(ENTER)
    program.until(lambda text: re.search(rf"Status +{told}", text), f"{name}, {told}")
    figures.waits[name] = time.monotonic() - began
    program.settle(1.5, busy=0.03)
    figures.costs[f"open {name}"] = program.cost - before
    figures.rss[f"and {name}"] = program.rss_mib


def run(scene: Scene, figures: Figures, rest: float) -> None:
    """Start, rest, open one after another, rest."""
    with scene.app() as program:
        program.until(lambda text: text.count("GiB") > 4, "the volumes")
        program.settle(1.0, busy=0.03)
        figures.rss["none opened"] = program.rss_mib
        program.wait(3.0)
        figures.costs["idle, none opened"] = program.wait(FIRST_REST)
        program.press(HOME)
        program.press(LEFT)  # the branch of the local cloud: below it are the others, a line each
        # from the last to the first: what is opened moves what is below it
        open_cloud(program, "gone", 3, "being asked|down", figures)
        open_cloud(program, "lab", 2, "available", figures)
        open_cloud(program, "ec2", 1, "available", figures)
        program.wait(10.0)
        program.settle(1.0, busy=0.03)
        figures.costs["idle, all opened"] = program.wait(rest)
        figures.rss["at the end"] = program.rss_mib


def table(figures: Figures, rest: float) -> str:
    """The figures, a line each."""
    least = figures.costs["hello, world"].cpu
    lines = []
    for name, cost in figures.costs.items():
        seconds = {"idle, none opened": FIRST_REST, "idle, all opened": rest}.get(name)
        more = f"  {cost.cpu / seconds * 100:.2f} %" if seconds else f"  {cost.cpu / least:.2f} x"
        if name.startswith("open"):
            more = f"  {figures.waits[name.removeprefix('open ')]:.2f} s"
        lines.append(f"{name:24}{cost.cpu * 1e3:9.1f} ms {cost.sent:8d} bytes{more}")
    lines += [f"memory, {name:16}{mib:9.1f} MiB" for name, mib in figures.rss.items()]
    return "\n".join(lines)


def plain(figures: Figures) -> dict[str, object]:
    """The figures as JSON can hold them."""
    costs = {
        name: {"cpu_ms": round(cost.cpu * 1e3, 2), "bytes": cost.sent}
        for name, cost in figures.costs.items()
    }
    rss = {name: round(mib, 1) for name, mib in figures.rss.items()}
    return {"costs": costs, "rss_mib": rss, "seconds": figures.waits}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--snapshots", type=int, default=5000, help="in each of the two clouds")
    parser.add_argument("--rest", type=float, default=130.0, help="so many seconds in the end")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    options = parser.parse_args()
    figures = Figures()
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        scene = lay(stack, Path(directory), options.snapshots)
        remember(scene)
        starts(scene, figures, [sys.executable, str(feel.HERE / "hello.py")])
        run(scene, figures, options.rest)
    print(table(figures, options.rest))
    if options.json is not None:
        options.json.write_text(json.dumps(plain(figures), indent=2) + "\n")


if __name__ == "__main__":
    main()
