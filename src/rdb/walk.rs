//! The walk through a file, record by record, as its bytes arrive.
//!
//! What a record is made of stands in the tables of [`shape`](super::shape); a stack of a few frames says where in
//! them the walk is. Memory is constant: a number in the file says how often something is repeated or how many bytes
//! are to come, never how much to reserve.

use super::blob::Blob;
use super::header::Format;
use super::length::{self, Fault, Length};
use super::lzf::{Unpack, Window};
use super::shape::{self, Holds, Item, Means, Role, Side};
use super::tally::{LONGEST_TEXT, Tally};

/// The longest part that is looked at in one piece: a double in decimal digits, and their number.
const PIECE: usize = 64;

/// How deep records nest at most: the file, a stream, its groups, their consumers, those's entries.
const DEPTH: usize = 6;

/// The greatest number that a database can have.
const LAST_DATABASE: u64 = i32::MAX as u64;

/// The end of the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Behind the end marker.
    End,
    /// Something that no file has.
    Broken(Fault),
    /// A record of a type that is not known, or whose form is not.
    Unknown(u8),
}

/// Part of a record: which items, which of them is next, and how often they are to be gone through.
#[derive(Clone, Copy, Debug)]
struct Frame {
    items: &'static [Item],
    next: usize,
    left: u64,
}

/// What a string holds that is looked into.
#[derive(Clone, Debug)]
enum Inside {
    Nothing,
    Text { bytes: [u8; LONGEST_TEXT], len: usize },
    Blob(Blob),
}

/// A string whose bytes are arriving and are looked into.
#[derive(Clone, Debug)]
struct Text {
    left: u64,
    holds: Holds,
    inside: Inside,
    packed: Option<Unpack>,
}

/// Follows one file behind its header.
#[derive(Clone)]
pub(super) struct Walker {
    format: Format,
    /// How many bytes of the file were walked through.
    at: u64,
    /// Where what was looked at last, a record or a string, begins.
    begun: u64,
    piece: [u8; PIECE],
    filled: usize,
    frames: [Frame; DEPTH],
    depth: usize,
    /// How many of the next bytes may be anything.
    pass: u64,
    text: Option<Text>,
    window: Option<Window>,
    stop: Option<Stop>,
    /// Sums over the IDs of the entries that wait in a group, and over those that its consumers have.
    pending: [u64; 2],
    /// Whether this database has a key without a name.
    nameless: bool,
    expires: bool,
    role: Role,
    /// The greatest hint for the size of a database.
    room: u64,
    tally: Tally,
}

impl Walker {
    /// Starts at the byte `at`, behind the header.
    pub(super) fn new(format: Format, at: u64) -> Self {
        let base = Frame { items: &[Item::Record], next: 0, left: u64::MAX };
        Self {
            format,
            at,
            begun: at,
            piece: [0; PIECE],
            filled: 0,
            frames: [base; DEPTH],
            depth: 0,
            pass: 0,
            text: None,
            window: None,
            stop: None,
            pending: [0; 2],
            nameless: false,
            expires: false,
            role: Role::Other,
            room: 0,
            tally: Tally::default(),
        }
    }

    /// How far the walk came; behind [`Stop::Broken`] and [`Stop::Unknown`], where what stopped it begins.
    pub(super) fn at(&self) -> u64 {
        if self.stop.is_some_and(|stop| stop != Stop::End) { self.begun } else { self.at }
    }

    pub(super) fn stop(&self) -> Option<Stop> {
        self.stop
    }

    /// What was seen so far.
    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// A hint that no file of `size` bytes can make true.
    pub(super) fn absurd(&self, size: u64) -> bool {
        self.room > size
    }

    /// Takes the next bytes; says how many of them it went through, which are all of them as long as the walk goes on.
    pub(super) fn update(&mut self, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        while !rest.is_empty() && self.stop.is_none() {
            if let Err(fault) = self.advance(&mut rest) {
                self.stop = Some(Stop::Broken(fault));
            }
        }
        bytes.len() - rest.len()
    }

