"""Themes: all can be read, each is shown while one chooses, and terminals get what they can."""

from __future__ import annotations

import re

import pytest
from textual.color import Color

from snaptui.config import THEMES, Config
from snaptui.tui import theme as themes
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.appearance import first_theme, has_few_colours, has_no_colours
from snaptui.tui.screens.themes import ABOUT, ThemePicker
from snaptui.tui.styles import style_sheets
from snaptui.tui.widgets.line_widget import _styled
from tests.tui.fake import FakeJobs, small_cloud
from tests.tui.helpers import screen_text, terminal_bytes, toasts, wait_for

ORNAMENTS = {"faint", "shared"}
"""Bars, rules, branches, and what cannot be done here: 3 is what WCAG asks of them."""


def app_in(theme: str) -> SnaptuiApp:
    cloud = small_cloud()
    return SnaptuiApp([cloud], FakeJobs(cloud), config=Config().overridden("a test", theme=theme))


def spans_styled() -> set[str]:
    """The names that the style sheets give a look to."""
    sheets = "".join(path.read_text() for path in style_sheets())
    return set(re.findall(r"\.line--([a-z-]+)", sheets))


def luminance(color: Color) -> float:
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
             for part in color.normalized]  # fmt: skip
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: Color, other: Color) -> float:
    """As the Web Content Accessibility Guidelines compute it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    white, black = Color.parse("#ffffff"), Color.parse("#000000")
    assert contrast(white, black) == pytest.approx(21)
    assert contrast(white, white) == 1
    assert contrast(Color.parse("#767676"), white) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(
    ("name", "least", "ornaments"),
    [("snaptui", 4.5, 3.0), ("light", 4.5, 3.0), ("high-contrast", 7.0, 7.0)],
)
async def test_all_text_can_be_read(name: str, least: float, ornaments: float) -> None:
    app = app_in(name)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        panel = Color.parse(app.theme_variables["panel"])
        tree = app.main.tree_view
        for style_name in spans_styled():
            styles = _styled(app, tree, style_name).styles
            for below in (tree.background_colors[1], panel):
                ground = styles.background if styles.background.a else below
                wanted = ornaments if style_name in ORNAMENTS else least
                if style_name == "shared" and below == panel:
                    continue  # the map of a volume is on the plain background
                found = contrast(styles.color, ground)
                assert found >= wanted, (style_name, found)
        variables = app.theme_variables
        for text in ("foreground", "text-muted", "primary", "success", "warning", "error"):
            for ground_name in ("background", "panel"):
                found = contrast(Color.parse(variables[text]), Color.parse(variables[ground_name]))
                assert found >= least, (text, ground_name, found)


def test_every_theme_that_can_be_set_is_there() -> None:
    assert {*themes.THEMES, themes.TERMINAL} == set(THEMES) == set(ABOUT)


@pytest.mark.parametrize("name", THEMES)
async def test_every_theme_paints_the_screen(name: str) -> None:
    app = app_in(name)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "web-data" in screen_text(app), "the tree")
        assert app.theme == name


@pytest.mark.parametrize("name", ["ansi", "terminal"])
async def test_ansi_sends_the_terminals_own_colours_only(name: str) -> None:
    app = app_in(name)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "web-data" in screen_text(app), "the tree")
        sent = terminal_bytes(app)
        assert "\x1b[" in sent
        assert "38;2;" not in sent
        assert "48;2;" not in sent
        assert "38;5;" not in sent


@pytest.mark.parametrize(("dark", "like"), [(True, "snaptui"), (False, "light"), (None, "ansi")])
def test_the_theme_that_follows_is_what_the_terminal_is(dark: bool | None, like: str) -> None:
    following = themes.following(dark)
    assert following.name == "terminal"
    assert following.background == themes.THEMES[like].background
    assert following.ansi == themes.THEMES[like].ansi


async def test_choosing_shows_each_and_escape_takes_it_back() -> None:
    app = app_in("snaptui")
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("ctrl+t")
        await wait_for(pilot, lambda: isinstance(app.screen, ThemePicker), "the picker")
        await wait_for(pilot, lambda: "high-contrast" in screen_text(app), "the list")
        await pilot.press("down")
        await wait_for(pilot, lambda: app.theme == "light", "the light theme")
        await pilot.press("down")
        await wait_for(pilot, lambda: app.theme == "high-contrast", "the next")
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of it")
        assert app.theme == "snaptui"
        assert app.chosen_theme == ""
        await pilot.press("ctrl+t")
        await wait_for(pilot, lambda: isinstance(app.screen, ThemePicker), "the picker")
        await pilot.press("down", "enter")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of it")
        assert app.theme == app.chosen_theme == "light"


async def test_without_colours_there_is_nothing_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_in("light")
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("ctrl+t")
        await wait_for(pilot, lambda: toasts(app), "the reason")
        assert "NO_COLOR" in toasts(app)[0]
        assert app.screen is app.main


def test_what_a_terminal_can_show() -> None:
    for term in ("linux", "screen", "tmux", "xterm", "rxvt", "xterm-16color", "vt100"):
        assert has_few_colours({"TERM": term}), term
    for term in (
        "xterm-256color",
        "screen-256color",
        "tmux-256color",
        "xterm-kitty",
        "xterm-direct",
    ):
        assert not has_few_colours({"TERM": term}), term
    assert not has_few_colours({"TERM": "xterm", "COLORTERM": "truecolor"})
    for environment in (
        {"NO_COLOR": "1"},
        {"TERM": "vt100"},
        {"TERM": "vt220"},
        {"TERM": "xterm-mono"},
    ):
        assert has_no_colours(environment), environment
    for environment in ({}, {"NO_COLOR": ""}, {"TERM": "xterm"}, {"TERM": "linux"}):
        assert not has_no_colours(environment), environment


def test_the_theme_one_begins_with() -> None:
    many, few = {"TERM": "xterm-256color"}, {"TERM": "linux"}
    set_light = Config().overridden("file", theme="light")
    assert first_theme(Config(), many) == "snaptui"
    assert first_theme(Config(), few) == "ansi"
    assert first_theme(Config(calm=True), many) == "ansi"
    assert first_theme(set_light, few) == "light"
    assert first_theme(set_light.overridden("--calm", calm=True), many) == "light"
    assert first_theme(Config(), many, "high-contrast") == "high-contrast"
    assert first_theme(Config(), many, "a theme of long ago") == "snaptui"
    assert first_theme(set_light, {**many, "NO_COLOR": "1"}, "light") == "ansi"


async def test_q_leaves_the_choice_as_it_was_and_the_app_running() -> None:
    app = app_in("snaptui")
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("ctrl+t")
        await wait_for(pilot, lambda: isinstance(app.screen, ThemePicker), "the picker")
        await pilot.press("down", "q")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of it")
        assert app.theme == "snaptui"
        assert app.is_running


@pytest.mark.parametrize(
    ("theme", "dark", "colours", "later"),
    [
        ("snaptui", None, "", True),
        ("snaptui", None, "0;15", False),
        ("snaptui", True, "", False),
        ("terminal", None, "", False),  # it was asked, and said nothing
    ],
)
async def test_when_the_terminals_colours_come_is_told(
    monkeypatch: pytest.MonkeyPatch, theme: str, dark: bool | None, colours: str, later: bool
) -> None:
    monkeypatch.setenv("COLORFGBG", colours)
    cloud = small_cloud()
    config = Config().overridden("the test", theme=theme)
    app = SnaptuiApp([cloud], FakeJobs(cloud), config=config, dark=dark)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("ctrl+t")
        await wait_for(pilot, lambda: "high-contrast" in screen_text(app), "the list")
        assert ("as it is, after a restart" in screen_text(app)) is later
        if colours:
            await pilot.press("end")
            await wait_for(pilot, lambda: app.theme == "terminal", "the theme")
            assert app.current_theme.background == themes.THEMES["light"].background
