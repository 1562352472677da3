//! How answers travel when rules want them to, byte for byte, from the service and from the store.

mod support;

use std::time::Duration;

use rdbfetch_emulator::world::{Backup, Moment, World};
use rdbfetch_emulator::{Builder, Call, Fault, Limits, Verdict};
use support::under::Under;
use support::wire::{End, Wire, soon};
use support::{BACKUP, INSTANCE, link_bytes};
use tokio::time::Instant;

/// Far more than the buffers of a connection hold.
const LENGTH: usize = 6 << 20;

fn content() -> Vec<u8> {
    (0..u32::try_from(LENGTH / 4).unwrap())
        .flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect()
}

/// An emulator with two large files: the first in memory, the second on disk.
struct Wires {
    under: Under,
    links: Vec<String>,
    _file: tempfile::NamedTempFile,
}

impl Wires {
    async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    async fn with(configure: impl FnOnce(Builder) -> Builder) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content()).unwrap();
        let backup = Backup::new(BACKUP).created(Moment::ago(Duration::from_secs(3600)));
        let backup = backup.file("memory", content()).file("disk", file.path());
        let world = World::default().service("alpha", |service| {
            service.region("north-1", |region| region.instance(INSTANCE, |instance| instance.backup(backup)))
        });
        let under = Under::new(|builder| configure(builder.world(world))).await;
        let links = under.urls(INSTANCE, BACKUP).await;
        Self { under, links, _file: file }
    }

    /// Has this rule, and no other.
    fn only(&self, rule: Fault) {
        self.under.emulator.clear_faults();
        self.under.emulator.add_fault(rule.named("it")).unwrap();
    }

    async fn get(&self, link: usize, headers: &[(&str, &str)]) -> Wire {
        Wire::ask(&self.links[link], &link_bytes("GET", &self.links[link], headers)).await
    }

    async fn call(&self) -> Wire {
        Wire::ask(self.under.emulator.endpoint("alpha").unwrap(), &self.under.call()).await
    }

    /// What the journal says of the latest call, once it is over: how many bytes were sent, and whether that was all.
    async fn told(&self) -> (u64, bool) {
        let last = self.under.emulator.journal().last().unwrap().number;
        let over = |call: &Call| call.number == last && call.sent().is_some();
        let call = soon(self.under.emulator.wait_for(over)).await;
        assert_eq!(call.faults.iter().map(|name| &**name).collect::<Vec<_>>(), ["it"]);
        let sent = call.sent().unwrap();
        (sent.bytes, sent.whole)
    }

    /// The same, where the rule is what made the answer what it was.
    async fn faulted(&self) -> (u64, bool) {
        let told = self.told().await;
        let verdict = self.under.emulator.journal().last().unwrap().verdict.clone();
        assert!(matches!(&verdict, Verdict::Faulted { rule, .. } if &**rule == "it"), "{verdict:?}");
        told
    }
}

fn told(count: usize, whole: bool) -> (u64, bool) {
    (u64::try_from(count).unwrap(), whole)
}

#[tokio::test(start_paused = true)]
async fn answers_are_late() {
    let wires = Wires::new().await;
    wires.only(Fault::any().latency(Duration::from_secs(20)));
    for api in [true, false] {
        let began = Instant::now();
        let mut wire = if api { wires.call().await } else { wires.get(0, &[]).await };
        // Time goes on as soon as nobody has anything else to do. What comes before must come in no time.
        assert!(wire.head().await.starts_with("http/1.1 200 ok\r\n"));
        assert_eq!(began.elapsed().as_secs(), 20);
        let verdict = wires.under.emulator.journal().last().unwrap().verdict.clone();
        assert_eq!(verdict, Verdict::Answered, "late is not wrong");
    }
}

#[tokio::test]
async fn the_wait_is_between_the_bounds_and_follows_the_seed() {
    let run = async |seed| {
        let wires = Wires::with(|builder| builder.seed(seed)).await;
        wires.only(Fault::any().latency_between(Duration::from_millis(5), Duration::from_millis(30)));
        let began = Instant::now();
        for _ in 0..3 {
            wires.call().await.head().await;
        }
        assert!(began.elapsed() >= Duration::from_millis(15));
    };
    run(1).await;
    run(2).await;
}

