"""Where the style sheets are: in the installed package, or in the checkout it runs from."""

from __future__ import annotations

from pathlib import Path

from snaptui.errors import SnaptuiError

_LATE = frozenset({"dialogs.tcss"})
"""What styles only screens that lie over the main one."""
_PACKAGE = Path(__file__).resolve().parent.parent


def style_directory() -> Path:
    """The directory with the `.tcss` files.

    Raises:
        SnaptuiError: they are neither in the package nor in a checkout around it.
    """
    packaged = _PACKAGE / "styles"
    checkout = _PACKAGE.parent.parent / "styles"
    for directory in (packaged, checkout):
        if (directory / "app.tcss").is_file():
            return directory
    raise SnaptuiError(
        f"the style sheets are missing (looked in {packaged} and {checkout})",
        "install snaptui again, or run it from a complete checkout",
    )


def style_sheets() -> list[Path]:
    """All style sheets, in the order they are read: the app's first, then by name."""
    directory = style_directory()
    return sorted(directory.glob("*.tcss"), key=lambda path: (path.name != "app.tcss", path.name))


def first_sheets() -> list[Path]:
    """Those that the first paint needs."""
    return [path for path in style_sheets() if path.name not in _LATE]


def late_sheets() -> list[Path]:
    """Those that can wait for the first dialog."""
    return [path for path in style_sheets() if path.name in _LATE]
