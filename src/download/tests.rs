//! Pulls from a storage that misbehaves.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Mutex;

use bytes::Bytes;

use super::engine::{self, Origin};
use super::*;
use crate::error::{ApiError, TransportError, TransportErrorKind};
use crate::model::{BackupFile, BackupLinks};
use crate::sensitive::Link;
use crate::service::Class;
use crate::time::Timestamp;
use crate::transport::{Body, BoxFuture, Request, Response, Transport};

const RDB: &[u8] = include_bytes!("../../tests/fixtures/rdb/empty.rdb");
const NO_CHECKSUM: &[u8] = include_bytes!("../../tests/fixtures/rdb/no-checksum.rdb");
const ERROR_PAGE: &[u8] =
    b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Resource>/x?sign=s3cret</Resource></Error>";

/// What the storage answers to one request.
#[derive(Clone)]
struct Answer {
    status: u16,
    length: Option<usize>,
    body: Vec<u8>,
    /// What happens after the body.
    breaks: bool,
}

fn ok(body: &[u8]) -> Answer {
    Answer { status: 200, length: Some(body.len()), body: body.to_vec(), breaks: false }
}

fn status(status: u16) -> Answer {
    Answer { status, ..ok(ERROR_PAGE) }
}

/// Gives its pieces one by one.
struct Pieces(VecDeque<Bytes>, bool);

impl Body for Pieces {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        let piece = match (self.0.pop_front(), self.1) {
            (None, true) => Err(TransportError::new("mock", TransportErrorKind::Broken, "connection reset")),
            (piece, _) => Ok(piece),
        };
        Box::pin(std::future::ready(piece))
    }
}

/// A cloud and its storage: what they answer, in order, and what they were asked.
#[derive(Default)]
struct Mock {
    links: Mutex<VecDeque<Result<Vec<BackupFile>, Error>>>,
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<String>>,
    unit: u64,
}

impl Transport for Mock {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        assert_eq!((request.method.as_str(), request.body.len(), request.timeout), ("GET", 0, None));
        assert_eq!(request.headers, [("Accept-Encoding".to_owned(), "identity".to_owned())]);
        self.asked.lock().unwrap().push(request.url);
        let Some(answer) = self.answers.lock().unwrap().pop_front() else {
            let error = TransportError::new(request.what, TransportErrorKind::Connect, "no route");
            return Box::pin(std::future::ready(Err(error)));
        };
        let length = answer.length.map(|length| ("content-length".to_owned(), length.to_string()));
        let pieces = answer.body.chunks(7).map(Bytes::copy_from_slice).collect();
        let body = Box::new(Pieces(pieces, answer.breaks));
        let response = Response { status: answer.status, headers: length.into_iter().collect(), body };
        Box::pin(std::future::ready(Ok(response)))
    }
}

impl Origin for Mock {
    fn service(&self) -> &str {
        "mock"
    }

    fn links(&self) -> BoxFuture<'_, Result<BackupLinks, Error>> {
        self.asked.lock().unwrap().push("links".to_owned());
        let files = self.links.lock().unwrap().pop_front().expect("asked for links too often");
        let links = files.map(|files| BackupLinks {
            operation: "GetLinks",
            backup: BackupId::new("i", "b"),
            request_id: None,
            files,
        });
        Box::pin(std::future::ready(links))
    }

    fn size_unit(&self, operation: &str) -> u64 {
        assert_eq!(operation, "GetLinks");
        self.unit
    }

    fn transport(&self) -> &dyn Transport {
        self
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_unix(1000).unwrap()
    }
}

fn file(name: &str) -> BackupFile {
    let url = format!("http://s.example/{name}?sign=s3cret");
    BackupFile {
        name: Some(name.to_owned()),
        size: None,
        public_url: Link::new(&url),
        internal_url: None,
        expires_at: None,
    }
}

fn mock(links: Vec<Vec<BackupFile>>, answers: &[Answer]) -> Mock {
    Mock {
        links: Mutex::new(links.into_iter().map(Ok).collect()),
        answers: Mutex::new(answers.iter().cloned().collect()),
        ..Mock::default()
    }
}

fn options(dir: &Path) -> Options {
    Options { delay: Duration::ZERO, ..Options::new(dir) }
}

/// Pulls, and makes sure that no signed link leaks and no temporary file stays behind a success.
fn pull_with(mock: &Mock, options: &Options) -> Result<Manifest, PullError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut events = Vec::new();
    let result = runtime.block_on(async {
        let backup = BackupId::new("i", "b");
        let mut events = |event: Event| events.push(format!("{event:?}"));
        let pull = engine::pull(mock, &backup, options, &mut events);
        fn sendable<T: Send>(future: T) -> T {
            future
        }
        sendable(pull).await
    });
    assert!(!events.concat().contains("s3cret"), "{events:?}");
    assert!(!format!("{result:?}").contains("s3cret"), "{result:?}");
    if result.is_ok() && options.dir.is_dir() {
        assert!(!names(&options.dir).iter().any(|name| name.ends_with(".part")));
    }
    result
}

fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// The result of pulling one file that the storage answers so.
fn one(answers: &[Answer]) -> (tempfile::TempDir, Result<Manifest, PullError>) {
    let dir = folder();
    let result = pull_with(&mock(vec![vec![file("f")]], answers), &options(dir.path()));
    (dir, result)
}

#[test]
fn a_backup_is_pulled() {
    let dir = folder();
    let mut second = file("node 1");
    second.size = Some(NO_CHECKSUM.len() as u64);
    let mock = mock(vec![vec![file("../0.rdb"), second]], &[ok(RDB), ok(NO_CHECKSUM)]);
    let options =
        Options { accept_unverified: true, dir: dir.path().join("new/folder"), ..options(dir.path()) };
    let manifest = pull_with(&mock, &options).unwrap();
    assert_eq!(names(&options.dir), ["i-b-000-_._0.rdb", "i-b-001-node_1.rdb"]);
    assert_eq!(std::fs::read(options.dir.join("i-b-000-_._0.rdb")).unwrap(), RDB);
    let json = serde_json::to_value(&manifest).unwrap();
    assert_eq!(
        (json["service"].as_str(), json["instance"].as_str(), json["backup"].as_str()),
        (Some("mock"), Some("i"), Some("b"))
    );
    let first = &json["files"][0];
    assert_eq!(first["name"], "../0.rdb");
    assert!(first["path"].as_str().unwrap().ends_with("new/folder/i-b-000-_._0.rdb"));
    assert_eq!(first["size"], RDB.len());
    assert_eq!(first["sha256"], crate::encoding::hex(&<sha2::Sha256 as sha2::Digest>::digest(RDB)));
    assert_eq!(first["rdb"]["checksum"], "ok");
    assert!(first["rdb"]["version"].is_u64());
    assert_eq!(first["verdict"], "ok");
    assert_eq!(json["files"][1]["rdb"]["checksum"], "absent");
    assert_eq!(json["failed"], serde_json::json!([]));
}

#[test]
fn a_short_body_is_fetched_again() {
    let short = Answer { length: Some(RDB.len()), ..ok(&RDB[..20]) };
    let broken = Answer { breaks: true, ..short.clone() };
    let (dir, result) = one(&[short.clone(), broken, ok(RDB)]);
    assert_eq!(result.unwrap().files.len(), 1);
    assert_eq!(names(dir.path()), ["i-b-000-f.rdb"]);

    let (dir, result) = one(&[short.clone(), short.clone(), short]);
    let error = result.unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Network);
    assert!(error.message.contains("20 bytes arrived of"), "{error}");
    assert!(matches!(error.cause.as_deref(), Some(Error::Transport(_))));
    assert_eq!(names(dir.path()), ["i-b-000-f.rdb.part"]);
}

#[test]
fn a_body_of_unknown_length_that_was_cut_is_fetched_again() {
    let cut = Answer { length: None, ..ok(&RDB[..20]) };
    let whole = Answer { length: None, ..ok(RDB) };
    let (dir, result) = one(&[cut.clone(), whole]);
    result.unwrap();
    assert_eq!(names(dir.path()), ["i-b-000-f.rdb"]);

    let (dir, result) = one(&[cut.clone(), cut.clone(), cut]);
    assert_eq!(result.unwrap_err().kind, PullErrorKind::Verification);
    assert_eq!(names(dir.path()), ["i-b-000-f.rdb.corrupt"]);
}

#[test]
fn a_body_that_is_too_long_stops() {
    let long = Answer { length: Some(RDB.len() - 1), ..ok(RDB) };
    let (_dir, result) = one(&[long.clone(), long, ok(RDB)]);
    result.unwrap();
}

#[test]
fn sizes_are_compared_with_the_services() {
    let sized = |size: usize, unit, answer: Answer| {
        let mut file = file("f");
        file.size = Some(size as u64);
        let dir = folder();
        let answers = [answer.clone(), answer.clone(), answer];
        let mock = Mock { unit, ..mock(vec![vec![file]], &answers) };
        pull_with(&mock, &options(dir.path()))
    };
    let unknown = Answer { length: None, ..ok(RDB) };
    for answer in [ok(RDB), unknown] {
        assert!(sized(RDB.len(), 1, answer.clone()).is_ok());
        assert!(sized(1024, 1024, answer.clone()).is_ok());
        for size in [RDB.len() - 1, RDB.len() + 1] {
            let error = sized(size, 1, answer.clone()).unwrap_err();
            assert!(matches!(error.kind, PullErrorKind::Verification | PullErrorKind::Network), "{error:?}");
        }
    }
}