    /// Goes through some of the bytes, and takes them off.
    fn advance(&mut self, rest: &mut &[u8]) -> Result<(), Fault> {
        if self.pass > 0 {
            let here = usize::try_from(self.pass).unwrap_or(usize::MAX).min(rest.len());
            self.pass -= here as u64;
            self.take(here, rest);
            return Ok(());
        }
        if let Some(text) = &mut self.text {
            let here = usize::try_from(text.left).unwrap_or(usize::MAX).min(rest.len());
            let (bytes, behind) = rest.split_at(here);
            text.left -= here as u64;
            self.at += here as u64;
            *rest = behind;
            text.update(bytes, &mut self.window)?;
            return if text.left == 0 { self.close() } else { Ok(()) };
        }
        if self.filled == 0 {
            match self.located_item(rest)? {
                Some(took) => self.take(took, rest),
                None => {
                    self.fill(rest);
                    *rest = &[];
                }
            }
            return Ok(());
        }
        let had = self.filled;
        let added = self.fill(rest);
        let piece = self.piece;
        match self.located_item(piece.get(..self.filled).unwrap_or_default())? {
            Some(took) => {
                self.filled = 0;
                // What was there before did not suffice.
                self.at += had as u64;
                self.take(took.saturating_sub(had), rest);
            }
            None => *rest = rest.get(added..).unwrap_or_default(),
        }
        Ok(())
    }

    fn take(&mut self, took: usize, rest: &mut &[u8]) {
        self.at += took as u64;
        *rest = rest.get(took..).unwrap_or_default();
    }

    /// Keeps bytes until there are enough of them; says how many more it keeps.
    fn fill(&mut self, bytes: &[u8]) -> usize {
        let room = self.piece.get_mut(self.filled..).unwrap_or_default();
        let added = bytes.len().min(room.len());
        for (to, from) in room.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.filled += added;
        added
    }

    /// Goes through the next item, which is the place where it is broken if it is.
    fn located_item(&mut self, input: &[u8]) -> Result<Option<usize>, Fault> {
        let took = self.item(input);
        if took.is_err() {
            self.begun = self.at;
        }
        took
    }

    /// Goes through the next item, and says how many bytes it took; `None` where `input` ends before the item does.
    ///
    /// Then nothing has changed. Strings are begun only: their bytes come next.
    fn item(&mut self, input: &[u8]) -> Result<Option<usize>, Fault> {
        let Some(frame) = self.frames.get_mut(self.depth) else { return Err(TOO_DEEP) };
        let Some(item) = frame.items.get(frame.next).copied() else {
            frame.left -= 1;
            frame.next = 0;
            if frame.left == 0 {
                self.depth -= 1;
            }
            if self.depth == 0 {
                self.end_record();
            }
            return Ok(Some(0));
        };
        let took = match item {
            Item::Record => return self.record(input),
            Item::Module => return self.module_value(input),
            Item::Node => return self.node(input),
            Item::Text(holds) => self.open(holds, input)?,
            Item::Number(means) => match length::plain(input)? {
                Some((number, took)) => {
                    self.mean(means, number)?;
                    Some(took)
                }
                None => None,
            },
            Item::Each(most, items) => match length::plain(input)? {
                Some((count, _)) if count > most => return Err("a number of parts that is too great"),
                Some((0, took)) => Some(took),
                Some((count, took)) => {
                    self.next();
                    self.push(items, count)?;
                    return Ok(Some(took));
                }
                None => None,
            },
            Item::Skip(bytes) => Some(usize::from(bytes)).filter(|bytes| input.len() >= *bytes),
            Item::Double => match input.first_chunk() {
                Some(bytes) if f64::from_le_bytes(*bytes).is_nan() => return Err(NO_NUMBER),
                Some(_) => Some(8),
                None => None,
            },
            Item::Decimal => decimal(input)?,
            Item::Pending(side) => input.first_chunk::<16>().map(|id| {
                let sum = match side {
                    Side::Group => &mut self.pending[0],
                    Side::Owner => &mut self.pending[1],
                };
                *sum = sum.wrapping_add(mixed(id));
                id.len()
            }),
            Item::Settled => {
                let [group, owners] = std::mem::take(&mut self.pending);
                if group != owners {
                    return Err("a consumer group whose pending entries are not those of its consumers");
                }
                Some(0)
            }
        };
        if took.is_some() {
            self.next();
        }
        Ok(took)
    }

    /// On to the next item.
    fn next(&mut self) {
        if let Some(frame) = self.frames.get_mut(self.depth) {
            frame.next += 1;
        }
    }

