//! Files under their names.

use super::storage::*;
use super::*;
use crate::error::{ApiError, Error};
use crate::service::Class;

/// The result of pulling one file that the storage sends as a whole, with these things happening.
fn one(bytes: &'static [u8], acts: Vec<Act>) -> (tempfile::TempDir, Result<Manifest, PullError>) {
    let dir = folder();
    let mock = Mock::of(Object::plain(bytes)).acts(acts);
    let result = pull_with(&mock, &options(dir.path()));
    (dir, result)
}

#[test]
fn a_backup_is_pulled() {
    for ranges in [true, false] {
        let dir = folder();
        let mut second = file("node_1");
        second.size = Some(NO_CHECKSUM.len() as u64);
        let object = |bytes| Object { ranges, ..Object::new(bytes) };
        let mock = Mock::with(vec![vec![file("0.rdb"), second]])
            .has("0.rdb", object(RDB))
            .has("node_1", object(NO_CHECKSUM));
        let options = Options {
            accept_unverified: true,
            sync: true,
            files: 2,
            dir: dir.path().join("new/folder"),
            ..options(dir.path())
        };
        let manifest = pull_with(&mock, &options).unwrap();
        assert_eq!(names(&options.dir), ["i-b-000-0.rdb", "i-b-001-node_1.rdb"]);
        assert_eq!(std::fs::read(options.dir.join("i-b-000-0.rdb")).unwrap(), RDB);
        let json = serde_json::to_value(&manifest).unwrap();
        assert_eq!(
            (json["service"].as_str(), json["instance"].as_str(), json["backup"].as_str()),
            (Some("mock"), Some("i"), Some("b"))
        );
        let first = &json["files"][0];
        assert_eq!(first["name"], "0.rdb");
        assert!(first["path"].as_str().unwrap().ends_with("new/folder/i-b-000-0.rdb"));
        assert_eq!(first["size"], RDB.len());
        assert_eq!(first["sha256"], crate::encoding::hex(&<sha2::Sha256 as sha2::Digest>::digest(RDB)));
        assert_eq!(first["rdb"]["checksum"], "ok");
        assert!(first["rdb"]["version"].is_u64());
        assert_eq!(first["verdict"], "ok");
        assert_eq!(json["files"][1]["rdb"]["checksum"], "absent");
        assert_eq!(json["failed"], serde_json::json!([]));
    }
}

#[test]
fn a_short_body_is_fetched_again() {
    let short = || act(|answer| answer.cut(20, Then::End));
    let broken = || act(|answer| answer.cut(20, Then::Break));
    // The storage sends the whole where the rest is wanted, and then the whole is asked for.
    let (dir, result) = one(RDB, vec![short(), fine(), broken()]);
    assert_eq!(result.unwrap().files.len(), 1);
    assert_eq!(names(dir.path()), ["i-b-000-f.rdb"]);

    let (dir, result) = one(RDB, vec![short(), fine(), short(), short()]);
    let error = result.unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Network);
    assert!(error.message.contains("20 bytes arrived of"), "{error}");
    assert!(matches!(error.cause.as_deref(), Some(Error::Transport(_))));
    assert!(names(dir.path()).is_empty(), "nobody could go on with it");
}

#[test]
fn a_body_of_unknown_length_that_was_cut_is_fetched_again() {
    let cut = || act(|answer| answer.without("content-length").cut(20, Then::End));
    let whole = || act(|answer| answer.without("content-length"));
    let (dir, result) = one(RDB, vec![cut(), whole()]);
    result.unwrap();
    assert_eq!(names(dir.path()), ["i-b-000-f.rdb"]);

    let (dir, result) = one(RDB, vec![cut(), cut(), cut()]);
    assert_eq!(result.unwrap_err().kind, PullErrorKind::Verification);
    assert_eq!(names(dir.path()), ["i-b-000-f.rdb.corrupt"]);
}

#[test]
fn a_body_that_is_too_long_stops() {
    let long = || act(|answer| answer.set("content-length", RDB.len() - 1));
    let (_dir, result) = one(RDB, vec![long(), long()]);
    result.unwrap();
    let (dir, result) = one(RDB, vec![long(), long(), long()]);
    assert!(result.unwrap_err().message.contains("more than the"));
    assert!(names(dir.path()).is_empty());
}

#[test]
fn sizes_are_compared_with_the_services() {
    for length in [true, false] {
        for (size, unit, fine) in
            [(RDB.len(), 1, true), (1024, 1024, true), (RDB.len() - 1, 1, false), (RDB.len() + 1, 1, false)]
        {
            let mut file = file("f");
            file.size = Some(size as u64);
            let dir = folder();
            let mut mock = Mock::with(vec![vec![file]]).has("f", Object::plain(RDB));
            mock.unit = unit;
            if !length {
                mock.always = Box::new(|_, _| act(|answer| answer.without("content-length")));
            }
            match pull_with(&mock, &options(dir.path())) {
                Ok(_) => assert!(fine, "{size}"),
                Err(error) => {
                    assert!(!fine, "{error}");
                    let kinds = [PullErrorKind::Verification, PullErrorKind::Network];
                    assert!(kinds.contains(&error.kind), "{error:?}");
                }
            }
        }
    }
}

#[test]
fn an_error_page_is_no_file() {
    let (dir, result) = one(ERROR_PAGE, vec![]);
    let error = result.unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Verification);
    assert!(error.message.contains("AccessDenied"), "{error}");
    assert!(names(dir.path()).is_empty());

    for empty in [Object::plain(&b""[..]), Object::new(&b""[..])] {
        let dir = folder();
        let error = pull_with(&Mock::of(empty), &options(dir.path())).unwrap_err();
        assert_eq!(error.kind, PullErrorKind::Verification, "{error}");
        assert!(names(dir.path()).is_empty());
    }
}

