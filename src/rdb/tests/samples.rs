//! Records of every type, written by hand from the description of the format.

use super::sealed;
use crate::rdb::ValueType;

/// A record, what it counts as, and the header of the first version that has it.
pub(super) struct Sample {
    pub(super) name: &'static str,
    pub(super) header: &'static str,
    pub(super) kind: Option<ValueType>,
    pub(super) record: Vec<u8>,
    /// Whether a server of today refuses it.
    pub(super) abandoned: bool,
}

impl Sample {
    /// A file of this record and nothing else, with a checksum if its version has one.
    pub(super) fn file(&self) -> Vec<u8> {
        let body = cat(&[self.header.as_bytes(), &self.record, b"\xff"]);
        if self.has_checksum() { sealed(&body) } else { body }
    }

    pub(super) fn has_checksum(&self) -> bool {
        self.header >= "REDIS0005"
    }
}

pub(super) fn cat(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// A length, in the shortest way.
pub(super) fn len(number: u64) -> Vec<u8> {
    if number < 1 << 6 {
        vec![number as u8]
    } else if number < 1 << 14 {
        (0x4000 | number as u16).to_be_bytes().to_vec()
    } else if let Ok(number) = u32::try_from(number) {
        cat(&[b"\x80", &number.to_be_bytes()])
    } else {
        cat(&[b"\x81", &number.to_be_bytes()])
    }
}

/// A string as it is.
pub(super) fn text(bytes: &[u8]) -> Vec<u8> {
    cat(&[&len(bytes.len() as u64), bytes])
}

/// A string compressed into literals only.
pub(super) fn literals(bytes: &[u8]) -> Vec<u8> {
    let packed: Vec<u8> = bytes.chunks(32).flat_map(|run| cat(&[&[run.len() as u8 - 1], run])).collect();
    cat(&[b"\xc3", &len(packed.len() as u64), &len(bytes.len() as u64), &packed])
}

/// A string of `count` times the same byte, compressed into one literal and repetitions.
pub(super) fn repeated(byte: u8, count: usize) -> Vec<u8> {
    let mut packed = vec![0, byte];
    let mut left = count - 1;
    while left > 0 {
        match left {
            1 | 2 => packed.extend([0, byte]),
            3..=8 => packed.extend([((left - 2) << 5) as u8, 0]),
            _ => packed.extend([0xe0, (left.min(264) - 9) as u8, 0]),
        }
        left -= match left {
            1 | 2 => 1,
            left => left.min(264),
        };
    }
    cat(&[b"\xc3", &len(packed.len() as u64), &len(count as u64), &packed])
}

/// A listpack of entries given with their encoding.
pub(super) fn listpack(entries: &[&[u8]]) -> Vec<u8> {
    let mut body = Vec::new();
    for entry in entries {
        body.extend_from_slice(entry);
        let mut length = entry.len();
        let width = [127, 16_382, 2_097_150].iter().filter(|most| length > **most).count() + 1;
        let mut back = vec![0; width];
        for (at, byte) in back.iter_mut().enumerate().rev() {
            *byte = (length & 0x7f) as u8 | if at > 0 { 0x80 } else { 0 };
            length >>= 7;
        }
        body.extend(back);
    }
    let size = body.len() as u32 + 7;
    cat(&[&size.to_le_bytes(), &(entries.len() as u16).to_le_bytes(), &body, b"\xff"])
}

/// A short text as an entry of a listpack.
pub(super) fn entry(text: &[u8]) -> Vec<u8> {
    match text.len() {
        0..64 => cat(&[&[0x80 | text.len() as u8], text]),
        64..4096 => cat(&[&[0xe0 | (text.len() >> 8) as u8, text.len() as u8], text]),
        _ => cat(&[b"\xf0", &(text.len() as u32).to_le_bytes(), text]),
    }
}

/// One entry of each encoding, twelve in all.
pub(super) fn all_of_a_listpack() -> Vec<u8> {
    let (middle, long) = (entry(&[b'm'; 200]), entry(&[b'l'; 17_000]));
    listpack(&[
        b"\x7f",
        &entry(b"abc"),
        &entry(b""),
        b"\xc1\x02",
        &middle,
        b"\xf1\x01\x02",
        b"\xf2\x01\x02\x03",
        b"\xf3\x01\x02\x03\x04",
        b"\xf4\x01\x02\x03\x04\x05\x06\x07\x08",
        &long,
        &entry(b"x"),
        b"\x00",
    ])
}

/// A ziplist of entries given with their encoding, without the length of the one before.
pub(super) fn ziplist(entries: &[&[u8]]) -> Vec<u8> {
    let (mut body, mut before, mut tail) = (Vec::new(), 0_usize, 10);
    for entry in entries {
        tail = body.len() + 10;
        let begun = body.len();
        match before {
            0..254 => body.push(before as u8),
            _ => body.extend(cat(&[b"\xfe", &(before as u32).to_le_bytes()])),
        }
        body.extend_from_slice(entry);
        before = body.len() - begun;
    }
    let size = body.len() as u32 + 11;
    let head = [size.to_le_bytes(), (tail as u32).to_le_bytes()].concat();
    cat(&[&head, &(entries.len() as u16).to_le_bytes(), &body, b"\xff"])
}

/// One entry of each encoding, ten in all.
pub(super) fn all_of_a_ziplist() -> Vec<u8> {
    let middle = cat(&[b"\x41\x2c", &[b'm'; 300]]);
    let long = cat(&[b"\x80\x00\x00\x42\x68", &[b'l'; 17_000]]);
    ziplist(&[
        b"\x03abc",
        &middle,
        b"\xc0\x01\x02",
        b"\xd0\x01\x02\x03\x04",
        b"\xe0\x01\x02\x03\x04\x05\x06\x07\x08",
        b"\xf0\x01\x02\x03",
        b"\xfe\x01",
        &long,
        b"\xf1",
        b"\xfd",
    ])
}

pub(super) fn intset(width: u32, numbers: &[i64]) -> Vec<u8> {
    let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()[..width as usize].to_vec());
    let head = [width.to_le_bytes(), (numbers.len() as u32).to_le_bytes()].concat();
    head.into_iter().chain(bytes).collect()
}

