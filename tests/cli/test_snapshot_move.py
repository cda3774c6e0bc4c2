"""`snapshot import`, `export` and `copy`: there and back, by commands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from snaptui.clouds import registry
from snaptui.engine import Repository
from snaptui.models import SnapshotStatus
from tests.cli.conftest import Cli
from tests.clouds.aws.ebs_server import EbsServer
from tests.clouds.aws.script import KEY, SECRET
from tests.clouds.aws.test_importing import assert_same, block, provider_of
from tests.clouds.remote.fake import FakeProvider, a_snapshot, a_volume, install
from tests.clouds.remote.regions import Region

CLOUD = ("--cloud", "prod")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> EbsServer:
    """A region, which is the cloud `prod`."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    server = EbsServer()
    install(monkeypatch, {"prod": provider_of(server)})
    # one for each who opens it, as it is: a connection belongs to its event loop
    monkeypatch.setattr(registry, "make_provider", lambda *_: provider_of(server))
    return server


def test_import_makes_a_snapshot_of_its_own(
    cli: Cli, server: EbsServer, repository_path: Path, tmp_path: Path
) -> None:
    kept = server.have(1, {0: block(0), 5: block(5)})
    uid = cli("snapshot", "import", "night 1", *CLOUD).done().out.splitlines()
    assert uid[0] == "Snapshot night 1 was successfully imported."
    shown = cli("snapshot", "show", uid[1]).done().out
    assert f"prod {kept.uid} (account" in shown
    made = cli("snapshot", "show", "night 1", "--json").done().document
    assert made["origin"]["snapshot_uid"] == kept.uid
    with Repository.open(repository_path) as repository:
        assert_same(repository, repository.snapshot(uid[1]), kept.blocks, tmp_path)
    cli("snapshot", "import", kept.uid, *CLOUD).refused("was imported already", uid[1])
    server.have(2, {0: block(0), 5: block(6)})
    newer = cli("snapshot", "import", "night 2", "--name", "b", "--json", *CLOUD).done().document
    assert (newer["name"], newer["parent_uid"]) == ("b", uid[1])
    assert newer["read_method"] == "changed-blocks"


def test_import_says_what_cannot_be(
    cli: Cli, server: EbsServer, snap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = server.have(1, {}, status="pending")
    cli("snapshot", "import", kept.uid, *CLOUD).refused("is pending", "wait until")
    cli("snapshot", "import", "nope", *CLOUD).refused("no snapshot 'nope'")
    cli("snapshot", "import", "a").refused("local: its snapshots are in the local repository")
    cli("snapshot", "import", kept.uid, "--name", "a\nb", *CLOUD).refused("name", code=2)
    provider = FakeProvider()
    provider.put(a_snapshot(provider.put(a_volume()), "monday"))
    install(monkeypatch, {"prod": provider})
    monkeypatch.setattr(registry, "make_provider", lambda *_: provider)
    cli("snapshot", "import", "monday", *CLOUD).refused("gives no access to the blocks")
    cli("snapshot", "export", "a", "--to-cloud", "prod").refused("gives no access to the blocks")


def test_export_makes_one_there(cli: Cli, server: EbsServer, snap: str, image: Path) -> None:
    ran = cli("snapshot", "export", "a", "--to-cloud", "prod", "--name", "up").done()
    [kept] = server.kept.values()
    assert ran.out == f"Snapshot a was successfully exported.\n{kept.uid}\n"
    assert (kept.name, kept.status) == ("up", "completed")
    assert kept.blocks[0] == image.read_bytes()[: 512 * 1024]
    [event] = cli("event", "list", "--of", kept.uid, *CLOUD, "--json").done().document
    assert event["text"] == f"exported snapshot a ({snap}) as {kept.uid}"


def test_copy_makes_one_in_another_region(
    cli: Cli, server: EbsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider, far = Region(looks=1), FakeProvider(kind="aws", looks=1)
    provider.others["eu-west-1"] = far
    monday = provider.put(a_snapshot(provider.put(a_volume()), "monday", description="d"))
    monkeypatch.setattr(registry, "make_provider", lambda *_: provider)
    copy = ("snapshot", "copy", "monday", "--to-region", "eu-west-1")
    ran = cli(*copy, *CLOUD).done()
    [there] = far.snapshots_there
    assert ran.out == f"Snapshot monday was successfully copied to eu-west-1.\n{there}\n"
    made = cli(*copy, "--name", "there", "--encrypted", "--json", *CLOUD).done().document
    assert (made["name"], made["status"]) == ("there", "completed")
    asked = [
        {key: each[key] for key in ("name", "description", "encrypted")}
        for each in (provider.asked_copies)
    ]
    assert asked == [
        {"name": "monday", "description": "d", "encrypted": False},
        {"name": "there", "description": "d", "encrypted": True},
    ]
    [event, _] = cli("event", "list", "--of", monday.resource_uid, *CLOUD, "--json").done().document
    assert event["text"].startswith("copied snapshot monday to eu-west-1 as ")
    [job, _] = cli("job", "list", "--filter", "kind:copy", "--json").done().document
    assert (job["cloud"], job["subject_uid"]) == ("prod", monday.resource_uid)
    cli(*copy, "--read-only", *CLOUD).refused("read-only")
    cli("snapshot", "copy", "monday", "--to-region", "a/b", *CLOUD).refused("region", code=2)
    cli("snapshot", "copy", "a", "--to-region", "x").refused("local repository is in no region")
    provider.put(replace(monday, status=SnapshotStatus.PENDING))
    cli(*copy, *CLOUD).refused("is pending")
    monkeypatch.setattr(registry, "make_provider", lambda *_: FakeProvider())
    cli(*copy, *CLOUD).refused("does not copy snapshots to other regions")
    assert server.kept == {}


def test_export_says_what_cannot_be(cli: Cli, server: EbsServer, snap: str) -> None:
    cli("snapshot", "export", "a", "--to-cloud", "local").refused("another cloud", code=2)
    cli("snapshot", "export", "a", "--to-cloud", "nope").refused("there is no cloud 'nope'")
    cli("snapshot", "export", "nope", "--to-cloud", "prod").refused("no snapshot 'nope'")
    cli("snapshot", "export", "a", "--to-cloud", "prod", *CLOUD).refused("local cloud only")
    assert server.kept == {}


def test_a_copy_beside_its_snapshot_has_another_name_and_no_region_is_made_up(
    cli: Cli, server: EbsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Region(looks=1)
    provider.others |= {provider.region: provider, "eu-west-1": Region(looks=1)}
    provider.put(a_snapshot(provider.put(a_volume()), "monday"))
    monkeypatch.setattr(registry, "make_provider", lambda *_: provider)
    copy = ("snapshot", "copy", "monday", "--to-region")
    made = cli(*copy, provider.region, "--json", *CLOUD).done().document
    assert made["name"] == "copy of monday"
    named = cli(*copy, provider.region, "--name", "x", "--json", *CLOUD).done().document
    assert named["name"] == "x"
    cli(*copy, "nowhere-1", *CLOUD).refused("no region 'nowhere-1'")
    assert len(provider.asked_copies) == 2
