"""What has to be known to log in to an OpenStack cloud: from config files or the environment.

The keys and their meaning are openstacksdk's. Secrets are in no repr, and in no message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from snaptui.clouds.openstack.files import home_of, merged, missing, read_files
from snaptui.config.addresses import LIKE, is_address
from snaptui.errors import CloudInvalidError, CredentialsError
from snaptui.text import safe_text

if TYPE_CHECKING:
    from snaptui.clouds.openstack.files import ConfigFiles

ENVIRONMENT = "envvars"
"""What openstacksdk calls the cloud that the `OS_` variables describe."""

LOGIN = "/auth/tokens"
"""Keystone's path where tokens are given out."""

ORIGIN = "the OS_ variables of the environment"

_METHODS = {
    "password": "password",
    "v3password": "password",
    "token": "token",
    "v3token": "token",
    "v3applicationcredential": "application_credential",
}
_VOLUME_OVERRIDES = (
    "block_storage_endpoint_override",
    "volume_endpoint_override",
    "volumev3_endpoint_override",
)
_INTERFACES = ("public", "internal", "admin")
_OTHER_NAMES = {
    "project_id": ("tenant_id",),
    "project_name": ("tenant_name",),
    "username": ("user_name", "user"),
    "user_id": ("userid",),
    "token": ("auth_token",),
}

Where = Callable[[str], str]
"""In words, where a key is said: `clouds.yaml, line 7`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who logs in, with what, for which project.

    Attributes:
        method: `password`, `token`, `application_credential`.
    """

    method: str
    user_id: str = ""
    username: str = ""
    user_domain: Mapping[str, str] = field(default_factory=dict)
    password: str = field(default="", repr=False)
    project_id: str = ""
    project_name: str = ""
    project_domain: Mapping[str, str] = field(default_factory=dict)
    application_credential_id: str = ""
    application_credential_name: str = ""
    application_credential_secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @property
    def called(self) -> str:
        """What they are, in words, without what is secret."""
        if self.method == "token":
            return "the token"
        if self.method == "application_credential":
            name = self.application_credential_name or self.application_credential_id
            return f"application credential {safe_text(name, 100)} or its secret"
        return f"user {safe_text(self.username or self.user_id, 100)} or the password"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One cloud in one region.

    Attributes:
        region: empty where there is only one, and nobody named it.
        interface: which of a service's addresses: `public`, `internal`, `admin`.
        cacert: a file of certificate authorities.
        cert: a client's certificate, with its key.
        volume_url: Cinder's address, in place of the catalog's.
        compute_url: Nova's.
        origin: where this was found, in words.
    """

    auth_url: str
    credentials: Credentials
    region: str = ""
    interface: str = "public"
    cacert: str = ""
    cert: str | tuple[str, str] | None = None
    volume_url: str = ""
    compute_url: str = ""
    origin: str = ""


def read_settings(cloud: str, region: str, environ: Mapping[str, str]) -> Settings:
    """The settings of a cloud; an empty name means what openstacksdk would choose.

    That is the one in `OS_CLOUD`, else the one that the `OS_` variables describe, else the only one
    there is.

    Raises:
        CredentialsError: there is no such cloud, or its credentials are not complete.
        CloudInvalidError: a file cannot be understood, or what it says; the message names the line.
    """
    files = read_files(environ)
    name = which(cloud, files, environ)
    if name == ENVIRONMENT and environ.get("OS_AUTH_URL"):
        return _from_environment(environ, region)
    if name not in files.names():
        raise no_such(name, environ, files)
    return _from_files(files, name, region, environ)


def which(cloud: str, files: ConfigFiles, environ: Mapping[str, str]) -> str:
    """The name of the cloud that is meant by one, which may be empty; empty where it is not clear.

    What the `OS_` variables describe is called `envvars`.
    """
    name = cloud or environ.get("OS_CLOUD", "")
    if not name and environ.get("OS_AUTH_URL"):
        return ENVIRONMENT
    names = files.names()
    return names[0] if not name and len(names) == 1 else name


def login_url(auth_url: str) -> str:
    """Where tokens are given out; an `auth_url` may be Keystone's root or that of a version."""
    root = auth_url.split("?", maxsplit=1)[0].rstrip("/")
    root = root.removesuffix("/auth/tokens").removesuffix("/v2.0")
    return f"{root if root.endswith('/v3') else f'{root}/v3'}{LOGIN}"


