//! What is said about vectors that the description of the signature does not reproduce.

mod common;

use common::case;

/// What the vector of the small service says.
const SCOPE: &str = "        scope: eu/redis\n";

#[test]
fn not_reproduced() {
    assert_catalogue!(
        "vectors-not-reproduced",
        [
            case("a step made from inputs alone", "service", SCOPE, "        scope: eu/redi\n", &["eu/redi"]),
            case(
                "bytes, made from a step that is right",
                "service",
                SCOPE,
                "        scope: eu/redis\n        key: 00ff\n",
                &["00ff"]
            ),
            case(
                "a signature alone",
                "service",
                SCOPE,
                "        signature: 0123456789abcdef\n",
                &["0123456789abcdef"]
            ),
            case(
                "lines, and what follows from them",
                "service",
                SCOPE,
                "        signature: \"00\"\n        text: |-\n          GET\n          redis.eu.acme.example\n          Action=GetLinks&Key=ak\n",
                &["Action=GetLinks&Key=ak"]
            ),
            case("nothing where something is expected", "service", SCOPE, "        scope: \"\"\n", &["\"\""]),
            case(
                "characters that a terminal would act on",
                "service",
                "\"{region}/redis\"",
                "\"{region}\\e[31m\\t/redis\"",
                &["eu/redis"]
            ),
            case(
                "the description changed under two vectors",
                "service",
                "{region}/redis\"",
                "{region}/redisx\"",
                &["eu/redis", "eu/redis"]
            )
            .and(
                "service",
                "    - id: own\n",
                "    - id: first\n      source: computed here\n      inputs: {access_key: AK, secret: SK, region: eu, now: \"2026-01-31T08:00:00Z\"}\n      request: {method: GET, url: \"https://h/\"}\n      steps: {scope: eu/redis}\n    - id: own\n"
            ),
        ]
    );
}
