//! What is said about requests: endpoints, methods, paths, templates, rules and paging.

mod common;

use common::{SERVICE, case, files};

#[test]
fn endpoints() {
    assert_catalogue!(
        "endpoints",
        [
            case(
                "an unknown setting in a condition",
                "service",
                "{if: {region: \"cn-*\"}",
                "{if: {regoin: \"cn-*\"}",
                &["regoin"]
            ),
            case(
                "an unknown hole",
                "service",
                "  - \"https://redis.{region}",
                "  - \"https://redis.{regoin}",
                &["regoin"]
            ),
            case(
                "a hole for a parameter",
                "service",
                "  - \"https://redis.{region}",
                "  - \"https://redis.{Instance}",
                &["Instance"]
            ),
            case(
                "no scheme",
                "service",
                "  - \"https://redis.{region}",
                "  - \"redis.{region}",
                &["\"redis.{region}.acme.example/\""]
            ),
            case(
                "no endpoint without a condition",
                "service",
                "  - \"https://redis.{region}.acme.example/\"\n",
                "",
                &["endpoint"]
            ),
            case(
                "no endpoint at all",
                "service",
                "\n  - {if: {region: \"cn-*\"}, url: \"https://redis.{region}.acme.example.cn/\"}\n  - \"https://redis.{region}.acme.example/\"",
                " []",
                &["endpoint"]
            ),
            case(
                "an endpoint that no call reaches",
                "service",
                "  - \"https://redis.{region}.acme.example/\"",
                "  - \"https://redis.{region}.acme.example/\"\n  - \"https://acme.example/\"",
                &["\"https://acme.example/\""]
            ),
        ]
    );
}

