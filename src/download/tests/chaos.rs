//! A storage that does anything at all, by the number of a seed: the file is whole, or the error says why it is not.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Notify;

use super::storage::*;
use super::*;

const SEEDS: u64 = 400;

const PIECE: u64 = 1000;

/// Numbers that look random.
pub(super) struct Random(pub(super) u64);

impl Random {
    /// splitmix64
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % limit as u64).unwrap()
    }

    pub(super) fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

/// What goes wrong with one answer; `whole` is all of the file.
pub(super) fn trouble(random: &mut Random, whole: Object) -> Act {
    let (kind, amount, bit) = (random.below(26), random.below(1200), random.below(8));
    Box::new(move |answer| {
        let length = answer.body.len();
        Some(match kind {
            0..=3 => answer.cut(amount.min(length), Then::Break),
            4 | 5 => answer.cut(amount.min(length), Then::End),
            6 => answer.cut(amount.min(length), Then::Silence),
            7 => return None,
            8 => page(500, ERROR_PAGE),
            9 => page(503, ERROR_PAGE),
            10 => page(429, b"").set("retry-after", amount),
            11 | 12 => page(403, ERROR_PAGE),
            13 => page(400, b"<Error><Code>ExpiredToken</Code></Error>"),
            14 if length > 0 => {
                let mut body = answer.body.to_vec();
                body[amount % length] ^= 1 << bit;
                Answer { body: body.into(), ..answer }
            }
            15 => answer.set("content-range", format!("bytes {amount}-{}/{}", amount + 9, amount + 99)),
            16 => answer.without("content-range"),
            17 => answer.without("etag"),
            18 => answer.set("content-encoding", "gzip"),
            19 => answer.set("content-type", "multipart/byteranges; boundary=x"),
            20 => answer.set("content-length", amount),
            21 if random_page(amount) => page(200, ERROR_PAGE),
            22 => {
                let answer = Answer { status: 200, body: whole.bytes.clone(), ..answer };
                answer.set("content-length", whole.bytes.len()).without("content-range")
            }
            23 => answer.without("content-length"),
            24 => Answer { body: [&answer.body[..], b"more"].concat().into(), ..answer },
            25 => page(416, b""),
            _ => answer,
        })
    })
}

/// An error page that looks like a file ends a run early: most runs go on without.
fn random_page(amount: usize) -> bool {
    amount.is_multiple_of(8)
}

/// How a run ended, in a word, and what was told.
struct Ended {
    result: Result<Manifest, PullError>,
    told: Told,
}

/// Pulls until done, or until so many requests were made.
fn run(mock: &Mock, options: &Options, stop: Option<&Notify>) -> Option<Ended> {
    let mut told = Vec::new();
    let result = paused().block_on(async {
        let backup = BackupId::new("i", "b");
        let mut events = |event: Event| told.push(format!("{event:?}"));
        let mut pull = Box::pin(engine::pull(mock, &backup, options, &mut events));
        let never = Notify::new();
        let mut stop = Box::pin(stop.unwrap_or(&never).notified());
        std::future::poll_fn(|context| match stop.as_mut().poll(context) {
            std::task::Poll::Ready(()) => std::task::Poll::Ready(None),
            std::task::Poll::Pending => pull.as_mut().poll(context).map(Some),
        })
        .await
    });
    Some(Ended { result: result?, told })
}

