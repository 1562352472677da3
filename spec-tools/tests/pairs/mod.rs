//! Pairs of revisions: edits of one invented cloud, with what they mean.

use std::path::Path;

use rdbfetch_codegen::{SpecFile, generate_for};

/// An edit, and what it means.
pub struct Pair {
    /// The rule that must tell of it.
    pub rule: &'static str,
    /// The file, without its ending.
    pub file: &'static str,
    /// A text that stands in it once, and what it becomes. Further edits go with it.
    pub edits: &'static [(&'static str, &'static str)],
    /// What it means for code.
    pub means: Means,
    /// Whether it is seen on the wire.
    #[allow(dead_code, reason = "only the test of reports reads it")]
    pub wire: bool,
}

/// What an edit means for code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// The code below does not compile.
    Breaks,
    /// It compiles and does something else.
    Misleads,
    /// It compiles; there is more.
    Adds,
    /// It compiles; its interface is the same.
    Keeps,
    /// Readers notice.
    Tells,
}

use Means::{Adds, Breaks, Keeps, Misleads, Tells};

const fn pair(
    rule: &'static str,
    file: &'static str,
    edits: &'static [(&'static str, &'static str)],
    means: Means,
    wire: bool,
) -> Pair {
    Pair { rule, file, edits, means, wire }
}

const CLOUD: &str = "codegen/tests/clouds/nimbus";
const LIST: &str = "ListBackups";
const LINKS: &str = "CreateBackupLinks";

