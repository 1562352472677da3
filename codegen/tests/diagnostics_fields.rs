//! What is said about fields, their types, and the names that they become.

mod common;

use common::case;

#[test]
fn types() {
    assert_catalogue!(
        "types",
        [
            case("an unknown type", "GetLinks", "\"File[]\"", "\"Fiel[]\"", &["Fiel"]),
            case(
                "an unknown built-in type",
                "GetLinks",
                "bytes: {type: int64",
                "bytes: {type: int32",
                &["int32"]
            ),
            case(
                "no type at all",
                "GetLinks",
                "bytes: {type: int64",
                "bytes: {type: a number",
                &["a number"]
            ),
            case(
                "a type that nests too deep",
                "GetLinks",
                "\"File[]\"",
                "\"File[][][][][][][][][]\"",
                &["\"File[][][][][][][][][]\""]
            ),
            case("a type of the other file", "ListBackups", "\"Item[]\"", "\"File[]\"", &["File"]),
            case(
                "a type that nothing uses",
                "ListBackups",
                "types:\n",
                "types:\n  Spare:\n    a: {type: string, doc: A.}\n",
                &["Spare"]
            ),
            case(
                "a shared type that nothing uses",
                "service",
                "errors:\n",
                "types:\n  Spare:\n    a: {type: string, doc: A.}\nerrors:\n",
                &["Spare"]
            ),
            case("a type with a built-in name", "ListBackups", "  Item:", "  any:", &["any", "Item"]),
            case("a type whose name is none", "ListBackups", "  Item:", "  The-Item:", &["The-Item", "Item"]),
            case(
                "moments in a map",
                "GetLinks",
                "\"map<string>\"",
                "\"map<timestamp>\"",
                &["\"map<timestamp>\""]
            ),
        ]
    );
}

#[test]
fn misplaced_keys() {
    assert_catalogue!(
        "misplaced-keys",
        [
            case("place", "GetLinks", "nodes: {", "nodes: {place: query, ", &["place"]),
            case("wire", "GetLinks", "nodes: {", "nodes: {wire: n, ", &["wire"]),
            case("from", "GetLinks", "nodes: {", "nodes: {from: region, ", &["from"]),
            case(
                "nullable",
                "GetLinks",
                "  Backup: {type: string,",
                "  Backup: {type: string, nullable: true,",
                &["nullable"]
            ),
            case(
                "seen",
                "GetLinks",
                "  Backup: {type: string,",
                "  Backup: {type: string, seen: example,",
                &["seen"]
            ),
            case("value", "GetLinks", "nodes: {", "nodes: {value: x, ", &["value"]),
            case("lists", "GetLinks", "nodes: {", "nodes: {lists: Key.0, ", &["lists"]),
            case("within", "GetLinks", "nodes: {", "nodes: {within: a, ", &["within"]),
            case("quoted", "GetLinks", "nodes: {", "nodes: {quoted: true, ", &["quoted"]),
            case("pattern", "GetLinks", "bytes: {", "bytes: {pattern: x, ", &["pattern"]),
            case(
                "format",
                "GetLinks",
                "  Backup: {type: string,",
                "  Backup: {type: string, format: \"%s\",",
                &["format"]
            ),
            case("zone", "GetLinks", "bytes: {", "bytes: {zone: \"+08:00\", ", &["zone"]),
            case("unit", "GetLinks", "until: {", "until: {unit: s, ", &["unit"]),
            case("values", "GetLinks", "nodes: {", "nodes: {values: [a, b], ", &["values"]),
            case("bounds", "GetLinks", "nodes: {", "nodes: {bounds: 1.., ", &["bounds"]),
            case("no doc", "GetLinks", "doc: Size of the file.", "doc: \" \"", &["bytes"]),
            case(
                "a lone type, which has no doc",
                "GetLinks",
                "{type: int64, unit: B, doc: Size of the file.}",
                "int64",
                &["bytes"]
            ),
        ]
    );
}

#[test]
fn small_notations() {
    assert_catalogue!(
        "small-notations",
        [
            case("bounds that are no range", "GetLinks", "60..86400", "60-86400", &["60-86400"]),
            case("bounds without ends", "GetLinks", "60..86400", "\"..\"", &["\"..\""]),
            case("bounds that let nothing through", "GetLinks", "60..86400", "86400..60", &["86400..60"]),
            case(
                "a format with an unknown field",
                "GetLinks",
                "\"%Y-%m-%d\"",
                "\"%Y-%q-%d\"",
                &["\"%Y-%q-%d\""]
            ),
            case(
                "one of several formats with an unknown field",
                "GetLinks",
                "\"%Y-%m-%d\"",
                "[\"%s\", \"%Q\"]",
                &["\"%Q\""]
            ),
            case("no format in a list", "GetLinks", "\"%Y-%m-%d\"", "[]", &["format"]),
            case("a zone that is none", "GetLinks", "\"%Y-%m-%d\"", "\"%Y-%m-%d%:H\"", &["\"%Y-%m-%d%:H\""]),
            case(
                "a regular expression that is none",
                "GetLinks",
                "bounds: ..5, doc",
                "pattern: \"[a-z\", doc",
                &["\"[a-z\""]
            ),
            case(
                "lists that no example shows",
                "GetLinks",
                "bounds: ..5, doc",
                "lists: Key.2, doc",
                &["Key.2"]
            ),
            case(
                "keys in lists",
                "GetLinks",
                "bounds: ..5, doc",
                "place: json, within: \"a[].b\", doc",
                &["\"a[].b\""]
            ),
            case("a format that tells no moment", "GetLinks", "\"%Y-%m-%d\"", "\"%H:%M\"", &["\"%H:%M\""]),
            case("a zone by name", "GetLinks", "\"+08:00\"", "Asia/Shanghai", &["Asia/Shanghai"]),
            case("a zone that there is not", "GetLinks", "\"+08:00\"", "\"+24:00\"", &["\"+24:00\""]),
            case("an unknown unit", "GetLinks", "unit: B", "unit: MiB", &["MiB"]),
            case("an unknown sight", "GetLinks", "nodes: {", "nodes: {seen: examples, ", &["examples"]),
            case("an unknown setting", "service", "from: project", "from: projekt", &["projekt"]),
            case(
                "a clock window without unit",
                "service",
                "clock_window: 15m",
                "clock_window: \"15\"",
                &["\"15\""]
            ),
            case(
                "a clock window of centuries",
                "service",
                "clock_window: 15m",
                "clock_window: 99999d",
                &["99999d"]
            ),
            case(
                "a date that is none",
                "service",
                "date: \"2026-01-31\"",
                "date: \"2026-02-30\"",
                &["\"2026-02-30\""]
            ),
            case("lists flattened in no known way", "service", "Key.0.Sub", "Key.N.Sub", &["Key.N.Sub"]),
            case("an empty title", "service", "title: Acme Redis", "title: \"\"", &["title"]),
        ]
    );
}

