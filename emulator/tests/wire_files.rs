//! Files that go wrong, from memory and from disk, as a whole and in parts.

mod support;

use std::time::Duration;

use rdbfetch_emulator::world::{Backup, Moment, World};
use rdbfetch_emulator::{Call, Fault};
use support::under::Under;
use support::wire::soon;
use support::{BACKUP, INSTANCE, Reply, fetch};

/// More than one piece of a file on its way.
const LENGTH: usize = 200_000;

fn content() -> Vec<u8> {
    (0..LENGTH).map(|at| u8::try_from(at * 7 % 251).unwrap()).collect()
}

/// An emulator with the same bytes in memory and on disk.
struct Store {
    under: Under,
    links: Vec<String>,
    _file: tempfile::NamedTempFile,
}

impl Store {
    async fn new() -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content()).unwrap();
        let backup = Backup::new(BACKUP).created(Moment::ago(Duration::from_secs(3600)));
        let backup = backup.file("memory", content()).file("disk", file.path());
        let under = Under::of(World::default().service("alpha", |service| {
            service.region("north-1", |region| region.instance(INSTANCE, |instance| instance.backup(backup)))
        }))
        .await;
        let links = under.urls(INSTANCE, BACKUP).await;
        assert_eq!(links.len(), 2);
        Self { under, links, _file: file }
    }

    fn only(&self, rule: Fault) {
        self.under.emulator.clear_faults();
        self.under.emulator.add_fault(rule.files().named("it")).unwrap();
    }

    /// Gets a link, and looks what the journal says of it: the rule, and all that was sent.
    async fn get(&self, link: &str, headers: &[(&str, &str)]) -> Reply {
        let reply = fetch("GET", link, headers).await;
        let journal = self.under.emulator.journal();
        let number = journal.last().unwrap().number;
        let over = |call: &Call| call.number == number && call.sent().is_some();
        let call = soon(self.under.emulator.wait_for(over)).await;
        let sent = call.sent().unwrap();
        assert_eq!((sent.bytes, sent.whole, call.status), (reply.body.len() as u64, true, reply.status));
        assert_eq!((call.verdict.word(), &*call.faults[0]), ("faulted", "it"));
        reply
    }
}

/// Where bytes are not as they should be, and by which bits.
fn wrong(body: &[u8], from: usize) -> Vec<(usize, u8)> {
    let sound = content();
    let pairs = body.iter().zip(&sound[from..]).enumerate();
    pairs.map(|(at, (one, other))| (from + at, one ^ other)).filter(|(_, bits)| *bits != 0).collect()
}

#[tokio::test]
async fn wrong_bits_are_where_they_were_asked_for() {
    let store = Store::new().await;
    let last = LENGTH - 1;
    for link in &store.links {
        for (rule, expected) in [
            (Fault::any().flip_bit(0), vec![(0, 1)]),
            (Fault::any().flip_bit(800), vec![(100, 1)]),
            (Fault::any().flip_bit(807), vec![(100, 0x80)]),
            (Fault::any().flip_byte(last as u64), vec![(last, 0xff)]),
            // On the edge of the pieces in which files are sent.
            (Fault::any().flip_byte(65_535), vec![(65_535, 0xff)]),
            (Fault::any().flip_byte(65_536), vec![(65_536, 0xff)]),
            (Fault::any().flip_byte(LENGTH as u64), vec![]),
        ] {
            store.only(rule);
            let whole = store.get(link, &[]).await;
            assert_eq!((whole.body.len(), wrong(&whole.body, 0)), (LENGTH, expected.clone()));
            for (from, to) in [(0, 99), (100, 100), (101, 70_000), (65_000, last), (last, last)] {
                let part = store.get(link, &[("Range", &format!("bytes={from}-{to}"))]).await;
                assert_eq!((part.status, part.body.len()), (206, to - from + 1));
                let expected: Vec<_> =
                    expected.iter().copied().filter(|(at, _)| (from..=to).contains(at)).collect();
                assert_eq!(wrong(&part.body, from), expected, "{from}-{to}");
            }
        }
    }
}

