"""The config file's form, for pydantic. Imported only when there is something to validate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - pydantic looks them up
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from snaptui.config.addresses import fault_of
from snaptui.config.paths import user_path
from snaptui.config.settings import AWS, LOCAL, OPENSTACK, REFRESH_SECONDS, ThemeName, Times
from snaptui.errors import InvalidInputError


def _zone(name: str) -> str:
    if name == LOCAL:
        return name
    try:
        ZoneInfo(name)
    except (OSError, KeyError) as error:  # a directory of zones; ZoneInfoNotFoundError
        raise ValueError("unknown") from error
    return name


def _path(text: str) -> str:
    try:
        path = user_path(text)
    except InvalidInputError as error:
        raise ValueError(error.message) from error
    if not path.is_absolute():
        raise ValueError("not absolute")
    return text


def _address(text: str) -> str:
    if text and fault_of(text):
        raise ValueError("no address")
    return text


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class LocalTable(_Table):
    """`[clouds.local]`."""

    read_only: bool = False
    repository: Annotated[str, AfterValidator(_path)] | None = None
    trash_days: Annotated[int, Field(ge=0, le=3650)] = 7


class RemoteTable(_Table):
    """`[clouds.NAME]` with a kind."""

    kind: str
    read_only: bool = False
    refresh: Annotated[float, Field(ge=0, le=86400, strict=False)] = REFRESH_SECONDS

    @property
    def options(self) -> dict[str, str]:
        """What only its kind has, and is set."""
        common = set(RemoteTable.model_fields)
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in values.items() if name not in common and value}


class AwsTable(RemoteTable):
    """A region of AWS, with the credentials of a profile (else as the AWS tools find them)."""

    region: Annotated[str, Field(min_length=1)]
    profile: str = ""
    endpoint_url: Annotated[str, AfterValidator(_address)] = ""


class OpenStackTable(RemoteTable):
    """A project of OpenStack: a cloud of `clouds.yaml`, or what `OS_*` variables name."""

    cloud: str = ""
    region: str = ""


REMOTE: dict[str, type[RemoteTable]] = {AWS: AwsTable, OPENSTACK: OpenStackTable}
CloudTable = LocalTable | RemoteTable


class FileTable(_Table):
    """The whole file."""

    theme: ThemeName = "snaptui"
    ascii: bool | Literal["auto"] = "auto"
    mouse: bool = True
    calm: bool = False
    times: Times = "relative"
    timezone: Annotated[str, AfterValidator(_zone)] = LOCAL
    restore_state: bool = True
    keys: dict[str, str] = Field(default_factory=dict)
    find_clouds: bool = True
    clouds: dict[str, dict[str, Any]] = Field(default_factory=dict)


def validate(document: Mapping[str, Any]) -> tuple[FileTable, dict[str, CloudTable]]:
    """The whole file, and the tables of its clouds, each as its kind wants it.

    A name that is none of ours and has no kind would guard nothing, so it is refused.

    Raises:
        NotValidError: it cannot be.
    """
    errors: list[Any] = []
    clouds: dict[str, CloudTable] = {}
    try:
        table = FileTable.model_validate(document)
    except ValidationError as error:
        errors += error.errors(include_url=False)
        table = FileTable()
    found = document.get("clouds")
    for name, said in found.items() if isinstance(found, dict) else ():
        form = _form(name, said)
        if isinstance(form, dict):
            errors += [form] if isinstance(said, dict) else []
            continue
        try:
            clouds[name] = form.model_validate(said)
        except ValidationError as error:
            each_error = error.errors(include_url=False)
            errors += [{**each, "loc": ("clouds", name, *each["loc"])} for each in each_error]
    if errors:
        raise NotValidError(errors)
    return table, clouds


def _form(name: str, said: Any) -> type[CloudTable] | dict[str, Any]:
    """What a cloud's table has to look like, or the error that it is none."""
    if name == LOCAL:
        return LocalTable
    kind = said.get("kind") if isinstance(said, dict) else None
    if kind is None:
        return {"type": "no_cloud", "loc": ("clouds", name)}
    if not isinstance(kind, str) or kind not in REMOTE:
        return {"type": "no_kind", "loc": ("clouds", name, "kind")}
    return REMOTE[kind]


class NotValidError(ValueError):
    """A file that is not as it should be; `errors` are pydantic's."""

    def __init__(self, errors: Sequence[Any]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = errors
