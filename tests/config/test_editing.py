"""Clouds are put into the config file and taken out; everything else stays."""

from __future__ import annotations

import os
import stat
import threading
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snaptui.config import read_config
from snaptui.config.editing import add_cloud, remove_cloud
from snaptui.errors import ConflictError, InvalidInputError, NoSpaceError, SnaptuiError

TABLE = {"kind": "aws", "region": "eu-1", "read_only": True, "refresh": 5}
AWS = 'kind = "aws"\nregion = "x"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


WAYS = [
    "",
    "# only a comment\n",
    "theme = 'light'",
    "[keys] # mine\n'do.snapshot' = 'S' # x\n\n# the end\n",
    "[clouds.local]\ntrash_days = 3 # keep\n\n[keys]\n'do.snapshot' = 'S'\n",
    f"[clouds.local]\ntrash_days = 3\n[keys]\n[clouds.z]\n{AWS}",
    f"[clouds.z]\n{AWS}# between\n[clouds.local]\ntrash_days = 3\n",
    "[clouds]\nlocal = {trash_days = 3}\n",
    "[clouds]\nlocal.trash_days = 3\n[keys]\n",
    "[clouds]\n[keys]\n",
    "calm = true\r\n[clouds.local]\r\ntrash_days = 3\r\n",
    "clouds = {local = {trash_days = 3}} # in one line\ncalm = true\n",
]


@pytest.mark.parametrize("text", WAYS)
def test_however_a_file_is_written_a_cloud_comes_and_goes(file: Path, text: str) -> None:
    file.write_bytes(text.encode())
    before = tomllib.loads(text)
    add_cloud(file, 'my "cloud"', TABLE)
    after = tomllib.loads(file.read_bytes().decode())
    assert after.pop("clouds") == {**before.get("clouds", {}), 'my "cloud"': TABLE}
    assert after == {key: value for key, value in before.items() if key != "clouds"}
    written = file.read_bytes().decode()
    for line in text.splitlines():
        if not line.startswith("clouds = {"):
            assert line in written.splitlines()
    assert read_config(file).clouds['my "cloud"'].options == {"region": "eu-1"}
    assert ("\r\n" in text) == ("\r\n" in written)
    assert remove_cloud(file, 'my "cloud"')
    left = file.read_bytes().decode()
    now = tomllib.loads(left)
    for document in (now, before):
        document.setdefault("clouds", {})
    assert now == before
    assert left.split() == text.split()
    assert not remove_cloud(file, 'my "cloud"')


names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), min_size=1
).filter(lambda name: name.strip() == name and name != "local")


@settings(deadline=None, max_examples=60)
@given(names=st.lists(names, min_size=1, max_size=5, unique=True), which=st.integers(0, 4))
def test_any_name_comes_back(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], which: int
) -> None:
    file = tmp_path_factory.mktemp("config") / "config.toml"
    for name in names:
        add_cloud(file, name, TABLE)
    assert list(read_config(file).clouds) == names
    gone = names[which % len(names)]
    assert remove_cloud(file, gone)
    assert list(read_config(file).clouds) == [name for name in names if name != gone]


def test_a_file_that_cannot_be_edited_safely_is_left_alone(file: Path) -> None:
    text = "clouds.local.trash_days = 3\ncalm = true\n"
    file.write_text(text)
    try:
        add_cloud(file, "a", TABLE)
    except InvalidInputError as error:
        assert "by hand" in error.hint
        assert file.read_text() == text
    else:
        assert read_config(file).local.trash_days == 3
        assert read_config(file).calm


@pytest.mark.parametrize("text", ["calm = 'yes'\n", "[clouds.x]\n", "what?", "nonsense = 1\n"])
def test_a_file_with_a_mistake_is_refused_untouched(file: Path, text: str) -> None:
    file.write_text(text)
    before = file.stat()
    for change in (lambda: add_cloud(file, "a", TABLE), lambda: remove_cloud(file, "x")):
        with pytest.raises(InvalidInputError, match=str(file)):
            change()
    after = file.stat()
    assert file.read_text() == text
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_table_that_would_be_a_mistake_is_not_written(file: Path) -> None:
    with pytest.raises(InvalidInputError, match="kind cannot be 'azure'"):
        add_cloud(file, "a", {"kind": "azure"})
    assert not file.exists()


def test_a_cloud_is_added_once(file: Path) -> None:
    add_cloud(file, "a", TABLE)
    before = file.read_bytes()
    with pytest.raises(ConflictError, match="already"):
        add_cloud(file, "a", {"kind": "openstack"})
    assert file.read_bytes() == before


def test_permissions_and_links_are_kept(file: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "snaptui.toml"
    real.parent.mkdir()
    real.write_text("calm = true\n")
    real.chmod(0o664)
    file.symlink_to(Path("dotfiles") / "snaptui.toml")
    add_cloud(file, "a", TABLE)
    assert file.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o664
    assert read_config(real).clouds["a"].read_only
    if os.geteuid() == 0:
        os.chown(real, 12345, 12345)
        remove_cloud(file, "a")
        assert (real.stat().st_uid, real.stat().st_gid) == (12345, 12345)
    assert sorted(path.name for path in real.parent.iterdir()) == ["snaptui.toml"]


def test_a_link_to_nothing_makes_the_file_it_names(file: Path, tmp_path: Path) -> None:
    file.symlink_to(tmp_path / "there" / "x.toml")
    add_cloud(file, "a", TABLE)
    assert file.is_symlink()
    assert (tmp_path / "there" / "x.toml").is_file()


def test_several_at_once_lose_nothing(file: Path) -> None:
    threads = [
        threading.Thread(target=add_cloud, args=(file, f"cloud {number}", TABLE))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(read_config(file).clouds) == [f"cloud {number}" for number in range(8)]


def test_what_cannot_be_written_is_told_and_the_old_file_stays(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_cloud(file, "a", TABLE)
    before = file.read_bytes()

    def fail(error: OSError) -> None:
        def fsync(descriptor: int) -> None:
            raise error

        monkeypatch.setattr(os, "fsync", fsync)

    fail(OSError(28, "No space left on device"))
    with pytest.raises(NoSpaceError, match="no room"):
        add_cloud(file, "b", TABLE)
    fail(OSError(5, "Input/output error"))
    with pytest.raises(SnaptuiError, match="cannot be written: Input/output error"):
        remove_cloud(file, "a")
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_directory_that_is_none_is_told(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("")
    with pytest.raises(SnaptuiError, match="cannot be written: File exists"):
        add_cloud(place / "config.toml", "a", TABLE)
