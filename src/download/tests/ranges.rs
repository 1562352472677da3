//! Parts of files: over several connections, from storages that answer with something else.

use super::storage::*;
use super::*;

const PIECE: u64 = 1000;

fn parts(dir: &Path) -> Options {
    Options { piece: PIECE, ..options(dir) }
}

/// Pulls a file of ten pieces and a bit, with these things happening, and looks at what is there afterwards.
fn pulled(mock: &Mock, options: &Options, content: &[u8]) -> Told {
    let (result, told) = pull_and_hear(mock, options);
    let manifest = result.unwrap_or_else(|error| panic!("{error:?} {told:?}"));
    assert_eq!(std::fs::read(options.dir.join("i-b-000-f.rdb")).unwrap(), content);
    assert_eq!(manifest.files[0].size, content.len() as u64);
    assert_eq!(
        manifest.files[0].sha256,
        crate::encoding::hex(&<sha2::Sha256 as sha2::Digest>::digest(content))
    );
    told
}

#[test]
fn every_byte_is_fetched_once() {
    for connections in [1, 4] {
        for length in [10_300, 10_000, 999, 1000, 1001] {
            let (dir, content) = (folder(), rdb(length, 1));
            let mock = Mock::of(Object::new(content.clone()));
            let told = pulled(&mock, &Options { connections, ..parts(dir.path()) }, &content);
            assert_eq!(*mock.sent.lock().unwrap(), length as u64);
            let pieces = length.div_ceil(1000);
            assert_eq!(mock.ranges().len(), pieces);
            assert_eq!(mock.ranges()[0], "bytes=0-999");
            let asked = mock.asked.lock().unwrap();
            let etag = Object::new(content.clone()).etag;
            assert!(asked[0].if_range.is_none() && asked[1..].iter().all(|asked| asked.if_range == etag));
            assert_eq!(count(&told, "Connections"), usize::from(connections > 1 && pieces > 1));
            assert_eq!(count(&told, "Progress"), pieces);
        }
    }
}

#[test]
fn small_files_are_one_piece() {
    let sized = |piece, announced| {
        let options = Options { piece, ..Options::default() };
        options.piece_of(announced)
    };
    assert_eq!(sized(16 << 20, None), 16 << 20);
    assert_eq!(sized(16 << 20, Some(1 << 40)), 16 << 20);
    assert_eq!(sized(16 << 20, Some(1)), 4 << 20);
    assert_eq!(sized(16 << 20, Some(32 << 20)), 8 << 20);
    assert_eq!(sized(1000, Some(1)), 1000);
    assert_eq!(sized(0, None), 1);
}

#[test]
fn a_connection_that_breaks_goes_on_where_it_was() {
    let (dir, content) = (folder(), rdb(3500, 1));
    let broken = || act(|answer| answer.cut(400, Then::Break));
    let short = || act(|answer| answer.cut(300, Then::End));
    let mock = Mock::of(Object::new(content.clone())).acts([broken(), short(), fine(), unreachable()]);
    let told = pulled(&mock, &Options { connections: 1, ..parts(dir.path()) }, &content);
    assert_eq!(
        mock.ranges(),
        [
            "bytes=0-999",
            "bytes=400-999",
            "bytes=700-999",
            "bytes=1000-1999",
            "bytes=1000-1999",
            "bytes=2000-2999",
            "bytes=3000-3499"
        ]
    );
    assert_eq!((count(&told, "Retrying"), *mock.sent.lock().unwrap()), (3, 3500));
}

#[test]
fn progress_that_is_none_is_given_up() {
    let dir = folder();
    let content = rdb(3500, 1);
    let drip = |bytes: usize| {
        let mut mock = Mock::of(Object::new(content.clone()));
        mock.always = Box::new(move |_, _| act(move |answer| answer.cut(bytes, Then::Break)));
        mock
    };
    pulled(&drip(10), &parts(dir.path()), &content);
    let dir = folder();
    let mock = drip(1);
    let error = pull_with(&mock, &Options { connections: 1, ..parts(dir.path()) }).unwrap_err();
    assert_eq!((error.kind, mock.ranges().len()), (PullErrorKind::Network, 3));
    assert_eq!(names(dir.path()), ["i-b-000-f.rdb.part", "i-b-000-f.rdb.part.journal"]);
}

#[test]
fn silence_is_no_progress() {
    let (dir, content) = (folder(), rdb(3500, 1));
    let silent = || act(|answer| answer.cut(500, Then::Silence));
    let mock = Mock::of(Object::new(content.clone())).acts([silent(), silent()]);
    let told = pulled(&mock, &parts(dir.path()), &content);
    assert!(told.concat().contains("nothing arrived for 60 s"), "{told:?}");
    assert_eq!(*mock.sent.lock().unwrap(), 3500);
}

