//! What is said about signatures.

mod common;

use common::case;

/// The last step of the small service.
const SIGNATURE: &str = "signature: key | hmac_sha256(text) | hex";

#[test]
fn names_and_filters() {
    assert_catalogue!(
        "auth-names",
        [
            case("an unknown name in a pipeline", "service", "key: secret |", "key: secert |", &["secert"]),
            case(
                "an unknown name in a hole",
                "service",
                "\"{method}\\n{host}",
                "\"{method}\\n{hots}",
                &["hots"]
            ),
            case(
                "an unknown name in an argument",
                "service",
                "hmac_sha256(text)",
                "hmac_sha256(txt)",
                &["txt"]
            ),
            case(
                "an unknown name in a placement",
                "service",
                "Sign: \"{signature}\"",
                "Sign: \"{signatur}\"",
                &["signatur"]
            ),
            case(
                "an unknown filter",
                "service",
                "| hmac_sha256(text) |",
                "| hmac_sha257(text) |",
                &["hmac_sha257"]
            ),
            case(
                "no name",
                "service",
                "key: secret | hmac_sha256(scope)",
                "key: \"| hmac_sha256(scope)\"",
                &["| hmac_sha256(scope)"]
            ),
            case(
                "no filter",
                "service",
                SIGNATURE,
                "signature: key | hmac_sha256(text) | ",
                &["key | hmac_sha256(text) |"]
            ),
            case("an empty step", "service", "scope: \"{region}/redis\"", "scope: \"\"", &["\"\""]),
            case(
                "a quote that stays open",
                "service",
                "join('=')",
                "join('=)",
                &["params | encode | sort | join('=) | join('&')"]
            ),
            case(
                "a parenthesis that stays open",
                "service",
                "hmac_sha256(text)",
                "hmac_sha256(text",
                &["hmac_sha256(text"]
            ),
            case(
                "a brace that stays open",
                "service",
                "scope: \"{region}/redis\"",
                "scope: \"{region/redis\"",
                &["\"{region/redis\""]
            ),
            case(
                "a step with the name of an input",
                "service",
                "    scope: \"",
                "    path: x\n    scope: \"",
                &["path", "x"]
            ),
            case(
                "a step with the name of a setting",
                "service",
                "    scope: \"",
                "    region: \"eu{host}\"\n    scope: \"",
                &["region"]
            ),
            case(
                "steps that are the same in Rust",
                "service",
                "    scope: \"",
                "    Key: \"{host}\"\n    scope: \"",
                &["key"]
            ),
            case(
                "a step without a name in Rust",
                "service",
                "    scope: \"",
                "    步: \"{host}\"\n    scope: \"",
                &["步"]
            ),
            case(
                "headers that are the same",
                "service",
                "    X-Token: ",
                "    x-time: \"{uuid}\"\n    X-Token: ",
                &["x-time"]
            ),
            case("a header that is none", "service", "    X-Token: ", "    \"X Token\": ", &["\"X Token\""]),
        ]
    );
}

#[test]
fn arguments() {
    assert_catalogue!(
        "auth-arguments",
        [
            case("an argument for a filter without any", "service", "| hex", "| hex('x')", &["hex('x')"]),
            case("no argument for join", "service", "join('=')", "join", &["join"]),
            case("a name where a quoted text is wanted", "service", "join('=')", "join(host)", &["host"]),
            case(
                "two characters to squeeze",
                "service",
                "{host}",
                "{host | squeeze('//')}",
                &["squeeze('//')"]
            ),
            case(
                "one text to replace",
                "service",
                "params | encode",
                "params | replace('_') | encode",
                &["replace('_')"]
            ),
            case("no message", "service", "hmac_sha256(text)", "hmac_sha256()", &["hmac_sha256()"]),
            case(
                "two messages",
                "service",
                "hmac_sha256(text)",
                "hmac_sha256(text, host)",
                &["hmac_sha256(text, host)"]
            ),
            case("a time of something else", "service", "{host}", "{host | time('%s')}", &["time('%s')"]),
            case("a time without a format", "service", "now | time('%s')", "now | time", &["time"]),
            case("a time with a wrong format", "service", "now | time('%s')", "now | time('%T')", &["'%T'"]),
            case(
                "a time with a wrong offset",
                "service",
                "now | time('%s')",
                "now | time('%s', 'CST')",
                &["'CST'"]
            ),
            case("a clock without a time", "service", "{now | time('%s')}", "{now}", &["now"]),
        ]
    );
}

