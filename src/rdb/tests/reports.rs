//! What a report says of the file beside the verdict.

use super::samples::{cat, text};
use super::{report, sealed};
use crate::rdb::{Contents, Verdict};

fn contents(header: &str, records: &[u8]) -> Contents {
    let report = report(&sealed(&cat(&[header.as_bytes(), records, b"\xff"])));
    assert_eq!(report.verdict, Verdict::Ok, "{report:?}");
    *report.contents.unwrap()
}

fn fact(name: &[u8], value: &[u8]) -> Vec<u8> {
    cat(&[b"\xfa", &text(name), &text(value)])
}

#[test]
fn facts_about_the_file() {
    let facts = cat(&[
        &fact(b"redis-ver", b"7.0.15"),
        b"\xfa\x0aredis-bits\xc0\x40",
        b"\xfa\x05ctime\xc2\x00\x00\x00\x65",
        &fact(b"used-mem", b"12345678901"),
        b"\xfa\x08aof-base\xc0\x01",
        &fact(b"unheard-of", b"something"),
    ]);
    let found = contents("REDIS0010", &facts);
    assert_eq!(found.producer.as_deref(), Some("Redis 7.0.15"));
    assert_eq!((found.bits, found.created_at), (Some(64), Some(0x6500_0000)));
    assert_eq!((found.used_memory, found.aof_base), (Some(12_345_678_901), Some(true)));
    assert_eq!(contents("REDIS0010", b"").producer, None);
}

#[test]
fn producers_are_printable_and_short() {
    let producer = |facts: &[Vec<u8>]| contents("REDIS0011", &facts.concat()).producer;
    let (redis, valkey) = (fact(b"redis-ver", b"7.2.4"), fact(b"valkey-ver", b"8.1.0"));
    assert_eq!(producer(&[redis.clone(), valkey.clone()]).as_deref(), Some("Valkey 8.1.0"));
    assert_eq!(producer(&[valkey, redis]).as_deref(), Some("Valkey 8.1.0"));
    assert_eq!(producer(&[fact(b"df-ver", b"1.2")]).as_deref(), Some("df 1.2"));
    assert_eq!(producer(&[fact(b"redis-ver", b"\x1b[31m\xe4\n7")]).as_deref(), Some("Redis ?[31m??7"));
    let long = producer(&[fact(&[&[b'x'; 500][..], b"-ver"].concat(), &[b'y'; 500])]);
    assert_eq!(long, None);
    let long = producer(&[fact(b"redis-ver", &[b'y'; 500])]).unwrap();
    assert_eq!(long.len(), "Redis ".len() + 64);
}

#[test]
fn what_can_load_it() {
    for (header, records, wanted) in [
        ("REDIS0005", &b""[..], &["Redis 2.6 or later", "Valkey 7.2 or later"][..]),
        ("REDIS0006", b"", &["Redis 2.6 or later", "Valkey 7.2 or later"]),
        ("REDIS0007", b"", &["Redis 3.2 or later", "Valkey 7.2 or later"]),
        ("REDIS0008", b"", &["Redis 4.0 or later", "Valkey 7.2 or later"]),
        ("REDIS0009", b"", &["Redis 5.0 or later", "Valkey 7.2 or later"]),
        ("REDIS0010", b"", &["Redis 7.0 or later", "Valkey 7.2 or later"]),
        ("REDIS0011", b"", &["Redis 7.2 or later", "Valkey 7.2 or later"]),
        ("REDIS0012", b"", &["Redis 7.4 or later"]),
        ("REDIS0013", b"", &["Redis 8.6 or later"]),
        ("VALKEY080", b"", &["Valkey 9.0 or later"]),
        // What is in it may ask for more than its version says.
        ("REDIS0009", b"\xf5\x01f", &["Redis 7.0 or later", "Valkey 7.2 or later"]),
        ("REDIS0009", b"\xf4\x01\x01\x01", &["Redis 7.4 or later"]),
    ] {
        assert_eq!(contents(header, records).loadable_by, wanted, "{header} {records:?}");
    }
}

#[test]
fn modules_are_named() {
    // ReJSON-RL of version 3, as its number has it.
    let letters = b"ReJSON-RL".map(|letter| {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        alphabet.iter().position(|known| *known == letter).unwrap() as u64
    });
    let id = letters.iter().fold(0, |id, letter| id << 6 | letter) << 10 | 3;
    let value = cat(&[b"\x07\x01k\x81", &id.to_be_bytes(), b"\x00"]);
    assert_eq!(contents("REDIS0010", &[value.clone(), value].concat()).modules, ["ReJSON-RL"]);
    let many: Vec<u8> = (0..100_u64)
        .flat_map(|name| cat(&[b"\xf7\x81", &(name << 10).to_be_bytes(), b"\x02\x01\x00"]))
        .collect();
    assert_eq!(contents("REDIS0010", &many).modules.len(), 16);
}

#[test]
fn databases_beyond_the_first_are_counted_only() {
    let many: Vec<u8> = (0..2000_u32)
        .flat_map(|index| cat(&[b"\xfe\x80", &index.to_be_bytes(), b"\x00\x01k\x01v"]))
        .collect();
    let found = contents("REDIS0010", &many);
    assert_eq!((found.databases.len(), found.keys), (256, 2000));
    assert!(found.databases.iter().all(|database| database.keys == 1));
}
