"""The OpenStack clouds that are described on this machine already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snaptui.clouds.openstack.files import read_files
from snaptui.clouds.openstack.settings import (
    ENVIRONMENT,
    ORIGIN,
    in_environment,
    login_url,
    no_such,
    regions_of,
    shown_path,
    which,
)
from snaptui.clouds.remote.found import FoundCloud
from snaptui.errors import CloudInvalidError
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from snaptui.clouds.openstack.files import ConfigFiles

KIND = "openstack"


def found(environ: Mapping[str, str]) -> list[FoundCloud]:
    """All of them: each region of each cloud in `clouds.yaml`, then what `OS_` variables describe.

    Reads files and contacts nobody. What a cloud says is looked at when it is opened: one that
    is not complete is found all the same, and then says what it lacks.

    Raises:
        CloudInvalidError: a file cannot be read or understood; the message names the line.
    """
    files = read_files(environ)
    clouds = []
    for name in files.names():
        file = files.clouds
        if file is None or name not in file.clouds:
            continue  # secure.yaml adds to clouds, it makes none
        origin = f"cloud {safe_text(name)} in {shown_path(str(file.path), environ)}"
        try:
            said: Mapping[str, Any] = files.cloud(name)
        except CloudInvalidError:  # its profile is not known; it says so when it is opened
            said = file.clouds[name]
        regions = [region for region, _ in regions_of(said)]
        clouds += [
            FoundCloud(
                name=f"{KIND} {name}" + (f" {region}" if len(regions) > 1 else ""),
                kind=KIND,
                options={"cloud": name} | ({"region": region} if region else {}),
                origin=origin,
            )
            for region in regions or [""]
        ]
    if environ.get("OS_AUTH_URL"):
        region = environ.get("OS_REGION_NAME", "")
        clouds.append(
            FoundCloud(
                name=f"{KIND} environment",
                kind=KIND,
                options={"cloud": ENVIRONMENT} | ({"region": region} if region else {}),
                origin=ORIGIN,
            )
        )
    return clouds


def identities(
    every: Sequence[Mapping[str, str]], environ: Mapping[str, str]
) -> list[tuple[str, ...] | None]:
    """Which project in which region clouds with these options are, as far as the files tell.

    Two clouds of one identity are one, whoever logs in: what is read-only in the one is not to be
    changed by way of the other. None where that is not known.
    """
    try:
        files = read_files(environ)
    except CloudInvalidError:
        return [None] * len(every)
    return [_identity(options, files, environ) for options in every]


def _identity(
    options: Mapping[str, str], files: ConfigFiles, environ: Mapping[str, str]
) -> tuple[str, ...] | None:
    name = which(options.get("cloud", ""), files, environ)
    if name == ENVIRONMENT and environ.get("OS_AUTH_URL"):
        said: Mapping[str, Any] = in_environment(environ)
    elif name in files.names():
        try:
            said = files.cloud(name)
        except CloudInvalidError:
            return None
    else:
        return None
    auth = said.get("auth")
    text = {**said, **(auth if isinstance(auth, dict) else {})}

    def first(*keys: str) -> str:
        return next((str(text[key]) for key in keys if text.get(key)), "")

    known = regions_of(said)
    region = options.get("region") or (known[0][0] if known else "")
    project = first("project_id", "tenant_id", "application_credential_id")
    if not project:
        named = first("project_name", "tenant_name", "application_credential_name")
        domain = first("project_domain_id", "project_domain_name", "domain_id", "domain_name")
        project = f"{named} of {domain.casefold() or 'default'}"
    return (login_url(first("auth_url")), project, region)


def check(options: Mapping[str, str], environ: Mapping[str, str]) -> list[str]:
    """What may be wrong with a cloud's options, a sentence each.

    Raises:
        CloudInvalidError: something is wrong for certain; the hint has what there is.
    """
    files = read_files(environ)
    name = which(options.get("cloud", ""), files, environ)
    if name == ENVIRONMENT and environ.get("OS_AUTH_URL"):
        return []
    if name not in files.names():
        error = no_such(name, environ, files)
        if options.get("cloud") and name != ENVIRONMENT:
            raise CloudInvalidError(error.message, error.hint)
        if not name and files.names():
            # whichever is meant, it cannot be found without a name
            raise CloudInvalidError(error.message, f"{error.hint}, with --os-cloud or in OS_CLOUD")
        # it may be in the environment of whoever uses it
        return [str(error)]
    known = [region for region, _ in regions_of(files.cloud(name))]
    if (region := options.get("region")) and known and region not in known:
        raise CloudInvalidError(
            f"the cloud {safe_text(name, 60)} has no region {safe_text(region, 60)!r}",
            f"it has: {', '.join(safe_text(each, 60) for each in known)}",
        )
    return []
