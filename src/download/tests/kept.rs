//! Files of an earlier pull.

use super::storage::*;
use super::*;

fn two() -> Mock {
    let mock = Mock::with(vec![vec![file("a"), file("b")]]);
    mock.has("a", Object::new(RDB)).has("b", Object::new(rdb(100, 1)))
}

fn known(entry: &FileEntry) -> KnownFile {
    let name = entry.path.rsplit(['/', '\\']).next().unwrap();
    KnownFile::new(name, entry.size, entry.sha256.clone())
}

#[test]
fn what_an_earlier_pull_left_is_read_again_and_not_fetched() {
    let dir = folder();
    let manifest = pull_with(&two(), &options(dir.path())).unwrap();
    std::fs::remove_file(dir.path().join("i-b-001-b.rdb")).unwrap();
    let known: Vec<_> = manifest.files.iter().map(known).collect();
    let again = two();
    let (result, told) = pull_and_hear(&again, &Options { known, ..options(dir.path()) });
    assert_eq!(result.unwrap(), manifest);
    assert_eq!((count(&told, "Kept"), count(&told, "Checked"), count(&told, "Finished")), (1, 1, 1));
    assert!(told.iter().any(|event| event.starts_with("Kept { file: 0,")), "{told:?}");
    assert!(!again.log.lock().unwrap().iter().any(|line| line.contains("/a")), "it is not asked for");
}

#[test]
fn what_is_not_as_it_was_left_is_refused_and_stays() {
    let whole = rdb(100, 7);
    let mut flipped = RDB.to_vec();
    flipped[20] ^= 1;
    for (content, announced) in [
        (b"mine".to_vec(), None),
        // Of the right size, but other bytes; sound, but another file; as it was, but no longer what is announced.
        (flipped, None),
        (whole, None),
        (RDB.to_vec(), Some(RDB.len() as u64 + 1)),
    ] {
        let dir = folder();
        let manifest = pull_with(&Mock::of(Object::new(RDB)), &options(dir.path())).unwrap();
        std::fs::write(dir.path().join("i-b-000-f.rdb"), &content).unwrap();
        let known: Vec<_> = manifest.files.iter().map(known).collect();
        let mut listed = file("f");
        listed.size = announced;
        let mock = Mock::with(vec![vec![listed]]).has("f", Object::new(RDB));
        let error = pull_with(&mock, &Options { known, ..options(dir.path()) }).unwrap_err();
        assert_eq!(error.kind, PullErrorKind::Exists, "{error}");
        assert_eq!(*mock.log.lock().unwrap(), ["links"]);
        assert_eq!(std::fs::read(dir.path().join("i-b-000-f.rdb")).unwrap(), content);
    }
}

#[test]
fn a_file_is_told_of_before_it_has_its_name() {
    let dir = folder();
    let mut vouched = Vec::new();
    let (target, mock) = (dir.path().join("i-b-000-f.rdb"), Mock::of(Object::new(RDB)));
    let backup = BackupId::new("i", "b");
    let (mut events, options) = (
        |event: Event| {
            if let Event::Checked { entry, .. } = event {
                vouched.push((target.exists(), known(&entry)));
            }
        },
        options(dir.path()),
    );
    let pull = engine::pull(&mock, &backup, &options, &mut events);
    paused().block_on(pull).unwrap();
    assert_eq!(vouched.len(), 1);
    assert_eq!((vouched[0].0, vouched[0].1.name.as_str()), (false, "i-b-000-f.rdb"));
}
