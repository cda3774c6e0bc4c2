"""Texts from elsewhere that would like to be more than text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from textual import events
from textual.widgets import Input

from snaptui.clouds.base import Ability
from snaptui.models import Candidate, JobStatus, Progress, Zone
from snaptui.requests import SnapshotRequest
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.confirm import ConfirmDelete
from snaptui.tui.screens.export_form import ExportForm
from snaptui.tui.screens.help import NOT_HERE
from snaptui.tui.screens.job_log import JobLogScreen
from snaptui.tui.widgets.table import Table
from tests.tui.conftest import SIZES
from tests.tui.fake import GIB, FakeCloud, FakeJobs, make_snapshot, make_volume
from tests.tui.helpers import characters, screen_text, terminal_bytes, wait_for

HOSTILE = {
    "markup": "[/b][bold]boom[/]",
    "action": "[@click=app.quit]click me[/]",
    "clipboard": "x\x1b]52;c;ZXZpbA==\x07y",
    "title": "x\x1b]0;owned\x9cy\x9b31m",
    "bidi": "abc\u202egnp.exe\u2066\u200f",
    "long": "n" * 10_000,
    "wide": "漢字カナ" * 30,
    "combining": "a" + "\u0301" * 200 + "b",
    "emoji": "👩‍👩‍👧‍👦🇩🇪 family",
    "lines": "one\ntwo\r\nthree\tfour\x00",
    "surrogate": "bad\udcffbyte",
}


@pytest.fixture(params=list(HOSTILE.values()), ids=list(HOSTILE))
def name(request: pytest.FixtureRequest) -> str:
    text: str = request.param
    return text


def hostile_cloud(name: str) -> FakeCloud:
    volume = make_volume(
        1, name, zone=name, path=name, owner=name, reason=name, source_snapshot_uid=name
    )
    snapshots = [
        make_snapshot(n, volume, name, description=name, owner=name, reason=name)
        for n in range(1, 4)
    ]
    cloud = FakeCloud(volumes=[volume], snapshots=snapshots)
    cloud.all_zones += [
        Zone(name=name, path=name, size_bytes=GIB, free_bytes=GIB),
        Zone(name=name, path=name, size_bytes=0, free_bytes=0, available=False, reason=name),
    ]
    cloud.found = [Candidate(path=name, kind=name, size_bytes=GIB, detail=name)]
    return cloud


def check(app: SnaptuiApp, size: tuple[int, int]) -> None:
    sent = terminal_bytes(app)
    for bad in ("\x1b]", "\x07", "\x9b", "\x9c", "\u202e", "\u2066", "\x00", "\udcff"):
        assert bad not in sent
    assert len(characters(sent).split("\n")) == size[1]


async def test_every_page(name: str) -> None:
    size = (80, 24)
    cloud = hostile_cloud(name)
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=size) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        uids = {PlaceKind.VOLUME: "vol-00000001", PlaceKind.SNAPSHOT: "snap-00000001"}
        for kind in PlaceKind:
            app.main.go(Place("local", kind, uids.get(kind, "")))
            for tab in "12345" if kind in uids else "1":
                await pilot.press(tab)
                check(app, size)
        assert app.is_running


TOGETHER = {
    "long": HOSTILE["long"],
    "cells": HOSTILE["wide"] + HOSTILE["combining"] + HOSTILE["emoji"],
    "rest": "".join(HOSTILE[n] for n in HOSTILE if n not in {"long", "wide", "combining", "emoji"}),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", list(TOGETHER.values()), ids=list(TOGETHER))
async def test_every_form_and_toast(name: str, size: tuple[int, int]) -> None:
    cloud = hostile_cloud(name)
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=size, notifications=True) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        job = jobs.start(SnapshotRequest(volume_uid="vol-00000001", name="running"))
        jobs.change(
            job.resource_uid,
            name=name,
            subject_name=name,
            owner=name,
            progress=Progress(phase=name, done_bytes=0, total_bytes=0),
        )
        await wait_for(pilot, lambda: app.inventory.running, "the job")
        app.main.go(Place("local", PlaceKind.SNAPSHOT, "snap-00000001"))
        for key in ("s", "c", "r", "d", "n", "ctrl+d", "J", "Z", "question_mark", "ctrl+p"):
            await pilot.press(key)
            await wait_for(pilot, lambda: app.screen is not app.main, f"what {key} opens")
            await pilot.pause()
            check(app, size)
            await pilot.press("escape")
            await wait_for(pilot, lambda: app.screen is app.main, f"the end of what {key} opened")
        jobs.change(
            job.resource_uid,
            status=JobStatus.FAILED,
            summary=name,
            hint=name,
            ended_at=datetime.now(UTC),
        )
        jobs.log = lambda reference: name  # type: ignore[method-assign]
        await wait_for(pilot, lambda: len(app._notifications) == 1, "the toast")
        await pilot.pause()
        check(app, size)
        await pilot.press("J", "l", "y", "escape", "e")
        await wait_for(pilot, lambda: isinstance(app.screen, ExportForm), "the export")
        check(app, size)
        await pilot.press("escape", "l")
        await wait_for(pilot, lambda: isinstance(app.screen, JobLogScreen), "the log")
        await pilot.pause()
        check(app, size)
        assert app.is_running


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", list(TOGETHER.values()), ids=list(TOGETHER))
async def test_the_trash_and_its_questions(name: str, size: tuple[int, int]) -> None:
    cloud = hostile_cloud(name)
    cloud.all_snapshots[0] = replace(cloud.all_snapshots[0], pinned=True)
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=size, notifications=True) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(Place("local", PlaceKind.SNAPSHOTS))
        await wait_for(pilot, lambda: isinstance(app.focused, Table), "the list")
        await pilot.press("*", "ctrl+d")
        await wait_for(pilot, lambda: isinstance(app.screen, ConfirmDelete), "the question")
        await wait_for(pilot, lambda: "adding up" not in screen_text(app), "the figure")
        check(app, size)
        await pilot.press("tab", "enter")
        await wait_for(pilot, lambda: cloud.all_trashed, "the deletion")
        cloud.all_trashed = [replace(each, deleted_by=name) for each in cloud.all_trashed]
        await wait_for(pilot, lambda: app.screen is app.main, "the list")
        check(app, size)
        await pilot.press("T")
        await wait_for(pilot, lambda: app.screen.query("#trash"), "the trash")
        await wait_for(pilot, lambda: "7 d" in screen_text(app), "what is in it")
        check(app, size)
        await pilot.press("*", "ctrl+d")
        await wait_for(pilot, lambda: isinstance(app.screen, ConfirmDelete), "the question")
        check(app, size)
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.screen.query("#trash"), "the trash")
        await pilot.press("u")
        await wait_for(pilot, lambda: not cloud.all_trashed, "the way back")
        await pilot.press("escape", "p")
        await wait_for(pilot, lambda: app.screen is app.main, "the list")
        await pilot.pause()
        check(app, size)


async def test_reasons_in_the_palette(name: str) -> None:
    cloud = hostile_cloud("volume")
    cloud.ability = lambda capability: Ability(False, name)  # type: ignore[method-assign]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(120, 40)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("ctrl+p")
        await wait_for(pilot, lambda: "not possible here" in screen_text(app), "the reasons")
        check(app, (120, 40))
        for markup in ("[/b][bold]boom[/]", "[@click=app.quit]click me[/]"):
            assert name != markup or f"not possible here: {markup}" in screen_text(app)
        await pilot.press(*"snap")
        await wait_for(pilot, lambda: "snap-00000001  of" in screen_text(app), "the search")
        check(app, (120, 40))
        await pilot.press("escape", "question_mark")
        await wait_for(pilot, lambda: NOT_HERE in screen_text(app), "the reasons in the help")
        check(app, (120, 40))
        await pilot.press("escape", "colon")
        await wait_for(pilot, lambda: "vol NAME" in screen_text(app), "the jump line")
        await pilot.press(*"clone")
        await wait_for(pilot, lambda: "not possible here" in screen_text(app), "the reason in it")
        check(app, (120, 40))
        assert app.is_running


async def test_what_was_found_on_the_host(name: str) -> None:
    size = (80, 24)
    cloud = FakeCloud()
    cloud.found = [Candidate(path=name, kind="file", size_bytes=GIB, detail=name)]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=size) as pilot:
        await wait_for(pilot, lambda: "No volumes yet" in screen_text(app), "the empty state")
        await wait_for(pilot, lambda: app.main.pane.welcome().table.total == 1, "what was found")
        check(app, size)
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.screen is not app.main, "the form")
        await pilot.pause()
        check(app, size)


async def test_a_cloud_with_a_hostile_name(name: str) -> None:
    cloud = FakeCloud(name=name)
    cloud.all_volumes = [replace(make_volume(1), name="web")]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await wait_for(pilot, lambda: "web" in screen_text(app), "the volume")
        check(app, (80, 24))


async def test_tables_that_are_sorted_filtered_and_marked(name: str) -> None:
    size = (80, 24)
    cloud = hostile_cloud(name)
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=size) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(Place("local", PlaceKind.SNAPSHOTS))
        table = app.main.pane.snapshots()
        await wait_for(pilot, lambda: table.has_focus and table.total == 3, "the list")
        for column in table.columns:
            table.sort_by(column)
            await pilot.press("space", "O")
            check(app, size)
        await pilot.press("C")
        await wait_for(pilot, lambda: app.screen is not app.main, "the columns")
        check(app, size)
        await pilot.press("escape", "slash")
        for text in (name, f"name:{name}", f"{name}:x", f'description:"{name}"', f"size:>{name}"):
            app.main.pane.filter_bar.value = text
            await pilot.pause()
            check(app, size)
        assert app.is_running


async def test_what_is_pasted(name: str) -> None:
    size = (80, 24)
    cloud = hostile_cloud("volume")
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=size) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(Place("local", PlaceKind.VOLUME, "vol-00000001"))
        for key in ("slash", "colon", "s"):
            await wait_for(pilot, lambda: app.focused is app.main.pane.main_widget, "the list")
            await pilot.press(key)
            await wait_for(pilot, lambda: isinstance(app.focused, Input), f"what {key} opens")
            typed = app.focused
            assert isinstance(typed, Input)
            typed.post_message(events.Paste(name))
            await wait_for(pilot, lambda typed=typed: typed.value, "the text")  # type: ignore[misc]
            await pilot.pause()
            check(app, size)
            await pilot.press("escape")
        assert app.is_running
