"""What goes wrong in the background ends nothing but itself."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from snaptui.errors import RepositoryError
from snaptui.models import JobStatus
from snaptui.requests import SnapshotRequest
from snaptui.tui import follower
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.cloud_state import Difference
from snaptui.tui.inventory import InventoryChanged, JobsChanged
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.too_small import TooSmall
from snaptui.tui.threads import DaemonThreads
from snaptui.tui.widgets.pane import Pane
from tests.tui.fake import FakeCloud, FakeJobs, make_snapshot, make_volume, small_cloud
from tests.tui.helpers import screen_text, toasts, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

VOLUME = Place("local", PlaceKind.VOLUME, "vol-00000001")


def failing(calls: list[str], name: str) -> Callable[..., object]:
    async def fail(*_: object) -> object:
        calls.append(name)
        raise KeyError(f"[b]{name}")

    return fail


@pytest.mark.parametrize(
    ("method", "place", "keys"),
    [
        ("events", VOLUME, "5"),
        ("lineage", VOLUME, "4"),
        ("blocks", VOLUME, "3"),
        ("usage", Place("local", PlaceKind.CLOUD), ""),
        ("zones", VOLUME, "c"),
        ("candidates", VOLUME, "n"),
        ("diff", VOLUME, "d"),
        ("plan_delete_volume", VOLUME, "1\x04"),
    ],
)
async def test_a_defect_is_told_and_the_app_goes_on(method: str, place: Place, keys: str) -> None:
    volume = make_volume(1)
    parent = make_snapshot(2, volume)
    newest = make_snapshot(1, volume, parent_uid=parent.resource_uid)
    cloud = FakeCloud(volumes=[volume], snapshots=[newest, parent])
    calls: list[str] = []
    setattr(cloud, method, failing(calls, method))
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(place)
        await pilot.pause()
        for key in keys:
            await pilot.press("ctrl+d" if key == "\x04" else key)
        await wait_for(pilot, lambda: calls, "the call")
        await wait_for(
            pilot,
            lambda: (
                f"snaptui has a defect: KeyError: '[b]{method}'" in screen_text(app)
                or "not known what is on this host" in screen_text(app)
            ),
            "the defect",
        )
        assert app.is_running


async def test_a_defect_in_a_form_is_told_in_it() -> None:
    cloud = small_cloud()
    jobs = FakeJobs(cloud)

    def start(request: object, subject: object) -> None:
        raise ZeroDivisionError

    jobs.start = start  # type: ignore[assignment,method-assign]
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(VOLUME)
        await pilot.press("s", "a", "enter")
        await wait_for(
            pilot, lambda: "has a defect: ZeroDivisionError" in screen_text(app), "the defect"
        )
        await pilot.press("escape")
        assert app.screen is app.main


async def test_a_failing_cloud_is_down_and_the_other_is_followed() -> None:
    bad, good = FakeCloud("bad"), small_cloud()
    calls: list[str] = []
    bad.change_token = failing(calls, "change_token")  # type: ignore[assignment,method-assign]
    app = SnaptuiApp([bad, good], FakeJobs(good))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "web-data" in screen_text(app), "the good one")
        await wait_for(pilot, lambda: app.inventory.clouds["bad"].info, "the bad one")
        info = app.inventory.clouds["bad"].info
        assert info is not None
        assert "snaptui has a defect: KeyError" in info.reason
        good.all_volumes.append(make_volume(7, "fresh"))
        good.touch()
        await wait_for(pilot, lambda: "fresh" in screen_text(app), "the new volume")


async def test_a_cloud_that_hangs_is_down_until_it_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(follower, "ANSWER_SECONDS", 0.1)
    cloud = small_cloud()
    answers = asyncio.Event()
    calls = 0

    async def slow() -> Hashable:
        nonlocal calls
        calls += 1
        await answers.wait()
        return 0

    cloud.change_token = slow  # type: ignore[method-assign]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "does not answer" in screen_text(app), "the reason")
        assert "press n" not in screen_text(app)
        await pilot.pause(0.3)
        assert calls == 1
        answers.set()
        await wait_for(pilot, lambda: "web-data" in screen_text(app), "its volumes")
        assert "does not answer" not in screen_text(app)


class BusyJobs(FakeJobs):
    failures = 0

    def list(self) -> list:  # type: ignore[type-arg]
        if self.failures:
            self.failures -= 1
            raise RepositoryError("busy")
        return super().list()


async def test_a_first_listing_that_fails_tells_no_old_news() -> None:
    cloud = small_cloud()
    jobs = BusyJobs(cloud)
    job = jobs.start(SnapshotRequest(volume_uid="vol-00000001", name="old"))
    jobs.change(job.resource_uid, status=JobStatus.COMPLETED, summary="old news")
    jobs.failures = 1
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.inventory.jobs, "the jobs")
        await pilot.pause(0.1)
        assert not toasts(app)


async def test_a_listing_that_fails_is_tried_again_and_no_news_is_lost() -> None:
    cloud = small_cloud()
    jobs = BusyJobs(cloud)
    app = SnaptuiApp([cloud], jobs)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        follower = app._follower
        assert follower is not None
        await wait_for(pilot, lambda: not follower._first_listing, "the first listing")
        jobs.failures = 2
        job = jobs.start(SnapshotRequest(volume_uid="vol-00000001", name="new"))
        jobs.change(job.resource_uid, status=JobStatus.COMPLETED, summary="news")
        await wait_for(pilot, lambda: toasts(app) == ["news"], "the news")


async def test_the_threads_of_calls_hold_nobody_back() -> None:
    threads = DaemonThreads()
    release = threading.Event()
    future = threads.submit(release.wait)
    assert threads.submit(int, "7").result() == 7
    with pytest.raises(ValueError, match="invalid literal"):
        threads.submit(int, "x").result()
    threads.shutdown()
    assert not future.done()
    release.set()
    assert future.result()


def test_q_leaves_although_a_call_hangs() -> None:
    code = """
