"""Measure how the screen feels beside its peers: CPU and bytes to the terminal, in one run.

`make feel` runs each program in a real pseudo-terminal, does the same things in each, and adds up
the CPU seconds of its process and the bytes it sends. Wall time on a shared machine is noise; these
are not. `htop`, `mc` and `posting` are measured when they are on the PATH.

    python benchmarks/feel.py [--size 80x24] [--only NAME …] [--json FILE] [--slow]

With `--slow`, the app alone, at the other end of a line of 2400 bytes a second and a round trip of
300 ms: the time from a key to the last byte of its answer. A posting that ends at once has crashed:
with tree-sitter 0.26 it does, with 0.25 it does not.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import slow_line
from repositories import make_repository, report_steadily, running_job
from terminal import DOWN, END, ENTER, HOME, PAGE_DOWN, UP, Cost, Program

HERE = Path(__file__).resolve().parent
IDLE_SECONDS = 10.0
JOB_SECONDS = 8.0
HELLO = "hello, world"

FIRST_PAINT = "first paint"
LIST_LOADED = "list there"
OPEN_LIST = "open the long list"
DOWN_STILL = "Down, no scroll"
DOWN_SCROLL = "Down, along 60 rows"
BURST = "Down held, 30 a second"
PAGE = "PageDown"
OPEN_VOLUME = "open a volume"
TABS = "another tab"
PROGRESS = "running job, a second"
IDLE = "idle, 10 s"
PHASES = (
    FIRST_PAINT,
    LIST_LOADED,
    DOWN_STILL,
    DOWN_SCROLL,
    BURST,
    PAGE,
    OPEN_LIST,
    OPEN_VOLUME,
    TABS,
    PROGRESS,
    IDLE,
)


@dataclass
class Figures:
    """What one program cost in one size of the terminal."""

    phases: dict[str, Cost] = field(default_factory=dict)
    rss_mib: float = 0.0
    """Its memory with its lists open; `rss_end_mib` when all was done, with what that imported."""
    rss_end_mib: float = 0.0

    def idle_percent(self) -> float:
        """CPU while nothing happens."""
        return self.phases[IDLE].cpu / IDLE_SECONDS * 100


Scenario = Callable[[Program, Figures], None]


def median(costs: Sequence[Cost]) -> Cost:
    """The cost in the middle, each part on its own."""
    cpu = statistics.median(cost.cpu for cost in costs)
    return Cost(cpu, int(statistics.median(cost.sent for cost in costs)))


def mean(cost: Cost, times: float) -> Cost:
    """The cost of one of so many."""
    return Cost(cost.cpu / times, round(cost.sent / times))


def keys(program: Program, figures: Figures) -> None:
    """Go down a list that has the focus and whose cursor is near its top."""
    figures.phases[DOWN_STILL] = median([program.press(DOWN) for _ in range(6)])
    before = program.cost
    for _ in range(60):
        program.press(DOWN)
    figures.phases[DOWN_SCROLL] = mean(program.cost - before, 60)
    figures.phases[BURST] = mean(program.type_slowly(DOWN, 60, 30), 60)
    figures.phases[PAGE] = median([program.press(PAGE_DOWN) for _ in range(5)])
    figures.rss_mib = program.rss_mib


def rest(program: Program, figures: Figures) -> None:
    """Do nothing."""
    program.settle(1.0, busy=1.0)
    figures.phases[IDLE] = program.wait(IDLE_SECONDS)
    figures.rss_end_mib = program.rss_mib


def hello(program: Program, figures: Figures) -> None:
    """The least a Textual app can be."""
    figures.phases[FIRST_PAINT] = program.until(lambda text: "Hello, World!" in text, "a greeting")
    rest(program, figures)


class OurApp:
    """snaptui on a repository that is as large as one likes."""

    def __init__(self, repository: Path) -> None:
        self.repository = repository

    def __call__(self, program: Program, figures: Figures) -> None:
        """Everything that is measured of it."""
        phases = figures.phases
        phases[FIRST_PAINT] = program.until(lambda text: "Help" in text, "the keys")
        phases[LIST_LOADED] = program.until(lambda text: text.count("GiB") > 4, "the volumes")
        program.settle()
        first = program.cost
        program.press(END + UP)  # where the tree has the index of all snapshots
        program.until(lambda text: "nightly-000" in text, "the snapshots")
        program.settle()
        phases[OPEN_LIST] = program.cost - first
        program.press(ENTER)
        keys(program, figures)
        program.press("0")
        program.press(HOME)
        program.press(DOWN)
        program.press(ENTER)
        phases[OPEN_VOLUME] = program.press(ENTER)
        phases[TABS] = median([program.press(digit) for digit in "1213"])
        program.press("2")
        self.job(program, figures)
        rest(program, figures)

    def job(self, program: Program, figures: Figures) -> None:
        """A job goes on, in the rows of the volume that is shown."""
        with running_job(self.repository) as reporter:
            program.until(lambda text: "before-the" in text, "the job")
            reporter("reading", 0, 20 << 30)
            program.wait(1.0)
            before = program.cost
            for _ in report_steadily(reporter, JOB_SECONDS):
                program.wait(0.2)
            figures.phases[PROGRESS] = mean(program.cost - before, JOB_SECONDS)
        program.settle()
        # the toast of the job's end is to be gone
        program.wait(6.0)


def htop(program: Program, figures: Figures) -> None:
    """The processes of this host; it is never idle, for it shows what goes on."""
    figures.phases[FIRST_PAINT] = program.until(lambda text: "PID" in text, "its head")
    program.wait(0.5)
    program.press("H")
    # its own refresh (every 10 s here) must not be counted as an answer
    figures.phases[DOWN_STILL] = median([program.press(DOWN) for _ in range(5)])
    before = program.cost
    for _ in range(60):
        program.press(DOWN)
    figures.phases[DOWN_SCROLL] = mean(program.cost - before, 60)
    figures.phases[BURST] = mean(program.type_slowly(DOWN, 60, 30), 60)
    figures.phases[PAGE] = median([program.press(PAGE_DOWN) for _ in range(3)])
    program.settle(1.0, busy=1.0)
    figures.phases[IDLE] = program.wait(IDLE_SECONDS)
    figures.rss_end_mib = program.rss_mib


def mc(program: Program, figures: Figures) -> None:
    """A directory of 10 000 files."""
    figures.phases[FIRST_PAINT] = program.until(lambda text: "10Quit" in text, "its keys")
    program.settle()
    keys(program, figures)
    rest(program, figures)


def posting(program: Program, figures: Figures) -> None:
    """A Textual app of some size; nobody's list of 10 000, so only its start and its rest."""
    figures.phases[FIRST_PAINT] = program.until(lambda text: "Collection" in text, "its tree")
    rest(program, figures)


