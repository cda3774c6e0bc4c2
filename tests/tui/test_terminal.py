"""Terminals: small, ASCII, without colour; and the first start."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Button

from snaptui.models import Candidate
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.glyphs import glyphs
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.form import Field
from snaptui.tui.screens.too_small import TooSmall
from snaptui.tui.screens.volume_form import VolumeForm
from tests.tui.fake import GIB, FakeCloud, FakeJobs, small_cloud
from tests.tui.helpers import colours_in, screen_text, terminal_bytes, toasts, type_text, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def ascii_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LC_ALL", "POSIX")
    glyphs.cache_clear()
    yield
    glyphs.cache_clear()


@pytest.mark.usefixtures("ascii_terminal")
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_without_unicode_everything_is_ascii(size: tuple[int, int]) -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=size, notifications=True) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        uids = {PlaceKind.VOLUME: "vol-00000001", PlaceKind.SNAPSHOT: "snap-00000001"}
        for kind in PlaceKind:
            app.main.go(Place("local", kind, uids.get(kind, "")))
            for tab in "12345":
                await pilot.press(tab)
                await pilot.pause()
                assert screen_text(app).isascii()
        app.notify("a toast", markup=False)
        await pilot.pause()
        for key in ("s", "c", "r", "d", "n", "ctrl+d", "J", "question_mark"):
            await pilot.press(key)
            await wait_for(pilot, lambda: app.screen is not app.main, f"what {key} opens")
            await pilot.pause()
            text = screen_text(app)
            assert text.isascii(), (key, [c for c in text if not c.isascii()])
            await pilot.press("escape")
            await wait_for(pilot, lambda: app.screen is app.main, f"the end of what {key} opened")


async def test_a_terminal_that_is_too_small_says_so() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.resize_terminal(50, 12)
        await wait_for(pilot, lambda: isinstance(app.screen, TooSmall), "the message")
        await wait_for(pilot, lambda: "this is 50x12" in screen_text(app), "the size")
        await pilot.resize_terminal(80, 24)
        await wait_for(pilot, lambda: app.screen is app.main, "the screen again")


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (300, 80)])
async def test_every_size_has_its_borders(size: tuple[int, int]) -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=size) as pilot:
        await wait_for(pilot, lambda: "web-data" in screen_text(app), "the tree")
        lines = screen_text(app).split("\n")
        assert len(lines) == size[1]
        assert lines[1].rstrip().endswith("╮")
        assert lines[-2].rstrip().endswith("╯")


@pytest.mark.parametrize(
    ("variable", "value"), [("NO_COLOR", "1"), ("TERM", "vt100")], ids=["NO_COLOR", "vt100"]
)
async def test_without_colour_none_is_sent(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await wait_for(pilot, lambda: "web-data" in screen_text(app), "the tree")
        app.main.go(Place("local", PlaceKind.SNAPSHOT, "snap-00000001"))
        await pilot.pause()
        app.notify("a toast", markup=False)
        for key in ("1", "2", "3", "s", "c", "r", "d", "ctrl+d", "J", "question_mark", "ctrl+p"):
            await pilot.press(key)
            if not key.isdigit():
                await wait_for(pilot, lambda: app.screen is not app.main, f"what {key} opens")
            await pilot.pause()
            assert colours_in(terminal_bytes(app)) == set()
            if not key.isdigit():
                await pilot.press("escape")
                await wait_for(pilot, lambda: app.screen is app.main, "the main screen")


async def test_without_colour_one_sees_where_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "web-data" in screen_text(app), "the tree")
        await pilot.press("down")
        reversed_row = re.compile(r"\x1b\[7m[^\x1b]*web-data")
        await wait_for(pilot, lambda: reversed_row.search(terminal_bytes(app)), "the cursor")
        await pilot.press("s")
        await wait_for(pilot, lambda: app.screen is not app.main, "the form")
        await pilot.press("tab", "tab", "tab")
        await wait_for(pilot, lambda: isinstance(app.focused, Button), "a button")
        label = str(app.focused.label) if isinstance(app.focused, Button) else ""
        assert re.search(rf"\x1b\[7m *{label}", terminal_bytes(app))


async def test_the_first_start_offers_what_is_on_the_host() -> None:
    cloud = FakeCloud()
    cloud.found = [
        Candidate(path="/images/web.img", kind="file", size_bytes=3 * GIB, detail="ext4")
    ]
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "/images/web.img" in screen_text(app), "what was found")
        await wait_for(pilot, lambda: "No volumes yet" in screen_text(app), "the greeting")
        await pilot.press("enter")
        await wait_for(pilot, lambda: isinstance(app.screen, VolumeForm), "the form")
        assert app.screen.query_one("#path", Field).value == "/images/web.img"
        await pilot.press("enter")
        await wait_for(
            pilot, lambda: "Volume added was successfully added." in toasts(app), "the toast"
        )
        await wait_for(pilot, lambda: app.main.pane.current is not None
                       and app.main.pane.current.id == "volume", "the volume")  # fmt: skip


async def test_a_blank_volume_wants_a_name_and_a_size() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("n")
        await wait_for(pilot, lambda: isinstance(app.screen, VolumeForm), "the form")
        app.screen.query_one("#what").focus()
        await pilot.press("down")
        size = app.screen.query_one("#size", Field)
        await wait_for(pilot, lambda: size.display, "the fields")
        size.focus()
        await type_text(pilot, "10GB")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "binary or decimal" in screen_text(app), "the reason")
        size.value = "10GiB"
        app.screen.query_one("#name", Field).value = "blank"
        await pilot.press("enter")
        await wait_for(
            pilot, lambda: "Volume blank was successfully created." in toasts(app), "the toast"
        )


def test_importing_the_door_imports_no_textual() -> None:
    code = "import sys, snaptui.tui; sys.exit('textual' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert (
        subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
    )
