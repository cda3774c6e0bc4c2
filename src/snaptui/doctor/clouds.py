"""Whether the clouds answer."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from snaptui.clouds.trying import try_clouds
from snaptui.doctor.report import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.clouds.base import Cloud
    from snaptui.clouds.registry import Known
    from snaptui.clouds.trying import TriedCloud

_GROUP = "Clouds"
SECONDS = 10.0
"""How long a cloud gets to answer."""


async def look_at_clouds(clouds: Sequence[Cloud], seconds: float = SECONDS) -> list[Finding]:
    """Ask all of them at once."""
    return list(await asyncio.gather(*(_ask(cloud, seconds) for cloud in clouds)))


async def _ask(cloud: Cloud, seconds: float) -> Finding:
    began = time.monotonic()
    try:
        info = await asyncio.wait_for(cloud.info(), seconds)
    except TimeoutError:
        text = f"no answer within {seconds:.0f} s"
        return Finding(_GROUP, cloud.name, Level.FAIL, text, "is the network there?")
    except Exception as error:  # noqa: BLE001 - a cloud that breaks is what is looked for
        text = f"{type(error).__name__}: {error}"
        return Finding(_GROUP, cloud.name, Level.FAIL, text)
    if not info.available:
        return Finding(_GROUP, cloud.name, Level.FAIL, f"{info.state}: {info.reason}")
    took = f"answers within {max(1, round((time.monotonic() - began) * 1000))} ms"
    return Finding(_GROUP, cloud.name, Level.OK, took)


async def look_at_remote_clouds(
    known: Known, *, found_too: bool, seconds: float = SECONDS
) -> list[Finding]:
    """Ask those that the config file sets, all at once; those that are only found are told.

    Args:
        known: all remote clouds.
        found_too: ask those that are found, too.
        seconds: how long each gets to answer.
    """
    asked = [each for each in known.clouds if each.is_set or found_too]
    findings = [_told(each) for each in await try_clouds(asked, seconds)]
    if left := [each.name for each in known.clouds if not (each.is_set or found_too)]:
        text = f"not asked, since the config file does not set them: {', '.join(left)}"
        advice = "snaptui doctor --clouds asks them, too"
        findings.append(Finding(_GROUP, "found", Level.OK, text, advice))
    findings += [
        Finding(_GROUP, "found", Level.WARN, problem, "its clouds are not listed")
        for problem in known.problems
    ]
    return findings


def _told(tried: TriedCloud) -> Finding:
    if not tried.available:
        return Finding(_GROUP, tried.name, Level.FAIL, f"{tried.words}: {tried.reason}")
    took = f"answers within {max(1, round(tried.seconds * 1000))} ms"
    text = f"{took} ({tried.place})" if tried.place else took
    return Finding(_GROUP, tried.name, Level.OK, text)
