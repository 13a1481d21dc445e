#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints which inputs to keep: choose.py CONTROL_FILE MOST

CONTROL_FILE is what libFuzzer's merge wrote: after two counts the inputs' names, one a line, then
lines `FT number edge...`. One input after the other is chosen that adds most edges, the smaller of
two that add as many, until no edge is missing or MOST are chosen.
"""
import os
import sys


def read(control):
    lines = control.read().splitlines()
    names = lines[2:2 + int(lines[0])]
    edges = {name: frozenset() for name in names}
    for line in lines[2 + len(names):]:
        kind, number, *listed = line.split()
        if kind == "FT":
            edges[names[int(number)]] = frozenset(listed)
    return edges


def choose(edges, most):
    missing = frozenset().union(*edges.values())
    while missing and most > 0:
        best = max(edges, key=lambda name: (
            len(edges[name] & missing), -os.path.getsize(name), name))
        yield best
        missing -= edges[best]
        most -= 1


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as control_file:
        print(*choose(read(control_file), int(sys.argv[2])), sep="\n")
