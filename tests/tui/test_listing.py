"""Sorting and filtering long lists with little work."""

from __future__ import annotations

import random

import pytest

from snaptui.fields import SNAPSHOT_FIELDS, Fields
from snaptui.models import Snapshot
from snaptui.tui.listing import Listing
from tests.support import known
from tests.tui.fake import make_snapshot, make_volume

VOLUMES = [make_volume(n, name) for n, name in enumerate(("web", "db", "mail"))]


def some(count: int = 60, first: int = 0) -> list[Snapshot]:
    chance = random.Random(7)
    return [
        make_snapshot(n, VOLUMES[n % 3], f"s{chance.randrange(20)}", new_bytes=chance.randrange(9))
        for n in range(first, first + count)
    ]


class Counted:
    """The fields of snapshots, with a count of how often their text was asked for."""

    def __init__(self) -> None:
        self.texts = 0
        self.fields: Fields[Snapshot] = Fields(
            self._text, *(SNAPSHOT_FIELDS[name] for name in SNAPSHOT_FIELDS)
        )

    def _text(self, snapshot: Snapshot) -> str:
        self.texts += 1
        return SNAPSHOT_FIELDS.text(snapshot)


def plainly(things: list[Snapshot], text: str, by: str = "", *, down: bool = False) -> list[str]:
    """What should be shown, worked out without any shortcut."""
    from snaptui.filtering import Filter

    passes = Filter(text, SNAPSHOT_FIELDS)
    ordered = sorted(things, key=SNAPSHOT_FIELDS[by].rank, reverse=down) if by else things
    return [thing.resource_uid for thing in ordered if passes(thing)]


def shown(listing: Listing[Snapshot]) -> list[str]:
    return [thing.resource_uid for thing in listing.shown]


def told(listing: Listing[Snapshot]) -> str:
    return str(listing.problem or "")


def test_sorting_is_stable_both_ways() -> None:
    things = some()
    listing = Listing(SNAPSHOT_FIELDS)
    listing.take(things)
    for down in (False, True):
        listing.sort(SNAPSHOT_FIELDS["new"].rank, descending=down)
        assert shown(listing) == plainly(things, "", "new", down=down)
        seen = [thing for thing in listing.shown if thing.new_bytes == 3]
        assert seen == [thing for thing in things if thing.new_bytes == 3]


def test_without_a_rank_things_are_as_they_came_or_turned_round() -> None:
    things = some()
    listing = Listing(SNAPSHOT_FIELDS)
    listing.take(things)
    assert listing.shown is things
    listing.sort(None, descending=True)
    assert shown(listing) == [thing.resource_uid for thing in reversed(things)]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_done_what_is_shown_is_what_a_plain_sort_and_filter_show(seed: int) -> None:
    chance = random.Random(seed)
    things = some()
    listing = Listing(SNAPSHOT_FIELDS)
    listing.take(things)
    text, by, down = "", "", False
    for step in range(60):
        match chance.randrange(4):
            case 0:
                text = chance.choice(
                    ["", "s", "s1", "s1 web", "s1 web !mail", "web", "new:>3 s1", "!db", "new:<5"]
                )
                listing.filter(text)
            case 1:
                by, down = chance.choice(["", "name", "new", "age"]), chance.random() < 0.5
                listing.sort(SNAPSHOT_FIELDS[by].rank if by else None, descending=down)
            case 2:
                things = list(things)
                at = chance.randrange(len(things))
                if chance.random() < 0.5:
                    things[at:at] = some(chance.randrange(3), first=1000 + 10 * step)
                else:
                    del things[at : at + chance.randrange(3)]
                listing.take(things)
            case 3:
                things = list(things)
                at = chance.randrange(len(things))
                things[at] = make_snapshot(5000 + step, VOLUMES[0], "renamed")
                listing.take(things)
        wanted = plainly(things, text, by, down=down)
        assert shown(listing) == (wanted if by or not down else list(reversed(wanted)))


def test_the_text_of_a_thing_is_made_once() -> None:
    counted = Counted()
    things = some(100)
    listing = Listing(counted.fields)
    listing.take(things)
    assert counted.texts == 0
    for text in ("s", "s1", "s1 w", "web", "db"):
        listing.filter(text)
    assert counted.texts == 100
    listing.sort(SNAPSHOT_FIELDS["name"].rank)
    listing.take(list(things))
    assert counted.texts == 100
    listing.take([*some(1, first=900), *things[:50], *things[51:]])
    assert counted.texts <= 152


def test_a_list_that_is_the_same_is_not_sorted_again() -> None:
    things = some()
    listing = Listing(SNAPSHOT_FIELDS)
    assert listing.take(things)
    ranked: list[str] = []

    def rank(snapshot: Snapshot) -> int:
        ranked.append(snapshot.resource_uid)
        return known(snapshot.new_bytes)

    listing.sort(rank)
    assert len(ranked) == 60
    assert not listing.take(list(things))
    assert len(ranked) == 60
    assert listing.take(things[1:])
    assert len(ranked) == 119


def test_what_is_not_understood_leaves_what_is_shown() -> None:
    listing = Listing(SNAPSHOT_FIELDS)
    listing.take(some())
    assert listing.filter("web")
    before = shown(listing)
    assert not listing.filter("web colour:red")
    assert "no field 'colour'" in told(listing)
    assert shown(listing) == before
    assert listing.filter("web name:s1")
    assert told(listing) == ""
    assert set(shown(listing)) <= set(before)
