"""Every verb on a cloud that is not this host."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest

from snaptui.cli import remote, volume
from snaptui.clouds import registry
from snaptui.clouds.base import Capability
from snaptui.clouds.registry import Known, KnownCloud
from snaptui.clouds.remote.remembering import RememberingCloud
from snaptui.errors import CloudDownError, CredentialsError, NotAllowedError, QuotaError
from snaptui.models import (
    Attachment,
    Instance,
    SnapshotStatus,
    Visibility,
    Volume,
    VolumeType,
    Zone,
)
from tests.cli.conftest import Cli
from tests.cli.remote import terminal_on_prod
from tests.clouds.remote.fake import FakeProvider, a_snapshot, a_volume, install

CLOUD = ("--cloud", "prod")


@pytest.fixture
def there(prod: FakeProvider) -> Volume:
    return prod.put(a_volume("web"))


def asked(prod: FakeProvider) -> set[str]:
    return set(prod.asked) - {"connect", "close"}


# -- lists


def test_lists_have_the_columns_that_such_a_cloud_tells(
    cli: Cli, prod: FakeProvider, there: Volume
) -> None:
    prod.put(
        a_snapshot(there, "monday", visibility=Visibility.SHARED, owner="me", shared_with=("1",))
    )
    pending = a_snapshot(there, "tuesday", visibility=None, owner="")
    prod.put(replace(pending, status=SnapshotStatus.PENDING, percent=40))
    head, tuesday, monday = cli("snapshot", "list", *CLOUD).done().out.splitlines()
    assert head.split()[-3:] == ["OWNER", "VISIBILITY", "STATUS"]
    assert "NEW" not in head
    assert "STORED" not in head
    assert tuesday.split()[-5:] == ["-", "-", "pending,", "40", "%"]
    # that nobody sees it is another thing than that nobody was asked who does
    assert "Visibility: not asked\n" in cli("snapshot", "list", *CLOUD, "--plain").out
    told = cli("snapshot", "show", "tuesday", *CLOUD, "--plain").out
    assert "Visibility: not known\n" in told
    assert monday.split()[-3:] == ["me", "shared", "completed"]
    assert "Owner: me\nVisibility: shared\n" in cli("snapshot", "list", "--plain", *CLOUD).out
    prod.offered_zones = [Zone(name="nova"), Zone(name="b", available=False)]
    shown = cli("zone", "list", *CLOUD).done().out.splitlines()
    assert [line.split() for line in shown] == [
        ["NAME", "VOLUMES", "STATUS"],
        ["nova", "1", "available"],
        ["b", "0", "unavailable"],
    ]
    counted = cli("zone", "list", "--json", *CLOUD).document
    assert [each["volume_count"] for each in counted] == [1, 0]
    prod.fails("volumes", NotAllowedError("no"))
    shown = cli("zone", "list", *CLOUD).done().out.splitlines()
    assert [line.split()[1] for line in shown] == ["VOLUMES", "-", "-"]
    prod.fails("volumes", NotAllowedError("no"))
    assert cli("zone", "list", "--json", *CLOUD).document[0]["volume_count"] is None
    trash = cli("trash", "list", *CLOUD)
    assert (trash.code, trash.out) == (0, "")
    assert "no cloud but the local one has a trash" in trash.err
    assert cli("trash", "list", "--json", *CLOUD).document == []
    assert (
        cli("volume", "list", "--filter", "zone:nova", "--json", *CLOUD).document[0]["name"]
        == "web"
    )


@pytest.mark.parametrize("how", ["before", "after", "environment"])
def test_the_cloud_is_named_before_the_noun_after_the_verb_or_by_the_environment(
    cli: Cli, prod: FakeProvider, there: Volume, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    words = ["volume", "list", "--json"]
    if how == "environment":
        monkeypatch.setenv("SNAPTUI_CLOUD", "prod")
    else:
        words = [*CLOUD, *words] if how == "before" else [*words, *CLOUD]
    assert [each["name"] for each in cli(*words).done().document] == ["web"]
    cli("volume", "list", "--cloud", "prd").refused("there is no cloud 'prd'", "local, prod")


def test_the_beginning_of_a_clouds_name_is_enough(
    cli: Cli, prod: FakeProvider, there: Volume
) -> None:
    """And what is done is done, and written down, in the cloud of the whole name."""
    on = ("--cloud", "pr")
    cli("snapshot", "create", "web", "--name", "a", *on).done()
    (job,) = cli("job", "list", "--json", *on).done().document
    assert job["cloud"] == "prod"
    assert "took snapshot a" in cli("event", "list", *CLOUD).done().out
    assert cli("cloud", "show", "PROD", "--json").done().document["name"] == "prod"
    (tried,) = cli("cloud", "test", "pro", "prod", "--json").done().document
    assert tried["name"] == "prod"


def test_a_list_needs_no_repository_and_makes_none(
    cli: Cli, prod: FakeProvider, there: Volume, repository_path: Path
) -> None:
    for words in (["volume", "list"], ["snapshot", "list"], ["volume", "show", "web"]):
        cli(*words, *CLOUD).done()
    cli("volume", "resize", "web", "--size", "2GiB", *CLOUD).done()
    cli("event", "list", *CLOUD).done()
    assert not repository_path.exists()


def test_a_broken_repository_keeps_nobody_from_another_cloud(
    cli: Cli, snap: str, prod: FakeProvider, there: Volume, repository_path: Path
) -> None:
    (repository_path / "snaptui-repository.json").write_text("{")
    cli("volume", "list", *CLOUD).done()
    cli("volume", "resize", there.resource_uid, "--size", "9GiB", *CLOUD).done()
    assert cli("event", "list", *CLOUD).code == 1


def test_what_a_list_does_not_tell_of_a_snapshot_is_asked(
    cli: Cli, prod: FakeProvider, there: Volume
) -> None:
    whole = prod.put(a_snapshot(there, "monday"))
    prod.becomes(whole.resource_uid, replace(whole, visibility=None), whole)
    assert "Visibility:    private\n" in cli("snapshot", "show", "monday", *CLOUD).done().out
    assert prod.asked.count("snapshot") == 1


def test_nothing_of_a_hostile_cloud_gets_through(cli: Cli, prod: FakeProvider) -> None:
    evil = "x\x1b]52;c;ZXZpbA==\x07\u202ey\x9b2J"
    attachment = Attachment(volume_uid="v", instance=evil, device=evil)
    volume = a_volume(evil, zone=evil, owner=evil, description=evil, tags={evil: evil})
    volume = prod.put(replace(volume, volume_type=evil, attachment=attachment, reason=evil))
    snapshot = prod.put(a_snapshot(volume, evil, owner=evil, description=evil, reason=evil))
    prod.offered_zones = [Zone(name=evil, available=False, reason=evil)]
    prod.offered_types = [VolumeType(name=evil, description=evil)]
    prod.offered_instances = [Instance(resource_uid=evil, name=evil, zone=evil, status=evil)]
    commands: list[list[str]] = [
        *([noun, "list"] for noun in ("volume", "snapshot", "zone", "instance", "event", "job")),
        ["volume", "types"],
        ["volume", "show", volume.resource_uid],
        ["snapshot", "show", snapshot.resource_uid],
        ["snapshot", "diff", snapshot.resource_uid],
        ["snapshot", "create", volume.resource_uid, "--name", "a"],
        ["snapshot", "share", snapshot.resource_uid, "--with", "1"],
        ["volume", "resize", volume.resource_uid, "--size", "9GiB"],
        ["volume", "detach", volume.resource_uid, "--yes"],
        ["volume", "attach", volume.resource_uid, "--to", "y"],
        ["snapshot", "delete", snapshot.resource_uid, "--yes"],
        ["volume", "delete", volume.resource_uid, "--yes"],
    ]
    for words in commands:
        prod.fails("*", CloudDownError(evil, evil, request_id=evil), at=2)
        for more in ([], ["--plain"]):
            ran = cli(*words, *more, *CLOUD)
            assert ran.code in {0, 1}, (words, ran.err)
            assert not {*"\x1b\x07\u202e\x9b"} & {*ran.out, *ran.err}, words
            prod.recovers()


# -- what is made


def test_a_snapshot_is_made_with_the_exact_sentence(
    cli: Cli, prod: FakeProvider, there: Volume
) -> None:
    ran = cli("snapshot", "create", "web", "--name", "Test Snapshot", *CLOUD).done()
    (uid,) = prod.snapshots_there
    assert ran.out == f"Snapshot Test Snapshot was successfully created.\n{uid}\n"
    made = cli("snapshot", "create", "web", "--name", "b", "--json", *CLOUD).done().document
    assert (made["name"], made["status"]) == ("b", "completed")
    ran = cli("snapshot", "clone", uid, "--name", "c", "--zone", "other", *CLOUD).done()
    assert ran.out.startswith("Volume c was successfully cloned from snapshot Test Snapshot.\n")
    ran = cli("snapshot", "delete", "b", "--yes", *CLOUD).done()
    assert ran.out == "Snapshot b was successfully deleted.\n"
    ran = cli("volume", "delete", "c", "--yes", *CLOUD).done()
    assert ran.out == "Volume c was successfully deleted.\n"
    told = cli("event", "list", *CLOUD).done().out
    for sentence in ("took snapshot b", "deleted snapshot b", "deleted volume c"):
        assert sentence in told


def test_what_was_done_in_a_cloud_that_was_found_is_told_of_the_one_in_its_place(
    cli: Cli, prod: FakeProvider, there: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("snapshot", "create", "web", "--name", "a", *CLOUD).done()
    mine = KnownCloud(name="mine", kind="openstack", is_set=True, found_as=("prod",))
    known = Known((mine,), replaced={"prod": "mine"})
    monkeypatch.setattr(registry, "known_clouds", lambda *_: known)
    monkeypatch.setattr(registry, "make_provider", lambda *_: prod)
    for name in ("mine", "prod"):
        assert "took snapshot a" in cli("event", "list", "--cloud", name).done().out
        (job,) = cli("job", "list", "--json", "--cloud", name).document
        assert job["cloud"] == "prod"
    local = cli("job", "list", "--json", "--cloud", "local").document
    assert local == []


def test_what_happened_is_told_while_the_cloud_is_down(
    cli: Cli, prod: FakeProvider, there: Volume
) -> None:
    cli("snapshot", "create", "web", "--name", "a", *CLOUD).done()
    cli("snapshot", "list", *CLOUD).done()
    prod.fails("*", CloudDownError("down"), times=None)
    (row,) = cli("event", "list", *CLOUD).done().out.splitlines()[1:]
    assert "took snapshot a" in row
    assert " web " in row


def test_failures_are_one_line_with_their_exit_code(
    cli: Cli, prod: FakeProvider, there: Volume
) -> None:
    cli("volume", "show", "nope", *CLOUD).refused("no volume 'nope'")
    prod.put(a_volume("web"))
    cli("volume", "show", "web", *CLOUD).refused("2 volumes", code=2)
    prod.fails("create_snapshot", QuotaError("ten snapshots are all", request_id="req-1"))
    ran = cli("snapshot", "create", there.resource_uid, "--name", "a", "--json", *CLOUD)
    assert ran.code == 1
    assert ran.document["error"]["request_id"] == "req-1"
    prod.ends_in_error("no space")
    cli("snapshot", "create", there.resource_uid, "--name", "b", *CLOUD).refused("no space")
    prod.fails("connect", CredentialsError("the password is wrong", "see clouds.yaml"))
    cli("volume", "list", *CLOUD).refused("the password is wrong: see clouds.yaml")


# -- what is not there


def test_a_zone_that_is_not_there_is_told_as_here(
    cli: Cli, prod: FakeProvider, there: Volume, snap: str
) -> None:
    prod.put(a_snapshot(there, "monday"))
    for words in (
        ["volume", "create", "--name", "x", "--size", "1GiB", "--zone", "moon"],
        ["snapshot", "clone", "monday", "--name", "x", "--zone", "moon"],
    ):
        cli(*words, *CLOUD).refused("no zone 'moon'", "it has: ")
        assert cli(*words, "--json", *CLOUD).document["error"]["type"] == "not-found"
    here = cli("snapshot", "clone", snap, "--name", "x", "--zone", "moon", "--json")
    assert (here.code, here.document["error"]["type"]) == (1, "not-found")
    assert not {"create_volume"} & asked(prod)


def test_what_is_only_here_is_refused_with_the_reason(
    cli: Cli, prod: FakeProvider, there: Volume, image: Path
) -> None:
    prod.put(a_snapshot(there, "monday"))
    for words, reason in (
        (["volume", "add", image], "listed already"),
        (["zone", "add", "x", "/nowhere"], "local cloud only, not in prod"),
        (["zone", "delete", "x"], "local cloud only"),
        (["snapshot", "verify", "monday"], "checks its own storage"),
        (["snapshot", "restore", "monday", "--to", "x.raw"], "files of this host"),
        (["snapshot", "pin", "monday"], "no pins"),
        (["snapshot", "undelete", "monday"], "no trash"),
        (["trash", "purge", "--yes"], "no trash"),
        (["check"], "checks its own storage"),
    ):
        cli(*words, *CLOUD).refused(reason)
    prod.cannot = {Capability.RESTORE_IN_PLACE: "this one cannot go back"}
    cli("snapshot", "restore", "monday", "--in-place", *CLOUD).refused("this one cannot go back")


def test_a_restore_in_place_is_asked_in_words_that_fit(
    cli: Cli, prod: FakeProvider, there: Volume
) -> None:
    prod.put(a_snapshot(there, "monday"))
    ran = cli("snapshot", "restore", "monday", "--in-place", "--yes", *CLOUD).done()
    assert "revert" in asked(prod)
    assert "Not every back end" not in ran.err
    assert ran.out.startswith("Snapshot monday was successfully restored")
    attachment = Attachment(volume_uid=there.resource_uid, instance="i-1", device="")
    prod.put(replace(there, attachment=attachment))
    ran = cli("snapshot", "restore", "monday", "--in-place", *CLOUD).refused(
        "attached to server (i-1)"
    )
    assert "--force" not in ran.err
    cli("snapshot", "restore", "monday", "--in-place", "--force", "--yes", *CLOUD).refused(
        "attached to server (i-1)"
    )


def test_what_may_come_of_a_restore_in_place_is_told_before_it(
    cli: Cli, prod: FakeProvider, there: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the name is typed; in lines that a terminal need not break within a word."""
    monkeypatch.setattr("snaptui.cli.asking._require_terminal", lambda _what: None)
    monkeypatch.setattr("click.prompt", lambda *_words, **_more: "no")
    prod.put(a_snapshot(there, "monday"))
    words = f"Not every {'back end ' * 8}can do it."
    prod.cautions = {Capability.RESTORE_IN_PLACE: words}
    ran = cli("snapshot", "restore", "monday", "--in-place", *CLOUD)
    assert "not the volume's name" in ran.err
    assert words in ran.err.replace("\n", " ")
    assert words not in ran.err
    assert "revert" not in asked(prod)


