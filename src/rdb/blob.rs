//! Data structures that a file holds as they lie in a server's memory, in one string each: listpacks, ziplists,
//! intsets and zipmaps.
//!
//! They are followed entry by entry as their bytes arrive. What a server requires of them when it loads them with its
//! thorough checks on is required here: that sizes, counts, and links from one entry back to the one before agree.

use super::length::Fault;

/// Which data structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Listpack,
    /// A listpack with entries of a stream: never empty.
    StreamNode,
    Ziplist,
    Intset,
    Zipmap,
}

/// The longest part that is looked at in one piece: an entry of a listpack that holds no text, and its length.
const PIECE: usize = 16;

/// The last byte of every structure but an intset.
const END: u8 = 0xff;

/// What a step through the bytes came to.
enum Step {
    /// The bytes at hand do not suffice.
    More,
    /// So many bytes were read, and so many behind them mean nothing here.
    Take(usize, u64),
}

/// Follows one structure through its bytes.
#[derive(Clone, Debug)]
pub(super) struct Blob {
    kind: Kind,
    /// Its number of elements is a multiple of this.
    of: u64,
    /// Length of the whole.
    size: u64,
    /// How many bytes were read or passed over.
    at: u64,
    /// How many of the next bytes mean nothing.
    pass: u64,
    piece: [u8; PIECE],
    filled: usize,
    state: State,
    count: u64,
    /// The number of entries that the head states, if it does.
    stated: Option<u64>,
    /// A listpack's or a ziplist's entry before: its length. An intset's: the number itself, if there is one.
    last: u64,
    number: Option<i64>,
    /// A ziplist's place of the last entry, by its head and as found.
    tail: u64,
    begun: u64,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Head,
    Entry,
    /// The length of the entry of a listpack, behind it.
    Backlen,
    /// The value of the field of a zipmap.
    Value,
    /// Integers of an intset, of so many bytes each.
    Integers(u8),
    Done,
}

impl Blob {
    pub(super) fn new(kind: Kind, of: u64, size: u64) -> Self {
        Self {
            kind,
            of,
            size,
            at: 0,
            pass: 0,
            piece: [0; PIECE],
            filled: 0,
            state: State::Head,
            count: 0,
            stated: None,
            last: 0,
            number: None,
            tail: 0,
            begun: 0,
        }
    }

    /// Takes the next bytes.
    pub(super) fn update(&mut self, mut bytes: &[u8]) -> Result<(), Fault> {
        while !bytes.is_empty() {
            if self.pass > 0 {
                let passed = usize::try_from(self.pass).unwrap_or(usize::MAX).min(bytes.len());
                self.pass -= passed as u64;
                self.at += passed as u64;
                bytes = bytes.get(passed..).unwrap_or_default();
            } else if self.filled > 0 {
                let had = self.filled;
                let piece = self.fill(bytes);
                let window = piece.get(..self.filled).unwrap_or_default();
                match self.step(window)? {
                    Step::More => bytes = bytes.get(self.filled - had..).unwrap_or_default(),
                    Step::Take(took, pass) => {
                        self.take(took, pass);
                        self.filled = 0;
                        bytes = bytes.get(took.saturating_sub(had)..).unwrap_or_default();
                    }
                }
            } else {
                match self.step(bytes)? {
                    Step::More => {
                        self.fill(bytes);
                        break;
                    }
                    Step::Take(took, pass) => {
                        self.take(took, pass);
                        bytes = bytes.get(took..).unwrap_or_default();
                    }
                }
            }
        }
        Ok(())
    }

    /// There are no more bytes.
    pub(super) fn finish(&self) -> Result<(), Fault> {
        if self.state != State::Done || self.at != self.size {
            return Err(match self.kind {
                Kind::Listpack | Kind::StreamNode => "a listpack that ends early",
                Kind::Ziplist => "a ziplist that ends early",
                Kind::Intset => "an intset that ends early",
                Kind::Zipmap => "a zipmap that ends early",
            });
        }
        Ok(())
    }

    fn take(&mut self, took: usize, pass: u64) {
        self.at += took as u64;
        self.pass = pass;
    }

    /// Keeps bytes until there are enough of them; gives back what is kept.
    fn fill(&mut self, bytes: &[u8]) -> [u8; PIECE] {
        let room = self.piece.get_mut(self.filled..).unwrap_or_default();
        self.filled += bytes.len().min(room.len());
        for (to, from) in room.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.piece
    }

