"""The doctor's report in the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.doctor import Finding, Level, Report, examine
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.screens.doctor import DoctorScreen
from snaptui.tui.terminal import look_at_terminal
from tests.tui.fake import FakeJobs, small_cloud
from tests.tui.helpers import screen_text, wait_for

if TYPE_CHECKING:
    import pytest

    from snaptui.engine import Repository


async def test_d_shows_the_report_of_everything(repository: Repository) -> None:
    cloud = small_cloud()
    app = SnaptuiApp(
        [cloud], FakeJobs(cloud), examine=lambda: examine(repository.path, origin="the test")
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("D")
        await wait_for(pilot, lambda: isinstance(app.screen, DoctorScreen), "the screen")
        screen = app.screen
        assert isinstance(screen, DoctorScreen)
        await wait_for(pilot, lambda: "in order" in screen_text(app), "the report")
        for group in ("Versions", "Terminal", "Configuration", "Repository", "Host", "Clouds"):
            assert f" {group}\n" in screen.document.text
        assert "local" in screen.document.text
        assert "(the test)" in screen.document.text
        await pilot.press("G")
        await wait_for(pilot, lambda: "losetup" in screen_text(app), "its end")
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.screen is app.main, "the volumes again")


async def test_what_is_wrong_stands_first_and_can_be_looked_at_again() -> None:
    cloud = small_cloud()
    broken = Finding("Host", "y", Level.FAIL, "broken \x1b]52;c;x\x07[/b]", "mend it")
    mended = Finding("Host", "y", Level.OK, "mended")
    reports = iter([Report((Finding("Host", "x", Level.OK, "a"), broken)), Report((mended,))])
    app = SnaptuiApp([cloud], FakeJobs(cloud), examine=lambda: next(reports))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("D")
        await wait_for(pilot, lambda: "1 broken" in screen_text(app), "the report")
        text = screen_text(app)
        assert text.index("broken ]52;c;x[/b]") < text.index("mend it") < text.index(" Host")
        await pilot.press("r")
        await wait_for(pilot, lambda: "mended" in screen_text(app), "the second report")


async def test_an_examination_that_fails_is_told() -> None:
    def fail() -> Report:
        raise ValueError("odd")

    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud), examine=fail)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("D")
        await wait_for(pilot, lambda: "defect: ValueError: odd" in screen_text(app), "the reason")


def by_title(**environment: str) -> dict[str, Finding]:
    return {each.title: each for each in look_at_terminal(environment)}


def test_terminals() -> None:
    xterm = by_title(TERM="xterm-256color", LANG="C.UTF-8")
    assert (xterm["Colours"].text, xterm["Clipboard"].level) == ("256", Level.OK)
    assert by_title(TERM="xterm", COLORTERM="truecolor")["Colours"].text == "16 million"
    assert by_title(TERM="xterm", NO_COLOR="1")["Colours"].text.startswith("none")
    tmux = by_title(TERM="tmux-256color", TMUX="/tmp/x", SSH_CONNECTION="a b c d")
    assert tmux["TERM"].text == "tmux-256color, through tmux, SSH"
    assert "set-clipboard" in tmux["Clipboard"].text
    dumb = by_title(TERM="dumb")
    assert dumb["TERM"].level is Level.WARN
    assert by_title(TERM="linux")["Clipboard"].level is Level.WARN
    assert "browser" in by_title(TEXTUAL_DRIVER="x")["Terminal"].text


def test_ascii_terminals_are_told_what_they_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    from snaptui.tui.glyphs import glyphs

    monkeypatch.setenv("SNAPTUI_ASCII", "1")
    glyphs.cache_clear()
    assert by_title(TERM="xterm")["Characters"].level is Level.WARN
