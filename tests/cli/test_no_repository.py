"""Where no repository is: looking makes none, the first volume does."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from snaptui.cli.settings import Settings
from snaptui.clouds.base import Capability, collect
from snaptui.clouds.local.unmade import UnmadeCloud
from snaptui.engine import Repository
from snaptui.errors import NotFoundError, SourceError
from snaptui.jobs.unmade import UnmadeJobs
from snaptui.models import CloudInfo
from snaptui.requests import AddVolumeRequest, CreateVolumeRequest, SnapshotRequest
from snaptui.tui.app import SnaptuiApp
from snaptui.tui.screens.form import Field
from snaptui.tui.screens.volume_form import VolumeForm
from tests.cli.conftest import Cli
from tests.cli.terminal import Terminal
from tests.cli.test_read_only import READS
from tests.tui.helpers import screen_text, wait_for


def unmade(path: Path) -> UnmadeCloud:
    settings = Settings(given_path=path)
    return UnmadeCloud(path, settings.is_nothing, settings.open_or_create, trash_days=7)


def test_no_reading_verb_makes_a_repository(cli: Cli, tmp_path: Path) -> None:
    mistyped = tmp_path / "mistyped"
    for verb, arguments in READS.items():
        ran = cli(*verb.split(), *arguments, "--repository", mistyped)
        ran.refused(f"{mistyped} does not exist", "add a volume to make one")
    for words in (["snapshot", "create", "web", "--name", "a"], ["trash", "purge", "--yes"]):
        cli(*words, "--repository", mistyped).refused("does not exist")
    assert not mistyped.exists()


def test_what_is_refused_anyway_makes_none(cli: Cli, repository_path: Path, tmp_path: Path) -> None:
    cli("volume", "add", tmp_path / "nothing.img").refused("does not exist")
    create = ("volume", "create", "--name", "x", "--size", "1MiB")
    cli(*create, "--zone", "fast").refused("there is no zone 'fast'", "known: default")
    cli("zone", "add", "fast", tmp_path / "nothing").refused("does not exist")
    assert not repository_path.exists()


MAKING = {
    "volume create": ["--name", "x", "--size", "1MiB"],
    "volume add": ["web.raw"],
    "zone add": ["fast", "."],
}
"""What makes a repository where none is."""


@pytest.mark.parametrize("verb", MAKING)
def test_that_a_new_repository_was_made_is_told_once_and_on_stderr(
    cli: Cli, tmp_path: Path, image: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "new"
    ran = cli(*verb.split(), *MAKING[verb], "--json", "--repository", path)
    assert (ran.code, ran.err) == (0, f"snaptui: made a new repository at {path}\n")
    assert "name" in ran.document
    again = cli("volume", "create", "--name", "y", "--size", "1MiB", "--repository", path)
    assert (again.code, again.err) == (0, "")


@pytest.mark.parametrize("verb", MAKING)
def test_where_the_option_is_mistyped_no_directories_are_made_for_it(
    cli: Cli, tmp_path: Path, image: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "srv" / "snapshto" / "repository"
    refusal = f"no directory {path.parent}"
    cli(*verb.split(), *MAKING[verb], "--repository", path).refused(refusal, "mkdir", code=2)
    assert not (tmp_path / "srv").exists()
    # where it is written down nobody has mistyped it now
    monkeypatch.setenv("SNAPTUI_REPOSITORY", str(path))
    ran = cli(*verb.split(), *MAKING[verb])
    assert (ran.code, ran.err) == (0, f"snaptui: made a new repository at {path}\n")


def test_the_usual_repository_is_made_without_a_word_where_nobody_sits_at_a_terminal(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SNAPTUI_REPOSITORY", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    ran = cli("volume", "create", "--name", "x", "--size", "1MiB")
    assert (ran.code, ran.err) == (0, "")
    assert (tmp_path / "share" / "snaptui" / "repository").is_dir()


async def test_looking_at_the_cloud_makes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "new"
    cloud = unmade(path)
    jobs = UnmadeJobs(cloud.found, cloud.found_or_made)
    token = await cloud.change_token()
    assert await cloud.changes(token) is None
    assert await cloud.info() == CloudInfo(
        name="local", kind="local", available=True, reason=f"There is no repository at {path} yet."
    )
    assert not await collect(cloud.volumes())
    assert not await collect(cloud.snapshots())
    for listed in (cloud.zones(), cloud.events(), cloud.trash()):
        assert await listed == []
    assert await cloud.usage() is None
    assert jobs.list() == []
    assert {each for each in Capability if cloud.ability(each)} == {
        Capability.ADD_VOLUME,
        Capability.CREATE_VOLUME,
    }
    for refused in (cloud.volume("x"), cloud.lineage("x"), cloud.delete_volume("x")):
        with pytest.raises(NotFoundError, match="no repository at"):
            await refused
    with pytest.raises(NotFoundError, match="no repository yet"):
        jobs.start(SnapshotRequest(volume_uid="x", name="y"))
    with pytest.raises(SourceError):
        await cloud.add_volume(AddVolumeRequest(path=str(tmp_path / "none.img")))
    with pytest.raises(NotFoundError, match="no zone"):
        await cloud.create_volume(CreateVolumeRequest(name="x", size_bytes=4096, zone="fast"))
    assert await cloud.change_token() == token
    assert not path.exists()


async def test_the_first_volume_makes_it(tmp_path: Path) -> None:
    cloud = unmade(tmp_path / "new")
    jobs = UnmadeJobs(cloud.found, cloud.found_or_made)
    before = await cloud.change_token()
    made = await cloud.create_volume(CreateVolumeRequest(name="x", size_bytes=4096))
    assert await cloud.change_token() != before
    assert [each.resource_uid for each in await collect(cloud.volumes())] == [made.resource_uid]
    assert (await cloud.info()).reason == ""
    assert [zone.name for zone in await cloud.zones()] == ["default"]
    assert cloud.ability(Capability.SNAPSHOT)
    assert jobs.list() == []
    with pytest.raises(NotFoundError, match="job"):
        jobs.get("job-1")
    cloud.repository.close()


async def test_one_that_somebody_else_makes_at_the_same_moment_is_used(
    cli: Cli, tmp_path: Path, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new"
    cloud = unmade(path)
    make = Repository.create

    def too_late(path: Path) -> Repository:
        monkeypatch.setattr(Repository, "create", make)
        cli("volume", "add", image, "--repository", path)
        return make(path)

    monkeypatch.setattr(Repository, "create", too_late)
    await cloud.create_volume(CreateVolumeRequest(name="x", size_bytes=4096))
    assert [each.name for each in await collect(cloud.volumes())] == ["web", "x"]
    cloud.repository.close()


async def test_one_that_somebody_else_makes_is_found(cli: Cli, tmp_path: Path, image: Path) -> None:
    path = tmp_path / "new"
    cloud = unmade(path)
    before = await cloud.change_token()
    await asyncio.to_thread(cli, "volume", "add", image, "--repository", path)
    assert await cloud.change_token() != before
    assert [each.name for each in await collect(cloud.volumes())] == ["web"]
    cloud.repository.close()


async def test_the_app_says_so_and_makes_it_with_the_first_volume(
    tmp_path: Path, image: Path
) -> None:
    path = tmp_path / "mistyped"
    cloud = unmade(path)
    app = SnaptuiApp([cloud], UnmadeJobs(cloud.found, cloud.found_or_made))
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(pilot, lambda: "No repository yet" in screen_text(app), "the word")
        shown = " ".join(line[27:79].strip(" │") for line in screen_text(app).split("\n"))
        assert "There is no repository at" in shown
        assert "The first volume makes it." in shown
        for key in ("s", "T", "J", "escape", "A"):
            await pilot.press(key)
        assert not path.exists()
        await wait_for(pilot, lambda: "nothing has happened yet" in screen_text(app), "the events")
        await pilot.press("n")
        await wait_for(pilot, lambda: isinstance(app.screen, VolumeForm), "the form")
        app.screen.query_one("#path", Field).value = str(image)
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.screen is app.main, "the end of the form")
        await wait_for(pilot, lambda: "press s to take one" in screen_text(app), "the volume")
        assert (path / "catalog").is_dir()
    cloud.repository.close()


def test_the_app_leaves_a_mistyped_path_alone(tmp_path: Path) -> None:
    path = tmp_path / "mistyped"
    terminal = Terminal("--repository", str(path))
    terminal.read_until("No repository yet")
    terminal.type("q")
    assert terminal.end() == 0
    assert not path.exists()
