//! What is said about answers: the envelope, errors, projections and expiry.

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

#[test]
fn projections() {
    assert_catalogue!(
        "projections",
        [
            case("links without a link", "GetLinks", "  public_url: files[].url\n", "", &["links"]),
            case("backups without an id", "ListBackups", "  backup: items[].id\n", "", &["backups"]),
            case(
                "a field of another projection",
                "ListBackups",
                "  created_at: items[].at",
                "  created_at: items[].at\n  public_url: items[].id",
                &["public_url"]
            ),
            case(
                "rows in a map without their key",
                "GetLinks",
                "  public_url: files[].url",
                "  public_url: nodes[]",
                &["links"]
            ),
            case("a key without a map", "GetLinks", "  name: files[].name", "  name: $key", &["links"]),
            case(
                "created_at that is no timestamp",
                "ListBackups",
                "created_at: items[].at",
                "created_at: items[].id",
                &["items[].id"]
            ),
            case("a word of another field", "ListBackups", "running: 1,", "automatic: 1,", &["automatic"]),
            case(
                "a translation of a value that there is not",
                "ListBackups",
                "running: 1,",
                "running: 3,",
                &["3"]
            ),
            case("a value with two translations", "ListBackups", "finished: 2", "finished: [1, 2]", &["1"]),
            case("a translation without words", "ListBackups", ", running: 1, finished: 2", "", &["state"]),
            case(
                "a value besides of another type",
                "ListBackups",
                "with: {Limit: 100}",
                "with: {Limit: all}",
                &["all"]
            ),
            case(
                "a value besides that there is not",
                "GetLinks",
                "links:\n",
                "links:\n  with: {Net: outside}\n",
                &["outside"]
            ),
            case(
                "a parameter besides that there is not",
                "ListBackups",
                "with: {Limit: 100}",
                "with: {Limits: 100}",
                &["Limits"]
            ),
            case(
                "an expiry of backups",
                "ListBackups",
                "  with: {Limit: 100}",
                "  with: {Limit: 100}\n  expires: 1h",
                &["expires"]
            ),
            case(
                "the second of two projections",
                "GetLinks",
                "links:\n",
                "links:\n  - public_url: files[].url\n  - {public_url: \"files[].link\"}\nbackups:\n",
                &["links", "\"files[].link\"", "public_url", "expires"]
            ),
            case(
                "links of no backup",
                "GetLinks",
                "  instance: $request.Instance\n  backup: $request.Backup\n",
                "",
                &["links"]
            ),
            case(
                "backups of no instance",
                "ListBackups",
                "  instance: $request.Instance\n",
                "",
                &["backups"]
            ),
            case("a status in a row", "GetLinks", "  name: files[].name", "  name: $status", &["$status"]),
            case(
                "a list in a request that is not stepped into",
                "GetLinks",
                "  backup: $request.Backup",
                "  backup: $request.Tags",
                &["$request.Tags"]
            ),
            case(
                "a single value in a request that is stepped into",
                "GetLinks",
                "  backup: $request.Backup",
                "  backup: $request.Backup[]",
                &["$request.Backup[]"]
            ),
            case(
                "a size that is a duration",
                "GetLinks",
                "    bytes: {type: int64, unit: B",
                "    bytes: {type: int64, unit: m",
                &["files[].bytes"]
            ),
            case(
                "filters of what there is none",
                "ListBackups",
                "  backup: items[].id",
                "  filters: {state: Sate, kind: Limit, since: Limit, until: Offset}\n  backup: items[].id",
                &["Sate", "Limit", "Limit", "Offset"]
            ),
            case(
                "filters by words and conditions that there are not",
                "ListBackups",
                "  backup: items[].id",
                "  filters:\n    state: {from: Grade, finished: [good, god]}\n    backup: [\"Only[about=id].is\", \
                 \"Only[about=id].si\", \"Only[abut=id].is\", \"Grade[about=id].is\", \"Only[id].is\", Onli]\n    \
                 zone: Grade\n    instance: {from: Grade, expired: good}\n  backup: items[].id",
                &[
                    "god",
                    "si",
                    "abut",
                    "\"Grade[about=id].is\"",
                    "\"Only[id].is\"",
                    "Onli",
                    "Grade",
                    "instance"
                ]
            )
            .and(
                "ListBackups",
                "parameters:\n",
                "parameters:\n  Grade: {type: string, values: {good: Good., bad: Bad.}, doc: How good.}\n  \
                 Only: {type: \"Condition[]\", doc: Conditions.}\n"
            )
            .and(
                "ListBackups",
                "types:\n",
                "types:\n  Condition:\n    about: {type: string, doc: About what.}\n    is: {type: \"string[]\", doc: What.}\n"
            ),
            case(
                "filters of links",
                "GetLinks",
                "  name: files[].name",
                "  filters: {since: Since}\n  name: files[].name",
                &["filters"]
            ),
            case(
                "a moment that is not relative to now",
                "ListBackups",
                "  Limit: {type: int64",
                "  After: {type: timestamp, doc: Not before.}\n  Limit: {type: int64",
                &["soon"]
            )
            .and("ListBackups", "with: {Limit: 100}", "with: {Limit: 100, After: soon}"),
        ]
    );
}

#[test]
fn expiry() {
    let expires = "[\"files[].until\", $request.Seconds, 1h]";
    assert_catalogue!(
        "expiry",
        [
            case("a number without unit", "GetLinks", expires, "\"6\"", &["\"6\""]),
            case("a field that is no moment", "GetLinks", expires, "files[].name", &["files[].name"]),
            case("the key of a row", "GetLinks", expires, "$key", &["$key"]),
            case(
                "a parameter that counts no seconds",
                "GetLinks",
                expires,
                "$request.Instance",
                &["$request.Instance"]
            ),
            case(
                "a key that is no place in a link",
                "GetLinks",
                expires,
                "{Expires: \"{at | time('%s')}\"}",
                &["Expires"]
            ),
            case("no time", "GetLinks", expires, "{$url.Expires: \"{_}\"}", &["expires"]),
            case(
                "a beginning without an end",
                "GetLinks",
                expires,
                "{$url.Date: \"{from | time('%s')}\"}",
                &["expires"]
            ),
            case("a time without its format", "GetLinks", expires, "{$url.Expires: \"{at}\"}", &["at"]),
            case(
                "a time with another filter",
                "GetLinks",
                expires,
                "{$url.Expires: \"{at | hex}\"}",
                &["at"]
            ),
            case(
                "a time with a wrong format",
                "GetLinks",
                expires,
                "{$url.Expires: \"{at | time('%q')}\"}",
                &["\"{at | time('%q')}\""]
            ),
            case(
                "seconds with a filter",
                "GetLinks",
                expires,
                "{$url.From: \"{from | time('%s')}\", $url.For: \"{seconds | time('%s')}\"}",
                &["time('%s')"]
            ),
            case("an unknown hole", "GetLinks", expires, "{$url.Expires: \"{end | time('%s')}\"}", &["end"]),
            case(
                "two holes side by side",
                "GetLinks",
                expires,
                "{$url.Expires: \"{at | time('%s')}{_}\"}",
                &["\"{at | time('%s')}{_}\""]
            ),
        ]
    );
}
