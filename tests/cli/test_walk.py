"""The mission's walk with commands alone: on moto's EC2, and on a real Keystone and Cinder."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from snaptui.clouds.remote import cloud
from snaptui.clouds.remote.waiting import Pace
from tests.cli.conftest import Cli
from tests.clouds.aws.conftest import moto, moto_server
from tests.clouds.aws.script import KEY, REGION, SECRET
from tests.clouds.openstack.conftest import Project, admin, clouds_yaml, projects

__all__ = ["admin", "clouds_yaml", "moto", "moto_server", "projects"]  # fixtures


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what a test says; clouds are asked often whether they are done."""
    for name in os.environ:
        if name.startswith(("AWS_", "OS_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(cloud, "Pace", partial(Pace, first=0.1, longest=1, step=0.1))


def walk(cli: Cli, name: str, zone: str) -> None:
    """A volume, a snapshot of it, a clone of that; each is listed, and at the end nothing is."""
    on = ("--cloud", name)
    (tried,) = cli("cloud", "test", name, "--json").done().document
    assert tried["available"]
    assert tried["place"]
    made = cli("volume", "create", "--name", "web", "--size", "1GiB", "--zone", zone, *on).done()
    sentence, volume = made.out.splitlines()
    assert sentence == "Volume web was successfully created."
    made = cli("snapshot", "create", "web", "--name", "Test Snapshot", *on).done()
    sentence, snapshot = made.out.splitlines()
    assert sentence == "Snapshot Test Snapshot was successfully created."
    (listed,) = cli("snapshot", "list", "--volume", "web", "--json", *on).done().document
    assert listed["resource_uid"] == snapshot
    assert (listed["volume_uid"], listed["volume_name"]) == (volume, "web")
    assert (listed["status"], listed["size_bytes"]) == ("completed", 1024**3)
    (row,) = cli("volume", "list", "--filter", "name:=web", "--json", *on).done().document
    assert (row["snapshot_count"], row["zone"]) == (1, zone)
    shown = cli("snapshot", "show", "Test Snapshot", *on).done().out
    assert "Visibility:    private\n" in shown
    made = cli("snapshot", "clone", "Test Snapshot", "--name", "copy", "--zone", zone, *on).done()
    sentence, clone = made.out.splitlines()
    assert sentence == "Volume copy was successfully cloned from snapshot Test Snapshot."
    assert cli("volume", "show", clone, "--json", *on).document["source_snapshot_uid"] == snapshot
    told = cli("event", "list", *on).done().out
    assert "took snapshot Test Snapshot" in told
    jobs = cli("job", "list", "--json", *on).document
    assert [each["kind"] for each in jobs][:3] == ["clone", "snapshot", "create"]
    assert {each["cloud"] for each in jobs} == {name}
    cli("volume", "resize", "copy", "--size", "2GiB", *on).done()
    ran = cli("volume", "delete", "copy", "--yes", *on).done()
    assert ran.out == "Volume copy was successfully deleted.\n"
    ran = cli("snapshot", "delete", "Test Snapshot", "--yes", *on).done()
    assert ran.out == "Snapshot Test Snapshot was successfully deleted.\n"
    cli("volume", "delete", "web", "--yes", *on).done()
    assert cli("volume", "list", "--json", *on).document == []
    assert cli("snapshot", "list", "--json", *on).document == []


def test_on_aws(cli: Cli, moto: str, monkeypatch: pytest.MonkeyPatch, own_home: Path) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    cli(
        *("cloud", "add", "work", "--kind", "aws", "--region", REGION, "--endpoint-url", moto)
    ).done()
    walk(cli, "work", f"{REGION}b")
    kept = [path for path in own_home.rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        assert SECRET.encode() not in path.read_bytes()


def test_an_instance_and_an_account_on_aws(
    cli: Cli, moto: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    ec2: Any = boto3.client("ec2", region_name=REGION, endpoint_url=moto)
    image = ec2.register_image(Name="image", RootDeviceName="/dev/sda1")["ImageId"]
    zone = f"{REGION}a"
    started = ec2.run_instances(
        ImageId=image, MinCount=1, MaxCount=1, Placement={"AvailabilityZone": zone}
    )
    instance = started["Instances"][0]["InstanceId"]
    cli("cloud", "add", "work", "--kind", "aws", "--region", REGION, "--endpoint-url", moto).done()
    monkeypatch.setenv("SNAPTUI_CLOUD", "work")
    cli("volume", "create", "--name", "web", "--size", "1GiB", "--zone", zone).done()
    ran = cli("volume", "attach", "web", "--to", instance, "--device", "/dev/sdf").done()
    assert ran.out.startswith(f"Volume web was successfully attached to {instance}.\n")
    shown = cli("volume", "show", "web", "--json").document["attachment"]
    assert (shown["instance"], shown["device"]) == (instance, "/dev/sdf")
    ran = cli("volume", "detach", "web", "--yes").done()
    assert ran.out == f"Volume web was successfully detached from {instance}.\n"
    started = cli("snapshot", "create", "web", "--name", "a", "--detach").done().out.strip()
    followed = cli("job", "show", started, "--follow", "--json").done().document
    assert followed["summary"] == "Snapshot a was successfully created."
    assert followed["cloud"] == "work"
    cli("snapshot", "share", "a", "--with", "111122223333").done()
    shown = cli("snapshot", "show", "a", "--json").document
    assert (shown["visibility"], shown["shared_with"]) == ("shared", ["111122223333"])
    seen = ec2.describe_snapshot_attribute(
        Attribute="createVolumePermission", SnapshotId=shown["resource_uid"]
    )
    assert [each["UserId"] for each in seen["CreateVolumePermissions"]] == ["111122223333"]


def test_on_openstack_where_no_project_sees_anothers(
    cli: Cli, projects: tuple[Project, Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = projects
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(mine.clouds_yaml))
    assert cli("cloud", "add", "lab", "--kind", "openstack", "--os-cloud", mine.name).code == 0
    names = [each["name"] for each in cli("cloud", "list", "--json").document]
    assert names == ["local", "lab", f"openstack {other.name}"]
    elsewhere = ("--cloud", f"openstack {other.name}")
    name = f"hidden-{uuid4().hex[:8]}"
    made = cli(
        *("volume", "create", "--name", name, "--size", "1GiB", "--json", "--cloud", "lab")
    ).done()
    uid = made.document["resource_uid"]
    assert cli("volume", "list", "--json", *elsewhere).done().document == []
    cli("volume", "show", uid, *elsewhere).refused("no volume")
    cli("volume", "delete", uid, "--yes", *elsewhere).refused("no volume")
    cli("volume", "delete", uid, "--yes", "--cloud", "lab").done()
    walk(cli, "lab", "nova")


def test_a_wrong_password_is_told_with_what_to_do(
    cli: Cli, projects: tuple[Project, Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in projects[0].variables.items():
        if name != "HOME":
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("OS_PASSWORD", "hush-wrong")
    assert cli("cloud", "add", "lab", "--kind", "openstack").code == 0
    ran = cli("cloud", "test", "lab")
    assert ran.code == 1
    assert "snaptui: lab: " in ran.err
    assert "hush" not in ran.out + ran.err
    cli("volume", "list", "--cloud", "lab").refused("request req-")
