"""Measure snaptui's engine beside its peers: one run, one disk, whole processes, ratios.

`make bench` builds the test volume (see `volume.py`), then lets each tool that is installed take a
first snapshot, one of nothing changed, one after 200 scattered 64 KiB writes, restore the first and
verify the last; page cache warm. Restic and Borg are measured when they are on the PATH
(Debian: `apt-get install restic borgbackup`).

Each figure is of the whole process and its children: wall seconds, CPU seconds (user and system)
and the largest resident set. Wall time on a shared machine is noise; the ratios of CPU are not.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from volume import MIB, change_volume, make_volume

PHASES = ("full", "unchanged", "13 MB changed", "restore", "verify")


@dataclass
class Figures:
    """What one phase of one tool cost."""

    wall: float
    cpu: float
    rss_mib: int


@dataclass
class Result:
    """What a tool cost in all phases, and how its repository grew by the changed snapshot."""

    phases: dict[str, Figures] = field(default_factory=dict)
    growth: int = 0


def measured(command: list[str], environment: dict[str, str] | None = None) -> Figures:
    """Run a command to its end and say what it cost."""
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )
    assert process.stderr is not None
    complaint = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - began
    if process.returncode not in (0, 1):
        raise RuntimeError(f"{command} ended with {process.returncode}: {complaint.decode()}")
    return Figures(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024)


def warm(path: Path) -> None:
    """Have a file in the page cache but not in this process, as a copy of which a child begins."""
    with path.open("rb") as file:
        while file.read(MIB):
            pass


def disk_usage(path: Path) -> int:
    """Bytes under a directory."""
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())


@dataclass
class Tool:
    """A tool under measurement, each step a command line."""

    name: str
    repository: Path
    prepare: Callable[[], None]
    snapshot: Callable[[], list[str]]
    restore: Callable[[Path], list[str]]
    verify: Callable[[], list[str]]
    environment: dict[str, str] = field(default_factory=dict)


def snaptui(directory: Path, image: Path) -> Tool:
    """Our own command line."""
    repository = directory / "snaptui"
    base = [sys.executable, "-m", "snaptui", "--repository", str(repository)]

    def newest(last: bool) -> str:
        output = subprocess.run(
            [*base, "--json", "snapshot", "list"], check=True, capture_output=True, text=True
        ).stdout
        snapshots = json.loads(output)
        return str(snapshots[0 if last else -1]["resource_uid"])

    def prepare() -> None:
        subprocess.run(
            [*base, "volume", "add", str(image), "--name", "v"], check=True, capture_output=True
        )

    return Tool(
        "snaptui",
        repository,
        prepare,
        lambda: [*base, "snapshot", "create", "v", "--name", "s"],
        lambda target: [*base, "snapshot", "restore", newest(last=False), "--to", str(target)],
        lambda: [*base, "snapshot", "verify", newest(last=True)],
    )


def restic(directory: Path, image: Path) -> Tool:
    """Restic; `--force` makes it read a file whose time stamp did not move, as we do."""
    repository = directory / "restic"
    base = ["restic", "-q", "-r", str(repository), "--no-cache"]
    environment = {"RESTIC_PASSWORD": "benchmark"}

    def prepare() -> None:
        subprocess.run(
            [*base, "init"], check=True, capture_output=True, env=os.environ | environment
        )

    def first() -> str:
        output = subprocess.run(
            [*base, "snapshots", "--json"],
            check=True,
            capture_output=True,
            text=True,
            env=os.environ | environment,
        ).stdout
        return str(json.loads(output)[0]["id"])

    return Tool(
        "restic",
        repository,
        prepare,
        lambda: [*base, "backup", "--force", str(image)],
        lambda target: [*base, "restore", first(), "--target", str(target)],
        lambda: [*base, "check", "--read-data"],
        environment,
    )


def borg(directory: Path, image: Path) -> Tool:
    """Borg with fixed 4 MiB chunks and lz4, which its manual advises for disk images."""
    repository = directory / "borg"
    environment = {
        "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
        "BORG_BASE_DIR": str(directory),
    }
    count = 0

    def prepare() -> None:
        subprocess.run(
            ["borg", "init", "-e", "none", str(repository)],
            check=True,
            capture_output=True,
            env=os.environ | environment,
        )

    def snapshot() -> list[str]:
        nonlocal count
        count += 1
        options = [
            "--chunker-params",
            "fixed,4194304",
            "-C",
            "lz4",
            "--sparse",
            "--files-cache=disabled",
        ]
        return ["borg", "create", *options, f"{repository}::a{count}", str(image)]

    def restore(target: Path) -> list[str]:
        target.mkdir()
        return ["sh", "-c", f"cd {target} && borg extract --sparse {repository}::a1"]

    return Tool(
        "borg",
        repository,
        prepare,
        snapshot,
        restore,
        lambda: ["borg", "check", "--verify-data", str(repository)],
        environment,
    )


def measure(tool: Tool, image: Path, directory: Path, rounds: int) -> Result:
    """All phases of one tool."""
    result = Result()
    tool.prepare()
    warm(image)
    result.phases["full"] = measured(tool.snapshot(), tool.environment)
    result.phases["unchanged"] = best(lambda: measured(tool.snapshot(), tool.environment), rounds)
    before = disk_usage(tool.repository)
    changed = []
    for number in range(rounds):
        change_volume(image, seed=100 + number)
        changed.append(measured(tool.snapshot(), tool.environment))
    result.phases["13 MB changed"] = min(changed, key=lambda each: each.cpu)
    result.growth = (disk_usage(tool.repository) - before) // rounds

    def restore() -> Figures:
        target = directory / "restored"
        figures = measured(tool.restore(target), tool.environment)
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink()
        return figures

    result.phases["restore"] = best(restore, rounds)
    result.phases["verify"] = best(lambda: measured(tool.verify(), tool.environment), rounds)
    return result


def best(run: Callable[[], Figures], rounds: int) -> Figures:
    """The cheapest of some runs: whatever else the machine does only adds."""
    return min((run() for _ in range(rounds)), key=lambda each: each.cpu)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2048, help="the volume in MiB")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--directory", type=Path, help="where to work (4 x the volume is needed)")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.directory) as name:
        directory = Path(name)
        results: dict[str, Result] = {}
        for make, program in ((snaptui, ""), (borg, "borg"), (restic, "restic")):
            if program and shutil.which(program) is None:
                print(f"{program} is not installed: not measured", file=sys.stderr)
                continue
            image = directory / "volume.raw"
            make_volume(image, arguments.size * MIB)
            tool = make(directory, image)
            results[tool.name] = measure(tool, image, directory, arguments.rounds)
            shutil.rmtree(tool.repository)
    if arguments.json:
        print(json.dumps(results, default=vars, indent=2))
    else:
        report(results)


def report(results: dict[str, Result]) -> None:
    """A table, and our ratio to each peer in CPU time."""
    ours = results["snaptui"]
    print(f"{'wall s / CPU s':16}" + "".join(f"{name:>16}" for name in results))
    for phase in PHASES:
        cells = [result.phases[phase] for result in results.values()]
        print(f"{phase:16}" + "".join(f"{each.wall:8.2f} /{each.cpu:6.2f}" for each in cells))
    peaks = [max(each.rss_mib for each in result.phases.values()) for result in results.values()]
    print(f"{'peak RSS, MiB':16}" + "".join(f"{peak:16}" for peak in peaks))
    print(f"{'growth, MB':16}" + "".join(f"{r.growth / 1e6:16.1f}" for r in results.values()))
    for name, result in results.items():
        if name != "snaptui":
            ratios = ", ".join(
                f"{phase} {ours.phases[phase].cpu / result.phases[phase].cpu:.2f} "
                f"({ours.phases[phase].wall / result.phases[phase].wall:.2f})"
                for phase in PHASES
            )
            print(f"CPU (wall) x {name}: {ratios}")


if __name__ == "__main__":
    main()
