"""`snaptui snapshot edit`, here and elsewhere."""

from __future__ import annotations

from snaptui.clouds.base import Capability
from snaptui.errors import QuotaError
from tests.cli.conftest import Cli
from tests.clouds.remote.fake import FakeProvider, a_snapshot, a_volume

CLOUD = ("--cloud", "prod")


def test_edit_says_the_sentence(cli: Cli, snap: str) -> None:
    ran = cli("snapshot", "edit", "a", "--name", "before-upgrade", "--description", "1\n2").done()
    assert ran.out == "Snapshot before-upgrade was successfully updated.\n"
    shown = cli("snapshot", "show", snap, "--json").document
    assert (shown["name"], shown["description"]) == ("before-upgrade", "1\n2")
    ran = cli("snapshot", "edit", "before-upgrade", "--description", "", "--json").done()
    assert ran.document == {**shown, "description": ""}
    newest = cli("event", "list", "--json").document[0]
    assert (newest["action"], newest["related_uid"]) == ("edit-snapshot", snap)
    assert newest["text"] == (
        'changed the description of snapshot before-upgrade from "1\n2" to nothing'
    )


def test_what_is_wrong_is_told_before_anything_is_opened(cli: Cli, prod: FakeProvider) -> None:
    cli("snapshot", "edit", "a").refused("nothing is to be changed", "--name", code=2)
    cli("snapshot", "edit", "a", "--name", "").refused("the name is empty", code=2)
    cli("snapshot", "edit", "a", "--name", " a").refused("begins or ends with a blank", code=2)
    cli("snapshot", "edit", "a", "--description", "\x1b", *CLOUD).refused("control", code=2)
    assert prod.asked == []


def test_one_that_is_not_there(cli: Cli, snap: str) -> None:
    cli("snapshot", "edit", "b", "--name", "c").refused("no snapshot 'b'")
    cli("snapshot", "delete", "a", "--yes").done()
    cli("snapshot", "edit", snap, "--name", "c").refused("in the trash", "snapshot undelete")


def test_edit_elsewhere(cli: Cli, snap: str, prod: FakeProvider) -> None:
    monday = prod.put(a_snapshot(prod.put(a_volume("web")), "monday"))
    ran = cli("snapshot", "edit", "monday", "--name", "weekly", *CLOUD).done()
    assert ran.out == "Snapshot weekly was successfully updated.\n"
    ran = cli("snapshot", "edit", "weekly", "--description", "keep", "--json", *CLOUD).done()
    assert (ran.document["name"], ran.document["description"]) == ("weekly", "keep")
    assert prod.snapshots_there[monday.resource_uid].description == "keep"
    texts = [each["text"] for each in cli("event", "list", "--json", *CLOUD).document]
    assert texts == [
        'changed the description of snapshot weekly from nothing to "keep"',
        "renamed snapshot monday to weekly",
    ]
    prod.fails("update_snapshot", QuotaError("no more names"))
    cli("snapshot", "edit", "weekly", "--name", "x", *CLOUD).refused("no more names")


def test_what_a_cloud_cannot_do_it_says_before_it_is_asked(cli: Cli, prod: FakeProvider) -> None:
    prod.cannot = {Capability.EDIT_DESCRIPTION: "words are for ever"}
    both = ("--name", "x", "--description", "y", *CLOUD)
    cli("snapshot", "edit", "monday", *both).refused("prod: words are for ever")
    prod.cannot = {Capability.EDIT_SNAPSHOT: "names are for ever"}
    cli("snapshot", "edit", "monday", "--name", "x", *CLOUD).refused("prod: names are for ever")
    cli("snapshot", "edit", "a", "--name", "x", "--read-only", *CLOUD).refused("names are for ever")
    prod.cannot = {}
    cli("snapshot", "edit", "a", "--name", "x", "--read-only", *CLOUD).refused("read-only")
    assert set(prod.asked) == {"close"}
