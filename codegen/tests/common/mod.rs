//! A small valid service, and cases that each break one thing in it.
#![allow(dead_code, reason = "every test file uses a part of this one")]

use rdbfetch_codegen::{Located, SpecFile, check};

/// `service.yaml` of the small service.
pub const SERVICE: &str = r#"title: Acme Redis
version: "2026-01-01"
source:
  - {document: manual.pdf, date: "2026-01-31"}
settings:
  region: {required: true, doc: Region code.}
  project: {doc: Project id.}
endpoint:
  - {if: {region: "cn-*"}, url: "https://redis.{region}.acme.example.cn/"}
  - "https://redis.{region}.acme.example/"
request:
  method: GET
  place: query
  params: {Action: "{operation}", Version: "{version}"}
  parameters:
    Project: {type: string, from: project, doc: Project id.}
  lists: Key.0.Sub
response:
  success: {$status: 200..299, code: 0}
  error: {code: code, message: detail}
  request_id: [id, $header.X-Request-Id]
  fields:
    code: {type: int64, value: "0", doc: "Error code, or 0."}
    detail: {type: string, doc: Explanation for people.}
    id: {type: string, doc: Id of the request.}
errors:
  "401": {class: auth, name: BadKey, status: 401, when: [unknown-key, bad-signature, expired-clock], doc: Who?}
  "400": {class: invalid, name: BadRequest, when: [missing, bad-value, no-operation], doc: The request is wrong.}
  "5*": {class: server, retry: true, doc: Fault inside.}
rate_limit: 20
clock_window: 15m
credentials:
  - env: {access_key: ACME_KEY, secret: ACME_SECRET, region: ACME_REGION}
auth:
  steps:
    scope: "{region}/redis"
    key: secret | hmac_sha256(scope)
    text: "{method}\n{host}\n{params | encode | sort | join('=') | join('&')}\n{headers | join(':') | lines}"
    signature: key | hmac_sha256(text) | hex
  headers:
    X-Time: "{now | time('%s')}"
    X-Token: "{token}"
  params:
    Key: "{access_key}"
    Sign: "{signature}"
  sign_headers: [host, x-time]
  vectors:
    - id: own
      source: computed here
      inputs: {access_key: AK, secret: SK, region: eu, now: "2026-01-31T08:00:00Z"}
      request: {method: GET, url: "https://redis.eu.acme.example/?Action=GetLinks"}
      steps:
        scope: eu/redis
"#;

/// An operation with links.
pub const LINKS: &str = r#"summary: The download links of a backup.
parameters:
  Instance: {type: string, required: true, doc: Id of the instance.}
  Backup: {type: string, required: true, doc: Id of the backup.}
  Net: {type: string, values: {inner: From inside., outer: From outside.}, default: outer, doc: Which link.}
  Seconds: {type: int64, unit: s, bounds: 60..86400, default: 3600, doc: How long the link lives.}
  Since: {type: timestamp, format: "%Y-%m-%d", zone: "+08:00", doc: Not before.}
  Tags: {type: "string[]", bounds: ..5, doc: Tags to look for.}
rules:
  - {forbidden: Seconds, if: {Net: inner}}
  - {not_equal: [Instance, Backup]}
types:
  File:
    name: {type: string, doc: Name of the file.}
    bytes: {type: int64, unit: B, doc: Size of the file.}
    url: {type: string, sensitive: true, doc: The link.}
    until: {type: timestamp, format: "%s", doc: When the link dies.}
response:
  files: {type: "File[]", doc: The files.}
  nodes: {type: "map<string>", doc: Links by node.}
errors:
  NoBackup: {class: not-found, status: 404, when: [no-instance, no-backup], doc: No such backup.}
links:
  instance: $request.Instance
  backup: $request.Backup
  name: files[].name
  size: files[].bytes
  public_url: files[].url
  expires: ["files[].until", $request.Seconds, 1h]
examples:
  - settings: {region: eu}
    request: {Instance: r-1, Backup: b-1}
    at: "2026-01-31T08:00:00Z"
    response: |
      {"code": 0, "files": [{"name": "0.rdb", "bytes": 18, "url": "https://f.example/0.rdb"}]}
    gives:
      - {name: 0.rdb, size: 18}
"#;

/// An operation with a list of backups.
pub const LIST: &str = r#"summary: The backups of an instance.
parameters:
  Instance: {type: string, required: true, doc: Id of the instance.}
  Offset: {type: int64, doc: How many to skip.}
  Limit: {type: int64, doc: How many at most.}
