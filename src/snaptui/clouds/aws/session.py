"""Who we are at AWS, by botocore's credential chain, and where AWS is.

The chain reads files, runs programs and may ask AWS for a session (single sign-on, roles, the
instance's own metadata), all of it blocking: it runs in threads. It never asks a person anything,
for the screen has the terminal.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from snaptui.clouds.remote.aside import aside
from snaptui.config.addresses import LIKE, is_address
from snaptui.errors import CloudError, CloudInvalidError, CredentialsError
from snaptui.installing import how_to_install
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Mapping

REGION = re.compile("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class Frozen:
    """Credentials of one moment. Its repr shows nothing."""

    __slots__ = ("access_key", "secret_key", "token")

    def __init__(self, access_key: str, secret_key: str, token: str | None) -> None:
        self.access_key = access_key
        self.secret_key = secret_key
        self.token = token

    def __repr__(self) -> str:
        return "Frozen(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frozen) and (self.access_key, self.secret_key, self.token) == (
            other.access_key,
            other.secret_key,
            other.token,
        )

    __hash__ = None  # type: ignore[assignment]


class Session:
    """One profile, or what the environment says."""

    def __init__(
        self, profile: str = "", region: str = "", environ: Mapping[str, str] | None = None
    ) -> None:
        """A session; nothing is read yet.

        Args:
            profile: of AWS's own config files; empty is what the environment says.
            region: empty is what the environment or the profile says.
            environ: what stands in for the environment of this process.
        """
        self.profile = profile
        self._region = region
        # what botocore reads of the process's own environment, it reads itself
        self._environ = None if environ is os.environ else environ
        self._botocore: Any = None
        self._credentials: Any = None
        self._seen: list[Frozen] = []
        self._lock = asyncio.Lock()

    @property
    def login(self) -> str:
        """How a person gets new credentials, in words."""
        named = f" --profile {self.profile}" if self.profile else ""
        return f"log in again: aws sso login{named}, or renew the keys of the profile"

    def scrub(self, text: str) -> str:
        """`text` without any secret that this session has had."""
        for seen in self._seen:
            for secret in (seen.secret_key, seen.token):
                text = text.replace(secret, "…") if secret else text
        return text

    async def open(self) -> None:
        """Load botocore and read the config files; cheap when that is done.

        Raises:
            CloudError: botocore is not installed, the config cannot be read, or there is no such
                profile.
        """
        async with self._lock:
            await self._load()

    async def _load(self) -> None:
        if self._botocore is None:
            self._botocore = await asyncio.to_thread(self._make)

    async def credentials(self) -> Frozen:
        """The credentials as they are now; those that expire are renewed in time.

        Raises:
            CredentialsError: there are none, or they cannot be renewed.
        """
        async with self._lock:
            await self._load()
            credentials = self._credentials
            if credentials is not None and not _stale(credentials):
                return self._frozen(credentials)
            return await aside(self._resolve)

    async def renewed(self, old: Frozen) -> bool:
        """Whether the chain, asked anew, gives other credentials than `old`, which failed.

        Somebody may have logged in meanwhile, in another terminal.
        """
        async with self._lock:
            self._credentials = None
            # config files are read once by a session of botocore
            self._botocore = None
        try:
            return await self.credentials() != old
        except CredentialsError:
            return False

    def setting(self, name: str) -> Any:
        """A setting of AWS's own config (`ca_bundle`, `use_fips_endpoint`). Needs `open`."""
        return self._botocore.get_config_variable(name)

    @property
    def region(self) -> str:
        """The region to ask. Needs `open`.

        Raises:
            CloudInvalidError: nobody says which, or it cannot be one.
        """
        region = str(self.setting("region") or "")
        if not region:
            of_profile = f"region in the profile {safe_text(self.profile, 60)}"
            option = f" --profile {shlex.quote(safe_text(self.profile, 60))}"
            raise CloudInvalidError(
                "no region is set for AWS",
                f"set {f'{of_profile}, or ' if self.profile else ''}AWS_REGION; or add the cloud "
                "with its region: snaptui cloud add NAME --kind aws --region REGION"
                f"{option if self.profile else ''}",
            )
        if not REGION.fullmatch(region):
            # it becomes a part of an address
            raise CloudInvalidError(
                f"no region of AWS is called {safe_text(region, 60)}",
                "write it as AWS does: us-east-1",
            )
        return region

    async def regions(self) -> list[str]:
        """The regions that botocore knows of where this one is, enabled in the account or not."""
        await self._load()

        def look() -> list[str]:
            theirs = self._botocore
            partition = theirs.get_partition_for_region(self.region)
            return sorted(theirs.get_available_regions("ec2", partition))

        return await asyncio.to_thread(look)

    def endpoint(self, service: str, given: str = "") -> str:
        """The address of a service, without a slash at its end. Needs `open`.

        Args:
            service: `ec2`, `ebs`, `sts`.
            given: the address that the cloud's configuration names.

        Raises:
            CloudInvalidError: what is configured is no address, or AWS has none.
        """
        setting, url = ("the cloud's endpoint_url", given) if given else self._configured(service)
        if not url:
            return self._usual(service).rstrip("/")
        if not is_address(url):
            # what it is instead is not told: there may be a key in it
            raise CloudInvalidError(f"{setting} is no address", f"{LIKE}; or take it away")
        return url.rstrip("/")

    def _configured(self, service: str) -> tuple[str, str]:
        """What names the address in AWS's own config, in the order of its tools, and the address.

        Both are empty where nothing does.
        """
        if self.setting("ignore_configured_endpoint_urls"):
            return "", ""
        environ = os.environ if self._environ is None else self._environ
        scoped = self._botocore.get_scoped_config()
        services = self._botocore.full_config.get("services", {})
        section = services.get(scoped.get("services"), {})
        own = section.get(service, {}) if isinstance(section, dict) else {}
        variable = f"AWS_ENDPOINT_URL_{service.upper()}"
        profile = f"endpoint_url of the AWS profile {safe_text(self._profile_in_use, 80)}"
        found = (
            (variable, environ.get(variable)),
            ("AWS_ENDPOINT_URL", environ.get("AWS_ENDPOINT_URL")),
            (
                f"{profile}, for {service},",
                own.get("endpoint_url") if isinstance(own, dict) else None,
            ),
            (profile, scoped.get("endpoint_url")),
        )
        return next(((setting, str(url)) for setting, url in found if url), ("", ""))

    @property
    def _profile_in_use(self) -> str:
        return str(self.profile or self._botocore.profile or "default")

    def _usual(self, service: str) -> str:
        """The address by AWS's own rules for its partitions."""
        from botocore.endpoint_provider import EndpointProvider
        from botocore.exceptions import BotoCoreError

        loader = self._botocore.get_component("data_loader")
        try:
            rules = loader.load_service_model(service, "endpoint-rule-set-1")
            provider = EndpointProvider(rules, loader.load_data("partitions"))
            found = provider.resolve_endpoint(
                Region=self.region,
                UseDualStack=bool(self.setting("use_dualstack_endpoint")),
                UseFIPS=bool(self.setting("use_fips_endpoint")),
            )
        except BotoCoreError as error:
            raise CloudInvalidError(
                f"AWS has no address for {service} in {safe_text(self.region, 60)} "
                f"({safe_text(error, 200)})",
                "is the region spelled right?",
            ) from error
        return str(found.url)

    def _make(self) -> Any:
        """A session of botocore."""
        try:
            import botocore.session
            from botocore.exceptions import BotoCoreError
        except ImportError as error:
            raise CloudError(
                "AWS needs botocore, which is not installed", how_to_install("aws")
            ) from error
        _hush()
        session = botocore.session.Session(profile=self.profile or None)
        if self._environ is not None:
            _use_environ(session, self._environ)
        environ = os.environ if self._environ is None else self._environ
        if region := self._region or environ.get("AWS_REGION"):
            # for roles and sign-ons, too; botocore knows AWS_DEFAULT_REGION only
            session.set_config_variable("region", region)
        try:
            session.get_scoped_config()
        except BotoCoreError as error:
            raise self._fault(error) from error
        return session

    def _resolve(self) -> Frozen:
        """Go through the chain, or renew what has expired."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            if self._credentials is None:
                self._credentials = self._chain().load_credentials()
            if self._credentials is None:
                raise CredentialsError(
                    "no credentials for AWS were found",
                    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or make a profile: "
                    "aws configure sso",
                )
            return self._frozen(self._credentials)
        except (BotoCoreError, ClientError, OSError, ValueError, KeyError) as error:
            self._credentials = None
            raise self._fault(error) from error

    def _chain(self) -> Any:
        """Botocore's resolver, which asks nobody and shares its sessions with the tools of AWS."""
        from botocore.utils import JSONFileCache

        chain = self._botocore.get_component("credential_provider")
        if self._environ is not None:
            _resolve_from(chain, self._environ, self._botocore)
        roles = chain.get_provider("assume-role")
        roles.cache = JSONFileCache(str(Path("~/.aws/cli/cache").expanduser()))
        roles._prompter = self._refuse_prompt  # noqa: SLF001 - it would read the terminal
        return chain

    def _refuse_prompt(self, _prompt: str) -> NoReturn:
        profile = self.profile or "in use"
        raise CredentialsError(
            f"the AWS profile {safe_text(profile, 80)} wants a code of a second factor",
            f"{self._by_cli('aws sts get-caller-identity')}, which asks for it and remembers",
        )

    def _by_cli(self, command: str) -> str:
        return f"run: {command}" + (f" --profile {self.profile}" if self.profile else "")

    def _frozen(self, credentials: Any) -> Frozen:
        fresh = credentials.get_frozen_credentials()
        frozen = Frozen(fresh.access_key, fresh.secret_key, fresh.token)
        if frozen not in self._seen:
            # the last few are enough: an answer quotes what it was just asked with
            self._seen = [*self._seen[-3:], frozen]
        return frozen

    def _fault(self, error: Exception) -> CloudError:
        """One of our errors for one of botocore's."""
        from botocore import exceptions as theirs

        profile = f"the AWS profile {safe_text(self.profile or 'default', 80)}"
        said = safe_text(self.scrub(str(error) or type(error).__name__), 300).rstrip(". ")
        again = self._by_cli("aws sts get-caller-identity")
        sso = (theirs.SSOError, theirs.TokenRetrievalError, theirs.NoAuthTokenError)
        table: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str, str], ...] = (
            (
                theirs.ProfileNotFound,
                said,
                "see: aws configure list-profiles; AWS_CONFIG_FILE names another file",
            ),
            (
                sso,
                f"the sign-on of {profile} has expired or was never made",
                self._by_cli("aws sso login"),
            ),
            (theirs.LoginError, f"the login of {profile} has expired", self._by_cli("aws login")),
            (
                theirs.PartialCredentialsError,
                f"the credentials of {profile} are incomplete: {said}",
                "the access key and the secret key belong together",
            ),
            (
                theirs.RefreshWithMFAUnsupportedError,
                f"the session of {profile}, with a second factor, is over",
                again,
            ),
        )
        if isinstance(error, theirs.ConfigParseError | theirs.ConfigNotFound):
            return CloudInvalidError(f"AWS's config cannot be read: {said}", "correct the file")
        for kinds, message, hint in table:
            if isinstance(error, kinds):
                return CredentialsError(message, hint)
        return CredentialsError(f"no credentials could be had from AWS: {said}", self.login)


