"""Catalogs with several regions: which one is meant, and whether it has a Nova."""

from __future__ import annotations

import httpx
import pytest

from snaptui.errors import CloudError, CloudInvalidError
from tests.clouds.openstack.fake import FakeOpenStack, reply
from tests.clouds.openstack.test_ways import ONE, UID


async def test_several_regions_have_to_be_chosen_from() -> None:
    def login(_: httpx.Request) -> httpx.Response:
        endpoints = [
            {"interface": "public", "region_id": region, "url": f"https://{region}.example/v3"}
            for region in ("north", "south")
        ]
        catalog = [
            {"type": "volumev2", "endpoints": [{**endpoints[0], "region_id": "old"}]},
            {"type": "block-storage", "endpoints": endpoints},
        ]
        return cloud.token(catalog=catalog)

    cloud = FakeOpenStack(dict(ONE), login=login)
    provider = cloud.provider()
    with pytest.raises(CloudInvalidError, match="several regions: north, south"):
        await provider.connect()
    await provider.close()
    provider = cloud.provider(region="south")
    assert await provider.volume(UID)
    assert provider.place == "project demo, region south"
    await provider.close()
    assert {each.url.host for each in cloud.asked} == {"south.example"}
    provider = cloud.provider(region="south", variables={"OS_INTERFACE": "internal"})
    with pytest.raises(CloudError, match="no internal address"):
        await provider.connect()
    await provider.close()


@pytest.mark.parametrize(
    ("cinders", "novas", "region", "asked"),
    [
        (["north", "south"], ["south"], "north", None),
        (["north"], ["south"], "", None),
        (["south"], ["north", "south"], "", "nova-south.example"),
        (["north", "south"], ["north", "south"], "north", "nova-north.example"),
    ],
)
async def test_nova_is_the_one_of_cinder_s_region_or_there_is_none(
    cinders: list[str], novas: list[str], region: str, asked: str | None
) -> None:
    def endpoints(service: str, regions: list[str]) -> list[dict[str, str]]:
        return [
            {"interface": "public", "region_id": each, "url": f"https://{service}-{each}.example/"}
            for each in regions
        ]

    catalog = [
        {"type": "volumev3", "endpoints": endpoints("cinder", cinders)},
        {"type": "compute", "endpoints": endpoints("nova", novas)},
    ]
    cloud = FakeOpenStack(
        {**ONE, "GET /servers/detail": reply(200, {"servers": []})},
        login=lambda _: cloud.token(catalog=catalog),
    )
    provider = cloud.provider(region=region)
    assert await provider.volume(UID)
    assert await provider.instances() == []
    hosts = {each.url.host for each in cloud.asked if each.url.host.startswith("nova")}
    assert hosts == ({asked} if asked else set())
    await provider.close()


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/v3", "https://[::1", "cinder:8776"])
@pytest.mark.parametrize("service", ["volumev3", "compute"])
async def test_an_address_in_the_catalog_may_be_none(service: str, url: str) -> None:
    catalog = [
        {
            "type": kind,
            "endpoints": [
                {
                    "interface": "public",
                    "region_id": "r",
                    "url": url if kind == service else "https://all.example/v3",
                }
            ],
        }
        for kind in ("volumev3", "compute")
    ]
    cloud = FakeOpenStack(dict(ONE), login=lambda _: cloud.token(catalog=catalog))
    provider = cloud.provider()
    with pytest.raises(CloudInvalidError, match="the catalog of .* has no address for its") as told:
        await provider.connect()
    assert "_endpoint_override" in told.value.hint
    await provider.close()