#[tokio::test]
async fn connections_are_reset_before_the_answer() {
    let wires = Wires::new().await;
    wires.only(Fault::on("alpha").reset());
    for _ in 0..5 {
        assert_eq!(wires.call().await.rest().await, (Vec::new(), End::Reset));
        assert_eq!(wires.faulted().await, (0, false));
        for link in 0..2 {
            assert_eq!(wires.get(link, &[]).await.rest().await, (Vec::new(), End::Reset));
            assert_eq!(wires.faulted().await, (0, false));
        }
    }
}

#[tokio::test]
async fn bodies_are_reset_in_the_middle() {
    let (wires, whole) = (Wires::new().await, content());
    for after in [0, 1, 100_000, LENGTH] {
        wires.only(Fault::any().files().reset_after(after as u64));
        for link in 0..2 {
            let (head, body, end) = wires.get(link, &[]).await.all().await;
            assert!(head.contains(&format!("content-length: {LENGTH}\r\n")), "{head}");
            // What the system still holds of a long body goes with the connection.
            let least = after.saturating_sub(1 << 20);
            assert!(
                (least..=after).contains(&body.len()) && whole.starts_with(&body),
                "{after}: {}",
                body.len()
            );
            assert!(after > 1 << 20 || body.len() == after, "{after}: {}", body.len());
            assert_eq!(end, End::Reset);
            assert_eq!(wires.faulted().await, told(after, after == LENGTH));
        }
    }
    wires.only(Fault::on("alpha").api().reset_after(20));
    let (_, body, end) = wires.call().await.all().await;
    assert_eq!((body.len(), end), (20, End::Reset));
    assert_eq!(wires.faulted().await, (20, false));
}

#[tokio::test]
async fn stalled_answers_end_after_their_time() {
    let stall_time = Duration::from_millis(60);
    let wires = Wires::with(|builder| {
        let mut limits = Limits::default();
        limits.stall_time = stall_time;
        builder.limits(limits)
    })
    .await;
    let whole = content();
    wires.only(Fault::any().stall());
    for api in [true, false] {
        let began = Instant::now();
        let wire = if api { wires.call().await } else { wires.get(0, &[]).await };
        assert_eq!(wire.rest().await.0, b"");
        assert!(began.elapsed() >= stall_time);
        assert_eq!(wires.faulted().await, (0, false));
    }
    for after in [0, 7, 3 << 20, LENGTH] {
        wires.only(Fault::any().files().stall_after(after as u64));
        for link in 0..2 {
            let began = Instant::now();
            let (_, body, _) = wires.get(link, &[]).await.all().await;
            assert!(body == whole[..after], "{after}: {}", body.len());
            assert!(began.elapsed() >= stall_time);
            assert_eq!(wires.faulted().await, told(after, after == LENGTH));
        }
    }
}

#[tokio::test]
async fn stalled_answers_end_when_the_client_leaves() {
    let wires = Wires::new().await;
    for after in [None, Some(0), Some(5000)] {
        let rule = Fault::any().files();
        wires.only(after.map_or(rule.clone().stall(), |after: usize| rule.stall_after(after as u64)));
        for link in 0..2 {
            let before = wires.under.emulator.journal().last().unwrap().number;
            let mut wire = wires.get(link, &[]).await;
            if let Some(after) = after {
                wire.head().await;
                wire.bytes(after).await;
            }
            // It is there until then.
            let call = soon(wires.under.emulator.wait_for(|call| call.number > before)).await;
            assert_eq!(call.sent(), None);
            drop(wire);
            assert_eq!(wires.faulted().await, told(after.unwrap_or(0), false));
        }
    }
}