#[test]
fn refused_links_are_renewed() {
    for code in [401, 403, 410] {
        let dir = folder();
        let (old, mut new) = (vec![file("a"), file("b")], vec![file("b"), file("a")]);
        new[0].public_url = Link::new("http://new.example/b");
        new[1].public_url = Link::new("http://new.example/a");
        let mock = mock(vec![old, new], &[status(code), ok(RDB), ok(RDB)]);
        assert_eq!(pull_with(&mock, &options(dir.path())).unwrap().files.len(), 2);
        let asked = mock.asked.into_inner().unwrap();
        assert_eq!(
            asked,
            [
                "links",
                "http://s.example/a?sign=s3cret",
                "links",
                "http://new.example/a",
                "http://new.example/b"
            ]
        );
        assert_eq!(names(dir.path()), ["i-b-000-a.rdb", "i-b-001-b.rdb"]);
    }
}

#[test]
fn links_that_are_refused_for_ever_are_given_up() {
    let dir = folder();
    let mock = mock(vec![vec![file("f")]; 3], &[status(403), status(403), status(403)]);
    let error = pull_with(&mock, &options(dir.path())).unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Refused);
    assert_eq!(error.manifest.failed[0].http_status, Some(403));
    assert!(error.message.contains("HTTP 403") && error.message.contains("AccessDenied"), "{error}");
    assert!(names(dir.path()).is_empty());
}

#[test]
fn a_renewal_must_name_the_same_files() {
    let dir = folder();
    let mock = mock(vec![vec![file("a")], vec![file("a"), file("b")]], &[status(403)]);
    let error = pull_with(&mock, &options(dir.path())).unwrap_err();
    assert_eq!(error.kind, PullErrorKind::NoLinks);
    assert!(error.message.contains("2 files instead of 1"), "{error}");
}

#[test]
fn expired_links_are_renewed_before_they_are_used_but_once() {
    let dir = folder();
    let mut expired = file("f");
    expired.expires_at = Timestamp::from_unix(999);
    let mock = mock(vec![vec![expired.clone()], vec![expired]], &[ok(RDB)]);
    pull_with(&mock, &options(dir.path())).unwrap();
    assert_eq!(mock.asked.into_inner().unwrap(), ["links", "links", "http://s.example/f?sign=s3cret"]);
}

#[test]
fn an_error_page_is_no_file() {
    let (dir, result) = one(&[ok(ERROR_PAGE), ok(RDB)]);
    let error = result.unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Verification);
    assert!(error.message.contains("AccessDenied"), "{error}");
    assert!(names(dir.path()).is_empty());

    let (dir, result) = one(&[ok(b"")]);
    assert_eq!(result.unwrap_err().kind, PullErrorKind::Verification);
    assert!(names(dir.path()).is_empty());
}

#[test]
fn what_cannot_be_verified_gets_another_name() {
    let (dir, result) = one(&[ok(NO_CHECKSUM)]);
    let error = result.unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Verification);
    assert_eq!(error.manifest.files.len(), 1);
    assert!(error.manifest.files[0].path.ends_with("i-b-000-f.rdb.unverified"));
    assert_eq!(names(dir.path()), ["i-b-000-f.rdb.unverified"]);

    // It is not overwritten either, and does not get in the way of those who accept it.
    let again = || mock(vec![vec![file("f")]], &[ok(NO_CHECKSUM)]);
    let refused = pull_with(&again(), &options(dir.path())).unwrap_err();
    assert_eq!(refused.kind, PullErrorKind::Exists);
    pull_with(&again(), &Options { accept_unverified: true, ..options(dir.path()) }).unwrap();
    assert_eq!(names(dir.path()), ["i-b-000-f.rdb", "i-b-000-f.rdb.unverified"]);
}

#[test]
fn corrupt_files_are_kept_for_people_to_look_at() {
    let mut corrupt = RDB.to_vec();
    corrupt[20] ^= 1;
    let dir = folder();
    for number in 1..=3 {
        let mock = mock(vec![vec![file("f")]], &[ok(&corrupt)]);
        let error = pull_with(&mock, &options(dir.path())).unwrap_err();
        assert_eq!(error.kind, PullErrorKind::Verification);
        assert_eq!(error.manifest.files[0].verdict, Verdict::Corrupt);
        assert_eq!(names(dir.path()).len(), number);
    }
    assert_eq!(
        names(dir.path()),
        ["i-b-000-f.rdb.corrupt", "i-b-000-f.rdb.corrupt-2", "i-b-000-f.rdb.corrupt-3"]
    );
}

