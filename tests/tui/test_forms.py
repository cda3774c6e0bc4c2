"""Forms: what is slow, what goes wrong, what has to be typed."""

from __future__ import annotations

import asyncio
import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from snaptui.errors import RepositoryError
from snaptui.models import Candidate, CloudInfo, Zone
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.clone_form import CloneForm
from snaptui.tui.screens.confirm import ConfirmDelete
from snaptui.tui.screens.diff import BasePicker, DiffScreen
from snaptui.tui.screens.export_form import ExportForm
from snaptui.tui.screens.form import Field, Form
from snaptui.tui.screens.restore_form import RestoreForm, home, suggested_path
from snaptui.tui.screens.snapshot_form import SnapshotForm
from snaptui.tui.screens.volume_form import VolumeForm
from snaptui.tui.screens.zones import ZonePicker
from snaptui.tui.widgets.table import Table
from tests.tui.fake import GIB, FakeCloud, FakeJobs, make_snapshot, make_volume, small_cloud
from tests.tui.helpers import screen_text, toasts, type_text, wait_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.pilot import Pilot

    from snaptui.models import Deletion, Job
    from snaptui.requests import JobRequest, Subject

VOLUME = Place("local", PlaceKind.VOLUME, "vol-00000001")


async def open_place(pilot: Pilot[None], app: SnaptuiApp, place: Place = VOLUME) -> None:
    await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
    app.main.go(place)
    await wait_for(pilot, lambda: app.focused is app.main.pane.main_widget is not None, "the focus")


async def test_a_form_is_there_at_once_and_its_zones_come_later() -> None:
    cloud = small_cloud()
    answer = asyncio.Event()
    zones = cloud.zones

    async def slow() -> list[Zone]:
        await answer.wait()
        return await zones()

    cloud.zones = slow  # type: ignore[method-assign]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 30)) as pilot:
        await open_place(pilot, app)
        await pilot.press("c")
        await wait_for(pilot, lambda: isinstance(app.screen, CloneForm), "the form")
        await wait_for(pilot, lambda: "looking" in screen_text(app), "the empty list")
        await type_text(pilot, "s-mine")
        answer.set()
        await wait_for(pilot, lambda: "/mnt/nvme/pool" in screen_text(app), "the zones")
        assert app.screen.query_one("#name", Field).value.endswith("s-mine")
        assert len(app.screen_stack) == 2


async def test_a_late_question_does_not_catch_what_is_typed() -> None:
    cloud = small_cloud()
    answer = asyncio.Event()
    plan = cloud.plan_delete_snapshots

    async def slow(uids: Sequence[str], *, force: bool = False) -> Deletion:
        await answer.wait()
        return await plan(uids, force=force)

    cloud.plan_delete_snapshots = slow  # type: ignore[method-assign]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("ctrl+d", "down")
        answer.set()
        await pilot.pause(0.1)
        assert app.screen is app.main
        answer.clear()
        await pilot.press("ctrl+d", "s")
        await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the form")
        answer.set()
        await pilot.pause(0.1)
        assert isinstance(app.screen, SnapshotForm)


class SlowJobs(FakeJobs):
    """Jobs whose start waits, and then fails."""

    def __init__(self, cloud: FakeCloud) -> None:
        super().__init__(cloud)
        self.go_on = threading.Event()

    def start(self, request: JobRequest, subject: Subject | None = None) -> Job:
        self.go_on.wait(30)
        raise RepositoryError("the disk is full")


async def test_what_was_sent_is_told_although_the_form_is_gone() -> None:
    cloud = small_cloud()
    jobs = SlowJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("s", "a", "enter")
        await wait_for(pilot, lambda: "working" in screen_text(app), "the sending")
        assert app.screen.query_one("#submit").disabled
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of the form")
        assert toasts(app) == ["It was sent already: it goes on without the form."]
        jobs.go_on.set()
        await wait_for(pilot, lambda: len(toasts(app)) == 2, "the outcome")
        assert toasts(app)[1] == "New Volume Snapshot: the disk is full"


async def test_a_home_of_nobody_is_told_in_the_form() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("n")
        await wait_for(pilot, lambda: isinstance(app.screen, VolumeForm), "the form")
        await type_text(pilot, "~nosuchuser/disk.img")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "is nowhere" in screen_text(app), "the reason")
        assert "defect" not in screen_text(app)


def test_a_lost_directory_is_replaced_by_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    path = Path(suggested_path(make_snapshot(1, make_volume(1))))
    monkeypatch.chdir(tmp_path)
    assert path.parent == home()


