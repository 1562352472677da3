//! What is said about specs that are well formed and make no sense.

mod common;

use common::case;

#[test]
fn sense_of_fields() {
    assert_catalogue!(
        "sense-of-fields",
        [
            case("a default outside of the bounds", "GetLinks", "default: 3600", "default: 30", &["30"]),
            case(
                "a value outside of the bounds",
                "GetLinks",
                "Net: {type: string,",
                "Net: {type: string, bounds: 1..4,",
                &["inner", "outer", "outer"]
            ),
            case(
                "a zone of what is in UTC",
                "ListBackups",
                "format: \"%s\",",
                "format: \"%s\", zone: \"+08:00\",",
                &["zone"]
            ),
            case(
                "a value twice",
                "GetLinks",
                "values: {inner: From inside., outer: From outside.}",
                "values: [inner, outer, inner]",
                &["inner"]
            ),
            case(
                "a departure from a document that is no source",
                "GetLinks",
                "parameters:\n  Instance:",
                "source:\n  - document: manual.pdf\ndepartures:\n  - {document: manual.pfd, about: lifetime, differs: untold, why: It is known.}\nparameters:\n  Instance:",
                &["manual.pfd"]
            ),
            case(
                "a setting that nothing uses",
                "service",
                "  project: {doc: Project id.}",
                "  project: {doc: Project id.}\n  zone: {doc: Zone.}",
                &["zone"]
            ),
            case(
                "a known value of a setting twice",
                "service",
                "{required: true, doc: Region code.}",
                "{required: true, values: [eu, us, eu], doc: Region code.}",
                &["eu"]
            ),
            case(
                "a setting whose known values are none",
                "service",
                "{required: true, doc: Region code.}",
                "{required: true, values: {}, doc: Region code.}",
                &["values"]
            ),
            case(
                "a known value with more than its meaning",
                "service",
                "{required: true, doc: Region code.}",
                "{required: true, values: {eu: {doc: Europe}}, doc: Region code.}",
                &["{doc: Europe}"]
            ),
            case(
                "a default that is no known value",
                "service",
                "{doc: Project id.}",
                "{default: mine, values: {main: The main one.}, doc: Project id.}",
                &["mine"]
            ),
            case(
                "a known value without text",
                "service",
                "{required: true, doc: Region code.}",
                "{required: true, values: {eu: Europe, \" \": Nowhere}, doc: Region code.}",
                &["\" \""]
            ),
            case("a version that there is not", "service", "version: \"2026-01-01\"\n", "", &["{version}"]),
            case(
                "a type by the name that it has elsewhere",
                "GetLinks",
                "bytes: {type: int64",
                "bytes: {type: integer",
                &["integer"]
            ),
            case(
                "a key by the name that it has elsewhere",
                "GetLinks",
                "doc: Which link.",
                "description: Which link.",
                &["description"]
            ),
            case(
                "numbers that other languages write",
                "service",
                "rate_limit: 20",
                "rate_limit: 1_000",
                &["1_000"]
            ),
            case("a number in quotes", "service", "rate_limit: 20", "rate_limit: \"20\"", &["\"20\""]),
            case(
                "true in quotes",
                "GetLinks",
                "required: true, doc: Id of the i",
                "required: \"true\", doc: Id of the i",
                &["\"true\""]
            ),
            case(
                "off",
                "GetLinks",
                "required: true, doc: Id of the i",
                "required: off, doc: Id of the i",
                &["off"]
            ),
            case(
                "keys for a list",
                "GetLinks",
                "  - {forbidden: Seconds, if: {Net: inner}}\n  - {not_equal: [Instance, Backup]}\n",
                "  forbidden: Seconds\n  if: {Net: inner}\n",
                &["forbidden: Seconds"]
            ),
            case(
                "text for a list of keys",
                "service",
                "source:\n  - {document: manual.pdf, date: \"2026-01-31\"}",
                "source: manual.pdf",
                &["manual.pdf"]
            ),
        ]
    );
}

