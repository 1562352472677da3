//! A file on its way to its own name, and its journal. Everything here waits for the disk: it belongs on a thread that
//! may.
//!
//! In which order things reach the disk: the bytes of a piece before the line of the journal that claims it, all bytes
//! before the file gets its name, the name before the journal goes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::journal::{self, Journal, Subject};

/// How many corrupt files of one name are kept.
const MOST_CORRUPT: u32 = 9;

/// How often it is tried to lock a file that others keep replacing.
const MOST_REPLACED: u32 = 16;

/// A journal that is longer is none of ours, in bytes.
const LONGEST_JOURNAL: u64 = 64 << 20;

/// A file that is being written, under a temporary name. It is locked: nobody else writes to it.
pub(super) struct Part {
    path: PathBuf,
    file: File,
    journal: Mutex<Option<File>>,
    /// Whether what is written is brought to the disk.
    sync: bool,
}

/// What stands in the way of writing.
#[derive(Debug)]
pub(super) enum Taken {
    /// Somebody else is writing.
    Busy,
    /// The disk says no.
    Disk(io::Error),
}

impl From<io::Error> for Taken {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

impl Part {
    /// Opens the file that will be called `target`. If one is there with a journal about the same, that is what is
    /// opened. Any other leftover is replaced; it is never written into, since what stands there may be a link to
    /// another file.
    pub(super) fn open(
        target: &Path,
        subject: &Subject,
        sync: bool,
    ) -> Result<(Self, Option<Journal>), Taken> {
        let path = with_suffix(target, ".part");
        for _ in 0..MOST_REPLACED {
            let (file, new) = match create(&path) {
                Ok(file) => (file, true),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if !fs::symlink_metadata(&path)?.is_file() {
                        return Err(error.into());
                    }
                    match OpenOptions::new().read(true).write(true).open(&path) {
                        Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                        file => (file?, false),
                    }
                }
                Err(error) => return Err(error.into()),
            };
            lock(&file)?;
            if !is_named(&file, &path)? {
                continue;
            }
            let part = Self { path, file, journal: Mutex::default(), sync };
            if new {
                remove_if_there(&part.journal_path())?;
                part.sync_folder()?;
                return Ok((part, None));
            }
            return match part.resume(subject)? {
                Some(journal) => Ok((part, Some(journal))),
                None => part.anew().map(|part| (part, None)),
            };
        }
        Err(Taken::Busy)
    }

    /// The journal of the file, if what is there can be gone on with.
    fn resume(&self, subject: &Subject) -> io::Result<Option<Journal>> {
        let path = self.journal_path();
        let sound =
            |path: &Path| fs::symlink_metadata(path).is_ok_and(|data| data.is_file() && is_alone(&data));
        if !sound(&self.path) || !sound(&path) || fs::metadata(&path)?.len() > LONGEST_JOURNAL {
            return Ok(None);
        }
        let Some(mut journal) = journal::read(&fs::read(&path)?, subject) else { return Ok(None) };
        let length = self.file.metadata()?.len();
        if let Some(total) = journal.identity.total.filter(|total| *total < length) {
            self.file.set_len(total)?;
        }
        // What is not there need not be read. All else is.
        journal.claims.retain(|(index, _)| {
            let start = journal.piece.saturating_mul(*index as u64);
            start < length
        });
        let file = OpenOptions::new().append(true).open(&path)?;
        file.set_len(journal.good)?;
        self.keep(Some(file));
        Ok(Some(journal))
    }