/// All pairs.
pub const PAIRS: &[Pair] = &[
    pair(
        "parameter-required-added",
        LIST,
        &[(
            "  page_number: {type: int64, bounds",
            "  zone: {type: string, required: true, doc: Zone.}\n  page_number: {type: int64, bounds",
        )],
        Breaks,
        true,
    ),
    pair(
        "parameter-added",
        LIST,
        &[(
            "  page_number: {type: int64, bounds",
            "  zone: {type: string, doc: Zone.}\n  page_number: {type: int64, bounds",
        )],
        Adds,
        false,
    ),
    pair(
        "parameter-removed",
        LINKS,
        &[(
            "  network:\n    type: string\n    default: both\n    values: {public: Links that work from anywhere., inner: Links for the private network., both: Both.}\n    doc: Which links to make.\n",
            "",
        )],
        Breaks,
        true,
    ),
    pair(
        "parameter-became-required",
        LINKS,
        &[("    type: string\n    default: both", "    type: string\n    required: true")],
        Breaks,
        true,
    ),
    pair(
        "parameter-became-optional",
        LIST,
        &[
            ("{instance_id}/backups\n", "backups\n"),
            (
                "instance_id: {type: string, required: true, place: path",
                "instance_id: {type: string, place: query",
            ),
        ],
        Breaks,
        true,
    ),
    pair(
        "parameter-order",
        LINKS,
        &[(
            "  instance_id: {type: string, required: true, place: path, doc: Id of the instance.}\n  backup_id: {type: string, required: true, place: path, doc: Id of the backup.}\n",
            "  backup_id: {type: string, required: true, place: path, doc: Id of the backup.}\n  instance_id: {type: string, required: true, place: path, doc: Id of the instance.}\n",
        )],
        Misleads,
        true,
    ),
    pair(
        "parameter-type",
        LIST,
        &[
            ("page_size: {type: int64, bounds: 1..100, default: 10,", "page_size: {type: string,"),
            ("limit: page_size, ", ""),
        ],
        Breaks,
        true,
    ),
    pair("parameter-bounds-narrowed", LIST, &[("bounds: 1..100", "bounds: 1..50")], Misleads, false),
    pair("parameter-bounds-widened", LIST, &[("bounds: 1..100", "bounds: 1..200")], Keeps, false),
    pair("parameter-default", LIST, &[("default: 10", "default: 20")], Keeps, false),
    pair(
        "parameter-wire-name",
        LIST,
        &[("page_size: {type: int64,", "page_size: {wire: pageSize, type: int64,")],
        Keeps,
        true,
    ),
    pair(
        "parameter-place",
        LIST,
        &[("page_size: {type: int64,", "page_size: {place: query, type: int64,")],
        Keeps,
        true,
    ),
    pair(
        "parameter-pattern",
        LINKS,
        &[("backup_id: {type: string,", "backup_id: {pattern: 'b-.*', type: string,")],
        Misleads,
        false,
    ),
    pair(
        "parameter-deprecated",
        LIST,
        &[("page_size: {type: int64,", "page_size: {deprecated: Do not., type: int64,")],
        Tells,
        false,
    ),
    pair("parameter-doc", LIST, &[("doc: Rows on a page.", "doc: How many rows a page has.")], Tells, false),
    pair("value-removed", LINKS, &[(", inner: Links for the private network.", "")], Breaks, false),
    pair("value-added", LINKS, &[(", both: Both.", ", both: Both., none: None.")], Adds, false),
    pair(
        "value-renamed",
        LINKS,
        &[(
            "inner: Links for the private network.",
            "inner: {name: Private, doc: Links for the private network.}",
        )],
        Breaks,
        false,
    ),
    pair(
        "response-removed",
        LIST,
        &[
            ("    bytes: {type: int64, unit: B, doc: Size of all files.}\n", ""),
            ("  size: items[].bytes\n", ""),
        ],
        Breaks,
        true,
    ),
    pair(
        "response-added",
        LIST,
        &[("    bytes: {type", "    more: {type: string, doc: More.}\n    bytes: {type")],
        Adds,
        true,
    ),
    pair("response-type", LIST, &[("bytes: {type: int64", "bytes: {type: double")], Breaks, true),
    pair(
        "response-became-optional",
        LIST,
        &[("backup_id: {type: string, required: true,", "backup_id: {type: string,")],
        Breaks,
        true,
    ),
    pair(
        "response-became-required",
        LIST,
        &[("bytes: {type: int64,", "bytes: {type: int64, required: true,")],
        Breaks,
        true,
    ),
    pair(
        "response-nullable",
        LIST,
        &[("bytes: {type: int64,", "bytes: {nullable: true, type: int64,")],
        Tells,
        false,
    ),
    pair(
        "response-type",
        LINKS,
        &[("file_names: {type: \"string[]\",", "file_names: {type: \"string[]\", sensitive: true,")],
        Breaks,
        false,
    ),
    pair(
        "response-time",
        LIST,
        &[("start_time: {type: timestamp,", "start_time: {type: timestamp, format: \"%s\",")],
        Keeps,
        true,
    ),
    pair("object-removed", LIST, &[("  Backup:\n", "  Dump:\n"), ("Backup[]", "Dump[]")], Breaks, false),
    pair(
        "error-added",
        LINKS,
        &[("errors:\n", "errors:\n  QuotaExceeded: {class: throttled, doc: Too many.}\n")],
        Adds,
        false,
    ),
    pair(
        "error-removed",
        LINKS,
        &[(
            "  BackupNotReady: {class: not-ready, status: 409, when: not-ready, doc: The backup is not finished.}\n",
            "",
        )],
        Breaks,
        false,
    ),
    pair(
        "error-removed",
        "service",
        &[(
            "  Throttling: {class: throttled, retry: true, status: 429, when: throttled, doc: Too many requests.}\n",
            "",
        )],
        Misleads,
        false,
    ),
    pair("error-code", LINKS, &[("  BackupNotReady: {class", "  Backup.NotReady: {class")], Misleads, true),
    pair(
        "error-class",
        LINKS,
        &[(
            "BackupNotReady: {class: not-ready, status: 409, when: not-ready,",
            "BackupNotReady: {class: invalid, status: 409,",
        )],
        Misleads,
        false,
    ),
    pair(
        "error-retry",
        LINKS,
        &[("BackupNotReady: {class: not-ready,", "BackupNotReady: {class: not-ready, retry: true,")],
        Keeps,
        true,
    ),
    pair(
        "rule-added",
        LIST,
        &[("types:\n", "rules:\n  - {forbidden: page_size, if: {page_number: null}}\ntypes:\n")],
        Misleads,
        true,
    ),
    pair("operation-idempotent", LINKS, &[("idempotent: true\n", "")], Keeps, true),
    pair("operation-path", LIST, &[("path: /v2/", "path: /v3/")], Keeps, true),
    pair("operation-method", LIST, &[("request:\n", "request:\n  method: PUT\n")], Keeps, true),
    pair("operation-deprecated", LIST, &[("summary: ", "deprecated: Gone soon.\nsummary: ")], Keeps, false),
    pair("operation-rate-limit", LIST, &[("summary: ", "rate_limit: 3\nsummary: ")], Keeps, true),
    pair("operation-doc", LIST, &[("page by page", "by pages")], Tells, false),
    pair(
        "paging-removed",
        LIST,
        &[(
            "paging: {page: page_number, first: 1, limit: page_size, total: total_count, items: items}\n",
            "",
        )],
        Misleads,
        false,
    ),
    pair("backups", LIST, &[("  size: items[].bytes\n", "")], Keeps, true),
    pair("links", LINKS, &[("  expires: valid_until\n", "  expires: 1h\n")], Keeps, true),
    pair(
        "auth-changed",
        "service",
        &[("scope: \"{date}/{region}/redis/nb4_request\"", "scope: \"{date}/{region}/redis/nb5_request\"")],
        Keeps,
        true,
    ),
    pair(
        "auth-headers",
        "service",
        &[("sign_headers: [host, content-type,", "sign_headers: [host,")],
        Keeps,
        true,
    ),
    pair("service-endpoint", "service", &[("nimbus.example/", "nimbus.test/")], Keeps, true),
    pair("service-envelope", "service", &[("$status: 200..299", "$status: 200..202")], Keeps, true),
    pair("service-version", "service", &[("\"20240101\"", "\"20250101\"")], Keeps, true),
    pair(
        "setting-required-added",
        "service",
        &[
            ("settings:\n", "settings:\n  zone: {required: true, doc: Zone.}\n"),
            ("redis.{region}.", "redis.{region}.{zone}."),
        ],
        Misleads,
        false,
    ),
    pair(
        "setting-default",
        "service",
        &[("region: {required: true,", "region: {default: eu-1,")],
        Keeps,
        true,
    ),
    pair("credentials-changed", "service", &[("NIMBUS_SECRET_KEY", "NIMBUS_SECRET")], Misleads, false),
    pair("source", LIST, &[("date: \"2026-11-22\"", "date: \"2026-11-23\"")], Tells, false),
    pair(
        "departures",
        LIST,
        &[(
            "idempotent: true\n",
            "departures:\n  - {document: nimbus-redis-api.pdf, about: parameters.page_size, differs: default, why: Measured.}\nidempotent: true\n",
        )],
        Tells,
        false,
    ),
    pair("service-doc", "service", &[("title: Nimbus Redis", "title: Nimbus")], Tells, false),
];

