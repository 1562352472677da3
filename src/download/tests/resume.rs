//! Pulls that were interrupted, and those that go on after them.

use std::sync::Arc;

use super::storage::*;
use super::*;

const PIECE: usize = 1000;
const LENGTH: usize = 5500;

fn parts(dir: &Path) -> Options {
    Options { piece: PIECE as u64, connections: 1, ..options(dir) }
}

fn object() -> Object {
    Object::new(rdb(LENGTH, 1))
}

/// Pulls until the storage stops answering after so many requests, and drops the future then.
fn interrupted(dir: &Path, object: Object, requests: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let reached = Arc::new(tokio::sync::Notify::new());
    let tell = Arc::clone(&reached);
    let mut mock = Mock::of(object);
    mock.always = Box::new(move |number, _| {
        if number <= requests {
            return fine();
        }
        tell.notify_one();
        act(|answer| answer.cut(0, Then::Silence))
    });
    runtime.block_on(async {
        let backup = BackupId::new("i", "b");
        let options = Options { sync: true, ..parts(dir) };
        let mut told = |_| {};
        let mut pull = Box::pin(engine::pull(&mock, &backup, &options, &mut told));
        let mut stop = Box::pin(reached.notified());
        let ended = std::future::poll_fn(|context| {
            if pull.as_mut().poll(context).is_ready() {
                return std::task::Poll::Ready(true);
            }
            stop.as_mut().poll(context).map(|()| false)
        });
        assert!(!ended.await, "it was not interrupted");
    });
}

/// Pulls what is left, and says how many bytes it fetched.
fn rest(dir: &Path, object: Object) -> (u64, Told) {
    let content = object.bytes.clone();
    let mock = Mock::of(object);
    let (result, told) = pull_and_hear(&mock, &parts(dir));
    result.unwrap_or_else(|error| panic!("{error:?} {told:?}"));
    assert_eq!(std::fs::read(dir.join("i-b-000-f.rdb")).unwrap(), content);
    assert_eq!(names(dir), ["i-b-000-f.rdb"]);
    let sent = *mock.sent.lock().unwrap();
    (sent, told)
}

fn part(dir: &Path) -> std::path::PathBuf {
    dir.join("i-b-000-f.rdb.part")
}

fn journal(dir: &Path) -> std::path::PathBuf {
    dir.join("i-b-000-f.rdb.part.journal")
}

#[test]
fn what_is_there_is_not_fetched_again() {
    for requests in 1..6 {
        let dir = folder();
        interrupted(dir.path(), object(), requests);
        assert_eq!(names(dir.path()), ["i-b-000-f.rdb.part", "i-b-000-f.rdb.part.journal"]);
        let (sent, told) = rest(dir.path(), object());
        assert_eq!(sent as usize, LENGTH - requests * PIECE, "{told:?}");
        assert!(told.contains(&format!("Resumed {{ file: 0, bytes: {} }}", requests * PIECE)), "{told:?}");
    }
}

#[test]
fn a_file_that_only_lacks_its_name_is_not_asked_for() {
    let dir = folder();
    interrupted(dir.path(), object(), 5);
    let last = &object().bytes[5000..];
    let file = std::fs::OpenOptions::new().append(true).open(part(dir.path())).unwrap();
    std::io::Write::write_all(&mut &file, last).unwrap();
    let line = crate::download::journal::record(5, crc32fast::hash(last));
    let mut text = std::fs::read_to_string(journal(dir.path())).unwrap();
    text.push_str(&line);
    std::fs::write(journal(dir.path()), text).unwrap();
    assert_eq!(rest(dir.path(), object()).0, 0);
}

#[test]
fn nothing_on_the_disk_is_believed() {
    // A byte of the second piece is wrong, or of the last one that is there.
    for at in [1000, 1999, 3999] {
        let dir = folder();
        interrupted(dir.path(), object(), 4);
        let mut bytes = std::fs::read(part(dir.path())).unwrap();
        bytes[at] ^= 1;
        std::fs::write(part(dir.path()), bytes).unwrap();
        assert_eq!(rest(dir.path(), object()).0 as usize, LENGTH - 3 * PIECE);
    }
    // Zeros in place of what never reached the disk.
    let dir = folder();
    interrupted(dir.path(), object(), 4);
    let file = std::fs::OpenOptions::new().write(true).open(part(dir.path())).unwrap();
    file.set_len(2500).unwrap();
    file.set_len(LENGTH as u64).unwrap();
    assert_eq!(rest(dir.path(), object()).0 as usize, LENGTH - 2 * PIECE);
}

#[test]
fn what_stands_behind_the_end_is_cut_off() {
    let dir = folder();
    interrupted(dir.path(), object(), 4);
    let file = std::fs::OpenOptions::new().write(true).open(part(dir.path())).unwrap();
    file.set_len(3 * LENGTH as u64).unwrap();
    assert_eq!(rest(dir.path(), object()).0 as usize, LENGTH - 4 * PIECE);
}

