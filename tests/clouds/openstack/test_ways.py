"""Tokens that age, catalogs and versions of all kinds, and a cloud that has a Nova."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from snaptui.clouds.openstack import OpenStackProvider, make_provider
from snaptui.clouds.openstack.identity import Session
from snaptui.clouds.openstack.settings import login_url
from snaptui.clouds.openstack.versions import Microversion
from snaptui.errors import (
    CloudConflictError,
    CloudDownError,
    CloudError,
    CloudInvalidError,
    CredentialsError,
)
from snaptui.models import Volume
from tests.clouds.openstack.fake import (
    CINDER,
    NOVA,
    PROJECT,
    VERSIONS,
    FakeOpenStack,
    again,
    refusal,
    reply,
    volume,
)
from tests.clouds.openstack.support import cinder_of

UID = volume()["id"]
ONE = {f"GET /volumes/{UID}": reply(200, {"volume": volume()})}


async def test_one_login_serves_all_who_ask_at_once() -> None:
    cloud = FakeOpenStack(dict(ONE))
    provider = cloud.provider()
    await asyncio.gather(*(provider.volume(UID) for _ in range(20)))
    assert cloud.logins == 1
    # the token is refused to all of them: again one login
    cloud.good_tokens = {"token-2"}
    found = await asyncio.gather(*(provider.volume(UID) for _ in range(20)))
    assert cloud.logins == 2
    assert all(found)
    await provider.close()


async def test_a_token_is_renewed_before_it_expires() -> None:
    cloud = FakeOpenStack(dict(ONE))
    provider = cloud.provider()
    await provider.connect()
    session: Session = cinder_of(provider).service._auth._session
    now = session._clock()
    session._clock = lambda: now + 3600 - 61
    assert await provider.volume(UID)
    assert cloud.logins == 1
    session._clock = lambda: now + 3600 - 50
    assert await provider.volume(UID)
    assert cloud.logins == 2
    assert await provider.volume(UID)
    assert cloud.logins == 2
    await provider.close()


async def test_a_wrong_password_is_tried_once_however_many_ask() -> None:
    cloud = FakeOpenStack(
        dict(ONE), login=lambda _: refusal(401, "The request requires authentication.", "error")
    )
    provider = cloud.provider()
    found = await asyncio.gather(*(provider.volume(UID) for _ in range(10)), return_exceptions=True)
    await provider.close()
    assert {type(each) for each in found} == {CredentialsError}
    assert cloud.logins == 1


async def test_credentials_that_were_mended_are_tried_at_once() -> None:
    cloud = FakeOpenStack(
        dict(ONE), login=lambda _: refusal(401, "The request requires authentication.", "error")
    )
    provider = cloud.provider()
    for _ in range(3):
        with pytest.raises(CredentialsError):
            await provider.connect()
    assert cloud.logins == 1
    provider._environ["OS_PASSWORD"] = "another"  # type: ignore[index]
    cloud.login = None
    assert await provider.volume(UID)
    assert cloud.logins == 2
    await provider.close()


async def test_a_token_refused_in_mid_work_and_a_login_refused_is_tried_once() -> None:
    cloud = FakeOpenStack(dict(ONE))
    provider = cloud.provider()
    await provider.connect()
    cloud.good_tokens = set()
    cloud.login = lambda _: refusal(401, "The request requires authentication.", "error")
    found = await asyncio.gather(*(provider.volume(UID) for _ in range(10)), return_exceptions=True)
    await provider.close()
    assert {type(each) for each in found} == {CredentialsError}
    assert cloud.logins == 2


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (refusal(400, "Expecting to find domain in project.", "error"), CredentialsError, "domain"),
        (refusal(404, "Could not find Application Credential.", "error"), CredentialsError, "user"),
        (
            refusal(401, "The password is expired and needs to be changed.", "error"),
            CredentialsError,
            "or the password has expired",
        ),
        (reply(404, b"<html>"), CloudInvalidError, "no Keystone at this .*404.*: look at auth_url"),
        (
            refusal(401, "The request you have made requires authentication.", "error"),
            CredentialsError,
            "is wrong, or has expired, or has no access to the project",
        ),
        (reply(200, b"<html>"), CloudDownError, "cannot be understood"),
        (reply(201, {"token": {}}, x_subject_token="t"), CloudDownError, "cannot be understood"),
        (reply(201, {"token": {}}), CloudDownError, "cannot be understood"),
        (refusal(500, "An unexpected error.", "error"), CloudDownError, "An unexpected error"),
    ],
)
async def test_a_login_that_fails(answer: Any, kind: type[CloudError], message: str) -> None:
    cloud = FakeOpenStack(login=lambda _: again(answer))
    provider = cloud.provider()
    with pytest.raises(kind, match=message):
        await provider.connect()
    await provider.close()


@pytest.mark.parametrize(
    "url",
    [
        f"{CINDER}/{PROJECT}",
        f"{CINDER}/{PROJECT}/",
        CINDER,
        f"{CINDER}/",
        "https://cinder.example",
        "https://cinder.example/",
        f"{CINDER}/%(project_id)s",
    ],
)
async def test_an_address_in_the_catalog_may_be_of_the_service_a_version_or_a_project(
    url: str,
) -> None:
    cloud = FakeOpenStack(dict(ONE), cinder=url)
    provider = cloud.provider()
    assert await provider.volume(UID)
    await provider.close()
    assert [str(each.url) for each in cloud.asked] == [
        f"{CINDER}/",
        f"{CINDER}/{PROJECT}/volumes/{UID}",
    ]
    assert cloud.asked[1].headers["openstack-api-version"] == "volume 3.70"


async def test_an_endpoint_that_is_configured_goes_before_the_catalog_s() -> None:
    cloud = FakeOpenStack(dict(ONE), cinder="https://elsewhere.example/v3")
    variables = {"OS_BLOCK_STORAGE_ENDPOINT_OVERRIDE": "https://mine.example/volume/v3"}
    provider = cloud.provider(variables=variables)
    assert await provider.volume(UID)
    await provider.close()
    assert {each.url.host for each in cloud.asked} == {"mine.example"}
    assert cloud.asked[1].url.path == f"/volume/v3/{PROJECT}/volumes/{UID}"


@pytest.mark.parametrize(
    ("versions", "spoken"),
    [
        (reply(200, VERSIONS), Microversion(3, 70)),
        (reply(300, VERSIONS), Microversion(3, 70)),
        (reply(200, {"version": VERSIONS["versions"][1]}), Microversion(3, 70)),
        (
            reply(200, {"versions": [{"id": "v3.0", "version": "3.99", "min_version": "3.0"}]}),
            Microversion(3, 71),
        ),
        (reply(200, {"versions": [{"id": "v3.0"}]}), Microversion(3, 0)),
        (refusal(404, "Not found.", "itemNotFound"), Microversion(3, 0)),
        (refusal(403, "Forbidden.", "forbidden"), Microversion(3, 0)),
    ],
)
async def test_no_microversion_is_asked_that_either_side_does_not_speak(
    versions: Any, spoken: Microversion
) -> None:
    cloud = FakeOpenStack({**ONE, "GET /v3/": versions})
    provider = cloud.provider()
    assert await provider.volume(UID)
    assert cinder_of(provider).service.microversion == spoken
    assert cloud.asked[1].headers["openstack-api-version"] == f"volume {spoken}"
    assert await provider.why(UID) == ""
    assert any(each.url.path.endswith("/messages") for each in cloud.asked) is (spoken.minor >= 5)
    await provider.close()


@pytest.mark.parametrize(
    ("versions", "message"),
    [
        ({"versions": [{"id": "v3.0", "version": "3.99", "min_version": "3.90"}]}, "3.90 to 3.99"),
        ({"versions": [{"id": "v2.0"}]}, "cannot be understood"),
        ({"versions": []}, "cannot be understood"),
        ({}, "cannot be understood"),
    ],
)
async def test_a_cinder_that_speaks_nothing_that_we_do(versions: Any, message: str) -> None:
    provider = FakeOpenStack({"GET /v3/": reply(200, versions)}).provider()
    with pytest.raises(CloudError, match=message):
        await provider.connect()
    await provider.close()


async def test_an_older_server_behind_the_same_address_lowers_the_microversion_once() -> None:
    old = {"versions": [{"id": "v3.0", "version": "3.50", "min_version": "3.0"}]}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers["openstack-api-version"] != "volume 3.50":
            return refusal(406, "Version 3.70 is not supported by the API.", "computeFault")
        return reply(200, {"volume": volume()})

    cloud = FakeOpenStack(
        {f"GET /volumes/{UID}": answer, "GET /v3/": [reply(200, VERSIONS), reply(200, old)]}
    )
    provider = cloud.provider()
    found = await asyncio.gather(*(provider.volume(UID) for _ in range(5)))
    await provider.close()
    assert all(found)
    assert sum(each.url.path == "/v3/" for each in cloud.asked) == 2


async def test_what_an_older_cinder_cannot_is_said() -> None:
    old = {"versions": [{"id": "v3.0", "version": "3.20", "min_version": "3.0"}]}
    attached = {"server_id": "s", "device": "/dev/vdb", "attached_at": "2026-11-25T20:58:43.000000"}
    body = {"volume": volume(status="in-use", attachments=[attached])}
    cloud = FakeOpenStack({f"GET /volumes/{UID}": reply(200, body), "GET /v3/": reply(200, old)})
    provider = cloud.provider()
    with pytest.raises(CloudError, match="cannot make attached volumes larger: .* 3.42"):
        await provider.resize_volume(UID, 2**31)
    found = await provider.volume(UID)
    assert found is not None
    with pytest.raises(CloudError, match="cannot attach volumes without Nova: .* 3.44"):
        await provider.attach(found, "s", "")
    assert found.attachment is not None
    with pytest.raises(CloudError, match="cannot detach volumes without Nova: .* 3.27"):
        await provider.detach(found, found.attachment)
    await provider.close()


async def test_a_cloud_without_block_storage_is_told() -> None:
    cloud = FakeOpenStack(login=lambda _: cloud.token(catalog=[]))
    provider = cloud.provider()
    with pytest.raises(CloudError, match="has no block storage"):
        await provider.connect()
    await provider.close()


async def source(cloud: FakeOpenStack, provider: Any) -> Volume:
    found = await provider.volume(UID)
    assert isinstance(found, Volume)
    cloud.asked.clear()
    return found


async def test_where_there_is_a_nova_it_attaches_and_lists_its_servers() -> None:
    server = {
        "id": "11111111-2222-4333-8444-555555555555",
        "name": "web1",
        "status": "ACTIVE",
        "OS-EXT-AZ:availability_zone": "nova",
    }
    attachments = f"/servers/{server['id']}/os-volume_attachments"
    cloud = FakeOpenStack(
        {
            **ONE,
            "GET /servers/detail": reply(200, {"servers": [server]}),
            f"POST {attachments}": reply(200, {"volumeAttachment": {}}),
            f"DELETE {attachments}/{UID}": reply(202, b""),
        },
        nova=f"{NOVA}/{PROJECT}",
    )
    provider = cloud.provider()
    found = await source(cloud, provider)
    (instance,) = await provider.instances()
    assert (instance.name, instance.zone, instance.status) == ("web1", "nova", "active")
    await provider.attach(found, instance.resource_uid, "/dev/vdc")
    (request,) = [each for each in cloud.asked if each.method == "POST"]
    assert json.loads(request.content) == {
        "volumeAttachment": {"volumeId": UID, "device": "/dev/vdc"}
    }
    attached = volume(
        status="in-use",
        attachments=[{"server_id": server["id"], "device": "/dev/vdc", "host_name": None}],
    )
    cloud.answers[f"GET /volumes/{UID}"] = reply(200, {"volume": attached})
    seen = await source(cloud, provider)
    assert seen.attachment is not None
    assert seen.attachment.used_by == f"{server['id']} /dev/vdc"
    await provider.detach(seen, seen.attachment)
    await provider.close()
    assert cloud.paths()[-1] == f"DELETE /v2.1/{PROJECT}{attachments}/{UID}"
    assert all("openstack-api-version" not in each.headers for each in cloud.asked)


async def test_an_attachment_that_cannot_be_completed_is_taken_back() -> None:
    cloud = FakeOpenStack(
        {
            **ONE,
            "POST /attachments": reply(200, {"attachment": {"id": "a-1"}}),
            "PUT /attachments/a-1": reply(200, {"attachment": {}}),
            "POST /attachments/a-1/action": refusal(409, "No.", "conflictingRequest"),
            "DELETE /attachments/a-1": reply(200, {"attachments": []}),
        }
    )
    provider = cloud.provider()
    found = await source(cloud, provider)
    with pytest.raises(CloudConflictError):
        await provider.attach(found, "web1", "")
    await provider.close()
    assert f"DELETE /v3/{PROJECT}/attachments/a-1" in cloud.paths()


@pytest.mark.parametrize(
    ("auth_url", "login"),
    [
        ("http://k:5000", "http://k:5000/v3/auth/tokens"),
        ("http://k:5000/", "http://k:5000/v3/auth/tokens"),
        ("http://k:5000/v3", "http://k:5000/v3/auth/tokens"),
        ("http://k/identity/v3/", "http://k/identity/v3/auth/tokens"),
        ("http://k/identity", "http://k/identity/v3/auth/tokens"),
        ("http://k:35357/v2.0", "http://k:35357/v3/auth/tokens"),
        ("http://k/v3/auth/tokens", "http://k/v3/auth/tokens"),
    ],
)
def test_where_to_log_in(auth_url: str, login: str) -> None:
    assert login_url(auth_url) == login


def test_an_option_that_there_is_not_is_told() -> None:
    with pytest.raises(CloudInvalidError, match="has no 'pasword' here"):
        make_provider("lab", {"cloud": "lab", "pasword": "x"}, {})
    assert make_provider("lab", {"cloud": "lab", "region": "r"}, {}).kind == "openstack"


async def test_a_provider_can_be_used_again_after_it_is_closed() -> None:
    cloud = FakeOpenStack(dict(ONE))
    provider = cloud.provider()
    assert await provider.volume(UID)
    await provider.close()
    await provider.close()
    assert provider.place == ""
    assert await provider.volume(UID)
    await provider.close()
    assert cloud.logins == 2


async def test_a_certificate_authority_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    variables = {
        "HOME": str(tmp_path),
        "OS_AUTH_URL": "https://127.0.0.1:9",
        "OS_TOKEN": "t",
        "OS_CACERT": "~/lab.pem",
    }
    for make in (lambda path: None, lambda path: path.write_text("no certificate")):
        make(tmp_path / "lab.pem")
        provider = OpenStackProvider("lab", environ=variables)
        with pytest.raises(CloudError, match=f"{tmp_path}/lab.pem"):
            await provider.connect()
        await provider.close()