    fn step(&mut self, bytes: &[u8]) -> Result<Step, Fault> {
        match (self.kind, self.state) {
            (_, State::Done) => Err("bytes behind the end of a data structure"),
            (Kind::Listpack | Kind::StreamNode, State::Head) => self.listpack_head(bytes),
            (Kind::Listpack | Kind::StreamNode, State::Backlen) => self.listpack_backlen(bytes),
            (Kind::Listpack | Kind::StreamNode, _) => self.listpack_entry(bytes),
            (Kind::Ziplist, State::Head) => self.ziplist_head(bytes),
            (Kind::Ziplist, _) => self.ziplist_entry(bytes),
            (Kind::Intset, State::Integers(width)) => self.integer(width, bytes),
            (Kind::Intset, _) => self.intset_head(bytes),
            (Kind::Zipmap, State::Head) => {
                let Some(count) = bytes.first() else { return Ok(Step::More) };
                self.stated = (*count < 254).then_some(u64::from(*count));
                self.state = State::Entry;
                Ok(Step::Take(1, 0))
            }
            (Kind::Zipmap, state) => self.zipmap_text(state == State::Value, bytes),
        }
    }

    /// The end mark was found.
    fn end(&mut self) -> Result<Step, Fault> {
        if self.at + 1 != self.size {
            return Err("an end mark in the midst of a data structure");
        }
        if self.stated.is_some_and(|stated| stated != self.count) {
            return Err("a data structure with another number of entries than it states");
        }
        if !self.count.is_multiple_of(self.of) {
            return Err("a data structure whose last element is incomplete");
        }
        if self.count == 0 && matches!(self.kind, Kind::StreamNode | Kind::Zipmap) {
            return Err("an empty data structure where none may be");
        }
        self.state = State::Done;
        Ok(Step::Take(1, 0))
    }

    /// Whether `len` further bytes leave room for the end mark.
    fn fits(&self, len: u64) -> Result<(), Fault> {
        let room = self.size.saturating_sub(self.at).saturating_sub(1);
        if len > room { Err("an entry that is longer than the data structure around it") } else { Ok(()) }
    }

    fn listpack_head(&mut self, bytes: &[u8]) -> Result<Step, Fault> {
        let Some([a, b, c, d, low, high]) = bytes.first_chunk() else { return Ok(Step::More) };
        if u64::from(u32::from_le_bytes([*a, *b, *c, *d])) != self.size {
            return Err("a listpack that states another size than it has");
        }
        let count = u16::from_le_bytes([*low, *high]);
        self.stated = (count != u16::MAX).then_some(u64::from(count));
        self.state = State::Entry;
        Ok(Step::Take(6, 0))
    }

    fn listpack_entry(&mut self, bytes: &[u8]) -> Result<Step, Fault> {
        let Some(first) = bytes.first() else { return Ok(Step::More) };
        // The bytes that say how long it is, and those behind them.
        let (head, data) = match *first {
            0..=0x7f => (1, 0),
            0x80..=0xbf => (1, u64::from(first & 0x3f)),
            0xc0..=0xdf => (1, 1),
            0xe0..=0xef => match bytes.get(1) {
                Some(low) => (2, u64::from(first & 0x0f) << 8 | u64::from(*low)),
                None => return Ok(Step::More),
            },
            0xf0 => match bytes.get(1..).unwrap_or_default().first_chunk() {
                Some(len) => (5, u32::from_le_bytes(*len).into()),
                None => return Ok(Step::More),
            },
            0xf1 => (1, 2),
            0xf2 => (1, 3),
            0xf3 => (1, 4),
            0xf4 => (1, 8),
            END => return self.end(),
            _ => return Err("an entry of a listpack in an unknown form"),
        };
        self.last = head as u64 + data;
        self.fits(self.last + 1)?;
        self.count += 1;
        self.state = State::Backlen;
        Ok(Step::Take(head, data))
    }

    /// The length of the entry, in groups of seven bits; all but the first carry a mark.
    fn listpack_backlen(&mut self, bytes: &[u8]) -> Result<Step, Fault> {
        let width = match self.last {
            0..=127 => 1,
            128..16_383 => 2,
            16_383..2_097_151 => 3,
            2_097_151..268_435_455 => 4,
            _ => 5,
        };
        let Some(found) = bytes.get(..width) else { return Ok(Step::More) };
        self.fits(width as u64)?;
        let length = found.iter().fold(0, |length, byte| length << 7 | u64::from(byte & 0x7f));
        let marked = found.iter().enumerate().all(|(at, byte)| (byte & 0x80 != 0) == (at > 0));
        if length != self.last || !marked {
            return Err("an entry of a listpack that states another length behind it");
        }
        self.state = State::Entry;
        Ok(Step::Take(width, 0))
    }

