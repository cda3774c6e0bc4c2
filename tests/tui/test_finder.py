"""Fuzzy words, and finding volumes and snapshots by them, in the palette too."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual.command import CommandPalette

from snaptui.tui import finder
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.commands import Actions, Things, highlighted
from snaptui.tui.finder import HITS_MAX, find
from snaptui.tui.fuzzy import Fuzzy, merged
from snaptui.tui.inventory import Inventory
from snaptui.tui.place import Place, PlaceKind
from tests.tui.fake import NOW, FakeCloud, FakeJobs, make_snapshot, make_volume, small_cloud
from tests.tui.helpers import screen_text, type_text, wait_for
from tests.tui.test_hostile import HOSTILE, check, hostile_cloud

if TYPE_CHECKING:
    from snaptui.models import Snapshot, Volume


def inventory_of(*clouds: FakeCloud) -> Inventory:
    inventory = Inventory()
    inventory.add_clouds(clouds)
    for cloud in clouds:
        inventory.clouds[cloud.name].take(cloud.all_volumes, cloud.all_snapshots)
    return inventory


# Fuzzy words


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [
        ("web", "web", "web-data"),
        ("web", "web-data", "old-web-data"),
        ("web", "old web", "cobweb"),
        ("web", "cobweb", "wide-ebony"),
        ("wdt", "web-data", "w-------d-------t"),
        ("data web", "web-data", "web-old"),
        ("WEB", "Web", "cobweb"),
    ],
)
def test_what_answers_better(query: str, better: str, worse: str) -> None:
    fuzzy = Fuzzy(query)
    assert fuzzy.score(better) > fuzzy.score(worse)
    assert fuzzy.score(better) > 0


def test_every_word_must_be_somewhere() -> None:
    fuzzy = Fuzzy("nightly web")
    assert fuzzy.score("nightly-1", "snap-1", "web-data") > 0
    assert fuzzy.score("nightly-1", "snap-1", "db") == 0
    assert Fuzzy("").score("anything") == 1


def test_a_name_counts_more_than_a_uid_and_that_more_than_the_volume() -> None:
    fuzzy = Fuzzy("abc")
    scores = [
        fuzzy.score("abc", "x", "y"),
        fuzzy.score("x", "abc", "y"),
        fuzzy.score("x", "y", "abc"),
    ]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 3


def test_random_texts_are_found_by_their_parts_and_letters() -> None:
    rng = random.Random(7)
    for _ in range(500):
        text = "".join(rng.choice("abcXYZ-_ 0123äß漢") for _ in range(rng.randrange(3, 40)))
        letters = sorted(rng.sample(range(len(text)), 3))
        subsequence = "".join(text[at] for at in letters if not text[at].isspace())
        if len(subsequence.casefold()) >= 2:
            assert Fuzzy(subsequence).score(text) > 0, (subsequence, text)
        for start, end in Fuzzy(subsequence).places(text):
            assert 0 <= start < end <= len(text)


def test_a_long_name_that_is_made_to_be_slow_is_not() -> None:
    began = time.process_time()
    for _ in range(50):
        assert Fuzzy("n" * 60 + "z").score("n" * 10_000) == 0
    assert time.process_time() - began < 1.0


def test_highlights_do_not_overlap() -> None:
    assert merged([(3, 5), (0, 2), (4, 8), (8, 9)]) == [(0, 2), (3, 9)]
    content = highlighted("web-data", Fuzzy("web ata"))
    assert content.plain == "web-data"
    assert [(span.start, span.end) for span in content.spans] == [(0, 3), (5, 8)]


# Finding


async def test_equals_come_newest_first_and_no_more_than_anybody_reads() -> None:
    volume = make_volume(1, "web")
    snapshots = [make_snapshot(number, volume, "nightly") for number in range(1, 500)]
    random.Random(1).shuffle(snapshots)
    found = await find(inventory_of(FakeCloud(volumes=[volume], snapshots=snapshots)), "nightly")
    assert len(found) == HITS_MAX
    assert [each.uid for each in found] == [f"snap-{n:08X}" for n in range(1, HITS_MAX + 1)]


async def test_what_answers_best_is_found_wherever_it_stands() -> None:
    volume = make_volume(1, "web")
    snapshots = [make_snapshot(number, volume, f"night-{number}-ly") for number in range(9000)]
    old = replace(make_snapshot(9001, volume, "nightly"), created_at=NOW.replace(year=2001))
    snapshots.insert(4321, old)
    cloud = FakeCloud(volumes=[volume], snapshots=snapshots)
    found = await find(inventory_of(cloud), "nightly")
    assert found[0].name == "nightly"
    by_uid = await find(inventory_of(cloud), old.resource_uid.lower())
    assert by_uid[0].uid == old.resource_uid
    assert (await find(inventory_of(cloud), "web"))[0].place.kind is PlaceKind.VOLUME
    only = await find(inventory_of(cloud), "web", (PlaceKind.SNAPSHOT,))
    assert {each.place.kind for each in only} == {PlaceKind.SNAPSHOT}


async def test_clouds_are_named_where_there_are_several() -> None:
    volume = make_volume(1, "web")
    clouds = [FakeCloud("local", [volume]), FakeCloud("aws", [replace(volume, name="web-2")])]
    found = await find(inventory_of(*clouds), "web")
    assert [(each.place.cloud, each.detail.split()[0]) for each in found] == [
        ("local", "local"),
        ("aws", "aws"),
    ]


async def test_a_search_among_many_lets_others_work(monkeypatch: pytest.MonkeyPatch) -> None:
    volume: Volume = make_volume(1, "web")
    snapshots: list[Snapshot] = [make_snapshot(number, volume) for number in range(20_000)]
    inventory = inventory_of(FakeCloud(volumes=[volume], snapshots=snapshots))
    monkeypatch.setattr(finder, "SLICE_SECONDS", 0.0)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(others())
    await find(inventory, "nightly 19")
    other.cancel()
    assert turns >= 20_000 // finder._BATCH


# The palette


async def test_the_palette_goes_to_a_snapshot_and_back_is_back() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        before = app.main.place
        await pilot.press("ctrl+p")
        await wait_for(pilot, lambda: isinstance(app.screen, CommandPalette), "the palette")
        await type_text(pilot, "nightly-0005")
        await wait_for(pilot, lambda: "snap-00000005  of web-data" in screen_text(app), "the hit")
        await pilot.press("enter")
        wanted = Place("local", PlaceKind.SNAPSHOT, "snap-00000005")
        await wait_for(pilot, lambda: app.main.place == wanted, "the snapshot")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of the palette")
        await pilot.press("escape")
        assert app.main.place == before


async def test_the_palette_finds_volumes_by_uid_and_actions_by_what_they_do() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        things = [hit async for hit in Things(app.screen).search("vol-00000002")]
        assert things[0].text == "db"
        actions = [hit async for hit in Actions(app.screen).search("checksum")]
        assert [hit.text for hit in actions] == ["Verify"]
        moves = [hit async for hit in Actions(app.screen).search("one row down")]
        assert moves[0].text == "Down"
        snapshot = [hit async for hit in Actions(app.screen).search("snapshot")]
        assert max(snapshot, key=lambda hit: hit.score).text == "Snapshot"


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("export", "Export to a cloud"),
        ("cloud", "Export to a cloud"),
        ("save", "Save list"),
        ("csv", "Save list"),
    ],
)
async def test_a_list_is_saved_and_a_snapshot_exported(typed: str, label: str) -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        hits = [hit async for hit in Actions(app.screen).search(typed)]
        assert max(hits, key=lambda hit: hit.score).text == label
        both = {"Export to a cloud", "Save list"}
        assert both & {str(hit.text) for hit in hits} == {label}


async def test_over_another_screen_the_palette_has_that_screens_actions() -> None:
    cloud = small_cloud()
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("J")
        await wait_for(pilot, lambda: app.screen is not app.main, "the jobs")
        names = {hit.text async for hit in Actions(app.screen).discover()}
        assert "Cancel job" in names
        assert "Snapshot" not in names
        assert not [hit async for hit in Things(app.screen).search("web")]


@pytest.mark.parametrize("name", list(HOSTILE.values()), ids=list(HOSTILE))
async def test_hostile_names_in_the_palette(name: str) -> None:
    size = (80, 24)
    cloud = hostile_cloud(name)
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=size) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        await pilot.press("ctrl+p")
        await wait_for(pilot, lambda: isinstance(app.screen, CommandPalette), "the palette")
        await type_text(pilot, "snap-0")
        await wait_for(pilot, lambda: "snap-00000002  of" in screen_text(app), "the hits")
        check(app, size)
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of the palette")
        assert app.main.place is not None
        assert app.main.place.kind is PlaceKind.SNAPSHOT


async def test_of_what_a_cloud_had_before_nothing_is_kept() -> None:
    volume = make_volume(1)
    inventory = inventory_of(FakeCloud(volumes=[volume], snapshots=[make_snapshot(1, volume)]))
    state = inventory.clouds["local"]
    before = state.snapshots
    assert await find(inventory, "nightly")
    state.take([volume], [make_snapshot(2, volume)])
    assert await find(inventory, "nightly")
    assert sys.getrefcount(before) == 2  # this name, and the argument
