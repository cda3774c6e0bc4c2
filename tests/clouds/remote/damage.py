"""Files that something happened to."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st


def damage(path: Path, data: st.DataObject) -> None:
    """Flip bits of one of its bytes, cut it off there, or put one in before it."""
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    how = data.draw(st.sampled_from(["flip", "cut", "insert"]))
    if how == "flip":
        content[at] ^= data.draw(st.integers(1, 255))
    elif how == "cut":
        del content[at:]
    else:
        content[at:at] = b"0"
    path.write_bytes(content)
