# SPDX-License-Identifier: Apache-2.0
"""Cases about chains: thresholds, sublayouts, rules, inspections, parameters."""

import json
import random

from corpus import (ALICE, BOB, CAROL, MALLORY, OWNER, PAST, Case, Key, dsse, inspection, layout,
                    link, link_name, metablock, sha, step)

ALLOW_ALL = [["ALLOW", "*"]]


def links_of(name, keys, products=("a",), form=metablock, **more):
    return {link_name(name, key): form(link(name, [], products, **more), key) for key in keys}


def thresholds():
    three = [ALICE, BOB, CAROL]

    def root(threshold, signers=three):
        return metablock(layout([step("s", signers, threshold=threshold)], keys=signers), OWNER)
    for needed in [-1, 0, 1, 2, 3, 4, 2**70, -2**70, True, False]:
        for count in range(4):
            yield Case(f"{needed} needed, {count} links", root(needed), links_of(
                "s", three[:count]))
    other = links_of("s", [BOB], ["b"])
    for needed in [1, 2]:
        yield Case(f"{needed} needed, products differ", root(needed), {
            **links_of("s", [ALICE]), **other})
        yield Case(f"{needed} needed, three links, the last differs", root(needed), {
            **links_of("s", [ALICE, BOB]), **links_of("s", [CAROL], ["b"])})
        yield Case(f"{needed} needed, materials differ", root(needed), {
            **links_of("s", [ALICE]),
            link_name("s", BOB): metablock(link("s", ["m"], ["a"]), BOB)})
        yield Case(f"{needed} needed, commands differ", root(needed), {
            **links_of("s", [ALICE]), **links_of("s", [BOB], command=["x"])})
        yield Case(f"{needed} needed, digests in other digits", root(needed), {
            **links_of("s", [ALICE], {"a": {"sha256": "aa"}}),
            **links_of("s", [BOB], {"a": {"sha256": "AA"}})})
        yield Case(f"{needed} needed, more digests", root(needed), {
            **links_of("s", [ALICE], {"a": {"sha256": "aa"}}),
            **links_of("s", [BOB], {"a": {"sha256": "aa", "sha512": "bb"}})})
        yield Case(f"{needed} needed, one forged", root(needed), {
            **links_of("s", [ALICE]),
            link_name("s", BOB): metablock(link("s", [], ["a"]), MALLORY.renamed(BOB.id))})
        yield Case(f"{needed} needed, one in another's name", root(needed), {
            **links_of("s", [ALICE]), link_name("s", BOB): metablock(link("s", [], ["a"]), ALICE)})
        yield Case(f"{needed} needed, one of another step", root(needed), {
            **links_of("s", [ALICE]), link_name("s", BOB): metablock(link("t", [], ["a"]), BOB)})
        twin = ALICE.renamed("aa" * 32)
        yield Case(f"{needed} needed, one key under two ids", root(
            needed, [ALICE, twin]), links_of("s", [ALICE, twin]))
        near = BOB.renamed(ALICE.id[:8] + BOB.id[8:])
        both = json.loads(metablock(link("s", [], ["a"]), ALICE, near))
        yield Case(f"{needed} needed, two ids of one prefix", root(
            needed, [ALICE, near]), {
                link_name("s", ALICE): json.dumps(both)})
        yield Case(f"{needed} needed, two ids of one prefix, one signed", root(
            needed, [ALICE, near]), links_of("s", [ALICE]))
        yield Case(f"{needed} needed, an id twice", root(needed, [ALICE, ALICE]), links_of(
            "s", [ALICE]))
        yield Case(f"{needed} needed, envelopes and not", root(needed), {
            **links_of("s", [ALICE]), **links_of("s", [BOB], form=dsse)})
    yield Case("first of the layout counts", metablock(layout([step(
        "s", [BOB, ALICE], products=[["DISALLOW", "a"]])]), OWNER), {
            **links_of("s", [ALICE]), **links_of("s", [BOB], ["b"])})
    yield Case("first of the layout counts, the other one", metablock(layout([step(
        "s", [ALICE, BOB], products=[["DISALLOW", "a"]])]), OWNER), {
            **links_of("s", [ALICE]), **links_of("s", [BOB], ["b"])})
    for name in ["a/b", "./a", "a/../b", "../a", "/a", "..", ".", "", "é", "e\u0301", "a b", "a\nb",
                 "a\0b", "x" * 300, "a\\b", "*", "{a}", "{}", None, 7, True]:
        label = str(name)
        files = links_of(label, [ALICE]) if "\0" not in label and len(label) < 200 else {}
        if label in ("../a", "/a"):
            files = {}
        yield Case(f"step named {name!r}", metablock(layout([step(name)]), OWNER), files)
    yield Case("two steps of one name", metablock(layout([step("s"), step("s")]), OWNER), links_of(
        "s", [ALICE]))
    yield Case("step and inspection of one name", metablock(layout([step("s")], [inspection(
        "s")]), OWNER), links_of("s", [ALICE]))
    yield Case("inspections of one name", metablock(layout([], [inspection("s"), inspection(
        "s")]), OWNER))
    yield Case("names that look alike", metablock(layout([step("é"), step("e\u0301")]), OWNER), {
        **links_of("é", [ALICE]), **links_of("e\u0301", [ALICE])})
    yield Case("no steps", metablock(layout(), OWNER))
    for command, expected in [(["a"], ["a"]), (["a"], ["b"]), ([], ["a"]), ([1], [True]),
                              (["it's"], ["\"x\""]), ([None], [])]:
        yield Case(f"command {command}, {expected} expected", metablock(layout([step(
            "s", expected_command=expected)]), OWNER), links_of("s", [ALICE], command=command))
    yield Case("link where a folder is", metablock(layout([step("s")]), OWNER), {
        link_name("s", ALICE) + "/x": ""})
    yield Case("no key", metablock(layout([step("s")], keys=[]), OWNER), links_of("s", [ALICE]))


