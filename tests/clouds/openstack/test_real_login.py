"""Logins to a real Keystone: with what, for how long, and what is told when they are refused."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from snaptui.clouds.base import collect
from snaptui.errors import CloudError, CredentialsError
from tests.clouds.openstack.support import cinder_of, everything, make_volume

if TYPE_CHECKING:
    from snaptui.clouds.openstack import OpenStackProvider
    from tests.clouds.openstack.conftest import Project


async def lists(provider: OpenStackProvider) -> bool:
    """Whether it can be asked; closes it."""
    try:
        await provider.connect()
        return isinstance(await collect(provider.volumes()), list)
    finally:
        await provider.close()


async def test_a_password_from_the_environment(project: Project) -> None:
    provider = project.provider(cloud="", environ=project.variables)
    assert provider.place == ""
    await provider.connect()
    assert provider.place == f"project {project.name}, region RegionOne"
    assert await lists(provider)


async def test_an_auth_url_without_a_version(project: Project) -> None:
    variables = project.variables | {"OS_AUTH_URL": project.auth_url.removesuffix("/v3") + "/"}
    assert await lists(project.provider(cloud="", environ=variables))


async def test_user_and_project_by_their_identifiers(project: Project) -> None:
    variables = project.variables | {
        "OS_USER_ID": project.user_uid,
        "OS_PROJECT_ID": project.uid,
    }
    for name in ("OS_USERNAME", "OS_PROJECT_NAME", "OS_USER_DOMAIN_NAME", "OS_PROJECT_DOMAIN_ID"):
        del variables[name]
    assert await lists(project.provider(cloud="", environ=variables))


@pytest.mark.parametrize("by_name", [False, True])
async def test_an_application_credential(by_name: bool, project: Project) -> None:
    with project.oracle() as oracle:
        made = oracle.identity.create_application_credential(user=project.user_uid, name="snaptui")
        variables = {
            "HOME": "/nowhere",
            "OS_AUTH_URL": project.auth_url,
            "OS_AUTH_TYPE": "v3applicationcredential",
            "OS_REGION_NAME": "RegionOne",
            "OS_APPLICATION_CREDENTIAL_SECRET": made.secret,
        }
        if by_name:
            variables |= {
                "OS_APPLICATION_CREDENTIAL_NAME": "snaptui",
                "OS_USERNAME": project.name,
                "OS_USER_DOMAIN_NAME": "Default",
            }
        else:
            variables["OS_APPLICATION_CREDENTIAL_ID"] = made.id
        try:
            assert await lists(project.provider(cloud="", environ=variables))
        finally:
            oracle.identity.delete_application_credential(project.user_uid, made)
    with pytest.raises(CredentialsError, match="refuses the login: application cred") as caught:
        await lists(project.provider(cloud="", environ=variables))
    assert "make a new one" in caught.value.hint
    assert made.secret not in everything(caught.value)


@pytest.mark.parametrize("auth_type", ["token", "v3token", ""])
async def test_a_token(auth_type: str, project: Project) -> None:
    with project.oracle() as oracle:
        token = oracle.auth_token
        variables = {
            "HOME": "/nowhere",
            "OS_AUTH_URL": project.auth_url,
            "OS_TOKEN": token,
            "OS_PROJECT_ID": project.uid,
            "OS_REGION_NAME": "RegionOne",
        } | ({"OS_AUTH_TYPE": auth_type} if auth_type else {})
        assert await lists(project.provider(cloud="", environ=variables))
        revoke(oracle, token)
    with pytest.raises(CredentialsError, match="refuses the login: the token is wrong") as caught:
        await lists(project.provider(cloud="", environ=variables))
    assert "openstack token issue" in caught.value.hint
    assert token not in everything(caught.value)


def revoke(oracle: Any, token: str) -> None:
    answer = oracle.identity.delete("/auth/tokens", headers={"X-Subject-Token": token})
    assert answer.status_code == 204


async def test_a_token_that_is_revoked_in_mid_work_is_replaced(
    provider: OpenStackProvider, project: Project
) -> None:
    volume = await make_volume(provider)
    session = cinder_of(provider).service._auth._session
    first = await session.token()
    with project.oracle() as oracle:
        revoke(oracle, first.value)
    assert await provider.volume(volume.resource_uid) == volume
    assert (await session.token()).value != first.value


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("OS_PASSWORD", "not-it-4711", r"user test-\w+ or the password is wrong"),
        ("OS_USERNAME", "nobody", "user nobody or the password is wrong"),
        ("OS_PROJECT_NAME", "nothing", r"user test-\w+ or the password is wrong"),
        ("OS_USER_DOMAIN_NAME", "Elsewhere", "is wrong, or has expired"),
    ],
)
async def test_what_is_wrong_is_refused_and_told(
    variable: str, value: str, message: str, project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    variables = project.variables | {variable: value}
    with pytest.raises(CredentialsError, match=message) as caught:
        await lists(project.provider(cloud="", environ=variables))
    assert "user_domain_name and project_name in the OS_ variables" in caught.value.hint
    assert caught.value.request_id.startswith("req-")
    assert variables["OS_PASSWORD"] not in everything(caught.value) + caplog.text


async def test_a_login_that_names_no_project_is_told(project: Project, admin: Any) -> None:
    variables = project.variables
    del variables["OS_PROJECT_NAME"]
    admin.identity.update_user(project.user_uid, default_project_id=None)
    with pytest.raises(CredentialsError, match="names no project"):
        await lists(project.provider(cloud="", environ=variables))


async def test_a_region_that_is_not_there_is_told(project: Project) -> None:
    variables = project.variables | {"OS_REGION_NAME": "Mars"}
    with pytest.raises(
        CloudError, match="no block-storage in the region Mars: it is in: RegionOne"
    ):
        await lists(project.provider(cloud="", environ=variables))


async def test_secrets_are_in_no_log_and_no_repr(
    provider: OpenStackProvider, project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await provider.connect()
    session = cinder_of(provider).service._auth._session
    token = await session.token()
    await collect(provider.snapshots())
    hidden = (provider, provider._connection, session, token, session._settings)
    shown = [repr(each) for each in hidden]
    told = caplog.text + "".join(shown)
    assert project.password not in told
    assert token.value not in told
