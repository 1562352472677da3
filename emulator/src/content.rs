//! What is in a file of a backup.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

/// How many bytes of a body are on their way at a time.
pub(crate) const PIECE: u64 = 64 << 10;

/// What is in a file of a backup.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// Bytes in memory.
    Memory(Bytes),
    /// A file on disk, which is read when it is asked for.
    Disk(Arc<Disk>),
    /// Another one with some bits wrong.
    Flipped(Arc<Flipped>),
}

/// What is in a file, and which of its bits are wrong.
#[derive(Debug)]
pub(crate) struct Flipped {
    pub(crate) content: Content,
    /// Positions of bytes, and the bits that are wrong in them.
    pub(crate) masks: Vec<(u64, u8)>,
}

impl Flipped {
    /// A piece of the file, which begins at `start`, as it comes out.
    pub(crate) fn apply(&self, start: u64, piece: Bytes) -> Bytes {
        let end = start.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        let mut inside = self.masks.iter().filter(|(at, _)| (start..end).contains(at)).peekable();
        if inside.peek().is_none() {
            return piece;
        }
        let mut bytes = piece.to_vec();
        for (at, mask) in inside {
            let byte = usize::try_from(at - start).ok().and_then(|at| bytes.get_mut(at));
            byte.into_iter().for_each(|byte| *byte ^= mask);
        }
        Bytes::from(bytes)
    }
}

/// A file on disk. It is open only while it is sent: there may be more files than a process may have open.
#[derive(Debug)]
pub(crate) struct Disk {
    path: PathBuf,
    length: u64,
}

impl Content {
    /// A file on disk, which can be read now, and when it was last changed. It has the length that it has now: one that
    /// shrinks later ends the connections that it is sent on before they are through.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, SystemTime)> {
        let facts = File::open(path)?.metadata()?;
        if !facts.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file"));
        }
        let disk = Disk { path: path.to_owned(), length: facts.len() };
        Ok((Self::Disk(Arc::new(disk)), facts.modified()?))
    }

    /// How many bytes it has.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            Self::Disk(disk) => disk.length,
            Self::Flipped(flipped) => flipped.content.len(),
        }
    }
}

impl Disk {
    /// Reads some bytes from a position on, at least one, and takes the time that it takes. `open` is the file if this
    /// transfer has it open already; it comes back, so that a transfer reads one file even where another takes its name.
    pub(crate) fn read(
        &self,
        open: Option<Arc<File>>,
        position: u64,
        most: u64,
    ) -> io::Result<(Arc<File>, Bytes)> {
        let file = match open {
            Some(file) => file,
            None => Arc::new(File::open(&self.path)?),
        };
        let mut buffer = vec![0; usize::try_from(most.min(PIECE)).unwrap_or_default()];
        let count = loop {
            match read_at(&file, &mut buffer, position) {
                Err(problem) if problem.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        if count == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file is shorter than it was"));
        }
        buffer.truncate(count);
        Ok((file, Bytes::from(buffer)))
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, position)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, position)
}

/// The body of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// These bytes.
    Bytes(Bytes),
    /// A part of a file.
    Part(Content, Range<u64>),
}

impl Default for Body {
    fn default() -> Self {
        Self::Bytes(Bytes::new())
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Bytes(Bytes::from(text))
    }
}

impl Body {
    /// How many bytes it has.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            Self::Part(content, range) => range.end.min(content.len()).saturating_sub(range.start),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_within_their_file() {
        let content = Content::Memory(Bytes::from_static(b"0123456789"));
        let length = |range| Body::Part(content.clone(), range).len();
        assert_eq!((length(2..5), length(5..50), length(50..60), length(0..0)), (3, 5, 0, 0));
    }

    #[test]
    fn a_file_that_shrinks_is_no_longer_given() {
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(path.path(), b"0123456789").unwrap();
        let (Content::Disk(disk), _) = Content::open(path.path()).unwrap() else {
            panic!("a file in memory")
        };
        let read = |position, most| disk.read(None, position, most).map(|(_, bytes)| bytes);
        assert_eq!(read(3, 4).unwrap(), "3456");
        assert_eq!(read(8, 100).unwrap(), "89");
        path.as_file().set_len(5).unwrap();
        assert_eq!(read(3, 4).unwrap(), "34");
        assert_eq!(read(5, 1).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let (open, _) = disk.read(None, 0, 1).unwrap();
        std::fs::remove_file(path.path()).unwrap();
        assert_eq!(disk.read(Some(open), 1, 2).unwrap().1, "12", "it is the file that was opened");
        assert_eq!(read(1, 2).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_folder_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Content::open(folder.path()).is_err());
        assert!(Content::open(&folder.path().join("missing")).is_err());
    }
}