def sublayouts():
    def sub(*steps, key=ALICE, form=metablock, inspect=(), **more):
        return form(layout(steps, inspect, keys=[BOB, CAROL], **more), key)
    root = metablock(layout([step("sub", products=[["ALLOW", "a"], ["DISALLOW", "*"]])]), OWNER)
    name, folder = link_name("sub", ALICE), f"sub.{ALICE.id[:8]}/"
    inner = step("in", [BOB])
    evidence = {folder + path: text for path, text in links_of("in", [BOB]).items()}
    yield Case("sublayout", root, {name: sub(inner), **evidence})
    yield Case("sublayout in an envelope", root, {name: sub(inner, form=dsse), **evidence})
    yield Case("sublayout without its links", root, {name: sub(inner)})
    yield Case("sublayout, links beside it", root, {name: sub(inner), **links_of("in", [BOB])})
    yield Case("sublayout, expired", root, {name: sub(inner, expires=PAST), **evidence})
    yield Case("sublayout by a stranger", root, {name: sub(inner, key=MALLORY), **evidence})
    yield Case("sublayout, forged", root, {
        name: sub(inner, key=MALLORY.renamed(ALICE.id)), **evidence})
    yield Case("sublayout of no steps", root, {name: sub()})
    yield Case("sublayout of two steps", root, {
        name: sub(inner, step("out", [CAROL])), **evidence,
        **{folder + path: text for path, text in links_of("out", [CAROL]).items()}})
    yield Case("sublayout of two steps, the last makes another", root, {
        name: sub(inner, step("out", [CAROL])), **evidence,
        **{folder + path: text for path, text in links_of("out", [CAROL], ["b"]).items()}})
    yield Case("sublayout whose rule fails", root, {
        name: sub(step("in", [BOB], products=[["DISALLOW", "*"]])), **evidence})
    yield Case("sublayout with an inspection", root, {
        name: sub(inner, inspect=[inspection("look", ["touch", "made"])]), **evidence})
    yield Case("sublayout whose inspection fails", root, {
        name: sub(inner, inspect=[inspection("look", ["false"])]), **evidence})
    yield Case("sublayout of a broken layout", root, {
        name: sub(dict(inner, threshold="x")), **evidence})
    yield Case("sublayout, command of the last step", metablock(layout([step(
        "sub", expected_command=["make"])]), OWNER), {name: sub(inner), **{
            folder + path: text for path, text in links_of("in", [BOB], command=["make"]).items()}})
    two = metablock(layout([step("sub", [ALICE, BOB], threshold=2)]), OWNER)
    yield Case("sublayout and a link that agree", two, {
        name: sub(inner), **evidence, **links_of("sub", [BOB])})
    yield Case("sublayout and a link that differ", two, {
        name: sub(inner), **evidence, **links_of("sub", [BOB], ["b"])})
    for depth in [2, 3, 10]:
        files, path = {}, ""
        for level in range(depth):
            files[path + name] = metablock(layout([step("sub")]), ALICE)
            path += folder
        files[path + name] = metablock(link("sub", [], ["a"]), ALICE)
        yield Case(f"sublayouts {depth} deep", root, files)
    yield Case("sublayout, braces in its rules", metablock(layout([step("sub")]), OWNER), {
        name: sub(step("in", [BOB], products=[["DISALLOW", "{x}"]])), **evidence},
        parameters={"x": "a"})
    matching = [step("sub"), step("pack", [BOB], materials=[
        ["MATCH", "*", "WITH", "PRODUCTS", "FROM", "sub"], ["DISALLOW", "*"]])]
    yield Case("rules over a sublayout's products", metablock(layout(matching), OWNER), {
        name: sub(inner), **evidence, link_name("pack", BOB): metablock(link(
            "pack", ["a"], ["p"]), BOB)})
    yield Case("rules over a sublayout's steps", metablock(layout([step("sub", products=[
        ["MATCH", "*", "WITH", "PRODUCTS", "FROM", "in"], ["DISALLOW", "*"]])]), OWNER), {
            name: sub(inner), **evidence})


