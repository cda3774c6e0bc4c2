"""Files cut at every byte and with a bit flipped in every byte: never a wrong document."""

import shutil
from pathlib import Path

import pytest

from snaptui.engine.catalog import Catalog
from snaptui.errors import DamagedError

from .helpers import State, put, read_state, state_of

pytestmark = pytest.mark.usefixtures("no_pause")


@pytest.fixture
def directory(scratch: Path) -> Path:
    return scratch / "catalog"


class History:
    """A small catalog, and its documents after each of its transactions."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.states: list[State] = [{}]
        with Catalog.create(directory) as catalog:
            self._commit(catalog, "a", "b")
            catalog.compact()
            self._commit(catalog, "c")
            catalog.compact()
            self._commit(catalog, "d", "e", "f", "g")
        self.first = 3
        self.last = 7
        self.journal = directory / "journal-000003.log"
        self.snapshot = directory / "catalog-000003.json"

    def _commit(self, catalog: Catalog, *names: str) -> None:
        for name in names:
            with catalog.transaction() as transaction:
                transaction.put("volumes", f"vol-{name}", {"name": name, "n": len(self.states)})
                if name == "e":
                    transaction.delete("volumes", "vol-a")
            self.states.append(state_of(catalog))

    def restored(self, target: Path) -> "History":
        """A copy elsewhere, to be spoilt."""
        copy = object.__new__(History)
        copy.__dict__.update(self.__dict__)
        copy.directory = shutil.copytree(self.directory, target)
        copy.journal = target / self.journal.name
        copy.snapshot = target / self.snapshot.name
        return copy


@pytest.fixture
def history(directory: Path) -> History:
    return History(directory)


def test_a_journal_cut_at_any_byte(history: History, scratch: Path) -> None:
    data = history.journal.read_bytes()
    ends = [0]
    while ends[-1] < len(data):
        ends.append(data.index(b"\n", ends[-1]) + 1)
    for length in range(len(data)):
        history.journal.write_bytes(data[:length])
        if length < ends[1]:
            with pytest.raises(DamagedError, match="first record is not whole"):
                read_state(history.directory)
            continue
        whole = sum(1 for end in ends[2:] if end <= length)
        sequence, state = read_state(history.directory)
        assert sequence == history.first + whole
        assert state == history.states[sequence]
        if length % 7 == 0:
            spoilt = history.restored(scratch / f"cut-{length}")
            with Catalog.open(spoilt.directory) as catalog:
                put(catalog, "vol-after")
            assert read_state(spoilt.directory) == (
                sequence + 1,
                {"volumes": {**state["volumes"], "vol-after": {}}},
            )
            torn = data[ends[whole + 1] : length]
            quarantine = spoilt.directory / "quarantine"
            assert quarantine.exists() == bool(torn)
            if torn:
                assert [path.read_bytes() for path in quarantine.iterdir()] == [torn]


def test_a_bit_flipped_anywhere_in_the_journal(history: History, scratch: Path) -> None:
    data = history.journal.read_bytes()
    last_record = data.rindex(b"\n", 0, -1) + 1
    for position in range(len(data)):
        for bit in (position % 8,):
            spoilt_data = bytearray(data)
            spoilt_data[position] ^= 1 << bit
            history.journal.write_bytes(spoilt_data)
            if position < last_record - 1:
                with pytest.raises(DamagedError) as caught:
                    read_state(history.directory)
                assert "damaged" in caught.value.message
                assert "catalog-000002.json" in caught.value.hint
                continue
            if position == last_record - 1:
                # The newline between the last two: the last one is still found to be whole.
                with pytest.raises(DamagedError):
                    read_state(history.directory)
                continue
            sequence, state = read_state(history.directory)
            assert (sequence, state) == (history.last - 1, history.states[history.last - 1])
        if position > last_record and position % 5 == 0:
            spoilt = history.restored(scratch / f"flip-{position}")
            with Catalog.open(spoilt.directory) as catalog:
                put(catalog, "vol-after")
                assert "set aside" in catalog.warnings[0]
            (kept,) = (spoilt.directory / "quarantine").iterdir()
            assert kept.read_bytes() == bytes(spoilt_data[last_record:])


def test_a_damaged_journal_is_not_written_to(history: History) -> None:
    with Catalog.open(history.directory) as catalog:
        put(catalog, "vol-h")
        data = bytearray(history.journal.read_bytes())
        data[data.index(b"vol-h")] ^= 1
        with history.journal.open("ab") as file:
            lines = bytes(data).splitlines(keepends=True)
            file.write(lines[1])
        spoilt = history.journal.read_bytes()
        with pytest.raises(DamagedError, match="damaged"):
            put(catalog, "vol-i")
        with pytest.raises(DamagedError, match="damaged"):
            catalog.refresh()
        assert history.journal.read_bytes() == spoilt
        assert not (history.directory / "quarantine").exists()


def test_missing_and_doubled_records_are_damage(history: History) -> None:
    lines = history.journal.read_bytes().splitlines(keepends=True)
    for spoilt in (
        [lines[0], *lines[2:]],
        [*lines[:2], *lines[3:]],
        [*lines, lines[-1]],
        [lines[0], lines[2], lines[1], *lines[3:]],
        lines[1:],
    ):
        history.journal.write_bytes(b"".join(spoilt))
        with pytest.raises(DamagedError):
            read_state(history.directory)


def test_a_journal_of_another_generation_is_damage(history: History) -> None:
    older = history.directory / "journal-000002.log"
    history.journal.write_bytes(older.read_bytes())
    with pytest.raises(DamagedError):
        read_state(history.directory)
    history.journal.unlink()
    with pytest.raises(DamagedError, match=r"journal-000003\.log is missing"):
        read_state(history.directory)


def test_a_damaged_snapshot_file_is_put_together_from_the_one_before(
    history: History, scratch: Path
) -> None:
    data = history.snapshot.read_bytes()
    spoilt_forms = [data[:length] for length in range(len(data))]
    for position in range(len(data)):
        spoilt = bytearray(data)
        spoilt[position] ^= 1 << position % 8
        spoilt_forms.append(bytes(spoilt))
    spoilt_forms.append(data + b" ")
    for number, spoilt_data in enumerate(spoilt_forms):
        history.snapshot.write_bytes(spoilt_data)
        with Catalog.open(history.directory, read_only=True) as catalog:
            assert state_of(catalog) == history.states[-1]
            assert "nothing is lost" in catalog.warnings[0]
        if number % 20 == 0:
            copy = history.restored(scratch / f"spoilt-{number}")
            with Catalog.open(copy.directory) as catalog:
                put(catalog, "vol-after")
            healed = {"volumes": {**history.states[-1]["volumes"], "vol-after": {}}}
            with Catalog.open(copy.directory) as catalog:
                assert state_of(catalog) == healed
                assert catalog.warnings == []
            (kept,) = (copy.directory / "quarantine").iterdir()
            assert kept.read_bytes() == spoilt_data
            # The whole generation before is kept until the next one is.
            assert (copy.directory / "catalog-000002.json").exists()


@pytest.mark.parametrize("file", ["catalog-000002.json", "journal-000002.log"])
def test_a_damaged_snapshot_file_without_a_whole_one_before_is_refused(
    history: History, file: str
) -> None:
    history.snapshot.write_bytes(b"{}")
    before = history.directory / file
    data = before.read_bytes()
    for position in range(len(data)):
        spoilt = bytearray(data)
        spoilt[position] ^= 1 << position % 8
        before.write_bytes(spoilt)
        with pytest.raises(DamagedError, match=r"catalog-000003\.json"):
            read_state(history.directory)
    before.unlink()
    with pytest.raises(DamagedError, match=r"catalog-000003\.json"):
        read_state(history.directory)


def test_a_lost_snapshot_file_does_not_hide_the_commits_after_it(history: History) -> None:
    history.snapshot.unlink()
    assert read_state(history.directory) == (history.last, history.states[-1])
    with Catalog.open(history.directory) as catalog:
        put(catalog, "vol-after")
    assert read_state(history.directory)[0] == history.last + 1


def test_damage_to_the_copy_does_not_matter(history: History) -> None:
    for name in ("catalog-000002.json", "journal-000002.log"):
        (history.directory / name).write_bytes(b"rubbish")
        assert read_state(history.directory) == (history.last, history.states[-1])


def test_a_first_snapshot_file_is_empty_whatever_happened_to_it(catalog: Catalog) -> None:
    put(catalog, "vol-1")
    (catalog.directory / "catalog-000001.json").write_bytes(b"xx")
    assert read_state(catalog.directory) == (1, {"volumes": {"vol-1": {}}})


def test_a_hole_of_zeros_at_the_end_is_set_aside(history: History) -> None:
    """What a power cut leaves where the length was written and the data was not."""
    with history.journal.open("ab") as file:
        file.write(bytes(5000))
    assert read_state(history.directory) == (history.last, history.states[-1])
    with Catalog.open(history.directory) as catalog:
        put(catalog, "vol-after")
    assert read_state(history.directory)[0] == history.last + 1