#[test]
fn what_cannot_be_verified_gets_another_name() {
    let (dir, result) = one(NO_CHECKSUM, vec![]);
    let error = result.unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Verification);
    assert_eq!(error.manifest.files.len(), 1);
    assert!(error.manifest.files[0].path.ends_with("i-b-000-f.rdb.unverified"));
    assert_eq!(names(dir.path()), ["i-b-000-f.rdb.unverified"]);

    // It is not overwritten either, and does not get in the way of those who accept it.
    let again = || Mock::of(Object::new(NO_CHECKSUM));
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
        let mock = Mock::of(Object::new(corrupt.clone()));
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
    let mock = || {
        let mock = Mock::with(vec![vec![file("a"), file("b")]]);
        mock.has("a", Object::new(RDB)).has("b", Object::new(RDB))
    };
    let refusing = mock();
    let error = pull_with(&refusing, &options(dir.path())).unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Exists);
    assert!(error.message.contains("i-b-001-b.rdb") && error.message.contains("--overwrite"), "{error}");
    assert_eq!(*refusing.log.lock().unwrap(), ["links"]);
    assert_eq!(names(dir.path()), ["i-b-001-b.rdb"]);
    assert_eq!(std::fs::read(&target).unwrap(), b"mine");

    pull_with(&mock(), &Options { overwrite: true, ..options(dir.path()) }).unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), RDB);
}

#[test]
fn a_file_that_appears_meanwhile_is_not_touched_either() {
    let dir = folder();
    let target = dir.path().join("i-b-000-f.rdb");
    let there = target.clone();
    let mock = Mock::of(Object::new(RDB)).acts([act(move |answer| {
        std::fs::write(&there, "mine").unwrap();
        answer
    })]);
    let error = pull_with(&mock, &options(dir.path())).unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Exists);
    assert_eq!(std::fs::read(&target).unwrap(), b"mine");
}

#[cfg(unix)]
#[test]
fn leftovers_are_replaced_and_never_followed() {
    let dir = folder();
    let mine = dir.path().join("mine");
    std::fs::write(&mine, "mine").unwrap();
    let part = dir.path().join("i-b-000-f.rdb.part");
    std::fs::hard_link(&mine, &part).unwrap();
    pull_with(&Mock::of(Object::new(RDB)), &options(dir.path())).unwrap();
    assert_eq!(std::fs::read(&mine).unwrap(), b"mine");

    std::fs::remove_file(dir.path().join("i-b-000-f.rdb")).unwrap();
    std::os::unix::fs::symlink(&mine, &part).unwrap();
    let error = pull_with(&Mock::of(Object::new(RDB)), &options(dir.path())).unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Exists);
    assert_eq!(std::fs::read(&mine).unwrap(), b"mine");
}

#[test]
fn the_rest_is_pulled_when_a_file_is_missing() {
    for files in [1, 4] {
        let dir = folder();
        let mock = Mock::with(vec![vec![file("a"), file("b"), file("c")]]);
        let mock = mock.has("a", Object::new(RDB)).has("c", Object::new(RDB));
        let error = pull_with(&mock, &Options { files, ..options(dir.path()) }).unwrap_err();
        assert_eq!(error.kind, PullErrorKind::Partial);
        assert_eq!((error.manifest.files.len(), error.manifest.failed.len()), (2, 1));
        let missing = &error.manifest.failed[0];
        assert_eq!((missing.index, missing.http_status), (1, Some(404)));
        assert!(error.message.starts_with("2 of 3 files are in place; file 1: "), "{error}");
        assert_eq!(names(dir.path()), ["i-b-000-a.rdb", "i-b-002-c.rdb"]);
    }
}

#[test]
fn failures_keep_their_kind() {
    let nothing = || vec![unreachable(), unreachable(), unreachable()];
    let (_dir, result) = one(RDB, nothing());
    assert_eq!(result.unwrap_err().kind, PullErrorKind::Network);
    let (_dir, result) = one(RDB, vec![status(500), status(429)]);
    result.unwrap();
    let (_dir, result) = one(RDB, vec![status(302)]);
    assert_eq!(result.unwrap_err().kind, PullErrorKind::Refused);

    let dir = folder();
    let error = pull_with(&Mock::with(vec![vec![]]), &options(dir.path())).unwrap_err();
    assert_eq!(error.kind, PullErrorKind::NoLinks);
    let denied = || Error::Api(Box::new(ApiError::new("GetLinks", 200, "Denied", Class::Denied)));
    let refusing = Mock::with(vec![]);
    refusing.links.lock().unwrap().push_back(Err(denied()));
    let error = pull_with(&refusing, &options(dir.path())).unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Api);
    assert!(matches!(error.cause.as_deref(), Some(Error::Api(error)) if error.code == "Denied"));
    let expiring = Mock::with(vec![vec![file("a"), file("b")]]).acts([status(403), status(403)]);
    expiring.links.lock().unwrap().extend([Err(denied()), Err(denied())]);
    assert_eq!(pull_with(&expiring, &options(dir.path())).unwrap_err().kind, PullErrorKind::Api);

    std::fs::write(dir.path().join("file"), "").unwrap();
    let error = pull_with(&Mock::of(Object::new(RDB)), &options(&dir.path().join("file"))).unwrap_err();
    assert!(matches!(error.kind, PullErrorKind::Disk | PullErrorKind::Exists), "{error:?}");
}
