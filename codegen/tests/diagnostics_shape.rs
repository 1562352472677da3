//! What is said about keys and types, at every level of a spec.

mod common;

use common::{SERVICE, case, files};

#[test]
fn unknown_keys() {
    assert_catalogue!(
        "unknown-keys",
        [
            case("in service.yaml", "service", "rate_limit: 20", "rate_limt: 20", &["rate_limt"]),
            case("in a source", "service", "date: \"2026-01-31\"}", "day: \"2026-01-31\"}", &["day"]),
            case(
                "in a setting",
                "service",
                "{required: true, doc: Region",
                "{requird: true, doc: Region",
                &["requird"]
            ),
            case("in an endpoint", "service", "{if: {region", "{when: {region", &["when"]),
            case("in a request", "service", "  lists: Key.0.Sub", "  list: Key.0.Sub", &["list"]),
            case("in a response", "service", "  request_id: [", "  requestId: [", &["requestId"]),
            case("in an error's places", "service", "message: detail", "massage: detail", &["massage"]),
            case("in an error", "service", "retry: true", "retryable: true", &["retryable"]),
            case("in credentials", "service", "  - env:", "  - environment:", &["environment"]),
            case("in auth", "service", "  sign_headers:", "  signed_headers:", &["signed_headers"]),
            case("in a vector", "service", "      inputs:", "      input:", &["input"]),
            case(
                "in a vector's request",
                "service",
                "request: {method: GET, url:",
                "request: {method: GET, uri:",
                &["uri"]
            ),
            case("in an operation", "GetLinks", "rules:", "rule:", &["rule"]),
            case("in a field", "GetLinks", "default: outer", "defualt: outer", &["defualt"]),
            case("in a value", "ListBackups", "{name: Busy, doc", "{nam: Busy, doc", &["nam"]),
            case("in a rule", "GetLinks", "forbidden: Seconds", "forbid: Seconds", &["forbid"]),
            case("in paging", "ListBackups", "offset: Offset, limit", "ofset: Offset, limit", &["ofset"]),
            case("in a projection", "GetLinks", "  public_url: f", "  url: f", &["url"]),
            case("in a translation", "ListBackups", "finished: 2", "done: 2", &["done"]),
            case("in an example", "GetLinks", "  - settings:", "  - setting:", &["setting"]),
        ]
    );
}

#[test]
fn missing_keys() {
    assert_catalogue!(
        "missing-keys",
        [
            case("no title", "service", "title: Acme Redis\n", "", &["v"]),
            case("no auth", "service", &SERVICE[SERVICE.find("auth:").unwrap()..], "", &["t"]),
            case(
                "a service of empty blocks",
                "service",
                SERVICE,
                "title: Acme\nrequest: {}\nresponse: {success: {}, error: []}\n",
                &[
                    "region",
                    "\"code\"",
                    "t",
                    "t",
                    "title: Acme",
                    "title: Acme",
                    "request",
                    "request",
                    "success",
                    "error"
                ]
            ),
            case("no success", "service", "  success: {$status: 200..299, code: 0}\n", "", &["response"]),
            case("no code", "service", "{code: code, message: detail}", "{message: detail}", &["error"]),
            case("no class", "service", "{class: server, retry", "{retry", &["\"5*\""]),
            case("no type", "GetLinks", "Instance: {type: string, ", "Instance: {", &["Instance"]),
            case("no items", "ListBackups", ", items: items}", "}", &["paging"]),
            case("no summary", "GetLinks", "summary: The download links of a backup.\n", "", &["p"]),
            case("no id in a vector", "service", "    - id: own\n      source", "    - source", &["s"]),
        ]
    );
}

#[test]
fn wrong_types() {
    assert_catalogue!(
        "wrong-types",
        [
            case(
                "a list for text",
                "service",
                "title: Acme Redis",
                "title: [Acme, Redis]",
                &["[Acme, Redis]"]
            ),
            case(
                "keys for text",
                "GetLinks",
                "url: {type: string,",
                "url: {type: {string: 1},",
                &["{string: 1}"]
            ),
            case(
                "a template without quotes",
                "service",
                "Key: \"{access_key}\"",
                "Key: {access_key}",
                &["{access_key}"]
            ),
            case("a number for text", "service", "title: Acme Redis", "title: 2026", &["2026"]),
            case("true for text", "GetLinks", "doc: Which link.", "doc: true", &["true"]),
            case("text for a number", "service", "rate_limit: 20", "rate_limit: twenty", &["twenty"]),
            case("a fraction for a whole number", "service", "rate_limit: 20", "rate_limit: 2.5", &["2.5"]),
            case(
                "a number that is too large",
                "service",
                "rate_limit: 20",
                "rate_limit: 5000000000",
                &["5000000000"]
            ),
            case("a number below zero", "service", "rate_limit: 20", "rate_limit: -1", &["-1"]),
            case(
                "text for true or false",
                "service",
                "required: true, doc: Region",
                "required: yes, doc: Region",
                &["yes"]
            ),
            case(
                "text for a list",
                "service",
                "  sign_headers: [host, x-time]",
                "  sign_headers: host",
                &["host"]
            ),
            case(
                "text for keys",
                "GetLinks",
                "types:\n  File:",
                "types:\n  Name: string\n  File:",
                &["string"]
            ),
            case(
                "a list for keys",
                "service",
                "  params:\n    Key: \"{access_key}\"\n    Sign:",
                "  params:\n    - Key: \"{access_key}\"\n    - Sign:",
                &["- Key: \"{access_key}\""]
            ),
            case("null", "service", "title: Acme Redis", "title:", &["title"]),
            case(
                "null for a block",
                "service",
                "settings:\n  region: {required: true, doc: Region code.}\n  project: {doc: Project id.}\n",
                "settings:\n",
                &["settings"]
            ),
            case("null in a list", "GetLinks", "[Instance, Backup]", "[Instance, ~]", &["~"]),
            case(
                "a scalar that reads otherwise",
                "GetLinks",
                "default: 3600",
                "default: 3600.0",
                &["3600.0"]
            ),
            case(
                "a version that reads otherwise",
                "GetLinks",
                "if: {Net: inner}",
                "if: {Net: 0x10}",
                &["0x10"]
            ),
            files("no keys at all", &[("specs/acme/service.yaml", "just text\n")], &["just text"]),
        ]
    );
}

#[test]
fn words() {
    assert_catalogue!(
        "words",
        [
            case("an unknown place", "service", "  place: query", "  place: querry", &["querry"]),
            case("an unknown class", "service", "{class: server", "{class: servers", &["servers"]),
            case(
                "an unknown situation",
                "service",
                "bad-value, no-operation",
                "bad-values, no-operation",
                &["bad-values"]
            ),
            case(
                "an unknown place of a parameter",
                "GetLinks",
                "Instance: {type: string,",
                "Instance: {type: string, place: body,",
                &["body"]
            ),
        ]
    );
}

#[test]
fn misspelt_keys_hide_nothing() {
    assert_catalogue!(
        "misspelt-keys-hide-nothing",
        [
            case("a misspelt key above a wrong place", "GetLinks", "links:", "link:", &["link", "nowhere"])
                .and("GetLinks", "  backup: $request.Backup", "  backup: $request.nowhere"),
            case(
                "a misspelt key that stands twice",
                "service",
                "clock_window: 15m",
                "clock_windw: 15m\nclock_windw2: 15m",
                &["clock_windw", "clock_windw2"]
            ),
        ]
    );
}
