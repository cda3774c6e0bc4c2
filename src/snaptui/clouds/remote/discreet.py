"""The log lines of the HTTP libraries, without what may be secret.

At DEBUG, `httpcore` logs the headers of each answer, among them a new token; at INFO, `httpx` logs
the whole address with its parameters. Whoever turns on logging gets the lines, but not these parts.
A filter on a logger works whatever the levels and handlers are and whoever sets them.
"""

from __future__ import annotations

import logging

from snaptui.clouds.remote.failures import host_of

_STEPS = ("httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpcore.socks")
"""Their lines have requests and answers in them. Those of `httpcore.connection` have only where a
connection leads."""


class Discreet(logging.Filter):
    """Takes the secrets out of the records of the loggers that it is put on."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let each record pass, changed."""
        if record.name == "httpx":
            if isinstance(record.args, tuple):
                # method, address, version, status, phrase
                record.args = tuple(
                    host_of(str(each)) if "://" in str(each) else each for each in record.args
                )
        else:
            # the name of the step is the first word
            record.msg = record.getMessage().partition(" ")[0]
            record.args = None
        return True


_DISCREET = Discreet()


def be_discreet() -> None:
    """Put the filter where it belongs; to be called before the first request, and any time after.

    The same filter is put on a logger once, however often this is called.
    """
    for name in ("httpx", *_STEPS):
        logging.getLogger(name).addFilter(_DISCREET)
