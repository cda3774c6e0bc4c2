"""A login, and the services that it leads to."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snaptui.clouds.openstack.attachments import Attachments
from snaptui.clouds.openstack.catalog import COMPUTE, VOLUMES, address, base_of, regions
from snaptui.clouds.openstack.cinder import Cinder
from snaptui.clouds.openstack.explaining import Explainer
from snaptui.clouds.openstack.identity import HELD, Session, once_more
from snaptui.clouds.openstack.nova import Nova
from snaptui.clouds.openstack.reading import Reader
from snaptui.clouds.openstack.service import Service
from snaptui.clouds.openstack.settings import read_settings
from snaptui.clouds.remote.transport import Transport
from snaptui.errors import CloudError, CredentialsError
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    import httpx

    from snaptui.clouds.openstack.identity import Token
    from snaptui.clouds.openstack.settings import Settings
    from snaptui.clouds.remote.transport import Patience


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a cloud is reached.

    Attributes:
        name: what it is called in errors.
        cloud: its name in `clouds.yaml`; empty for the one that openstacksdk would choose.
        region: empty for the one that is configured, or the only one.
        environ: the environment, which may have passwords.
    """

    name: str
    cloud: str
    region: str
    environ: Mapping[str, str]
    patience: Patience | None = None
    transport: httpx.AsyncBaseTransport | None = None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def __repr__(self) -> str:
        return f"<Way to {self.name}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Logged in.

    Attributes:
        nova: None where the cloud has none.
        attaching: what attaches volumes: Nova where there is one.
        place: the project and the region, in words.
    """

    transport: Transport
    cinder: Cinder
    nova: Nova | None
    attaching: Nova | Attachments
    place: str


class Connector:
    """Logs in; but with what was just refused it does not try again, whoever asks."""

    def __init__(self, way: Way, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._way = way
        self._clock = clock
        self._refused: tuple[Settings, float, CredentialsError] | None = None

    async def connect(self) -> Connection:
        """Log in and find the services.

        Raises:
            CredentialsError: there are no credentials, or they are refused.
            CloudError: the cloud cannot be reached, or has no block storage here.
        """
        way = self._way
        # they are read anew each time: somebody may have mended them
        settings = await asyncio.to_thread(read_settings, way.cloud, way.region, way.environ)
        if self._refused is not None:
            refused, at, error = self._refused
            if refused == settings and self._clock() < at + HELD:
                raise once_more(error)
        try:
            return await _connect(way, settings)
        except CredentialsError as error:
            self._refused = (settings, self._clock(), error)
            raise


async def _connect(way: Way, settings: Settings) -> Connection:
    transport = Transport(
        way.name,
        Explainer(way.name, settings),
        request_id_headers=("x-openstack-request-id", "x-compute-request-id"),
        patience=way.patience,
        verify=settings.cacert or True,
        cert=settings.cert,
        transport=way.transport,
        sleep=way.sleep,
    )
    try:
        return await _logged_in(way.name, settings, transport)
    except BaseException:
        await transport.close()
        raise


async def _logged_in(name: str, settings: Settings, transport: Transport) -> Connection:
    session = Session(transport, settings)
    token = await session.token()
    from snaptui.clouds.openstack.signing import TokenAuth

    auth = TokenAuth(session)
    url = settings.volume_url or _volumes(name, settings, token)
    if not url:
        raise CloudError(
            f"{name} has no block storage (Cinder) that this project may use",
            "its catalog names none: ask the cloud's operator",
        )
    project = token.project_id
    base, _ = base_of(url, project, "v3")
    # below 3.67 Cinder needs the project in the path, and after it takes it
    cinder = Service(transport, auth, base, f"/{project}")
    await cinder.discover()
    region = settings.region or next((each.region for each in token.catalog if each.url == url), "")
    nova = None
    if compute := settings.compute_url or _compute(name, settings, token, region):
        base, of_project = base_of(compute, project, "v2.1")
        nova = Nova(Service(transport, auth, base, f"/{project}" if of_project else ""))
    place = f"project {safe_text(token.project_name or project)}"
    if region:
        place += f", region {safe_text(region)}"
    return Connection(
        transport=transport,
        cinder=Cinder(cinder, Reader(project, token.project_name)),
        nova=nova,
        attaching=nova or Attachments(cinder),
        place=place,
    )


def _volumes(name: str, settings: Settings, token: Token) -> str:
    return address(
        name,
        token.catalog,
        VOLUMES,
        interface=settings.interface,
        region=settings.region,
    )


def _compute(name: str, settings: Settings, token: Token, region: str) -> str:
    """Nova's address; empty where the region that Cinder is asked in has none, but others have."""
    if region and region not in regions(token.catalog, COMPUTE):
        return ""
    return address(name, token.catalog, COMPUTE, interface=settings.interface, region=region)