#[test]
fn requests() {
    assert_catalogue!(
        "requests",
        [
            case("no method", "service", "  method: GET\n", "", &["request"]),
            case(
                "an unknown type in the path, which is one problem",
                "service",
                "    Project: {type: string, from: project,",
                "    Project: {type: sting, required: true, place: path, from: project,",
                &["sting"]
            )
            .and("service", "  method: GET\n", "  method: GET\n  path: \"/{Project}\"\n"),
            case(
                "an endpoint of an operation with an unknown hole",
                "GetLinks",
                "parameters:\n",
                "endpoint: \"https://files.{regoin}.acme.example/\"\nparameters:\n",
                &["regoin"]
            ),
            case(
                "lists that no example shows",
                "service",
                "lists: Key.0.Sub",
                "lists: Key(0).Sub",
                &["Key(0).Sub"]
            ),
            case(
                "lists of objects in one text",
                "GetLinks",
                "  Tags: {type: \"string[]\", bounds: ..5,",
                "  Tags: {type: \"File[]\", lists: \"Key=a,b\", bounds: ..5,",
                &["Tags"]
            ),
            case(
                "lists in a path",
                "GetLinks",
                "  Tags: {type: \"string[]\", bounds: ..5,",
                "  Tags: {type: \"string[]\", lists: \"Key=a,b\", place: json,",
                &["Tags"]
            ),
            case(
                "a parameter below the keys of no body",
                "GetLinks",
                "  Tags: {type: \"string[]\", bounds: ..5,",
                "  Tags: {type: \"string[]\", within: filter,",
                &["Tags"]
            ),
            case(
                "a parameter inside another",
                "GetLinks",
                "  Tags: {type: \"string[]\", bounds: ..5,",
                "  Net2: {type: any, place: json, wire: filter, doc: All.}\n  Tags: {type: \"string[]\", place: json, within: filter,",
                &["Tags"]
            ),
            case(
                "wrong keys around parameters",
                "GetLinks",
                "rules:",
                "request: {place: json, within: a..b}\nrules:",
                &["a..b"]
            ),
            case(
                "a whole body that is not there",
                "GetLinks",
                "response:\n",
                "root: filse\nresponse:\n",
                &["filse"]
            ),
            case("a whole body and more", "GetLinks", "response:\n", "root: files\nresponse:\n", &["nodes"]),
            case(
                "a whole body that is an object",
                "GetLinks",
                "response:\n",
                "root: files\nresponse:\n",
                &["files", "files[].name", "files[].bytes", "files[].url", "\"files[].until\""]
            )
            .and("GetLinks", "  nodes: {type: \"map<string>\", doc: Links by node.}\n", "")
            .and("GetLinks", "  files: {type: \"File[]\"", "  files: {type: File"),
            case(
                "success that is told by nothing",
                "GetLinks",
                "response:\n",
                "success: {$status: 302, oky: true}\nresponse:\n",
                &["oky"]
            ),
            case(
                "a whole body within something",
                "ListBackups",
                "response:\n",
                "root: items\nwithin: data\nresponse:\n",
                &["within", "total"]
            ),
            case(
                "fields within an unknown hole",
                "GetLinks",
                "response:\n",
                "within: \"{operatoin}Result\"\nresponse:\n",
                &["\"{operatoin}Result\""]
            ),
            case("no place", "service", "  place: query\n", "", &["request"]),
            case("a method in small letters", "service", "  method: GET\n", "  method: get\n", &["get"]),
            case(
                "an unknown method of an operation",
                "GetLinks",
                "rules:",
                "request: {method: FETCH}\nrules:",
                &["FETCH"]
            ),
            case(
                "an unknown method of another form",
                "service",
                "  lists:",
                "  also: [{method: PSOT, place: form}]\n  lists:",
                &["PSOT"]
            ),
            case(
                "an unknown hole in a constant",
                "service",
                "Version: \"{version}\"",
                "Version: \"{vresion}\"",
                &["vresion"]
            ),
            case(
                "a brace that stays open",
                "service",
                "Version: \"{version}\"",
                "Version: \"{version\"",
                &["\"{version\""]
            ),
            case(
                "a brace that was not open",
                "service",
                "Version: \"{version}\"",
                "Version: \"version}\"",
                &["\"version}\""]
            ),
            case(
                "a hole without a name",
                "service",
                "Version: \"{version}\"",
                "Version: \"{}\"",
                &["\"{}\""]
            ),
            case(
                "a header that is none",
                "service",
                "  lists:",
                "  headers: {X Version: \"1\"}\n  lists:",
                &["X Version"]
            ),
            case(
                "a header on two lines",
                "service",
                "  lists:",
                "  headers: {X-Version: \"1\\n2\"}\n  lists:",
                &["\"1\\n2\""]
            ),
            case(
                "a parameter that can be no header",
                "GetLinks",
                "  Tags: {",
                "  Tag list: {type: string, place: header, doc: T.}\n  Tags: {",
                &["Tag list"]
            ),
        ]
    );
}

#[test]
fn paths() {
    let path = "request: {path: \"/{region}/{Instance}\"}\nrules:";
    let instance = "Instance: {type: string, required: true,";
    assert_catalogue!(
        "paths",
        [
            case(
                "a path that does not begin",
                "GetLinks",
                "rules:",
                "request: {path: \"links\"}\nrules:",
                &["\"links\""]
            ),
            case(
                "an unknown hole",
                "GetLinks",
                "rules:",
                "request: {path: \"/{Instanz}\"}\nrules:",
                &["Instanz"]
            ),
            case(
                "a parameter that stands in the path but goes elsewhere",
                "GetLinks",
                "rules:",
                path,
                &["Instance"]
            ),
            case(
                "a path parameter without a hole",
                "GetLinks",
                instance,
                "Instance: {type: string, required: true, place: path,",
                &["Instance"]
            ),
            case(
                "a path parameter that can be left out",
                "GetLinks",
                instance,
                "Instance: {type: string, place: path,",
                &["Instance"]
            )
            .and("GetLinks", "rules:", path),
            case(
                "a path parameter that is a list",
                "GetLinks",
                instance,
                "Instance: {type: \"string[]\", required: true, place: path,",
                &["Instance", "$request.Instance", "r-1"]
            )
            .and("GetLinks", "rules:", path),
            case(
                "a path parameter of the service without a hole",
                "service",
                "from: project,",
                "from: project, required: true, place: path,",
                &["Project"]
            ),
        ]
    );
}

