"""Lines, glyphs, ages, styles: the small parts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len
from rich.style import Style

from snaptui.tui.ages import age, short_age
from snaptui.tui.glyphs import ASCII, UNICODE, Glyphs, speaks_unicode
from snaptui.tui.screens.clone_form import suggested_name
from snaptui.tui.signs import bar, share
from snaptui.tui.spans import crop, fit, fit_ends, length, outside, spread, strip, wrap
from snaptui.tui.styles import style_sheets

TEXTS = [
    "",
    "a",
    "plain text",
    "漢字漢字漢字",
    "a漢b字c",
    "e\u0301e\u0301e\u0301",
    "👩‍👧 x",
    "x" * 300,
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("width", [0, 1, 2, 3, 7, 40])
@pytest.mark.parametrize("right", [False, True])
def test_fit_takes_exactly_its_width(text: str, width: int, right: bool) -> None:
    assert cell_len(fit(text, width, right=right)) == width


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("width", [1, 7, 8, 20, 40])
def test_fit_ends_takes_exactly_its_width(text: str, width: int) -> None:
    assert cell_len(fit_ends(text, width)) == width


def test_fit_ends_keeps_both_ends() -> None:
    assert fit_ends("/var/lib/libvirt/images/web.img", 20) == "/var/l…mages/web.img"
    assert fit_ends("/srv/a.img", 20) == "/srv/a.img          "


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("width", [2, 5, 30])
def test_wrap_loses_nothing(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("width", [1, 10, 33, 80])
def test_strips_are_as_wide_as_asked(width: int) -> None:
    line = [("漢字", "a"), ("plain", ""), ("tail" * 9, "a")]
    drawn = strip(line, width, Style(), lambda _: Style(bold=True))
    assert drawn.cell_length == width == cell_len(drawn.text)
    assert length(crop(line, width)) <= width
    assert length(spread(line, [("end", "")], max(4, width))) == max(4, width)


def test_outside_text_is_plain() -> None:
    assert outside("a\x1b[31mb\u202e") == "a[31mb"
    assert len(outside("x" * 10_000)) == 512
    assert outside("a" + "\u0301" * 50) == "a" + "\u0301" * 4


def test_both_sets_of_glyphs_are_equally_wide() -> None:
    for field in Glyphs.__dataclass_fields__:
        one, other = getattr(UNICODE, field), getattr(ASCII, field)
        if field not in {"ascii_only", "border"}:
            assert cell_len(one) == cell_len(other), field
            assert other.isascii(), field


@pytest.mark.parametrize(
    ("environment", "coerced", "expected"),
    [
        ({}, False, True),
        ({"LANG": "C.UTF-8"}, False, True),
        ({"LANG": "de_DE.utf8"}, False, True),
        ({"LC_ALL": "POSIX", "LANG": "C.UTF-8"}, False, False),
        ({"LC_ALL": "C"}, False, False),
        ({"LC_CTYPE": "en_US.ISO-8859-1", "LANG": "C.UTF-8"}, False, False),
        ({"LC_ALL": "", "LANG": "en_US.UTF-8"}, False, True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True, False),
        ({"LANG": "C.UTF-8", "SNAPTUI_ASCII": "1"}, False, False),
        ({"LANG": "C.UTF-8", "SNAPTUI_ASCII": "0"}, False, True),
    ],
)
def test_the_locale_decides(environment: dict[str, str], coerced: bool, expected: bool) -> None:
    assert speaks_unicode(environment, coerced=coerced) is expected


def test_an_age_does_not_tick_within_its_first_minute() -> None:
    now = datetime.now(UTC)
    assert {short_age(now - timedelta(seconds=s)) for s in range(58)} == {"now"}
    assert {age(now - timedelta(seconds=s)) for s in range(58)} == {"just now"}
    assert short_age(now - timedelta(hours=3, minutes=1)) == "3h"
    assert short_age(None) == "-"


@pytest.mark.parametrize("fraction", [0.0, 0.001, 0.5, 0.999, 1.0])
@pytest.mark.parametrize("width", [1, 8, 40])
def test_bars_are_as_wide_as_asked(fraction: float, width: int) -> None:
    assert length(bar(fraction, width)) == width
    assert length(share(fraction, width, "new")) == width


def test_a_clone_gets_a_name_of_its_own() -> None:
    assert suggested_name("web", set()) == "web-clone"
    assert suggested_name("web", {"web-clone", "web-clone-2"}) == "web-clone-3"


def test_styles_speak_of_colours_by_variable_only() -> None:
    sheets = style_sheets()
    assert sheets[0].name == "app.tcss"
    for sheet in sheets:
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
        for value in re.findall(r"(?:color|background|border[a-z-]*|tint):\s*([^;]+);", text):
            assert "#" not in value, (sheet.name, value)
            assert "rgb" not in value, (sheet.name, value)