# -- jobs


def test_jobs_tell_their_cloud(cli: Cli, snap: str, prod: FakeProvider, there: Volume) -> None:
    head = cli("job", "list").done().out.splitlines()[0]
    assert "CLOUD" not in head
    cli("snapshot", "create", there.resource_uid, "--name", "far", *CLOUD).done()
    head, far, near = cli("job", "list").done().out.splitlines()
    assert head.split()[2:4] == ["CLOUD", "KIND"]
    assert far.split()[1] == "prod"
    assert near.split()[1] == "local"
    uid = far.split()[0]
    assert "Cloud:         prod\n" in cli("job", "show", uid).done().out
    prod.calls.clear()
    assert [each["name"] for each in cli("job", "list", "--json", *CLOUD).document] == ["far"]
    near_only = cli("job", "list", "--json", "--cloud", "local").document
    assert [each["name"] for each in near_only] == ["a"]
    assert cli("job", "list", "--filter", "cloud:prod", "--csv").out.count("\n") == 2
    assert prod.calls == []
    cli("job", "list", "--cloud", "prd").refused("there is no cloud 'prd'")


def test_a_restore_elsewhere_is_retried_there(
    cli: Cli, snap: str, prod: FakeProvider, there: Volume
) -> None:
    prod.put(a_snapshot(there, "monday"))
    prod.ends_in_error("the disk is broken")
    cli("snapshot", "restore", "monday", "--in-place", "--yes", *CLOUD).refused("is broken")
    failed = cli("job", "list", "--json", *CLOUD).document[0]["resource_uid"]
    # it is asked about the volume of that cloud, and nobody can be asked here
    cli("job", "retry", failed).refused("overwriting web needs to be confirmed", code=2)
    assert "snapshot" in asked(prod)


