//! What is said about answers: the envelope, errors and places.

mod common;

use common::case;

#[test]
fn envelope() {
    assert_catalogue!(
        "envelope",
        [
            case(
                "success that nothing declares",
                "service",
                "$status: 200..299, code: 0}",
                "$status: 200..299, ok: 0}",
                &["ok"]
            ),
            case("success of nothing", "service", "{$status: 200..299, code: 0}", "{}", &["success"]),
            case(
                "a place that is none",
                "service",
                "{$status: 200..299,",
                "{$stauts: 200..299,",
                &["$stauts"]
            ),
            case(
                "a place outside the answer",
                "service",
                "{$status: 200..299,",
                "{$request.Instance: x,",
                &["$request.Instance"]
            ),
            case(
                "a code that nothing declares",
                "service",
                "{code: code, message",
                "{code: cod, message",
                &["cod"]
            ),
            case(
                "a message that nothing declares",
                "service",
                "message: detail}",
                "message: details}",
                &["details"]
            ),
            case("no error", "service", "{code: code, message: detail}", "[]", &["error"]),
            case(
                "a request id that nothing declares",
                "service",
                "[id, $header.X-Request-Id]",
                "[request, $header.X-Request-Id]",
                &["request"]
            ),
            case(
                "a header without a name",
                "service",
                "[id, $header.X-Request-Id]",
                "[id, $header]",
                &["$header"]
            ),
            case("within a list", "service", "  success:", "  within: data[]\n  success:", &["data[]"]),
            case(
                "an envelope's field in a list",
                "service",
                "    id: {",
                "    \"ids[]\": {",
                &["id", "\"ids[]\""]
            ),
            case(
                "a value with an unknown hole",
                "service",
                "value: \"0\"",
                "value: \"{opeartion}\"",
                &["opeartion"]
            ),
            case(
                "an error's status that is none",
                "service",
                "  request_id:",
                "  error_status: 4000\n  request_id:",
                &["4000"]
            ),
        ]
    );
}

#[test]
fn errors() {
    assert_catalogue!(
        "errors",
        [
            case(
                "a situation answered twice",
                "service",
                "bad-value, no-operation]",
                "bad-value, no-operation, unknown-key]",
                &["unknown-key"]
            ),
            case(
                "a situation answered by a family",
                "service",
                "retry: true,",
                "retry: true, when: internal,",
                &["when"]
            ),
            case("no unknown-key", "service", "[unknown-key, bad-signature,", "[bad-signature,", &["errors"]),
            case("no bad-signature", "service", "[unknown-key, bad-signature,", "[unknown-key,", &["errors"]),
            case(
                "no expired-clock",
                "service",
                "bad-signature, expired-clock]",
                "bad-signature]",
                &["errors"]
            ),
            case(
                "no missing, no bad-value, no no-operation",
                "service",
                ", when: [missing, bad-value, no-operation]",
                "",
                &["errors", "errors"]
            ),
            case(
                "links without no-backup",
                "GetLinks",
                "when: [no-instance, no-backup]",
                "when: no-instance",
                &["links"]
            ),
            case("a list without no-instance", "ListBackups", " when: no-instance,", "", &["backups"]),
            case(
                "an error that hides the service's",
                "GetLinks",
                "errors:\n",
                "errors:\n  \"400\": {class: invalid, doc: Wrong.}\n",
                &["\"400\"", "\"400\""]
            ),
            case("a status that is none", "GetLinks", "status: 404", "status: 999", &["999"]),
            case(
                "a message with a step that is not there",
                "service",
                "expired-clock], doc: Who?}",
                "expired-clock], message: 'Sign {scop}, {reason}.', doc: Who?}",
                &["scop"]
            ),
            case(
                "a message for a situation that is not the error's",
                "service",
                "expired-clock], doc: Who?}",
                "expired-clock], message: {unknown-ky: Who?}, doc: Who?}",
                &["unknown-ky"]
            ),
            case(
                "a message with secret steps",
                "GetLinks",
                "doc: No such backup.}",
                "message: '{key} {signature}', doc: No such backup.}",
                &["key", "signature"]
            ),
            case(
                "a message with an open brace",
                "GetLinks",
                "doc: No such backup.}",
                "message: 'It is {reason', doc: No such backup.}",
                &["'It is {reason'"]
            ),
            case(
                "a situation that is none",
                "service",
                "bad-signature, expired-clock]",
                "bad-signature, expired-clock, wrong-methods]",
                &["wrong-methods"]
            ),
        ]
    );
}

#[test]
fn credentials() {
    assert_catalogue!(
        "credentials",
        [
            case("no secret", "service", " secret: ACME_SECRET,", "", &["env"]),
            case(
                "neither a credential nor a setting",
                "service",
                "region: ACME_REGION",
                "regoin: ACME_REGION",
                &["regoin"]
            ),
        ]
    );
}

#[test]
fn places() {
    assert_catalogue!(
        "places",
        [
            case(
                "a field that is not there",
                "GetLinks",
                "name: files[].name",
                "name: files[].nam",
                &["files[].nam"]
            ),
            case(
                "a list without a name",
                "GetLinks",
                "name: files[].name",
                "name: \"[].name\"",
                &["\"[].name\""]
            ),
            case(
                "a root field that is not there",
                "GetLinks",
                "name: files[].name",
                "name: file[].name",
                &["file[].name"]
            ),
            case(
                "a list that is not stepped into",
                "GetLinks",
                "name: files[].name",
                "name: files.name",
                &["files.name"]
            ),
            case(
                "a step into what is no list",
                "GetLinks",
                "name: files[].name",
                "name: files[].name[]",
                &["files[].name[]"]
            ),
            case(
                "a step too many",
                "GetLinks",
                "name: files[].name",
                "name: files[][].name",
                &["files[][].name"]
            ),
            case(
                "a field of a text",
                "GetLinks",
                "name: files[].name",
                "name: files[].name.first",
                &["files[].name.first"]
            ),
            case("an object", "GetLinks", "name: files[].name", "name: files[]", &["files[]"]),
            case("a whole list", "GetLinks", "name: files[].name", "name: files", &["files"]),
            case("an index", "GetLinks", "name: files[].name", "name: files[0].name", &["files[0].name"]),
            case(
                "nothing between dots",
                "GetLinks",
                "name: files[].name",
                "name: files[]..name",
                &["files[]..name"]
            ),
            case("an unknown root", "GetLinks", "name: files[].name", "name: $body.name", &["$body.name"]),
            case("a status", "GetLinks", "name: files[].name", "name: $status", &["$status"]),
            case(
                "a parameter of the link",
                "GetLinks",
                "name: files[].name",
                "name: $url.name",
                &["$url.name"]
            ),
            case(
                "an unknown parameter",
                "GetLinks",
                "backup: $request.Backup",
                "backup: $request.BackupId",
                &["BackupId"]
            ),
            case("an empty list of places", "GetLinks", "name: files[].name", "name: []", &["name"]),
            case(
                "the second of several places",
                "GetLinks",
                "name: files[].name",
                "name: [\"files[].name\", \"files[].title\"]",
                &["\"files[].title\""]
            ),
        ]
    );
}
