"""Listings of thousands, page after page, and what may happen between two of them."""

import httpx
import pytest

from snaptui.errors import CloudDownError, CloudNotFoundError
from tests.clouds.openstack.fake import FakeOpenStack, pages, refusal, reply, snapshot, volume


async def test_five_thousand_snapshots_come_in_pages_and_each_once() -> None:
    things = [snapshot(number) for number in range(5000)]
    cloud = FakeOpenStack({"GET /snapshots/detail": pages("snapshots", things)})
    provider = cloud.provider()
    sizes, found = [], []
    async for page in provider.snapshots():
        sizes.append(len(page))
        found += [each.resource_uid for each in page]
    await provider.close()
    assert found == [each["id"] for each in things]
    assert sizes == [400] * 12 + [200]
    assert cloud.logins == 1
    hosts = {each.url.host for each in cloud.asked}
    assert hosts == {"cinder.example"}  # the links' own host is not followed


async def test_pages_come_as_they_are_read() -> None:
    things = [volume(number) for number in range(1000)]
    cloud = FakeOpenStack({"GET /volumes/detail": pages("volumes", things)})
    provider = cloud.provider()
    listing = provider.volumes()
    first = await anext(listing)
    assert len(first) == 400
    assert cloud.paths().count(f"GET {cloud.asked[-1].url.path}") == 1
    await listing.aclose()  # type: ignore[attr-defined]
    await provider.close()


async def test_an_empty_listing_has_no_page() -> None:
    cloud = FakeOpenStack({"GET /volumes/detail": reply(200, {"volumes": []})})
    provider = cloud.provider()
    assert [page async for page in provider.volumes()] == []
    await provider.close()


async def test_a_page_whose_first_thing_was_deleted_is_found_again() -> None:
    things = [snapshot(number) for number in range(900)]
    whole = pages("snapshots", things)
    gone: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        marker = request.url.params.get("marker", "")
        if marker and not gone:
            gone.append(marker)
            things[:] = [each for each in things if each["id"] != marker]
        return whole(request)

    cloud = FakeOpenStack({"GET /snapshots/detail": answer})
    provider = cloud.provider()
    found = [each.resource_uid async for page in provider.snapshots() for each in page]
    await provider.close()
    assert len(found) == len(set(found)) == 900  # the one that is gone was there when it was seen
    assert gone[0] in found


async def test_pages_that_vanish_again_and_again_are_given_up() -> None:
    whole = pages("volumes", [volume(number) for number in range(900)])

    def answer(request: httpx.Request) -> httpx.Response:
        if "marker" in request.url.params:
            return refusal(404, "Volume x could not be found.", "itemNotFound")
        return whole(request)

    cloud = FakeOpenStack({"GET /volumes/detail": answer})
    provider = cloud.provider()
    with pytest.raises(CloudNotFoundError):
        async for _ in provider.volumes():
            pass
    await provider.close()


async def test_pages_that_go_round_in_a_circle_end() -> None:
    link = {"rel": "next", "href": f"http://x/?marker={volume(1)['id']}"}
    body = {"volumes": [volume(1)], "volumes_links": [link]}
    cloud = FakeOpenStack({"GET /volumes/detail": reply(200, body)})
    provider = cloud.provider()
    with pytest.raises(CloudDownError, match="circle"):
        async for _ in provider.volumes():
            pass
    await provider.close()
    assert len(cloud.asked) == 3  # the versions, and two pages


async def test_a_page_that_fails_is_asked_for_again() -> None:
    whole = pages("snapshots", [snapshot(number) for number in range(900)])
    failures = [reply(502, b"<html>Bad Gateway</html>"), reply(200, b'{"snapshots": [{"id"')]

    def answer(request: httpx.Request) -> httpx.Response:
        if "marker" in request.url.params and failures:
            return failures.pop()
        return whole(request)

    cloud = FakeOpenStack({"GET /snapshots/detail": answer})
    provider = cloud.provider()
    found = [each.resource_uid async for page in provider.snapshots() for each in page]
    await provider.close()
    assert len(found) == len(set(found)) == 900
    assert len(cloud.slept) == 2
