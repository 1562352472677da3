//! What is said about signatures: mistakes of newcomers, and the filters one by one.

mod common;

use common::{Case, case};

/// A step of the small service, and the one that it is replaced by.
fn step(what: &'static str, from: &str, to: &str, marks: &[&'static str]) -> Case {
    case(what, "service", from, to, marks)
}

/// The hole of the signed text that shows the parameters, replaced by another.
fn hole(what: &'static str, to: &str, marks: &[&'static str]) -> Case {
    case(what, "service", "{params | encode | sort | join('=') | join('&')}", to, marks)
}

/// The step `scope`, replaced by another.
fn scope(what: &'static str, to: &str, marks: &[&'static str]) -> Case {
    case(what, "service", "scope: \"{region}/redis\"", &format!("scope: {to}"), marks)
}

#[test]
fn what_newcomers_write() {
    assert_catalogue!(
        "auth-newcomers",
        [
            step(
                "key and message swapped",
                "secret | hmac_sha256(scope)",
                "scope | hmac_sha256(secret)",
                &["scope"]
            ),
            hole("bytes in a template", "{body | sha256}", &["body | sha256"]),
            hole("a step of bytes in a template", "{key}", &["key", "text"]),
            hole("the body in a template", "{body}", &["body"]),
            hole("an unquoted literal", "{params | sort | join(=) | join('&')}", &["="]),
            hole("a word as a literal", "{params | sort | join(and)}", &["and"]),
            scope("a literal in double quotes", "region | end_with(\"/\")", &["\"/\""]),
            scope("a text without quotes", "aws4_request", &["aws4_request"]),
            scope("two texts in one pair of quotes", "\"'a'b'\"", &["'a'b'"]),
            step("a filter with a dash", "| hmac_sha256(text)", "| hmac-sha256(text)", &["hmac-sha256"]),
            step("a filter of another language", "| hex", "| hexdigest", &["hexdigest"]),
            step(
                "a digest in hexadecimal digits",
                "signature: key",
                "signature: text | sha256_hex\n    spare: key",
                &["sha256_hex"]
            ),
            step(
                "key and message as two arguments",
                "hmac_sha256(text)",
                "hmac_sha256(key, text)",
                &["hmac_sha256(key, text)"]
            ),
            step(
                "calls inside each other",
                "key | hmac_sha256(text) | hex",
                "hex(hmac_sha256(key, text))",
                &["hex(hmac_sha256(key, text))"]
            ),
            scope("an operator", "region + 'x'", &["region + 'x'"]),
            scope("a name with a dollar sign", "$region", &["$region"]),
            scope("a header by a dot", "headers.Host", &["headers.Host"]),
            scope("a parameter by brackets", "query['Zone']", &["query['Zone']"]),
            scope("a filter in place of a name", "sha256 | hex", &["sha256"]),
            scope("two braces", "\"{{region}}/redis\"", &["\"{{region}}/redis\""]),
            scope("a clock alone", "now", &["now"]),
            scope("a clock in the wrong form", "now | format('%s')", &["format"]),
            step(
                "the secret in a header",
                "    X-Token: ",
                "    X-Secret: \"{secret}\"\n    X-Token: ",
                &["secret"]
            ),
            step("headers signed, but which", "  sign_headers: [host, x-time]\n", "", &["headers"]),
            step("a digest that is not named", "hmac_sha256(text)", "hmac(text)", &["hmac"]),
            step("a digest before hmac", "hmac_sha256(text)", "sha256_hmac(text)", &["sha256_hmac"]),
            step("later, but when", "{now | time", "{now | plus | time", &["plus"]),
            step(
                "bytes in capitals",
                "key | hmac_sha256(text) | hex",
                "key | hmac_sha256(text) | upper",
                &["upper"]
            ),
            step("a moment that is signed", "hmac_sha256(scope)", "hmac_sha256(now)", &["now"]),
            step("bytes in a header", "\"{now | time('%s')}\"", "\"{key}\"", &["key"]),
            scope("a path without quotes", "/redis", &["/redis"]),
            scope("two quoted texts side by side", "\"'a' 'b'\"", &["'a' 'b'"]),
            step(
                "a second spelling of a step",
                "    key: secret",
                "    scopes: region\n    key: secret",
                &["scopes"]
            ),
            scope("the second of two same words", "region | lower | lower('x')", &["lower('x')"]),
        ]
    );
}