def environment(scratch: Path, colours: str) -> dict[str, str]:
    """What programs are told: a terminal with many colours, a home of their own."""
    home = scratch / "home"
    home.mkdir(exist_ok=True)
    told = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }
    if colours == "truecolor":
        told["COLORTERM"] = "truecolor"
    return told


@dataclass
class Contender:
    """A program and what is done with it."""

    name: str
    command: Sequence[str]
    scenario: Scenario
    environment: dict[str, str] = field(default_factory=dict)
    directory: str | None = None


def contenders(scratch: Path, names: Sequence[str]) -> list[Contender]:
    """The programs to measure; repositories are made for those that are."""

    def wanted(name: str) -> bool:
        return not names or any(part in name for part in names)

    found = [Contender(HELLO, [sys.executable, str(HERE / "hello.py")], hello)]
    for volumes, snapshots in ((100, 10_000), (1000, 100_000), (5000, 5000)):
        name = f"snaptui, {snapshots // 1000}k snapshots"
        if volumes == 5000:
            name = "snaptui, 5k volumes"
        if not wanted(name):
            continue
        print(f"making the repository of {name}", file=sys.stderr)
        repository = make_repository(scratch, volumes=volumes, snapshots=snapshots)
        found.append(
            Contender(
                name,
                [sys.executable, "-m", "snaptui"],
                OurApp(repository),
                {"SNAPTUI_REPOSITORY": str(repository)},
            )
        )
    if wanted("htop") and shutil.which("htop"):
        found.append(Contender("htop", ["htop", "-d", "100"], htop))
    if wanted("mc") and shutil.which("mc"):
        many = scratch / "many"
        many.mkdir()
        for number in range(10_000):
            (many / f"file-{number:05d}").touch()
        found.append(Contender("mc", ["mc", "-u", str(many)], mc))
    if wanted("posting") and shutil.which("posting"):
        found.append(Contender("posting", ["posting"], posting))
    return found


def measure(contender: Contender, size: tuple[int, int], told: dict[str, str]) -> Figures:
    """One program in one size."""
    figures = Figures()
    forget(told)
    with Program(
        contender.command,
        size=size,
        environment={**told, **contender.environment},
        directory=contender.directory,
    ) as program:
        contender.scenario(program, figures)
    return figures


