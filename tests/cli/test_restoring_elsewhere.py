"""`snapshot restore --in-place` in a cloud elsewhere: what is refused before anybody is asked."""

from __future__ import annotations

import pytest

from snaptui.errors import CloudError
from snaptui.models import Volume
from tests.cli.conftest import Cli
from tests.clouds.remote.fake import FakeProvider, a_snapshot, a_volume

CLOUD = ("--cloud", "prod")


@pytest.fixture
def there(prod: FakeProvider) -> Volume:
    return prod.put(a_volume("web"))


@pytest.mark.parametrize("how", [["--in-place"], ["--in-place", "--yes", "--detach"]])
def test_only_the_newest_snapshot_is_restored_in_place(
    cli: Cli, prod: FakeProvider, there: Volume, monkeypatch: pytest.MonkeyPatch, how: list[str]
) -> None:
    """Nobody is asked for the name of a volume over which it cannot be restored."""
    monkeypatch.setattr("snaptui.cli.asking._require_terminal", lambda _what: None)
    monkeypatch.setattr("click.prompt", lambda *_words, **_more: pytest.fail("it is asked"))
    prod.put(a_snapshot(there, "monday"))
    prod.put(a_snapshot(there, "friday"))
    ran = cli("snapshot", "restore", "monday", *how, *CLOUD).refused("which is friday: clone")
    assert "snaptui snapshot clone" in ran.err
    assert "again" not in ran.err
    assert "revert" not in prod.asked


def test_a_restore_that_became_impossible_is_not_asked_about_when_it_is_retried(
    cli: Cli, prod: FakeProvider, there: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snaptui.cli.asking._require_terminal", lambda _what: None)
    monkeypatch.setattr("click.prompt", lambda *_words, **_more: pytest.fail("it is asked"))
    prod.put(a_snapshot(there, "monday"))
    prod.fails("revert", CloudError("the back end lost it"))
    cli("snapshot", "restore", "monday", "--in-place", "--yes", *CLOUD).refused("lost it")
    uid = cli("job", "list").done().out.splitlines()[1].split()[0]
    prod.put(a_snapshot(there, "friday"))
    cli("job", "retry", uid).refused("which is friday: clone")
