"""Which repository a command works on, who says so, and opening it."""

from __future__ import annotations

import os
import shlex
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from snaptui.config import (
    READ_ONLY_VARIABLE,
    REPOSITORY_VARIABLE,
    default_repository_path,
    read_only_wanted,
)
from snaptui.config.settings import DEFAULT
from snaptui.errors import ConflictError, InvalidInputError, ReadOnlyError
from snaptui.text import safe_text

if TYPE_CHECKING:
    from pathlib import Path

    from snaptui.config import Config
    from snaptui.engine import Repository

OPTION = "--repository"


@dataclass(slots=True)
class ChosenRepository(ABC):
    """What `--repository` and `--read-only` say, over the environment and the config file.

    Attributes:
        given_path: the repository that `--repository` names.
        given_read_only: nothing may be changed, whatever the config file says.
    """

    given_path: Path | None = None
    given_read_only: bool = field(default_factory=read_only_wanted)

    @property
    @abstractmethod
    def config(self) -> Config:
        """The config file, with the environment and the options over it."""

    @property
    def path(self) -> Path:
        """The repository to use: the option's, the environment's, the config's or the usual."""
        if self.given_path is not None:
            return self.given_path
        return self._path_in_config or default_repository_path()

    @property
    def path_origin(self) -> str:
        """Who says which repository to use."""
        if self.given_path is not None:
            return OPTION
        if self._path_in_config is not None:
            return self.config.origin("clouds.local.repository")
        return REPOSITORY_VARIABLE if os.environ.get(REPOSITORY_VARIABLE) else DEFAULT

    @property
    def _path_in_config(self) -> Path | None:
        named = os.environ.get(REPOSITORY_VARIABLE)
        return None if named else self.config.local.repository

    @property
    def is_default(self) -> bool:
        """Whether nobody named the repository, so that it may well not be there yet."""
        return self.path_origin == DEFAULT

    @property
    def read_only(self) -> bool:
        """Whether nothing may be changed."""
        return self.given_read_only or self.config.local.read_only

    @property
    def read_only_origin(self) -> str:
        """Who says whether something may be changed."""
        if not self.given_read_only:
            return self.config.origin("clouds.local.read_only")
        return READ_ONLY_VARIABLE if read_only_wanted() else "--read-only"

    def open(self) -> Repository:
        """Open the repository, for reading only if that is what is wanted."""
        from snaptui.engine import Repository

        return Repository.open(self.path, read_only=self.read_only)

    def open_or_create(self) -> Repository:
        """Open the repository; make it when there is nothing at its path.

        Raises:
            ReadOnlyError: nothing may be made.
            InvalidInputError: the option names a path in a directory that is not there.
        """
        from snaptui.engine import Repository

        if not self.is_nothing():
            return self.open()
        if self.read_only:
            raise ReadOnlyError(
                f"there is no repository at {self.path}, and in read-only mode none is made",
                f"it is read-only by {self.read_only_origin}",
            )
        self._require_parent()
        try:
            return Repository.create(self.path)
        except ConflictError:
            return self.open()  # another process has made it this moment

    def _require_parent(self) -> None:
        """A word that was mistyped in the middle of a path must not become a tree of directories.

        Where the repository is usual, or written down, the directories are made with it.
        """
        parent = self.path.absolute().parent
        if self.path_origin == OPTION and not parent.exists():
            raise InvalidInputError(
                f"no repository is made at {safe_text(self.path)}: there is no directory "
                f"{safe_text(parent)}",
                f"is {OPTION} spelled right? Otherwise: mkdir -p {shlex.quote(str(parent))}",
            )

    def is_nothing(self) -> bool:
        """Whether there is nothing at the path, or only what a try to make a repository left."""
        from snaptui.engine.layout import Layout

        try:
            return not any(self.path.iterdir()) or Layout(self.path).is_unfinished()
        except FileNotFoundError:
            return not self.path.is_symlink()
        except OSError:
            return False
