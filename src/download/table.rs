//! Which pieces of a file are there.

use crc32fast::Hasher;

/// The pieces of a file, all of one size but for the last.
pub(super) struct Table {
    size: u64,
    /// The length of the file, once it is known.
    total: Option<u64>,
    pieces: Vec<Piece>,
    /// Before this one, no piece waits to be fetched.
    from: usize,
    /// How many bytes are there.
    received: u64,
}

#[derive(Clone, Default)]
struct Piece {
    state: State,
    /// How many bytes of it are there, from its beginning.
    have: u64,
    /// The checksum of those.
    crc: Hasher,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// It waits to be fetched.
    #[default]
    Missing,
    /// It is being fetched.
    Busy,
    /// A journal says that it is there, with this checksum.
    Claimed(u32),
    /// It is there.
    Done,
}

/// Bytes from one place to another, the second not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: u64,
    pub(super) to: u64,
}

/// What whoever reads the file from its beginning finds next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// These bytes.
    Read(Stretch),
    /// A piece that is there according to a journal: its number, its bytes and what their checksum must be.
    Verify(usize, Stretch, u32),
    /// Nothing yet.
    Wait,
    /// The end.
    End,
}

impl Table {
    /// A table of pieces of this size in bytes, which is not zero.
    pub(super) fn new(size: u64, total: Option<u64>) -> Self {
        let mut table = Self { size: size.max(1), total: None, pieces: Vec::new(), from: 0, received: 0 };
        match total {
            Some(total) => table.set_total(total),
            None => table.pieces.push(Piece::default()),
        }
        table
    }

    pub(super) fn total(&self) -> Option<u64> {
        self.total
    }

    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// Says how long the file is. Bytes behind that end are forgotten.
    pub(super) fn set_total(&mut self, total: u64) {
        self.total = Some(total);
        let count = usize::try_from(total.div_ceil(self.size)).unwrap_or(usize::MAX);
        self.pieces.resize(count, Piece::default());
        if let Some(last) = count.checked_sub(1) {
            self.settle(last);
        }
    }

    /// Believes a journal for now.
    pub(super) fn claim(&mut self, index: usize, crc: u32) {
        let bytes = self.length(index);
        if let Some(piece) = self.pieces.get_mut(index)
            && piece.state == State::Missing
        {
            *piece = Piece { state: State::Claimed(crc), have: bytes, ..Piece::default() };
            self.received += bytes;
        }
    }

    /// Whether a piece waits to be fetched.
    pub(super) fn waits(&mut self) -> bool {
        let missing = |piece: &Piece| piece.state == State::Missing;
        while self.pieces.get(self.from).is_some_and(|piece| !missing(piece)) {
            self.from += 1;
        }
        self.from < self.pieces.len()
    }

    /// Takes the first piece that waits to be fetched.
    pub(super) fn take(&mut self) -> Option<usize> {
        let index = self.waits().then_some(self.from)?;
        self.take_at(index).then_some(index)
    }

    /// Takes this piece if it waits to be fetched. While the length of the file is unknown, there is one more.
    pub(super) fn take_at(&mut self, index: usize) -> bool {
        if self.total.is_none() && index == self.pieces.len() {
            self.pieces.push(Piece::default());
        }
        match self.pieces.get_mut(index) {
            Some(piece) if piece.state == State::Missing => {
                piece.state = State::Busy;
                true
            }
            _ => false,
        }
    }

    /// Puts a piece back that was taken.
    pub(super) fn give_back(&mut self, index: usize) {
        if let Some(piece) = self.pieces.get_mut(index)
            && piece.state == State::Busy
        {
            piece.state = State::Missing;
            self.from = self.from.min(index);
        }
    }

    /// What is missing of a piece, and the checksum of what is not.
    pub(super) fn rest(&self, index: usize) -> (Stretch, Hasher) {
        let start = self.start(index);
        let (have, crc) =
            self.pieces.get(index).map(|piece| (piece.have, piece.crc.clone())).unwrap_or_default();
        (Stretch { from: start + have, to: start + self.length(index) }, crc)
    }

    /// Notes that so many bytes more of a piece are on the disk, with which its checksum is this. Gives the checksum if
    /// that completes it.
    pub(super) fn wrote(&mut self, index: usize, bytes: u64, crc: Hasher) -> Option<u32> {
        let piece = self.pieces.get_mut(index)?;
        piece.have += bytes;
        piece.crc = crc;
        self.received += bytes;
        self.settle(index)
    }

    /// Marks a piece as done if all of it is there.
    fn settle(&mut self, index: usize) -> Option<u32> {
        let length = self.length(index);
        let piece = self.pieces.get_mut(index)?;
        if piece.have < length || piece.state == State::Done || length == 0 {
            return None;
        }
        piece.state = State::Done;
        Some(piece.crc.clone().finalize())
    }

    /// Whether what a journal claimed was true. If not, the piece is fetched again.
    pub(super) fn verified(&mut self, index: usize, right: bool) {
        let Some(piece) = self.pieces.get_mut(index) else { return };
        if right {
            piece.state = State::Done;
        } else {
            self.received -= piece.have;
            *piece = Piece::default();
            self.from = self.from.min(index);
        }
    }

