//! Files that go somewhere else than to a folder.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::chaos::{Random, trouble};
use super::storage::*;
use super::*;
use crate::download::into::bring_all;
use crate::transport::{Body, BoxFuture};

const SEEDS: u64 = 300;

type Shelf = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// A place in memory.
#[derive(Default)]
struct Memory {
    shelf: Shelf,
    /// Whether it is a pipe: what is written is out.
    pipe: bool,
    /// How many writes it takes.
    writes: Option<usize>,
}

struct Parcel {
    shelf: Shelf,
    name: String,
    bytes: Vec<u8>,
    pipe: bool,
    writes: Option<usize>,
}

impl Destination for Memory {
    fn place(&self, name: &str) -> String {
        format!("mem://{name}")
    }

    fn takes(&self, files: usize) -> io::Result<()> {
        if self.pipe && files > 1 { Err(io::Error::other("one file only")) } else { Ok(()) }
    }

    fn read<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Option<Box<dyn Body>>>> {
        let there = self.shelf.lock().unwrap().get(name).cloned();
        let body = there.map(|bytes| Box::new(Some(Bytes::from(bytes))) as Box<dyn Body>);
        Box::pin(std::future::ready(Ok(body)))
    }

    fn begin<'a>(&'a self, name: &'a str, _: Option<u64>) -> BoxFuture<'a, io::Result<Box<dyn Sink>>> {
        let (shelf, name, pipe, writes) = (Arc::clone(&self.shelf), name.to_owned(), self.pipe, self.writes);
        let sink: Box<dyn Sink> = Box::new(Parcel { shelf, name, bytes: Vec::new(), pipe, writes });
        Box::pin(std::future::ready(Ok(sink)))
    }
}

impl Sink for Parcel {
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, io::Result<()>> {
        if self.writes == Some(0) {
            return Box::pin(std::future::ready(Err(io::Error::other("no more room there"))));
        }
        self.writes = self.writes.map(|writes| writes - 1);
        self.bytes.extend_from_slice(&bytes);
        if self.pipe {
            self.shelf.lock().unwrap().insert(self.name.clone(), self.bytes.clone());
        }
        Box::pin(std::future::ready(Ok(())))
    }

    fn finish(self: Box<Self>, entry: FileEntry) -> BoxFuture<'static, io::Result<()>> {
        assert_eq!((entry.path, entry.size), (format!("mem://{}", self.name), self.bytes.len() as u64));
        self.shelf.lock().unwrap().insert(self.name, self.bytes);
        Box::pin(std::future::ready(Ok(())))
    }

    fn discard(self: Box<Self>) -> BoxFuture<'static, bool> {
        Box::pin(std::future::ready(!self.pipe || self.bytes.is_empty()))
    }
}

fn bring(mock: &Mock, options: &Options, memory: &Memory) -> (Result<Manifest, PullError>, Told) {
    let mut told = Vec::new();
    let result = paused().block_on(async {
        let backup = BackupId::new("i", "b");
        let mut events = |event: Event| told.push(format!("{event:?}"));
        bring_all(mock, &backup, options, memory, &mut events).await
    });
    assert!(!told.concat().contains("s3cret") && !format!("{result:?}").contains("s3cret"), "{told:?}");
    (result, told)
}

fn shelf(memory: &Memory) -> Vec<(String, Vec<u8>)> {
    memory.shelf.lock().unwrap().clone().into_iter().collect()
}

fn usual() -> Options {
    options(Path::new("nowhere"))
}

const NAME: &str = "i-b-000-f.rdb";

