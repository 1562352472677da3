//! Files that an earlier pull left: read again before they are counted on.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::engine::UNVERIFIED;
use super::failure::{Failure, Remedy};
use super::file::entry;
use super::name::shown;
use super::part::{exists, with_suffix};
use super::{FileEntry, KnownFile, PullErrorKind};
use crate::encoding::hex;
use crate::rdb::{Checker, Report, Verdict};

/// How much is read at a time, in bytes.
const BUFFER: usize = 128 << 10;

/// What is known of a file before anything of it is asked for.
pub(super) struct Wanted {
    /// The vendor's name for it.
    pub(super) name: Option<String>,
    /// Its size in bytes as the service says it, and the unit of that.
    pub(super) size: Option<u64>,
    pub(super) unit: u64,
    /// Where it goes.
    pub(super) target: PathBuf,
}

impl Wanted {
    /// The file, if it is there and known from an earlier pull.
    ///
    /// # Errors
    /// When something is in its place that is not known, or is not what it was.
    pub(super) fn find(
        &self,
        known: &[KnownFile],
        accept_unverified: bool,
    ) -> Result<Option<FileEntry>, Failure> {
        let unverified = with_suffix(&self.target, UNVERIFIED);
        let names = if accept_unverified { vec![&self.target] } else { vec![&self.target, &unverified] };
        for path in names {
            if !exists(path).map_err(|error| Failure::disk(path, &error))? {
                continue;
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let known: Vec<&KnownFile> = known.iter().filter(|known| known.name == name).collect();
            return self.read(path, &known).map(Some);
        }
        Ok(None)
    }

    /// Reads a file again.
    fn read(&self, path: &Path, known: &[&KnownFile]) -> Result<FileEntry, Failure> {
        let disk = |error: io::Error| Failure::disk(path, &error);
        if known.is_empty() {
            return Err(in_the_way(&shown(path), ""));
        }
        let data = fs::symlink_metadata(path).map_err(disk)?;
        let announced = self.size.is_none_or(|size| size.abs_diff(data.len()) < self.unit);
        if !announced {
            return Err(in_the_way(&shown(path), ", and the service now announces a file of another size"));
        }
        let differs = ", and is not what an earlier pull left there";
        if !data.is_file() || known.iter().all(|known| known.size != data.len()) {
            return Err(in_the_way(&shown(path), differs));
        }
        let (report, sha256) = sum(path).map_err(disk)?;
        let same = |known: &&KnownFile| known.size == report.size && known.sha256 == sha256;
        if report.verdict == Verdict::Corrupt || !known.iter().any(same) {
            return Err(in_the_way(&shown(path), differs));
        }
        Ok(entry(self.name.clone(), shown(path), report, sha256))
    }
}

fn sum(path: &Path) -> io::Result<(Report, String)> {
    let (mut file, mut buffer) = (File::open(path)?, vec![0; BUFFER]);
    let (mut checker, mut digest) = (Checker::new(), Sha256::new());
    loop {
        let bytes = match file.read(&mut buffer) {
            Ok(0) => return Ok((checker.finish(), hex(&digest.finalize()))),
            Ok(length) => buffer.get(..length).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        digest.update(bytes);
        checker.update(bytes);
    }
}

/// Something is where a file should go.
pub(super) fn in_the_way(place: &str, why: &str) -> Failure {
    let problem = format!(
        "{place} is there already{why}; nothing was downloaded. Move it away, or replace it with --overwrite"
    );
    Failure::new(PullErrorKind::Exists, Remedy::Stop, problem)
}
