"""The C library's heap: one for all threads, which gives back what is free.

glibc gives each thread a heap of its own, and keeps more and more of what was large once. Answers
of clouds are read in threads, one after another: what that takes for a moment would stay.
"""

from __future__ import annotations

import os

_PARAMETERS = {
    -8: ("MALLOC_ARENA_MAX", 1),  # M_ARENA_MAX
    # M_TRIM_THRESHOLD: the default, which rises unless it is set
    -1: ("MALLOC_TRIM_THRESHOLD_", 128 * 1024),
    -3: ("MALLOC_MMAP_THRESHOLD_", 128 * 1024),  # M_MMAP_THRESHOLD: likewise
}
"""Of `mallopt`, in glibc's malloc.h; and the variables by which whoever starts us sets the same."""


def share() -> None:
    """Have threads that are started from now on use the heap there is; only glibc is told to."""
    try:
        from ctypes import CDLL

        libc = CDLL(None)
        _ = libc.gnu_get_libc_version  # others have a `mallopt`, too, with other parameters
        for parameter, (variable, value) in _PARAMETERS.items():
            if variable not in os.environ:
                libc.mallopt(parameter, value)
    except (ImportError, OSError, AttributeError):
        return
