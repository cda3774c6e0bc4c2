"""Deleting several volumes of any cloud: each as one alone is, those that cannot be left out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from snaptui.errors import ConflictError, NotFoundError, ReadOnlyError, SnaptuiError
from snaptui.models import Deletion, LeftOut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from snaptui.clouds.base import Cloud

_TOLD = 6
"""So many volumes are told one by one; more are counted."""


def phrase(count: int) -> str:
    """What is typed to show that one means all: more than a reflex, less than every name."""
    return f"delete {count}"


async def plan_delete_volumes(cloud: Cloud, uids: Sequence[str]) -> Deletion:
    """What deleting volumes would do, and which of them are left out and why; changes nothing."""
    plans: list[Deletion] = []
    left: list[LeftOut] = []
    for uid in dict.fromkeys(uids):
        try:
            plan = await cloud.plan_delete_volume(uid)
        except NotFoundError:
            left.append(LeftOut(resource_uid=uid, name=uid, reason="it is deleted already"))
            continue
        if plan.reason:
            left.append(_left(plan, plan.reason))
        else:
            plans.append(plan)
    first = plans[0] if plans else None
    return Deletion(
        resource_uid=first.resource_uid if first else "",
        name=first.name if first else "",
        lost=_together(plans, [plan.lost for plan in plans]),
        kept=_together(plans, [plan.kept for plan in plans]),
        reason="" if plans else _why_none(left),
        uids=tuple(plan.resource_uid for plan in plans),
        left_out=tuple(left),
    )


async def delete_volumes(cloud: Cloud, plan: Deletion, names: Mapping[str, str]) -> Deletion:
    """Delete the volumes of a plan, one after the other; one that fails stops no other.

    `names` are what they are called, by their uids.

    Raises:
        ConflictError: none of them was deleted.
        ReadOnlyError: nothing can be deleted here.
    """
    done: list[str] = []
    left: list[LeftOut] = []
    for uid in plan.uids:
        try:
            done.append((await cloud.delete_volume(uid)).resource_uid)
        except NotFoundError:
            name = names.get(uid, uid)
            left.append(LeftOut(resource_uid=uid, name=name, reason="it is deleted already"))
        except ReadOnlyError:
            raise
        except SnaptuiError as error:
            one = replace(plan, resource_uid=uid, name=names.get(uid, uid))
            left.append(_left(one, error.message))
    if not done:
        raise ConflictError(_why_none([*plan.left_out, *left]))
    return replace(plan, resource_uid=done[0], uids=tuple(done), left_out=(*plan.left_out, *left))


def _left(plan: Deletion, reason: str) -> LeftOut:
    # "the volume web is in use by …" is said of web already
    for subject in (f"the volume {plan.name} is ", f"{plan.name} is "):
        if reason.startswith(subject):
            reason = f"it is {reason.removeprefix(subject)}"
    return LeftOut(resource_uid=plan.resource_uid, name=plan.name, reason=reason)


def _why_none(left: Sequence[LeftOut]) -> str:
    if not left:
        return "there is no volume to delete"
    reasons = dict.fromkeys(each.reason.removeprefix("it is ") for each in left)
    many = "it is left alone" if len(left) == 1 else f"all {len(left)} are left alone"
    return f"{many}: {'; '.join(reasons)}"


def _together(plans: Sequence[Deletion], sentences: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """What is said of all, once; what is said of one, with its name."""
    counts: dict[str, int] = {}
    for several in sentences:
        for sentence in several:
            counts[sentence] = counts.get(sentence, 0) + 1
    own = [
        f"{plan.name}: {sentence}"
        for plan, several in zip(plans, sentences, strict=True)
        for sentence in several
        if counts[sentence] == 1
    ]
    if len(own) > _TOLD + 1:
        own[_TOLD:] = [f"and so on, {len(own) - _TOLD} more"]
    shared = [
        f"each of {count} volumes: {sentence}" for sentence, count in counts.items() if count > 1
    ]
    return (*own, *shared)
