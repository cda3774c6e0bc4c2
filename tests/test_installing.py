"""What is told to install, for the way that snaptui is installed."""

from __future__ import annotations

import json
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from snaptui import installing
from snaptui.installing import how_to_install


class Installed:
    """In place of what the installer wrote down."""

    def __init__(self, document: str | None) -> None:
        self._document = document

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return self._document


def told(url: str, **more: Any) -> Installed:
    return Installed(json.dumps({"url": url, "dir_info": more}))


FROM_INDEX = Installed(None)
FROM_DIRECTORY = told("file:///home/me/my%20src")
IN_PLACE = told("file:///src", editable=True)


@pytest.mark.parametrize(
    ("prefix", "installed", "command"),
    [
        (
            "/home/me/.local/share/pipx/venvs/snaptui",
            FROM_INDEX,
            "pipx install --force 'snaptui[aws]'",
        ),
        ("/opt/pipx/venvs/snaptui", FROM_DIRECTORY, "pipx install --force '/home/me/my src[aws]'"),
        ("/opt/pipx/venvs/snaptui", IN_PLACE, "pipx install --force --editable '/src[aws]'"),
        (
            "/home/me/.local/share/uv/tools/snaptui",
            FROM_INDEX,
            "uv tool install --force 'snaptui[aws]'",
        ),
        ("/opt/venv", FROM_INDEX, "{python} -m pip install 'snaptui[aws]'"),
        ("/opt/venv", IN_PLACE, "{python} -m pip install -e '/src[aws]'"),
        ("/opt/venv", told("https://example.com/x.whl"), "{python} -m pip install 'snaptui[aws]'"),
        ("/opt/venv", Installed("not JSON"), "{python} -m pip install 'snaptui[aws]'"),
    ],
)
def test_the_command_fits_how_it_was_installed(
    monkeypatch: pytest.MonkeyPatch, prefix: str, installed: Installed, command: str
) -> None:
    monkeypatch.setattr(sys, "prefix", prefix)
    monkeypatch.setattr(metadata, "distribution", lambda _name: installed)
    monkeypatch.setattr(installing, "find_spec", lambda _name: object())
    monkeypatch.setattr("shutil.which", lambda _name: "/elsewhere/bin/pip")
    assert how_to_install("aws") == command.format(python=sys.executable)


def test_the_pip_on_the_path_is_named_only_if_it_is_this_environments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metadata, "distribution", lambda _name: FROM_INDEX)
    monkeypatch.setattr(installing, "find_spec", lambda _name: object())
    monkeypatch.setattr("shutil.which", lambda _name: str(Path(sys.executable).parent / "pip"))
    assert how_to_install("web") == "pip install 'snaptui[web]'"
    monkeypatch.setattr(installing, "find_spec", lambda _name: None)  # uv made it
    assert how_to_install("web") == f"uv pip install --python {sys.executable} 'snaptui[web]'"


def test_from_a_checkout_that_is_not_installed_the_checkout_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nothing(_name: str) -> None:
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(metadata, "distribution", nothing)
    root = Path(__file__).parents[1]
    assert how_to_install("aws").endswith(f"{root}[aws]'")
