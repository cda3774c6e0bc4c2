"""Deleting several, undoing, the trash, pins."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App

from snaptui.errors import DamagedError, NotFoundError, RepositoryError
from snaptui.models import Deletion, LeftOut, Snapshot
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.deletions import nothing_to_undo
from snaptui.tui.place import Place, PlaceKind
from snaptui.tui.screens.confirm import Fact, left_out, named
from snaptui.tui.screens.form import Field
from snaptui.tui.screens.trash import TrashScreen
from snaptui.tui.widgets.table import Table
from tests.support import ACTOR, take
from tests.tui.deleting import dialog, left, open_index, say_yes
from tests.tui.fake import FakeCloud, FakeJobs, make_volume, small_cloud
from tests.tui.helpers import screen_text, toasts, wait_for

if TYPE_CHECKING:
    from snaptui.engine import Repository
    from snaptui.models import Volume


async def test_marked_ones_are_deleted_with_one_question_and_undone() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await open_index(pilot, app)
        before = list(cloud.all_snapshots)
        await pilot.press("space", "space", "down", "space")
        chosen = [each.resource_uid for each in table.marked]
        assert len(chosen) == 3
        await pilot.press("ctrl+d")
        text = await dialog(pilot, app)
        assert "Delete 3 snapshots" in text
        assert "93 MiB that nothing else needs" in text
        assert "undo" in text
        assert "for 7 d, until" in text
        assert len(cloud.all_snapshots) == 42
        await say_yes(pilot, app)
        await wait_for(pilot, lambda: len(app.inventory.clouds["local"].snapshots) == 39, "it")
        assert not table.marked
        assert toasts(app)[-1] == (
            "3 snapshots were successfully deleted.\n"
            "For 7 d you can take them back: u to undo, T for the trash."
        )
        await pilot.press("u")
        await wait_for(pilot, lambda: len(app.inventory.clouds["local"].snapshots) == 42, "all")
        assert {each.resource_uid for each in cloud.all_snapshots} == {
            each.resource_uid for each in before
        }
        assert toasts(app)[-1] == "3 snapshots are back."
        await pilot.press("u")
        await wait_for(pilot, lambda: toasts(app)[-1] == nothing_to_undo(cloud), "the reason")


async def test_undo_goes_back_one_deletion_after_the_other() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_index(pilot, app)
        deleted = []
        for count in (41, 40):
            await pilot.press("ctrl+d")
            await dialog(pilot, app)
            await say_yes(pilot, app)
            await left(pilot, app, count)
            deleted.append(cloud.all_trashed[-1].name)
        await pilot.press("u")
        await left(pilot, app, 41)
        assert toasts(app) == [f"Snapshot {deleted[1]} is back."]
        await pilot.press("u")
        await left(pilot, app, 42)
        assert toasts(app) == [f"Snapshot {deleted[0]} is back."]
        assert not cloud.all_trashed


async def test_an_undo_that_failed_can_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))

    async def busy(uids: Sequence[str]) -> list[Snapshot]:
        raise RepositoryError("somebody else is at work")

    async with app.run_test(size=(80, 24)) as pilot:
        await open_index(pilot, app)
        await pilot.press("ctrl+d")
        await dialog(pilot, app)
        await say_yes(pilot, app)
        await left(pilot, app, 41)
        with monkeypatch.context() as patched:
            patched.setattr(cloud, "undelete", busy)
            await pilot.press("u")
            await wait_for(pilot, lambda: "somebody else" in toasts(app)[-1], "the reason")
        await pilot.press("u")
        await left(pilot, app, 42)


async def test_two_undos_at_once_are_one_too_many_and_no_defect() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_index(pilot, app)
        await pilot.press("ctrl+d")
        await dialog(pilot, app)
        await say_yes(pilot, app)
        await left(pilot, app, 41)
        app.main.action_do("undo")
        app.main.action_do("undo")
        await left(pilot, app, 42)
        await pilot.pause()
        assert toasts(app) == [f"Snapshot {cloud.all_snapshots[-1].name} is back."]


async def test_the_harmless_button_has_the_focus() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_index(pilot, app)
        await pilot.press("*", "ctrl+d")
        await dialog(pilot, app)
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.screen is app.main, "the list")
        assert len(cloud.all_snapshots) == 42


async def test_the_question_is_there_before_the_figure() -> None:
    cloud = small_cloud()
    answer = asyncio.Event()

    async def slow(uids: Sequence[str]) -> int | None:
        await answer.wait()
        raise DamagedError("block map snap-1 is missing")

    cloud.freed_bytes = slow  # type: ignore[method-assign]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_index(pilot, app)
        await pilot.press("ctrl+d")
        await wait_for(pilot, lambda: "adding up what" in screen_text(app), "the question")
        answer.set()
        await wait_for(pilot, lambda: "cannot be told: block map" in screen_text(app), "the end")
        await say_yes(pilot, app)
        await wait_for(pilot, lambda: len(cloud.all_snapshots) == 41, "the deletion")


async def test_pinned_ones_are_left_out_and_said_so() -> None:
    cloud = small_cloud()
    cloud.all_snapshots = [
        replace(each, pinned=number in {0, 1}) for number, each in enumerate(cloud.all_snapshots)
    ]
    pinned = [each.name for each in cloud.all_snapshots if each.pinned]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_index(pilot, app)
        assert "★" in screen_text(app)
        await pilot.press("*", "ctrl+d")
        text = await dialog(pilot, app)
        assert "Delete 40 snapshots" in text
        assert f"2 pinned: {pinned[0]}" in text
        assert "and 34 more" in text
        await say_yes(pilot, app)
        await wait_for(pilot, lambda: len(cloud.all_snapshots) == 2, "the deletion")
        assert {each.name for each in cloud.all_snapshots} == set(pinned)


async def test_a_pin_is_set_and_taken_off() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        table = await open_index(pilot, app)
        assert table.current is not None
        name = table.current.name
        await pilot.press("p")
        await wait_for(pilot, lambda: "★" in screen_text(app), "the sign")
        assert f"Snapshot {name} is pinned: not deleted until p takes the pin off." in toasts(app)
        await pilot.press("ctrl+d")
        await wait_for(pilot, lambda: "it is pinned: p takes the pin off" in toasts(app), "no")
        assert app.screen is app.main
        await pilot.press("enter")
        await wait_for(pilot, lambda: "Pinned" in screen_text(app), "the Info tab")
        await pilot.press("p")
        await wait_for(pilot, lambda: "Pinned" not in screen_text(app), "its end")
        assert not any(each.pinned for each in cloud.all_snapshots)
        await pilot.press("escape", "space", "p", "p")
        await wait_for(pilot, lambda: not any(each.pinned for each in cloud.all_snapshots), "off")


async def test_marked_volumes_are_deleted_after_typing_how_many() -> None:
    web, db, mail, log = (
        make_volume(number, name) for number, name in enumerate(("web", "db", "mail", "log"), 1)
    )
    cloud = FakeCloud(volumes=[web, db, mail, log])
    plan = cloud.plan_delete_volume

    async def in_use(uid: str) -> Deletion:
        found = await plan(uid)
        used = "the volume mail is in use by vm 7" if uid == mail.resource_uid else ""
        return replace(found, reason=used)

    cloud.plan_delete_volume = in_use  # type: ignore[method-assign]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 30)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(Place("local", PlaceKind.VOLUMES))
        await wait_for(pilot, lambda: isinstance(app.focused, Table), "the list")
        await pilot.press("*", "g", "down", "space", "ctrl+d")
        shown = await dialog(pilot, app)
        assert "Delete 2 volumes" in shown
        assert "web, log" in shown
        assert "1 in use by vm 7: mail" in shown
        assert "each of 2 volumes: the volume's entry in snaptui" in shown
        assert "Type delete 2 to go on" in shown
        for typed in ("", "web", "2"):
            app.screen.query_one("#typed", Field).value = typed
            await pilot.press("enter")
            await wait_for(pilot, lambda: "type delete 2" in screen_text(app), "a no")
            assert len(cloud.all_volumes) == 4
        app.screen.query_one("#typed", Field).value = "delete 2"
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.screen is app.main, "the end")
        assert {each.name for each in cloud.all_volumes} == {"mail", "db"}
        await wait_for(pilot, lambda: toasts(app), "the outcome")
        assert toasts(app) == ["2 volumes were successfully deleted. 1 left alone: in use by vm 7."]


async def test_one_marked_volume_is_deleted_by_its_name_wherever_the_cursor_is() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(Place("local", PlaceKind.VOLUMES))
        await wait_for(pilot, lambda: isinstance(app.focused, Table), "the list")
        await pilot.press("space", "ctrl+d")
        shown = await dialog(pilot, app)
        marked = app.main.target().marked[0].name
        assert "Type the volume's name or Resource UID:" in shown
        app.screen.query_one("#typed", Field).value = marked
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.screen is app.main, "the end")
        assert marked not in {each.name for each in cloud.all_volumes}
        assert len(cloud.all_volumes) == 1


async def test_marked_volumes_that_all_are_in_use_stay() -> None:
    cloud = small_cloud()
    plan = cloud.plan_delete_volume

    async def in_use(uid: str) -> Deletion:
        found = await plan(uid)
        return replace(found, reason=f"the volume {found.name} is in use by vm 7")

    cloud.plan_delete_volume = in_use  # type: ignore[method-assign]
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        app.main.go(Place("local", PlaceKind.VOLUMES))
        await wait_for(pilot, lambda: isinstance(app.focused, Table), "the list")
        await pilot.press("*", "ctrl+d")
        assert "all 2 are left alone: in use by vm 7" in await dialog(pilot, app)
        assert app.screen.query_one("#submit").disabled
        assert not app.screen.query("#typed")


async def test_where_there_is_no_way_back_that_is_said_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cloud = small_cloud()
    plan = cloud.plan_delete_snapshots

    async def for_good(uids: Sequence[str], *, force: bool = False) -> Deletion:
        return replace(await plan(uids, force=force), until=None)

    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_index(pilot, app)
        await pilot.press("ctrl+d")
        assert "gone for good" not in await dialog(pilot, app)
        await pilot.press("tab", "enter")
        await left(pilot, app, len(cloud.all_snapshots))
        await pilot.press("T")
        await wait_for(pilot, lambda: isinstance(app.screen, TrashScreen), "the trash")
        await wait_for(pilot, lambda: app.screen.query_one(Table).total, "what is in it")
        await pilot.press("ctrl+d")
        assert (await dialog(pilot, app)).count("gone for good") == 1
        await pilot.press("escape", "escape")
        await wait_for(pilot, lambda: app.screen is app.main, "the list")
        monkeypatch.setattr(cloud, "plan_delete_snapshots", for_good)
        await pilot.press("ctrl+d")
        shown = await dialog(pilot, app)
        assert shown.count("gone for good") == 1
        assert "undo   none: what is deleted here is gone for good" in shown


async def test_what_was_purged_meanwhile_is_told() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_index(pilot, app)
        await pilot.press("ctrl+d")
        await dialog(pilot, app)
        await say_yes(pilot, app)
        await wait_for(pilot, lambda: cloud.all_trashed, "the deletion")

        async def gone(uids: Sequence[str]) -> Any:
            raise NotFoundError("it is not in the trash any more")

        cloud.undelete = gone  # type: ignore[method-assign]
        await pilot.press("u")
        await wait_for(pilot, lambda: "it is not in the trash any more" in toasts(app), "why")


# -- over a real repository


async def test_a_real_deletion_and_its_undo(
    app: SnaptuiApp, repository: Repository, volume: Volume
) -> None:
    for name in "abc":
        take(repository, volume, name)
    before = repository.snapshots()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_index(pilot, app)
        await pilot.press("*", "ctrl+d")
        text = await dialog(pilot, app)
        assert "web-data as it was at 3 times" in text
        assert "the volume web-data itself" in text
        assert "2.0 MiB that nothing else needs" in text
        await say_yes(pilot, app)
        await wait_for(pilot, lambda: not app.inventory.clouds["local"].snapshots, "it")
        await pilot.press("u")
        await wait_for(pilot, lambda: len(app.inventory.clouds["local"].snapshots) == 3, "back")
        assert repository.snapshots() == before


async def test_nothing_is_deleted_where_nothing_may_be_written(
    repository: Repository, volume: Volume
) -> None:
    from snaptui.clouds.local import LocalCloud
    from snaptui.engine import Repository
    from snaptui.jobs import Jobs

    first, second = take(repository, volume, "a"), take(repository, volume, "b")
    repository.delete_snapshot(first.resource_uid, ACTOR)
    with Repository.open(repository.path, read_only=True) as reader:
        app = SnaptuiApp([LocalCloud(reader)], Jobs(reader))
        async with app.run_test(size=(80, 24)) as pilot:
            await open_index(pilot, app)
            assert "read-only" in screen_text(app).splitlines()[0]
            for key in ("ctrl+d", "p"):
                app.clear_notifications()
                await pilot.press(key)
                await wait_for(pilot, lambda: toasts(app), "the reason")
                assert set(toasts(app)) == {"the repository is read-only"}
            await pilot.press("T")
            await wait_for(pilot, lambda: isinstance(app.screen, TrashScreen), "the trash")
            table = app.screen.query_one("#trash", Table)
            await wait_for(pilot, lambda: table.total == 1, "what is in it")
            for key in ("u", "ctrl+d"):
                app.clear_notifications()
                await pilot.press(key)
                await wait_for(pilot, lambda: toasts(app), "the reason")
                assert set(toasts(app)) == {"the repository is read-only"}
        repository.refresh()
        assert [each.name for each in repository.snapshots()] == [second.name]


# -- what is said


def test_many_names_are_cut() -> None:
    assert named(["a", "b"]) == "a, b"
    assert named([str(number) for number in range(9)]) == "0, 1, 2, 3, 4, 5 and 3 more"
    assert len(named(["n" * 1000])) <= 40


def test_what_is_left_out_is_told_by_reason() -> None:
    left = [
        LeftOut(resource_uid="snap-1", name="a", reason="it is pinned"),
        LeftOut(resource_uid="snap-2", name="b", reason="it is deleted already"),
        LeftOut(resource_uid="snap-3", name="c", reason="it is pinned"),
    ]
    assert left_out(left) == ["2 pinned: a, c", "1 deleted already: b"]


async def test_what_becomes_known_when_the_question_is_gone_harms_nobody() -> None:
    app = App[None]()
    async with app.run_test() as pilot:
        fact = Fact("-", "adding up", "kept", id="space")
        await app.mount(fact)
        await fact.remove()
        fact.tell("1 GiB")
        await pilot.pause()
        assert app.is_running
