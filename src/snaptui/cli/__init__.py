"""The command line: the same verbs as the screen, in one file per noun.

Whatever a person can be told comes out as one line on stderr, with an exit code that says what kind
of failure it was. A defect of ours keeps its traceback.
"""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

from snaptui.errors import CloudError, InvalidInputError, JobCancelledError, SnaptuiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import click

_BROKEN_PIPE = 141  # what a shell reports for a program that SIGPIPE ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `snaptui` with these arguments (by default the process's); returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # numpy would start a thread a core for algebra that we do not do; workers inherit this
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):
            # a terminal that cannot show a character must not make a command fail
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    shell = os.environ.get("_SNAPTUI_COMPLETE")
    try:
        code = _complete(shell, given) if shell else _run(given)
        sys.stdout.flush()
    except BrokenPipeError:
        code = _BROKEN_PIPE  # the reader has seen enough
    except OSError:
        code = 1  # a full disk: `_run` has told it
    for stream in (sys.stdout, sys.stderr):
        _let_go(stream)
    return code


def _let_go(stream: TextIO | None) -> None:
    """What can never be written must not make the interpreter complain and exit with 120.

    A reader that has gone, a full disk; or the terminal itself, which the app had to leave.
    """
    with suppress(ValueError, AttributeError):  # closed, or there is none
        try:
            stream.flush()  # type: ignore[union-attr]
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())  # type: ignore[union-attr]
            os.close(nowhere)


def _complete(shell: str, given: list[str]) -> int:
    from snaptui.cli.completion import complete

    return complete(shell, given)


def _run(given: list[str]) -> int:
    import click

    from snaptui.cli.root import ReaderGoneError, snaptui

    try:
        result: Any = snaptui.main(given, prog_name="snaptui", standalone_mode=False)
    except SnaptuiError as error:
        return _tell(given, error)
    except click.ClickException as error:
        return _tell_usage(given, error)
    except (KeyboardInterrupt, click.Abort):
        return _tell(given, JobCancelledError("cancelled"))
    except ReaderGoneError as error:
        raise BrokenPipeError from error
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
        return _tell(given, SnaptuiError(what or str(error)))
    return result if isinstance(result, int) else 0


def _tell_usage(given: list[str], error: click.ClickException) -> int:
    """Tell a mistake in the command itself: one line, and where the right form is written."""
    import click

    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":  # a noun without a verb
        assert context is not None
        click.echo(context.get_help(), err=True)
        return error.exit_code
    message = error.format_message().rstrip(".")
    hint = f"see '{context.command_path} --help'" if context is not None else ""
    return _tell(given, InvalidInputError(message[:1].lower() + message[1:], hint), error.exit_code)


def _tell(given: list[str], error: SnaptuiError, exit_code: int | None = None) -> int:
    """Say on stderr what went wrong and, for programs, as a document on stdout."""
    from snaptui.text import safe_text

    code = error.exit_code if exit_code is None else exit_code
    if os.environ.get("SNAPTUI_DEBUG") and sys.exception() is not None:
        traceback.print_exc()
    with suppress(OSError):  # the terminal may be gone
        print(f"snaptui: {safe_text(error)}", file=sys.stderr)  # noqa: T201
    if "--json" in given:
        from snaptui.cli.output import emit_json

        document: dict[str, object] = {
            "type": error.type,
            "message": error.message,
            "hint": error.hint,
            "exit_code": code,
        }
        if isinstance(error, CloudError) and error.request_id:
            document["request_id"] = error.request_id
        with suppress(OSError):  # it may be stdout that failed
            emit_json({"error": document})
    return code