#[test]
fn defaults_and_values() {
    assert_catalogue!(
        "defaults-and-values",
        [
            case("a default of another type", "GetLinks", "default: 3600", "default: an hour", &["an hour"]),
            case(
                "a default not among the values",
                "GetLinks",
                "default: outer",
                "default: outside",
                &["outside"]
            ),
            case("a list for a single value", "GetLinks", "default: outer", "default: [outer]", &["default"]),
            case("a single value for a list", "GetLinks", "bounds: ..5,", "bounds: ..5, default: a,", &["a"]),
            case(
                "a list with a default not among the values",
                "GetLinks",
                "bounds: ..5,",
                "values: [a, b], default: [a, c],",
                &["c"]
            ),
            case(
                "a number's value that is none",
                "ListBackups",
                "2: {name: Done",
                "two: {name: Done",
                &["two", "2"]
            ),
            case(
                "values that are the same in Rust",
                "GetLinks",
                "outer: From outside.",
                "outer: From outside., Outer: Both.",
                &["Outer"]
            ),
            case(
                "values in a list that are the same in Rust",
                "GetLinks",
                "bounds: ..5,",
                "values: [a-b, a_b],",
                &["a_b"]
            ),
            case(
                "a value without a name in Rust",
                "GetLinks",
                "outer: From outside.",
                "outer: From outside., 主: Both.",
                &["主"]
            ),
        ]
    );
}

#[test]
fn names_in_rust() {
    assert_catalogue!(
        "names",
        [
            case(
                "parameters",
                "GetLinks",
                "  Tags: {",
                "  backup: {type: string, doc: B.}\n  Tags: {",
                &["backup"]
            ),
            case(
                "a parameter of the service and one of the operation",
                "GetLinks",
                "  Tags: {",
                "  project: {type: string, doc: P.}\n  Tags: {",
                &["project"]
            ),
            case(
                "response fields",
                "GetLinks",
                "  nodes: {",
                "  Files: {type: string, doc: F.}\n  nodes: {",
                &["Files"]
            ),
            case(
                "members",
                "GetLinks",
                "    url: {",
                "    Name: {type: string, doc: N.}\n    url: {",
                &["Name"]
            ),
            case(
                "types",
                "GetLinks",
                "types:\n",
                "types:\n  file:\n    of: {type: File, doc: F.}\n",
                &["File"]
            )
            .and("GetLinks", "\"map<string>\"", "file"),
            case(
                "error codes",
                "GetLinks",
                "errors:\n",
                "errors:\n  no_backup: {class: not-found, doc: Old.}\n",
                &["NoBackup"]
            ),
            case("error codes by their names", "service", "name: BadRequest", "name: BadKey", &["\"400\""]),
            case("an error code without a name", "GetLinks", "  NoBackup: {", "  没有: {", &["没有"]),
            case("a parameter without a name", "GetLinks", "  Tags: {", "  标签: {", &["标签"]),
            case("a response field without a name", "GetLinks", "  nodes: {", "  \"\": {", &["\"\""]),
            case(
                "enums of a parameter and a member",
                "GetLinks",
                "rules:\n  - {forbidden: Seconds, if: {Net: inner}}\n  - {not_equal: [Instance, Backup]}\ntypes:\n  File:\n",
                "  FileKind: {type: string, values: [a], doc: K.}\ntypes:\n  File:\n    kind: {type: string, values: [b], doc: K.}\n",
                &["kind"]
            ),
            case(
                "an enum and a type",
                "GetLinks",
                "  File:\n",
                "  Net:\n    a: {type: string, doc: A.}\n  File:\n",
                &["Net", "Net"]
            ),
            case(
                "parameters that travel under one name",
                "GetLinks",
                "  Tags: {",
                "  Mark: {type: string, wire: Backup, doc: M.}\n  Tags: {",
                &["Mark"]
            ),
            case(
                "a parameter under the name of a constant",
                "GetLinks",
                "  Tags: {",
                "  Action: {type: string, doc: A.}\n  Tags: {",
                &["Action"]
            ),
            case(
                "a setting that means something else",
                "service",
                "  project: {doc: Project id.}",
                "  project: {doc: Project id.}\n  host: {doc: H.}",
                &["host"]
            ),
        ]
    );
}
