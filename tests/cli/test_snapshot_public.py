"""`snaptui snapshot list --public`: other accounts' snapshots, page by page, and then to use."""

from __future__ import annotations

import pytest

from snaptui.cli import snapshot_public
from snaptui.errors import CloudDownError
from tests.cli.conftest import Cli
from tests.clouds.remote.fake import FakeProvider, install
from tests.clouds.remote.publishing import Publishing

CLOUD = ("--cloud", "prod")
PUBLIC = ("snapshot", "list", "--public", *CLOUD)


@pytest.fixture
def others(monkeypatch: pytest.MonkeyPatch, prod: FakeProvider) -> Publishing:
    """Eight public snapshots of amazon, three a page."""
    provider = Publishing(8, page=3)
    install(monkeypatch, {"prod": provider})
    return provider


def test_they_are_listed_with_whose_they_are_and_in_no_other_list(
    cli: Cli, others: Publishing
) -> None:
    ran = cli(*PUBLIC).done()
    head, *rows = ran.out.splitlines()
    assert head.split() == ["RESOURCE", "UID", "OWNER", "CREATED", "AT", "SIZE", "DESCRIPTION"]
    assert [row.split()[0] for row in rows] == [each.resource_uid for each in others.published]
    assert rows[7].split()[1] == "amazon"
    assert rows[7].endswith("image 7")
    assert cli("snapshot", "list", *CLOUD).done().out == ""


def test_a_page_is_printed_before_the_next_one_is_asked_for(
    cli: Cli, others: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    others.fails("public page", CloudDownError("cut off"), at=2)
    ran = cli(*PUBLIC)
    assert ran.code == 1
    assert ran.out.count("image") == 3
    assert ran.err == "snaptui: cut off\n"


def test_it_ends_at_the_limit_and_says_so(cli: Cli, others: Publishing) -> None:
    ran = cli(*PUBLIC, "--limit", "2")
    assert (ran.code, ran.out.count("image")) == (0, 2)
    assert "the first 2 are listed, and there may be more" in ran.err
    assert "--owner" in ran.err
    assert others.asked.count("public page") == 1
    ran = cli(*PUBLIC, "--limit", "2", "--owner", "amazon", "--json")
    assert [each["name"] for each in ran.document] == ["snap-00000000", "snap-00000001"]
    assert "--owner" not in ran.err
    cli(*PUBLIC, "--limit", "9").done()


def test_nobody_is_given_all_of_them_by_accident(
    cli: Cli, others: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_public, "LIMIT", 4)
    ran = cli(*PUBLIC)
    assert ran.out.count("image") == 4
    assert others.asked.count("public page") == 2
    assert "the first 4 are listed" in ran.err


def test_whose_what_and_in_which_order(cli: Cli, others: Publishing) -> None:
    assert cli(*PUBLIC, "--owner", "123456789012").done().out == ""
    assert cli(*PUBLIC, "--owner", "123456789012", "--json").done().document == []
    found = cli(*PUBLIC, "--filter", "image !3", "--sort", "created:desc", "--json").done()
    assert [each["description"][-1] for each in found.document] == list("7654210")
    found = cli(*PUBLIC, "--filter", "desc:5", "--limit", "3").done()
    assert found.out.count("image") == 1
    table = cli(*PUBLIC, "--sort", "created:desc").done().out.splitlines()
    assert table[1].endswith("image 7")
    assert cli(*PUBLIC, "--csv").done().out.count("\n") == 9
    plain = cli(*PUBLIC, "--plain").done().out
    assert plain.count("Resource UID: ") == 8
    assert plain.count("\n\n") == 7
    assert plain.startswith("Resource UID: ")


def test_what_is_wrong_is_told_before_the_cloud_is_asked(cli: Cli, others: Publishing) -> None:
    cli("snapshot", "list", "--owner", "amazon", *CLOUD).refused("go with --public", code=2)
    cli("snapshot", "list", "--limit", "5", *CLOUD).refused("go with --public", code=2)
    cli(*PUBLIC, "--volume", "web").refused("do not go together", code=2)
    cli(*PUBLIC, "--limit", "0").refused("--limit", code=2)
    cli(*PUBLIC, "--filter", "size:>x").refused("size", code=2)
    assert others.asked == []
    cli(*PUBLIC, "--owner", "nobody").refused("nobody is no account: give its", code=2)


def test_where_there_is_no_such_thing_the_cloud_says_so(
    cli: Cli, snap: str, prod: FakeProvider
) -> None:
    cli(*PUBLIC).refused("prod: it lists no snapshots that everybody may see")
    assert set(prod.asked) == {"close"}
    cli("snapshot", "list", "--public").refused("local: the local repository has no public")


def test_one_is_shown_and_cloned_by_its_uid(cli: Cli, others: Publishing) -> None:
    shown = cli("snapshot", "show", "snap-00000005", *CLOUD).done().out
    assert "Owner:         amazon\n" in shown
    assert "Visibility:    public\n" in shown
    ran = cli("snapshot", "clone", "snap-00000005", "--name", "mine", *CLOUD)
    assert "Volume mine was successfully cloned from snapshot snap-00000005." in ran.out
    (made,) = others.volumes_there.values()
    assert (made.name, made.source_snapshot_uid) == ("mine", "snap-00000005")
