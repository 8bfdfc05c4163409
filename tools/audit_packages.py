"""Ask the public database of holes about every package in the lock.

Exit codes: 0 nothing known against any of them; 1 at least one has a known hole; 75 the database could not be asked
about all of them, which says nothing about their safety.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).parent.parent / "requirements.lock"
COULD_NOT_ASK = 75


def main() -> int:
    """Run the audit and say what came of it."""
    command = [sys.executable, "-m", "pip_audit", "-r", str(LOCK), "--require-hashes", "--disable-pip", "-f", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        sys.stderr.write(f"could not ask: {done.stderr.strip()[-500:]}\n")
        return COULD_NOT_ASK
    unknown = [one["name"] for one in packages if "skip_reason" in one]
    holes = [(one, hole) for one in packages for hole in one.get("vulns", ())]
    for one, hole in holes:
        fixed = ", ".join(hole["fix_versions"]) or "no version yet"
        sys.stdout.write(f"{one['name']} {one['version']}: {hole['id']}, fixed in {fixed}\n")
    sys.stdout.write(
        f"{len(packages) - len(unknown)} of {len(packages)} packages asked about, {len(holes)} known holes\n"
    )
    if holes:
        return 1
    if unknown or not packages:
        sys.stderr.write(f"could not ask about {len(unknown)}: this says nothing about their safety\n")
        return COULD_NOT_ASK
    return 0


if __name__ == "__main__":
    sys.exit(main())
