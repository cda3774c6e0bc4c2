"""The C library's heap: one for all threads, which gives back what is free.

glibc gives each thread a heap of its own, and keeps more and more of what was large once. Answers
of clouds are read in threads, one after another: what that takes for a moment would stay.
"""

from __future__ import annotations

_PARAMETERS = {
    -8: 1,  # M_ARENA_MAX
    -1: 128 * 1024,  # M_TRIM_THRESHOLD: the default, which rises unless it is set
    -3: 128 * 1024,  # M_MMAP_THRESHOLD: likewise
}
"""Of `mallopt`, in glibc's malloc.h."""


def share() -> None:
    """Have threads that are started from now on use the heap there is; only glibc is told to."""
    try:
        from ctypes import CDLL

        libc = CDLL(None)
        _ = libc.gnu_get_libc_version  # others have a `mallopt`, too, with other parameters
        for parameter, value in _PARAMETERS.items():
            libc.mallopt(parameter, value)
    except (ImportError, OSError, AttributeError):
        return
