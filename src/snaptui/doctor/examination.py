"""All looks, one after the other."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from snaptui.doctor.configuration import look_at_configuration
from snaptui.doctor.host import look_at_host
from snaptui.doctor.reflinks import look_at_reflinks
from snaptui.doctor.report import Finding, Look, Report, guarded
from snaptui.doctor.repository import look_at_repository
from snaptui.doctor.versions import look_at_extras, look_at_versions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def examine(
    repository: Path | None,
    *,
    origin: str = "",
    read_only: bool = False,
    more: Iterable[Finding] = (),
) -> Report:
    """Look at everything but the clouds and the terminal; it may take a moment.

    Args:
        repository: where the repository is, or would be; None: look at none.
        origin: who says so.
        read_only: write nothing, not even a nameless file to see what the file system can do.
        more: findings from elsewhere.
    """
    looks: list[tuple[str, str, Look]] = [
        ("Versions", "Versions", look_at_versions),
        ("Configuration", "Config file", look_at_configuration),
        ("Host", "Host", look_at_host),
        ("Extras", "Extras", look_at_extras),
    ]
    if repository is not None:
        reflinks = partial(look_at_reflinks, repository, read_only=read_only)
        looks += [
            ("Repository", "Repository", partial(look_at_repository, repository, origin)),
            ("Host", "Reflinks", reflinks),
        ]
    found = [each for look in looks for each in guarded(*look)]
    return Report((*found, *more))