def rule_case(name, rules, materials=(), products=(), list_name="products", other=None):
    steps = [step("s", **{list_name: rules})]
    files = {link_name("s", ALICE): metablock(link("s", materials, products), ALICE)}
    if other:
        steps.append(step("t", [BOB]))
        files[link_name("t", BOB)] = metablock(link("t", *other), BOB)
    return Case(name, metablock(layout(steps), OWNER), files)


def rules():
    end = [["DISALLOW", "*"]]
    changed = {"same": "1", "changed": "1", "gone": "1"}, {"same": "1", "changed": "2", "new": "1"}
    for keyword in ["CREATE", "DELETE", "MODIFY", "ALLOW", "DISALLOW", "REQUIRE"]:
        for pattern in ["*", "same", "changed", "gone", "new", "nothing"]:
            for where in ["materials", "products"]:
                yield rule_case(f"{keyword} {pattern} in {where}", [[keyword, pattern], *end],
                                *changed, where)
    for pattern, name in [
            ("*", ".a"), ("*", "a/b"), ("*", "a\nb"), ("**", "a/b"), ("a*", "a"), ("?", "é"),
            ("?", "e\u0301"), ("??", "e\u0301"), ("?", "\U0001f600"), ("é", "e\u0301"),
            ("[ab]", "b"), ("[!ab]", "b"), ("[!ab]", "c"), ("[^ab]", "^"), ("[^ab]", "c"),
            ("[a-c]", "b"), ("[c-a]", "b"), ("[]x]", "]"), ("[!]x]", "y"), ("[a-]", "-"),
            ("[-a]", "-"), ("[", "["), ("[a", "[a"), ("[!", "[!"), ("[]", "[]"), ("\\*", "\\x"),
            ("\\*", "*"), ("{a,b}", "a"), ("a.b", "axb"), ("A", "a"), ("", "x"), ("./a", "a"),
            ("a", "./a"), ("a//b", "a/b"), ("[[]", "["), ("[a-c-e]", "d"), ("[a-c-e]", "-"),
            ("[--0]", "."), ("[z-a-c]", "b"), ("a\u0301*", "a\u0301b"), ("*\u0301", "á"),
            ("[é]", "é"), ("[\u0300-\u0302]", "\u0301"), ("*.whl", "x.whl\n"), ("(a|b)", "a"),
            ("a+", "aa"), ("$", "$"), ("*a*b*c*", "xxaxxbxxc"), ("\r\n", "\r\n"), ("?", "\r\n"),
            ("??", "\r\n"), ("🇩🇪", "🇩🇪"), ("?", "🇩🇪"), ("[&&x]", "&"), ("[a||b]", "|"),
            ("[~~]", "~"), ("[\\]]", "\\]"), ("[\\]", "\\"), ("[a\\-z]", "m")]:
        yield rule_case(f"pattern {pattern!r} on {name!r}", [["ALLOW", pattern], *end], [], [name])
    for tokens in [
            [], ["ALLOW"], ["ALLOW", "a", "b"], ["allow", "*"], ["aLLoW", "*"], ["PERMIT", "*"],
            ["ALLOW", 1], [1, "*"], ["ALLOW", None], "ALLOW *", None, {}, {"ALLOW": "*"},
            ["MATCH"], ["MATCH", "*"], ["MATCH", "*", "FROM", "t"],
            ["MATCH", "*", "WITH", "PRODUCTS", "FROM"], ["MATCH", "*", "WITH", "THINGS", "FROM",
                                                         "t"],
            ["match", "*", "with", "products", "from", "t"],
            ["MATCH", "*", "IN", "x", "WITH", "PRODUCTS", "IN", "y", "FROM", "t", "z"],
            ["MATCH", "*", "WITH", "PRODUCTS", "IN", "FROM", "t"],
            ["MATCH", "*", "IN", "x", "FROM", "t", "WITH", "PRODUCTS"],
            ["MATCH", "IN", "IN", "IN", "WITH", "PRODUCTS", "IN", "IN", "FROM", "FROM"],
            ["MATCH", "WITH", "WITH", "PRODUCTS", "FROM", "FROM"], ["REQUIRE"], ["REQUIRE", "a*"],
            ["REQUİRE", "a"], ["ALLOW", "\u017f"], ["di\u017fallow", "*"]]:
        yield rule_case(f"rule {json.dumps(tokens)}", [tokens, *end], [], ["a"], other=([], ["a"]))