fn zipmap() -> Vec<u8> {
    let long = [b'z'; 300];
    let long = cat(&[b"\xfe", &300_u32.to_le_bytes(), b"\x00", &long]);
    // The second value has two bytes to spare.
    cat(&[b"\x03", b"\x01a", b"\x02\x00bc", b"\x01d", b"\x01\x02e..", b"\x02fg", &long, b"\xff"])
}

/// The ID of an entry of a stream where it is written in full.
fn id(number: u64) -> Vec<u8> {
    [number.to_be_bytes(), 0_u64.to_be_bytes()].concat()
}

/// A stream behind its key: of the form 1 to 5.
fn stream(form: u32) -> Vec<u8> {
    let entries = listpack(&[b"\x01", b"\x00", b"\x01", &entry(b"field"), b"\x00", b"\x02"]);
    let mut bytes = cat(&[&len(1), &text(&id(5)), &text(&entries), &len(2), &len(5), &len(1)]);
    if form > 1 {
        bytes.extend(cat(&[&len(1), &len(0), &len(0), &len(0), &len(70_000)]));
    }
    bytes.extend(len(2));
    // A group of two consumers, one of whom has two entries, and one without any.
    bytes.extend(cat(&[&text(b"workers"), &len(5), &len(1)]));
    if form > 1 {
        bytes.extend(len(1));
    }
    let nacked = u64::from(form > 4);
    bytes.extend(len(2 + nacked));
    for number in 1..=2 + nacked {
        bytes.extend(cat(&[&id(number), &[7; 8], &len(1)]));
    }
    bytes.extend(len(2));
    for (name, owned) in [("alice", 2), ("bob", 0)] {
        bytes.extend(cat(&[&text(name.as_bytes()), &[7; 8], if form > 2 { &[8; 8] } else { &[] }]));
        bytes.extend(len(owned));
        (1..=owned).rev().for_each(|number| bytes.extend(id(number)));
    }
    if form > 4 {
        bytes.extend(cat(&[&len(1), &id(3)]));
    }
    bytes.extend(cat(&[&text(b"idle"), &len(0), &len(0)]));
    if form > 1 {
        bytes.extend(len(0));
    }
    bytes.extend(cat(&[&len(0), &len(0)]));
    if form > 4 {
        bytes.extend(len(0));
    }
    if form > 3 {
        let producer = cat(&[&text(b"producer"), &len(1), &text(b"first"), &len(5), &len(1)]);
        bytes.extend(cat(&[&len(60), &len(100), &len(1), &producer, &len(1), &len(0)]));
    }
    bytes
}