fn survive(seed: u64) -> &'static str {
    let mut random = Random(seed);
    let length = 40 + random.below(8000);
    let versions: Vec<Vec<u8>> = (0..3)
        .map(|version| rdb(if random.one_in(2) { length } else { 40 + random.below(8000) }, version))
        .collect();
    let known = random.below(4);
    let ranges = !random.one_in(6);
    let object = |bytes: &[u8]| {
        let object = Object { ranges, ..Object::new(bytes.to_vec()) };
        let modified = object.etag.clone();
        match known {
            0 => Object { etag: None, ..object },
            1 => Object { etag: None, modified, ..object },
            _ => object,
        }
    };
    let faulty = 1 + random.below(6);
    let swapping = random.one_in(8);
    let mut mock = Mock::with(vec![vec![file("f")]; 200]).has("f", object(&versions[0]));
    mock.chunk = 1 + random.below(700);
    let objects = Arc::clone(&mock.objects);
    let chance = Mutex::new(Random(seed ^ 0xabcd));
    let others: Vec<Object> = versions.iter().map(|bytes| object(bytes)).collect();
    let (notify, interrupted_at) = (Arc::new(Notify::new()), Arc::new(Mutex::new(usize::MAX)));
    let (tell, at) = (Arc::clone(&notify), Arc::clone(&interrupted_at));
    mock.always = Box::new(move |number, _| {
        if number >= *at.lock().unwrap() {
            tell.notify_one();
        }
        let mut chance = chance.lock().unwrap();
        if swapping && chance.one_in(12) {
            let other = others[chance.below(3)].clone();
            objects.lock().unwrap().insert("f".to_owned(), other);
        }
        let whole = objects.lock().unwrap()["f"].clone();
        if chance.one_in(faulty) { trouble(&mut chance, whole) } else { fine() }
    });
    let dir = folder();
    let connections = 1 + random.below(4);
    let options = Options { piece: PIECE, connections, sync: random.one_in(4), ..options(dir.path()) };
    let target = dir.path().join("i-b-000-f.rdb");
    let interruptions = random.below(4);
    let mut ended = None;
    let mut restarts = 0;
    for left in (0..=interruptions).rev() {
        *interrupted_at.lock().unwrap() =
            if left > 0 { mock.asked.lock().unwrap().len() + 1 + random.below(8) } else { usize::MAX };
        ended = run(&mock, &options, (left > 0).then_some(&*notify));
        if let Some(Ended { told, .. }) = &ended {
            restarts += count(told, "Restarted");
            break;
        }
        if let Ok(bytes) = std::fs::read(&target) {
            assert!(versions.contains(&bytes), "seed {seed}: a wrong file under its name");
            return "whole";
        }
        if random.one_in(3) {
            tamper(&mut random, &dir.path().join("i-b-000-f.rdb.part"));
        }
        if random.one_in(3) {
            tamper(&mut random, &dir.path().join("i-b-000-f.rdb.part.journal"));
        }
    }
    let Ended { result, told } = ended.unwrap();
    let there = std::fs::read(&target).ok();
    if let Some(bytes) = &there {
        assert!(versions.contains(bytes), "seed {seed}: a wrong file under its name: {told:?}");
    }
    let delivered = mock.delivered.lock().unwrap();
    if interruptions == 0 && restarts == 0 {
        assert!(delivered.iter().all(|times| *times <= 1), "seed {seed}: fetched twice: {told:?}");
    }
    match result {
        Ok(manifest) => {
            let digest = <sha2::Sha256 as sha2::Digest>::digest(there.unwrap());
            assert_eq!(manifest.files[0].sha256, crate::encoding::hex(&digest), "seed {seed}");
            // A run before this one may have found it corrupt.
            assert!(!names(dir.path()).iter().any(|name| name.contains(".part")), "seed {seed}");
            "whole"
        }
        Err(error) => {
            assert!(there.is_none() && !error.message.is_empty(), "seed {seed}: {error:?}");
            match error.kind {
                PullErrorKind::Network => "network",
                PullErrorKind::Refused => "refused",
                PullErrorKind::Verification => "verification",
                other => panic!("seed {seed}: {other:?}: {error}: {told:?}"),
            }
        }
    }
}

/// Alters a file, or cuts it.
fn tamper(random: &mut Random, path: &Path) {
    let Ok(mut bytes) = std::fs::read(path) else { return };
    if bytes.is_empty() {
        return;
    }
    let at = random.below(bytes.len());
    if random.one_in(2) {
        bytes.truncate(at)
    } else {
        bytes[at] ^= 1 << random.below(8)
    }
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn whatever_happens_the_file_is_whole_or_the_error_says_why() {
    let mut ends = BTreeMap::new();
    for seed in 0..SEEDS {
        *ends.entry(survive(seed)).or_insert(0) += 1;
    }
    assert!(ends["whole"] > SEEDS / 2 && ends.len() > 2, "{ends:?}");
}
