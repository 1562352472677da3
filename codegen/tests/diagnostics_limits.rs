//! What is said about specs that no person writes, and about rules that are seldom broken.

mod common;

use common::{LINKS, SERVICE, case, files};

/// Several lines or parts that differ in a number.
fn many(count: usize, part: impl Fn(usize) -> String) -> String {
    (1..=count).map(part).collect()
}

#[test]
fn limits() {
    let steps = format!("auth:\n  steps:\n{}", many(65, |n| format!("    s{n}: \"{{host}}\"\n")));
    let pipeline: &'static str = format!("key |{} hmac_sha256(text) | hex", " lower |".repeat(33)).leak();
    let filters = format!("  signature: key |{}", " lower |".repeat(33));
    let doubled = format!(
        "auth:\n  steps:\n    p0: \"{{now | time('%s')}}\"\n{}",
        many(9, |n| format!("    p{n}: \"{{p{0}}}-{{p{0}}}\"\n", n - 1))
    );
    assert_catalogue!(
        "limits",
        [
            case("too many steps", "service", "auth:\n  steps:\n", &steps, &["steps"]),
            case("too many filters", "service", "  signature: key |", &filters, &[pipeline]),
            case("a placement of too many pieces", "service", "auth:\n  steps:\n", &doubled, &["\"{p9}\""])
                .and("service", "    X-Time:", "    X-Many: \"{p9}\"\n    X-Time:"),
        ]
    );
}

#[test]
fn seldom() {
    assert_catalogue!(
        "seldom",
        [
            case("no place", "GetLinks", "name: files[].name", "name: \"\"", &["\"\""]),
            case(
                "a place that begins with a number",
                "GetLinks",
                "name: files[].name",
                "name: \"[0].name\"",
                &["\"[0].name\""]
            ),
            case("no access key", "service", "inputs: {access_key: AK, ", "inputs: {", &["inputs"]),
            case(
                "text behind a quoted text",
                "service",
                "key: secret | hmac_sha256(scope)",
                "key: \"'a'b'c' | sha256\"",
                &["'a'b'c'"]
            ),
            case(
                "a name for characters",
                "service",
                "params | encode |",
                "params | encode(host) |",
                &["host"]
            ),
            case(
                "a type that is another one in answers",
                "GetLinks",
                "  Tags: {type: \"string[]\", bounds: ..5,",
                "  Files: {type: \"File[]\", doc: Files.}\n  Tags: {type: \"string[]\", bounds: ..5,",
                &["File"]
            )
            .and("GetLinks", "types:\n", "types:\n  FileAnswer:\n    a: {type: string, doc: A.}\n")
            .and("GetLinks", "  nodes: {", "  answer: {type: FileAnswer, doc: A.}\n  nodes: {"),
            case(
                "an envelope without fields",
                "service",
                "  fields:\n    code: {type: int64, value: \"0\", doc: \"Error code, or 0.\"}\n    detail: {type: string, doc: Explanation for people.}\n    id: {type: string, doc: Id of the request.}\n",
                "",
                &["\"code\"", "code", "code", "detail", "id"]
            ),
            files(
                "two folders of one name",
                &[
                    ("a/acme/service.yaml", SERVICE),
                    ("b/acme/service.yaml", SERVICE),
                    ("b/acme/GetLinks.yaml", LINKS)
                ],
                &[""]
            ),
        ]
    );
}
