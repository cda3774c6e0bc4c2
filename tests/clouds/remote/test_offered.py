"""What a cloud offered, on disk beside its inventory, and what may be wrong with that."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snaptui.clouds.remote.offered import Offered, RememberedOffer
from snaptui.clouds.remote.remembered import RememberedInventory
from snaptui.models import VolumeType, Zone
from tests.clouds.remote.damage import damage
from tests.clouds.remote.fake import a_volume

ZONES = (
    Zone(name="nova", path="/p", size_bytes=2, free_bytes=1),
    Zone(name="öther\x1b[31m", available=False, reason="no"),
)
TYPES = (VolumeType(name="fast", description="SSD", is_default=True), VolumeType(name="slow"))


def test_every_field_comes_back_as_it_was(inventory: RememberedInventory) -> None:
    assert inventory.offer.read() == Offered()
    inventory.offer.learn(zones=ZONES, volume_types=TYPES)
    assert inventory.offer.read() == Offered(ZONES, TYPES)


def test_what_is_learned_leaves_the_rest_as_it_was(inventory: RememberedInventory) -> None:
    offer = inventory.offer
    # there are none; which is not the same as that nobody knows
    offer.learn(zones=[])
    assert offer.read() == Offered(zones=())
    offer.learn(volume_types=TYPES)
    assert offer.read() == Offered(zones=(), volume_types=TYPES)
    offer.learn(zones=ZONES)
    assert offer.read() == Offered(ZONES, TYPES)


def test_it_is_written_only_where_it_is_another(inventory: RememberedInventory) -> None:
    """How many volumes there are in a zone is no matter here."""
    offer = inventory.offer
    offer.learn(zones=ZONES)
    before = offer.path.stat().st_ino
    offer.learn(zones=[Zone(name="nova", path="/p", size_bytes=2, free_bytes=1, volume_count=7)])
    assert offer.read().zones == ZONES[:1]
    between = offer.path.stat().st_ino
    assert between != before
    offer.learn(zones=ZONES[:1])
    assert offer.path.stat().st_ino == between


def test_it_is_beside_the_inventory_and_goes_with_it(inventory: RememberedInventory) -> None:
    before = os.umask(0)
    try:
        inventory.offer.learn(zones=ZONES)
    finally:
        os.umask(before)
    assert inventory.read() is None  # it was not listed
    assert inventory.head() is None
    inventory.write([a_volume()], [])
    assert inventory.offer.read().zones == ZONES
    assert inventory.offer.path.parent == inventory.path.parent
    assert stat.S_IMODE(inventory.offer.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(inventory.path.parent.stat().st_mode) == 0o700
    assert len(list(inventory.path.parent.iterdir())) == 2
    inventory.forget()
    assert list(inventory.path.parent.iterdir()) == []
    assert inventory.offer.read() == Offered()


def test_what_is_learned_at_once_is_all_kept(inventory: RememberedInventory) -> None:
    """As the forms of the app do it: each in a thread of its own."""
    offer = inventory.offer
    web = replace(a_volume(), zone="nova", volume_type="old")
    together = Barrier(3)

    def at_once(learn: Callable[[], None]) -> None:
        together.wait()
        learn()

    works: list[Callable[[], None]] = [
        lambda: offer.learn(zones=ZONES),
        lambda: offer.learn(volume_types=TYPES),
        lambda: offer.see([web]),
    ]
    with ThreadPoolExecutor(3) as threads:
        for _ in range(100):
            offer.path.unlink(missing_ok=True)
            list(threads.map(at_once, works))
            assert offer.read() == Offered(ZONES, TYPES, ("nova",), ("old",))


def test_what_the_volumes_have_is_that_of_the_last_listing(inventory: RememberedInventory) -> None:
    offer = inventory.offer
    offer.learn(zones=ZONES)
    one = replace(a_volume(), zone="b", volume_type="")
    two = replace(a_volume(), zone="a", volume_type="new")
    inventory.write([one, two, one], [])
    assert offer.read() == Offered(ZONES, None, ("a", "b"), ("new",))
    inventory.write([one], [])
    assert offer.read() == Offered(ZONES, None, ("b",))


@pytest.mark.parametrize(("answered", "hours"), [(True, 24), (False, 1)])
def test_it_is_old_after_a_day_or_when_it_was_never_asked(
    inventory: RememberedInventory, *, answered: bool, hours: int
) -> None:
    """After an hour, where it did not answer."""
    offer = inventory.offer
    offer.learn(zones=ZONES, volume_types=TYPES)
    assert offer.read().is_old
    assert offer.begin()
    offer.learn(answered=True if answered else None)
    assert not offer.begin()
    known = offer.read()
    assert (known.zones, known.volume_types) == (ZONES, TYPES)
    assert not known.is_old
    now = datetime.now(UTC)
    # a clock may have been wrong
    for away, old in ((0.1 - hours, False), (-0.1 - hours, True), (0.1, True)):
        assert replace(known, asked=now + timedelta(hours=away)).is_old is old
    offer.learn(answered=False)  # there was no time to
    assert offer.begin()


def test_that_it_cannot_be_written_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (Path("/proc/nowhere/x.offer"), tmp_path / "file" / "x.offer"):
        offer = RememberedOffer(place)
        offer.learn(zones=ZONES)
        assert offer.read() == Offered()
        assert not offer.begin()  # else it would be every time


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_file_that_is_damaged_in_any_byte_is_as_if_it_were_not_there(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    offer = RememberedOffer(tmp_path_factory.mktemp("offer") / "x.offer")
    offer.learn(zones=ZONES, volume_types=TYPES)
    damage(offer.path, data)
    assert offer.read() == Offered()
    offer.learn(zones=ZONES)  # it is written anew
    assert offer.read() == Offered(ZONES)


WHOLE: dict[str, object] = {
    "asked": None,
    "answered": False,
    "zones": [{"name": "a"}],
    "volume_types": None,
    "seen_zones": [],
    "seen_types": [],
}


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        7,
        {},
        {name: value for name, value in WHOLE.items() if name != "volume_types"},
        WHOLE | {"zones": {}, "volume_types": 7},
        WHOLE | {"zones": "nova"},
        WHOLE | {"zones": [{}]},
        WHOLE | {"zones": [{"name": ""}]},
        WHOLE | {"zones": [{"name": 7}]},
        WHOLE | {"zones": [{"name": ["nova"]}]},
        WHOLE | {"zones": [{"name": "a", "available": "yes"}]},
        WHOLE | {"zones": [{"name": "a", "size_bytes": -1}]},
        WHOLE | {"zones": [{"name": "a", "odd": 1}]},
        WHOLE | {"volume_types": [{"name": "a", "is_default": 1}]},
        WHOLE | {"volume_types": ["fast"]},
        WHOLE | {"seen_zones": None},
        WHOLE | {"seen_zones": "nova"},
        WHOLE | {"seen_types": [7]},
        WHOLE | {"answered": None},
        WHOLE | {"asked": 7},
        WHOLE | {"asked": "yesterday"},
        WHOLE | {"asked": "2026-01-01T00:00:00"},
    ],
)
def test_what_is_none_of_ours_is_as_if_it_were_not_there(tmp_path: Path, document: object) -> None:
    offer = RememberedOffer(tmp_path / "x.offer")
    put(offer, json.dumps(WHOLE).encode())
    assert offer.read() == Offered((Zone(name="a"),))  # so that what follows can fail
    put(offer, json.dumps(document).encode())
    assert offer.read() == Offered()


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100000, b"\xff"])
def test_what_is_no_json_is_as_if_it_were_not_there(tmp_path: Path, body: bytes) -> None:
    offer = RememberedOffer(tmp_path / "x.offer")
    put(offer, body)
    assert offer.read() == Offered()


def put(offer: RememberedOffer, body: bytes) -> None:
    checksum = hashlib.sha256(body).hexdigest().encode()
    offer.path.write_bytes(b"snaptui offered 3 %s %s\n" % (checksum, body))
