"""Whether what is about to be written down of a cloud can be: its profile, its region.

Nobody is asked: AWS's own files and botocore's list of regions tell.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from snaptui.clouds.aws.discovery import files_shown, profile_names
from snaptui.clouds.aws.session import REGION
from snaptui.errors import CloudInvalidError
from snaptui.installing import how_to_install
from snaptui.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOLD = 20
"""So many names are told; more are only counted."""


def check(options: Mapping[str, str], environ: Mapping[str, str]) -> list[str]:
    """What may be wrong with a cloud's options, a sentence each.

    Raises:
        CloudInvalidError: something is wrong for certain; the hint has what there is.
    """
    if profile := options.get("profile", ""):
        _check_profile(profile, environ)
    region = options.get("region", "")
    if region and not REGION.fullmatch(region):
        raise CloudInvalidError(
            f"no region of AWS is called {safe_text(region, 60)!r}",
            "write it as AWS does: us-east-1",
        )
    try:
        known, forms = _regions()
    except ImportError:
        return [f"AWS needs botocore, which is not installed: {how_to_install('aws')}"]
    if not region or region in known or options.get("endpoint_url"):
        return []
    near = get_close_matches(region, known, 5) or known
    if not any(re.fullmatch(form, region) for form in forms):
        raise CloudInvalidError(
            f"there is no region {region!r} of AWS", f"there are {_listed(near)}"
        )
    return [doubt(region)]


def doubt(region: str) -> str:
    """That there may be no such region, and those that are near; empty for one that is known."""
    known, _ = _regions()
    if region in known:
        return ""
    near = get_close_matches(region, known, 5) or known
    return (
        f"botocore here knows no region {region!r}: is it spelled right? There are {_listed(near)}"
    )


def _check_profile(profile: str, environ: Mapping[str, str]) -> None:
    names = profile_names(environ)
    if profile in names:
        return
    raise CloudInvalidError(
        f"there is no profile {safe_text(profile, 60)!r} in {safe_text(files_shown(environ))}",
        f"there are {_listed(names)}" if names else "make one with: aws configure --profile NAME",
    )


def _regions() -> tuple[list[str], list[str]]:
    """The regions that botocore knows, and the forms that a region's name has."""
    from botocore.loaders import Loader

    partitions = Loader().load_data("partitions")["partitions"]
    names = [name for each in partitions for name in each["regions"] if "global" not in name]
    return sorted(names), [str(each["regionRegex"]) for each in partitions]


def _listed(names: list[str]) -> str:
    more = len(names) - _TOLD
    shown = ", ".join(safe_text(name, 60) for name in names[:_TOLD])
    return f"{shown} and {more} more" if more > 0 else shown