def matches():
    end = [["DISALLOW", "*"]]
    for here, there, rule in [
            ({"a": "1"}, {"a": "1"}, "MATCH * WITH PRODUCTS FROM t"),
            ({"a": "1"}, {"a": "2"}, "MATCH * WITH PRODUCTS FROM t"),
            ({"a": "1"}, {"b": "1"}, "MATCH * WITH PRODUCTS FROM t"),
            ({"a": "1"}, {"a": "1"}, "MATCH * WITH MATERIALS FROM t"),
            ({"a": "1"}, {"a": "1"}, "MATCH * WITH PRODUCTS FROM u"),
            ({"a": "1"}, {"a": "1"}, "MATCH * WITH PRODUCTS FROM s"),
            ({"a": "1"}, {"a": "1"}, "MATCH * WITH PRODUCTS FROM T"),
            ({"x/a": "1"}, {"a": "1"}, "MATCH * IN x WITH PRODUCTS FROM t"),
            ({"x/a": "1"}, {"a": "1"}, "MATCH * IN x/ WITH PRODUCTS FROM t"),
            ({"x/a": "1"}, {"a": "1"}, "MATCH * IN x// WITH PRODUCTS FROM t"),
            ({"x/a": "1"}, {"a": "1"}, "MATCH x/* IN x WITH PRODUCTS FROM t"),
            ({"xa": "1"}, {"a": "1"}, "MATCH * IN x WITH PRODUCTS FROM t"),
            ({"a": "1"}, {"a": "1"}, "MATCH * IN x WITH PRODUCTS FROM t"),
            ({"x/y/a": "1"}, {"y/a": "1"}, "MATCH y/* IN x WITH PRODUCTS FROM t"),
            ({"x/y/a": "1"}, {"a": "1"}, "MATCH * IN x/y WITH PRODUCTS FROM t"),
            ({"x/y/a": "1"}, {"a": "1"}, "MATCH * IN x\\y WITH PRODUCTS FROM t"),
            ({"x\\y/a": "1"}, {"a": "1"}, "MATCH * IN x\\y WITH PRODUCTS FROM t"),
            ({"a": "1"}, {"y/a": "1"}, "MATCH * WITH PRODUCTS IN y FROM t"),
            ({"a": "1"}, {"y/a": "1"}, "MATCH * WITH PRODUCTS IN y/ FROM t"),
            ({"a": "1"}, {"y/z/a": "1"}, "MATCH * WITH PRODUCTS IN y\\z FROM t"),
            ({"a": "1"}, {"y//a": "1"}, "MATCH * WITH PRODUCTS IN y// FROM t"),
            ({"/a": "1"}, {"/a": "1"}, "MATCH * WITH PRODUCTS IN y FROM t"),
            ({"x/a": "1"}, {"y/a": "1"}, "MATCH * IN x WITH PRODUCTS IN y FROM t"),
            ({"x/a": "1"}, {"y/a": "1"}, "MATCH a IN x WITH PRODUCTS IN y FROM t"),
            ({"*/a": "1"}, {"a": "1"}, "MATCH * IN * WITH PRODUCTS FROM t"),
            ({"x/a": "1"}, {"a": "1"}, "MATCH * IN . WITH PRODUCTS FROM t"),
            ({"./a": "1"}, {"a": "1"}, "MATCH * IN . WITH PRODUCTS FROM t"),
            ({"/x/a": "1"}, {"a": "1"}, "MATCH * IN /x WITH PRODUCTS FROM t"),
            ({"/a": "1"}, {"a": "1"}, "MATCH * IN / WITH PRODUCTS FROM t"),
            ({"x//a": "1"}, {"/a": "1"}, "MATCH * IN x WITH PRODUCTS FROM t"),
            ({"x/a\\b": "1"}, {"a\\b": "1"}, "MATCH * IN x WITH PRODUCTS FROM t"),
            ({"x/a\\b": "1", "x/a/b": "1"}, {"a\\b": "1"}, "MATCH * IN x WITH PRODUCTS FROM t"),
            ({"a\\b": "1"}, {"a\\b": "1"}, "MATCH * WITH PRODUCTS FROM t"),
            ({"a\\b": "1"}, {"y/a/b": "1"}, "MATCH * WITH PRODUCTS IN y FROM t"),
            ({"a": {"sha256": "aa"}}, {"a": {"sha256": "aa", "sha512": "bb"}},
             "MATCH * WITH PRODUCTS FROM t"),
            ({"a": {"sha256": "aa"}}, {"a": {"sha256": "AA"}}, "MATCH * WITH PRODUCTS FROM t"),
            ({"a": {}}, {"a": {}}, "MATCH * WITH PRODUCTS FROM t"),
            ({"é": "1"}, {"e\u0301": "1"}, "MATCH * WITH PRODUCTS FROM t"),
            ({"a": {"b": "aa", "a": "bb"}}, {"a": {"a": "bb", "b": "aa"}},
             "MATCH * WITH PRODUCTS FROM t")]:
        label = "; ".join([json.dumps(list(here)), json.dumps(list(there)), rule])
        yield rule_case(f"match {label} {json.dumps(list(here.values()))[:30]} "
                        f"{json.dumps(list(there.values()))[:40]}", [rule.split(" "), *end], [],
                        here, other=([], there))
    for prefixes in [("", None), (None, ""), ("", "")]:
        rule = ["MATCH", "*"] + (["IN", prefixes[0]] if prefixes[0] is not None else [])
        rule += ["WITH", "PRODUCTS"] + (["IN", prefixes[1]] if prefixes[1] is not None else [])
        yield rule_case(f"match with empty prefixes {prefixes}", [rule + ["FROM", "t"], *end], [],
                        ["a"], other=([], ["a"]))


