"""A real Keystone, Cinder and Nova, and two projects of the tests' own in it.

`tests/servers/openstack.sh up` starts it; `SNAPTUI_TEST_OPENSTACK` names its `clouds.yaml`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from snaptui.clouds.base import collect
from snaptui.clouds.openstack import OpenStackProvider
from tests.clouds.openstack.support import cinder_of, when
from tests.support import need_server


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project, with a user of its own."""

    uid: str
    user_uid: str
    name: str
    password: str
    auth_url: str
    clouds_yaml: Path
    region: str = "RegionOne"

    @property
    def environ(self) -> dict[str, str]:
        return {"HOME": "/nowhere", "OS_CLIENT_CONFIG_FILE": str(self.clouds_yaml)}

    @property
    def variables(self) -> dict[str, str]:
        """The same as `OS_` variables."""
        return {
            "HOME": "/nowhere",
            "OS_AUTH_URL": self.auth_url,
            "OS_USERNAME": self.name,
            "OS_PASSWORD": self.password,
            "OS_PROJECT_NAME": self.name,
            "OS_USER_DOMAIN_NAME": "Default",
            "OS_PROJECT_DOMAIN_ID": "default",
            "OS_REGION_NAME": self.region,
        }

    def provider(self, **options: Any) -> OpenStackProvider:
        options.setdefault("environ", self.environ)
        return OpenStackProvider("openstack lab", cloud=options.pop("cloud", self.name), **options)

    def oracle(self) -> Any:
        """openstacksdk, logged in to the same."""
        return sdk(self.clouds_yaml, self.name)


def sdk(clouds_yaml: Path | str, cloud: str) -> Any:  # its own types have all versions in them
    from openstack.config import OpenStackConfig
    from openstack.connection import Connection

    config = OpenStackConfig(config_files=[str(clouds_yaml)], load_envvars=False)
    return Connection(config=config.get_one(cloud=cloud))


@pytest.fixture(scope="session")
def clouds_yaml() -> str:
    return need_server("SNAPTUI_TEST_OPENSTACK")


@pytest.fixture(scope="session")
def admin(clouds_yaml: str) -> Iterator[Any]:
    """openstacksdk as the cloud's admin."""
    connection = sdk(clouds_yaml, "admin")
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def projects(
    admin: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Project, Project]]:
    """Two projects that nobody else uses, gone afterwards."""
    path = tmp_path_factory.mktemp("openstack") / "clouds.yaml"
    with two_projects(admin, path) as pair:
        yield pair


@contextmanager
def two_projects(
    admin: Any, path: Path, region: str = "RegionOne"
) -> Iterator[tuple[Project, Project]]:
    """Two projects that nobody else uses, meanwhile; `path` is where their `clouds.yaml` goes."""
    pair = tuple(_make_project(admin, path, region) for _ in range(2))
    text = "clouds:\n"
    for each in pair:
        text += (
            f"  {each.name}:\n"
            f"    auth: {{auth_url: '{each.auth_url}', username: {each.name},"
            f" password: {each.password}, project_name: {each.name},"
            " user_domain_name: Default, project_domain_name: Default}\n"
            f"    region_name: {region}\n"
        )
    path.write_text(text)
    yield (pair[0], pair[1])
    for each in pair:
        admin.identity.delete_user(each.user_uid)
        admin.identity.delete_project(each.uid)


def _make_project(admin: Any, path: Path, region: str) -> Project:
    name, password = f"test-{uuid4().hex[:8]}", uuid4().hex
    identity = admin.identity
    project = identity.create_project(name=name, domain_id="default")
    user = identity.create_user(
        name=name, password=password, domain_id="default", default_project_id=project.id
    )
    identity.assign_project_role_to_user(project, user, identity.find_role("member"))
    return Project(
        uid=project.id,
        user_uid=user.id,
        name=name,
        password=password,
        auth_url=admin.config.get_auth_args()["auth_url"],
        clouds_yaml=path,
        region=region,
    )


@pytest.fixture
def project(projects: tuple[Project, Project]) -> Project:
    return projects[0]


@pytest.fixture
async def provider(project: Project) -> AsyncIterator[OpenStackProvider]:
    """The first project, empty; what a test makes in it is deleted afterwards."""
    async for provider in _empty(project):
        yield provider


@pytest.fixture
async def other(projects: tuple[Project, Project]) -> AsyncIterator[OpenStackProvider]:
    """The second project."""
    async for provider in _empty(projects[1]):
        yield provider


async def _empty(project: Project) -> AsyncIterator[OpenStackProvider]:
    provider = project.provider()
    # what was deleted after the last test has had the time between to go
    await when(lambda: collect(provider.volumes()), lambda seen: not seen)
    yield provider
    await provider.close()  # the test may have bent it
    await _delete_all(provider)
    await provider.close()


async def _delete_all(provider: OpenStackProvider) -> None:
    """Delete all that is there; snapshots do not go before the clones that depend on them."""

    async def gone(uid: str) -> None:
        await when(lambda: provider.volume(uid), lambda seen: seen is None)

    volumes = await collect(provider.volumes())
    for volume in volumes:
        if volume.attachment is not None:
            await provider.detach(volume, volume.attachment)
    clones = [each.resource_uid for each in volumes if each.source_snapshot_uid]
    for uid in clones:
        await provider.delete_volume(uid)
    await asyncio.gather(*map(gone, clones))
    for volume in volumes:
        if volume.resource_uid not in clones:
            await cinder_of(provider).service.ask(
                "DELETE",
                f"volumes/{volume.resource_uid}",
                lambda _: None,
                what="delete a volume with its snapshots",
                params={"cascade": "true"},
            )
