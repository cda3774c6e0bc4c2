"""The wheel and the source distribution hold what is needed, the styles above all."""

import tarfile
import zipfile
from pathlib import Path

from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[1]
STYLES = {path.name for path in (ROOT / "styles").glob("*.tcss")}


def test_the_wheel_ships_the_styles_and_the_type_marker(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entry_points = next(name for name in names if name.endswith("entry_points.txt"))
        assert b"snaptui = snaptui.cli:main" in archive.read(entry_points)
    assert STYLES
    assert {f"snaptui/styles/{name}" for name in STYLES} <= names
    assert {"snaptui/py.typed", "snaptui/engine/repository.py"} <= names
    assert not any(name.startswith(("tests/", "screenshots/")) for name in names)


def test_the_source_distribution_can_make_the_wheel_again(tmp_path: Path) -> None:
    (sdist,) = SdistBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (root,) = (tmp_path / "unpacked").iterdir()
    (wheel,) = WheelBuilder(str(root)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        assert {f"snaptui/styles/{name}" for name in STYLES} <= set(archive.namelist())
