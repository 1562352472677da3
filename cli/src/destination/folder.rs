//! A folder of this machine.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use rdbfetch::download::{self, Event, PullError};
use sha2::{Digest as _, Sha256};

use super::Fetch;
use crate::exit::Failure;
use crate::manifest::Manifest;

/// How much of a file is read at a time, in bytes.
const BUFFER: usize = 128 << 10;

/// A folder, which need not be there yet.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    /// Whether what is written is brought to the disk.
    sync: bool,
}

impl Folder {
    pub fn new(path: &Path, sync: bool) -> Self {
        Self { path: path.to_owned(), sync }
    }

    pub fn below(&self, names: &[String]) -> Self {
        Self { path: names.iter().fold(self.path.clone(), |path, name| path.join(name)), sync: self.sync }
    }

    pub fn shown(&self, name: &str) -> String {
        download::shown(&self.path.join(name))
    }

    pub async fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, Failure> {
        self.blocking(name, move |path| {
            let mut bytes = Vec::new();
            File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > most {
                return Err(io::Error::new(
                    ErrorKind::InvalidData,
                    format!("it is longer than {most} bytes"),
                ));
            }
            Ok(bytes)
        })
        .await
    }

    pub async fn write(&self, name: &str, bytes: Vec<u8>) -> Result<(), Failure> {
        let sync = self.sync;
        self.blocking(name, move |path| write(path, &bytes, sync)).await.map(|_| ())
    }

    pub async fn size(&self, name: &str) -> Result<Option<u64>, Failure> {
        self.blocking(name, |path| Ok(fs::metadata(path)?.len())).await
    }

    pub async fn sha256(&self, name: &str) -> Result<Option<String>, Failure> {
        self.blocking(name, |path| {
            let (mut file, mut buffer, mut digest) = (File::open(path)?, vec![0; BUFFER], Sha256::new());
            loop {
                match file.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(length) => digest.update(buffer.get(..length).unwrap_or_default()),
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
        })
        .await
    }

    pub async fn list(&self, prefix: &str, suffix: &str) -> Result<Vec<String>, Failure> {
        let (prefix, suffix) = (prefix.to_owned(), suffix.to_owned());
        let listed = self.blocking("", move |path| {
            let mut names = Vec::new();
            for entry in fs::read_dir(path)? {
                if let Ok(name) = entry?.file_name().into_string()
                    && name.starts_with(&prefix)
                    && name.ends_with(&suffix)
                {
                    names.push(name);
                }
            }
            names.sort();
            Ok(names)
        });
        Ok(listed.await?.unwrap_or_default())
    }

    pub async fn remove(&self, name: &str) -> Result<(), Failure> {
        let sync = self.sync;
        let removed = self.blocking(name, move |path| {
            fs::remove_file(path)?;
            sync_folder(path, sync)
        });
        removed.await.map(|_| ())
    }

    pub async fn fetch(
        &self,
        fetch: Fetch<'_>,
        (name, manifest): (&str, &mut Manifest),
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<download::Manifest, PullError> {
        let Fetch { cloud, id, mut options, parameters } = fetch;
        options.dir.clone_from(&self.path);
        options.sync = self.sync;
        options.known = manifest.known();
        let path = self.path.join(name);
        let mut vouching = |event: Event| {
            if let Event::Checked { entry, .. } = &event {
                manifest.complete = false;
                manifest.add(entry);
                // It has to be there before the file has its name. If it cannot be written, neither can the whole one in
                // the end, which is told then.
                let _ = write(&path, &manifest.text(), self.sync);
            }
            events(event);
        };
        download::pull(cloud, id, &options, parameters, &mut vouching).await
    }

    /// Does something with a file where waiting for the disk holds up nobody; `None` where there is no such file.
    async fn blocking<T: Send + 'static>(
        &self,
        name: &str,
        action: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<Option<T>, Failure> {
        let path = if name.is_empty() { self.path.clone() } else { self.path.join(name) };
        let shown = download::shown(&path);
        let done = tokio::task::spawn_blocking(move || action(&path)).await;
        match done.unwrap_or_else(|_| Err(io::Error::other("the program is ending"))) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::disk(format!("{shown}: {error}"))),
        }
    }
}

/// Writes a file beside its place, brings it to the disk, and puts it there.
fn write(path: &Path, bytes: &[u8], sync: bool) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(never_missing)?;
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    let beside = PathBuf::from(name);
    // What stands there is left of a run that was killed, or a link to another file.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(&beside).map_err(never_missing)?;
    file.write_all(bytes)?;
    if sync {
        file.sync_all()?;
    }
    drop(file);
    fs::rename(&beside, path).map_err(never_missing)?;
    sync_folder(path, sync)
}

/// What cannot be written is a failure also where that is because something is missing.
fn never_missing(error: io::Error) -> io::Error {
    if error.kind() == ErrorKind::NotFound { io::Error::other(error) } else { error }
}

/// Brings the names of files to the disk.
fn sync_folder(path: &Path, sync: bool) -> io::Result<()> {
    if cfg!(unix) && sync {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn small_files_are_written_read_listed_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let below = Folder::new(folder.path(), true).below(&["a".to_owned(), "b".to_owned()]);
        assert!(below.list("", "").await.unwrap().is_empty(), "the folder is not there");
        assert_eq!(below.read("x.json", 9).await.unwrap(), None);
        fs::create_dir_all(folder.path().join("a/b")).unwrap();
        fs::write(folder.path().join("a/b/x.json.tmp"), "left by a run that was killed").unwrap();
        for text in ["one", "two"] {
            below.write("x.json", text.into()).await.unwrap();
            assert_eq!(below.read("x.json", 9).await.unwrap().unwrap(), text.as_bytes());
        }
        assert_eq!(below.list("x", ".json").await.unwrap(), ["x.json"]);
        assert_eq!(below.list("", "").await.unwrap(), ["x.json"]);
        assert_eq!(below.size("x.json").await.unwrap(), Some(3));
        let two = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3";
        assert_eq!(below.sha256("x.json").await.unwrap().unwrap(), two);
        assert!(below.read("x.json", 2).await.unwrap_err().message().contains("x.json"));
        below.remove("x.json").await.unwrap();
        below.remove("x.json").await.unwrap();
        assert_eq!(below.size("x.json").await.unwrap(), None);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_link_in_the_way_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let mine = folder.path().join("mine");
        fs::write(&mine, "mine").unwrap();
        for name in ["x", "x.tmp"] {
            std::os::unix::fs::symlink(&mine, folder.path().join(name)).unwrap();
        }
        Folder::new(folder.path(), false).write("x", "new".into()).await.unwrap();
        assert_eq!(fs::read(&mine).unwrap(), b"mine");
        assert_eq!(fs::read(folder.path().join("x")).unwrap(), b"new");
    }
}