#[test]
fn a_backup_is_brought() {
    let mock = Mock::with(vec![vec![file("0.rdb"), file("1.rdb")]])
        .has("0.rdb", Object::new(RDB))
        .has("1.rdb", Object::plain(RDB));
    let memory = Memory::default();
    let (result, told) = bring(&mock, &usual(), &memory);
    let manifest = result.unwrap();
    let paths: Vec<_> = manifest.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["mem://i-b-000-0.rdb", "mem://i-b-001-1.rdb"]);
    assert!(shelf(&memory).iter().all(|(_, bytes)| bytes == RDB));
    assert_eq!((count(&told, "Finished"), count(&told, "Planned")), (2, 1));
    assert!(!Path::new("nowhere").exists());
}

#[test]
fn it_goes_on_where_a_connection_broke() {
    let bytes = rdb(900_000, 1);
    let breaks = || {
        let cut = |after| act(move |answer: Answer| answer.cut(after, Then::Break));
        vec![cut(300_000), cut(10), act(|answer| answer.cut(300_000, Then::Silence)), status(403)]
    };
    for (object, asked) in [
        (Object::new(bytes.clone()), 4),
        // The storage sends all of it each time, and it is the same.
        (Object::plain(bytes.clone()), 0),
    ] {
        for pipe in [false, true] {
            let mut mock = Mock::of(object.clone()).acts(breaks());
            mock.chunk = 10_000;
            let memory = Memory { pipe, ..Memory::default() };
            let (result, told) = bring(&mock, &usual(), &memory);
            assert_eq!(result.unwrap().files[0].size, 900_000, "{told:?}");
            assert_eq!(shelf(&memory), [(NAME.to_owned(), bytes.clone())]);
            let parts = mock.asked.lock().unwrap().iter().filter(|asked| asked.if_range.is_some()).count();
            assert_eq!(parts, asked, "{told:?}");
            assert_eq!(count(&told, "Renewed"), 1);
        }
    }
}

#[test]
fn another_file_is_begun_anew_where_the_first_can_be_taken_back() {
    let (one, other) = (rdb(600_000, 1), rdb(600_000, 2));
    for etag in [true, false] {
        for pipe in [false, true] {
            let object = |bytes: &[u8]| {
                let object = Object { ranges: etag, ..Object::new(bytes.to_vec()) };
                if etag { object } else { Object { etag: None, ..object } }
            };
            let mut mock = Mock::of(object(&one));
            mock.chunk = 10_000;
            let (objects, next) = (Arc::clone(&mock.objects), object(&other));
            let mock = mock.acts([act(move |answer| {
                objects.lock().unwrap().insert("f".to_owned(), next);
                answer.cut(400_000, Then::Break)
            })]);
            let memory = Memory { pipe, ..Memory::default() };
            let (result, told) = bring(&mock, &usual(), &memory);
            assert_eq!(result.is_ok(), !pipe, "{told:?}");
            if pipe {
                assert!(result.unwrap_err().message.contains("another file"), "{told:?}");
            } else {
                assert_eq!(shelf(&memory), [(NAME.to_owned(), other.clone())]);
            }
        }
    }
}

#[test]
fn what_cannot_be_verified_gets_the_name_for_that() {
    let memory = Memory::default();
    let (result, told) = bring(&Mock::of(Object::new(NO_CHECKSUM)), &usual(), &memory);
    let error = result.unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Verification, "{told:?}");
    assert_eq!(error.manifest.files[0].path, format!("mem://{NAME}.unverified"));
    assert_eq!(shelf(&memory), [(format!("{NAME}.unverified"), NO_CHECKSUM.to_vec())]);

    let memory = Memory::default();
    let accepting = Options { accept_unverified: true, ..usual() };
    bring(&Mock::of(Object::new(NO_CHECKSUM)), &accepting, &memory).0.unwrap();
    assert_eq!(shelf(&memory), [(NAME.to_owned(), NO_CHECKSUM.to_vec())]);

    let memory = Memory { pipe: true, ..Memory::default() };
    let error = bring(&Mock::of(Object::new(NO_CHECKSUM)), &usual(), &memory).0.unwrap_err();
    assert_eq!((error.kind, error.manifest.files.len()), (PullErrorKind::Verification, 1));
}