#[test]
fn types_of_values() {
    assert_catalogue!(
        "auth-types",
        [
            case("bytes in a hole", "service", "\"{method}\\n{host}", "\"{method}\\n{body}", &["body"]),
            case(
                "a list in a hole",
                "service",
                " | join('&')}",
                "}",
                &["params | encode | sort | join('=')"]
            ),
            case("pairs in a hole", "service", " | join('=') | join('&')}", "}", &["params | encode | sort"]),
            case(
                "pairs in a placement",
                "service",
                "Key: \"{access_key}\"",
                "Key: \"{access_key}{headers}\"",
                &["headers"]
            ),
            case("text that is sorted", "service", "{host}", "{host | sort}", &["sort"]),
            case("bytes that are joined", "service", "{host}", "{body | join('')}", &["join('')"]),
            case("text as hex", "service", "{host}", "{host | hex}", &["hex"]),
            case(
                "a list as a message",
                "service",
                "hmac_sha256(scope)",
                "hmac_sha256(signed_headers)",
                &["signed_headers"]
            ),
            case("a signature of bytes", "service", "(text) | hex", "(text)", &["key | hmac_sha256(text)"]),
            case("two wrong steps", "service", "{host}", "{host | hex}", &["sort", "hex"]).and(
                "service",
                "scope: \"{region}",
                "scope: \"{region | sort}"
            ),
        ]
    );
}

#[test]
fn order_of_work() {
    assert_catalogue!(
        "auth-order",
        [
            case(
                "a step made of itself",
                "service",
                "scope: \"{region}/redis\"",
                "scope: \"{region}/{scope}\"",
                &["\"{region}/{scope}\""]
            ),
            case(
                "a cycle among steps",
                "service",
                "scope: \"{region}/redis\"",
                "scope: \"{text}\"",
                &["\"{text}\""]
            )
            .and("service", "{host}", "{scope}"),
            case(
                "a cycle through a placement",
                "service",
                "X-Token: \"{token}\"",
                "X-Hash: \"{digest}\"",
                &["\"{digest}\""]
            )
            .and(
                "service",
                "    scope: \"",
                "    digest: headers | join(':') | lines | sha256 | hex\n    scope: \""
            ),
            case(
                "a step that nothing uses",
                "service",
                "    scope: \"",
                "    spare: host | lower\n    scope: \"",
                &["spare"]
            ),
            case(
                "a step of a variant that nothing uses",
                "service",
                "  sign_headers:",
                "  variants:\n    v1:\n      steps: {spare: host | lower}\n  sign_headers:",
                &["spare"]
            ),
            case(
                "a step that ends in a newline",
                "service",
                "scope: \"{region}/redis\"",
                "scope: |\n      {region}/redis",
                &["scope"]
            ),
            case("a token in a step", "service", "{host}", "{host}{token}", &["token"]),
        ]
    );
}

