//! Pulls from a storage that misbehaves.

mod chaos;
mod files;
mod into;
mod kept;
mod links;
mod ranges;
mod resume;

mod storage;

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use self::storage::Mock;
use super::engine;
use super::*;
use crate::model::BackupFile;
use crate::sensitive::Link;

const RDB: &[u8] = include_bytes!("../../tests/fixtures/rdb/empty.rdb");
const NO_CHECKSUM: &[u8] = include_bytes!("../../tests/fixtures/rdb/no-checksum.rdb");

/// A sound RDB file of so many bytes, at least 40, with one key.
fn rdb(length: usize, seed: u8) -> Vec<u8> {
    let mut bytes = b"REDIS0010\x00\x01k\x80".to_vec();
    let value = u32::try_from(length - bytes.len() - 4 - 9).unwrap();
    bytes.extend(value.to_be_bytes());
    let mut state = u32::from(seed).wrapping_mul(0x9e37_79b9) | 1;
    while bytes.len() < length - 9 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        bytes.push((state >> 24) as u8);
    }
    bytes.push(0xff);
    let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Redis, &bytes);
    bytes.extend(crc.to_le_bytes());
    bytes
}

fn file(name: &str) -> BackupFile {
    BackupFile {
        name: Some(name.to_owned()),
        size: None,
        public_url: Link::new(&format!("http://s.example/{name}?sign=s3cret")),
        internal_url: None,
        expires_at: None,
    }
}

fn options(dir: &Path) -> Options {
    Options {
        retry: Retry::default().max_attempts(3).base(Duration::ZERO).throttled(Duration::ZERO),
        sync: false,
        files: 1,
        ..Options::new(dir)
    }
}

/// Events, as text.
type Told = Vec<String>;

/// Pulls, and makes sure that no signed link leaks and no temporary file stays behind a success.
fn pull_with(mock: &Mock, options: &Options) -> Result<Manifest, PullError> {
    pull_and_hear(mock, options).0
}

/// A runtime whose clock goes on only where everybody waits.
fn paused() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

fn pull_and_hear(mock: &Mock, options: &Options) -> (Result<Manifest, PullError>, Told) {
    let mut told = Vec::new();
    let result = paused().block_on(async {
        let backup = BackupId::new("i", "b");
        let mut events = |event: Event| told.push(format!("{event:?}"));
        let pull = engine::pull(mock, &backup, options, &mut events);
        fn sendable<T: Send>(future: T) -> T {
            future
        }
        sendable(pull).await
    });
    assert!(!told.concat().contains("s3cret"), "{told:?}");
    assert!(!format!("{result:?}").contains("s3cret"), "{result:?}");
    if result.is_ok() && options.dir.is_dir() {
        assert!(!names(&options.dir).iter().any(|name| name.contains(".part")));
    }
    (result, told)
}

/// How many events begin so.
fn count(told: &Told, event: &str) -> usize {
    told.iter().filter(|one| one.starts_with(event)).count()
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