# -- Tab


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch, cli: Cli) -> Callable[..., list[str]]:
    def ask(*words: str) -> list[str]:
        monkeypatch.setenv("_SNAPTUI_COMPLETE", "zsh")
        ran = cli(*words)
        monkeypatch.delenv("_SNAPTUI_COMPLETE")
        assert ran.err == ""
        return [line.split("\t")[1] if "\t" in line else line for line in ran.out.splitlines()]

    return ask


def test_tab_offers_what_was_last_listed_and_asks_nobody(
    cli: Cli, prod: FakeProvider, there: Volume, offered: Callable[..., list[str]]
) -> None:
    assert offered(*CLOUD, "volume", "show", "") == []
    monday = prod.put(a_snapshot(there, "monday"))
    prod.put(a_snapshot(there, "tuesday"))
    used = Attachment(volume_uid=there.resource_uid, instance="i-1", device="/dev/vdb")
    prod.put(replace(there, volume_type="fast", attachment=used))
    cli("volume", "list", *CLOUD).done()
    prod.calls.clear()
    assert offered(*CLOUD, "volume", "show", "") == ["web"]
    assert offered(*CLOUD, "snapshot", "show", "") == ["tuesday", "monday"]
    assert offered("snapshot", "show", *CLOUD, monday.resource_uid) == [monday.resource_uid]
    assert offered("snapshot", "diff", "monday", *CLOUD, "--from", "") == ["tuesday"]
    assert offered(*CLOUD, "volume", "create", "--zone", "") == ["nova", "other"]
    assert offered(*CLOUD, "snapshot", "clone", "monday", "--zone", "n") == ["nova"]
    assert offered(*CLOUD, "volume", "create", "--type", "") == ["fast"]
    assert offered(*CLOUD, "snapshot", "clone", "monday", "--type", "x") == []
    assert offered(*CLOUD, "volume", "attach", "web", "--to", "") == ["server"]
    assert offered(*CLOUD, "volume", "detach", "web", "--from", "i-") == ["i-1"]
    assert offered("volume", "create", "--type", "") == []
    assert offered(*CLOUD, "trash", "purge", "") == []
    assert offered("--cloud", "nope", "volume", "show", "") == []
    assert offered("volume", "show", "") == []
    assert prod.calls == []


