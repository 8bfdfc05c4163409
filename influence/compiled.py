"""The one way functions are compiled here: cached on disk, without the interpreter lock, one thread each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

__all__ = ["compiled"]

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a function over arrays and numbers.

    Threads are started by `threads.spread` around the call, not by the compiler: half the compile time, and
    sums do not depend on how many threads there are.
    """
    return cast(F, numba.njit(cache=True, nogil=True)(function))