#[test]
fn sense_of_rules() {
    assert_catalogue!(
        "sense-of-rules",
        [
            case(
                "a rule for what is always so",
                "GetLinks",
                "  - {not_equal: [Instance, Backup]}",
                "  - {required: Instance}",
                &["Instance"]
            ),
            case(
                "a rule against what is always so",
                "GetLinks",
                "  - {not_equal: [Instance, Backup]}",
                "  - {forbidden: Instance}",
                &["Instance"]
            ),
            case(
                "a rule about one parameter",
                "GetLinks",
                "[Instance, Backup]",
                "[Instance, Instance]",
                &["not_equal"]
            ),
            case(
                "a rule twice",
                "GetLinks",
                "  - {not_equal: [Instance, Backup]}",
                "  - {forbidden: Seconds, if: {Net: inner}}",
                &["{forbidden: Seconds, if: {Net: inner}}"]
            ),
            case(
                "rules that contradict each other",
                "GetLinks",
                "  - {not_equal: [Instance, Backup]}",
                "  - {required: Seconds, if: {Net: inner}}",
                &["{required: Seconds, if: {Net: inner}}"]
            ),
            case(
                "a condition of another type",
                "GetLinks",
                "if: {Net: inner}",
                "if: {Seconds: short}",
                &["short"]
            ),
        ]
    );
}

#[test]
fn sense_of_projections() {
    assert_catalogue!(
        "sense-of-projections",
        [
            case(
                "one place for both networks",
                "GetLinks",
                "  public_url: files[].url\n",
                "  public_url: files[].url\n  internal_url: files[].url\n",
                &["files[].url"]
            ),
            case(
                "one place for both networks, in two projections",
                "GetLinks",
                "links:\n  instance: $request.Instance\n  backup: $request.Backup\n  name: files[].name\n  size: files[].bytes\n  public_url: files[].url\n  expires: [\"files[].until\", $request.Seconds, 1h]\n",
                "links:\n  - with: {Net: inner}\n    instance: $request.Instance\n    backup: $request.Backup\n    internal_url: files[].url\n  - instance: $request.Instance\n    backup: $request.Backup\n    public_url: files[].url\n",
                &["files[].url"]
            ),
            case(
                "rows deeper than what they are about",
                "ListBackups",
                "  backup: items[].id",
                "  backup: total",
                &["items[].at", "state"]
            ),
            case("a value twice in a translation", "ListBackups", "finished: 2", "finished: [2, 2]", &["2"]),
            case(
                "a value besides outside of the bounds",
                "ListBackups",
                "Limit: {type: int64,",
                "Limit: {type: int64, bounds: 1..50,",
                &["100"]
            ),
            case(
                "an offset that is text",
                "ListBackups",
                "Offset: {type: int64",
                "Offset: {type: string",
                &["Offset"]
            ),
            case(
                "a token that is true or false",
                "ListBackups",
                "paging: {offset: Offset,",
                "paging: {token: Flag, next: total,",
                &["Flag"]
            )
            .and("ListBackups", "  Offset: {type: int64", "  Flag: {type: bool"),
            case("a total that is a list", "ListBackups", "total: total", "total: items", &["items"]),
            case(
                "a situation twice",
                "service",
                "bad-value, no-operation]",
                "bad-value, no-operation, missing]",
                &["missing"]
            ),
            case(
                "instances without an id",
                "ListBackups",
                "backups:\n",
                "instances: {name: \"items[].id\"}\nbackups:\n",
                &["instances"]
            ),
            case("an expiry in words", "GetLinks", "1h]", "an hour]", &["an hour"]),
        ]
    );
}