    /// What comes after this many bytes from the beginning.
    pub(super) fn next(&self, at: u64) -> Next {
        if self.total.is_some_and(|total| at >= total) {
            return Next::End;
        }
        let mut to = at;
        while let Ok(index) = usize::try_from(to / self.size)
            && let Some(piece) = self.pieces.get(index)
        {
            let start = self.start(index);
            match piece.state {
                State::Claimed(crc) if to == at => {
                    return Next::Verify(index, Stretch { from: start, to: start + piece.have }, crc);
                }
                State::Claimed(_) => break,
                State::Done => to = start + piece.have,
                State::Missing | State::Busy => {
                    to = to.max(start + piece.have);
                    break;
                }
            }
            if piece.have < self.size {
                break;
            }
        }
        if to > at { Next::Read(Stretch { from: at, to }) } else { Next::Wait }
    }

    fn start(&self, index: usize) -> u64 {
        self.size.saturating_mul(index as u64)
    }

    fn length(&self, index: usize) -> u64 {
        let rest = self.total.map_or(u64::MAX, |total| total.saturating_sub(self.start(index)));
        rest.min(self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crc(bytes: &[u8]) -> Hasher {
        let mut hasher = Hasher::new();
        hasher.update(bytes);
        hasher
    }

    fn read(from: u64, to: u64) -> Next {
        Next::Read(Stretch { from, to })
    }

    #[test]
    fn pieces_are_taken_in_order_and_read_as_far_as_they_reach() {
        let mut table = Table::new(4, Some(10));
        assert_eq!(
            (table.take(), table.take(), table.take(), table.take()),
            (Some(0), Some(1), Some(2), None)
        );
        assert_eq!(table.rest(2).0, Stretch { from: 8, to: 10 });
        assert_eq!(table.wrote(1, 4, crc(b"efgh")), Some(crc(b"efgh").finalize()));
        assert_eq!(table.next(0), Next::Wait);
        assert_eq!(table.wrote(0, 3, crc(b"abc")), None);
        assert_eq!(table.next(0), read(0, 3));
        assert_eq!(table.next(3), Next::Wait);
        table.give_back(0);
        assert_eq!(table.take(), Some(0));
        assert_eq!(table.rest(0).0, Stretch { from: 3, to: 4 });
        assert_eq!(table.wrote(0, 1, crc(b"abcd")), Some(crc(b"abcd").finalize()));
        assert_eq!(table.next(3), read(3, 8));
        assert!(table.wrote(2, 2, crc(b"ij")).is_some());
        assert_eq!((table.next(8), table.next(10)), (read(8, 10), Next::End));
        assert_eq!(table.received(), 10);
        table.give_back(2);
        assert_eq!(table.take(), None, "what is there is not fetched again");
    }

    #[test]
    fn claims_are_verified_before_they_are_read() {
        let mut table = Table::new(4, Some(10));
        table.claim(0, 7);
        table.claim(2, 8);
        table.claim(2, 9);
        table.claim(3, 9);
        assert_eq!(table.received(), 6);
        assert_eq!(table.take(), Some(1));
        assert_eq!(table.take(), None);
        assert_eq!(table.next(0), Next::Verify(0, Stretch { from: 0, to: 4 }, 7));
        table.verified(0, false);
        assert_eq!((table.received(), table.next(0)), (2, Next::Wait));
        assert_eq!(table.take(), Some(0));
        table.wrote(0, 4, crc(b"abcd"));
        table.wrote(1, 4, crc(b"efgh"));
        assert_eq!(table.next(0), read(0, 8));
        assert_eq!(table.next(8), Next::Verify(2, Stretch { from: 8, to: 10 }, 8));
        table.verified(2, true);
        assert_eq!(table.next(8), read(8, 10));
    }

    #[test]
    fn an_unknown_length_is_learned_at_the_end() {
        for (length, pieces) in [(9_u64, 3), (8, 2), (3, 1)] {
            let mut table = Table::new(4, None);
            let mut index = table.take().unwrap();
            assert_eq!(table.take(), None, "nobody else can fetch anything");
            let mut left = length;
            while left > 0 {
                let some = left.min(4);
                table.wrote(index, some, Hasher::new());
                left -= some;
                if left > 0 {
                    index += 1;
                    assert!(table.take_at(index));
                }
            }
            assert_eq!(table.next(0), read(0, length));
            assert_eq!(table.next(length), Next::Wait);
            table.set_total(length);
            assert_eq!((table.next(length), table.pieces.len()), (Next::End, pieces));
            assert!(!table.waits());
        }
        let mut table = Table::new(4, None);
        assert_eq!(table.take(), Some(0));
        table.set_total(0);
        assert_eq!(table.next(0), Next::End);
    }

    #[test]
    fn the_length_can_be_learned_with_the_first_piece() {
        let mut table = Table::new(4, None);
        assert_eq!(table.take(), Some(0));
        table.set_total(10);
        assert_eq!((table.take(), table.take(), table.take()), (Some(1), Some(2), None));
        assert_eq!(table.rest(0).0, Stretch { from: 0, to: 4 });
    }
}