def _hush() -> None:
    """Keep botocore from logging what it signs and is answered, and from writing on the screen.

    What is logged where no handler is ends on the terminal.
    """
    for name in ("botocore", "urllib3"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


def _stale(credentials: Any) -> bool:
    """Whether a renewal is due, which blocks."""
    needed = getattr(credentials, "refresh_needed", None)
    return bool(needed()) if needed is not None else False


def _use_environ(session: Any, environ: Mapping[str, str]) -> None:
    """Let a session read its settings from a given environment."""
    from botocore.configprovider import ConfigChainFactory

    factory = ConfigChainFactory(session=session, environ=environ)
    store = session.get_component("config_store")
    for name, (config, variables, default, convert) in session.SESSION_VARIABLES.items():
        chain = factory.create_config_chain(
            instance_name=name,
            env_var_names=variables,
            config_property_names=config,
            default=default,
            conversion_func=convert,
        )
        store.set_config_provider(name, chain)


def _resolve_from(chain: Any, environ: Mapping[str, str], session: Any) -> None:
    """Let a credential chain look into a given environment."""
    from botocore.credentials import ContainerProvider, EnvProvider, InstanceMetadataProvider
    from botocore.utils import InstanceMetadataFetcher

    fetcher = InstanceMetadataFetcher(
        timeout=session.get_config_variable("metadata_service_timeout"),
        num_attempts=session.get_config_variable("metadata_service_num_attempts"),
        user_agent=session.user_agent(),
        env=dict(environ),
        config={
            name: session.get_config_variable(name)
            for name in ("ec2_metadata_service_endpoint", "ec2_metadata_v1_disabled")
        },
    )
    ours = {
        "env": EnvProvider(environ=environ),
        "container-role": ContainerProvider(environ=environ),
        "iam-role": InstanceMetadataProvider(iam_role_fetcher=fetcher),
    }
    # these two look into the process's own, for tools of ten years ago
    old = {"ec2-credentials-file", "boto-config"}
    chain.providers[:] = [
        ours.get(each.METHOD, each) for each in chain.providers if each.METHOD not in old
    ]
