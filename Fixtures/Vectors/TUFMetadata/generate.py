#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes delegations.json beside this script: what python-tuf says of paths and delegations.

patterns  [path pattern, path, whether DelegatedRole covers it]
prefixes  [list of path_hash_prefixes, path, whether DelegatedRole covers it]
bins      [bit_length, path, role by SuccinctRoles.get_role_for_target]
widths    [bit_length, first role name, last role name]

The random part has a fixed seed, so a second run writes the same bytes.

    pip install tuf==7.0.1
    python3 generate.py
"""

import hashlib
import json
import pathlib
import random

from tuf.api.metadata import DelegatedRole, SuccinctRoles

HERE = pathlib.Path(__file__).parent

PATTERNS = """
* a; * a/b; * .hidden; ** a; ** a/b; */* a/b; */* a; */* a/b/c; **/* a/b/c; a/* a/b; a/* a/b/c
a/* b/a; a/** a/b/c; a/*/c a/b/c; a/*/c a/b/b/c; a/? a/b; a/? a/bc; a?b a/b; a[/]b a/b; a[!x]b a/b
a[./0]b a/b; [a/]b a/b; [a/b] a; releases/*.tar releases/x.tar; releases/*.tar releases/x.TAR
Releases/* releases/x; releases/* Releases/x; *.md README.md; *.md README.MD; *.MD README.md; a a
a A; a/b a/b; a/b a/B; a/ a; a/b/ a/b; /a a; /* a; //a a; ./a a; a/./b a/b; a/../b b; */ a
a*c/d abc/d; a*c/d ac/d; a*c/d a/c/d; *-[0-9] x-1; *-[0-9] x-12; *-[0-9]* x-12; [a-c]/[!a-c] a/d
[a-c]/[!a-c] a/b; [!a]* b; [!a]* a; file[0-9].bin file5.bin; file[0-9].bin filea.bin; * *; [*] *
[*] a; ? é; ?? é; é é; é e; é* ésx; *é/* caf\u00e9/x; *e\u0301/* cafe\u0301/x; *é/* cafe\u0301/x
caf? cafe\u0301; caf?? cafe\u0301; [é] é; 😀/* 😀/x; ?/x 😀/x; a;b a;b; a+b a+b; a.b axb; a.b a.b
(a) (a); a|b a|b; a$ a$; ^a ^a; {a,b} a; {a,b} {a,b}; ~ ~; %2F %2F; a%2Fb a/b; a#b a#b
role-*/v?/*.[jy][sa]* role-x/v1/a.json; role-*/v?/*.[jy][sa]* role-x/v1/a.yaml
role-*/v?/*.[jy][sa]* role-x/v12/a.json; a/[ a/[; a/[ a/x; [ [; a] a]; a/[]] a/]; a/[!] a/[!]
a/[!]] a/x; a/[b-a] a/b; a/[b-a] a/-; a/[!b-a] a/x; a/[a-] a/-
"""
PATHS = ["a", "b", "a/b", "file1.txt", "releases/app-1.0.tar.gz", "é", "e\u0301", "日本語/文書",
         "😀", "x" * 190, "simple/requests/index.html", "path with spaces/and-dashes_1", "~a", "%41"]


def role(**scope) -> DelegatedRole:
    return DelegatedRole("role", ["k"], 1, False, **scope)


def patterns() -> list:
    pairs = []
    for line in PATTERNS.strip().split("\n"):
        pairs += [tuple(entry.split(" ")) for entry in line.split("; ")]
    rng = random.Random(1)
    while len(pairs) < 420:
        pattern, path = (
            "/".join("".join(rng.choice(letters) for _ in range(rng.randrange(1, 4)))
                     for _ in range(rng.randrange(1, 4)))
            for letters in ("ab*?[]-!", "ab"))
        pairs.append((pattern, path))
    return [
        [pattern, path, role(paths=[pattern]).is_delegated_path(path)] for pattern, path in pairs]


def prefixes() -> list:
    rows = []
    for path in PATHS:
        digits = hashlib.sha256(path.encode()).hexdigest()
        flipped = digits[:3] + ("0" if digits[3] != "0" else "1")
        for choice in ([digits[:1]], [digits[:4]], [flipped], [digits], [digits[1:5]],
                       [flipped, digits[:2]], [""], []):
            rows.append([choice, path, role(path_hash_prefixes=choice).is_delegated_path(path)])
    return rows


def bins() -> tuple[list, list]:
    rows, widths = [], []
    for bits in (1, 2, 4, 5, 8, 9, 14, 16, 31, 32):
        succinct = SuccinctRoles(["k"], 1, bits, "bin/s")
        rows += [[bits, path, succinct.get_role_for_target(path)] for path in PATHS]
        last = f"{succinct.number_of_bins - 1:0{succinct.suffix_len}x}"
        widths.append([bits, next(succinct.get_roles()), f"bin/s-{last}"])
        assert succinct.is_delegated_role(widths[-1][2])
    return rows, widths


rows, widths = bins()
tables = {"patterns": patterns(), "prefixes": prefixes(), "bins": rows, "widths": widths}
lines = [
    f' "{name}": [\n' + ",\n".join("  " + json.dumps(row) for row in table) + "\n ]"
    for name, table in tables.items()
]
(HERE / "delegations.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", "ascii")
