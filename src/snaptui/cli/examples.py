"""The examples at the end of every command's help."""

from __future__ import annotations


def examples(*lines: str) -> str:
    """An epilog with one to three commands, each as a person would type it."""
    shown = "\n".join(f"  {line}" for line in lines)
    return f"\b\n{HEAD}\n{shown}"


HEAD = "Examples:"


def examples_in(epilog: str | None) -> list[str]:
    """The commands that an epilog shows."""
    _, _, after = (epilog or "").partition(f"\b\n{HEAD}\n")
    block = after.partition("\n\n")[0]
    return [line.strip() for line in block.splitlines() if line.strip()]
