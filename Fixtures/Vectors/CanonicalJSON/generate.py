#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes canonical.txt, mutated.txt and wildcards.txt beside this script.

canonical.txt: name, document, canonical form by securesystemslib's encode_canonical.
mutated.txt: documents with some bytes changed, and their canonical form, or "refused" where a
strict reading by Python's json refuses: no duplicate keys, fractions, NaN, lone surrogates,
invalid UTF-8.
wildcards.txt: pattern, text, whether fnmatch.fnmatchcase says that they match.

Fields are separated by tabs; a backslash is doubled, any other byte that is no printable ASCII
stands as \\xHH.
The random part has a fixed seed, so a second run writes the same bytes.

    pip install 'securesystemslib[crypto]==1.6.0'
    python3 generate.py
"""

import fnmatch
import json
import pathlib
import random
import re
import warnings

from securesystemslib.formats import encode_canonical

# The regular expressions that fnmatch makes of odd sets are fine, but Python warns of them.
warnings.simplefilter("ignore", FutureWarning)
HERE = pathlib.Path(__file__).parent


def escaped(data: bytes) -> str:
    return "".join(
        chr(b).replace("\\", "\\\\") if 0x20 <= b < 0x7F else f"\\x{b:02x}" for b in data
    )


def write(name: str, rows: list[tuple[bytes, ...]]) -> None:
    lines = ["\t".join(escaped(field) for field in row) for row in rows]
    (HERE / name).write_text("\n".join(lines) + "\n", "ascii")


# MARK: canonical JSON

DOCUMENTS = {
    "nothing": "null",
    "booleans": "[true,false]",
    "empty containers": '{"o":{},"a":[],"s":""}',
    "white space everywhere": ' {\t"b" :\r\n [ 1 ,\n2 ] , "a":{ } }\n',
    "unsorted, nested": '{"z":{"y":1,"x":[{"b":2,"a":1}]},"a":{"d":{},"c":[]}}',
    "only the inner object unsorted": '{"a":{"c":1,"b":2},"d":3}',
    "key that is the beginning of another": '{"ab":1,"a":2,"abc":3,"":4}',
    "upper case sorts first": '{"a":1,"B":2,"_":3,"A":4,"0":5}',
    "hyphen and dot": '{"a.b":1,"a-b":2,"a/b":3,"a b":4,"a":5}',
    "quotes and backslashes stay escaped": r'"a\"b\\c"',
    "slash loses its escape": r'"a\/b"',
    "short escapes become raw bytes": r'"\b\f\n\r\t"',
    "every control character": '"' + "".join(f"\\u{n:04x}" for n in range(32)) + '"',
    "delete and C1 controls": '"\\u007f\\u0080\\u009f\x7f"',
    "printable ASCII, escaped": '"' + "".join(f"\\u{n:04X}" for n in range(32, 127)) + '"',
    "printable ASCII, raw": json.dumps("".join(map(chr, range(32, 127)))),
    "line and paragraph separators": '"\\u2028\u2028\\u2029\u2029"',
    "byte order mark inside": '"\\ufeff\ufeff"',
    "noncharacters": '"\\uffff\\ufffe\\ufdd0"',
    "surrogate pair": r'"\ud83d\ude00\uDBFF\uDFFF\uD800\uDC00"',
    "escaped and raw emoji": '["\\ud83d\\udc69\\u200d\\ud83d\\ude80","\U0001f469\u200d\U0001f680"]',
    # By code units of UTF-16 the emoji (D83D) sorts before U+FF5E and U+E000.
    "emoji after the private use area": '{"\U0001f600":1,"\uff5e":2,"\ue000":3,"z":4}',
    "the same, escaped": '{"\\ud83d\\ude00":1,"\\uff5e":2,"\\ue000":3,"\\u007a":4}',
    "precomposed and decomposed are two keys": '{"\u00e9":1,"e\u0301":2}',
    "equal under canonical equivalence": '{"\u212b":1,"\u00c5":2,"A\u030a":3}',
    "hangul both ways": '{"\uac00":1,"\u1100\u1161":2}',
    "carriage return before newline": '{"\\r\\n":1,"\\n":2,"\\r":3}',
    "flags and modifiers": '"\U0001f1e9\U0001f1ea\U0001f44d\U0001f3fd"',
    "control characters as keys": r'{"\u0001":1,"\n":2,"\u0000":3,"":4,"\u001f":5," ":6}',
    "escaped quote as key": r'{"\"":1,"\\":2,"a":3,"\u0022b":4}',
    "escaped key sorts by what it means": r'{"b":1,"\u0061":2}',
    "zeros": "[0,-0]",
    "small integers": "[1,-1,10,-10,9007199254740993]",
    "ends of 64 bits": "[9223372036854775807,9223372036854775808,"
    "-9223372036854775808,-9223372036854775809]",
    "beyond 64 bits": "[18446744073709551616,-340282366920938463463374607431768211456]",
    "a thousand digits": "[" + "9" * 1000 + "]",
    "string outside": '"x"',
    "integer outside, with spaces": "  7  ",
    "deep": "[" * 63 + "{}" + "]" * 63,
}

ALPHABET = ["a", "b", "Z", "0", "_", "-", "/", ".", " ", '"', "\\", "\n", "\x00", "\x1f", "\x7f",
            "é", "e\u0301", "\u2028", "\uac00", "\uffff", "\U0001f600", "\U0010ffff"]


def random_text(rng: random.Random) -> str:
    return "".join(rng.choice(ALPHABET) for _ in range(rng.randrange(4)))


def random_value(rng: random.Random, depth: int):
    kind = rng.randrange(8 if depth else 5)
    if kind == 0:
        return rng.choice([None, True, False])
    if kind in (1, 2):
        return rng.choice([0, 1, -1]) * rng.randrange(10 ** rng.choice([1, 3, 20]))
    if kind in (3, 4):
        return random_text(rng)
    if kind == 5:
        return [random_value(rng, depth - 1) for _ in range(rng.randrange(4))]
    return {random_text(rng): random_value(rng, depth - 1) for _ in range(rng.randrange(5))}


def canonical_rows() -> list[tuple[bytes, ...]]:
    documents = dict(DOCUMENTS)
    rng = random.Random(1)
    for number in range(120):
        documents[f"random {number}"] = json.dumps(
            random_value(rng, 4),
            ensure_ascii=rng.random() < 0.5,
            indent=rng.choice([None, None, 1]),
        )
    return [
        (name.encode(), text.encode(), encode_canonical(json.loads(text)).encode())
        for name, text in documents.items()
    ]


# MARK: mutated documents

SEEDS = [
    b'{"a":[1,-2,0],"b":{"c":"d"}}', b'{"b":1,"a":2,"ab":3}', b'["\\u0041\\n","\\ud83d\\ude00"]',
    b'{"\\u0061":true,"b":null}', b' [ true , false , null ] ', '["é","😀","\u2028"]'.encode(),
    b'{"a":1,"b":1,"c":{"a":1,"b":1}}', b'[10,-0,1200]', b'"\\"\\\\\\/\\b"', b'[[],{},"",[{}]]',
]
BYTES = (b'{}[]":,\\ \n\t0123456789-+.eEabdnrtuf/\x00\x1f\x7f'
         b'\x80\xbf\xc0\xc3\xa9\xe0\xed\xa0\xf0\x9f\xf4\xf5\xff')


def refuse(word):
    raise ValueError(word)


def distinct(pairs):
    if len(dict(pairs)) != len(pairs):
        refuse("duplicate key")
    return dict(pairs)


def strictly(document: bytes) -> bytes:
    try:
        text = document.decode("utf-8")
        value = json.loads(
            text, object_pairs_hook=distinct, parse_float=refuse, parse_constant=refuse)
        return encode_canonical(value).encode("utf-8")
    except ValueError:
        return b"refused"


def mutated_rows() -> list[tuple[bytes, ...]]:
    rng = random.Random(3)
    rows: dict[bytes, bytes] = {}
    room = {True: 400, False: 250}  # refused or not
    while any(room.values()):
        document = bytearray(rng.choice(SEEDS))
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            at = rng.randrange(len(document))
            match rng.randrange(5):
                case 0: document[at] = rng.choice(BYTES)
                case 1: document.insert(at, rng.choice(BYTES))
                case 2: del document[at]
                case 3: document[at] ^= 1 << rng.randrange(8)
                case 4: document[at:at] = document[at:at + rng.randrange(1, 9)]
        outcome = strictly(bytes(document))
        if bytes(document) not in rows and room[outcome == b"refused"]:
            room[outcome == b"refused"] -= 1
            rows[bytes(document)] = outcome
    return list(rows.items())


# MARK: wildcards

PAIRS = """
|; |a; a|; a|a; a|A; a|aa; *|; *|abc; *|a/b; *|.hidden; **|a/b; a**b|ab; a**b|axxb; *a|a; *a|ba
*a|ab; ?|; ?|a; ?|ab; ?|é; ?|/; ??|é; ??|é; a?c|abc; a?c|ac; *.txt|a.txt; *.txt|.txt
*.txt|a.txt.gz; *.TXT|a.txt; a*b*c|abc; a*b*c|aXbYc; a*b*c|abcb; *ab*|xaaby; *aab|aaab; *aab|aaaab
*abab|abababab; a*a*a|aa; a*a*a|aaa; [abc]|b; [abc]|d; [abc]|; [a-c]|b; [a-c]|-; [a-c]|d; [!a-c]|b
[!a-c]|d; [!a-c]|; [!abc]|; [^a]|a; [^a]|^; [^a]|b; []|]; []|[]; []]|]; []]|a; []a]|]; []a]|a
[]x]|x; [!]|!; [!]|[!]; [!]]|]; [!]]|a; [!]a]|]; [!]a]|b; [|[; [a|[a; [a|a; [!|[!; [!|a; [[]|[
[[a]|[; [[a]|a; [a[]|[; [a]]|a]; [a]]|a; []]]|]]; a]|a]; a]|a; ]|]; [[:alpha:]]|a]; [[:alpha:]]|:]
[a-]|a; [a-]|-; [a-]|b; [-a]|-; [-a]|a; [-]|-; [-]|a; [--]|-; [--]|a; [---]|-; [---]|a; [--0]|-
[--0]|.; [--0]|/; [--0]|0; [--0]|1; [+--]|,; [+--]|-; [+--]|.; [!--]|-; [!--]|a; [!-]|-; [!-]|a
[!-a]|-; [!-a]|b; [a--]|a; [a--]|-; [a--]|b; [c-a]|b; [c-a]|c; [c-a]|a; [c-a]|-; [!c-a]|b
[!c-a]|c; [!c-a]|; [!c-a]|bb; [xc-a]|x; [xc-a]|c; [c-ax]|x; [c-ax]|a; [c-a!]|b; [c-a!]|!
[c-a!x]|x; [c-a!x]|b; [c-a!x]|!; [c-a^x]|^; [c-a^x]|b; [c-a^]|^; [c-a^]|b; [c-a[]|[; [c-a[]|a
[c-a]]|]; [c-a!-z]|-; [c-a!-z]|z; [c-a!-z]|m; [c-a!-z]|!; [c-ab!]|b; [c-ab!]|!; [c-a!b-d]|c
[c-a!b-d]|!; [!c-a!]|!; [!c-a!]|a; [!c-ax]|x; [!c-ax]|b; [c-a-]|-; [c-a-]|b; [c-a-z]|-; [c-a-z]|z
[c-a-z]|m; [a-cx-z]|b; [a-cx-z]|y; [a-cx-z]|m; [a-c-e]|b; [a-c-e]|-; [a-c-e]|d; [a-c-e]|e
[z-a-c]|b; [z-a-c]|-; [z-a-c]|c; [b-a-d]|-; [b-a-d]|d; [b-a-d]|c; [a-z-9]|m; [a-z-9]|-; [a-z-9]|9
[9-0-z]|-; [9-0-z]|z; [9-0-z]|5; [c-bb-a]|b; [c-bb-a]|c; [c-bb-a]|a; [d-cb-a]|b; [d-cx-ya]|x
[d-cx-ya]|a; [d-cx-ya]|d; [e-da-bz-y]|a; [e-da-bz-y]|b; [e-da-bz-y]|z; [a-a]|a; [a-a]|b
[0-9][0-9]|42; [0-9][0-9]|4; [\\]|\\; [\\]|a; [a\\]|\\; [\\a]|a; [\\-a]|]; [\\-a]|^; [\\-a]|\\
[[-\\]|\\; [a\\-z]|b; [a\\-z]|\\; [a\\-z]|a; [a\\-z]|z; [\\d]|d; [\\d]|1; [\\d]|\\; [\\]]|\\]
[\\]]|]; \\*|\\a; \\*|*; \\?|\\a; \\[a]|\\a; \\|\\; [*]|*; [*]|a; [?]|?; [?]|a; [&&]|&; [a&&b]|b
[a||b]|b; [a~~b]|~; [a~~b]|a; [!&~|]|&; [!&~|]|a; [ -~]|a; [ -~]|é; [!-~]|a; [!-~]|-; [!-~]|~
[#-&]|%; [é]|é; [é]|e; [é]|é; [à-ö]|é; [à-ö]|÷; [!é]|e; [😀]|😀; [😀-😂]|😁; [😀-😂]|😃; [가-힣]|한; é|é
*é|xé; ?|👍🏽; ??|👍🏽; ?|😀; a{b,c}|ab; a{b,c}|a{b,c}; ~|~; (a)|(a); a+|aa; a+|a+; a.c|abc; a.c|a.c
a$|a; a$|a$; ^a|a; ^a|^a; a|b|a; .*|abc; .*|.abc; a/*|a/b; a/*|a/b/c; */*|a/b/c; a/[a-c]|a/b
[.-0]|/; a[/]b|a/b; a[!x]b|a/b; a?b|a/b; */|a/; /*|/a; a//*|a//b; ./*|a; *.[ch]|x.c; *.[ch]|x.cpp
[!.]*|.x; [!.]*|x; file[0-9][!a].log|file1b.log; file[0-9][!a].log|file1a.log; *[*|a[; *[*|a
[a-c]*[x-z]|abcz; [a-c]*[x-z]|abc; *[0-9]|a1; *[0-9]|1a; ?*|; ?*|a; *?|; *?|ab; *?*|a; *?*?*|a
*?*?*|ab; ***|; ***|x
"""
ODD = [  # what the table cannot hold
    ("*", "\n"), ("?", "\n"), ("a", "a\n"), ("a*", "a\nb"), ("[!a]", "\n"), ("[\n]", "\n"),
    ("*", "\r\n"), ("?", "\r\n"), ("??", "\r\n"), ("a\n", "a"), ("\n*", "\n"), ("?", "\0"),
    ("[\0-\x1f]", "\x01"), ("*b", "\nb"), ("e?", "e\u0301"), ("?", "e\u0301"), ("e", "e\u0301"),
    ("e*", "e\u0301"), ("\u00e9", "e\u0301"), ("[e]?", "e\u0301"), ("*\u0301", "e\u0301"),
    ("?\u200d*", "\U0001f469\u200d\U0001f680"), ("\u212b", "\u00c5"),
    ("??", "\U0001f1e9\U0001f1ea"), (" ", " "), (";", ";"), ("[;]", ";"), ("*;", "a;"),
    ("\t", "\t"), ("?", "\U0010ffff"), ("[\ud7ff-\ue000]", "\ud7ff"),
    ("[\ud7ff-\ue000]", "\ue000"), ("[a-\U0010ffff]", "\U0001f600"), ("[!a-\U0010ffff]", "A"),
]


def wildcard_rows() -> list[tuple[bytes, ...]]:
    pairs = []
    for entry in re.split(r";\s|\n", PAIRS.strip()):
        pattern, _, text = entry.partition("|") if entry.count("|") == 1 else entry.rpartition("|")
        pairs.append((pattern, text))
    pairs += ODD
    rng = random.Random(2)
    while len(pairs) < 900:
        body = "".join(rng.choice("abcm!^-]-[*?\\") for _ in range(rng.randrange(1, 7)))
        pattern = rng.choice(["[{}]", "[!{}]", "{}", "*[{}]?", "x[{}"]).format(body)
        text = "".join(rng.choice("abcm!^-][\\x") for _ in range(rng.choice([1, 1, 1, 2, 3])))
        pairs.append((pattern, text))
    seen: dict[tuple[str, str], bool] = {}
    for pattern, text in pairs:
        seen[pattern, text] = fnmatch.fnmatchcase(text, pattern)
    return [
        (pattern.encode(), text.encode(), b"yes" if matches else b"no")
        for (pattern, text), matches in seen.items()
    ]


write("canonical.txt", canonical_rows())
write("mutated.txt", mutated_rows())
write("wildcards.txt", wildcard_rows())
