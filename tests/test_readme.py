"""The README says what the program does; `python -m tests.test_readme` writes its key table."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding

from snaptui.errors import InvalidInputError
from snaptui.fields import SNAPSHOT_FIELDS, VOLUME_FIELDS, Fields
from snaptui.filtering import Filter
from snaptui.tui import keys

README = Path(__file__).parents[1] / "README.md"
GROUPS: dict[str, tuple[Binding, ...]] = {
    "Everywhere": (*keys.MAIN, *keys.APP),
    "In lists": keys.ROWS,
    "In tables": keys.TABLE,
    "In the tree": keys.TREE,
    "In the map of blocks": keys.BLOCKS,
    "In the jump line": keys.JUMP,
    "In the jobs list": keys.JOBS,
    "In the trash": keys.TRASH,
    "In the list of zones": keys.ZONES,
    "Among public snapshots": keys.PUBLIC,
    "In a comparison": keys.DIFF,
    "In the doctor's report": keys.DOCTOR,
}


def key_table() -> str:
    """The README's table of keys, from the bindings."""
    lines = ["| key | what it does |", "|---|---|"]
    for group, bindings in GROUPS.items():
        lines.append(f"| **{group}** | |")
        for binding in bindings:
            if re.fullmatch(r"tabs\.[2-5]", binding.id or ""):
                continue  # the first stands for all five
            tip = binding.tooltip.replace("tab 1", "tab 1 to 5 (`1` … `5`)")
            lines.append(f"| {shown(binding.key)} | {tip} |")
    return "\n".join(lines)


def shown(key: str) -> str:
    return " ".join(f"`{keys.key_name(each)}`" for each in key.split(","))


def between(text: str) -> str:
    return text.partition("<!-- keys -->\n")[2].partition("\n<!-- /keys -->")[0]


def test_the_key_table_is_what_the_bindings_are() -> None:
    assert between(README.read_text(encoding="utf-8")) == key_table()


def test_every_picture_is_there() -> None:
    pictures = re.findall(r"\]\((screenshots/[^)]+)\)", README.read_text(encoding="utf-8"))
    assert len(pictures) >= 5
    for picture in pictures:
        assert (README.parent / picture).is_file(), picture


@pytest.mark.parametrize(
    "command",
    sorted(
        set(
            re.findall(
                r"`((?:volume|snapshot|zone|job|cloud|instance|event|trash) [a-z]+)",
                README.read_text(),
            )
        )
    ),
)
def test_every_command_it_names_is_one(command: str) -> None:
    from click.testing import CliRunner

    from snaptui.cli.root import snaptui

    result = CliRunner().invoke(snaptui, [*command.split(), "--help"])
    assert result.exit_code == 0, result.output


def test_its_config_file_is_one(tmp_path: Path) -> None:
    from snaptui.config import Config, read_config
    from snaptui.tui.keymap import key_map

    (example,) = re.findall(r"```toml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "config.toml"
    file.write_text(example)
    config = read_config(file)
    assert config.local.read_only
    assert config.local.trash_days == 30
    assert key_map(config.keys).problems == []
    for field in dataclasses.fields(Config):
        assert field.name in {"origins", "problems"} or field.name in example, field.name


if __name__ == "__main__":
    before, mark, rest = README.read_text(encoding="utf-8").partition("<!-- keys -->\n")
    _, end, after = rest.partition("\n<!-- /keys -->")
    README.write_text(f"{before}{mark}{key_table()}{end}{after}", encoding="utf-8")


def test_every_filter_it_shows_is_one() -> None:
    """What a person copies from it is understood, and means the field that it is shown for."""
    text = README.read_text(encoding="utf-8")
    told = text.partition("**Filters**")[2].partition("\n\n")[0]
    shown = re.findall(r"`([^`]+)`", told.partition("command line):")[2])
    assert len(shown) >= 8
    for each in shown:
        if each not in {"yes", "no", "desc:"}:  # values, and a beginning
            kinds = [kind for kind in (VOLUME_FIELDS, SNAPSHOT_FIELDS) if understood(each, kind)]
            assert kinds, each
            has_field = ":" in each
            assert has_field or not re.search("[=<>]", each), f"{each} looks for that word"


def understood(text: str, fields: Fields[Any]) -> bool:
    try:
        return bool(Filter(text, fields))
    except InvalidInputError:
        return False
