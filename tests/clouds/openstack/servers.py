"""Servers of the real Nova, and the fixtures of two projects that may have some."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.clouds.openstack import services
from tests.clouds.openstack.conftest import Project, sdk, two_projects
from tests.servers.service import Service
from tests.support import lack, wait_until

ZONE = "nova"


@pytest.fixture(scope="session")
def nova_admin(clouds_yaml: str) -> Iterator[Any]:
    """openstacksdk as the admin of the region that has a Nova."""
    if "admin-nova" not in Path(clouds_yaml).read_text():
        lack("needs a Nova: start openstack.sh up again")
    with sdk(clouds_yaml, "admin-nova") as connection:
        yield connection


@pytest.fixture(scope="session")
def nova_projects(
    nova_admin: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Project, Project]]:
    """Two projects in that region."""
    path = tmp_path_factory.mktemp("nova") / "clouds.yaml"
    with two_projects(nova_admin, path, "RegionTwo") as pair:
        yield pair


@pytest.fixture(scope="session")
def oracle(nova_projects: tuple[Project, Project]) -> Iterator[Any]:
    """openstacksdk as the first of them."""
    with nova_projects[0].oracle() as connection:
        yield connection


@pytest.fixture(scope="session")
def server(oracle: Any, clouds_yaml: str) -> Iterator[Any]:
    """A server `web-1` of it; nobody kills its host."""
    with booted(oracle, "web-1", clouds_yaml) as server:
        yield server


@contextmanager
def hosts_locked(clouds_yaml: str) -> Iterator[None]:
    """Nobody else adds a host, or has a server that is looking for one, meanwhile."""
    with (Path(clouds_yaml).parent / "lock/hosts").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def a_host(nova_admin: Any, clouds_yaml: str, directory: Path, zone: str) -> Iterator[Service]:
    """A nova-compute that alone makes up a zone, and is gone for good afterwards."""
    nova = nova_admin.compute
    service = services.nova_compute(Path(clouds_yaml).parent, directory, zone)

    def is_up() -> bool:
        known = any(each.name == zone and each.state == "up" for each in nova.hypervisors())
        return known and has_room(nova_admin, zone)

    with service:
        with hosts_locked(clouds_yaml):
            wait_until(is_up)
            aggregate = nova.create_aggregate(name=zone, availability_zone=zone)
            nova.add_host_to_aggregate(aggregate, zone)
        yield service
    # Nova takes it to be up for a minute yet: until it is forgotten, it has to be in no usual zone
    (known,) = nova.services(host=zone)
    nova.delete_service(known)
    nova.delete_aggregate(aggregate)


def has_room(nova_admin: Any, host: str) -> bool:
    """Whether a host has said to Placement what it has: before that no server gets there."""

    def ask(path: str) -> Any:
        return nova_admin.placement.get(path).json()

    found = ask(f"/resource_providers?name={host}")["resource_providers"]
    return any(
        ask(f"/resource_providers/{each['uuid']}/inventories")["inventories"] for each in found
    )


@contextmanager
def booted(oracle: Any, name: str, clouds_yaml: str, zone: str = ZONE) -> Iterator[Any]:
    """A server without a network that starts from a volume, `NAME-root`."""
    cinder, nova = oracle.block_storage, oracle.compute
    root = cinder.create_volume(
        name=f"{name}-root", size=1, volume_type="fake", availability_zone="az2"
    )
    cinder.wait_for_status(root, "available", interval=0.1)
    cinder.set_volume_bootable_status(root, True)
    disk = {"uuid": root.id, "source_type": "volume", "destination_type": "volume"}
    server = None
    try:
        with hosts_locked(clouds_yaml):
            server = nova.create_server(
                name=name,
                flavor_id=nova.find_flavor("tiny").id,
                networks="none",
                availability_zone=zone,
                block_device_mapping=[{**disk, "boot_index": 0, "delete_on_termination": False}],
            )
            server = nova.wait_for_server(server, interval=0.2)
        yield server
    finally:
        if server is not None:
            nova.delete_server(server)
            nova.wait_for_delete(server, interval=0.2)
        wait_until(lambda: cinder.get_volume(root.id).status == "available")
        cinder.delete_volume(root)
        wait_until(lambda: cinder.find_volume(root.id) is None)