    /// Into the parts of an item.
    fn push(&mut self, items: &'static [Item], left: u64) -> Result<(), Fault> {
        self.depth += 1;
        *self.frames.get_mut(self.depth).ok_or(TOO_DEEP)? = Frame { items, next: 0, left };
        Ok(())
    }

    /// The type of a record.
    fn record(&mut self, input: &[u8]) -> Result<Option<usize>, Fault> {
        let Some(byte) = input.first() else { return Ok(None) };
        self.begun = self.at;
        let Some(shape) = shape::shape(self.format, *byte) else {
            self.stop = Some(Stop::Unknown(*byte));
            return Ok(Some(0));
        };
        self.role = shape.role;
        self.tally.record(shape.since);
        if shape.role == Role::End {
            if self.expires {
                return Err("an expiry without a key");
            }
            self.stop = Some(Stop::End);
        } else {
            self.push(shape.items, 1)?;
        }
        Ok(Some(1))
    }

    /// A record is complete.
    fn end_record(&mut self) {
        match self.role {
            Role::Value(kind) => {
                self.tally.key(kind, self.expires);
                self.expires = false;
            }
            Role::Expiry => self.expires = true,
            Role::Function => self.tally.function(),
            Role::Abandoned => self.tally.abandoned(),
            Role::End | Role::Other => {}
        }
    }

    /// The type of a value of a module, or the end of its values.
    fn module_value(&mut self, input: &[u8]) -> Result<Option<usize>, Fault> {
        let Some((kind, took)) = length::plain(input)? else { return Ok(None) };
        match shape::module_value(kind) {
            Some(items) => self.push(items, 1)?,
            None if kind == 0 => self.next(),
            None => return Err("a value of a module of an unknown type"),
        }
        Ok(Some(took))
    }

    /// The kind of a node: one element as it is, or many in a listpack.
    fn node(&mut self, input: &[u8]) -> Result<Option<usize>, Fault> {
        let Some((kind, took)) = length::plain(input)? else { return Ok(None) };
        self.next();
        match kind {
            1 => self.push(shape::PLAIN, 1)?,
            2 => self.push(shape::PACKED, 1)?,
            _ => return Err("a node of a list of an unknown kind"),
        }
        Ok(Some(took))
    }

    fn mean(&mut self, means: Means, number: u64) -> Result<(), Fault> {
        match means {
            Means::Nothing => {}
            Means::Database if number > LAST_DATABASE => return Err("a database that cannot be"),
            Means::Database => {
                self.nameless = false;
                self.tally.database(number);
            }
            Means::Room => self.room = self.room.max(number),
            Means::ModuleId => self.tally.module(number),
            Means::WhenType if number == 2 => {}
            Means::WhenType => return Err("data of a module that do not say when to load them"),
        }
        Ok(())
    }

    /// Begins a string.
    fn open(&mut self, holds: Holds, input: &[u8]) -> Result<Option<usize>, Fault> {
        let Some((length, mut took)) = length::read(input)? else { return Ok(None) };
        let (stored, size, packed) = match length {
            Length::Plain(size) => (size, size, None),
            Length::Integer(width) => {
                let bytes = input.get(took..).unwrap_or_default();
                let Some(number) = integer(width, bytes) else { return Ok(None) };
                self.integer(holds, number)?;
                return Ok(Some(took + usize::from(width)));
            }
            Length::Compressed => {
                let rest = input.get(took..).unwrap_or_default();
                let Some((stored, first)) = length::plain(rest)? else { return Ok(None) };
                let rest = rest.get(first..).unwrap_or_default();
                let Some((size, second)) = length::plain(rest)? else { return Ok(None) };
                if stored == 0 || size == 0 {
                    return Err("a compressed string of no bytes");
                }
                took += first + second;
                (stored, size, Some(Unpack::new(size)))
            }
        };
        let inside = match holds {
            Holds::Key if size == 0 && self.nameless => return Err("a key without a name a second time"),
            Holds::Exactly(wanted) if size != wanted => return Err("a name of a wrong length"),
            Holds::Key | Holds::Anything | Holds::Exactly(_) => Inside::Nothing,
            Holds::AuxName | Holds::AuxValue => Inside::Text { bytes: [0; LONGEST_TEXT], len: 0 },
            Holds::Blob(kind, of) => Inside::Blob(Blob::new(kind, of, size)),
        };
        self.nameless |= holds == Holds::Key && size == 0;
        if packed.is_some() && !matches!(inside, Inside::Nothing) && self.window.is_none() {
            self.window = Some(Window::new());
        }
        self.begun = self.at;
        if matches!(inside, Inside::Nothing) && packed.is_none() {
            self.pass = size;
            return Ok(Some(took));
        }
        self.text = Some(Text { left: stored, holds, inside, packed });
        if stored == 0 {
            self.close()?;
        }
        Ok(Some(took))
    }