    /// Starts over with a file that nobody has written to. Whoever still writes to this one does no harm.
    pub(super) fn anew(&self) -> Result<Self, Taken> {
        if !is_named(&self.file, &self.path)? {
            return Err(altered().into());
        }
        remove_if_there(&self.journal_path())?;
        fs::remove_file(&self.path)?;
        let file = create(&self.path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Taken::Busy,
            _ => Taken::Disk(error),
        })?;
        lock(&file)?;
        let part = Self { path: self.path.clone(), file, journal: Mutex::default(), sync: self.sync };
        part.sync_folder()?;
        Ok(part)
    }

    /// Begins the journal.
    pub(super) fn begin(&self, header: &str) -> io::Result<()> {
        let mut file = create(&self.journal_path())?;
        file.write_all(header.as_bytes())?;
        if self.sync {
            file.sync_all()?;
        }
        self.keep(Some(file));
        self.sync_folder()
    }

    /// Notes in the journal, if there is one, that pieces are there. What they hold is on the disk before that is said.
    pub(super) fn note(&self, pieces: &[(usize, u32)]) -> io::Result<()> {
        if self.sync {
            self.file.sync_data()?;
        }
        let file = self.append(pieces)?;
        if self.sync && file { self.with_journal(|file| file.sync_data()) } else { Ok(()) }
    }

    /// The same in passing, without waiting for the disk: whoever reads it compares the checksums anyway.
    pub(super) fn append(&self, pieces: &[(usize, u32)]) -> io::Result<bool> {
        let lines: String = pieces.iter().map(|(index, crc)| journal::record(*index, *crc)).collect();
        let mut written = false;
        self.with_journal(|file| {
            written = true;
            file.write_all(lines.as_bytes())
        })?;
        Ok(written)
    }

    /// Whether another run can go on with it.
    pub(super) fn has_journal(&self) -> bool {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn with_journal(&self, action: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        journal.as_mut().map_or(Ok(()), action)
    }

    fn keep(&self, journal: Option<File>) {
        *self.journal.lock().unwrap_or_else(PoisonError::into_inner) = journal;
    }

    #[cfg(unix)]
    pub(super) fn write(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(&self.file, bytes, at)
    }

    /// Fills the buffer with what stands there.
    #[cfg(unix)]
    pub(super) fn read(&self, buffer: &mut [u8], at: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, buffer, at)
    }

    #[cfg(windows)]
    pub(super) fn write(&self, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = std::os::windows::fs::FileExt::seek_write(&self.file, bytes, at)?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            (bytes, at) = (bytes.get(written..).unwrap_or_default(), at + written as u64);
        }
        Ok(())
    }

    /// Fills the buffer with what stands there.
    #[cfg(windows)]
    pub(super) fn read(&self, mut buffer: &mut [u8], mut at: u64) -> io::Result<()> {
        while !buffer.is_empty() {
            let read = std::os::windows::fs::FileExt::seek_read(&self.file, buffer, at)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            (buffer, at) = (buffer.get_mut(read..).unwrap_or_default(), at + read as u64);
        }
        Ok(())
    }

    /// Removes the file and its journal.
    pub(super) fn discard(&self) -> io::Result<()> {
        self.keep(None);
        remove_if_there(&self.journal_path())?;
        if is_named(&self.file, &self.path)? { fs::remove_file(&self.path) } else { Ok(()) }
    }

    /// Gives the file of this length its name. Unless told to overwrite, fails where something has that name.
    pub(super) fn publish(&self, target: &Path, length: u64, overwrite: bool) -> io::Result<()> {
        self.finish(length)?;
        if overwrite {
            fs::rename(&self.path, target)?;
        } else {
            rename_new(&self.path, target)?;
        }
        self.leave()
    }

    /// Gives the file a name by which people can look at it but not mistake it for a good one.
    pub(super) fn publish_corrupt(&self, target: &Path, length: u64) -> io::Result<PathBuf> {
        self.finish(length)?;
        for number in 1..=MOST_CORRUPT {
            let suffix = if number == 1 { ".corrupt".to_owned() } else { format!(".corrupt-{number}") };
            let target = with_suffix(target, &suffix);
            match rename_new(&self.path, &target) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
                Ok(()) => {
                    self.leave()?;
                    return Ok(target);
                }
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many corrupt copies of it are there"))
    }

    /// Makes sure that the temporary name still means this file and that it is as long as it should be, and brings it to
    /// the disk.
    fn finish(&self, length: u64) -> io::Result<()> {
        if !is_named(&self.file, &self.path)? || self.file.metadata()?.len() != length {
            return Err(altered());
        }
        if self.sync { self.file.sync_all() } else { Ok(()) }
    }

    /// After the file got its name.
    fn leave(&self) -> io::Result<()> {
        self.sync_folder()?;
        self.keep(None);
        remove_if_there(&self.journal_path())
    }

    fn journal_path(&self) -> PathBuf {
        with_suffix(&self.path, ".journal")
    }

    /// Brings the names of files to the disk.
    fn sync_folder(&self) -> io::Result<()> {
        if cfg!(unix) && self.sync {
            let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
            File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        }
        Ok(())
    }
}

fn altered() -> io::Error {
    io::Error::other("somebody else has altered it")
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).open(path)
}

fn lock(file: &File) -> Result<(), Taken> {
    fs4::FileExt::try_lock(file).map_err(|error| match error {
        fs4::TryLockError::WouldBlock => Taken::Busy,
        fs4::TryLockError::Error(error) => Taken::Disk(error),
    })
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Whether a name means this very file.
#[cfg(unix)]
fn is_named(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let ours = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(named) => Ok((ours.dev(), ours.ino()) == (named.dev(), named.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(not(unix))]
fn is_named(_: &File, path: &Path) -> io::Result<bool> {
    exists(path)
}

/// Whether a file has no other name.
#[cfg(unix)]
fn is_alone(data: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(data) == 1
}

#[cfg(not(unix))]
fn is_alone(_: &fs::Metadata) -> bool {
    true
}

/// Renames a file to a name that nothing has yet.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Not every file system has hard links.
        Err(_) if exists(to)? => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(from, to),
    }
}

/// Whether anything has this name, even a link to nowhere.
pub(super) fn exists(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The path with something appended to its last component.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
