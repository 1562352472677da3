//! What is said about slips of the pen: text that is almost YAML, and keys that stand in the wrong place.

mod common;

use common::case;

#[test]
fn slips() {
    assert_catalogue!(
        "slips",
        [
            case("a tab behind a colon", "GetLinks", "summary: The", "summary:\tThe", &["\t"]),
            case(
                "a tab behind blanks",
                "GetLinks",
                "  Backup: {type: string, required: true, doc: Id of the backup.}",
                "  \tBackup: {type: string, required: true, doc: Id of the backup.}",
                &["\t"]
            ),
            case(
                "a double quote that stays open",
                "service",
                "version: \"2026-01-01\"",
                "version: \"2026-01-01",
                &["\""]
            ),
            case(
                "a quote that stays open inside braces",
                "service",
                "url: \"https://redis.{region}.acme.example.cn/\"}",
                "url: \"https://redis.{region}.acme.example.cn/}",
                &["\""]
            ),
            case(
                "a single quote that stays open",
                "service",
                "title: Acme Redis",
                "title: 'Acme Redis",
                &["'"]
            ),
            case(
                "a bracket that stays open",
                "GetLinks",
                "[Instance, Backup]}\n",
                "[Instance, Backup\n",
                &["["]
            ),
            case(
                "a bracket that closes a brace",
                "GetLinks",
                "doc: Which link.}",
                "doc: Which link.]",
                &["]"]
            ),
            case("a brace too many", "GetLinks", "doc: Which link.}", "doc: Which link.}}", &["}"]),
            case("a block without its colon", "service", "settings:", "settings", &["settings"]),
            case("a key without its colon", "service", "  method: GET", "  method GET", &["method GET"]),
            case(
                "an equals sign for a colon",
                "GetLinks",
                "summary: The",
                "summary = The",
                &["summary = The download links of a backup."]
            ),
            case("a colon without a blank", "service", "  method: GET", "  method:GET", &[":"]),
            case("a dash without a blank", "GetLinks", "  - {forbidden", "  -{forbidden", &["-"]),
            case(
                "a missing comma",
                "GetLinks",
                "required: true, doc: Id of the backup.",
                "required: true doc: Id of the backup.",
                &[":"]
            ),
            case(
                "a colon in a text inside braces",
                "GetLinks",
                "doc: Which link.",
                "doc: Which link: inner.",
                &[":"]
            ),
            case(
                "a comma in a text inside braces",
                "GetLinks",
                "doc: Which link.",
                "doc: Which link, inner or outer.",
                &["inner or outer."]
            ),
            case("a star without quotes", "service", "\"cn-*\"", "*", &["*"]),
            case("a percent sign without quotes", "GetLinks", "\"%Y-%m-%d\"", "%Y-%m-%d", &["%"]),
            case("a backtick", "service", "title: Acme Redis", "title: `Acme`", &["`"]),
            case("a character that YAML has not", "GetLinks", "The download", "The\0download", &["\0"]),
            case(
                "text behind quotes",
                "service",
                "version: \"2026-01-01\"",
                "version: \"2026-01-01\" or so",
                &["o"]
            ),
            case("a merge key", "GetLinks", "  File:\n", "  File:\n    <<: {a: string}\n", &["<<"]),
            case("a merge key with an alias", "GetLinks", "  File:\n", "  File:\n    <<: *base\n", &["*"]),
            case(
                "a key twice on a line",
                "GetLinks",
                "{type: string, required: true, doc: Id of the instance.}",
                "{type: string, required: true, type: int64, doc: Id of the instance.}",
                &["type"]
            ),
        ]
    );
}

