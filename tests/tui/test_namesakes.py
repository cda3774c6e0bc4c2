"""Volumes with one name are told apart wherever the name alone would not do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snaptui.engine.references import resolve
from snaptui.models import Volume
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.namesakes import suffixes
from snaptui.tui.place import Place, PlaceKind
from tests.tui.fake import FakeCloud, FakeJobs, make_snapshot, make_volume
from tests.tui.helpers import screen_text, wait_for


def found(volumes: list[Volume]) -> dict[str, str]:
    return suffixes({each.resource_uid: each for each in volumes})


def test_they_are_looked_for_once_as_long_as_nothing_changes() -> None:
    volumes = {each.resource_uid: each for each in (make_volume(1, "a"), make_volume(2, "a"))}
    assert suffixes(volumes) is suffixes(volumes)
    assert (
        suffixes(volumes)
        == suffixes(dict(volumes))
        == {
            "vol-00000001": "00000001",
            "vol-00000002": "00000002",
        }
    )
    del volumes["vol-00000001"]
    assert suffixes(dict(volumes)) == {}


def test_only_namesakes_have_a_suffix_and_it_means_one_volume() -> None:
    volumes = [
        make_volume(0x52EF05A9, "web"),
        make_volume(0x52EF1111, "web"),
        make_volume(0xA0000000, "web"),
        make_volume(0x52EF1234, "db"),
        make_volume(0x00000001, "Web"),
    ]
    assert found(volumes) == {
        "vol-52EF05A9": "52EF0",
        "vol-52EF1111": "52EF11",  # and not `db`
        "vol-A0000000": "A000",
    }
    assert found(volumes[3:]) == {}
    assert found([]) == {}


def test_what_is_written_is_a_reference_in_every_cloud() -> None:
    uids = ["3f1c2e4a-9b7d-4c1e-8a55-0123456789ab", "3f1c2e4a-11aa-4c1e-8a55-0123456789ab"]
    uids.append("vol-0a1b2c3d4e5f60718")
    volumes = {uid: replace(make_volume(1, "web"), resource_uid=uid) for uid in uids}
    written = suffixes(volumes)
    assert written == dict(zip(uids, ["3f1c2e4a-9", "3f1c2e4a-1", "0a1b"], strict=True))
    rows = {uid: {"name": "web"} for uid in uids}
    assert [resolve("volume", written[uid], rows) for uid in uids] == uids


def test_names_that_look_alike_are_alike() -> None:
    volumes = [make_volume(0x10000000, "web"), make_volume(0x20000000, "we\u202eb")]
    assert set(found(volumes).values()) == {"1000", "2000"}


@pytest.mark.parametrize("name", ["web", "a-name-that-is-much-longer-than-the-tree"])
async def test_tree_and_crumbs_tell_them_apart(name: str) -> None:
    twins = [make_volume(0x52EF05A9, name), make_volume(0xA0B1C2D3, name), make_volume(3, "db")]
    cloud = FakeCloud(volumes=twins, snapshots=[make_snapshot(1, twins[1], "nightly")])
    app = SnaptuiApp([cloud], FakeJobs(cloud))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: app.main.place is not None, "the inventory")
        tree = [line[:26] for line in screen_text(app).split("\n")]
        shown = [line for line in tree if f" {name[:3]}" in line and "db" not in line]
        assert [("52EF" in line, "A0B1" in line) for line in shown] == [
            (True, False),
            (False, True),
        ]
        assert "0000" not in next(line for line in tree if " db" in line)
        app.main.go(Place("local", PlaceKind.SNAPSHOT, "snap-00000001"))
        await wait_for(pilot, lambda: "nightly" in screen_text(app).split("\n")[0], "the place")
        if name == "web":
            assert "web A0B1 › nightly" in screen_text(app).split("\n")[0]
            assert "of web A0B1" in screen_text(app)
        app.main.go(Place("local", PlaceKind.VOLUME, "vol-52EF05A9"))
        await wait_for(pilot, lambda: "nightly" not in screen_text(app).split("\n")[0], "it")
        if name == "web":
            assert "Volumes › web 52EF" in screen_text(app).split("\n")[0]