async def test_a_path_nobody_can_type_keeps_what_was_typed() -> None:
    cloud = small_cloud()
    cloud.found = [Candidate(path="/images/a\x1bb.img", kind="file", size_bytes=GIB, detail="")]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("n", *"mine")
        await wait_for(pilot, lambda: "/images/ab.img" in screen_text(app), "what was found")
        app.screen.query_one("#found").focus()
        await pilot.press("enter")
        await wait_for(pilot, lambda: "cannot be typed" in screen_text(app), "the reason")
        assert app.screen.query_one("#path", Field).value == "mine"


@pytest.mark.parametrize(
    ("uid", "how"), [(0, "a container or a security policy"), (7, "start snaptui as one who may")]
)
async def test_a_device_that_cannot_be_read_is_not_suggested(
    monkeypatch: pytest.MonkeyPatch, uid: int, how: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    cloud = FakeCloud()
    disk = Candidate(path="/dev/sda", kind="device", size_bytes=GIB, readable=False)
    cloud.found = [disk, Candidate(path="/images/web.img", kind="file", size_bytes=GIB)]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "/dev/sda" in screen_text(app), "what was found")
        marked = {line.count("✗") for line in screen_text(app).splitlines() if "/dev/sda" in line}
        assert marked == {1}
        assert screen_text(app).count("✗") == 1
        await pilot.press("enter")
        await wait_for(pilot, lambda: isinstance(app.screen, VolumeForm), "the form")
        await wait_for(pilot, lambda: "/dev/sda cannot be read" in screen_text(app), "why not")
        assert how in screen_text(app)
        path = app.screen.query_one("#path", Field)
        assert not path.value
        found = app.screen.query_one("#found", Table)
        await wait_for(pilot, lambda: found.total == 2, "the list")
        found.focus()
        await pilot.press("enter")
        assert not path.value
        await pilot.press("down", "enter")
        await wait_for(pilot, lambda: path.value == "/images/web.img", "what can be added")
        assert "cannot be read" not in screen_text(app)
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of the form")
        await pilot.press("down", "enter")
        await wait_for(pilot, lambda: isinstance(app.screen, VolumeForm), "the form")
        assert app.screen.query_one("#path", Field).value == "/images/web.img"


LONG = "x" * 59 + "-production-database-of-the-warehouse-7"


async def test_a_long_name_is_shown_whole_and_the_uid_will_do() -> None:
    cloud = FakeCloud(volumes=[make_volume(1, LONG)])
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("1", "ctrl+d")
        await wait_for(pilot, lambda: isinstance(app.screen, ConfirmDelete), "the question")
        await wait_for(pilot, lambda: "Type the volume's name" in screen_text(app), "the text")
        inside = "".join(
            line.split("│")[2].strip()
            for line in screen_text(app).split("\n")
            if "│ " in line[8:14]
        )
        assert LONG in inside
        await type_text(pilot, "vol-00000001")
        await pilot.press("enter")
        await wait_for(pilot, lambda: not cloud.all_volumes, "the deletion")


async def test_the_uid_will_do_to_restore_in_place() -> None:
    volume = make_volume(1, LONG)
    cloud = FakeCloud(volumes=[volume], snapshots=[make_snapshot(1, volume)])
    jobs = FakeJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("r")
        await wait_for(pilot, lambda: isinstance(app.screen, RestoreForm), "the form")
        app.screen.query_one("#where").focus()
        await pilot.press("down")
        typed = app.screen.query_one("#typed", Field)
        await wait_for(pilot, lambda: typed.display, "the field")
        typed.focus()
        await type_text(pilot, "vol-00000001")
        await pilot.press("enter")
        await wait_for(pilot, lambda: jobs.requests, "the job")


async def test_what_stays_is_not_praised() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("ctrl+d")
        await wait_for(pilot, lambda: "stays" in screen_text(app), "the question")
        line = next(line for line in screen_text(app).split("\n") if "stays" in line)
        assert "✓" not in line
        assert "Esc Cancel" in screen_text(app)


async def test_without_a_snapshot_before_it_one_is_chosen() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("d")
        await wait_for(pilot, lambda: isinstance(app.screen, BasePicker), "the choice")
        await wait_for(pilot, lambda: "There is no snapshot before" in screen_text(app), "why")
        await pilot.press("enter")
        await wait_for(pilot, lambda: isinstance(app.screen, DiffScreen), "the difference")
        await wait_for(pilot, lambda: "In all" in screen_text(app), "the totals")
        assert "nothing →" not in screen_text(app)


class ReadOnlyCloud(FakeCloud):
    async def info(self) -> CloudInfo:
        return replace(await super().info(), kind="local", read_only=True)


