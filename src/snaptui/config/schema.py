"""The config file's form, for pydantic. Imported only when there is something to validate."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from snaptui.config.paths import user_path
from snaptui.config.settings import LOCAL, ThemeName, Times
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


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class CloudTable(_Table):
    """`[clouds.NAME]`."""

    read_only: bool = False
    repository: Annotated[str, AfterValidator(_path)] | None = None
    trash_days: Annotated[int, Field(ge=0, le=3650)] = 7


class CloudsTable(_Table):
    """`[clouds]`: a name that is none of ours would guard nothing, so it is refused."""

    local: CloudTable = Field(default_factory=CloudTable)


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
    clouds: CloudsTable = Field(default_factory=CloudsTable)