import asyncio, sys, threading
from snaptui.tui.app import SnaptuiApp
from tests.tui.fake import FakeJobs, small_cloud
cloud = small_cloud()
async def hang():
    app.call_later(app.action_quit)
    return await asyncio.to_thread(threading.Event().wait)
cloud.change_token = hang
app = SnaptuiApp([cloud], FakeJobs(cloud))
app.run(headless=True)
print("cleaned up")
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, os.getcwd()])}  # noqa: PTH109
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        check=False,
        timeout=30,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("cleaned up\n")


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_a_small_terminal_can_be_left(key: str) -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(50, 12)) as pilot:
        await wait_for(pilot, lambda: isinstance(app.screen, TooSmall), "the message")
        await pilot.press(key)
        await wait_for(pilot, lambda: app._exit, "the end")


async def test_a_small_terminal_can_be_used_all_the_same() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(50, 12)) as pilot:
        await wait_for(pilot, lambda: isinstance(app.screen, TooSmall), "the message")
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.screen is app.main, "the screen")


async def test_the_message_goes_wherever_it_lies_when_there_is_room() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(50, 12)) as pilot:
        await wait_for(pilot, lambda: isinstance(app.screen, TooSmall), "the message")
        app.action_help()
        await wait_for(pilot, lambda: not isinstance(app.screen, TooSmall), "what lies over it")
        await pilot.resize_terminal(80, 24)
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.screen is app.main, "the screen")
        assert not any(isinstance(screen, TooSmall) for screen in app.screen_stack)


async def test_clouds_are_opened_when_the_screen_is_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = False
    monkeypatch.setattr(Pane, "is_mounted", property(lambda _: whole))
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.2)
        assert not app.inventory.clouds
        whole = True
        await wait_for(pilot, lambda: "web-data" in screen_text(app), "the volumes")


async def test_news_that_come_while_one_leaves_change_nothing() -> None:
    """A first listing that arrives just after `q` has no screen to be shown on."""
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        state = app.inventory.clouds["local"]
        app.exit()
        app.main.place = Place("local", PlaceKind.SNAPSHOTS)  # its view would be mounted first
        app.on_inventory_changed(InventoryChanged(state, Difference(added=frozenset({"vol-1"}))))
        app.on_jobs_changed(JobsChanged(()))
    assert app.return_code == 0