#[test]
fn nothing_wrong_is_shown() {
    let mut bytes = rdb(600_000, 1);
    bytes[300_000] ^= 1;
    let corrupt = Object::new(bytes);
    for (object, acts, kind) in [
        (corrupt, Vec::new(), PullErrorKind::Verification),
        (Object::new(RDB), vec![act(|_| page(200, ERROR_PAGE))], PullErrorKind::Verification),
        (Object::new(RDB), vec![status(404)], PullErrorKind::Refused),
        (Object::new(RDB), vec![unreachable(), unreachable(), unreachable()], PullErrorKind::Network),
        (Object::new(RDB), (0..3).map(|_| status(403)).collect(), PullErrorKind::Refused),
        (Object::new(b"".as_slice()), Vec::new(), PullErrorKind::Verification),
    ] {
        let memory = Memory::default();
        let error = bring(&Mock::of(object).acts(acts), &usual(), &memory).0.unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert!(shelf(&memory).is_empty() && error.manifest.files.is_empty(), "{error}");
    }
}

#[test]
fn an_error_page_does_not_even_begin() {
    let memory = Memory { pipe: true, ..Memory::default() };
    let page = act(|_| page(200, ERROR_PAGE));
    bring(&Mock::of(Object::new(RDB)).acts([page]), &usual(), &memory).0.unwrap_err();
    assert!(shelf(&memory).is_empty());
}

#[test]
fn what_is_there_is_not_replaced_unasked() {
    for name in [NAME.to_owned(), format!("{NAME}.unverified")] {
        let memory = Memory::default();
        memory.shelf.lock().unwrap().insert(name.clone(), b"old".to_vec());
        let mock = Mock::of(Object::new(RDB));
        let error = bring(&mock, &usual(), &memory).0.unwrap_err();
        assert_eq!(error.kind, PullErrorKind::Exists);
        assert!(error.message.starts_with(&format!("mem://{name} is there already")), "{error}");
        assert!(mock.asked.lock().unwrap().is_empty());
        let anew = Options { overwrite: true, ..usual() };
        bring(&mock, &anew, &memory).0.unwrap();
        assert_eq!(memory.shelf.lock().unwrap()[NAME], RDB);
    }
}

#[test]
fn a_destination_that_fails_stops_all() {
    let mock = Mock::with(vec![vec![file("0.rdb"), file("1.rdb")]])
        .has("0.rdb", Object::new(RDB))
        .has("1.rdb", Object::new(RDB));
    let memory = Memory { writes: Some(0), ..Memory::default() };
    let (result, told) = bring(&mock, &usual(), &memory);
    let error = result.unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Destination);
    assert!(error.message.contains("mem://i-b-000-0.rdb: no more room there"), "{error}");
    assert_eq!(count(&told, "Started"), 1);
}

#[test]
fn what_an_earlier_pull_brought_is_read_again_and_kept() {
    let mock = |swapped: bool| {
        Mock::with(vec![vec![file("0.rdb"), file("1.rdb")]])
            .has("0.rdb", Object::new(RDB))
            .has("1.rdb", if swapped { Object::new(NO_CHECKSUM) } else { Object::new(RDB) })
    };
    let memory = Memory::default();
    let first = bring(&mock(false), &usual(), &memory).0.unwrap();
    memory.shelf.lock().unwrap().remove("i-b-001-1.rdb");
    let known = first
        .files
        .iter()
        .map(|entry| KnownFile::new(entry.path.strip_prefix("mem://").unwrap(), entry.size, &entry.sha256));
    let knowing = Options { known: known.collect(), ..usual() };
    let again = mock(false);
    let (result, told) = bring(&again, &knowing, &memory);
    assert_eq!(result.unwrap(), first);
    assert_eq!((count(&told, "Kept"), again.asked.lock().unwrap().len()), (1, 1));
    // What is there is another file than it was.
    memory.shelf.lock().unwrap().insert("i-b-000-0.rdb".to_owned(), rdb(64, 3));
    let error = bring(&mock(false), &knowing, &memory).0.unwrap_err();
    assert_eq!(error.kind, PullErrorKind::Exists);
    assert!(error.message.contains("is not what an earlier pull left there"), "{error}");
}

