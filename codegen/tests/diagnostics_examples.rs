//! What is said about vectors and examples.

mod common;

use common::case;

#[test]
fn vectors() {
    assert_catalogue!(
        "vectors",
        [
            case(
                "an unknown step",
                "service",
                "        scope: eu/redis",
                "        scop: eu/redis",
                &["scop"]
            ),
            case(
                "no step",
                "service",
                "      steps:\n        scope: eu/redis",
                "      steps: {}",
                &["steps"]
            ),
            case("an unknown input", "service", "region: eu, now", "regoin: eu, now", &["regoin"]),
            case("no setting", "service", " region: eu, now", " now", &["inputs"]),
            case("no secret", "service", " secret: SK,", "", &["inputs"]),
            case("no clock", "service", ", now: \"2026-01-31T08:00:00Z\"}", "}", &["inputs"]),
            case(
                "a clock that is no moment",
                "service",
                "\"2026-01-31T08:00:00Z\"",
                "\"2026-01-31 08:00:00\"",
                &["\"2026-01-31 08:00:00\""]
            ),
            case("no uuid", "service", "X-Token: \"{token}\"", "X-Nonce: \"{uuid}\"", &["inputs"]),
            case(
                "an unknown variant",
                "service",
                "      source: computed",
                "      variant: v2\n      source: computed",
                &["v2"]
            ),
            case(
                "a placement to omit that there is not",
                "service",
                "      steps:\n",
                "      omit: [X-Time, X-Tokn]\n      steps:\n",
                &["X-Tokn"]
            ),
            case("an unknown method", "service", "{method: GET, url", "{method: Get, url", &["Get"]),
            case(
                "a URL without a scheme",
                "service",
                "GET, url: \"https://redis",
                "GET, url: \"redis",
                &["\"redis.eu.acme.example/?Action=GetLinks\""]
            ),
            case(
                "two of one name",
                "service",
                "      steps:\n        scope: eu/redis\n",
                "      steps: {scope: eu/redis}\n    - id: own\n      source: s\n      inputs: {access_key: A, secret: S, region: \"\", now: \"2026-01-31T08:00:00Z\"}\n      request: {method: GET, url: \"https://h/\"}\n      steps: {scope: /redis}\n",
                &["own"]
            ),
        ]
    );
}

#[test]
fn examples() {
    assert_catalogue!(
        "examples",
        [
            case(
                "an unknown parameter",
                "GetLinks",
                "request: {Instance:",
                "request: {Instanz:",
                &["Instanz"]
            ),
            case("an unknown setting", "GetLinks", "settings: {region:", "settings: {regoin:", &["regoin"]),
            case(
                "an unknown field of a row",
                "GetLinks",
                "{name: 0.rdb, size",
                "{name: 0.rdb, sizes",
                &["sizes"]
            ),
            case("an answer that is no JSON", "GetLinks", "{\"code\": 0, ", "{\"code\": 0; ", &[";"]),
            case(
                "a clock that is no moment",
                "GetLinks",
                "at: \"2026-01-31T08:00:00Z\"",
                "at: \"2026-01-31T08:00:00\"",
                &["\"2026-01-31T08:00:00\""]
            ),
            case(
                "an error with rows",
                "GetLinks",
                "    gives:\n",
                "    error: NoBackup\n    gives:\n",
                &["gives"]
            ),
            case(
                "a status that is none",
                "GetLinks",
                "  - settings:",
                "  - status: 42\n    settings:",
                &["42"]
            ),
        ]
    );
}
