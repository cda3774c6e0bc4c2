"""Quotas on a cloud's page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from snaptui.clouds.aws import AwsProvider
from snaptui.clouds.base import Capability
from snaptui.clouds.openstack import OpenStackProvider
from snaptui.clouds.remote.cloud import RemoteCloud
from snaptui.errors import NotAllowedError
from snaptui.models import Quota
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.quotas import quota_lines
from tests.clouds.remote.counting import Counting
from tests.clouds.remote.fake import FakeProvider
from tests.tui.elsewhere import an_app, begun, lab, opened
from tests.tui.helpers import screen_text, wait_for

if TYPE_CHECKING:
    from textual.pilot import Pilot


async def at_page(pilot: Pilot[Any], app: SnaptuiApp) -> None:
    await opened(pilot, app)
    app.main.go(Place("lab", PlaceKind.CLOUD))
    await pilot.pause()


def line_of(app: SnaptuiApp, word: str) -> str:
    return next((line for line in screen_text(app).splitlines() if word in line), "")


async def test_they_are_asked_for_when_the_page_is_seen() -> None:
    provider = Counting()
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, app)
        app.main.show(Place("lab", PlaceKind.CLOUD))
        await wait_for(pilot, lambda: "not opened yet" in screen_text(app), "the page")
        assert "quotas" not in provider.asked
        await at_page(pilot, app)
        await wait_for(pilot, lambda: "3 of 10 used" in screen_text(app), "the quotas")
        assert "10 of 10 used: none left" in line_of(app, "snapshots ")
        assert "7 used, no limit" in line_of(app, "gigabytes")
        assert "nova" in screen_text(app)  # the zones, beside them


async def test_a_refusal_hides_nothing_else() -> None:
    provider = Counting()
    provider.fails("quotas", NotAllowedError("not for \x1b[31myou"), times=None)
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_page(pilot, app)
        await wait_for(pilot, lambda: "not known: not for" in screen_text(app), "why")
        assert "nova" in screen_text(app)


async def test_why_a_cloud_cannot_be_used_is_told_once() -> None:
    provider = Counting()
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_page(pilot, app)
        await wait_for(pilot, lambda: "3 of 10 used" in screen_text(app), "the quotas")
        state = app.inventory.clouds["lab"]
        page = app.main.pane.cloud()
        assert state.info is not None
        reason = "the password is not taken"
        state.info = replace(state.info, available=False, reason=reason)
        page.fill_quotas(state, (), f"not known: {reason}")
        await wait_for(pilot, lambda: "not known" in line_of(app, "Quotas"), "the quotas")
        assert page.text.count("password") == 1


async def test_a_cloud_that_tells_none_says_why() -> None:
    provider = FakeProvider(cannot={Capability.QUOTAS: "ask the console"})
    app, _ = an_app(lab(provider))
    async with app.run_test(size=(80, 24)) as pilot:
        await at_page(pilot, app)
        await wait_for(pilot, lambda: "ask the console" in line_of(app, "Quotas"), "why not")


@pytest.mark.parametrize("width", [20, 52, 120])
def test_lines_fit_and_say_what_is_nearly_used_up(width: int) -> None:
    quotas = [
        Quota(name="a", used=8, limit=10),
        Quota(name="b", used=9, limit=10),
        Quota(name="c", used=12, limit=10),
        Quota(name="d", used=0, limit=0),
    ]
    _, head, *lines = quota_lines(quotas, "", width)
    assert head == [(" Quotas", "muted")]
    assert ["warn" in {style for _, style in line} for line in lines] == [False, True, True, True]
    assert [line[-1][1] for line in lines] == ["", "", "bad", "bad"]
    assert quota_lines([], "", width) == []


def test_who_tells_and_who_does_not() -> None:
    aws = RemoteCloud("aws", AwsProvider("aws", region="us-east-1"))
    assert "Service Quotas" in aws.ability(Capability.QUOTAS).reason
    lab = RemoteCloud("lab", OpenStackProvider("lab"), read_only=True)
    assert lab.ability(Capability.QUOTAS)
    assert "no public snapshots" in lab.ability(Capability.PUBLIC_SNAPSHOTS).reason
