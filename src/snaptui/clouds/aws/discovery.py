"""Finding AWS in the files and the environment that its own tools read. Nobody is contacted."""

from __future__ import annotations

import configparser
import os
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from snaptui.clouds.remote.found import FoundCloud
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

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

_FILES = (
    ("AWS_CONFIG_FILE", "~/.aws/config", True),
    ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", False),
)
"""The variable that names a file, where it is otherwise, and whether it is the config."""


@dataclass(slots=True)
class _Profile:
    region: str = ""
    usable: bool = False
    key: str = ""
    source: str = ""
    has_role: bool = False
    files: list[str] = field(default_factory=list)


def found(environ: Mapping[str, str]) -> list[FoundCloud]:
    """The AWS accounts and regions that this environment has credentials for.

    A cloud is a profile in its region. Keys in the environment come first, as they do for the
    tools of AWS; the profile that `AWS_PROFILE` names, or `default`, is called `aws REGION`,
    others `aws PROFILE REGION`. What has no region comes last, as `aws PROFILE`: which one is meant
    is not guessed, but it is there to say so. (Profiles that only give their keys to others are
    left out.)

    What is called alike is numbered from the second on, past what others are called by themselves.
    So these names may shift when profiles come and go: `aws environment 2` is `aws environment`
    when no profile is called so any more. A name that is to stay is one that is set.

    Args:
        environ: the environment's variables.
    """
    profiles = _profiles(environ)
    first, region = _usual(environ)
    clouds: list[FoundCloud] = []
    nowhere: list[FoundCloud] = []
    has_keys, of_keys = _has_keys(environ), "the keys in AWS_ACCESS_KEY_ID"
    keys_where = region or profiles.get(first, _Profile()).region
    if has_keys and keys_where:
        clouds.append(_cloud(f"aws {keys_where}", of_keys, {"region": keys_where}))
    taken = {cloud.name for cloud in clouds}
    sources = {each.source for name, each in profiles.items() if each.source != name}
    usable: list[tuple[str, str, str]] = []
    for name, profile in sorted(profiles.items(), key=lambda pair: (pair[0] != first, pair[0])):
        where = (region if name == first else "") or profile.region or region
        if profile.usable and (where or name not in sources):
            short = f"aws {where}" if name == first and where else f"aws {name} {where}".rstrip()
            usable.append((name, where, short))
    alone = {short for _, _, short in usable}
    for name, where, short in usable:
        long = f"aws {name} {where}".rstrip()
        title = _free(long, taken | alone) if short in taken else short
        taken.add(title)
        options = {"region": where} if where else {}
        origin = f"profile {name} in {' and '.join(profiles[name].files)}"
        cloud = _cloud(title, origin, {**options, "profile": name})
        (clouds if where else nowhere).append(cloud)
    if has_keys and not keys_where:  # a profile may be called like this, and keeps its name
        nowhere.insert(0, _cloud(_free("aws environment", taken), of_keys, {}))
    return clouds + nowhere


def _free(title: str, taken: Collection[str]) -> str:
    """A title, or with a number behind it if it is taken: what is found is never left out."""
    numbered = (f"{title} {number}" for number in count(2))
    return title if title not in taken else next(each for each in numbered if each not in taken)


def _cloud(name: str, origin: str, options: Mapping[str, str]) -> FoundCloud:
    # whoever says the region may say the address, too
    lacks = () if "region" in options else ("region", "endpoint_url")
    return FoundCloud(name=name, kind="aws", options=options, origin=origin, lacks=lacks)


def identities(
    every: Sequence[Mapping[str, str]], environ: Mapping[str, str]
) -> list[tuple[str, ...] | None]:
    """Whose account in which region clouds with these options are, as far as the files tell.

    Two clouds of one identity are one: what is read-only in the one is not to be changed by way of
    the other. An access key belongs to one account, whatever profiles have it.
    """
    profiles = _profiles(environ)
    first, usual_region = _usual(environ)

    def identity(options: Mapping[str, str]) -> tuple[str, ...]:
        name = options.get("profile", "")
        of_environment = not name and _has_keys(environ)
        profile = profiles.get(name or first, _Profile())
        key = "" if profile.has_role else profile.key
        if of_environment:
            key = environ["AWS_ACCESS_KEY_ID"]
        own = "" if of_environment else profile.region
        region = options.get("region") or (usual_region or own if not name else own or usual_region)
        who = ("key", key) if key else ("profile", name or first)
        return (*who, region, options.get("endpoint_url", ""))

    return [identity(options) for options in every]


def missing(environ: Mapping[str, str]) -> list[str]:
    """The files that the environment names and that are not there, a sentence each.

    AWS's own tools go on without a word; but whoever named a file wants to know.
    """
    return [
        f"{variable} names {safe_text(named, 200)}, which is not there"
        for variable, _, _ in _FILES
        if (named := environ.get(variable)) and not os.path.lexists(_place(named, environ))
    ]


def profile_names(environ: Mapping[str, str]) -> list[str]:
    """The profiles that there are, with or without credentials."""
    return sorted(_profiles(environ))


def files_shown(environ: Mapping[str, str]) -> str:
    """Where profiles are looked for, in words."""
    return " and ".join(environ.get(variable) or usual for variable, usual, _ in _FILES)


def _usual(environ: Mapping[str, str]) -> tuple[str, str]:
    """The profile and the region where nobody names one."""
    profile = environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE") or "default"
    return profile, environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or ""


def _has_keys(environ: Mapping[str, str]) -> bool:
    return bool(environ.get("AWS_ACCESS_KEY_ID") and environ.get("AWS_SECRET_ACCESS_KEY"))


def _profiles(environ: Mapping[str, str]) -> dict[str, _Profile]:
    """The profiles of both files, as far as the files can be read."""
    profiles: dict[str, _Profile] = {}
    for variable, usual, is_config in _FILES:
        shown = environ.get(variable) or usual
        for section, values in _sections(shown, environ):
            name = _profile_name(section, is_config=is_config)
            if not name:
                continue
            profile = profiles.setdefault(name, _Profile())
            profile.region = profile.region or values.get("region", "").strip()
            profile.usable = profile.usable or not _SECRETLESS.isdisjoint(values)
            profile.key = profile.key or values.get("aws_access_key_id", "").strip()
            profile.source = profile.source or values.get("source_profile", "").strip()
            profile.has_role = profile.has_role or "role_arn" in values
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
    parser = configparser.RawConfigParser(strict=False, default_section="\0")
    try:
        # a device or a pipe would keep whoever reads it waiting
        place = _place(path, environ)
        text = place.read_text("utf-8") if place.is_file() else ""
        parser.read_string(text)
    except (OSError, ValueError, RuntimeError, configparser.Error):
        return []
    return [(section, parser[section]) for section in parser.sections()]


def _place(path: str, environ: Mapping[str, str]) -> Path:
    """Where a path leads; `~` is what the environment says."""
    home = environ.get("HOME")
    if path.startswith("~/") and home:
        return Path(home, path[2:])
    return Path(os.path.expanduser(path))  # noqa: PTH111 - pathlib's raises where there is no home
