# SPDX-License-Identifier: Apache-2.0
"""Where the bench keeps what. All of it lies below .build/bench; nothing of it is committed."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / ".build" / "bench"

DATA = BENCH / "data"  # generated once, the same for everybody
WORK = BENCH / "work"  # made anew by each run
RESULTS = BENCH / "results"  # one JSON file a run
PROGRAMS = BENCH / "bin"  # carnet and carnet-helper, stripped
METER = PROGRAMS / "meter"
VENV = BENCH / "venv"

HERE = ROOT / "Bench"
PYTHON = VENV / "bin" / "python3"
CARNET = PROGRAMS / "carnet"
IN_TOTO_GOLANG = ROOT / ".build" / "golang" / "usr" / "bin" / "in-toto-golang"
HOME = WORK / "home"
KEYS = HOME / "keys"
