# SPDX-License-Identifier: Apache-2.0
"""Makes cases.json: supply chains, and what in-toto-verify 3.1.0 says of each.

    venv/bin/python generate.py > cases.json

Keys of ed25519 come from fixed seeds; those of RSA, ECDSA, ML-DSA and gpg are new each time.

    {"lines": […], "files": […], "cases": [{"name": …, "layout": …, …}]}

A file is a list of numbers of lines, or base64 where it is not UTF-8; cases name files by their
number. `made` has what in-toto-verify left in the current folder, by SHA-256; `error` is the class
of the exception, null if it passed.
"""

import base64
import json
import sys

import cases_chains
import cases_documents
import cases_openpgp
from corpus import run, strong_keys


class Table:
    def __init__(self):
        self.lines, self.files = {}, {}

    def file(self, content):
        if isinstance(content, bytes):
            try:
                content = content.decode()
            except UnicodeDecodeError:
                form = base64.b64encode(content).decode()
                return self.files.setdefault(form, len(self.files))
        numbers = tuple(self.lines.setdefault(line, len(self.lines))
                        for line in content.split("\n"))
        return self.files.setdefault(numbers, len(self.files))


def main():
    table, cases, names = Table(), [], set()
    with cases_openpgp.keyring() as ring:
        for group in [cases_documents.all_cases(strong_keys()), cases_chains.all_cases(),
                      cases_openpgp.all_cases(ring)]:
            for case in group:
                name, number = case.name, 2
                while name in names:
                    name, number = f"{case.name} ({number})", number + 1
                names.add(name)
                verdict = run(case)
                entry = {
                    "name": name, "layout": table.file(case.layout),
                    "keys": [table.file(key if isinstance(key, (str, bytes)) else key.pem)
                             for key in case.keys], "error": verdict["error"],
                }
                if case.links:
                    entry["links"] = {name: table.file(text) for name, text in case.links.items()}
                if case.product:
                    entry["product"] = {name: table.file(text)
                                        for name, text in case.product.items()}
                if case.links_to:
                    entry["links_to"] = case.links_to
                if case.parameters is not None:
                    entry["parameters"] = case.parameters
                if case.gpg:
                    entry["gpg"] = ring.public[case.gpg[0]]
                if case.timeout != 10:
                    entry["timeout"] = case.timeout
                for member in ["made", "warnings"]:
                    if verdict[member]:
                        entry[member] = verdict[member]
                cases.append(entry)
    files = [list(form) if isinstance(form, tuple) else form for form in table.files]
    json.dump({"lines": list(table.lines), "files": files, "cases": cases}, sys.stdout,
              separators=(",", ":"))
    passed = sum(case["error"] is None for case in cases)
    print(f"{len(cases)} cases, {passed} pass", file=sys.stderr)


main()