/// What code of another crate uses of the cloud: everything that a pair takes away.
#[allow(dead_code, reason = "only the test that compiles it reads it")]
pub const CODE: &str = r#"
use rdbfetch::Timestamp;
use crate::nimbus::create_backup_links::{self, Network};
use crate::nimbus::list_backups::{Backup, BackupStatus, Request};
use crate::nimbus::Client;

/// Uses what there is.
pub async fn used(client: &Client) -> Result<Option<i64>, Box<dyn std::error::Error>> {
    let mut request = Request::new("i-1");
    request.page_size = Some(10_i64);
    let mut bytes = 0;
    let answer = client.list_backups("i-1").page_size(10).page_number(1).send().await?;
    for backup in &answer.items {
        bytes += size(backup).unwrap_or_default();
        let _: &str = &backup.backup_id;
        let _: Option<&BackupStatus> = backup.status.as_ref();
    }
    match client.create_backup_links("i-1", "b-1").network(Network::Inner).send().await {
        Ok(links) => drop(links.file_names.iter().map(|name: &String| name.len()).sum::<usize>()),
        Err(create_backup_links::Error::BackupNotReady(_)) => bytes = 0,
        Err(other) => return Err(other.into()),
    }
    let _: Option<Timestamp> = None;
    Ok(Some(bytes))
}

fn size(backup: &Backup) -> Option<i64> {
    backup.bytes
}
"#;

/// The cloud before, without examples and vectors, which each edit would have to follow.
pub fn old() -> Vec<SpecFile> {
    // More than one crate has this module.
    let mut above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let folder = above.find_map(|folder| Some(folder.join(CLOUD)).filter(|folder| folder.is_dir()));
    let folder = folder.expect("the repository");
    let names = ["service", LINKS, LIST];
    let files = names.map(|name| {
        let text = std::fs::read_to_string(folder.join(format!("{name}.yaml"))).expect("a spec");
        let end = ["\nexamples:\n", "\n  vectors:\n"].into_iter().find_map(|key| text.find(key));
        let text = text[..end.expect("what checks the spec stands last") + 1].to_owned();
        SpecFile { path: format!("specs/nimbus/{name}.yaml"), text }
    });
    files.to_vec()
}

/// The cloud after an edit.
pub fn new(pair: &Pair) -> Vec<SpecFile> {
    let mut files = old();
    let file =
        files.iter_mut().find(|file| file.path.ends_with(&format!("/{}.yaml", pair.file))).expect("a file");
    for (from, to) in pair.edits {
        assert_eq!(file.text.matches(from).count(), 1, "{}: {from}", pair.rule);
        file.text = file.text.replace(from, to);
    }
    files
}

/// Writes the code that is generated for a service to a folder.
#[allow(dead_code, reason = "the test of reports generates nothing")]
pub fn write(folder: &Path, files: &[SpecFile]) {
    for file in generate_for("rdbfetch", files, &[]).unwrap_or_else(|failure| panic!("{failure}")) {
        let path = folder.join(file.path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        // There is one OUT_DIR, and a folder for each.
        let text = file.text.replace("env!(\"OUT_DIR\")", &format!("{:?}", folder.display().to_string()));
        std::fs::write(path, text).expect("a file");
    }
}