#[test]
fn indentation() {
    assert_catalogue!(
        "indentation",
        [
            case(
                "a line too deep",
                "GetLinks",
                "  Backup: {type: string, required: true, doc: Id of the backup.}",
                "   Backup: {type: string, required: true, doc: Id of the backup.}",
                &["Backup: {type: string, required: true, doc: Id of the backup.}"]
            ),
            case(
                "a line not deep enough",
                "GetLinks",
                "  Backup: {type: string, required: true, doc: Id of the backup.}",
                " Backup: {type: string, required: true, doc: Id of the backup.}",
                &["Backup: {type: string, required: true, doc: Id of the backup.}"]
            ),
            case(
                "a line at the margin",
                "GetLinks",
                "  Backup: {type: string, required: true, doc: Id of the backup.}",
                "Backup: {type: string, required: true, doc: Id of the backup.}",
                &[
                    "Net: {type: string, values: {inner: From inside., outer: From outside.}, default: outer, doc: Which link.}"
                ]
            ),
            case(
                "a list where keys stand",
                "GetLinks",
                "  Instance: {type",
                "  - Instance: {type",
                &["Backup: {type: string, required: true, doc: Id of the backup.}"]
            ),
            case(
                "an item among keys",
                "GetLinks",
                "  - {forbidden: Seconds, if: {Net: inner}}\n",
                "  {forbidden: Seconds, if: {Net: inner}}\n",
                &["-"]
            ),
            case(
                "keys beside their block",
                "service",
                "request:\n  method: GET\n  place: query\n  params: {Action: \"{operation}\", Version: \"{version}\"}\n  parameters:\n    Project: {type: string, from: project, doc: Project id.}\n  lists: Key.0.Sub\n",
                "request:\nmethod: GET\nplace: query\nparams: {Action: \"{operation}\", Version: \"{version}\"}\nparameters: {Project: {type: string, from: project, doc: Project id.}}\n",
                &["method"]
            ),
            case(
                "one key beside its block",
                "service",
                "settings:\n  region: {required: true, doc: Region code.}\n  project: {doc: Project id.}\n",
                "settings:\nregion: {required: true, doc: Region code.}\n",
                &["region", "project"]
            ),
            case(
                "a block inside another one",
                "GetLinks",
                "errors:\n  NoBackup",
                "  errors:\n    NoBackup",
                &["errors"]
            ),
            case(
                "a key of the file inside a block",
                "ListBackups",
                "  created_at: items[].at",
                "  created_at: items[].at\n  idempotent: true",
                &["idempotent"]
            ),
            case("errors without the line above them", "GetLinks", "errors:\n", "", &["NoBackup"]),
            case("fields without the line above them", "ListBackups", "response:\n", "", &["total"]),
            case(
                "an item of a list without its dash",
                "GetLinks",
                "  - settings: {region: eu}\n",
                "  - source: manual.pdf\n    settings: {region: eu}\n    request: {Instance: r-1, Backup: b-1}\n    source: manual.pdf\n    settings: {region: eu}\n",
                &["source"]
            ),
            case(
                "parameters without the line above them",
                "ListBackups",
                "parameters:\n",
                "request:\n  method: GET\n",
                &["Instance"]
            ),
            case(
                "a key of service.yaml",
                "GetLinks",
                "summary: The",
                "clock_window: 15m\nsummary: The",
                &["clock_window"]
            ),
            case(
                "a key of an operation",
                "service",
                "rate_limit: 20",
                "rate_limit: 20\nlinks: {}",
                &["links"]
            ),
        ]
    );
}

#[test]
fn one_run() {
    assert_catalogue!(
        "one-run",
        [
            case(
                "a block that is no YAML hides no other",
                "GetLinks",
                "  - {forbidden: Seconds, if: {Net: inner}}",
                "  - {forbidden: Seconds, if: {Net: inner}",
                &["{", "Instanz"]
            )
            .and(
                "GetLinks",
                "links:\n  instance: $request.Instance",
                "links:\n  instance: $request.Instanz"
            ),
            case(
                "a wrong type hides nothing",
                "GetLinks",
                "required: true, doc: Id of the instance.",
                "required: sometimes, doc: Id of the instance.",
                &["sometimes", "files[].link"]
            )
            .and("GetLinks", "public_url: files[].url", "public_url: files[].link"),
            case(
                "a missing key hides nothing",
                "GetLinks",
                "class: not-found, ",
                "",
                &["NoBackup", "\"files[].untill\""]
            )
            .and("GetLinks", "expires: [\"files[].until\"", "expires: [\"files[].untill\""),
            case(
                "a broken block has no consequences",
                "ListBackups",
                "response:\n  total: {type: int64, doc: How many there are.}\n  items: {type: \"Item[]\", doc: The backups.}\n",
                "response: []\n",
                &["[]"]
            ),
            case(
                "an unknown block has no consequences",
                "ListBackups",
                "response:\n",
                "answers:\n",
                &["answers"]
            ),
            case("a service that is no YAML", "service", "title: Acme Redis", "title: 'Acme Redis", &["'"]),
            case(
                "a broken type has no consequences",
                "GetLinks",
                "  Seconds: {type: int64,",
                "  Seconds: {type: [int64],",
                &["[int64]"]
            ),
            case(
                "a repeated block has no consequences",
                "GetLinks",
                "types:\n",
                "parameters: {Extra: {type: string, doc: More.}}\ntypes:\n",
                &["parameters"]
            ),
        ]
    );
}
