"""A quota that is reached, told with its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snaptui.errors import CloudError, QuotaError

if TYPE_CHECKING:
    from snaptui.clouds.openstack.cinder import Cinder, Limit


async def with_figures(error: QuotaError, cinder: Cinder) -> QuotaError:
    """The same error with what is used and what is allowed, if Cinder tells."""
    try:
        limits = await cinder.limits()
    except CloudError:
        return error
    figures = ", ".join(
        f"{limit.used} of {limit.allowed} {word}"
        for word, limit in limits.items()
        if limit.allowed is not None and _concerns(word, limit, error)
    )
    if not figures:
        return error
    told = QuotaError(f"{error.message} (used: {figures})", error.hint)
    told.request_id = error.request_id  # it is in the hint already
    return told


def _concerns(word: str, limit: Limit, error: QuotaError) -> bool:
    """Whether a refusal is about this quota: it says its name, or nothing of it is left."""
    full = limit.allowed is not None and limit.used >= limit.allowed
    return full or f" {word} " in f"{error.message} ".replace("(", " ")
