"""A terminal on a cloud that is not there."""

from __future__ import annotations

import os
import sys
from typing import Any

from tests.cli.terminal import Terminal

_PROGRAM = """
import sys
import pytest
from snaptui.cli import main
from tests.cli.fakes import filled

with pytest.MonkeyPatch.context() as patch:
    provider = filled(patch)
    code = main()
    print("asked", *provider.asked)
    sys.exit(code)
"""


def terminal_on_prod(*arguments: str, **environment: Any) -> Terminal:
    """A command on the cloud that `filled` makes; at the end it says what that was asked."""
    path = os.pathsep.join(each for each in sys.path if each)
    program = [sys.executable, "-c", _PROGRAM]
    return Terminal(*arguments, "--cloud", "prod", program=program, PYTHONPATH=path, **environment)