    fn ziplist_head(&mut self, bytes: &[u8]) -> Result<Step, Fault> {
        let Some([a, b, c, d, e, f, g, h, low, high]) = bytes.first_chunk() else { return Ok(Step::More) };
        if u64::from(u32::from_le_bytes([*a, *b, *c, *d])) != self.size {
            return Err("a ziplist that states another size than it has");
        }
        self.tail = u32::from_le_bytes([*e, *f, *g, *h]).into();
        let count = u16::from_le_bytes([*low, *high]);
        self.stated = (count != u16::MAX).then_some(u64::from(count));
        self.state = State::Entry;
        Ok(Step::Take(10, 0))
    }

    fn ziplist_entry(&mut self, bytes: &[u8]) -> Result<Step, Fault> {
        let (before, width) = match bytes {
            [] => return Ok(Step::More),
            [END, ..] => {
                if self.tail > self.size.saturating_sub(1) || (self.count > 0 && self.tail != self.begun) {
                    return Err("a ziplist whose last entry is not where its head says");
                }
                return self.end();
            }
            [0xfe, rest @ ..] => match rest.first_chunk() {
                Some(len) => (u64::from(u32::from_le_bytes(*len)), 5),
                None => return Ok(Step::More),
            },
            [len, ..] => (u64::from(*len), 1),
        };
        if before != self.last {
            return Err("an entry of a ziplist that states another length of the one before");
        }
        let rest = bytes.get(width..).unwrap_or_default();
        let Some(first) = rest.first() else { return Ok(Step::More) };
        let (head, data) = match *first {
            0..=0x3f => (1, u64::from(*first)),
            0x40..=0x7f => match rest.get(1) {
                Some(low) => (2, u64::from(first & 0x3f) << 8 | u64::from(*low)),
                None => return Ok(Step::More),
            },
            0x80..=0xbf => match rest.get(1..).unwrap_or_default().first_chunk() {
                Some(len) => (5, u32::from_be_bytes(*len).into()),
                None => return Ok(Step::More),
            },
            0xc0 => (1, 2),
            0xd0 => (1, 4),
            0xe0 => (1, 8),
            0xf0 => (1, 3),
            0xfe => (1, 1),
            0xf1..=0xfd => (1, 0),
            _ => return Err("an entry of a ziplist in an unknown form"),
        };
        self.last = (width + head) as u64 + data;
        self.fits(self.last)?;
        self.begun = self.at;
        self.count += 1;
        Ok(Step::Take(width + head, data))
    }

    fn intset_head(&mut self, bytes: &[u8]) -> Result<Step, Fault> {
        let Some([a, b, c, d, e, f, g, h]) = bytes.first_chunk() else { return Ok(Step::More) };
        let width = match u32::from_le_bytes([*a, *b, *c, *d]) {
            2 => 2,
            4 => 4,
            8 => 8,
            _ => return Err("an intset with integers of an unknown size"),
        };
        let count = u64::from(u32::from_le_bytes([*e, *f, *g, *h]));
        if count == 0 || 8 + count * u64::from(width) != self.size {
            return Err("an intset with another number of integers than it states");
        }
        self.state = State::Integers(width);
        Ok(Step::Take(8, 0))
    }

    fn integer(&mut self, width: u8, bytes: &[u8]) -> Result<Step, Fault> {
        let number = match width {
            2 => bytes.first_chunk().map(|bytes| i64::from(i16::from_le_bytes(*bytes))),
            4 => bytes.first_chunk().map(|bytes| i64::from(i32::from_le_bytes(*bytes))),
            _ => bytes.first_chunk().map(|bytes| i64::from_le_bytes(*bytes)),
        };
        let Some(number) = number else { return Ok(Step::More) };
        if self.number.is_some_and(|last| last >= number) {
            return Err("an intset that is out of order");
        }
        self.number = Some(number);
        if self.at + u64::from(width) == self.size {
            self.state = State::Done;
        }
        Ok(Step::Take(usize::from(width), 0))
    }

    /// A field, or its value, which has room to grow behind it.
    fn zipmap_text(&mut self, value: bool, bytes: &[u8]) -> Result<Step, Fault> {
        let (length, mut width) = match bytes {
            [] => return Ok(Step::More),
            [END, ..] if value => return Err("a zipmap that ends behind a field"),
            [END, ..] => return self.end(),
            [0xfe, rest @ ..] => match rest.first_chunk() {
                Some(len) => (u64::from(u32::from_le_bytes(*len)), 5),
                None => return Ok(Step::More),
            },
            [len, ..] => (u64::from(*len), 1),
        };
        let mut pass = length;
        if value {
            let Some(free) = bytes.get(width) else { return Ok(Step::More) };
            width += 1;
            pass += u64::from(*free);
            self.count += 1;
        }
        self.fits(width as u64 + pass)?;
        self.state = if value { State::Entry } else { State::Value };
        Ok(Step::Take(width, pass))
    }
}
