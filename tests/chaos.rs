//! Downloads over real connections from a storage that does anything at all, by the number of a seed: every file is whole,
//! or the error says why it is not.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use rdbfetch::download::{Options, PullErrorKind, pull};
use rdbfetch::{BackupId, Retry, tencent};
use rdbfetch_emulator::{Emulator, Fault};

const SEEDS: u64 = 320;

/// How many are run at a time: most of each is waiting.
const AT_A_TIME: u64 = 4;

/// Numbers that look random.
struct Random(u64);

impl Random {
    /// splitmix64
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

/// A rule about requests for files, which holds for some of them.
fn fault(random: &mut Random) -> Fault {
    let bytes = random.below(6000);
    let fault = Fault::any().files().file(random.below(3).to_string());
    let fault = match random.below(18) {
        0 | 1 => fault.cut(bytes),
        2 => fault.cut_unseen(bytes),
        3 | 4 => fault.reset_after(bytes),
        5 => fault.reset(),
        6 => fault.no_length(),
        7 => fault.truncated_length(bytes),
        8 => fault.flip(1),
        9 => fault.content_range_start(),
        10 => fault.content_range_total(),
        11 => fault.content_range_missing(),
        12 => fault.ignore_range(),
        13 => fault.error_page(),
        14 => fault.expired(),
        15 => fault.changed(),
        16 => {
            if bytes.is_multiple_of(2) {
                fault.no_etag()
            } else {
                fault.weak_etag()
            }
        }
        _ => fault.status(if bytes.is_multiple_of(2) { 503 } else { 500 }),
    };
    match random.below(3) {
        0 => fault.skip(random.below(6)).times(1 + random.below(4)),
        _ => fault.probability(0.05 + random.below(30) as f64 / 100.0),
    }
}

/// Pulls the sample backup with some faults, and says in a word how it ended.
async fn survive(emulator: &Emulator, seed: u64) -> &'static str {
    let mut random = Random(seed);
    emulator.clear_faults();
    for _ in 0..random.below(5) {
        emulator.add_fault(fault(&mut random)).expect("a rule that makes sense");
    }
    let cloud = tencent::Client::new(|builder| emulator.configure(builder)).expect("a client");
    let sample = emulator.sample("tencent").expect("a sample");
    let folder = tempfile::tempdir().expect("a folder");
    let mut options = Options::new(folder.path());
    options.piece = 1 << (12 + random.below(4));
    options.connections = 1 + random.below(5) as usize;
    options.sync = random.below(4) == 0;
    options.retry = Retry::default().base(Duration::ZERO).throttled(Duration::ZERO);
    let backup = BackupId::new(&*sample.instance, &*sample.backup);
    let pulled = pull(cloud.cloud(), &backup, &options, Vec::new(), &mut |_| {}).await;
    let whole = look(folder.path(), seed);
    match pulled {
        Ok(manifest) => {
            assert_eq!((manifest.files.len(), whole), (3, 3), "seed {seed}");
            "whole"
        }
        Err(error) => {
            let listed = error.manifest.files.iter().filter(|file| file.path.ends_with(".rdb")).count();
            assert_eq!(listed, whole, "seed {seed}: {error:?}");
            assert!(whole < 3 && error.message.contains("files are in place"), "seed {seed}: {error:?}");
            match error.kind {
                PullErrorKind::Network => "network",
                PullErrorKind::Refused => "refused",
                PullErrorKind::Verification => "verification",
                PullErrorKind::Partial => "partial",
                other => panic!("seed {seed}: {other:?}: {error}"),
            }
        }
    }
}

/// How many files have their final names. They must be right.
fn look(folder: &Path, seed: u64) -> usize {
    let mut whole = 0;
    for entry in fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "rdb") {
            let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let number = stem.rsplit('-').next().expect("a number");
            let sample =
                Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("emulator/samples/shard-{number}.rdb"));
            assert!(fs::read(&path).expect("the file") == fs::read(sample).expect("a sample"), "seed {seed}");
            whole += 1;
        }
    }
    whole
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_files_are_whole_or_the_error_says_why() {
    let some = |start: u64| async move {
        let mut ends = Vec::new();
        let emulator = Emulator::builder().seed(start).start().await.expect("a port");
        for seed in (start..SEEDS).step_by(AT_A_TIME as usize) {
            ends.push(survive(&emulator, seed).await);
        }
        ends
    };
    let tasks: Vec<_> = (0..AT_A_TIME).map(|start| tokio::spawn(some(start))).collect();
    let mut ends = BTreeMap::new();
    for task in tasks {
        for end in task.await.expect("no panic") {
            *ends.entry(end).or_insert(0) += 1;
        }
    }
    assert!(ends["whole"] > SEEDS / 3 && ends.len() > 2, "{ends:?}");
}