def random_rules(count):
    chance = random.Random(5)
    names = ["a", "b", "a/a", "a/b", "b/a", "x.c", "x.o", "a/x.c"]
    patterns = ["*", "a", "b", "a/*", "*.c", "*/a", "?", "[ab]", "[!a]*", "x.?", "a*"]

    def artifacts():
        return {name: chance.choice("12") for name in names if chance.random() < 0.5}

    def rule():
        keyword = chance.choice(["CREATE", "DELETE", "MODIFY", "ALLOW", "MATCH", "MATCH", "REQUIRE",
                                 "DISALLOW"])
        if keyword == "REQUIRE":
            return [keyword, chance.choice(names)]
        if keyword == "DISALLOW":
            return [keyword, chance.choice(patterns[1:])]
        tokens = [keyword, chance.choice(patterns)]
        if keyword != "MATCH":
            return tokens
        if chance.random() < 0.3:
            tokens += ["IN", chance.choice(["a", "b", "a/"])]
        tokens += ["WITH", chance.choice(["MATERIALS", "PRODUCTS"])]
        if chance.random() < 0.3:
            tokens += ["IN", chance.choice(["a", "b"])]
        return tokens + ["FROM", chance.choice(["s", "t", "u"])]
    for index in range(count):
        rules = [[rule() for _ in range(chance.randint(1, 5))] for _ in range(2)]
        if chance.random() < 0.5:
            rules[1].append(["DISALLOW", "*"])
        value = layout([step("s", materials=rules[0], products=rules[1]), step("t", [BOB])])
        yield Case(f"random rules {index}", metablock(value, OWNER), {
            link_name("s", ALICE): metablock(link("s", artifacts(), artifacts()), ALICE),
            link_name("t", BOB): metablock(link("t", artifacts(), artifacts()), BOB)})


