"""The command that installs what is optional, for the way that snaptui itself is installed.

A hint that does not work here (`pip` of another Python, an environment that pipx keeps) costs
whoever follows it more than none.
"""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

_NAME = "snaptui"


def how_to_install(extra: str) -> str:
    """The command that installs an extra: `aws`, `web`."""
    source, editable = _source()
    what = shlex.quote(f"{source}[{extra}]")
    prefix = Path(sys.prefix).parts
    if _within(prefix, "pipx", "venvs"):
        return f"pipx install --force {'--editable ' if editable else ''}{what}"
    if _within(prefix, "uv", "tools"):
        return f"uv tool install --force {'--editable ' if editable else ''}{what}"
    python = shlex.quote(sys.executable or "python3")
    what = f"{'-e ' if editable else ''}{what}"
    if find_spec("pip") is None:  # an environment that uv has made has none
        return f"uv pip install --python {python} {what}"
    pip = shutil.which("pip")
    is_ours = pip is not None and Path(pip).parent == Path(sys.executable).parent
    return f"{'pip' if is_ours else f'{python} -m pip'} install {what}"


def _source() -> tuple[str, bool]:
    """What was installed: a name, or a directory or address; and whether it is used in place."""
    from importlib import metadata  # it takes longer than all the rest, and is seldom needed

    try:
        said = metadata.distribution(_NAME).read_text("direct_url.json")
        document = json.loads(said) if said else {}
        parts = urlsplit(str(document.get("url", "")))
        editable = bool(document.get("dir_info", {}).get("editable"))
    except metadata.PackageNotFoundError:
        # not installed at all: it runs from a checkout
        return str(Path(__file__).parents[2]), True
    except (ValueError, AttributeError):
        return _NAME, False
    return (unquote(parts.path), editable) if parts.scheme == "file" else (_NAME, False)


def _within(parts: tuple[str, ...], *names: str) -> bool:
    return any(parts[n : n + len(names)] == names for n in range(len(parts)))