async def test_a_read_only_repository_says_so_and_what_to_use() -> None:
    volume = make_volume(1)
    cloud = ReadOnlyCloud(volumes=[volume], snapshots=[make_snapshot(1, volume)])
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        assert "read-only" in screen_text(app).split("\n")[0]
        await pilot.press("r", "v")
        await wait_for(pilot, lambda: len(toasts(app)) == 2, "the reasons")
        restore, verify = toasts(app)
        assert "read-only: to a new file, snaptui snapshot restore" in restore
        assert "read-only: snaptui snapshot verify" in verify


async def test_ctrl_c_in_a_form_says_how_to_leave_it() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("s")
        await wait_for(pilot, lambda: isinstance(app.screen, SnapshotForm), "the form")
        app.action_help_quit()
        await wait_for(pilot, lambda: toasts(app), "the toast")
        assert toasts(app) == ["Press Escape to close this, then press q to leave."]


async def test_who_chooses_nothing_to_compare_with_is_back_at_once() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        await pilot.press("d")
        await wait_for(pilot, lambda: isinstance(app.screen, BasePicker), "the choice")
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of it")
        await pilot.press("n")
        await wait_for(pilot, lambda: isinstance(app.screen, VolumeForm), "another form")


async def test_what_speaks_against_a_job_is_told_in_the_form() -> None:
    cloud = small_cloud()
    jobs = FakeJobs(cloud)
    cloud.objection = RepositoryError("there is one by that name", "choose another one")
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app)
        for key, form in (("c", CloneForm), ("r", RestoreForm)):
            await pilot.press(key)
            await wait_for(pilot, lambda form=form: isinstance(app.screen, form), "the form")  # type: ignore[misc]
            await pilot.press("enter")
            await wait_for(pilot, lambda: "by that name" in screen_text(app), "the reason")
            assert isinstance(app.screen, form)
            await pilot.press("escape")
        assert jobs.list() == []


async def test_what_is_wrong_is_seen_in_a_low_terminal() -> None:
    cloud = small_cloud()

    async def refuse(_request: object) -> object:
        raise RepositoryError("that is not possible", "do something else")

    cloud.add_volume = refuse  # type: ignore[method-assign,assignment]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(60, 15)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("n")
        await wait_for(pilot, lambda: isinstance(app.screen, VolumeForm), "the form")
        await type_text(pilot, "/nope")
        await pilot.press("enter")
        await wait_for(pilot, lambda: "that is not possible" in screen_text(app), "the reason")


async def test_what_comes_after_a_form_was_closed_harms_nothing() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("down", "s")
        await wait_for(pilot, lambda: isinstance(app.screen, Form), "the form")
        form = app.screen
        assert isinstance(form, Form)
        await pilot.press("escape")
        await wait_for(pilot, lambda: not form.is_attached, "the end of the form")
        await form.query("*").remove()
        form.tell("too late")
        await pilot.pause()
        assert app.is_running


async def test_a_click_takes_the_zone_it_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = small_cloud()
    named = [
        Zone(name=f"zone-{number}", path="/", free_bytes=GIB, size_bytes=GIB) for number in range(4)
    ]

    async def zones() -> list[Zone]:
        return named

    monkeypatch.setattr(cloud, "zones", zones)
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_place(pilot, app, Place("local", PlaceKind.SNAPSHOT, "snap-00000001"))
        await pilot.press("c")
        await wait_for(pilot, lambda: "zone-1" in screen_text(app), "the zones")
        picker = app.screen.query_one(ZonePicker)
        lines = screen_text(app).split("\n")
        y = next(number for number, line in enumerate(lines) if "zone-1" in line)
        await pilot.click(offset=(lines[y].index("zone-1"), y))
        await wait_for(pilot, lambda: picker.zone != "zone-0", "the choice")
        assert picker.zone == "zone-1"


@pytest.mark.parametrize(
    ("key", "kind"),
    [("s", SnapshotForm), ("c", CloneForm), ("r", RestoreForm), ("n", VolumeForm),
     ("e", ExportForm), ("ctrl+d", ConfirmDelete)],
)  # fmt: skip
async def test_a_form_opens_once(
    key: str, kind: type[Form], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[type] = []
    monkeypatch.setattr(Form, "on_mount", lambda self: opened.append(type(self)))
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(Place("local", PlaceKind.SNAPSHOTS))
        await wait_for(pilot, lambda: isinstance(app.focused, Table), "the list")
        await pilot.press(key)
        await wait_for(pilot, lambda: isinstance(app.screen, kind), "the form")
        await wait_for(pilot, lambda: opened, "its opening")
        await pilot.pause()
        assert opened == [kind]