def test_tab_offers_the_zones_and_types_that_the_cloud_has(
    cli: Cli, prod: FakeProvider, there: Volume, offered: Callable[..., list[str]]
) -> None:
    """And those that its volumes have: they may be newer than what it told the last time."""
    zones, types = ("volume", "create", "--zone", ""), ("volume", "create", "--type", "")
    prod.put(replace(there, volume_type="old"))
    prod.fails("zones", CloudDownError("not now"), times=1)
    prod.offered_types = []
    cli("volume", "list", *CLOUD).done()
    assert offered(*CLOUD, *zones) == ["nova"]
    assert offered(*CLOUD, *types) == ["old"]
    prod.offered_zones = [Zone(name="a"), Zone(name="b", available=False), Zone(name="-x\x1b")]
    cli("zone", "list", *CLOUD).done()
    assert offered(*CLOUD, *zones) == ["a", "b", "nova"]
    prod.offered_types = [VolumeType(name="fast"), VolumeType(name="slow")]
    cli("volume", "types", *CLOUD).done()
    assert offered(*CLOUD, *types) == ["fast", "slow", "old"]
    prod.calls.clear()
    prod.put(replace(there, zone="b", volume_type="newest"))
    cli("volume", "list", *CLOUD).done()  # what it offers was asked today
    assert not {"zones", "volume_types"} & {name for name, _ in prod.calls}
    assert offered(*CLOUD, *zones) == ["a", "b"]
    assert offered(*CLOUD, *types) == ["fast", "slow", "newest"]


