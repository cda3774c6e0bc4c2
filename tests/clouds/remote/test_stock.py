"""What is known of a remote cloud, against a plain recount."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from snaptui.clouds.remote.stock import KEPT, Stock
from snaptui.models import Changes, Snapshot, SnapshotStatus, Volume
from tests.clouds.remote.fake import START, a_snapshot, a_volume

VOLUMES = [f"vol-{number}" for number in range(4)]
SNAPSHOTS = [f"snap-{number}" for number in range(6)]
NAMES = ["", "web", "db"]


def test_what_belongs_together_is_put_together_in_either_order() -> None:
    web = a_volume("web")
    old, new = a_snapshot(web), a_snapshot(web)
    for volumes_first in (True, False):
        stock = Stock()
        if volumes_first:
            stock.put([web])
        stock.put(snapshots=[new, old])
        stock.put([web])
        volume = stock.volumes[web.resource_uid]
        assert (volume.snapshot_count, volume.last_snapshot_at) == (2, new.created_at)
        assert {each.volume_name for each in stock.snapshots.values()} == {"web"}


def test_a_volume_that_is_gone_is_still_what_its_snapshots_are_of() -> None:
    web = a_volume("web")
    monday = a_snapshot(web)
    stock = Stock()
    stock.put([web], [monday])
    stock.remove([web.resource_uid])
    stock.put(snapshots=[replace(monday, description="told anew")])
    assert stock.snapshots[monday.resource_uid].volume_name == "web"
    stock.put([web])
    assert stock.volumes[web.resource_uid].snapshot_count == 1


def test_what_has_no_name_is_called_by_its_uid() -> None:
    nameless = a_volume("")
    of_it, of_a_stranger = a_snapshot(nameless, ""), a_snapshot("vol-stranger", "")
    stock = Stock()
    stock.put([nameless], [of_it, of_a_stranger])
    assert stock.volumes[nameless.resource_uid].name == nameless.resource_uid
    seen = stock.snapshots[of_it.resource_uid]
    assert (seen.name, seen.volume_name) == (of_it.resource_uid, nameless.resource_uid)
    assert stock.snapshots[of_a_stranger.resource_uid].volume_name == "vol-stranger"


def test_a_snapshot_that_failed_is_no_state_to_go_back_to() -> None:
    web = a_volume()
    good = a_snapshot(web)
    bad = a_snapshot(web, status=SnapshotStatus.ERROR)
    going = a_snapshot(web, status=SnapshotStatus.PENDING)
    stock = Stock()
    stock.put([web], [good, bad, going])
    volume = stock.volumes[web.resource_uid]
    assert (volume.snapshot_count, volume.last_snapshot_at) == (3, good.created_at)
    stock.put(snapshots=[replace(going, status=SnapshotStatus.COMPLETED)])
    assert stock.volumes[web.resource_uid].last_snapshot_at == going.created_at


def test_the_same_again_is_no_news() -> None:
    web = a_volume()
    monday = a_snapshot(web)
    stock = Stock()
    assert stock.put([web], [monday])
    version = stock.version
    assert not stock.put([web], [monday])
    assert not stock.remove(["vol-unknown"])
    assert stock.version == version
    assert stock.changes(version) == Changes()


def test_only_so_many_changes_are_remembered() -> None:
    stock = Stock()
    for _ in range(KEPT + 1):
        stock.put([a_volume()])
    assert stock.changes(0) is None
    assert stock.changes(stock.version + 1) is None
    changes = stock.changes(1)
    assert changes is not None
    assert len(changes.volumes) == KEPT


def test_it_lists_volumes_by_name_and_snapshots_newest_first() -> None:
    b, a = a_volume("b"), a_volume("A")
    old, new = a_snapshot(a), a_snapshot(a)
    stock = Stock()
    stock.put([b, a], [old, new])
    volumes, snapshots = stock.in_order()
    assert [each.name for each in volumes] == ["A", "b"]
    assert [each.resource_uid for each in snapshots] == [new.resource_uid, old.resource_uid]


# -- any sequence of changes


@st.composite
def _steps(draw: st.DrawFn) -> tuple[list[Volume], list[Snapshot], list[str]]:
    """What is put, and what is removed after it."""
    volumes = [
        a_volume(name, resource_uid=uid, created_at=START)
        for uid, name in draw(
            st.lists(st.tuples(st.sampled_from(VOLUMES), st.sampled_from(NAMES)), max_size=3)
        )
    ]
    snapshots = [
        a_snapshot(
            volume,
            "s",
            resource_uid=uid,
            size_bytes=1,
            created_at=START + timedelta(days=day),
            status=status,
        )
        for uid, volume, day, status in draw(
            st.lists(
                st.tuples(
                    st.sampled_from(SNAPSHOTS),
                    st.sampled_from(VOLUMES),
                    st.integers(0, 9),
                    st.sampled_from(SnapshotStatus),
                ),
                max_size=4,
            )
        )
    ]
    removed = draw(st.lists(st.sampled_from(VOLUMES + SNAPSHOTS), max_size=3))
    return volumes, snapshots, removed


State = tuple[dict[str, Volume], dict[str, Snapshot]]


def _applied(state: State, changes: Changes) -> State:
    volumes, snapshots = dict(state[0]), dict(state[1])
    for uid in changes.removed:
        volumes.pop(uid, None)
        snapshots.pop(uid, None)
    volumes |= {each.resource_uid: each for each in changes.volumes}
    snapshots |= {each.resource_uid: each for each in changes.snapshots}
    return volumes, snapshots


@settings(max_examples=150, deadline=None)
@given(st.lists(_steps(), max_size=8))
def test_whatever_comes_in_whatever_order_a_recount_says_the_same(
    steps: list[tuple[list[Volume], list[Snapshot], list[str]]],
) -> None:
    stock = Stock()
    told_volumes: dict[str, str] = {}
    names: dict[str, str] = {}  # of each snapshot's volume, as last known
    states: list[tuple[int, State]] = [(0, ({}, {}))]
    for volumes, snapshots, removed in steps:
        stock.put(volumes, snapshots)
        told_volumes |= {each.resource_uid: each.name or each.resource_uid for each in volumes}
        stock.remove(removed)
        for uid in removed:
            told_volumes.pop(uid, None)
        for uid, snapshot in stock.snapshots.items():
            of = [each for each in stock.volumes if each == snapshot.volume_uid]
            names[uid] = told_volumes[of[0]] if of else snapshot.volume_name
        states.append((stock.version, (dict(stock.volumes), dict(stock.snapshots))))
    assert {uid: each.name for uid, each in stock.volumes.items()} == told_volumes
    for uid, volume in stock.volumes.items():
        own = [each for each in stock.snapshots.values() if each.volume_uid == uid]
        whole = [each for each in own if each.status is SnapshotStatus.COMPLETED]
        newest: datetime | None = max((each.created_at for each in whole), default=None)
        assert (volume.snapshot_count, volume.last_snapshot_at) == (len(own), newest)
    for uid, snapshot in stock.snapshots.items():
        assert snapshot.volume_name == names[uid]
        assert snapshot.volume_name
    for version, state in states:
        changes = stock.changes(version)
        assert changes is None or _applied(state, changes) == (stock.volumes, stock.snapshots)
        assert changes is not None or stock.version - version > KEPT
