"""Fuzz one parser with coverage guidance: `python -m fuzz TARGET [--seconds N]`; needs the group `fuzz`.

New inputs that reach new code are added to `fuzz/corpus/TARGET`; an input that breaks a promise is written to
`build/fuzz` and printed. Commit it to the corpus together with the fix: the tests replay every file there.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import atheris

CORPUS = Path(__file__).parent / "corpus"


def main() -> None:
    """Run the fuzzer until the time is up or something breaks."""
    parser = argparse.ArgumentParser(prog="python -m fuzz")
    with atheris.instrument_imports(include=["influence"]):
        from fuzz.targets import TARGETS
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--runs", type=int, default=-1, help="inputs to try; default as many as the time allows")
    parser.add_argument("--corpus", type=Path, default=None, help="folder for new inputs; default the committed one")
    chosen = parser.parse_args()
    broken = Path("build") / "fuzz"
    broken.mkdir(parents=True, exist_ok=True)
    seeds = CORPUS / chosen.target
    folders = [str(chosen.corpus or seeds), *([str(seeds)] if chosen.corpus else [])]
    options = [
        f"-max_total_time={chosen.seconds}",
        f"-runs={chosen.runs}",
        "-max_len=4096",
        "-timeout=20",
        f"-artifact_prefix={broken}/{chosen.target}-",
    ]
    atheris.Setup([sys.argv[0], *options, *folders], TARGETS[chosen.target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
