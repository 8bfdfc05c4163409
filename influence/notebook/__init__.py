"""Reports, scores and segments as DataFrames, and customers as pages: `influence.open()` in a notebook.

The same guards as everywhere: saved questions only, read-only, personal columns masked unless asked for. Every frame
says in `DataFrame.attrs` which run its numbers come from.
"""

from __future__ import annotations

from influence.notebook.customer import CustomerView
from influence.notebook.results import Results, open_results

__all__ = ["CustomerView", "Results", "open_results"]