types:
  Item:
    id: {type: string, required: true, doc: Id of the backup.}
    at: {type: timestamp, format: "%s", doc: When it was taken.}
    state: {type: int64, values: {1: {name: Busy, doc: Under way.}, 2: {name: Done, doc: Finished.}}, doc: State.}
response:
  total: {type: int64, doc: How many there are.}
  items: {type: "Item[]", doc: The backups.}
errors:
  NoInstance: {class: not-found, status: 404, when: no-instance, doc: No such instance.}
paging: {offset: Offset, limit: Limit, total: total, items: items}
backups:
  with: {Limit: 100}
  instance: $request.Instance
  backup: items[].id
  created_at: items[].at
  state: {from: "items[].state", running: 1, finished: 2}
"#;

/// The small service, whole.
pub fn acme() -> Vec<SpecFile> {
    [("service", SERVICE), ("GetLinks", LINKS), ("ListBackups", LIST)]
        .map(|(name, text)| file(&format!("specs/acme/{name}.yaml"), text))
        .into()
}

/// A spec file.
pub fn file(path: &str, text: &str) -> SpecFile {
    SpecFile { path: path.to_owned(), text: text.to_owned() }
}

/// The small service with something broken, and the texts that the carets of its problems stand under.
pub struct Case {
    what: &'static str,
    files: Vec<SpecFile>,
    marks: Vec<&'static str>,
}

/// A case: what is broken, in which file, how, and which texts are marked, one per problem.
pub fn case(what: &'static str, file: &str, from: &str, to: &str, marks: &[&'static str]) -> Case {
    Case { what, files: acme(), marks: marks.to_vec() }.and(file, from, to)
}

/// A case of files of its own.
pub fn files(what: &'static str, files: &[(&str, &str)], marks: &[&'static str]) -> Case {
    let files = files.iter().map(|(path, text)| file(path, text)).collect();
    Case { what, files, marks: marks.to_vec() }
}

impl Case {
    /// One edit more.
    pub fn and(mut self, name: &str, from: &str, to: &str) -> Self {
        let path = format!("specs/acme/{name}.yaml");
        let file = self.files.iter_mut().find(|file| file.path == path).expect(name);
        assert_eq!(file.text.matches(from).count(), 1, "{}: `{from}` in {path}", self.what);
        file.text = file.text.replace(from, to);
        self
    }

    /// What the generator says, or how that differs from what is expected: how many problems there are, and where.
    pub fn said(&self) -> Result<String, String> {
        let Err(failure) = check(&self.files) else { return Err(format!("{}: no problem", self.what)) };
        let marks: Vec<&str> = failure.located().iter().map(|located| self.mark(located)).collect();
        let shown = failure.located().iter().all(|Located { problem, start: (line, column), .. }| {
            let place = format!("--> {}:{line}:{column}\n", problem.file);
            failure.text.contains(&place) || self.text(&problem.file).is_empty()
        });
        if marks == self.marks && shown {
            Ok(failure.text)
        } else {
            Err(format!("{}: {marks:?}, expected {:?}\n{failure}", self.what, self.marks))
        }
    }

    fn text(&self, path: &str) -> &str {
        self.files.iter().find(|file| file.path == path).map_or("", |file| &file.text)
    }

    /// The first line of what a problem is about, found by counting lines and columns.
    fn mark(&self, located: &Located) -> &str {
        let Located { problem, start: (line, column), .. } = located;
        let text = self.text(&problem.file);
        let line = text.split('\n').nth(*line - 1).unwrap_or_default();
        let start = line.char_indices().nth(*column - 1).map_or(line.len(), |(at, _)| at);
        let length = problem.span.1.saturating_sub(problem.span.0);
        line.get(start..start + length).unwrap_or(&line[start..])
    }
}

/// What the generator says in every case, one after the other.
pub fn catalogue(cases: &[Case]) -> String {
    let mut out = String::new();
    let mut wrong = Vec::new();
    for case in cases {
        match case.said() {
            Ok(text) => out.push_str(&format!("{}\n{}\n\n{text}\n", case.what, "=".repeat(case.what.len()))),
            Err(message) => wrong.push(message),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    out
}

/// Pins the catalogue of some cases under `diagnostics/`.
#[macro_export]
macro_rules! assert_catalogue {
    ($name:literal, [$($case:expr),* $(,)?]) => {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("diagnostics");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!($name, common::catalogue(&[$($case),*])));
    };
}