def table(results: dict[str, Figures], size: tuple[int, int]) -> str:
    """The figures of one size: CPU in milliseconds and bytes."""
    names = list(results)
    width = max(12, *(len(name) for name in names)) + 2
    lines = [
        f"{size[0]}x{size[1]}: CPU ms / bytes sent".ljust(26)
        + "".join(name.rjust(width) for name in names)
    ]
    for phase in PHASES:
        cells = []
        for name in names:
            cost = results[name].phases.get(phase)
            cells.append("-" if cost is None else f"{cost.cpu * 1e3:.1f} / {cost.sent}")
        if any(cell != "-" for cell in cells):
            lines.append(phase.ljust(26) + "".join(cell.rjust(width) for cell in cells))
    idle = [f"{results[name].idle_percent():.2f} %" for name in names]
    lines.append("CPU when idle".ljust(26) + "".join(cell.rjust(width) for cell in idle))
    rss = [f"{each.rss_mib:.0f} / {each.rss_end_mib:.0f} MiB" for each in results.values()]
    lines.append("memory, lists / end".ljust(26) + "".join(cell.rjust(width) for cell in rss))
    if HELLO in results:
        base = results[HELLO].phases[FIRST_PAINT].cpu
        for phase in (FIRST_PAINT, LIST_LOADED):
            cells = [
                f"{cost.cpu / base:.2f}" if (cost := results[name].phases.get(phase)) else "-"
                for name in names
            ]
            title = f"{phase} / hello"
            lines.append(title.ljust(26) + "".join(cell.rjust(width) for cell in cells))
    return "\n".join(lines)


def plain(results: dict[str, Figures]) -> dict[str, object]:
    """The figures as JSON can hold them."""
    return {
        name: {
            "rss_mib": round(figures.rss_mib, 1),
            "rss_end_mib": round(figures.rss_end_mib, 1),
            "idle_percent": round(figures.idle_percent(), 3),
            "phases": {
                phase: {"cpu_ms": round(cost.cpu * 1e3, 2), "bytes": cost.sent}
                for phase, cost in figures.phases.items()
            },
        }
        for name, figures in results.items()
    }


def slow(scratch: Path, told: dict[str, str], sizes: Sequence[str]) -> None:
    """The app over a slow line, as it is and in calm mode."""
    repository = make_repository(scratch, volumes=100, snapshots=10_000)
    environment = {**told, "SNAPTUI_REPOSITORY": str(repository)}
    command = [sys.executable, "-m", "snaptui"]
    for text in sizes:
        size = size_of(text)
        answers = {}
        for name, options in (("snaptui", []), ("snaptui --calm", ["--calm"])):
            forget(told)
            answers[name] = slow_line.measure([*command, *options], size, environment)
        print(slow_line.table(answers, size), end="\n\n", flush=True)


def size_of(text: str) -> tuple[int, int]:
    """Columns and lines."""
    width, height = (int(part) for part in text.split("x"))
    return width, height


def forget(told: dict[str, str]) -> None:
    """Nothing is remembered of the last time."""
    shutil.rmtree(told["HOME"], ignore_errors=True)
    Path(told["HOME"]).mkdir()


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--size", action="append", help="by default 80x24 and 120x40")
    parser.add_argument("--only", nargs="*", default=[], help="parts of the names to measure")
    parser.add_argument("--colours", choices=("truecolor", "256"), default="truecolor")
    parser.add_argument("--slow", action="store_true", help="over a slow line instead")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    options = parser.parse_args()
    sizes = options.size or ["80x24", "120x40"]
    everything: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as directory:
        scratch = Path(directory)
        told = environment(scratch, options.colours)
        if options.slow:
            slow(scratch, told, sizes)
            return
        found = contenders(scratch, options.only)
        for text in sizes:
            size = size_of(text)
            results: dict[str, Figures] = {}
            for contender in found:
                print(f"{contender.name} at {text}", file=sys.stderr)
                try:
                    results[contender.name] = measure(contender, size, told)
                except RuntimeError as error:
                    print(f"{contender.name} cannot be measured: {error}", file=sys.stderr)
            print(table(results, size), flush=True)
            print()
            everything[text] = plain(results)
    if options.json is not None:
        options.json.write_text(json.dumps(everything, indent=2) + "\n")


if __name__ == "__main__":
    main()
