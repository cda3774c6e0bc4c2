"""`--filter` and `--sort` of lists."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from snaptui.units import tell_times_in
from tests.support import make_image

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Cli


@pytest.fixture
def three(cli: Cli, tmp_path: Path) -> Cli:
    """Three volumes, two snapshots of one of them."""
    for name, size in (("web", "3MiB"), ("db main", "1GiB"), ("mail", "20MiB")):
        cli("volume", "create", "--name", name, "--size", size).done()
    cli("volume", "add", make_image(tmp_path / "image.img"), "--name", "image").done()
    cli("snapshot", "create", "image", "--name", "first", "--description", "old one").done()
    cli("snapshot", "create", "image", "--name", "second").done()
    return cli


def names(cli: Cli, *arguments: str) -> list[str]:
    return [each["name"] for each in cli(*arguments, "--json").done().document]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("main", ["db main"]),
        ("!main", ["image", "mail", "web"]),
        ('name:="DB main"', ["db main"]),
        ("size:>3MiB", ["db main", "image", "mail"]),
        ("snapshots:2", ["image"]),
        ("age:<1h", ["image"]),
        ("", ["db main", "image", "mail", "web"]),
        ("nothing", []),
    ],
    ids=lambda _: "x",  # they are in the paths of what a test makes
)
def test_volumes(three: Cli, text: str, found: list[str]) -> None:
    assert sorted(names(three, "volume", "list", "--filter", text)) == found


def test_snapshots(three: Cli) -> None:
    assert names(three, "snapshot", "list", "--filter", "desc:old") == ["first"]
    assert names(three, "snapshot", "list", "--filter", "volume:image age:<1d") == [
        "second",
        "first",
    ]
    table = three("snapshot", "list", "--volume", "image", "--filter", "new:0B").done().out
    assert "second" in table
    assert "first" not in table


def test_dates_are_those_of_the_zone_that_times_are_told_in(
    three: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.toml"
    monkeypatch.setenv("SNAPTUI_CONFIG", str(file))
    shown = three("snapshot", "show", "first", "--json").document["created_at"]
    try:
        for zone in ("Etc/GMT+12", "Etc/GMT-14"):  # 26 hours apart: never the same date
            file.write_text(f'timezone = "{zone}"\n')
            date = datetime.fromisoformat(shown).astimezone(ZoneInfo(zone)).date()
            assert "first" in names(three, "snapshot", "list", "--filter", f"created:{date}")
    finally:
        tell_times_in(None)


def test_orders(three: Cli) -> None:
    by_size = names(three, "volume", "list", "--sort", "size:desc", "--filter", "!image")
    assert by_size == ["db main", "mail", "web"]
    assert names(three, "volume", "list", "--sort", "name")[0] == "db main"
    assert names(three, "snapshot", "list", "--sort", "new:desc") == ["first", "second"]
    assert names(three, "snapshot", "list", "--sort", "created") == ["first", "second"]
    assert names(three, "snapshot", "list", "--sort", "age") == ["second", "first"]
    lines = three("volume", "list", "--sort", "name:desc", "--csv").done().out.splitlines()
    assert [line.split(",")[1] for line in lines[1:]] == ["web", "mail", "image", "db main"]


def test_events(three: Cli) -> None:
    found = three("event", "list", "--filter", "what:first !age:>1h", "--json").done().document
    assert len(found) == 1
    assert "first" in found[0]["text"]
    ordered = three("event", "list", "--sort", "at", "--json").done().document
    assert [each["at"] for each in ordered] == sorted(each["at"] for each in ordered)
    assert len(ordered) == 6


@pytest.mark.parametrize("noun", ["volume", "snapshot", "event"])
@pytest.mark.parametrize(
    ("option", "text", "words"),
    [
        ("--filter", "colour:red", ("no field 'colour'", "age")),
        ("--filter", "age:>10GB", ("10GB",)),
        ("--sort", "colour", ("no field 'colour'",)),
        ("--sort", "age:down", ("asc or desc",)),
        ("--sort", "", ("no field ''",)),
    ],
)
def test_what_is_not_understood_is_told_before_anything_is_opened(
    cli: Cli, repository_path: Path, noun: str, option: str, text: str, words: tuple[str, ...]
) -> None:
    cli(noun, "list", option, text).refused(*words, code=2)
    assert not repository_path.exists()


def test_jobs(three: Cli) -> None:
    three("snapshot", "clone", "first", "--name", "copy").done()
    three("snapshot", "clone", "first", "--name", "copy").refused("already")

    def kinds(*arguments: str) -> list[tuple[str, str]]:
        found = three("job", "list", *arguments, "--json").done().document
        return [(each["kind"], each["status"]) for each in found]

    assert kinds("--filter", "status:failed") == [("clone", "failed")]
    assert kinds("--filter", "kind:snap age:<1h") == [("snapshot", "completed")] * 2
    assert kinds("--filter", "of:image") == [("snapshot", "completed")] * 2
    assert kinds("--filter", "copy !failed") == [("clone", "completed")]
    assert kinds("--sort", "kind:desc")[0] == ("snapshot", "completed")
    assert kinds("--filter", "outcome:already") == [("clone", "failed")]
    three("job", "list", "--filter", "size:3").refused("no field 'size'", code=2)
    assert "clone" not in three("job", "list", "--filter", "kind:snapshot").done().out
