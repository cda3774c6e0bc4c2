import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snaptui.errors import InvalidInputError
from snaptui.text import checked_description, checked_name, file_stem, safe_text

HOSTILE = [
    ("\x1b]52;c;aGk=\x07", "]52;c;aGk="),
    ("\x9b31mred", "31mred"),
    ("evil\u202egnp.exe", "evilgnp.exe"),
    ("a\nb\tc", "a b c"),
    ("tag\U000e0041s", "tags"),
    ("bytes \udcff", "bytes \ufffd"),
    ("[/b][@click=app.quit]x", "[/b][@click=app.quit]x"),
    ("naïve 日本語 👍", "naïve 日本語 👍"),
]


@pytest.mark.parametrize(("text", "safe"), HOSTILE)
def test_outside_text_is_made_safe(text: str, safe: str) -> None:
    assert safe_text(text) == safe


@given(st.text(alphabet=st.characters(codec=None), max_size=50))
def test_nothing_that_controls_a_terminal_comes_through(text: str) -> None:
    safe = safe_text(text)
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in safe)
    assert not any(
        unicodedata.bidirectional(character)
        in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
        for character in safe
    )
    assert safe_text(safe) == safe
    safe.encode()


def test_a_limit_cuts_and_says_so() -> None:
    assert safe_text("x" * 10, 5) == "xxxx…"
    assert safe_text("x" * 5, 5) == "xxxxx"


@pytest.mark.parametrize("name", ["", "  ", "x" * 256, "a\nb", "a\x1b[31m", " a", "a\u202eb"])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        checked_name(name)
    assert caught.value.hint
    assert caught.value.exit_code == 2


def test_names_that_can_be() -> None:
    for name in ("x" * 255, "[/b]", "日本語", "Test Snapshot", "a/b"):
        assert checked_name(name) == name


def test_a_description_has_lines_but_no_controls() -> None:
    assert checked_description("a\n\tb") == "a\n\tb"
    for bad in ("\x1b[1m", "x" * 4097, "\u202e"):
        with pytest.raises(InvalidInputError):
            checked_description(bad)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("web data", "web-data"),
        ("../../etc/passwd", "etc-passwd"),
        (".hidden", "hidden"),
        ("日本", "volume"),
        ("Käse", "Kase"),
        ("-rf", "rf"),
    ],
)
def test_file_names_are_harmless(name: str, stem: str) -> None:
    assert file_stem(name) == stem
