"""A cloud that was found in the ecosystem's own config, so that nobody has to name it again.

Finding reads files and the environment and contacts nobody: a cloud that is found may be down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCloud:
    """One of them.

    Attributes:
        name: what the tree would call it: `aws us-east-1`.
        kind: `aws`, `openstack`.
        options: what the config file would say of it besides the kind. No secrets: those stay where
            they were found.
        origin: where it was found, in words: `profile work in ~/.aws/config`.
        lacks: the options that it cannot be asked without, and that nobody says. It is a cloud all
            the same, so that an admin sees what is missing; one that is set for the same account is
            what was meant.
    """

    name: str
    kind: str
    options: Mapping[str, str]
    origin: str
    lacks: tuple[str, ...] = ()