@pytest.mark.parametrize("fails", ["", "asking", "telling"])
def test_what_a_cloud_offers_is_waited_for_only_when_all_is_told(
    cli: Cli,
    prod: FakeProvider,
    there: Volume,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fails: str,
) -> None:
    """A moment, and once a day; where the command fails, not at all."""
    told: list[str] = []
    wait = RememberingCloud.wait_a_moment

    async def wait_a_moment(cloud: RememberingCloud, seconds: float) -> None:
        told.append(capsys.readouterr().out)
        await wait(cloud, seconds)

    monkeypatch.setattr(RememberingCloud, "wait_a_moment", wait_a_moment)
    monkeypatch.setattr(remote, "MOMENT", 0.001)
    prod.hangs("zones")
    if fails:
        telling = CloudDownError("no volume") if fails == "telling" else None
        monkeypatch.setattr(volume, "emit_json", Mock(side_effect=telling))
        name = "web" if telling else "nope"
        cli("volume", "show", name, "--json", *CLOUD).refused("no volume")
        assert prod.asked.count("zones") == 1
        assert told == []
        assert not prod.connected
        return
    assert cli("volume", "list", *CLOUD).code == 0
    assert len(told) == 1
    assert "web" in told[0]
    assert not prod.connected
    assert "web" in cli("volume", "list", *CLOUD).done().out
    assert len(told) == prod.asked.count("zones") == 1


