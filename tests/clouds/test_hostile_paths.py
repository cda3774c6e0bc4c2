"""Paths in a stranger's catalog that cannot be paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from snaptui.clouds.base import collect
from snaptui.clouds.local import LocalCloud
from snaptui.models import VolumeStatus

if TYPE_CHECKING:
    from snaptui.engine import Repository
    from snaptui.models import Volume


@pytest.mark.parametrize("path", ["a\x00b", "bad\ud800half"])
async def test_it_is_an_error_of_its_volume_only(
    repository: Repository, volume: Volume, path: str
) -> None:
    with repository.catalog.transaction() as change:
        row = change.get("volumes", volume.resource_uid)
        assert row is not None
        change.put("volumes", volume.resource_uid, {**row, "path": path})
    (found,) = await collect(LocalCloud(repository).volumes())
    assert found.status is VolumeStatus.ERROR
    assert "cannot be a path" in found.reason