#[test]
fn answers() {
    assert_catalogue!(
        "answers",
        [
            case(
                "an answer that is a list",
                "GetLinks",
                "{\"code\": 0, \"files\": [{\"name\": \"0.rdb\", \"bytes\": 18, \"url\": \"https://f.example/0.rdb\"}]}",
                "[]",
                &["response", "response"]
            ),
            case(
                "a field that nothing declares",
                "GetLinks",
                "\"bytes\": 18",
                "\"weight\": 18",
                &["\"weight\""]
            ),
            case(
                "a field that is misspelt",
                "GetLinks",
                "{\"code\": 0, \"files\"",
                "{\"code\": 0, \"fils\"",
                &["\"fils\""]
            ),
            case("a text for a number", "GetLinks", "\"bytes\": 18", "\"bytes\": \"18\"", &["\"bytes\""]),
            case(
                "a fraction for a whole number",
                "GetLinks",
                "\"bytes\": 18",
                "\"bytes\": 18.5",
                &["\"bytes\""]
            ),
            case(
                "a number for a list",
                "GetLinks",
                "\"files\": [{\"name\": \"0.rdb\", \"bytes\": 18, \"url\": \"https://f.example/0.rdb\"}]",
                "\"files\": 7",
                &["\"files\""]
            ),
            case(
                "a single element that is wrong",
                "GetLinks",
                "[{\"name\": \"0.rdb\", \"bytes\": 18, \"url\": \"https://f.example/0.rdb\"}]",
                "{\"name\": 7, \"url\": \"https://f.example/0.rdb\"}",
                &["\"name\""]
            ),
            case(
                "an object in place of a whole list",
                "GetLinks",
                "  nodes: {type: \"map<string>\", doc: Links by node.}\n",
                "root: files\n",
                &["\"code\"", "\"files\""]
            ),
            case(
                "an answer that lacks what is around the fields",
                "GetLinks",
                "response:\n",
                "within: \"{operation}Result\"\nresponse:\n",
                &["\"files\""]
            ),
            case(
                "an answer that is no success of this operation",
                "GetLinks",
                "response:\n",
                "success: {code: 1}\nresponse:\n",
                &["response"]
            ),
            case("an element of another type", "GetLinks", "\"files\": [", "\"files\": [7, ", &["\"files\""]),
            case(
                "a required member that is missing",
                "ListBackups",
                "backups:\n",
                "examples:\n  - request: {Instance: i}\n    response: |\n      {\"code\": 0, \"total\": 1, \"items\": [{\"id\": \"a\"}, {\"at\": 5}]}\nbackups:\n",
                &["\"items\""]
            ),
            case(
                "a required field that is missing",
                "GetLinks",
                "files: {type: \"File[]\",",
                "files: {type: \"File[]\", required: true,",
                &["response"]
            )
            .and(
                "GetLinks",
                "\"files\": [{\"name\": \"0.rdb\", \"bytes\": 18, \"url\": \"https://f.example/0.rdb\"}]",
                "\"nodes\": {}"
            ),
            case("an answer that is no success", "GetLinks", "{\"code\": 0,", "{\"code\": 7,", &["response"]),
            case(
                "a success with an error",
                "GetLinks",
                "\n    gives:\n      - {name: 0.rdb, size: 18}\n",
                "\n    error: NoBackup\n",
                &["NoBackup"]
            ),
            case(
                "an error with another code",
                "GetLinks",
                "{\"code\": 0, \"files\": [{\"name\": \"0.rdb\", \"bytes\": 18, \"url\": \"https://f.example/0.rdb\"}]}\n    gives:\n      - {name: 0.rdb, size: 18}\n",
                "{\"code\": 7, \"detail\": \"x\"}\n    error: NoBackup\n",
                &["NoBackup"]
            ),
            case(
                "a row of another name",
                "GetLinks",
                "{name: 0.rdb, size: 18}",
                "{name: 1.rdb, size: 18}",
                &["1.rdb"]
            ),
            case(
                "a row of another size",
                "GetLinks",
                "{name: 0.rdb, size: 18}",
                "{name: 0.rdb, size: 81}",
                &["81"]
            ),
            case(
                "a row too many",
                "GetLinks",
                "{name: 0.rdb, size: 18}",
                "{name: 0.rdb, size: 18}\n      - {name: 1.rdb}",
                &["gives"]
            ),
            case("no row", "GetLinks", "\n      - {name: 0.rdb, size: 18}", " []", &["gives"]),
            case(
                "a row without what the answer has",
                "GetLinks",
                "{name: 0.rdb, size: 18}",
                "{name: null, size: 18}",
                &["null"]
            ),
            case(
                "a moment that is none",
                "GetLinks",
                "{name: 0.rdb, size: 18}",
                "{name: 0.rdb, expires_at: soon}",
                &["soon"]
            ),
            case(
                "another method",
                "GetLinks",
                "    response: |",
                "    sends: {method: POST}\n    response: |",
                &["POST"]
            ),
            case(
                "another path",
                "GetLinks",
                "    response: |",
                "    sends: {path: /links}\n    response: |",
                &["/links"]
            ),
            case(
                "another value in the query",
                "GetLinks",
                "    response: |",
                "    sends: {query: {Action: GetLink, Instance: r-2, Backup: b-1}}\n    response: |",
                &["GetLink", "r-2"]
            ),
            case(
                "a body with another member, and without one",
                "GetLinks",
                "    response: |",
                "    sends: {json: {Instanz: r-1, Backup: b-2}}\n    response: |",
                &["json", "Instanz", "b-2"]
            )
            .and("service", "  place: query", "  place: json"),
            case(
                "a parameter of another type",
                "GetLinks",
                "request: {Instance: r-1,",
                "request: {Instance: 5,",
                &["5"]
            ),
            case(
                "a required parameter that is missing",
                "GetLinks",
                "request: {Instance: r-1, Backup: b-1}",
                "request: {Instance: r-1}",
                &["request"]
            ),
        ]
    );
}
