//! LZF, in which servers compress strings: what the compressed bytes stand for, piece by piece.

use super::length::Fault;

/// How far back a repetition reaches at most, in bytes.
const REACH: usize = 8192;

/// The longest repetition, in bytes.
const LONGEST: usize = 264;

/// The last bytes that were unpacked, for repetitions to be taken from.
#[derive(Clone)]
pub(super) struct Window {
    bytes: Box<[u8]>,
    at: usize,
}

impl Window {
    pub(super) fn new() -> Self {
        Self { bytes: vec![0; REACH].into_boxed_slice(), at: 0 }
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.at) {
            *place = byte;
        }
        self.at = (self.at + 1) % REACH;
    }

    fn back(&self, distance: usize) -> u8 {
        self.bytes.get((self.at + REACH - distance) % REACH).copied().unwrap_or_default()
    }
}

const TOO_LONG: Fault = "a compressed string that unpacks to more bytes than it states";

/// What the next compressed byte is.
#[derive(Clone, Copy, Debug)]
enum State {
    Control,
    /// One of so many bytes that stand for themselves.
    Literal(usize),
    /// More of the length of a repetition, whose distance begins with these bits.
    Length(usize),
    /// The rest of the distance of a repetition of this length.
    Distance(usize, usize),
}

/// Unpacks one string.
#[derive(Clone, Debug)]
pub(super) struct Unpack {
    state: State,
    /// How many bytes were unpacked so far, and how many there shall be.
    done: u64,
    size: u64,
}

impl Unpack {
    pub(super) fn new(size: u64) -> Self {
        Self { state: State::Control, done: 0, size }
    }

    /// Takes the next compressed bytes. Gives `out` what they stand for, unless there is no window: then only their
    /// form is checked.
    pub(super) fn update(
        &mut self,
        mut bytes: &[u8],
        mut window: Option<&mut Window>,
        mut out: impl FnMut(&[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        while let Some((byte, rest)) = bytes.split_first() {
            let byte = usize::from(*byte);
            match self.state {
                State::Control => {
                    bytes = rest;
                    self.state = match byte >> 5 {
                        0 => State::Literal(byte + 1),
                        7 => State::Length(byte & 0x1f),
                        length => State::Distance(length + 2, byte & 0x1f),
                    };
                }
                State::Literal(left) => {
                    // As far as there is room, so that it does not matter where the bytes were cut.
                    let room = usize::try_from(self.size - self.done).unwrap_or(usize::MAX);
                    let (literal, rest) = bytes.split_at(left.min(bytes.len()).min(room));
                    if literal.is_empty() {
                        return Err(TOO_LONG);
                    }
                    self.done += literal.len() as u64;
                    if let Some(window) = window.as_deref_mut() {
                        literal.iter().for_each(|byte| window.push(*byte));
                        out(literal)?;
                    }
                    bytes = rest;
                    self.state = match left - literal.len() {
                        0 => State::Control,
                        left => State::Literal(left),
                    };
                }
                State::Length(bits) => {
                    bytes = rest;
                    self.state = State::Distance(byte + 9, bits);
                }
                State::Distance(length, bits) => {
                    bytes = rest;
                    let distance = (bits << 8 | byte) + 1;
                    if distance as u64 > self.done {
                        return Err("a compressed string that repeats what is before its beginning");
                    }
                    self.done += length as u64;
                    if self.done > self.size {
                        return Err(TOO_LONG);
                    }
                    if let Some(window) = window.as_deref_mut() {
                        let mut copy = [0; LONGEST];
                        for place in copy.iter_mut().take(length) {
                            *place = window.back(distance);
                            window.push(*place);
                        }
                        out(copy.get(..length).unwrap_or_default())?;
                    }
                    self.state = State::Control;
                }
            }
        }
        Ok(())
    }

    /// There are no more compressed bytes.
    pub(super) fn finish(&self) -> Result<(), Fault> {
        match self.state {
            State::Control if self.done == self.size => Ok(()),
            State::Control => Err("a compressed string that unpacks to fewer bytes than it states"),
            _ => Err("a compressed string that ends early"),
        }
    }
}