#[test]
fn answers_that_do_not_fit_are_asked_for_again() {
    let wrong: [fn(Answer) -> Answer; 9] = [
        |answer| answer.without("content-range"),
        |answer| answer.set("content-range", "bytes 1-1000/3500"),
        |answer| answer.set("content-range", "bytes 1000-1999/*"),
        |answer| answer.set("content-length", 7),
        |answer| answer.set("content-encoding", "gzip"),
        |answer| answer.set("content-type", "multipart/byteranges; boundary=x"),
        |answer| answer.without("etag"),
        |answer| Answer { status: 200, ..answer.set("content-length", 3500) },
        |answer| Answer { status: 416, ..answer },
    ];
    for (number, wrong) in wrong.into_iter().enumerate() {
        let (dir, content) = (folder(), rdb(3500, 1));
        let mock = Mock::of(Object::new(content.clone())).acts([fine(), act(wrong)]);
        let told = pulled(&mock, &Options { connections: 1, ..parts(dir.path()) }, &content);
        let again = ["bytes=0-999", "bytes=1000-1999", "bytes=1000-1999", "bytes=2000-2999"];
        assert_eq!(mock.ranges()[..4], again, "{number}: {told:?}");
        assert_eq!(count(&told, "Restarted"), 0, "{number}: {told:?}");

        // Never is one of them taken for the file.
        let dir = folder();
        let mut mock = Mock::of(Object::new(content.clone())).acts([fine()]);
        mock.always = Box::new(move |_, _| act(wrong));
        let result = pull_with(&mock, &Options { connections: 1, ..parts(dir.path()) });
        let file = dir.path().join("i-b-000-f.rdb");
        match result {
            Ok(_) => assert_eq!(std::fs::read(file).unwrap(), content),
            Err(error) => assert!(!file.exists() && !error.message.is_empty(), "{number}"),
        }
    }
}

#[test]
fn a_part_that_is_shorter_is_taken() {
    let (dir, content) = (folder(), rdb(2000, 1));
    let shorter = act(|answer| {
        let answer = answer.cut(600, Then::End);
        answer.set("content-length", 600).set("content-range", "bytes 0-599/2000")
    });
    let mock = Mock::of(Object::new(content.clone())).acts([shorter]);
    pulled(&mock, &Options { connections: 1, ..parts(dir.path()) }, &content);
    assert_eq!(mock.ranges(), ["bytes=0-999", "bytes=600-999", "bytes=1000-1999"]);
}

#[test]
fn a_part_that_is_longer_spoils_the_file() {
    let (dir, content) = (folder(), rdb(2000, 1));
    let longer = act(|answer| Answer { body: [&answer.body[..], b"more"].concat().into(), ..answer });
    let mock = Mock::of(Object::new(content.clone())).acts([fine(), longer]);
    let told = pulled(&mock, &Options { connections: 1, ..parts(dir.path()) }, &content);
    assert_eq!(count(&told, "Restarted"), 1);
}

#[test]
fn a_file_that_changes_is_begun_anew() {
    let (old, new) = (rdb(3500, 1), rdb(3500, 2));
    for modified in [true, false] {
        let object = |bytes: &[u8]| {
            let object = Object::new(bytes.to_vec());
            if modified { Object { modified: object.etag.clone(), etag: None, ..object } } else { object }
        };
        let dir = folder();
        let mut mock = Mock::with(vec![vec![file("f")], vec![file("g")]]);
        mock.links.lock().unwrap()[1].as_mut().unwrap()[0].name = Some("f".to_owned());
        mock = mock.has("f", object(&old)).has("g", object(&new)).acts([fine(), fine(), status(403)]);
        let told = pulled(&mock, &Options { connections: 1, ..parts(dir.path()) }, &new);
        assert_eq!((count(&told, "Renewed"), count(&told, "Restarted")), (1, 1), "{told:?}");
    }
}

#[test]
fn a_file_that_never_stays_the_same_is_given_up() {
    let dir = folder();
    let mut mock = Mock::of(Object::new(rdb(3500, 1)));
    mock.always = Box::new(|number, _| act(move |answer| answer.set("etag", format!("\"{number}\""))));
    let (result, told) = pull_and_hear(&mock, &Options { connections: 1, ..parts(dir.path()) });
    let error = result.unwrap_err();
    assert!(error.message.contains("another file is there now"), "{error}");
    assert_eq!(count(&told, "Restarted"), 2);
    assert!(!dir.path().join("i-b-000-f.rdb").exists());
}

#[test]
fn without_anything_to_tell_it_by_only_the_length_counts() {
    let (old, new) = (rdb(3500, 1), rdb(3600, 2));
    let object = |bytes: &[u8]| Object { etag: None, ..Object::new(bytes.to_vec()) };
    let dir = folder();
    let mock =
        Mock::with(vec![vec![file("f")], vec![file("g")]]).has("f", object(&old)).has("g", object(&new));
    mock.links.lock().unwrap()[1].as_mut().unwrap()[0].name = Some("f".to_owned());
    let mock = mock.acts([fine(), status(403)]);
    let told = pulled(&mock, &Options { connections: 1, ..parts(dir.path()) }, &new);
    assert_eq!(count(&told, "Restarted"), 1);
}

