"""Finding AWS in the files and the environment that its own tools read. Nobody is contacted."""

from __future__ import annotations

import configparser
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from snaptui.clouds.remote.found import FoundCloud

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECRETLESS = frozenset(
    {
        "aws_access_key_id",
        "role_arn",
        "sso_session",
        "sso_start_url",
        "credential_process",
        "credential_source",
        "login_session",
        "web_identity_token_file",
    }
)
"""Any of these keys says that a profile has credentials, or a way to them."""


@dataclass(slots=True)
class _Profile:
    region: str = ""
    usable: bool = False
    files: list[str] = field(default_factory=list)


def found(environ: Mapping[str, str]) -> list[FoundCloud]:
    """The AWS accounts and regions that this environment has credentials for.

    A cloud is a profile in its region. Keys in the environment come first, as they do for the
    tools of AWS; the profile that `AWS_PROFILE` names, or `default`, is called `aws REGION`,
    others `aws PROFILE REGION`. What has no region is left out: it could not be asked.

    Args:
        environ: the environment's variables.
    """
    profiles = _profiles(environ)
    chosen = environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE") or ""
    first = chosen or "default"
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or ""
    clouds: list[FoundCloud] = []
    if environ.get("AWS_ACCESS_KEY_ID") and environ.get("AWS_SECRET_ACCESS_KEY"):
        where = region or profiles.get(first, _Profile()).region
        if where:
            origin = "the keys in AWS_ACCESS_KEY_ID"
            options = {"region": where}
            clouds.append(
                FoundCloud(name=f"aws {where}", kind="aws", options=options, origin=origin)
            )
    taken = {cloud.name for cloud in clouds}
    for name, profile in sorted(profiles.items(), key=lambda pair: (pair[0] != first, pair[0])):
        where = (region if name == first else "") or profile.region or region
        if not profile.usable or not where:
            continue
        title = f"aws {where}" if name == first else f"aws {name} {where}"
        if title in taken:
            title = f"aws {name} {where}"
        if title in taken:
            continue
        taken.add(title)
        clouds.append(
            FoundCloud(
                name=title,
                kind="aws",
                options={"region": where, "profile": name},
                origin=f"profile {name} in {' and '.join(profile.files)}",
            )
        )
    return clouds


def _profiles(environ: Mapping[str, str]) -> dict[str, _Profile]:
    """The profiles of both files, as far as the files can be read."""
    profiles: dict[str, _Profile] = {}
    for variable, usual, is_config in (
        ("AWS_CONFIG_FILE", "~/.aws/config", True),
        ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", False),
    ):
        shown = environ.get(variable) or usual
        for section, values in _sections(shown, environ):
            name = _profile_name(section, is_config=is_config)
            if not name:
                continue
            profile = profiles.setdefault(name, _Profile())
            profile.region = profile.region or values.get("region", "").strip()
            profile.usable = profile.usable or not _SECRETLESS.isdisjoint(values)
            if shown not in profile.files:
                profile.files.append(shown)
    return profiles


def _profile_name(section: str, *, is_config: bool) -> str:
    """The profile that a section of a file is about; empty when it is about something else."""
    if not is_config or section == "default":
        return section
    kind, _, name = section.partition(" ")
    return name.strip().strip("\"'") if kind == "profile" else ""


def _sections(path: str, environ: Mapping[str, str]) -> list[tuple[str, Mapping[str, str]]]:
    """What an INI file has; nothing when it is missing, unreadable or none."""
    home = environ.get("HOME")
    place = Path(home, path[2:]) if path.startswith("~/") and home else Path(path)
    parser = configparser.RawConfigParser(strict=False, default_section="\0")
    try:
        # a device or a pipe would keep whoever reads it waiting
        text = place.expanduser().read_text("utf-8") if place.expanduser().is_file() else ""
        parser.read_string(text)
    except (OSError, ValueError, RuntimeError, configparser.Error):
        return []
    return [(section, parser[section]) for section in parser.sections()]