def inspections():
    def chain(*inspect, form=metablock):
        return form(layout([step("s")], inspect), OWNER)
    files, product = links_of("s", [ALICE]), {"a": "a"}

    def case(name, *inspect, product=product, **more):
        return Case(f"inspection: {name}", chain(*inspect), files, product=product, **more)
    end = [["DISALLOW", "*"]]
    match = [["MATCH", "a", "WITH", "PRODUCTS", "FROM", "s"]]
    yield case("true", inspection("i", products=match + end))
    yield case("true, the product is another", inspection("i", products=match + end),
               product={"a": "b"})
    yield case("true, a file more", inspection("i", products=match + end),
               product={"a": "a", "b": "b"})
    yield case("true, no product", inspection("i", products=match + end), product={})
    yield case("true, the product required", inspection("i", products=[["REQUIRE", "a"], *match]),
               product={})
    yield case("false", inspection("i", ["false"]))
    yield case("no such command", inspection("i", ["no-such-command-here"]))
    yield case("a file that is no program", inspection("i", ["./a"]))
    yield case("a folder", inspection("i", ["/"]))
    yield case("empty name of command", inspection("i", [""]))
    yield case("empty command", inspection("i", []))
    yield case("command left out", {k: v for k, v in inspection("i").items() if k != "run"})
    yield case("number in the command", inspection("i", ["echo", 1]))
    yield case("NUL in the command", inspection("i", ["echo", "\0"]))
    yield case("killed", inspection("i", ["sh", "-c", "kill -9 $$"]))
    yield case("status 3", inspection("i", ["sh", "-c", "exit 3"]))
    yield case("too slow", inspection("i", ["sleep", "3"]), timeout=1)
    yield case("no time", inspection("i", ["sleep", "1"]), timeout=0)
    yield case("less than no time", inspection("i", ["sleep", "1"]), timeout=-1)
    yield case("output is dropped", inspection("i", ["sh", "-c", "echo x; echo y >&2"]))
    made = [["CREATE", "new"], *match, *end]
    yield case("makes a file", inspection("i", ["touch", "new"], products=made))
    yield case("deletes the product", inspection("i", ["rm", "a"], materials=[
        ["DELETE", "a"], *end], products=end))
    yield case("changes the product", inspection("i", ["sh", "-c", "echo x > a"], materials=match,
                                                 products=[["MODIFY", "a"], *end]))
    yield case("makes excluded files", inspection("i", [
        "sh", "-c", "touch x.pyc x~ x.link x.link2; mkdir .git; touch .git/x"],
        products=match + end))
    yield case("makes a folder", inspection("i", ["mkdir", "-p", "x/y"], products=match + end))
    yield case("makes files in a folder", inspection("i", [
        "sh", "-c", "mkdir -p x/y; touch x/y/z"], products=[["CREATE", "x/y/z"], *match, *end]))
    yield case("makes a broken link", inspection("i", ["ln", "-s", "nothing", "x"],
                                                 products=match + end))
    yield case("makes a link to a file", inspection("i", ["ln", "-s", "a", "x"], products=[
        ["CREATE", "x"], *match, *end]))
    yield case("name of bytes that sort oddly", inspection("i", [
        "sh", "-c", "touch 'Z' 'é' '😀' 'a\nb'"], products=[["CREATE", "*"], *end]), product={})
    yield case("follows links to folders", inspection("i", products=[
        ["REQUIRE", "to/x"], ["ALLOW", "*"]]), product={"d/x": "x"}, links_to={"to": "d"})
    yield case("two, one after the other", inspection("i", ["touch", "b"]), inspection(
        "j", products=[["MATCH", "b", "WITH", "PRODUCTS", "FROM", "i"], *match, *end]))
    yield case("two, the first about the second", inspection("i", products=[
        ["MATCH", "a", "WITH", "MATERIALS", "FROM", "j"], *end]), inspection("j"))
    yield case("two, the first about the second, it differs", inspection("i", products=[
        ["MATCH", "a", "WITH", "PRODUCTS", "FROM", "j"], *end]), inspection("j", [
            "sh", "-c", "echo x > a"]))
    yield case("two, the first fails", inspection("i", ["false"]), inspection("j", ["touch", "b"]))
    yield case("two, the second fails", inspection("i", ["touch", "b"]), inspection("j", ["false"]))
    yield case("about itself", inspection("i", products=[
        ["MATCH", "a", "WITH", "MATERIALS", "FROM", "i"], *end]))
    yield case("name with a folder that is not there", inspection("x/i"))
    yield case("name with a folder", inspection("x/i"), product={"x/a": "a"})
    yield case("name with a blank", inspection("my inspection"))
    yield case("no name", inspection(None))
    yield case("a number as name", inspection(7))
    yield case("step rules fail first", inspection("i", ["touch", "b"]))
    yield Case("inspection after a failed rule of a step", metablock(layout([step(
        "s", products=end)], [inspection("i", ["touch", "b"])]), OWNER), files, product=product)
    yield Case("step about an inspection", metablock(layout([step("s", products=[
        ["MATCH", "*", "WITH", "PRODUCTS", "FROM", "i"], *end])], [inspection("i")]), OWNER), files,
        product=product)
    yield Case("inspection of an envelope", chain(inspection("i", products=match + end), form=dsse),
               files, product=product)
    yield case("command with odd characters", inspection("i", [
        "sh", "-c", "true", "é\u2028\"\\", "\x7f\x01\t😀"]))


