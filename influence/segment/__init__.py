"""Who to talk to: saved segments, each customer with the reasons why."""

from __future__ import annotations

from influence.segment.running import require_size, run_segment

__all__ = ["require_size", "run_segment"]
