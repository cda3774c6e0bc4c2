"""A real cinder-api and a real Keystone that are killed in mid-work, and come back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from snaptui.clouds.base import collect
from snaptui.clouds.openstack import OpenStackProvider
from snaptui.clouds.remote.followed import FollowedCloud
from snaptui.clouds.remote.refreshing import Refreshing
from snaptui.clouds.remote.transport import Patience
from snaptui.errors import CloudDownError
from tests.clouds.openstack import services
from tests.clouds.openstack.support import cinder_of, make_volume, take_whole, when
from tests.clouds.remote.following import NEVER, names
from tests.clouds.remote.killing import Killing
from tests.servers.service import Service
from tests.support import known

if TYPE_CHECKING:
    from tests.clouds.openstack.conftest import Project

PAGE = 2
QUICK = Patience(connects=2, first_pause=0.01, longest_pause=0.02)
LONG = Patience(attempts=1000, connects=1000, first_pause=0.2, longest_pause=0.2)
"""For a server that is started again meanwhile."""


@pytest.fixture
def root(clouds_yaml: str) -> Path:
    return Path(clouds_yaml).parent


@pytest.fixture
def api(root: Path, tmp_path: Path) -> Iterator[Service]:
    """A cinder-api that lists two things at once."""
    with services.cinder_api(root, tmp_path, page=PAGE) as service:
        yield service


async def fill(provider: OpenStackProvider) -> tuple[list[str], list[str]]:
    """Make several pages of volumes and of snapshots; their names as they are shown."""
    listed = [f"v{number}" for number in range(2 * PAGE + 1)]
    volumes = await asyncio.gather(*(make_volume(provider, name) for name in listed))
    await take_whole(provider, volumes[0], "older")
    await asyncio.sleep(1)  # Cinder tells whole seconds
    await take_whole(provider, volumes[0], "newer")
    return listed, ["newer", "older"]


def second_page(request: httpx.Request) -> bool:
    return request.url.path.endswith("/volumes/detail") and "marker" in request.url.params


def asking(project: Project, api: Service, patience: Patience, **options: Any) -> OpenStackProvider:
    """A provider that asks this cinder-api."""
    override = {"OS_BLOCK_STORAGE_ENDPOINT_OVERRIDE": f"{api.url}/v3"}
    environ = project.variables | override
    return project.provider(cloud="", environ=environ, patience=patience, **options)


@pytest.fixture
async def killing() -> AsyncIterator[Killing]:
    transport = Killing(second_page)
    yield transport
    await transport.aclose()


async def test_a_cinder_killed_in_mid_listing_takes_nothing_from_what_is_known(
    provider: OpenStackProvider, project: Project, api: Service, killing: Killing
) -> None:
    volumes, snapshots = await fill(provider)
    asks = asking(project, api, QUICK, transport=killing)
    again = Refreshing(all=NEVER, pending=NEVER, pending_longest=NEVER, down=0.2, down_longest=0.2)
    cloud = FollowedCloud("lab", asks, refreshing=again)
    await cloud.open()
    await when(cloud.info, lambda info: info.answered and info.available)
    assert await names(cloud) == (volumes, snapshots)
    before = await cloud.info()

    killing.arm(api)
    cloud.look_again()
    reason = (await when(cloud.info, lambda info: not info.available)).reason
    assert not killing.armed
    assert f"no connection to 127.0.0.1:{api.port}" in reason
    # meanwhile something is deleted, and something made
    last = next(each for each in await collect(provider.volumes()) if each.name == volumes[-1])
    await provider.delete_volume(last.resource_uid)
    await when(lambda: provider.volume(last.resource_uid), lambda seen: seen is None)
    await make_volume(provider, "v9")
    assert await names(cloud) == (volumes, snapshots)
    info = await cloud.info()
    assert (info.available, info.as_of) == (False, before.as_of)

    api.start()
    await when(cloud.info, lambda info: info.available)
    assert await names(cloud) == ([*volumes[:-1], "v9"], snapshots)
    await cloud.close()


async def test_a_listing_goes_on_where_cinder_is_there_again_in_time_or_fails_as_a_whole(
    provider: OpenStackProvider, project: Project, api: Service, killing: Killing
) -> None:
    volumes, _ = await fill(provider)
    patient = asking(project, api, LONG, transport=killing)

    await patient.connect()
    killing.arm(api, then=api.begin)
    listed = await collect(patient.volumes())
    assert not killing.armed
    assert sorted(each.name for each in listed) == volumes

    hasty = asking(project, api, QUICK, transport=killing)
    pages = hasty.volumes()
    assert len(await anext(pages)) == PAGE
    killing.arm(api)
    with pytest.raises(CloudDownError, match="cannot list the volumes|list the volumes") as caught:
        await collect(pages)
    assert not killing.armed
    assert "no connection to" in str(caught.value)
    await hasty.close()
    await patient.close()


async def test_a_token_outlives_its_keystone_and_is_renewed_when_that_is_back(
    provider: OpenStackProvider, project: Project, root: Path, tmp_path: Path
) -> None:
    volume = await make_volume(provider)
    with services.keystone(root, tmp_path) as keystone:
        environ = project.variables | {"OS_AUTH_URL": f"{keystone.url}/v3"}
        asks = project.provider(cloud="", environ=environ, patience=QUICK)
        assert await asks.volume(volume.resource_uid) == volume
        session = cinder_of(asks).service._auth._session
        first = await session.token()

        keystone.kill()
        assert await asks.volume(volume.resource_uid) == volume
        with project.oracle() as oracle:
            headers = {"X-Subject-Token": first.value}
            assert oracle.identity.delete("/auth/tokens", headers=headers).status_code == 204
        with pytest.raises(CloudDownError) as caught:
            await asks.volume(volume.resource_uid)
        told = f"{caught.value.message}: {caught.value.hint}"
        assert f"no connection to 127.0.0.1:{keystone.port}" in told
        assert "log in" in told
        assert known((await collect(provider.volumes()))[0]).name == volume.name

        keystone.start()
        assert await asks.volume(volume.resource_uid) == volume
        assert (await session.token()).value != first.value
        await asks.close()
