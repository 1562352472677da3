//! A file on its way to its own name.

use std::io;
use std::path::{Path, PathBuf};

use tokio::fs::{self, File, OpenOptions};
use tokio::io::{AsyncWriteExt, BufWriter};

/// How many bytes are collected before they go to the disk.
const BUFFER: usize = 256 * 1024;

/// How many corrupt files of one name are kept.
const MOST_CORRUPT: u32 = 9;

/// A file that is being written, under a temporary name.
pub(super) struct Part {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Part {
    /// Starts a file that will be called `target`. A leftover is replaced; it is never written into, since what
    /// stands there may be a link to another file.
    pub(super) async fn create(target: &Path) -> io::Result<Self> {
        let path = with_suffix(target, ".part");
        let file = match open(&path).await {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if !fs::symlink_metadata(&path).await?.is_file() {
                    return Err(error);
                }
                fs::remove_file(&path).await?;
                open(&path).await?
            }
            other => other?,
        };
        Ok(Self { path, file: BufWriter::with_capacity(BUFFER, file) })
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).await
    }

    /// Removes the file.
    pub(super) async fn discard(self) -> io::Result<()> {
        drop(self.file);
        fs::remove_file(&self.path).await
    }

    /// Brings the contents to the disk.
    pub(super) async fn sync(&mut self) -> io::Result<()> {
        self.file.flush().await?;
        self.file.get_ref().sync_all().await
    }

    /// Gives the file its name. Unless told to overwrite, fails where something has that name.
    pub(super) async fn publish(self, target: &Path, overwrite: bool) -> io::Result<()> {
        self.still_ours().await?;
        let Self { path, file } = self;
        drop(file);
        if overwrite {
            fs::rename(&path, target).await?;
        } else {
            rename_new(&path, target).await?;
        }
        sync_folder(target).await
    }

    /// Gives the file a name by which people can look at it but not mistake it for a good one.
    pub(super) async fn publish_corrupt(self, target: &Path) -> io::Result<PathBuf> {
        self.still_ours().await?;
        let Self { path, file } = self;
        drop(file);
        for number in 1..=MOST_CORRUPT {
            let suffix = if number == 1 { ".corrupt".to_owned() } else { format!(".corrupt-{number}") };
            let target = with_suffix(target, &suffix);
            match rename_new(&path, &target).await {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
                Ok(()) => {
                    sync_folder(&target).await?;
                    return Ok(target);
                }
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many corrupt copies of it are there"))
    }

    /// Whether the temporary name still means this file: another process may have started over.
    #[cfg(unix)]
    async fn still_ours(&self) -> io::Result<()> {
        use std::os::unix::fs::MetadataExt;

        let ours = self.file.get_ref().metadata().await?;
        let named = fs::symlink_metadata(&self.path).await?;
        if (ours.dev(), ours.ino()) == (named.dev(), named.ino()) {
            return Ok(());
        }
        Err(io::Error::other("another process downloads the same file"))
    }

    #[cfg(not(unix))]
    async fn still_ours(&self) -> io::Result<()> {
        Ok(())
    }
}

async fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path).await
}

/// Renames a file to a name that nothing has yet.
async fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to).await {
        Ok(()) => fs::remove_file(from).await,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Not every file system has hard links.
        Err(_) if exists(to).await? => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(from, to).await,
    }
}

/// Whether anything has this name, even a link to nowhere.
pub(super) async fn exists(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path).await {
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

/// Brings the name of a file to the disk.
async fn sync_folder(file: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new("."))).await?.sync_all().await?;
    }
    Ok(())
}
