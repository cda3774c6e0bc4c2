"""The OpenStack clouds that are described on this machine already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snaptui.clouds.openstack.files import read_files
from snaptui.clouds.openstack.settings import ENVIRONMENT, ORIGIN, regions_of, shown_path
from snaptui.clouds.remote.found import FoundCloud
from snaptui.errors import CloudInvalidError
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Mapping

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
