#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Validates what carnet printed against the schemas of Docs/Formats, and shows that they bite.

    schemas.py NAME FILE [NAME FILE]…

FILE holds JSON that a command printed, NAME is that of a schema: Verdict, Check, … Each document must
be valid. Then one thing at a time is changed in it: a value of another type in every place, a member
more in every object that the schema closes, the answer turned around. None of these may be valid.
"""

import copy
import json
import pathlib
import sys

import jsonschema
from referencing import Registry, Resource

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Docs" / "Formats"

# Where new members may come, as the documents promise.
OPEN = {"Impact", "Difference", "History"}


def load():
    schemas = {}
    for path in FOLDER.glob("*.schema.json"):
        schema = json.loads(path.read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        schemas[path.name.removesuffix(".schema.json")] = schema
    registry = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in schemas.values()
    )
    return {
        name: jsonschema.Draft202012Validator(schema, registry=registry)
        for name, schema in schemas.items()
    }


def other(value):
    """A value of another type."""
    return {"not": "this"} if isinstance(value, (str, int, list)) or value is None else 7


def places(value, path=()):
    """Every place in a document, the whole one first."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, path + (key,))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, path + (index,))


def at(document, path):
    for step in path:
        document = document[step]
    return document


def changed(document, path, value):
    result = copy.deepcopy(document)
    if not path:
        return value
    at(result, path[:-1])[path[-1]] = value
    return result


def mutations(name, document):
    """What must not be valid, each with words for it."""
    for path in places(document):
        # The further facts of a change are of any form; so are the names of parameters.
        if name in ("Difference", "History") and "changes" in path:
            continue
        value = at(document, path)
        yield f"{path} of another type", changed(document, path, other(value))
        is_map = path and path[-1] in ("parameters", "digests", "map")
        if isinstance(value, dict) and name not in OPEN and not is_map and "map" not in path:
            yield f"{path} with a member more", changed(document, path, value | {"x-more": 1})
    if name == "Verdict":
        yield "verified with an exit code", document | {"verdict": "verified", "exit_code": 1}
        yield "refused with exit code 0", document | {"verdict": "refused", "exit_code": 0}
        if "evidence" in document:
            bare = copy.deepcopy(document)
            del bare["evidence"]
            yield "verified without evidence", bare
            yield "evidence under a refusal", document | {"verdict": "refused", "exit_code": 1}
        if document.get("evidence", {}).get("steps"):
            bare = copy.deepcopy(document)
            bare["evidence"]["steps"] = []
            yield "verified with no step", bare


def main(arguments):
    if not arguments or len(arguments) % 2:
        print(__doc__, file=sys.stderr)
        return 2
    validators = load()
    failures = 0
    for name, file in zip(arguments[::2], arguments[1::2]):
        document = json.loads(pathlib.Path(file).read_text())
        validator = validators[name]
        for error in validator.iter_errors(document):
            failures += 1
            print(f"{file}: {name}: {error.json_path}: {error.message[:300]}")
        count = 0
        for words, mutant in mutations(name, document):
            count += 1
            if validator.is_valid(mutant):
                failures += 1
                print(f"{file}: {name} takes {words}")
        print(f"{name}: valid, {count} changes refused" if not failures else f"{name}: see above")
        if not document or not count:
            failures += 1
            print(f"{file}: nothing in it to look at")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