def test_who_interrupts_that_moment_has_been_told_all(
    cli: Cli,
    prod: FakeProvider,
    there: Volume,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    async def wait_a_moment(cloud: RememberingCloud, seconds: float) -> None:
        interrupted.append(cloud)
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(20)
        waited.append(cloud)

    # who started the tests in the background may have it ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    interrupted: list[RememberingCloud] = []
    waited: list[RememberingCloud] = []
    monkeypatch.setattr(RememberingCloud, "wait_a_moment", wait_a_moment)
    prod.hangs("zones")
    assert there.name in cli("volume", "list", *CLOUD).done().out
    assert (len(interrupted), waited) == (1, [])
    assert not prod.connected


def test_tab_offers_clouds(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, offered: Callable[..., list[str]]
) -> None:
    install(monkeypatch, {"prod": FakeProvider(), "-x\x1b": FakeProvider()})
    assert cli("cloud", "add", "mine", "--kind", "openstack").code == 0
    assert offered("volume", "list", "--cloud", "") == ["local", "mine", "prod"]
    assert offered("cloud", "test", "") == ["mine", "prod"]
    assert offered("cloud", "remove", "") == ["mine"]
    assert offered("cloud", "show", "p") == ["prod"]


# -- the doctor


def test_the_doctor_asks_those_that_are_set_and_tells_those_that_are_found(
    cli: Cli, snap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, prod = FakeProvider(), FakeProvider()
    install(monkeypatch, {"mine": mine, "prod": prod, "a cloud with a long name": FakeProvider()})
    assert cli("cloud", "add", "mine", "--kind", "openstack").code == 0
    assert cli("cloud", "add", "a cloud with a long name", "--kind", "openstack").code == 0
    shown = cli("doctor").done().out
    assert "ok    mine         answers within " in shown
    assert "(project test, RegionOne)" in shown
    assert "  ok    a cloud with a long name\n                     answers within" in shown
    assert "ok    found        not asked, since the config file does not set them: prod" in shown
    assert prod.calls == []
    prod.fails("connect", CredentialsError("the password is wrong"), times=None)
    ran = cli("doctor", "--clouds")
    assert ran.code == 1
    assert "fail  prod         no access: the password is wrong" in ran.out
    assert cli("doctor").code == 0


# -- on a terminal


def test_what_is_waited_for_is_told_and_taken_away(repository_path: Path) -> None:
    terminal = terminal_on_prod("volume", "detach", "web", "--yes")
    assert terminal.end() == 0
    assert "detaching web, please wait" in terminal.seen
    assert terminal.seen.index("please wait") < terminal.seen.index("successfully detached")
    assert "\r\x1b[K" in terminal.seen


def test_ctrl_c_takes_back_a_snapshot_that_is_not_there_yet(repository_path: Path) -> None:
    terminal = terminal_on_prod("snapshot", "create", "web", "--name", "a", FAKE_LOOKS="1000")
    terminal.read_until("saving")
    terminal.process.send_signal(signal.SIGINT)  # once: the event loop hears it
    assert terminal.end() == 130
    assert "delete_snapshot" in terminal.seen.partition("asked ")[2]
    assert "Traceback" not in terminal.seen


@pytest.mark.parametrize("words", [["volume", "list"], ["cloud", "test", "prod"]])
def test_ctrl_c_ends_waiting_for_a_cloud_that_does_not_answer(
    repository_path: Path, words: list[str]
) -> None:
    terminal = terminal_on_prod(*words, FAKE_HANGS="connect")
    terminal.read_until("hanging")
    terminal.process.send_signal(signal.SIGINT)  # once: the event loop hears it
    assert terminal.end() == 130
    assert "snaptui: cancelled" in terminal.seen
    assert "close" in terminal.seen.partition("asked ")[2]
    assert "Traceback" not in terminal.seen


def test_a_terminal_is_told_which_cloud_keeps_it_waiting(repository_path: Path) -> None:
    terminal = terminal_on_prod("volume", "list", FAKE_HANGS="connect")
    terminal.read_until("asking prod, please wait")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.end() == 130
    assert "\r\x1b[K" in terminal.seen.partition("please wait")[2]