#[test]
fn files_that_are_there_are_not_touched() {
    let dir = folder();
    let target = dir.path().join("i-b-001-b.rdb");
    std::fs::write(&target, "mine").unwrap();
    let mock = || mock(vec![vec![file("a"), file("b")]], &[ok(RDB), ok(RDB)]);
    let refusing = mock();
    let error = pull_with(&refusing, &options(dir.path())).unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Exists);
    assert!(error.message.contains("i-b-001-b.rdb") && error.message.contains("--overwrite"), "{error}");
    assert_eq!(refusing.asked.into_inner().unwrap(), ["links"]);
    assert_eq!(names(dir.path()), ["i-b-001-b.rdb"]);
    assert_eq!(std::fs::read(&target).unwrap(), b"mine");

    pull_with(&mock(), &Options { overwrite: true, ..options(dir.path()) }).unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), RDB);
}

#[cfg(unix)]
#[test]
fn leftovers_are_replaced_and_never_followed() {
    let dir = folder();
    let mine = dir.path().join("mine");
    std::fs::write(&mine, "mine").unwrap();
    let part = dir.path().join("i-b-000-f.rdb.part");
    std::fs::hard_link(&mine, &part).unwrap();
    pull_with(&mock(vec![vec![file("f")]], &[ok(RDB)]), &options(dir.path())).unwrap();
    assert_eq!(std::fs::read(&mine).unwrap(), b"mine");

    std::fs::remove_file(dir.path().join("i-b-000-f.rdb")).unwrap();
    std::os::unix::fs::symlink(&mine, &part).unwrap();
    let error = pull_with(&mock(vec![vec![file("f")]], &[ok(RDB)]), &options(dir.path())).unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Exists);
    assert_eq!(std::fs::read(&mine).unwrap(), b"mine");
}

#[test]
fn the_rest_is_pulled_when_a_file_is_missing() {
    let dir = folder();
    let files = vec![file("a"), file("b"), file("c")];
    let mock = mock(vec![files], &[ok(RDB), status(404), ok(RDB)]);
    let error = pull_with(&mock, &options(dir.path())).unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Partial);
    assert_eq!((error.manifest.files.len(), error.manifest.failed.len()), (2, 1));
    assert_eq!((error.manifest.failed[0].index, error.manifest.failed[0].http_status), (1, Some(404)));
    assert!(error.message.starts_with("2 of 3 files are in place; file 1: "), "{error}");
    assert_eq!(names(dir.path()), ["i-b-000-a.rdb", "i-b-002-c.rdb"]);
}

#[test]
fn failures_keep_their_kind() {
    let (_dir, result) = one(&[]);
    assert_eq!(result.unwrap_err().kind, PullErrorKind::Network);
    let (_dir, result) = one(&[status(500), status(429), ok(RDB)]);
    result.unwrap();
    let (_dir, result) = one(&[status(302)]);
    assert_eq!(result.unwrap_err().kind, PullErrorKind::Refused);

    let dir = folder();
    let error = pull_with(&mock(vec![vec![]], &[]), &options(dir.path())).unwrap_err();
    assert_eq!(error.kind, PullErrorKind::NoLinks);
    let denied = || Error::Api(Box::new(ApiError::new("GetLinks", 200, "Denied", Class::Denied)));
    let links = || Mutex::new(VecDeque::from([Ok(vec![file("a"), file("b")]), Err(denied()), Err(denied())]));
    let refusing = Mock { links: Mutex::new(VecDeque::from([Err(denied())])), ..Mock::default() };
    let error = pull_with(&refusing, &options(dir.path())).unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Api);
    assert!(matches!(error.cause.as_deref(), Some(Error::Api(error)) if error.code == "Denied"));
    let expiring = Mock { links: links(), ..mock(vec![], &[status(403), status(403)]) };
    assert_eq!(pull_with(&expiring, &options(dir.path())).unwrap_err().kind, PullErrorKind::Api);

    std::fs::write(dir.path().join("file"), "").unwrap();
    let error =
        pull_with(&mock(vec![vec![file("f")]], &[ok(RDB)]), &options(&dir.path().join("file"))).unwrap_err();
    assert!(matches!(error.kind, PullErrorKind::Disk | PullErrorKind::Exists), "{error:?}");
}

#[test]
fn the_network_is_chosen() {
    let mut both = file("f");
    both.internal_url = Link::new("http://internal.example/f");
    for (prefer, file, wanted) in [
        (Network::Public, &both, "http://s.example/f?sign=s3cret"),
        (Network::Internal, &both, "http://internal.example/f"),
        (Network::Internal, &file("f"), "http://s.example/f?sign=s3cret"),
    ] {
        let dir = folder();
        let mock = mock(vec![vec![file.clone()]], &[ok(RDB)]);
        pull_with(&mock, &Options { prefer, ..options(dir.path()) }).unwrap();
        assert_eq!(mock.asked.into_inner().unwrap(), ["links", wanted]);
    }
}