def regions_of(said: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The regions that a cloud names, each with what it says otherwise than the cloud."""
    value = said.get("regions") or said.get("region_name") or []
    if isinstance(value, str):
        value = [each.strip() for each in value.split(",") if each.strip()]
    found: list[tuple[str, Mapping[str, Any]]] = []
    for each in value if isinstance(value, list) else []:
        if isinstance(each, str):
            found.append((each, {}))
        elif isinstance(each, dict) and isinstance(each.get("name"), str):
            values = each.get("values")
            found.append((each["name"], values if isinstance(values, dict) else {}))
    return found


def no_such(name: str, environ: Mapping[str, str], files: ConfigFiles) -> CredentialsError:
    """That there is no cloud of that name, or none at all; with those that there are."""
    error = _no_such(name, files.names(), files)
    unread = "; ".join(missing(environ))
    return CredentialsError(error.message, f"{unread}; {error.hint}") if unread else error


def _no_such(name: str, names: list[str], files: ConfigFiles) -> CredentialsError:
    known = ", ".join(safe_text(each, 60) for each in names[:20])
    if files.clouds is None and files.secure is None:
        return CredentialsError(
            "there are no OpenStack credentials: no clouds.yaml and no OS_AUTH_URL",
            "save the clouds.yaml that the cloud's dashboard offers as "
            "~/.config/openstack/clouds.yaml, or source its openrc file",
        )
    if not name:
        return CredentialsError(
            "clouds.yaml has several clouds" if names else "clouds.yaml has no clouds",
            f"say which one: {known}" if names else "add one to it",
        )
    path = (files.clouds or files.secure).path  # type: ignore[union-attr]
    return CredentialsError(
        f"there is no cloud {safe_text(name, 60)!r} in {safe_text(path)}",
        f"it has: {known}" if known else "it has none at all",
    )


def _from_files(files: ConfigFiles, name: str, region: str, environ: Mapping[str, str]) -> Settings:
    said = files.cloud(name)

    def where(key: str) -> str:
        inside = _has_key(said.get("auth"), key)
        return files.where(name, *(("auth", key) if inside else (key,)))

    for key in ("regions", "region_name"):
        if said.get(key) and not isinstance(said[key], str | list):
            raise CloudInvalidError(
                f"{where(key)}: the {key} is no text and no list", "put it in quotes"
            )
    known = regions_of(said)
    chosen, values = known[0] if known else ("", {})
    if region and known:
        for each, its_values in known:
            if each == region:
                chosen, values = each, its_values
                break
        else:
            listed = ", ".join(safe_text(each, 60) for each, _ in known)
            raise CloudInvalidError(
                f"{where('regions')}: the cloud has no region {safe_text(region, 60)}",
                f"it has: {listed}",
            )
    origin = f"cloud {safe_text(name)} in {_shown(files, environ)}"
    return _settings(merged(said, values), region or chosen, where, origin, environ)


def _shown(files: ConfigFiles, environ: Mapping[str, str]) -> str:
    file = files.clouds or files.secure
    return shown_path(str(file.path) if file is not None else "clouds.yaml", environ)


def shown_path(path: str, environ: Mapping[str, str]) -> str:
    """A path as people write it, with `~` for the home directory."""
    home = str(home_of(environ))
    if path.startswith(f"{home}/"):
        path = f"~{path[len(home) :]}"
    return safe_text(path)


def in_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What the `OS_` variables say, by the keys that `clouds.yaml` has for it."""
    return {key[3:].lower(): value for key, value in environ.items() if key.startswith("OS_")}


def _from_environment(environ: Mapping[str, str], region: str) -> Settings:
    said = in_environment(environ)
    known = region or said.get("region_name", "")
    return _settings(
        said,
        known,
        lambda key: f"OS_{key.upper()}",
        "the OS_ variables of the environment",
        environ,
    )


def _settings(
    said: Mapping[str, Any], region: str, where: Where, origin: str, environ: Mapping[str, str]
) -> Settings:
    _refuse_unverified(said, where)
    text = _Texts(said, where)
    auth_url = text("auth_url").strip()
    if not auth_url:
        raise CredentialsError(
            f"{origin}: there is no auth_url", "it is the address of the cloud's Keystone"
        )
    _require_address(auth_url, "auth_url", where)
    home = str(home_of(environ))
    cert, key = (_path(text(each), home) for each in ("cert", "key"))
    return Settings(
        auth_url=auth_url,
        credentials=_credentials(text, where, origin),
        region=region,
        interface=_interface(text, where),
        cacert=_path(text("cacert"), home),
        cert=(cert, key) if cert and key else cert or None,
        volume_url=_override(text, where, _VOLUME_OVERRIDES),
        compute_url=_override(text, where, ("compute_endpoint_override",)),
        origin=origin,
    )


def _override(text: _Texts, where: Where, keys: tuple[str, ...]) -> str:
    """The address that one of the keys says in place of the catalog's."""
    for key in keys:
        if url := text(key):
            _require_address(url, key, where)
            return url
    return ""


def _require_address(url: str, key: str, where: Where) -> None:
    if not is_address(url):
        raise CloudInvalidError(f"{where(key)}: the {key} is no address", LIKE)


def _credentials(text: _Texts, where: Where, origin: str) -> Credentials:
    method = _method(text, where)
    default = text("default_domain_id") or text("default_domain") or "default"
    found = Credentials(
        method=method,
        user_id=text("user_id"),
        username=text("username"),
        user_domain=_domain(text, "user_domain", default),
        password=text("password"),
        project_id=text("project_id"),
        project_name=text("project_name"),
        project_domain=_domain(text, "project_domain", default),
        application_credential_id=text("application_credential_id"),
        application_credential_name=text("application_credential_name"),
        application_credential_secret=text("application_credential_secret"),
        token=text("token"),
    )
    user = found.user_id or found.username
    missing = ""
    if method == "password":
        missing = "user name" if not user else "password" if not found.password else ""
    elif method == "token":
        missing = "token" if not found.token else ""
    elif not found.application_credential_secret:
        missing = "application_credential_secret"
    elif not found.application_credential_id and not (found.application_credential_name and user):
        missing = "application_credential_id (or its name, and the user's)"
    if missing:
        raise CredentialsError(
            f"{origin}: there is no {missing}",
            "complete it, or make an application credential for snaptui in the cloud's dashboard",
        )
    return found


def _method(text: _Texts, where: Where) -> str:
    wanted = text.first("auth_type", "auth_plugin").lower()
    if wanted and wanted not in _METHODS:
        raise CloudInvalidError(
            f"{where('auth_type')}: snaptui cannot log in with {safe_text(wanted, 60)}",
            "it can with v3password, v3applicationcredential and v3token; an application "
            "credential works where the login is by a web page",
        )
    # openstackclient, too, takes what is there when it is told nothing or the general word
    if wanted in {"", "password"} and not text("password"):
        if text("application_credential_secret"):
            return "application_credential"
        if text("token"):
            return "token"
    return _METHODS.get(wanted, "password")


def _domain(text: _Texts, kind: str, default: str) -> Mapping[str, str]:
    if uid := text(f"{kind}_id") or text("domain_id"):
        return {"id": uid}
    if name := text(f"{kind}_name") or text("domain_name"):
        return {"name": name}
    return {"id": default}


def _interface(text: _Texts, where: Where) -> str:
    said = text.first("block_storage_interface", "volume_interface", "interface", "endpoint_type")
    interface = said.removesuffix("URL") or "public"
    if interface not in _INTERFACES:
        raise CloudInvalidError(
            f"{where('interface')}: there is no interface {safe_text(said, 60)}",
            f"it is one of {', '.join(_INTERFACES)}",
        )
    return interface


def _refuse_unverified(said: Mapping[str, Any], where: Where) -> None:
    for key, unsafe in (("verify", "false"), ("insecure", "true")):
        if str(said.get(key, "")).strip().lower() == unsafe:
            raise CloudInvalidError(
                f"{where(key)}: {key} is {unsafe}, but snaptui always verifies TLS certificates",
                "take the line away, and name the file of the cloud's certificate authority "
                "as cacert",
            )


def _path(path: str, home: str) -> str:
    return f"{home}{path[1:]}" if path.startswith("~/") else path


def _has_key(said: object, key: str) -> bool:
    return isinstance(said, Mapping) and key in said


class _Texts:
    """The values by key, in `auth` or beside it."""

    def __init__(self, said: Mapping[str, Any], where: Where) -> None:
        auth = said.get("auth")
        self._said: Mapping[str, Any] = {**said, **(auth if isinstance(auth, Mapping) else {})}
        self._where = where

    def __repr__(self) -> str:
        return "_Texts()"  # the values have secrets

    def __call__(self, key: str) -> str:
        """A value, empty when it is not said."""
        return self.first(key, *_OTHER_NAMES.get(key, ()))

    def first(self, *keys: str) -> str:
        """The first value of several keys."""
        for key in keys:
            value = self._said.get(key)
            if value is None or value == "":
                continue
            if not isinstance(value, str):
                raise CloudInvalidError(
                    f"{self._where(key)}: the {key} is read as a number, a list or the like",
                    "put it in quotes",
                )
            return value
        return ""