#[tokio::test]
async fn bits_by_chance_are_always_the_same_ones() {
    let store = Store::new().await;
    store.only(Fault::any().flip(40));
    for link in &store.links {
        let whole = wrong(&store.get(link, &[]).await.body, 0);
        assert_eq!(whole.iter().map(|(_, bits)| bits.count_ones()).sum::<u32>(), 40);
        // What parts show joins to the same.
        let mut joined = Vec::new();
        for from in (0..LENGTH).step_by(50_000) {
            let range = format!("bytes={from}-{}", from + 49_999);
            joined.extend(wrong(&store.get(link, &[("Range", &range)]).await.body, from));
        }
        assert_eq!(joined, whole);
    }
}

#[tokio::test]
async fn parts_are_labelled_wrong_and_are_right() {
    let store = Store::new().await;
    for link in &store.links {
        for (rule, expected) in [
            (Fault::any().content_range_start(), Some(format!("bytes 101-199/{LENGTH}"))),
            (Fault::any().content_range_total(), Some(format!("bytes 100-199/{}", LENGTH + 1))),
            (Fault::any().content_range_missing(), None),
        ] {
            store.only(rule);
            let part = store.get(link, &[("Range", "bytes=100-199")]).await;
            assert_eq!((part.status, part.header("content-length")), (206, Some("100")));
            assert_eq!(part.header("content-range"), expected.as_deref());
            assert!(part.body == content()[100..200]);
            let whole = store.get(link, &[]).await;
            assert_eq!((whole.status, whole.header("content-range")), (200, None));
        }
        store.only(Fault::any().ignore_range());
        for range in ["bytes=100-199", "bytes=-5", "bytes=900000-"] {
            let whole = store.get(link, &[("Range", range)]).await;
            assert_eq!((whole.status, whole.header("content-range")), (200, None), "{range}");
            assert!(whole.body == content());
        }
    }
}

#[tokio::test]
async fn something_else_comes_in_place_of_the_file() {
    let store = Store::new().await;
    for link in &store.links {
        let range = [("Range", "bytes=100-199")];
        store.only(Fault::any().error_page());
        for headers in [&[][..], &range[..]] {
            let page = store.get(link, headers).await;
            assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
            assert!(page.text().starts_with("<!DOCTYPE html>"));
        }
        store.only(Fault::any().expired());
        let refusal = store.get(link, &[]).await;
        assert_eq!((refusal.status, refusal.header("content-type")), (403, Some("application/xml")));
        assert!(refusal.text().contains("<Code>AccessDenied</Code>"), "{}", refusal.text());
        store.only(Fault::any().status(503));
        assert_eq!(store.get(link, &[]).await.status, 503);
        store.only(Fault::any().body("nothing", "text/plain"));
        let body = store.get(link, &range).await;
        assert_eq!(
            (body.status, body.text().as_str(), body.header("content-length")),
            (206, "nothing", Some("7"))
        );
    }
}

#[tokio::test]
async fn another_file_stands_there_and_says_so() {
    let store = Store::new().await;
    for link in &store.links {
        let sound = fetch("GET", link, &[]).await;
        store.only(Fault::any().changed());
        let other = store.get(link, &[]).await;
        assert_ne!(other.header("etag"), sound.header("etag"));
        assert_ne!(other.header("last-modified"), sound.header("last-modified"));
        assert_ne!(other.body.len(), sound.body.len());
        assert!(rdbfetch::rdb::check(&other.body[..]).is_ok());
        // Who resumes with the old label gets all of the new one; who has none gets a part of it.
        let etag = sound.header("etag").unwrap();
        let resumed = store.get(link, &[("Range", "bytes=1000-"), ("If-Range", etag)]).await;
        assert!(resumed.status == 200 && resumed.body == other.body);
        let careless = store.get(link, &[("Range", "bytes=1000-")]).await;
        assert!(careless.status == 206 && careless.body == other.body[1000..]);
        store.only(Fault::any().weak_etag());
        assert_eq!(store.get(link, &[]).await.header("etag"), Some(&*format!("W/{etag}")));
        store.only(Fault::any().no_etag());
        let bare = store.get(link, &[]).await;
        assert_eq!(
            (bare.header("etag"), bare.header("last-modified")),
            (None, sound.header("last-modified"))
        );
        store.under.emulator.clear_faults();
    }
}
