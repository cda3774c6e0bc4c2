"""The service catalog: where, of several services, regions and networks, the right one answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from snaptui.config.addresses import is_address
from snaptui.errors import CloudError, CloudInvalidError
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable

VOLUMES = ("block-storage", "volumev3", "block-store", "volume")
"""What Cinder is called in catalogs, the official word first."""
COMPUTE = ("compute",)

_VERSION = re.compile(r"v\d+(?:\.\d+)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address of a service."""

    service: str
    interface: str
    region: str
    url: str


def regions(catalog: Iterable[Endpoint], services: Iterable[str]) -> list[str]:
    """The regions that a service is in."""
    names = set(services)
    return sorted({each.region for each in catalog if each.service in names})


def address(
    cloud: str,
    catalog: Iterable[Endpoint],
    services: tuple[str, ...],
    *,
    interface: str,
    region: str,
) -> str:
    """A service's address; empty when the cloud has no such service.

    Raises:
        CloudInvalidError: there are several regions, and it is not said which; or the service is
            in others.
        CloudError: it has no address for this interface.
    """
    catalog = tuple(catalog)
    known = regions(catalog, services)
    listed = ", ".join(safe_text(each, 60) for each in known)
    if not known:
        return ""
    if not region and len(known) > 1:
        raise CloudInvalidError(
            f"{cloud} has several regions: {listed}", "say which one, as its region or region_name"
        )
    if region and region not in known:
        raise CloudInvalidError(
            f"{cloud} has no {services[0]} in the region {safe_text(region, 60)}",
            f"it is in: {listed}",
        )
    for service in services:
        for each in catalog:
            here = each.service == service and each.interface == interface and each.url
            if not here or each.region != (region or known[0]):
                continue
            if not is_address(each.url):
                raise CloudInvalidError(
                    f"the catalog of {cloud} has no address for its {services[0]}, but "
                    f"{safe_text(each.url, 80)!r}",
                    "tell the cloud's operator; until then name the address in clouds.yaml, as "
                    f"{services[0].replace('-', '_')}_endpoint_override",
                )
            if _third(each.url):
                return each.url
    raise CloudError(
        f"{cloud} has no {interface} address for its {services[0]}",
        "another interface may have one: public, internal or admin",
    )


def _third(url: str) -> bool:
    """Whether an address is not one of a version that went out of use long ago."""
    return not any(part in {"v1", "v2"} for part in urlsplit(url).path.split("/"))


def base_of(url: str, project_id: str, version: str) -> tuple[str, bool]:
    """The root of an API's version, out of an address in a catalog; and whether the project was in.

    It may be the service's root, a version's, or a project's in it. What discovery would say of
    its own address is not used: behind a gateway it is wrong often enough.

    Args:
        url: what the catalog says.
        project_id: the project that may be in it.
        version: what the version's part of the path is called, where there is none: `v3`.
    """
    parts = url.split("?", maxsplit=1)[0].rstrip("/").split("/")
    projects = {project_id, f"AUTH_{project_id}", "%(project_id)s", "$(project_id)s"}
    of_project = parts[-1] in projects
    if of_project:
        parts.pop()
    if not _VERSION.match(parts[-1]):
        parts.append(version)
    return "/".join(parts), of_project