#[test]
fn a_part_that_is_cut_anywhere_is_gone_on_with() {
    let dir = folder();
    interrupted(dir.path(), object(), 4);
    let (data, lines) =
        (std::fs::read(part(dir.path())).unwrap(), std::fs::read(journal(dir.path())).unwrap());
    for cut in (0..=4000).step_by(125) {
        let dir = folder();
        std::fs::write(part(dir.path()), &data[..cut]).unwrap();
        std::fs::write(journal(dir.path()), &lines).unwrap();
        let (sent, _) = rest(dir.path(), object());
        assert_eq!(sent as usize, LENGTH - cut / PIECE * PIECE, "cut at {cut}");
    }
}

#[test]
fn a_journal_that_is_cut_or_altered_anywhere_is_gone_on_with() {
    let dir = folder();
    interrupted(dir.path(), object(), 4);
    let (data, lines) =
        (std::fs::read(part(dir.path())).unwrap(), std::fs::read(journal(dir.path())).unwrap());
    for cut in 0..=lines.len() {
        let dir = folder();
        std::fs::write(part(dir.path()), &data).unwrap();
        let mut broken = lines[..cut].to_vec();
        if cut % 2 == 0 {
            broken.extend(b"garbage\n\0\0\0");
        }
        std::fs::write(journal(dir.path()), broken).unwrap();
        // What was noted twice counts once.
        let whole = lines[..cut].split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
        let claims = whole.collect::<std::collections::HashSet<_>>().len().saturating_sub(1);
        let (sent, _) = rest(dir.path(), object());
        assert_eq!(sent as usize, LENGTH - claims * PIECE, "cut at {cut}");
    }
    for garbage in [&b""[..], b"\n", b"00000000 \n", &[0; 4096], &[0xff; 4096]] {
        let dir = folder();
        std::fs::write(part(dir.path()), &data).unwrap();
        std::fs::write(journal(dir.path()), garbage).unwrap();
        assert_eq!(rest(dir.path(), object()).0 as usize, LENGTH);
    }
    let dir = folder();
    std::fs::write(journal(dir.path()), &lines).unwrap();
    assert_eq!(rest(dir.path(), object()).0 as usize, LENGTH, "a journal without a file");
}

#[test]
fn a_resumed_pull_that_is_interrupted_is_resumed() {
    let dir = folder();
    interrupted(dir.path(), object(), 1);
    let lines = std::fs::read_to_string(journal(dir.path())).unwrap();
    std::fs::write(journal(dir.path()), format!("{lines}torn")).unwrap();
    interrupted(dir.path(), object(), 2);
    interrupted(dir.path(), object(), 1);
    assert_eq!(rest(dir.path(), object()).0 as usize, LENGTH - 4 * PIECE);
}

#[test]
fn another_file_is_begun_anew() {
    let other = rdb(LENGTH, 2);
    let longer = rdb(LENGTH + 1, 2);
    for (now, events) in [
        (Object::new(other.clone()), 1),
        (Object::new(longer), 1),
        (Object { ranges: false, ..Object::new(other.clone()) }, 1),
        (Object { etag: None, ..Object::new(other) }, 1),
        // The same file, of which no parts can be had any more.
        (Object { ranges: false, ..object() }, 1),
    ] {
        let dir = folder();
        interrupted(dir.path(), object(), 3);
        let length = now.bytes.len();
        let (_, told) = rest(dir.path(), now);
        assert_eq!(count(&told, "Restarted"), events, "{length} {told:?}");
    }
}

#[test]
fn nothing_is_gone_on_with_that_cannot_be_recognised() {
    let dir = folder();
    let object = Object { etag: None, ..object() };
    interrupted(dir.path(), object.clone(), 3);
    assert_eq!(names(dir.path()), ["i-b-000-f.rdb.part"]);
    let (sent, told) = rest(dir.path(), object);
    assert_eq!((sent as usize, count(&told, "Resumed")), (LENGTH, 0));
}

#[test]
fn a_failure_keeps_what_is_there() {
    let dir = folder();
    let mut mock = Mock::of(object());
    mock.always = Box::new(|number, _| if number <= 3 { fine() } else { status(500) });
    let error = pull_with(&mock, &parts(dir.path())).unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Refused);
    assert_eq!(rest(dir.path(), object()).0 as usize, LENGTH - 3 * PIECE);
}

#[test]
fn two_do_not_write_to_one_file() {
    let dir = folder();
    std::fs::write(part(dir.path()), "").unwrap();
    let held = std::fs::OpenOptions::new().write(true).open(part(dir.path())).unwrap();
    fs4::FileExt::try_lock(&held).unwrap();
    let error = pull_with(&Mock::of(object()), &parts(dir.path())).unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Busy);
    assert!(error.message.contains("is being downloaded already"), "{error}");
    assert_eq!(names(dir.path()), ["i-b-000-f.rdb.part"]);
    drop(held);
    rest(dir.path(), object());
}

#[cfg(unix)]
#[test]
fn a_file_that_was_taken_away_is_not_published() {
    let dir = folder();
    let path = part(dir.path());
    let swap = act(move |answer| {
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "mine").unwrap();
        answer
    });
    let mock = Mock::of(object()).acts([fine(), swap]);
    let error = pull_with(&mock, &parts(dir.path())).unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Disk);
    assert!(error.message.contains("somebody else has altered it"), "{error}");
    assert_eq!(std::fs::read(part(dir.path())).unwrap(), b"mine");
}
