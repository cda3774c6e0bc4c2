"""Whether the clouds answer."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from snaptui.doctor.report import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snaptui.clouds.base import Cloud

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
        return Finding(_GROUP, cloud.name, Level.FAIL, f"down: {info.reason}")
    took = f"answers within {max(1, round((time.monotonic() - began) * 1000))} ms"
    return Finding(_GROUP, cloud.name, Level.OK, took)
