"""What is done to volumes and snapshots of clouds with servers: attach, detach, resize, share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from snaptui.clouds.base import Capability
from snaptui.errors import CloudConflictError, CloudNotFoundError, CredentialsError, QuotaError
from snaptui.models import Attachment, Instance, Volume, VolumeStatus, VolumeType
from tests.cli.conftest import Cli
from tests.cli.remote import terminal_on_prod
from tests.clouds.remote.fake import GIB, FakeProvider, a_snapshot, a_volume

CLOUD = ("--cloud", "prod")


@pytest.fixture
def there(prod: FakeProvider) -> Volume:
    return prod.put(a_volume("web"))


def attached(volume: Volume, *instances: str) -> Volume:
    first, *others = [
        Attachment(volume_uid=volume.resource_uid, instance=each, device="/dev/vdb")
        for each in instances
    ]
    return replace(
        volume, status=VolumeStatus.IN_USE, attachment=first, other_attachments=tuple(others)
    )


def done_to(prod: FakeProvider, method: str) -> list[tuple[object, ...]]:
    return [arguments for name, arguments in prod.calls if name == method]


# -- attach


@pytest.mark.parametrize("reference", ["i-0abcdef1", "i-0abc", "server"])
def test_attach_says_to_what_and_as_what(
    cli: Cli, prod: FakeProvider, there: Volume, reference: str
) -> None:
    prod.offered_instances = [
        Instance(resource_uid="i-0abcdef1", name="server", zone="nova"),
        Instance(resource_uid="i-0fff", name="other", zone="nova"),
    ]
    ran = cli("volume", "attach", "web", "--to", reference, *CLOUD).done()
    assert ran.out == (
        "Volume web was successfully attached to server (i-0abcdef1).\n"
        "The instance has it as /dev/vdb.\n"
    )
    assert done_to(prod, "attach") == [(there.resource_uid, "i-0abcdef1", "")]


def test_attach_tells_what_is_not_known(cli: Cli, prod: FakeProvider, there: Volume) -> None:
    prod.attach_note = "no server was asked"
    ran = cli("volume", "attach", "web", "--to", "nowhere", *CLOUD).done()
    assert ran.out == (
        "Volume web was successfully attached to nowhere.\nBut no server was asked.\n"
    )


def test_attach_as_a_device_and_as_json(cli: Cli, prod: FakeProvider, there: Volume) -> None:
    made = cli(
        *("--cloud", "prod", "volume", "attach", "web", "--to", "i-1"),
        *("--device", "/dev/vdz", "--json"),
    ).done()
    assert made.document["attachment"]["device"] == "/dev/vdz"
    assert made.document["status"] == "in-use"


def test_an_instance_that_is_not_listed_is_left_to_the_cloud(
    cli: Cli, prod: FakeProvider, there: Volume
) -> None:
    prod.offered_instances = []
    prod.fails("attach", CloudNotFoundError("there is no server b", request_id="r-7"))
    cli("volume", "attach", "web", "--to", "b", *CLOUD).refused("there is no server b", "r-7")


def test_an_instance_of_another_zone_is_known_by_its_name(
    cli: Cli, prod: FakeProvider, there: Volume
) -> None:
    """The cloud says whether it will do, and nobody says that there is no such instance."""
    prod.offered_instances = [
        Instance(resource_uid="i-far", name="server", zone="other"),
        Instance(resource_uid="i-near", name="near", zone="nova"),
        Instance(resource_uid="i-far-too", name="near", zone="other"),
    ]
    prod.fails("attach", CloudConflictError("the instance server is in other"))
    cli("volume", "attach", "web", "--to", "server", *CLOUD).refused("server is in other")
    cli("volume", "attach", "web", "--to", "near", *CLOUD).done()
    assert [each[1] for each in done_to(prod, "attach")] == ["i-far", "i-near"]


def test_attach_is_refused_where_it_cannot_be(cli: Cli, prod: FakeProvider, there: Volume) -> None:
    cli("volume", "attach", "web", "--to", " ", *CLOUD).refused("no instance", code=2)
    cli("volume", "attach", "nope", "--to", "i-1", *CLOUD).refused("no volume 'nope'")
    two = [Instance(resource_uid=f"i-{n}", name="server", zone="nova") for n in (1, 2)]
    prod.offered_instances = two
    cli("volume", "attach", "web", "--to", "server", *CLOUD).refused("2 instances", code=2)
    prod.put(attached(there, "i-2"))
    cli("volume", "attach", "web", "--to", "i-1", *CLOUD).refused(
        "attached to server (i-2)", "clone"
    )
    assert done_to(prod, "attach") == []


# -- detach


def test_detach_asks_and_says_from_what(cli: Cli, prod: FakeProvider, there: Volume) -> None:
    prod.put(attached(there, "i-1"))
    cli("volume", "detach", "web", *CLOUD).refused("detaching web needs to be confirmed", code=2)
    ran = cli("volume", "detach", "web", "--yes", *CLOUD).done()
    assert ran.out == "Volume web was successfully detached from server (i-1).\n"
    assert cli("volume", "show", "web", "--json", *CLOUD).document["attachment"] is None
    cli("volume", "detach", "web", "--yes", *CLOUD).refused("web is not attached")
    prod.put(attached(there, "i-1"))
    prod.fails("holds", CredentialsError("no longer"))
    ran = cli("volume", "detach", "web", "--yes", *CLOUD).done()
    assert ran.out.endswith(
        "\nBut to attach it again may be refused for a while: the instance may "
        "not have let go of it yet.\n"
    )


def test_of_several_instances_one_is_named(cli: Cli, prod: FakeProvider, there: Volume) -> None:
    prod.put(attached(there, "i-1", "i-2"))
    cli("volume", "detach", "web", "--yes", *CLOUD).refused("several", "i-1, i-2")
    named = cli("volume", "detach", "web", "--from", "server", "--json", "--yes", *CLOUD).document
    assert named["attachment"]["instance"] == "i-2"
    prod.put(attached(there, "i-1", "i-2"))
    cli("volume", "detach", "web", "--from", "i-3", "--yes", *CLOUD).refused("not attached to i-3")
    made = cli("volume", "detach", "web", "--from", "i-2", "--yes", "--json", *CLOUD).done()
    assert made.document["attachment"]["instance"] == "i-1"


def test_what_is_in_use_is_not_deleted_and_what_to_do_is_told(
    cli: Cli, prod: FakeProvider, there: Volume
) -> None:
    prod.put(attached(there, "i-2"))
    cli("volume", "delete", "web", "--yes", *CLOUD).refused("attached to", "detach it first")
    prod.put(a_volume("other"))
    ran = cli("volume", "delete", "web", "other", "--yes", *CLOUD)
    assert "detach it first" in ran.err
    assert there.resource_uid not in [each[0] for each in done_to(prod, "delete_volume")]


# -- create, resize, types, instances


@pytest.mark.parametrize(
    ("size", "told"),
    [("1MiB", ", rounded up to 1.0 GiB"), ("2.5GiB", ", rounded up to 3.0 GiB"), ("3GiB", "")],
)
def test_a_size_that_is_rounded_up_is_told(
    cli: Cli, prod: FakeProvider, size: str, told: str
) -> None:
    prod.rounds_to = GIB
    ran = cli("volume", "create", "--name", "x", "--size", size, *CLOUD).done()
    assert ran.out.splitlines()[0] == f"Volume x was successfully created{told}."


def test_a_size_without_a_unit_is_no_count_of_gib(
    cli: Cli, prod: FakeProvider, there: Volume
) -> None:
    cli("volume", "create", "--name", "x", "--size", "5", *CLOUD).refused("say 5GiB", code=2)
    cli("volume", "resize", "web", "--size", "5", *CLOUD).refused("say 5GiB", code=2)
    assert done_to(prod, "create_volume") == []


def test_resize(cli: Cli, prod: FakeProvider, there: Volume) -> None:
    ran = cli("volume", "resize", "web", "--size", "2GiB", *CLOUD).done()
    assert ran.out == "Volume web was successfully resized to 2.0 GiB.\n"
    cli("volume", "resize", "web", "--size", "1GiB", *CLOUD).refused("only be made larger", code=2)
    cli("volume", "resize", "web", "--size", "0", *CLOUD).refused("at least one byte", code=2)
    prod.fails("resize_volume", QuotaError("the quota of gigabytes is used up"))
    cli("volume", "resize", "web", "--size", "9TiB", *CLOUD).refused("quota")
    made = cli("volume", "resize", "web", "--size", "3GiB", "--json", *CLOUD).document
    assert made["size_bytes"] == 3 * GIB


def test_types_and_instances(cli: Cli, prod: FakeProvider, there: Volume) -> None:
    prod.offered_types = [VolumeType(name="fast", description="SSD", is_default=True)]
    assert cli("volume", "types", *CLOUD).done().out.split() == [
        *("NAME", "DESCRIPTION", "DEFAULT"),
        *("fast", "SSD", "yes"),
    ]
    assert cli("volume", "types", "--json", *CLOUD).document[0]["is_default"] is True
    prod.offered_instances = [
        Instance(resource_uid="i-1", name="server", zone="nova", status="running"),
        Instance(resource_uid="i-2", name="", zone="other"),
    ]
    shown = cli("instance", "list", *CLOUD).done().out.splitlines()
    assert [line.split() for line in shown[1:]] == [
        ["server", "i-1", "nova", "running"],
        ["-", "i-2", "other", "-"],
    ]
    assert [
        each["resource_uid"]
        for each in cli("instance", "list", "--for", "web", "--json", *CLOUD).document
    ] == ["i-1"]
    assert cli("instance", "list", "--csv", *CLOUD).out.startswith("resource_uid,name,zone,status")


# -- share


def test_share(cli: Cli, prod: FakeProvider, there: Volume) -> None:
    monday = prod.put(a_snapshot(there, "monday"))
    ran = cli("snapshot", "share", "monday", "--with", "1", "--with", "2", "--with", "1", *CLOUD)
    assert ran.done().out == "Snapshot monday was successfully shared with 1, 2.\n"
    shown = cli("snapshot", "show", "monday", *CLOUD).out
    assert "Visibility:    shared\n" in shown
    assert "Shared with:   1, 2\n" in shown
    ran = cli("snapshot", "share", monday.resource_uid, "--public", "--yes", *CLOUD).done()
    assert ran.out == "Snapshot monday was successfully made public.\n"
    ran = cli("snapshot", "share", "monday", "--private", *CLOUD).done()
    assert ran.out == "Snapshot monday was successfully made private.\n"
    assert prod.snapshots_there[monday.resource_uid].shared_with == ()
    made = cli("snapshot", "share", "monday", "--with", "9", "--json", *CLOUD).document
    assert (made["visibility"], made["shared_with"]) == ("shared", ["9"])


def test_who_may_use_it_has_to_be_clear(cli: Cli, prod: FakeProvider, there: Volume) -> None:
    prod.put(a_snapshot(there, "monday"))
    for arguments in ([], ["--public", "--private"], ["--with", "1", "--public"]):
        cli("snapshot", "share", "monday", *arguments, *CLOUD).refused("--with ACCOUNT", code=2)
    cli("snapshot", "share", "monday", "--with", " ", *CLOUD).refused("account", code=2)
    cli("snapshot", "share", "monday", "--public", *CLOUD).refused("confirmed", "--yes", code=2)
    assert done_to(prod, "share") == []


# -- asking


@pytest.mark.parametrize(
    ("words", "question", "answer", "does", "done"),
    [
        (["volume", "detach", "web"], "Detach it?", "y", "detach", "detached from server (i-1)."),
        (
            ["snapshot", "share", "monday", "--public"],
            "Type the",
            "monday",
            "share",
            "made public.",
        ),
    ],
)
def test_what_may_hurt_is_asked_and_only_the_right_answer_does_it(
    repository_path: Path, words: list[str], question: str, answer: str, does: str, done: str
) -> None:
    terminal = terminal_on_prod(*words)
    terminal.wait_for(question)
    terminal.type("no\r")
    assert terminal.end() == 130
    assert " close" in terminal.seen
    assert f" {does}" not in terminal.seen.partition("asked")[2]
    terminal = terminal_on_prod(*words)
    terminal.wait_for(question)
    terminal.type(f"{answer}\r")
    assert terminal.end() == 0
    assert f"successfully {done}" in terminal.seen
    assert f" {does}" in terminal.seen.partition("asked")[2]


# -- where it is not possible


VERBS = (
    (Capability.ATTACH, ["volume", "attach", "web", "--to", "i-1"]),
    (Capability.ATTACH, ["volume", "detach", "web", "--yes"]),
    (Capability.RESIZE, ["volume", "resize", "web", "--size", "2GiB"]),
    (Capability.SET_VISIBILITY, ["snapshot", "share", "monday", "--private"]),
)


def test_what_a_cloud_cannot_do_it_says_before_it_is_asked(cli: Cli, prod: FakeProvider) -> None:
    for capability, words in VERBS:
        prod.cannot = {capability: "the moon is full"}
        cli(*words, *CLOUD).refused("prod: the moon is full")
    assert set(prod.asked) == {"close"}


def test_the_local_cloud_says_why_not(cli: Cli, snap: str) -> None:
    for words in (words for _, words in VERBS):
        cli(*words).refused("local: ")
    for words in (["volume", "types"], ["instance", "list"]):
        assert cli(*words).done().out == ""
        assert cli(*words, "--json").document == []


def test_a_read_only_cloud_is_not_changed(cli: Cli, prod: FakeProvider, there: Volume) -> None:
    prod.put(a_snapshot(there, "monday"))
    for _, words in VERBS:
        cli(*words, *CLOUD, "--read-only").refused("read-only")
        told = cli(*words, *CLOUD, "--read-only", "--json").document["error"]
        assert (told["type"], told["exit_code"]) == ("read-only", 1)
    assert set(prod.asked) == {"close"}
    local = cli("volume", "create", "--name", "x", "--size", "1MiB", "--read-only", "--json")
    assert local.document["error"]["type"] == "read-only"


def test_a_local_cloud_that_is_read_only_forbids_nothing_elsewhere(
    cli: Cli,
    prod: FakeProvider,
    there: Volume,
    snap: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[clouds.local]\nread_only = true\n")
    monkeypatch.setenv("SNAPTUI_CONFIG", str(config))
    ran = cli("snapshot", "create", there.resource_uid, "--name", "a", *CLOUD)
    assert ran.code == 0
    assert ran.err == (
        "snaptui: the local repository is read-only: the job is not recorded in it\n"
    )
    assert [each.name for each in prod.snapshots_there.values()] == ["a"]
    cli("snapshot", "create", there.resource_uid, "--name", "b", "--detach", *CLOUD).refused(
        "jobs of prod", "[clouds.local]"
    )
    cli("snapshot", "delete", "a", "--yes", *CLOUD).done()
    assert prod.snapshots_there == {}
    cli("snapshot", "create", "web", "--name", "b").refused("read_only in the config file")
    assert len(cli("job", "list", "--json").done().document) == 1  # that of `snap`


def test_a_refusal_of_the_cloud_has_its_request_id_as_json(
    cli: Cli, prod: FakeProvider, there: Volume
) -> None:
    prod.fails("attach", CloudConflictError("it is busy", "wait", request_id="req-12"))
    ran = cli("volume", "attach", "web", "--to", "i-1", "--json", *CLOUD)
    assert (ran.code, ran.document["error"]["message"]) == (1, "it is busy")
    assert ran.document["error"]["request_id"] == "req-12"
    cli("volume", "show", "nope", "--json", *CLOUD).refused("no volume")
    assert "request_id" not in cli("volume", "show", "nope", "--json", *CLOUD).document["error"]