#[tokio::test]
async fn bodies_are_cut() {
    let (wires, whole) = (Wires::new().await, content());
    for (after, length) in
        [(0, true), (10_000, true), (5 << 20, true), (0, false), (10_000, false), (5 << 20, false)]
    {
        let rule = Fault::any().files();
        wires.only(if length { rule.cut(after as u64) } else { rule.cut_unseen(after as u64) });
        for link in 0..2 {
            let (head, body, end) = wires.get(link, &[]).await.all().await;
            assert_eq!(head.contains(&format!("content-length: {LENGTH}\r\n")), length, "{head}");
            assert!(!head.contains("transfer-encoding"), "{head}");
            assert!(body == whole[..after] && end == End::Closed, "{after}: {} {end:?}", body.len());
            assert_eq!(wires.faulted().await, told(after, false));
        }
    }
    // A body that ends before is whole, and the connection goes on.
    wires.only(Fault::any().files().cut(LENGTH as u64));
    let link = &wires.links[0];
    let mut wire = wires.get(0, &[]).await;
    wire.head().await;
    assert!(wire.bytes(LENGTH).await == whole);
    assert_eq!(wires.told().await, told(LENGTH, true));
    let mut wire = wire.again(&link_bytes("GET", link, &[("Range", "bytes=0-0")])).await;
    assert!(wire.head().await.starts_with("http/1.1 206 "));
    // Positions are those in what is sent.
    wires.only(Fault::any().files().cut(10));
    let (head, body, end) = wires.get(1, &[("Range", "bytes=1000-2000")]).await.all().await;
    assert!(head.starts_with("http/1.1 206 ") && head.contains("content-length: 1001\r\n"), "{head}");
    assert_eq!((&body[..], end), (&whole[1000..1010], End::Closed));
    wires.only(Fault::on("alpha").api().cut(3));
    let (_, body, end) = wires.call().await.all().await;
    assert_eq!((body.len(), end), (3, End::Closed));
    assert_eq!(wires.faulted().await, (3, false));
}

#[tokio::test]
async fn lengths_are_left_out_or_wrong() {
    let (wires, whole) = (Wires::new().await, content());
    wires.only(Fault::any().no_length());
    for link in 0..2 {
        let (head, body, end) = wires.get(link, &[]).await.all().await;
        assert!(!head.contains("content-length") && !head.contains("transfer-encoding"), "{head}");
        assert!(body == whole && end == End::Closed, "{}", body.len());
        assert_eq!(wires.faulted().await, told(LENGTH, true));
    }
    let (head, body, end) = wires.call().await.all().await;
    assert!(!head.contains("content-length"), "{head}");
    assert!(serde_json::from_slice::<serde_json::Value>(&body).is_ok() && end == End::Closed);

    wires.only(Fault::any().files().truncated_length(70_000));
    for link in 0..2 {
        let mut wire = wires.get(link, &[]).await;
        assert!(wire.head().await.contains("content-length: 70000\r\n"));
        assert!(wire.bytes(70_000).await == whole[..70_000]);
        assert_eq!(wires.faulted().await, (70_000, true));
        // All is sound: the connection goes on.
        let mut wire = wire.again(&link_bytes("GET", &wires.links[link], &[("Range", "bytes=0-1")])).await;
        assert!(wire.head().await.contains("content-length: 2\r\n"));
        assert_eq!(wire.bytes(2).await, whole[..2]);
    }
}

#[tokio::test]
async fn head_has_no_body_to_go_wrong() {
    let wires = Wires::new().await;
    // Links are for GET: what is refused is told in the head alone.
    let head = link_bytes("HEAD", &wires.links[0], &[]);
    for (rule, expected) in [
        (Fault::any().cut(10), 60..400),
        (Fault::any().truncated_length(10), 10..11),
        (Fault::any().stall_after(5), 60..400),
    ] {
        wires.only(rule.files());
        let mut wire = Wire::ask(&wires.links[0], &head).await;
        let head = wire.head().await;
        let length = head.split_once("content-length: ").unwrap().1.split("\r\n").next().unwrap();
        assert!(expected.contains(&length.parse().unwrap()), "{head}");
        assert_eq!(wires.told().await, (0, true));
    }
    wires.only(Fault::any().files().reset());
    let wire = Wire::ask(&wires.links[0], &head).await;
    assert_eq!(wire.rest().await, (Vec::new(), End::Reset));
}

#[tokio::test]
async fn delays_come_with_everything_else() {
    let wires = Wires::new().await;
    wires.under.emulator.add_fault(Fault::any().latency(Duration::from_millis(20)).named("late")).unwrap();
    wires.under.emulator.add_fault(Fault::any().cut(4).named("cut")).unwrap();
    wires.under.emulator.add_fault(Fault::any().reset().named("never")).unwrap();
    let began = Instant::now();
    let (_, body, end) = wires.get(0, &[]).await.all().await;
    assert_eq!((body.len(), end), (4, End::Closed));
    assert!(began.elapsed() >= Duration::from_millis(20));
    let counts: Vec<(u64, u64)> =
        wires.under.emulator.faults().iter().map(|count| (count.matched, count.applied)).collect();
    assert_eq!(counts, [(1, 1), (1, 1), (1, 0)], "a contradiction uses nothing up");
}
