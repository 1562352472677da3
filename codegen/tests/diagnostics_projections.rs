//! What is said about projections and expiry.

mod common;

use common::case;

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