/// Values of a module: one of each type, and the end.
fn module_values() -> Vec<u8> {
    let numbers = cat(&[b"\x01\x05", b"\x02", &len(1 << 40)]);
    cat(&[&numbers, b"\x03\0\0\x80\x3f", b"\x04\0\0\0\0\0\0\xf0\x3f", b"\x05", &text(b"data"), b"\x00"])
}

/// The number that stands for the module `name`, of nine letters, and version 3 of its data.
fn module_id(name: &[u8; 9]) -> Vec<u8> {
    let id = name.iter().fold(0, |id, letter| id << 6 | u64::from(letter - b'a' + 26));
    len(id << 10 | 3)
}

/// A sample of every record there is.
pub(super) fn samples() -> Vec<Sample> {
    use ValueType::{Hash, List, Module, Set, Stream, String, Zset};

    let mut samples = Vec::new();
    let mut add = |name, header, kind, record: &[&[u8]]| {
        samples.push(Sample { name, header, kind, record: cat(record), abandoned: false });
    };
    let key = text(b"key");
    let (one, two, three) = (len(1), len(2), len(3));
    let long = vec![b'v'; 20_000];
    let listpack_of_pairs = listpack(&[&entry(b"a"), b"\x01", &entry(b"b"), b"\xf1\x39\x30"]);
    let ziplist_of_pairs = ziplist(&[b"\x01a", b"\xf2", b"\x01b", b"\xc0\x39\x30"]);
    let threes = listpack(&[&entry(b"field"), &entry(b"value"), b"\x00"]);
    let values = module_values();
    let module = module_id(b"mymodules");

    add("string", "REDIS0001", Some(String), &[b"\x00", &key, &text(b"value")]);
    add("empty string", "REDIS0002", Some(String), &[b"\x00", &text(b""), &text(b"")]);
    add("long string", "REDIS0003", Some(String), &[b"\x00", &text(&long[..100]), &text(&long)]);
    add("32-bit length", "REDIS0003", Some(String), &[b"\x00", &key, b"\x80\0\0\0\x02ab"]);
    add("64-bit length", "REDIS0008", Some(String), &[b"\x00", &key, b"\x81\0\0\0\0\0\0\0\x02ab"]);
    add("8-bit integer", "REDIS0001", Some(String), &[b"\x00", &key, b"\xc0\x80"]);
    add("16-bit integer", "REDIS0001", Some(String), &[b"\x00", b"\xc1\x39\x30", b"\xc1\x39\x30"]);
    add("32-bit integer", "REDIS0001", Some(String), &[b"\x00", &key, b"\xc2\x01\x02\x03\x04"]);
    add(
        "compressed string",
        "REDIS0006",
        Some(String),
        &[b"\x00", &repeated(b'k', 30), &repeated(b'v', 9000)],
    );
    add("compressed literals", "REDIS0006", Some(String), &[b"\x00", &key, &literals(&long[..100])]);
    add("list", "REDIS0001", Some(List), &[b"\x01", &key, &two, &text(b"a"), b"\xc0\x01"]);
    add("set", "REDIS0001", Some(Set), &[b"\x02", &key, &two, &text(b"a"), &text(b"b")]);
    let scores = [&text(b"a")[..], b"\x041e-5", &text(b"b"), b"\xfe", &text(b"c"), b"\xff"].concat();
    add("zset", "REDIS0001", Some(Zset), &[b"\x03", &key, &three, &scores]);
    add("hash", "REDIS0001", Some(Hash), &[b"\x04", &key, &one, &text(b"field"), &text(b"value")]);
    add("zset 2", "REDIS0008", Some(Zset), &[b"\x05", &key, &one, &text(b"a"), &1.5_f64.to_le_bytes()]);
    add("module 2", "REDIS0009", Some(Module), &[b"\x07", &key, &module, &values]);
    add("zipmap", "REDIS0002", Some(Hash), &[b"\x09", &key, &text(&zipmap())]);
    add("list as ziplist", "REDIS0003", Some(List), &[b"\x0a", &key, &text(&all_of_a_ziplist())]);
    add("intset 16", "REDIS0003", Some(Set), &[b"\x0b", &key, &text(&intset(2, &[-3, 0, 300]))]);
    add("intset 32", "REDIS0005", Some(Set), &[b"\x0b", &key, &text(&intset(4, &[-70_000, 1]))]);
    add("intset 64", "REDIS0005", Some(Set), &[b"\x0b", &key, &text(&intset(8, &[1, 1 << 40]))]);
    add("zset as ziplist", "REDIS0004", Some(Zset), &[b"\x0c", &key, &text(&ziplist_of_pairs)]);
    add("hash as ziplist", "REDIS0004", Some(Hash), &[b"\x0d", &key, &literals(&ziplist_of_pairs)]);
    let nodes = [text(&all_of_a_ziplist()), literals(&all_of_a_ziplist())].concat();
    add("quicklist", "REDIS0007", Some(List), &[b"\x0e", &key, &two, &nodes]);
    add("stream", "REDIS0009", Some(Stream), &[b"\x0f", &key, &stream(1)]);
    add("hash as listpack", "REDIS0010", Some(Hash), &[b"\x10", &key, &text(&all_of_a_listpack())]);
    add("zset as listpack", "REDIS0010", Some(Zset), &[b"\x11", &key, &literals(&listpack_of_pairs)]);
    let nodes = cat(&[b"\x01", &text(&long), b"\x02", &literals(&all_of_a_listpack())]);
    add("quicklist 2", "REDIS0010", Some(List), &[b"\x12", &key, &two, &nodes]);
    add("stream 2", "REDIS0010", Some(Stream), &[b"\x13", &key, &stream(2)]);
    add("set as listpack", "REDIS0011", Some(Set), &[b"\x14", &key, &text(&all_of_a_listpack())]);
    add("stream 3", "REDIS0011", Some(Stream), &[b"\x15", &key, &stream(3)]);
    let fields = cat(&[&len(0), &text(b"a"), &text(b"1"), &len(1 << 40), &text(b"b"), &text(b"2")]);
    add("hash of a candidate", "REDIS0012", Some(Hash), &[b"\x16", &key, &two, &fields]);
    add("listpack of a candidate", "REDIS0012", Some(Hash), &[b"\x17", &key, &text(&threes)]);
    add("hash with expiries", "REDIS0012", Some(Hash), &[b"\x18", &key, &[9; 8], &two, &fields]);
    add("listpack with expiries", "REDIS0012", Some(Hash), &[b"\x19", &key, &[9; 8], &text(&threes)]);
    add("stream 4", "REDIS0013", Some(Stream), &[b"\x1a", &key, &stream(4)]);
    let fields = cat(&[&text(b"a"), &text(b"1"), &[0xff; 8], &text(b"b"), &text(b"2"), &[9; 8]]);
    add("hash 2", "VALKEY080", Some(Hash), &[b"\x16", &key, &two, &fields]);
    add("stream 3 in Valkey", "VALKEY080", Some(Stream), &[b"\x15", &key, &stream(3)]);

    let plain = cat(&[b"\x00", &key, &text(b"value")]);
    add("expiry in seconds", "REDIS0001", Some(String), &[b"\xfd\x01\x02\x03\x04", &plain]);
    add("expiry in milliseconds", "REDIS0003", Some(String), &[b"\xfc", &[7; 8], &plain]);
    add("eviction hints", "REDIS0009", Some(String), &[b"\xf9\x05", b"\xf8", &len(900), &plain]);
    add("database", "REDIS0007", Some(String), &[b"\xfe\x03", b"\xfb\x01\x00", &plain]);
    add(
        "facts",
        "REDIS0007",
        None,
        &[b"\xfa", &text(b"redis-ver"), &text(b"3.2.1"), b"\xfa", &text(b"x"), b"\xc0\x05"],
    );
    add("module data", "REDIS0009", None, &[b"\xf7", &module, b"\x02\x01", &values]);
    add("functions", "REDIS0010", None, &[b"\xf5", &text(b"#!lua name=a")]);
    add("slot", "REDIS0012", None, &[b"\xf4", &len(100), &one, &one]);
    let metadata = cat(&[b"\xf3", &two, b"meta", &values, b"more", &values]);
    add("metadata of a key", "REDIS0013", Some(String), &[&metadata, &plain]);
    let ranges = cat(&[&text(&[b'j'; 40]), &two, &one, &len(100), &len(200), &len(16_000)]);
    add("slot import", "VALKEY080", None, &[b"\xf3", &ranges]);

    for described in [0, 1] {
        let description = if described == 1 { text(b"description") } else { Vec::new() };
        let name =
            cat(&[b"\xf6", &text(b"name"), &text(b"LUA"), &len(described), &description, &text(b"code")]);
        samples.push(Sample {
            name: "functions of a candidate",
            header: "REDIS0010",
            kind: None,
            record: name,
            abandoned: true,
        });
    }
    samples
}
