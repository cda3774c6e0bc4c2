"""News change the inventory to what a full listing would make it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from snaptui.models import Changes, Snapshot, Volume
from snaptui.models.order import snapshot_order, volume_order
from snaptui.tui.cloud_state import CloudState

from .fake import NOW, FakeCloud, make_snapshot, make_volume

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMES = st.sampled_from(["web", "Web", "db", "äpfel", "zoo", ""])
NUMBERS = st.integers(1, 6)
VOLUMES = st.dictionaries(NUMBERS, NAMES, max_size=6)
SNAPSHOTS = st.dictionaries(
    st.integers(1, 12), st.tuples(NUMBERS, st.integers(0, 3), NAMES), max_size=12
)


def volumes_of(made: dict[int, str]) -> list[Volume]:
    found = [make_volume(number, name or f"volume-{number}") for number, name in made.items()]
    return sorted(found, key=volume_order)


def snapshots_of(made: dict[int, tuple[int, int, str]]) -> list[Snapshot]:
    found = [
        make_snapshot(number, make_volume(volume), name, created_at=NOW - timedelta(hours=hours))
        for number, (volume, hours, name) in made.items()
    ]
    return sorted(found, key=snapshot_order)


def changes_between(
    before: Iterable[Volume | Snapshot], after: Iterable[Volume | Snapshot], extra: bool
) -> Changes:
    """What a cloud would tell; `extra`: with things that did not change, too."""
    old = {each.resource_uid: each for each in before}
    new = {each.resource_uid: each for each in after}
    fresh = [each for uid, each in new.items() if extra or old.get(uid) != each]
    return Changes(
        volumes=tuple(each for each in fresh if isinstance(each, Volume)),
        snapshots=tuple(each for each in fresh if isinstance(each, Snapshot)),
        removed=frozenset(old.keys() - new.keys()),
    )


def listed(state: CloudState) -> object:
    """Everything a screen can see of it, in its order."""
    assert all(state.by_volume.values())
    return list(state.volumes.items()), list(state.snapshots.items()), state.by_volume


@settings(max_examples=200, deadline=None)
@given(VOLUMES, SNAPSHOTS, VOLUMES, SNAPSHOTS, st.booleans())
def test_news_make_what_a_full_listing_makes(
    volumes: dict[int, str],
    snapshots: dict[int, tuple[int, int, str]],
    later_volumes: dict[int, str],
    later_snapshots: dict[int, tuple[int, int, str]],
    extra: bool,
) -> None:
    cloud = FakeCloud()
    told, loaded = CloudState(cloud), CloudState(cloud)
    before = volumes_of(volumes), snapshots_of(snapshots)
    after = volumes_of(later_volumes), snapshots_of(later_snapshots)
    for state in (told, loaded):
        state.take(*before)
    changes = changes_between([*before[0], *before[1]], [*after[0], *after[1]], extra)
    seen = told.by_volume.get(make_volume(1).resource_uid)
    copy = list(seen or ())
    assert told.apply(changes) == loaded.take(*after)
    assert listed(told) == listed(loaded)
    assert list(seen or ()) == copy, "what the screen holds was changed under it"
    assert not told.apply(changes), "the same news again are none"
    assert listed(told) == listed(loaded)


def test_the_order_is_by_name_and_newest_first() -> None:
    one, two = make_volume(1, "b"), make_volume(2, "A")
    old, new = make_snapshot(9, one), make_snapshot(1, one)
    twin = replace(new, resource_uid="snap-0000000F")
    state = CloudState(FakeCloud())
    state.take([two, one], [])
    state.apply(Changes(snapshots=(old, new, twin)))
    assert [snapshot.resource_uid for snapshot in state.snapshots.values()] == [
        twin.resource_uid,
        new.resource_uid,
        old.resource_uid,
    ]
    state.apply(Changes(volumes=(replace(one, name="0"),)))
    assert [volume.name for volume in state.volumes.values()] == ["0", "A"]


def test_what_is_compared_is_not_known_before_it_is_taken_over() -> None:
    state = CloudState(FakeCloud())
    volume = make_volume(1, "web-data")
    snapshot = make_snapshot(1, volume)
    loaded = state.compared([volume], [snapshot])
    assert (state.generation, state.volumes, state.snapshots) == (0, {}, {})
    difference = state.take_over(loaded)
    assert difference.added == {volume.resource_uid, snapshot.resource_uid}
    assert (state.generation, state.loaded) == (1, True)
    assert list(state.of_volume(volume.resource_uid)) == [snapshot]