#[test]
fn what_a_signature_must_be() {
    assert_catalogue!(
        "auth-signature",
        [
            case("no step called so", "service", "    signature: key", "    signed: key", &["signature"]),
            case(
                "nothing that proves who sends",
                "service",
                "    signature: key | hmac_sha256(text) | hex\n",
                "",
                &["auth"]
            )
            .and("service", "    Key: \"{access_key}\"\n    Sign: \"{signature}\"\n", "    Key: \"{host}\"\n")
            .and("service", "    key: secret | hmac_sha256(scope)\n", ""),
            case(
                "one that does not depend on the secret",
                "service",
                SIGNATURE,
                "signature: text | sha256 | hex",
                &["text | sha256 | hex"]
            ),
            case(
                "one that nothing carries",
                "service",
                "    Sign: \"{signature}\"\n",
                "",
                &["key | hmac_sha256(text) | hex"]
            ),
            case("an access key that nothing shows", "service", "    Key: \"{access_key}\"\n", "", &["auth"]),
            case("a key without the secret", "service", "key: secret |", "key: host |", &["host"]),
            case("a message with the secret", "service", "{host}", "{host}{secret}", &["text"]),
            case(
                "a secret that is sent",
                "service",
                "Key: \"{access_key}\"",
                "Key: \"{access_key}:{secret}\"",
                &["secret"]
            ),
            case(
                "a secret that is sent in disguise",
                "service",
                "Key: \"{access_key}\"",
                "Key: \"{access_key}:{key | hex}\"",
                &["\"{access_key}:{key | hex}\""]
            ),
            case(
                "two values side by side",
                "service",
                "Key: \"{access_key}\"",
                "Key: \"{access_key}{region}\"",
                &["\"{access_key}{region}\""]
            ),
            case(
                "the raw query, which holds the signature",
                "service",
                "{params | encode | sort | join('=') | join('&')}",
                "{raw_query}",
                &["key | hmac_sha256(text) | hex"]
            ),
            case(
                "a clock that is signed but not shown",
                "service",
                "X-Time: \"{now | time('%s')}\"",
                "X-Day: \"{now | time('%Y%m%d')}\"",
                &["key | hmac_sha256(text) | hex"]
            ),
            case(
                "a nonce that is signed but not shown",
                "service",
                "{host}",
                "{host}{uuid}",
                &["key | hmac_sha256(text) | hex"]
            ),
        ]
    );
}

#[test]
fn headers_and_variants() {
    assert_catalogue!(
        "auth-headers-and-variants",
        [
            case(
                "signed headers that nothing lists",
                "service",
                "  sign_headers: [host, x-time]\n",
                "",
                &["headers"]
            ),
            case(
                "a list of headers that are not signed",
                "service",
                "\\n{headers | join(':') | lines}",
                "{path}",
                &["sign_headers"]
            ),
            case(
                "headers to skip where none are signed",
                "service",
                "\\n{headers | join(':') | lines}",
                "{path}",
                &["skip_headers"]
            )
            .and("service", "sign_headers: [host, x-time]", "skip_headers: [host]"),
            case(
                "a default without variants",
                "service",
                "  sign_headers:",
                "  default: v1\n  sign_headers:",
                &["default"]
            ),
            case(
                "a default that is no variant",
                "service",
                "  sign_headers:",
                "  default: v3\n  variants:\n    v1: {}\n  sign_headers:",
                &["v3"]
            ),
            case(
                "variants without a default",
                "service",
                "  sign_headers:",
                "  variants:\n    v1: {}\n    v2: {}\n  sign_headers:",
                &["variants"]
            ),
            case(
                "variants that are the same in Rust",
                "service",
                "  sign_headers:",
                "  default: v1\n  variants:\n    v1: {}\n    V1: {}\n  sign_headers:",
                &["V1"]
            ),
            case(
                "a wrong step of one variant",
                "service",
                "  sign_headers:",
                "  default: v1\n  variants:\n    v1: {}\n    v2:\n      steps: {scope: \"{regoin}\"}\n  sign_headers:",
                &["regoin"]
            ),
            case(
                "a wrong step of all variants, said once",
                "service",
                "  sign_headers:",
                "  default: v1\n  variants:\n    v1: {}\n    v2: {}\n  sign_headers:",
                &["hots"]
            )
            .and("service", "{host}", "{hots}"),
        ]
    );
}