#[test]
fn filters_and_their_arguments() {
    assert_catalogue!(
        "auth-filters",
        [
            scope("trim of more than ASCII", "region | trim('é')", &["trim('é')"]),
            scope("nothing to replace", "region | replace('', 'x')", &["replace('', 'x')"]),
            scope("nothing to replace it by", "region | replace('-')", &["replace('-')"]),
            scope("nothing to end with", "region | end_with", &["end_with"]),
            scope("an escape that is none", "region | replace('\\q', '')", &["'\\q'"]),
            hole("a filter for lists on names", "{params | names(sort) | join('=') | join('&')}", &["sort"]),
            hole(
                "two filters on values",
                "{params | values(lower, encode) | join('=') | join('&')}",
                &["values(lower, encode)"]
            ),
            hole(
                "an unknown filter on values",
                "{params | values(urlencode) | join('=') | join('&')}",
                &["urlencode"]
            ),
            hole(
                "a wrong argument of a filter on values",
                "{params | values(encode(host)) | join('=') | join('&')}",
                &["host"]
            ),
            scope("names of a text", "region | names(lower)", &["names(lower)"]),
            hole("pairs of nothing", "{params | only | join('=') | join('&')}", &["only"]),
            hole("two names to get", "{params | get('a', 'b')}", &["get('a', 'b')"]),
            hole("a list of which one is got", "{params | join('=') | get('a')}", &["get('a')"]),
            hole("a header in the wrong case", "{headers | get('Host')}", &["'Host'"]),
            hole("a header that is not signed", "{headers | get('date')}", &["'date'"]),
            hole(
                "a pattern of headers in the wrong case",
                "{headers | only('X-*') | join(':') | lines}",
                &["'X-*'"]
            ),
            scope("a text that depends on a literal", "region | when('x')", &["when('x')"]),
            scope("bytes that depend on something", "body | when(query) | hex", &["when(query)"]),
            scope("a duration that is none", "now | plus('1w') | time('%s')", &["'1w'"]),
            scope("a duration without quotes", "now | plus(5m) | time('%s')", &["5m"]),
            scope("a text that is later", "region | plus('5m')", &["plus('5m')"]),
            scope("a later clock alone", "now | plus('5m')", &["now | plus('5m')"]),
            scope("a time that shows nothing", "now | time('today')", &["'today'"]),
            scope("a time in double quotes", "now | time(\"%s\")", &["\"%s\""]),
            step(
                "a derivation with one argument",
                "secret | hmac_sha256(scope)",
                "secret | hkdf_sha256(scope)",
                &["hkdf_sha256(scope)"]
            ),
            step(
                "a derivation of what is no secret",
                "secret | hmac_sha256(scope)",
                "scope | hkdf_sha256(host, host)",
                &["scope"]
            ),
            step(
                "bytes that are decoded",
                "secret | hmac_sha256(scope)",
                "secret | hmac_sha256(scope) | unbase64",
                &["unbase64"]
            ),
            scope("the length of pairs", "params | length", &["length"]),
            scope("text of text", "region | as_text", &["as_text"]),
            hole("lines of pairs", "{params | lines}", &["lines"]),
            hole("a digest of pairs", "{params | sha256 | hex}", &["sha256"]),
        ]
    );
}

#[test]
fn what_a_verifier_needs() {
    let nonce = |to: &str| format!("    X-Nonce: \"{to}\"\n    X-Token: ");
    assert_catalogue!(
        "auth-verifiable",
        [
            scope("a clock that is finer than shown", "now | time('%s%L')", &["%s%L"]),
            hole("a nonce in two forms", "{uuid}", &["uuid"]).and(
                "service",
                "    X-Token: ",
                &nonce("{uuid | replace('-', '')}")
            ),
            hole("a nonce that cannot be read back", "{uuid}", &["key | hmac_sha256(text) | hex"]).and(
                "service",
                "    X-Token: ",
                &nonce("{uuid | sha256 | hex}")
            ),
            hole(
                "a form that carries its own signature",
                "{body | sha256 | hex}",
                &["key | hmac_sha256(text) | hex"]
            )
            .and("service", "  place: query\n", "  place: form\n"),
            step(
                "a header made of the headers",
                "    X-Token: ",
                "    X-All: \"{headers | join('') | join('')}\"\n    X-Token: ",
                &["\"{headers | join('') | join('')}\""]
            ),
        ]
    );
}