def parameters():
    def case(rule, given, products=("a",), **more):
        value = layout([step("s", products=[rule, ["DISALLOW", "*"]], **more)])
        return Case(f"parameters {given} in {rule}", metablock(value, OWNER),
                    links_of("s", [ALICE], products), parameters=given)
    for text, given in [
            ("{x}", {"x": "a"}), ("{x}", {}), ("{x}", {"y": "a"}), ("{x}", None), ("a", {}),
            ("{x}{y}", {"x": "", "y": "a"}), ("{{x}}", {"x": "a"}), ("{{{x}}}", {"x": "a"}),
            ("{x", {"x": "a"}), ("x}", {"x": "a"}), ("}{", {"x": "a"}), ("{}", {"x": "a"}),
            ("{0}", {"x": "a"}), ("{0}", {"0": "a"}), ("{x-y}", {"x-y": "a"}),
            ("{1a}", {"1a": "a"}), ("{ x }", {"x": "a"}), ("{x}", {"x": "*"}), ("{x}", {"x": "{y}"}),
            ("{x}", {"x": ""}), ("{x}", {"x y": "a"}), ("{x}", {"é": "a", "x": "a"}),
            ("{x}", {"": "a", "x": "a"}), ("{é}", {"x": "a"}), ("{x}", {"x": "[!b]"})]:
        yield case(["ALLOW", text], given)
    yield case(["{k}", "a"], {"k": "ALLOW"})
    yield case(["ALLOW", "{x}"], {"x": "a"}, expected_command=["{x}"])
    yield case(["ALLOW", "{x}"], {"x": "a"}, expected_command=["{y}"])
    yield case(["ALLOW", "{x}"], {"x": "a"}, expected_command=[1])
    yield case(["MATCH", "{x}", "WITH", "PRODUCTS", "FROM", "{s}"], {"x": "a", "s": "s"})
    yield case(["DISALLOW", "{x}"], {"x": "b"})
    value = layout([step("s")], [inspection("i", ["touch", "{x}"], products=[["ALLOW", "{x}"]])])
    yield Case("parameter in an inspection", metablock(value, OWNER), links_of("s", [ALICE]),
               parameters={"x": "made"})
    yield Case("missing parameter in an inspection", metablock(value, OWNER), links_of(
        "s", [ALICE]), parameters={})
    spoilt = layout([step("s", products=[["ALLOW", "*"], ["ALLOW", "a"]])])
    spoilt["steps"][0]["expected_products"][1][0] = "ALLOW"
    yield Case("a value is no keyword's place", metablock(spoilt, OWNER), links_of("s", [ALICE]),
               parameters={"x": "a"})


def all_cases():
    for group in [thresholds, sublayouts, rules, matches, inspections, parameters]:
        yield from group()
    yield from random_rules(150)
