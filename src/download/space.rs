//! Whether there is room on the disk for what is to come.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use fs4::FileExt;

use super::PullErrorKind;
use super::failure::{Failure, Remedy};
use super::name::shown;
use super::part::with_suffix;

/// What stays free, in bytes.
const MARGIN: u64 = 16 << 20;

/// The bytes that are still to be written, of all files that are being fetched.
#[derive(Default)]
pub(super) struct Space(AtomicU64);

impl Space {
    /// Adds so many bytes to what is to be written below a folder.
    ///
    /// # Errors
    /// When there is no room for all of it. A system that does not say how much there is has enough.
    pub(super) fn reserve(&self, folder: &Path, bytes: u64) -> Result<(), Failure> {
        let wanted = self.0.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        match fs4::available_space(folder) {
            Ok(free) => fits(folder, wanted, free),
            Err(_) => Ok(()),
        }
    }

    /// So many of them were written, or are not going to be.
    pub(super) fn release(&self, bytes: u64) {
        let less = |wanted: u64| Some(wanted.saturating_sub(bytes));
        // It never fails: there is always a next value.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }
}

/// Makes sure that there is room for files of these sizes, but for what was written of them before.
///
/// # Errors
/// As with [`Space::reserve`].
pub(super) fn check(folder: &Path, files: &[(PathBuf, u64)]) -> Result<(), Failure> {
    let missing = |(target, size): &(PathBuf, u64)| {
        let there = File::open(with_suffix(target, ".part")).and_then(|file| FileExt::allocated_size(&file));
        size.saturating_sub(there.unwrap_or_default())
    };
    let wanted = files.iter().map(missing).fold(0, u64::saturating_add);
    fs4::available_space(folder).map_or(Ok(()), |free| fits(folder, wanted, free))
}

fn fits(folder: &Path, wanted: u64, free: u64) -> Result<(), Failure> {
    if wanted == 0 || wanted.saturating_add(MARGIN) <= free {
        return Ok(());
    }
    let problem = format!(
        "{}: {wanted} bytes are to come, and {free} are free, of which {MARGIN} are left alone",
        shown(folder)
    );
    Err(Failure::new(PullErrorKind::Disk, Remedy::Stop, problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_not_begun() {
        let folder = Path::new(".");
        for (wanted, free, fine) in [
            (0, 0, true),
            (1, MARGIN, false),
            (1, MARGIN + 1, true),
            (u64::MAX, u64::MAX - 1, false),
            (100 << 30, 100 << 30, false),
        ] {
            let result = fits(folder, wanted, free);
            assert_eq!(result.is_ok(), fine, "{wanted} {free}");
            if let Err(failure) = result {
                assert_eq!((failure.kind, failure.remedy), (PullErrorKind::Disk, Remedy::Stop));
            }
        }
    }

    #[test]
    fn what_is_there_needs_no_room() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("f");
        let file = |size| check(folder.path(), &[(target.clone(), size), (folder.path().join("g"), 1)]);
        file(10).unwrap();
        let failure = file(u64::MAX).unwrap_err();
        assert!(failure.problem.contains(&format!("{} bytes are to come", u64::MAX)), "{failure:?}");
        std::fs::write(with_suffix(&target, ".part"), [1; 8192]).unwrap();
        assert!(!file(u64::MAX - 1).unwrap_err().problem.contains(&u64::MAX.to_string()));
    }

    #[test]
    fn what_was_written_needs_no_more_room() {
        let folder = tempfile::tempdir().unwrap();
        let space = Space::default();
        assert!(space.reserve(folder.path(), u64::MAX / 2).is_err());
        space.release(u64::MAX / 2);
        space.reserve(folder.path(), 1).unwrap();
        space.release(2);
        space.reserve(&folder.path().join("nowhere"), u64::MAX).unwrap();
    }
}