#[test]
fn one_file_of_several_can_be_had() {
    let mock = || {
        Mock::with(vec![vec![file("0.rdb"), file("1.rdb")]])
            .has("0.rdb", Object::new(RDB))
            .has("1.rdb", Object::new(rdb(64, 3)))
    };
    let pipe = || Memory { pipe: true, ..Memory::default() };
    let error = bring(&mock(), &usual(), &pipe()).0.unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (PullErrorKind::Destination, "one file only"));
    let memory = pipe();
    let manifest = bring(&mock(), &Options { only: Some(1), ..usual() }, &memory).0.unwrap();
    assert_eq!((manifest.files.len(), shelf(&memory)), (1, vec![("i-b-001-1.rdb".to_owned(), rdb(64, 3))]));
    let error = bring(&mock(), &Options { only: Some(2), ..usual() }, &pipe()).0.unwrap_err();
    assert_eq!(error.message, "there is no file 2: there are 2, counted from 0");
}

fn survive(seed: u64) -> &'static str {
    let mut random = Random(seed);
    let length = 40 + random.below(400_000);
    let versions: Vec<Vec<u8>> = (0..3).map(|version| rdb(length, version)).collect();
    let ranges = !random.one_in(4);
    let known = !random.one_in(3);
    let object = |bytes: &[u8]| {
        let object = Object { ranges, ..Object::new(bytes.to_vec()) };
        if known { object } else { Object { etag: None, ..object } }
    };
    let (faulty, swapping, pipe) = (1 + random.below(6), random.one_in(8), random.one_in(3));
    let mut mock = Mock::with(vec![vec![file("f")]; 200]).has("f", object(&versions[0]));
    mock.chunk = 1 + random.below(200_000);
    let objects = Arc::clone(&mock.objects);
    let chance = Mutex::new(Random(seed ^ 0xabcd));
    let others: Vec<Object> = versions.iter().map(|bytes| object(bytes)).collect();
    mock.always = Box::new(move |_, _| {
        let mut chance = chance.lock().unwrap();
        if swapping && chance.one_in(6) {
            let other = others[chance.below(3)].clone();
            objects.lock().unwrap().insert("f".to_owned(), other);
        }
        let whole = objects.lock().unwrap()["f"].clone();
        if chance.one_in(faulty) { trouble(&mut chance, whole) } else { fine() }
    });
    let memory = Memory { pipe, ..Memory::default() };
    let (result, told) = bring(&mock, &usual(), &memory);
    let there = shelf(&memory);
    if !pipe || result.is_ok() {
        assert!(there.iter().all(|(_, bytes)| versions.contains(bytes)), "seed {seed}: {told:?}");
    }
    match result {
        Ok(_) => {
            assert_eq!(there.len(), 1, "seed {seed}");
            "whole"
        }
        Err(error) => {
            assert!(pipe || there.is_empty(), "seed {seed}: {error}");
            match error.kind {
                PullErrorKind::Network => "network",
                PullErrorKind::Refused => "refused",
                PullErrorKind::Verification => "verification",
                other => panic!("seed {seed}: {other:?}: {error}: {told:?}"),
            }
        }
    }
}

#[test]
fn whatever_happens_it_is_whole_or_the_error_says_why() {
    let mut ends = BTreeMap::new();
    for seed in 0..SEEDS {
        *ends.entry(survive(seed)).or_insert(0) += 1;
    }
    assert!(ends["whole"] > SEEDS / 2 && ends.len() > 2, "{ends:?}");
}