    /// A string that is written as an integer.
    fn integer(&mut self, holds: Holds, number: i64) -> Result<(), Fault> {
        match holds {
            Holds::Key | Holds::Anything => {}
            Holds::AuxName => self.tally.name(b""),
            Holds::AuxValue => self.tally.value(number.to_string().as_bytes()),
            Holds::Exactly(_) | Holds::Blob(..) => return Err("an integer where a data structure belongs"),
        }
        Ok(())
    }

    /// All bytes of a string were there.
    fn close(&mut self) -> Result<(), Fault> {
        let Some(text) = self.text.take() else { return Ok(()) };
        if let Some(packed) = &text.packed {
            packed.finish()?;
        }
        match &text.inside {
            Inside::Nothing => {}
            Inside::Blob(blob) => blob.finish()?,
            Inside::Text { bytes, len } => {
                let bytes = bytes.get(..*len).unwrap_or_default();
                if text.holds == Holds::AuxName { self.tally.name(bytes) } else { self.tally.value(bytes) }
            }
        }
        Ok(())
    }
}

impl Text {
    fn update(&mut self, bytes: &[u8], window: &mut Option<Window>) -> Result<(), Fault> {
        let Self { inside, packed, .. } = self;
        let window = if matches!(inside, Inside::Nothing) { None } else { window.as_mut() };
        match packed {
            Some(packed) => packed.update(bytes, window, |bytes| inside.update(bytes)),
            None => inside.update(bytes),
        }
    }
}

impl Inside {
    fn update(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        match self {
            Self::Nothing => {}
            Self::Blob(blob) => blob.update(bytes)?,
            Self::Text { bytes: kept, len } => {
                for (to, from) in kept.iter_mut().skip(*len).zip(bytes) {
                    *to = *from;
                    *len += 1;
                }
            }
        }
        Ok(())
    }
}

const TOO_DEEP: Fault = "records nested too deep";
const NO_NUMBER: Fault = "a score that is no number";

/// The integer in the first `width` bytes.
fn integer(width: u8, bytes: &[u8]) -> Option<i64> {
    match width {
        1 => bytes.first_chunk().map(|bytes| i8::from_le_bytes(*bytes).into()),
        2 => bytes.first_chunk().map(|bytes| i16::from_le_bytes(*bytes).into()),
        _ => bytes.first_chunk().map(|bytes| i32::from_le_bytes(*bytes).into()),
    }
}

/// A double in decimal digits behind their number, which is greater than any where it stands for something else.
fn decimal(input: &[u8]) -> Result<Option<usize>, Fault> {
    let Some((len, rest)) = input.split_first() else { return Ok(None) };
    match len {
        253 => Err(NO_NUMBER),
        254 | 255 => Ok(Some(1)),
        len if usize::from(*len) >= PIECE => Err(NO_NUMBER),
        len => {
            let Some(digits) = rest.get(..usize::from(*len)) else { return Ok(None) };
            let number = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<f64>().ok());
            if number.is_none_or(f64::is_nan) { Err(NO_NUMBER) } else { Ok(Some(1 + digits.len())) }
        }
    }
}

/// The ID of an entry as a number that is unlike those of others, and whose sums are unlike others', too.
fn mixed(id: &[u8; 16]) -> u64 {
    let mut sum = 0x9e37_79b9_7f4a_7c15_u64;
    for half in id.chunks_exact(8) {
        let half = half.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        sum = (sum ^ half).wrapping_mul(0xff51_afd7_ed55_8ccd);
        sum = (sum ^ (sum >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        sum ^= sum >> 29;
    }
    sum
}