#[test]
fn rules() {
    assert_catalogue!(
        "rules",
        [
            case("an unknown parameter", "GetLinks", "forbidden: Seconds", "forbidden: Second", &["Second"]),
            case(
                "an unknown parameter in a list",
                "GetLinks",
                "[Instance, Backup]",
                "[Instance, Backups]",
                &["Backups"]
            ),
            case(
                "an unknown parameter in a condition",
                "GetLinks",
                "if: {Net: inner}",
                "if: {Nett: inner}",
                &["Nett"]
            ),
            case(
                "a value that the parameter cannot have",
                "GetLinks",
                "if: {Net: inner}",
                "if: {Net: [inner, innner]}",
                &["innner"]
            ),
            case(
                "two verbs",
                "GetLinks",
                "- {forbidden: Seconds,",
                "- {required: Tags, forbidden: Seconds,",
                &["{required: Tags, forbidden: Seconds, if: {Net: inner}}"]
            ),
            case("no verb", "GetLinks", "- {forbidden: Seconds, if", "- {if", &["{if: {Net: inner}}"]),
            case(
                "three that differ",
                "GetLinks",
                "[Instance, Backup]",
                "[Instance, Backup, Net]",
                &["{not_equal: [Instance, Backup, Net]}"]
            ),
            case(
                "none of which one is required",
                "GetLinks",
                "forbidden: Seconds",
                "required: []",
                &["{required: [], if: {Net: inner}}"]
            ),
        ]
    );
}

#[test]
fn paging() {
    assert_catalogue!(
        "paging",
        [
            case("an unknown parameter", "ListBackups", "{offset: Offset,", "{offset: Ofset,", &["Ofset"]),
            case("an unknown limit", "ListBackups", "limit: Limit,", "limit: Size,", &["Size"]),
            case("elements for a list", "ListBackups", "items: items}", "items: 'items[]'}", &["'items[]'"]),
            case("by nothing", "ListBackups", "{offset: Offset, limit", "{limit", &["paging"]),
            case("by two", "ListBackups", "{offset: Offset,", "{offset: Offset, page: Limit,", &["paging"]),
            case(
                "a token without its place",
                "ListBackups",
                "{offset: Offset,",
                "{token: Offset,",
                &["token"]
            ),
            case(
                "a place of a token without one",
                "ListBackups",
                "{offset: Offset,",
                "{offset: Offset, next: total,",
                &["next"]
            ),
            case(
                "a first page without pages",
                "ListBackups",
                "{offset: Offset,",
                "{offset: Offset, first: 0,",
                &["first"]
            ),
            case(
                "a link to the next page without a token",
                "ListBackups",
                "{offset: Offset,",
                "{offset: Offset, next_link: $header.Link,",
                &["next_link"]
            ),
            case(
                "two ways to the next page",
                "ListBackups",
                "{offset: Offset,",
                "{token: Offset, next: $header.Next, next_link: $header.Link,",
                &["next_link"]
            ),
            case(
                "a token in a list that is not the page",
                "ListBackups",
                "{offset: Offset,",
                "{token: Offset, next: \"others[].id\",",
                &["\"others[].id\""]
            )
            .and(
                "ListBackups",
                "  total: {",
                "  others: {type: \"Item[]\", doc: Others.}\n  total: {"
            ),
            case(
                "a flag that is not there",
                "ListBackups",
                "{offset: Offset,",
                "{offset: Offset, more: mroe,",
                &["mroe"]
            ),
            case("items that are not there", "ListBackups", "items: items}", "items: itms}", &["itms"]),
            case("items that are no list", "ListBackups", "items: items}", "items: total}", &["total"]),
            case(
                "a total outside the answer",
                "ListBackups",
                "total: total",
                "total: $request.Limit",
                &["$request.Limit"]
            ),
        ]
    );
}

#[test]
fn a_problem_of_the_service_is_said_once() {
    assert_catalogue!(
        "once",
        [files(
            "a hole in a constant, with two operations",
            &[
                ("specs/acme/service.yaml", &SERVICE.replace("\"{version}\"", "\"{vers}\"")),
                ("specs/acme/GetLinks.yaml", common::LINKS),
                ("specs/acme/ListBackups.yaml", common::LIST),
            ],
            &["vers"]
        )]
    );
}
