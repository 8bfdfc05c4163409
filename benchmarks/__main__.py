"""Every figure of README.md in one go: the scale curve, what one would pick instead, and the parts."""

from __future__ import annotations

import subprocess
import sys

PARTS = (
    ["benchmarks.scale", "10000", "100000", "1000000"],
    ["benchmarks.beside", "--customers", "10000"],
    ["benchmarks.persuasion", "10000", "100000", "1000000"],
    ["benchmarks.value", "fit"],
    ["benchmarks.value", "against", "--customers", "1000000"],
    ["benchmarks.follow_on", "10000"],
    ["benchmarks.snapshot_read"],
    ["benchmarks.bulk_load", "100000", "--batches"],
    ["benchmarks.bulk_load", "1000000"],
)

if __name__ == "__main__":
    for part in PARTS:
        print(f"\n## python -m {' '.join(part)}\n", flush=True)
        subprocess.run([sys.executable, "-m", *part], check=True)
