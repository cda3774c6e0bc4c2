"""Quotas where something is made: the line above a form's buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from snaptui.clouds.base import Capability
from snaptui.clouds.remote.followed import FollowedCloud
from snaptui.clouds.remote.provider import Placement
from snaptui.errors import NotAllowedError, QuotaError
from snaptui.models import Quota, VolumeStatus, VolumeType
from snaptui.requests import CloneRequest, SnapshotRequest
from snaptui.tui.quotas import asks_quotas, of_snapshot, of_volume, quota_line
from snaptui.tui.screens.form import Field, Form
from snaptui.tui.screens.quota_line import QuotaLine
from snaptui.units import GIB
from tests.clouds.openstack.conftest import Project, admin, clouds_yaml, project, projects, provider
from tests.clouds.openstack.support import make_volume, take
from tests.clouds.remote.counting import Counting
from tests.clouds.remote.fake import FakeProvider, a_snapshot, a_volume
from tests.tui.elsewhere import an_app, at_volume, lab
from tests.tui.helpers import screen_text, type_text, wait_for

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from snaptui.clouds.openstack import OpenStackProvider
    from snaptui.tui.app import SnaptuiApp

__all__ = ["admin", "clouds_yaml", "project", "projects", "provider"]  # fixtures

ROOM = (
    Quota(name="volumes", used=3, limit=10),
    Quota(name="snapshots", used=4, limit=10),
    Quota(name="gigabytes", used=12, limit=1000),
)


def counting(*quotas: Quota) -> Counting:
    """A cloud with a volume that has a snapshot, several types, and these quotas."""
    provider = Counting()
    provider.told = list(quotas)
    provider.offered_types = [VolumeType(name="fast", is_default=True), VolumeType(name="slow")]
    web = provider.put(a_volume("web", status=VolumeStatus.AVAILABLE))
    provider.put(a_snapshot(web, "monday"))
    return provider


async def at_form(pilot: Pilot[None], app: SnaptuiApp, provider: FakeProvider, key: str) -> None:
    (uid,) = provider.volumes_there
    await at_volume(pilot, app, uid)
    await pilot.press(key)
    await wait_for(pilot, lambda: isinstance(app.screen, Form), "the form")


def buttons_in(drawn: str) -> list[int]:
    return [row for row, line in enumerate(drawn.splitlines()) if "Create" in line]


def line_of(app: SnaptuiApp) -> QuotaLine:
    return app.screen.query_one(QuotaLine)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("s", "quota: 4 of 10 snapshots, 12 of 1000 GiB"),
        ("c", "quota: 3 of 10 volumes, 12 of 1000 GiB"),
        ("n", "quota: 3 of 10 volumes, 12 of 1000 GiB"),
    ],
)
async def test_a_form_tells_what_there_is_and_may_be(key: str, told: str) -> None:
    provider = counting(*ROOM)
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_form(pilot, app, provider, key)
        await wait_for(pilot, lambda: told in screen_text(app), "the quotas")
        if key != "s":
            await wait_for(pilot, lambda: "slow" in screen_text(app), "the types")
        assert app.focused is not None
        assert app.focused.id == "name"
        assert app.screen.query_one("#form").max_scroll_y == 0
        assert not line_of(app).has_class("-over")


async def test_it_holds_nobody_up_and_moves_nothing() -> None:
    provider = counting(*ROOM)
    answer = provider.hangs("quotas")
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_form(pilot, app, provider, "s")
        await wait_for(pilot, lambda: "quotas" in provider.asked, "the question")
        await type_text(pilot, "before")
        drawn = screen_text(app)
        assert "quota" not in drawn
        answer.set()
        await wait_for(pilot, lambda: "quota: 4 of 10" in screen_text(app), "the quotas")
        await type_text(pilot, "-after")
        assert buttons_in(screen_text(app)) == buttons_in(drawn)
        await pilot.press("enter")
        await wait_for(pilot, lambda: jobs.requests, "the job")
        (request,) = jobs.requests
        assert isinstance(request, SnapshotRequest)
        assert request.name == "before-after"


async def test_one_who_does_not_wait_for_it_is_not_kept() -> None:
    provider = counting(*ROOM)
    provider.hangs("quotas")
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_form(pilot, app, provider, "c")
        await wait_for(pilot, lambda: "quotas" in provider.asked, "the question")
        await wait_for(pilot, lambda: "nova" in screen_text(app), "the zones")
        await pilot.press("enter")
        await wait_for(pilot, lambda: jobs.requests, "the job")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of the form")


async def test_what_would_not_fit_is_warned_of_as_it_is_typed_and_not_forbidden() -> None:
    provider = counting(ROOM[0], Quota(name="gigabytes", used=990, limit=1000))
    app, jobs = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_form(pilot, app, provider, "c")
        await wait_for(pilot, lambda: "990 of 1000 GiB" in screen_text(app), "the quotas")
        size = app.screen.query_one("#size", Field)
        size.value = "10GiB"
        await pilot.pause()
        assert "quota: 3 of 10 volumes, 990 of 1000 GiB" in screen_text(app)
        size.value = "10.1GiB"
        await wait_for(
            pilot, lambda: "over quota: 990 + 11 of 1000 GiB" in screen_text(app), "the warning"
        )
        assert line_of(app).has_class("-over")
        size.value = "10.1Gi"
        await wait_for(pilot, lambda: "over quota" in screen_text(app), "the same")
        size.value = "much"
        await wait_for(pilot, lambda: " quota: 3 of 10" in screen_text(app), "what there is")
        size.value = "20GiB"
        await pilot.press("enter")
        await wait_for(pilot, lambda: jobs.requests, "the job all the same")
        (request,) = jobs.requests
        assert isinstance(request, CloneRequest)
        assert request.size_bytes == 20 * GIB


async def test_a_new_volume_is_measured_by_what_is_typed() -> None:
    provider = counting(Quota(name="gigabytes", used=990, limit=1000))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_form(pilot, app, provider, "n")
        await wait_for(pilot, lambda: "quota: 990 of 1000 GiB" in screen_text(app), "the quotas")
        app.screen.query_one("#size", Field).value = "11"
        await pilot.pause()
        assert "over" not in screen_text(app)
        app.screen.query_one("#size", Field).value = "11G"
        await wait_for(pilot, lambda: "990 + 11 of 1000" in screen_text(app), "the warning")


@pytest.mark.parametrize("fault", [NotAllowedError("not for you"), ValueError("a defect")])
async def test_where_they_cannot_be_had_nothing_is_said(fault: Exception) -> None:
    provider = counting(*ROOM)
    provider.fails("quotas", fault, times=None)
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_form(pilot, app, provider, "s")
        await wait_for(pilot, lambda: "quotas" in provider.asked, "the question")
        await wait_for(
            pilot, lambda: not any(each.group == "load" for each in app.workers), "its end"
        )
        await pilot.pause()
        assert isinstance(app.screen, Form)
        assert not any(word in screen_text(app) for word in ("quota", "not for you", "defect"))


async def test_a_cloud_that_tells_none_is_not_asked() -> None:
    provider = FakeProvider(cannot={Capability.QUOTAS: "ask the console"})
    provider.put(a_volume("web"))
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_form(pilot, app, provider, "s")
        assert "quota" not in screen_text(app)
        assert asks_quotas(app.inventory.clouds["lab"].cloud) is None


def test_the_line_says_what_is_wanted_only_and_what_has_a_limit() -> None:
    snapshot, volume = of_snapshot(3 * GIB), of_volume(GIB + 1)
    assert quota_line(ROOM, {}) == ("", "muted")
    assert quota_line((), volume) == ("", "muted")
    assert quota_line([Quota(name="volumes", used=3, limit=None)], volume) == ("", "muted")
    assert quota_line(ROOM, snapshot)[0] == "quota: 4 of 10 snapshots, 12 of 1000 GiB"
    full = [Quota(name="snapshots", used=0, limit=0), Quota(name="gigabytes", used=9, limit=11)]
    assert quota_line(full, snapshot) == (
        "over quota: 0 + 1 of 0 snapshots, 9 + 3 of 11 GiB",
        "warn",
    )
    assert quota_line(full, volume) == ("quota: 9 of 11 GiB", "muted")


async def test_it_warns_of_what_cinder_refuses(
    provider: OpenStackProvider, project: Project, admin: Any
) -> None:
    web = await make_volume(provider)
    quota = {"snapshots": 1, "volumes": 7, "gigabytes": 1}
    admin.block_storage.put(f"/os-quota-sets/{project.uid}", json={"quota_set": quota})
    cloud = FollowedCloud("lab", provider)
    app, _ = an_app(cloud)
    try:
        async with app.run_test(size=(80, 24)) as pilot:
            await at_volume(pilot, app, web.resource_uid)
            await pilot.press("s")
            over = "over quota: 1 + 1 of 1 GiB"
            await wait_for(pilot, lambda: over in screen_text(app), "what is too much")
            with pytest.raises(QuotaError):
                await take(provider, web)
            await pilot.press("escape")
            quota["gigabytes"] = 5
            admin.block_storage.put(f"/os-quota-sets/{project.uid}", json={"quota_set": quota})
            await pilot.press("n")
            there = "quota: 1 of 7 volumes, 1 of 5 GiB"
            await wait_for(pilot, lambda: there in screen_text(app), "what there is")
            app.screen.query_one("#size", Field).value = "4.5G"
            over = "over quota: 1 + 5 of 5 GiB"
            await wait_for(pilot, lambda: over in screen_text(app), "what is too much")
            with pytest.raises(QuotaError):
                await provider.create_volume(
                    name="large",
                    placement=Placement(size_bytes=9 * GIB // 2),
                    snapshot=None,
                    token="t",
                )
    finally:
        admin.block_storage.delete(f"/os-quota-sets/{project.uid}")
