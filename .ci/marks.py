# SPDX-License-Identifier: Apache-2.0
"""Reads marks: what doc comments of declarations and comments above tests name."""

import re
from collections.abc import Callable
from dataclasses import dataclass

NUMBER = r"\d+(?:\.\d+)*[a-z]?"
CLAUSES = re.compile(rf"§\s*({NUMBER})(?:\s*(?:to|–|-)\s*§?\s*({NUMBER}))?")
DOCUMENT = re.compile(r"\b(TUF \d[\d.]*\d|in-toto|DSSE|RFC \d+|ITE-\d+)|\bTAP (\d+[a-z]?)\b")
MARK = re.compile(r"(TUF [\d.]* ?§|TAP \d+[a-z]?\b|attack:|protocol:)")
DECLARATION = re.compile(
    r"(?:^|\s)(func|init|subscript|var|let|struct|enum|class|actor|protocol|typealias)\b\s*"
    r"(`[^`]*`|[\w]*|[^\s\w(]+)")
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|(#*)("""|")|.', re.DOTALL)
TYPE = re.compile(
    r"(?:^|[^.\w]\s*)(struct|enum|class|actor|protocol|extension)\s+"
    r"(\[[^\]]*\]|[\w.]+(?:<[^>{]*>)?)")


# Swift, as far as it is needed: comments, strings, braces


def without_strings(text: str) -> str:
    """The text without strings and without comments but ///; lines stay lines."""
    out: list[str] = []
    strings: list[list] = []  # open ones: quote, hashes, open parentheses of an interpolation
    position = 0
    while position < len(text):
        if strings and strings[-1][2] == 0:
            quote, hashes, _ = strings[-1]
            escape = "\\" + hashes
            size = 1
            if text.startswith(escape, position):
                size = len(escape) + 1
                strings[-1][2] = int(text.startswith(escape + "(", position))
            elif text.startswith(quote + hashes, position):
                size = len(strings.pop()[0] + hashes)
            out.append("\n" * text.count("\n", position, position + size))
        else:
            match = TOKEN.match(text, position)
            size = len(match[0])
            if match[2]:
                strings.append([match[2], match[1], 0])
            elif match[0].startswith("///") or not match[0].startswith(("//", "/*")):
                out.append(match[0])
                if strings and match[0] in "()":
                    strings[-1][2] += 1 if match[0] == "(" else -1
            else:
                out.append("\n" * match[0].count("\n"))
        position += size
    return "".join(out)


@dataclass
class Declaration:
    """A declaration and its doc comment, if it has one."""
    name: str
    comment: str


class Nesting:
    """The types around a line."""

    def __init__(self) -> None:
        self.depth = 0
        self.types: list[tuple[int, str]] = []
        self.header = ""

    @property
    def is_at_members(self) -> bool:
        return self.depth == (self.types[-1][0] + 1 if self.types else 0)

    def read(self, code: str) -> None:
        for piece in re.split(r"([{}])", code + " "):
            if piece == "{":
                match = [*TYPE.finditer(self.header)][-1:]
                if match:
                    kind, name = match[0][1], match[0][2]
                    name = name if kind == "extension" else name.split("<")[0]
                    self.types.append((self.depth, name))
                self.depth += 1
            elif piece == "}":
                self.depth -= 1
                while self.types and self.types[-1][0] >= self.depth:
                    self.types.pop()
            self.header = "" if piece in ("{", "}") else self.header + piece
        # Only the head of a type goes on in the next line.
        if not TYPE.search(self.header):
            self.header = ""


def declarations(text: str) -> list[Declaration]:
    """Types and their members, but not the cases of enumerations; functions of a file."""
    found: list[Declaration] = []
    nesting, comment = Nesting(), []
    for line in without_strings(text).splitlines():
        line = line.strip()
        if line.startswith("///"):
            comment.append(line.removeprefix("///").strip())
            continue
        if not line:
            continue
        code = line.split("///")[0]
        if nesting.is_at_members and (name := declared(code)):
            names = [*(name for _, name in nesting.types), name]
            found.append(Declaration(".".join(names), " ".join(comment)))
            comment = []
        elif not code.startswith("@") or " case " in f" {code} ":
            comment = []
        nesting.read(code)
    return found


def declared(code: str) -> str | None:
    """The name that a line declares."""
    code = re.sub(r"^(@\w+(\([^)]*\))?\s+)*", "", code)
    code = re.sub(r"\b(public|package|internal|private|fileprivate)\((set)\)", "", code)
    if match := re.search(r"\bextension\s+(\[[^\]]*\]|[\w.]+(?:<[^>{]*>)?)", code):
        return match[1]
    match = DECLARATION.search(code)
    if not match:
        return None
    return match[1] if match[1] in ("init", "subscript") else match[2].strip("`")


# Marks


def named_clauses(comment: str) -> tuple[set[tuple[str, str | None]], set[str], set[str]]:
    """What a doc comment names: clauses of TUF (with the end of a range), TAPs, versions."""
    clauses, taps, versions = set(), set(), set()
    current = None
    events = [*DOCUMENT.finditer(comment), *CLAUSES.finditer(comment)]
    for event in sorted(events, key=lambda event: event.start()):
        if event.re is CLAUSES:
            if current:
                clauses.add((event[1], event[2]))
        elif event[2]:
            taps.add(event[2])
        else:
            current = event[1].startswith("TUF ")
            if current:
                versions.add(event[1].removeprefix("TUF "))
    return clauses, taps, versions


def marks_above(
    text: str, lead: str, opening: str, named: Callable[[str], str]
) -> tuple[list[tuple[str, str]], list[str]]:
    """The marks in comments directly above tests, each with the test's name; and those above none.

    `lead` begins a comment and `opening` a test; `named` gives its name from the text on.
    """
    marks, strays = [], []
    lines = text.splitlines()
    pending: list[str] = []
    for index, line in enumerate(lines):
        stripped = line.strip()
        if stripped.startswith(lead):
            words = stripped.removeprefix(lead).strip()
            if MARK.match(words):
                pending.append(words)
            elif pending:
                pending[-1] += " " + words
        elif stripped.startswith(opening):
            name = named("\n".join(lines[index:]).lstrip())
            marks += [(words, name) for words in pending]
            pending = []
        elif not stripped.startswith("@"):
            strays += pending
            pending = []
    return marks, strays + pending


def test_name(text: str) -> str:
    """The sentence of a test, or the name of its function."""
    if match := re.match(r'@Test\(\s*(?:"((?:[^"\\]|\\.)*)"|#"(.*?)"#)', text):
        return (match[2] or re.sub(r"\\(.)", r"\1", match[1])).strip()
    match = re.search(r"\bfunc\s+(`[^`]*`|\w+)", text)
    return match[1].strip("`") if match else "?"


def case_name(text: str) -> str:
    """The name of a case of Tests/Scenarios/conformance, but for its topic."""
    match = re.search(r"^def (\w+)", text, re.MULTILINE)
    return match[1].replace("_", "-") if match else "?"
