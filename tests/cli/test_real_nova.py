"""Servers of a real Nova: listed, given volumes, and left alone when they are another's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from snaptui.clouds.openstack import OpenStackProvider
from snaptui.clouds.remote import cloud
from snaptui.clouds.remote.transport import Patience
from snaptui.clouds.remote.waiting import Pace
from snaptui.errors import (
    CloudConflictError,
    CloudDownError,
    CloudInUseError,
    CloudInvalidError,
    CloudTimeoutError,
)
from tests.cli.conftest import Cli
from tests.clouds.openstack import services
from tests.clouds.openstack.conftest import Project, clouds_yaml
from tests.clouds.openstack.servers import (
    a_host,
    booted,
    nova_admin,
    nova_projects,
    oracle,
    server,
)
from tests.clouds.openstack.support import make_volume, when

__all__ = ["clouds_yaml", "nova_admin", "nova_projects", "oracle", "server"]  # fixtures

ON = ("--cloud", "lab")
NAME = "[/b][@click=app.quit]x é"
"""A name that Nova takes, and that harms who shows it as it is."""


@pytest.fixture(autouse=True)
def environment(
    nova_projects: tuple[Project, Project], monkeypatch: pytest.MonkeyPatch, cli: Cli
) -> None:
    """A cloud `lab`, and another project's, `theirs`."""
    for name in os.environ:
        if name.startswith(("AWS_", "OS_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    mine, other = nova_projects
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(mine.clouds_yaml))
    monkeypatch.setattr(cloud, "Pace", partial(Pace, first=0.1, longest=1, step=0.1))
    assert cli("cloud", "add", "lab", "--kind", "openstack", "--os-cloud", mine.name).code == 0
    assert cli("cloud", "add", "theirs", "--kind", "openstack", "--os-cloud", other.name).code == 0


@pytest.fixture
def data(cli: Cli) -> Iterator[str]:
    """A volume to attach."""
    name = f"data-{uuid4().hex[:8]}"
    made = cli(
        "volume", "create", "--name", name, "--size", "1GiB", "--zone", "nova", "--json", *ON
    )
    uid: str = made.done().document["resource_uid"]
    yield uid
    cli("volume", "delete", uid, "--yes", *ON).done()


def in_nova(oracle: Any, server: Any) -> dict[str, str]:
    """The devices of a server, by volume, as Nova says."""
    return {each.volume_id: each.device for each in oracle.compute.volume_attachments(server)}


def test_instances_are_those_that_openstacksdk_lists_and_nobody_elses(
    cli: Cli, oracle: Any, server: Any, data: str
) -> None:
    oracle.compute.update_server(server, name=NAME)
    try:
        listed = cli("instance", "list", "--json", *ON).done().document
        (mine,) = [each for each in listed if each["resource_uid"] == server.id]
        (said,) = [each for each in oracle.compute.servers() if each.id == server.id]
        assert mine == {
            "resource_uid": said.id,
            "name": said.name,
            "zone": said.availability_zone,
            "status": said.status.lower(),
        }
        assert (mine["name"], mine["status"], mine["zone"]) == (NAME, "active", "nova")
        assert {each["resource_uid"] for each in listed} == {
            each.id for each in oracle.compute.servers()
        }
    finally:
        oracle.compute.update_server(server, name="web-1")
    assert cli("instance", "list", "--json", "--cloud", "theirs").done().document == []
    theirs = cli(
        *("volume", "create", "--name", "theirs", "--size", "1GiB", "--zone", "nova", "--json"),
        *("--cloud", "theirs"),
    )
    uid = theirs.done().document["resource_uid"]
    ran = cli("volume", "attach", uid, "--to", server.id, "--cloud", "theirs")
    ran.refused("cannot attach the volume", "could not be found")
    after = cli("volume", "show", uid, "--json", "--cloud", "theirs").done().document
    assert (after["status"], after["attachment"]) == ("available", None)
    cli("volume", "delete", uid, "--yes", "--cloud", "theirs").done()


def test_a_volume_is_attached_shown_with_the_servers_name_and_detached(
    cli: Cli, oracle: Any, server: Any, data: str
) -> None:
    cli("volume", "attach", data, "--to", "web-1", *ON).done()
    device = in_nova(oracle, server)[data]
    (row,) = [
        each
        for each in cli("volume", "list", "--json", *ON).done().document
        if each["resource_uid"] == data
    ]
    used = row["attachment"]
    assert row["status"] == "in-use"
    assert (used["instance"], used["instance_name"]) == (server.id, "web-1")
    assert used["device"] == device
    assert f"web-1 ({server.id}) as {device}" in cli("volume", "show", data, *ON).done().out
    ran = cli("volume", "attach", data, "--to", "web-1", *ON)
    ran.refused(f"is attached to web-1 ({server.id}) {device} already", "one instance at a time")
    cli("volume", "delete", data, "--yes", *ON).refused("is attached to web-1")
    cli("volume", "detach", data, "--from", "web-1", "--yes", *ON).done()
    assert data not in in_nova(oracle, server)
    assert cli("volume", "show", data, "--json", *ON).document["status"] == "available"


def test_the_device_that_is_told_is_the_one_that_nova_gave(
    cli: Cli, oracle: Any, server: Any, data: str
) -> None:
    ran = cli("volume", "attach", data, "--to", server.id, "--device", "/dev/vdx", *ON).done()
    device = in_nova(oracle, server)[data]
    assert device.endswith("dx")
    assert f"The instance has it as {device}." in ran.out
    cli("volume", "detach", data, "--yes", *ON).done()


def test_an_attachment_that_the_host_cannot_make_is_told_as_failed(
    cli: Cli, oracle: Any, server: Any, data: str, clouds_yaml: str
) -> None:
    """Nova accepts it; then what the volume is kept in turns out to be of another size."""
    (kept,) = (Path(clouds_yaml).parent / "nfs").glob(f"*/volume-{data}")
    size = kept.stat().st_size
    os.truncate(kept, 3 * size)
    try:
        ran = cli("volume", "attach", data, "--to", "web-1", *ON)
        ran.refused(
            "the cloud accepted to attach the volume data-",
            f"to web-1 ({server.id}), and gave it up",
            "look at the instance",
        )
        assert data not in in_nova(oracle, server)
    finally:
        os.truncate(kept, size)
    cli("volume", "attach", data, "--to", "web-1", *ON).done()
    cli("volume", "detach", data, "--yes", *ON).done()


def test_what_a_server_starts_from_is_not_detached(cli: Cli, oracle: Any, server: Any) -> None:
    ran = cli("volume", "detach", "web-1-root", "--yes", *ON)
    ran.refused("Cannot detach a root device volume", "free when the server is deleted")
    shown = cli("volume", "show", "web-1-root", "--json", *ON).done().document
    assert shown["resource_uid"] in in_nova(oracle, server)
    assert (shown["status"], shown["attachment"]["instance_name"]) == ("in-use", "web-1")


async def test_one_of_several_regions_has_to_be_named(
    nova_projects: tuple[Project, Project],
) -> None:
    variables = dict(nova_projects[0].variables)
    del variables["OS_REGION_NAME"]
    provider = nova_projects[0].provider(cloud="", environ=variables)
    with pytest.raises(CloudInvalidError, match="several regions: RegionOne, RegionTwo: say"):
        await provider.connect()
    await provider.close()


async def test_a_host_that_is_gone_while_a_volume_is_attached_is_told_and_nothing_is_left(
    nova_projects: tuple[Project, Project],
    nova_admin: Any,
    oracle: Any,
    clouds_yaml: str,
    tmp_path: Path,
) -> None:
    project, zone = nova_projects[0], f"doomed-{uuid4().hex[:8]}"
    with (
        services.nova_api(Path(clouds_yaml).parent, tmp_path, patience=2) as api,
        a_host(nova_admin, clouds_yaml, tmp_path, zone) as host,
        booted(oracle, zone, clouds_yaml, zone) as server,
    ):
        override = {"OS_COMPUTE_ENDPOINT_OVERRIDE": f"{api.url}/v2.1"}

        def asking() -> OpenStackProvider:
            return project.provider(cloud="", environ=project.variables | override)

        async def devices() -> dict[str, str]:
            return in_nova(oracle, server)

        asks, hasty = asking(), asking()
        # only to attach: whatever else is asked may take its time on a busy machine
        await hasty.connect()
        assert hasty._connection is not None
        hasty._connection.transport.patience = Patience(read=0.2)
        volume = await make_volume(asks, "data")
        uid = volume.resource_uid

        host.kill()
        with pytest.raises(CloudTimeoutError, match="asked to attach the volume") as late:
            await hasty.attach(volume, server.id, "")
        assert "look before you try again" in late.value.hint
        with pytest.raises(CloudDownError, match="cannot attach the volume") as down:
            await asks.attach(volume, server.id, "")
        assert down.value.request_id.startswith("req-")
        assert await asks.volume(uid) == volume
        assert uid not in await devices()

        # what it was asked for meanwhile it does when it is back, though nobody waits for it
        host.start()
        await when(devices, lambda seen: uid in seen)
        assert await asks.volume(uid) == volume
        with pytest.raises(CloudConflictError, match="already attached") as stuck:
            await asks.attach(volume, server.id, "")
        assert not isinstance(stuck.value, CloudInUseError)
        assert "only an administrator of the cloud" in stuck.value.hint
        await asks.delete_volume(uid)
        await when(lambda: asks.volume(uid), lambda seen: seen is None)
        await asks.close()
        await hasty.close()
