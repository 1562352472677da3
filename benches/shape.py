#!/usr/bin/env python3
"""shape.py [--errors CLIENT.go] > src/shape.rs

Recomputes the shape of a real cloud's operations from its published metadata, as tables of numbers; no text of it.
Needs `pip install tccli` (a vendor's command line, whose package holds `services/*/v*/api.json`).

NARROW is one service (redis, 2018-04-12), WIDE is every service in the package. A table is a list of (value, weight).
Counts are as they are; lengths of docs are in groups of equal weight, each given by its mean, so that the mean is kept.

How many errors an operation documents is not in that metadata. It was counted in the comments of the same vendor's Go
SDK (`tencentcloud/redis/v20180412/client.go`, 19 operations of it); --errors counts all of a file at hand.
"""
import argparse
import collections
import glob
import json
import os
import re
import sys

import tccli

SERVICES = os.path.join(os.path.dirname(tccli.__file__), "services")
SCALARS = {
    "string": "String", "datetime": "String", "date": "String", "datetime_iso": "String", "binary": "String",
    "int64": "Int", "uint64": "Int", "int": "Int", "integer": "Int", "bool": "Bool", "boolean": "Bool",
    "float": "Double", "double": "Double",
}
# A documented value: a word at the beginning of a line, list item or sentence, before a colon.
VALUE = re.compile(r"(?:^|\n|<li>|<p>|<br/?>|[。；;.]\s*-)\s*[-*]?\s*`?\"?([A-Za-z0-9_-]{1,24})`?\"?\s*[：:]")
# Errors per operation in three excerpts of the Go SDK's client.go, at commit 007e3aed.
ERRORS = [34, 9, 6, 35, 5, 4, 5, 11, 13, 6, 8, 7, 10, 10, 5, 8, 6, 17, 5]
GROUPS = 20


class Role:
    """Fields that stand in one place: parameters, fields of answers, members of objects."""

    def __init__(self):
        self.count, self.kinds, self.docs = collections.Counter(), collections.Counter(), []
        self.fields = self.required = self.nullable = 0
        self.valued, self.values = collections.Counter(), collections.Counter()

    def add(self, members, objects):
        self.count[len(members)] += 1
        for member in members:
            kind = "Object" if member["member"] in objects else SCALARS.get(member["member"], "String")
            many = member["type"] == "list"
            self.kinds[kind, many] += 1
            self.docs.append(len(member["document"]))
            self.fields += 1
            null = bool(member.get("value_allowed_null"))
            self.nullable += null
            self.required += bool(member.get("required") or (member.get("output_required") and not null))
            values = len(set(VALUE.findall(member["document"])))
            if values > 1 and kind in ("String", "Int"):
                self.valued[kind] += 1
                self.values[min(values, 12)] += 1

    def rust(self):
        of = {kind: sum(n for (k, _), n in self.kinds.items() if k == kind) for kind in ("String", "Int")}
        return [
            ("count", table(self.count)),
            ("kinds", "&[" + ", ".join(f"(({kind}, {str(many).lower()}), {n})" for (kind, many), n in sorted(
                self.kinds.items(), key=lambda one: (-one[1], one[0]))) + "]"),
            ("required", share(self.required, self.fields)),
            ("nullable", share(self.nullable, self.fields)),
            ("valued_text", share(self.valued["String"], of["String"])),
            ("valued_number", share(self.valued["Int"], of["Int"])),
            ("values", table(self.values or {2: 1})),
            ("doc", lengths(self.docs)),
        ]


def table(counter):
    return "&[" + ", ".join(f"({value}, {n})" for value, n in sorted(counter.items())) + "]"


def share(part, whole):
    """In thousandths."""
    return str(round(1000 * part / max(whole, 1)))


def lengths(values):
    values = sorted(values)
    groups = [values[len(values) * i // GROUPS:len(values) * (i + 1) // GROUPS] for i in range(GROUPS)]
    means = collections.Counter(max(1, round(sum(group) / len(group))) for group in groups if group)
    return table(means)


def measure(files):
    parameters, answers, asked, answered = Role(), Role(), Role(), Role()
    summaries, names, text, ascii_text, operations, shared = [], [], 0, 0, 0, 0
    known = references = both = 0
    for path in files:
        api = json.load(open(path))
        objects, uses, inside = api["objects"], collections.defaultdict(set), (set(), set())

        def reach(name, found):
            for member in objects[name]["members"]:
                if member["member"] in objects and member["member"] not in found:
                    found.add(member["member"])
                    reach(member["member"], found)

        roots = set()
        for name, action in api["actions"].items():
            if action["input"] not in objects or action["output"] not in objects:
                continue
            operations += 1
            roots |= {action["input"], action["output"]}
            names.append(name)
            summaries.append(len(action["document"]))
            parameters.add(objects[action["input"]]["members"], objects)
            answers.add([m for m in objects[action["output"]]["members"] if m["name"] != "RequestId"], objects)
            for side, root in enumerate((action["input"], action["output"])):
                found = set()
                reach(root, found)
                inside[side].update(found)
                for one in found:
                    uses[one].add(name)
        for name in uses.keys() - roots:
            (asked if name in inside[0] else answered).add(objects[name]["members"], objects)
            known += 1
            shared += len(uses[name]) > 1
            both += name in inside[0] and name in inside[1]
        references += sum(m["member"] in objects for name in uses.keys() | roots for m in objects[name]["members"])
        for one in objects.values():
            for member in one["members"]:
                text += len(member["document"])
                ascii_text += sum(c < "\x80" for c in member["document"])
    print(f"{operations} operations, {known} objects, {shared} of them used by several operations; mean name "
          f"{sum(map(len, names)) / len(names):.1f} letters", file=sys.stderr)
    return {
        "parameters": parameters, "answer": answers, "asked": asked, "answered": answered,
        "reuse": share(references - known, references), "both": share(both, known), "summary": lengths(summaries), "ascii": share(ascii_text, text),
    }


def rust(name, doc, shape, errors):
    out = [f"/// {doc}", f"pub const {name}: Shape = Shape {{"]
    for key, value in shape.items():
        if isinstance(value, Role):
            out += [f"    {key}: Role {{"] + [f"        {k}: {v}," for k, v in value.rust()] + ["    },"]
        else:
            out.append(f"    {key}: {value},")
    return out + [f"    errors: {errors},", "};"]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--errors", help="client.go of the vendor's Go SDK")
    options = arguments.parse_args()
    counts = ERRORS
    if options.errors:
        blocks = re.findall(r"((?://[^\n]*\n)+)func \(c \*Client\) \w+WithContext", open(options.errors).read())
        counts = [len(re.findall(r'//  [A-Z_]+ = "', block)) for block in blocks]
    errors = table(collections.Counter(counts))
    narrow = measure([f"{SERVICES}/redis/v20180412/api.json"])
    wide = measure(sorted(glob.glob(f"{SERVICES}/*/v*/api.json")))
    lines = [
        "//! The shape of real operations, in numbers. Written by shape.py; do not edit.",
        "",
        "use crate::table::Kind::{Bool, Double, Int, Object, String};",
        "use crate::table::{Role, Shape};",
        "",
        *rust("NARROW", "One service: managed databases.", narrow, errors),
        "",
        *rust("WIDE", "Every service of the same vendor.", wide, errors),
    ]
    print("\n".join(lines))


if __name__ == "__main__":
    main()