#[test]
fn a_storage_that_forgets_about_parts_is_taken_at_its_word() {
    let (dir, content) = (folder(), rdb(3500, 1));
    let mut mock = Mock::of(Object::new(content.clone())).acts([fine()]);
    let object = Object { ranges: false, ..Object::new(content.clone()) };
    mock.always = Box::new(move |_, asked| {
        let object = object.clone();
        let from = asked.range.is_some();
        act(move |answer| if from { page(200, &object.bytes) } else { answer })
    });
    let told = pulled(&mock, &Options { connections: 1, ..parts(dir.path()) }, &content);
    assert_eq!(count(&told, "Restarted"), 1, "{told:?}");
    assert_eq!(mock.ranges().last().unwrap(), "");
}

#[test]
fn ranges_that_are_refused_are_not_asked_for() {
    let (dir, content) = (folder(), rdb(3500, 1));
    let mut mock = Mock::of(Object::new(content.clone()));
    mock.always = Box::new(|_, asked| {
        let ranged = asked.range.is_some();
        act(move |answer| if ranged { page(416, b"") } else { answer })
    });
    pulled(&mock, &parts(dir.path()), &content);
    assert_eq!(mock.ranges(), ["bytes=0-999", ""]);
}

#[test]
fn whoever_wants_fewer_connections_gets_fewer() {
    for code in [429, 503] {
        let (dir, content) = (folder(), rdb(10_000, 1));
        let refused = move || act(move |_| page(code, b"").set("retry-after", 7));
        let mock = Mock::of(Object::new(content.clone())).acts([fine(), refused(), refused()]);
        let told = pulled(&mock, &Options { connections: 3, ..parts(dir.path()) }, &content);
        let connections: Vec<_> = told.iter().filter(|event| event.starts_with("Connections")).collect();
        assert_eq!(connections.len(), 3, "{told:?}");
        assert!(connections[2].contains("connections: 1"), "{connections:?}");
        assert_eq!(count(&told, "Retrying"), 0, "others go on");
        assert_eq!(*mock.sent.lock().unwrap(), 10_000);
    }
}

#[tokio::test(start_paused = true)]
async fn a_storage_is_left_alone_as_long_as_it_wants() {
    let dir = folder();
    let busy = || act(|_| page(503, b"").set("retry-after", 7));
    let mock = Mock::of(Object::new(RDB)).acts([busy(), busy()]);
    let start = tokio::time::Instant::now();
    let backup = BackupId::new("i", "b");
    engine::pull(&mock, &backup, &parts(dir.path()), &mut |_| {}).await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 14);

    let forever = act(|_| page(429, b"").set("retry-after", u64::MAX));
    let mock = Mock::of(Object::new(RDB)).acts([forever]);
    let start = tokio::time::Instant::now();
    let again = Options { overwrite: true, ..parts(dir.path()) };
    engine::pull(&mock, &backup, &again, &mut |_| {}).await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 120);
}

#[tokio::test(start_paused = true)]
async fn waits_double() {
    let dir = folder();
    let mock = Mock::of(Object::new(RDB)).acts((0..4).map(|_| status(500)));
    let retry = Retry::default().max_attempts(5).base(Duration::from_secs(1));
    let start = tokio::time::Instant::now();
    let options = Options { retry, ..parts(dir.path()) };
    engine::pull(&mock, &BackupId::new("i", "b"), &options, &mut |_| {}).await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 1 + 2 + 4 + 8);
}

#[test]
fn pulls_share_their_connections() {
    // While the first request gets no answer, another one goes out only where there may be two.
    for (in_all, meanwhile) in [(None, 2), (Some(Connections::new(2)), 2), (Some(Connections::new(0)), 1)] {
        let (one, other, content) = (folder(), folder(), rdb(900, 1));
        let held = act(|answer| answer.cut(0, Then::Silence));
        let mock = Mock::of(Object::new(content.clone())).acts([held]);
        let seen = Mutex::new(None);
        let pull = async |dir: &Path| {
            let options = Options { in_all: in_all.clone(), ..parts(dir) };
            let mut events = |event: Event| {
                if matches!(event, Event::Retrying { .. }) {
                    seen.lock().unwrap().get_or_insert(mock.asked.lock().unwrap().len());
                }
            };
            engine::pull(&mock, &BackupId::new("i", "b"), &options, &mut events).await.unwrap();
        };
        paused().block_on(async { tokio::join!(pull(one.path()), pull(other.path())) });
        for dir in [&one, &other] {
            assert_eq!(std::fs::read(dir.path().join("i-b-000-f.rdb")).unwrap(), content);
        }
        assert_eq!(*seen.lock().unwrap(), Some(meanwhile), "{in_all:?}");
    }
}
