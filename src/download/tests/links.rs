//! Links that expire, and links that only work in some places.

use super::storage::*;
use super::*;
use crate::time::Timestamp;

#[test]
fn refused_links_are_renewed() {
    for code in [401, 403, 410] {
        let dir = folder();
        let (old, mut new) = (vec![file("a"), file("b")], vec![file("b"), file("a")]);
        new[0].public_url = Link::new("http://new.example/b");
        new[1].public_url = Link::new("http://new.example/a");
        let mock = Mock::with(vec![old, new]).has("a", Object::new(RDB)).has("b", Object::new(RDB));
        let mock = mock.acts([status(code)]);
        assert_eq!(pull_with(&mock, &options(dir.path())).unwrap().files.len(), 2);
        assert_eq!(
            mock.log.into_inner().unwrap(),
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
fn a_page_that_speaks_of_expiry_is_a_refusal() {
    let dir = folder();
    let page = act(|_| page(400, b"<Error><Code>ExpiredToken</Code></Error>"));
    let mock = Mock::of(Object::new(RDB)).acts([page]);
    let (result, told) = pull_and_hear(&mock, &options(dir.path()));
    result.unwrap();
    assert_eq!(count(&told, "Renewed"), 1);
}

#[test]
fn links_that_are_refused_for_ever_are_given_up() {
    let dir = folder();
    let mock = Mock::of(Object::new(RDB)).acts([status(403), status(403), status(403)]);
    let (result, told) = pull_and_hear(&mock, &options(dir.path()));
    let error = result.unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Refused);
    assert_eq!(error.manifest.failed[0].http_status, Some(403));
    assert!(error.message.contains("HTTP 403") && error.message.contains("AccessDenied"), "{error}");
    assert!(names(dir.path()).is_empty());
    assert_eq!(count(&told, "Renewed"), 2);
}

#[test]
fn a_renewal_must_name_the_same_files() {
    let dir = folder();
    let mock = Mock::with(vec![vec![file("a")], vec![file("a"), file("b")]]);
    let mock = mock.has("a", Object::new(RDB)).acts([status(403)]);
    let error = pull_with(&mock, &options(dir.path())).unwrap_err();
    assert_eq!(error.kind, PullErrorKind::NoLinks);
    assert!(error.message.contains("2 files instead of 1"), "{error}");
}

#[test]
fn expired_links_are_renewed_before_they_are_used_but_once() {
    let dir = folder();
    let mut expired = file("f");
    expired.expires_at = Timestamp::from_unix(999);
    let mock = Mock::with(vec![vec![expired.clone()], vec![expired]]).has("f", Object::new(RDB));
    pull_with(&mock, &options(dir.path())).unwrap();
    assert_eq!(mock.log.into_inner().unwrap(), ["links", "links", "http://s.example/f?sign=s3cret"]);
}

#[test]
fn links_are_renewed_ahead_of_their_end() {
    // Given at 1000. Three pieces, each of which takes a while.
    for (expires, each, renewed) in [(2000, 300, 0), (2000, 486, 1), (1010, 4, 1), (1010, 3, 0), (1001, 0, 0)]
    {
        let dir = folder();
        let lasting = |until: i64| BackupFile { expires_at: Timestamp::from_unix(until), ..file("f") };
        let content = rdb(3000, 1);
        let links = vec![vec![lasting(expires)], vec![lasting(9999)]];
        let mut mock = Mock::with(links).has("f", Object::new(content));
        let now = std::sync::Arc::new(Mutex::new(1000));
        let told = std::sync::Arc::clone(&now);
        mock.always = Box::new(move |_, _| {
            *told.lock().unwrap() += each;
            fine()
        });
        mock.clock = Some(now);
        let options = Options { piece: 1000, connections: 1, ..options(dir.path()) };
        let (result, told) = pull_and_hear(&mock, &options);
        result.unwrap();
        assert_eq!(count(&told, "Renewed"), renewed, "{expires} {each}");
        assert_eq!(*mock.sent.lock().unwrap(), 3000);
    }
}

#[test]
fn all_who_are_refused_share_a_renewal() {
    let dir = folder();
    let content = rdb(8000, 1);
    let mut mock = Mock::with(vec![vec![file("f")], vec![file("g")]]);
    mock.links.lock().unwrap()[1].as_mut().unwrap()[0].name = Some("f".to_owned());
    mock = mock.has("f", Object::new(content.clone())).has("g", Object::new(content.clone()));
    mock.always = Box::new(|number, asked| match asked.url.contains("/f?") && number > 1 {
        true => status(403),
        false => fine(),
    });
    let options = Options { piece: 1000, connections: 4, ..options(dir.path()) };
    let (result, told) = pull_and_hear(&mock, &options);
    result.unwrap();
    assert_eq!(count(&told, "Renewed"), 1, "{told:?}");
    assert_eq!(*mock.sent.lock().unwrap(), 8000);
    assert_eq!(std::fs::read(dir.path().join("i-b-000-f.rdb")).unwrap(), content);
}

fn both() -> BackupFile {
    BackupFile { internal_url: Link::new("http://internal.example/f"), ..file("f") }
}

#[test]
fn the_network_is_chosen() {
    let (public, internal) = ("http://s.example/f?sign=s3cret", "http://internal.example/f");
    for (network, file, wanted) in [
        (NetworkChoice::Public, both(), vec![public]),
        (NetworkChoice::Internal, both(), vec![internal]),
        (NetworkChoice::Auto, both(), vec![internal, internal]),
        (NetworkChoice::Internal, file("f"), vec![public]),
        (NetworkChoice::Public, BackupFile { public_url: None, ..both() }, vec![internal]),
        (NetworkChoice::Auto, file("f"), vec![public]),
        (NetworkChoice::Auto, BackupFile { public_url: None, ..both() }, vec![internal]),
    ] {
        let dir = folder();
        let mock = Mock::with(vec![vec![file]]).has("f", Object::new(RDB));
        let (result, told) = pull_and_hear(&mock, &Options { network, ..options(dir.path()) });
        result.unwrap();
        assert_eq!(mock.log.into_inner().unwrap()[1..], wanted);
        assert_eq!(count(&told, "Connected"), 1);
        assert_eq!(count(&told, "Probed { problem: None }"), wanted.len() - 1);
    }
}

#[test]
fn what_the_probe_says_holds_for_all_files() {
    let silent = act(|answer| answer.cut(0, Then::Silence));
    let never: Act = Box::new(|_| None);
    for (probe, internal) in [(fine(), true), (silent, true), (status(403), false), (never, false)] {
        let dir = folder();
        let second = BackupFile { name: Some("g".to_owned()), ..both() };
        let mock = Mock::with(vec![vec![both(), second]]).has("f", Object::new(RDB)).acts([probe]);
        let (result, told) = pull_and_hear(&mock, &options(dir.path()));
        result.unwrap();
        let log = mock.log.into_inner().unwrap();
        assert_eq!(log.len(), 4, "{log:?}");
        assert_eq!(log.iter().filter(|url| url.contains("internal")).count(), if internal { 3 } else { 1 });
        assert_eq!(count(&told, "Probed"), 1);
    }
}

#[test]
fn a_network_that_breaks_is_left_for_the_other() {
    let dir = folder();
    let content = rdb(3000, 1);
    let mut mock = Mock::with(vec![vec![both()]]).has("f", Object::new(content));
    mock.always = Box::new(|number, asked| match asked.url.contains("internal") && number > 2 {
        true => unreachable(),
        false => fine(),
    });
    let options = Options { piece: 1000, connections: 1, ..options(dir.path()) };
    let (result, told) = pull_and_hear(&mock, &options);
    result.unwrap();
    let connected: Vec<_> = told.iter().filter(|event| event.starts_with("Connected")).collect();
    assert_eq!(connected.len(), 2, "{connected:?}");
    assert_eq!(*mock.sent.lock().unwrap(), 3001);

    // Whoever chose is taken at his word.
    let dir = folder();
    let mut mock = Mock::with(vec![vec![both()]]).has("f", Object::new(RDB));
    mock.always = Box::new(|_, asked| if asked.url.contains("internal") { unreachable() } else { fine() });
    let options = Options { network: NetworkChoice::Internal, ..super::options(dir.path()) };
    assert_eq!(pull_with(&mock, &options).unwrap_err().kind, PullErrorKind::Network);
}
