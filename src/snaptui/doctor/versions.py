"""Which versions of what there are, and what is not there."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING

from snaptui import __version__
from snaptui.doctor.report import Finding, Level
from snaptui.installing import how_to_install

if TYPE_CHECKING:
    from collections.abc import Iterator

_GROUP, _EXTRAS = "Versions", "Extras"
_LIBRARIES = (
    *("textual", "rich", "click", "pydantic", "tinydb", "platformdirs"),
    *("blake3", "zstandard", "numpy", "httpx"),
)
_PYTHON = (3, 11)


def look_at_versions() -> Iterator[Finding]:
    """snaptui, Python, libraries, kernel."""
    yield Finding(_GROUP, "snaptui", Level.OK, __version__)
    python = f"{platform.python_version()} ({sys.executable})"
    if sys.version_info < _PYTHON:
        yield Finding(_GROUP, "Python", Level.FAIL, python, "snaptui needs 3.11 or newer")
    else:
        yield Finding(_GROUP, "Python", Level.OK, python)
    there, missing = [], []
    for name in _LIBRARIES:
        version = _version(name)
        if version is None:
            missing.append(name)
        else:
            there.append(f"{name} {version}")
    if there:
        yield Finding(_GROUP, "Libraries", Level.OK, ", ".join(there))
    if missing:
        advice = "install snaptui anew: pipx reinstall snaptui"
        yield Finding(_GROUP, "Libraries", Level.FAIL, f"not there: {', '.join(missing)}", advice)
    system = os.uname()
    kernel = f"{system.sysname} {system.release} ({system.machine})"
    level = Level.OK if system.sysname == "Linux" else Level.FAIL
    yield Finding(_GROUP, "Kernel", level, kernel, "" if level is Level.OK else "use Linux")


def _version(name: str) -> str | None:
    if find_spec(name) is None:
        return None
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "of unknown version"


def look_at_extras() -> Iterator[Finding]:
    """What can be done without, and what that costs."""
    for extra, module, name, cost in (
        ("aws", "botocore", "botocore", "clouds of AWS cannot be opened"),
        ("web", "textual_serve", "textual-serve", "snaptui web is not possible"),
    ):
        if find_spec(module) is None:
            advice = f"{cost}; {how_to_install(extra)}"
            yield Finding(_EXTRAS, extra, Level.WARN, f"{name} is not there", advice)
        else:
            yield Finding(_EXTRAS, extra, Level.OK, f"{name} {_version(module)}")
    for tool, cost in (
        ("qemu-img", "qcow2, VMDK, VHD and other images cannot be converted to raw volumes here"),
        ("losetup", "clones and restored images cannot be mounted here without it"),
    ):
        path = shutil.which(tool, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if path is None:
            yield Finding(_EXTRAS, tool, Level.WARN, "not there", cost)
        else:
            yield Finding(_EXTRAS, tool, Level.OK, path)
