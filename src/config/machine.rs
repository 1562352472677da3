//! The variables and the files of the machine that a client runs on, or of what stands for it in tests.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

/// More than any file of credentials has, in bytes.
const LARGEST: u64 = 4 << 20;

/// What stands for the environment.
type Variables = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Where a process looks for what it is to do.
#[derive(Clone)]
pub(crate) struct Machine {
    variables: Arc<Variables>,
    home: Option<PathBuf>,
    /// What stands for `/`, in tests.
    root: Option<PathBuf>,
}

impl Machine {
    /// This process, with the home folder of its user.
    pub fn this() -> Self {
        let variables = |name: &str| std::env::var(name).ok();
        Self { variables: Arc::new(variables), home: std::env::home_dir(), root: None }
    }

    #[cfg(test)]
    pub fn of(
        variables: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
        home: Option<&Path>,
        root: Option<&Path>,
    ) -> Self {
        let owned = |path: Option<&Path>| path.map(Path::to_owned);
        Self { variables: Arc::new(variables), home: owned(home), root: owned(root) }
    }

    /// The value of an environment variable without white space around it; an empty one counts as absent.
    pub fn variable(&self, name: &str) -> Option<String> {
        let value = Zeroizing::new((self.variables)(name)?);
        Some(value.trim()).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// The path that a spec or a variable writes with `~` for the home folder.
    pub fn path(&self, text: &str) -> Option<PathBuf> {
        if let Some(rest) = text.strip_prefix("~/") {
            let home = self.home.as_ref().filter(|home| !home.as_os_str().is_empty())?;
            return Some(rest.split('/').fold(home.clone(), |path, part| path.join(part)));
        }
        match (&self.root, text.strip_prefix('/')) {
            (Some(root), Some(rest)) if !Path::new(text).starts_with(root) => Some(root.join(rest)),
            _ => Some(PathBuf::from(text)),
        }
    }

    /// A path for people, with `~` for the home folder.
    pub fn shown(&self, path: &Path) -> String {
        let below = self.home.as_ref().and_then(|home| path.strip_prefix(home).ok());
        match below {
            Some(below) if !below.as_os_str().is_empty() => format!("~/{}", below.display()),
            _ => path.display().to_string(),
        }
    }

    /// The text of a file without its byte order mark; `None` where there is no file.
    ///
    /// # Errors
    /// If it cannot be read, or is no text; the message names the file and nothing in it.
    pub fn read(&self, path: &Path) -> Result<Option<Zeroizing<String>>, String> {
        let problem = |what: &str| format!("{}: {what}", self.shown(path));
        let mut bytes = Zeroizing::new(Vec::new());
        let read = fs::File::open(path).and_then(|file| {
            if file.metadata()?.is_dir() {
                return Err(ErrorKind::IsADirectory.into());
            }
            file.take(LARGEST + 1).read_to_end(&mut bytes)
        });
        match read {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(problem(&format!("the file cannot be read: {}", error.kind()))),
            Ok(_) => {}
        }
        if bytes.len() as u64 > LARGEST {
            return Err(problem("the file is too large to hold credentials"));
        }
        let bytes = bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(&bytes);
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some(Zeroizing::new(text.to_owned()))),
            Err(_) => Err(problem("the file is no UTF-8 text")),
        }
    }

    /// What is wrong with who can read a file that holds secrets.
    #[cfg(unix)]
    pub fn lax(&self, path: &Path) -> Option<String> {
        use std::os::unix::fs::PermissionsExt;

        let mode = |path: &Path| fs::metadata(path).ok().map(|file| file.permissions().mode());
        // Who cannot pass one of the folders above cannot read the file either.
        let mut reach = mode(path)? & 0o044;
        for folder in path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty()) {
            reach &= (mode(folder)? & 0o011) << 2;
        }
        (reach != 0).then(|| {
            let shown = self.shown(path);
            format!("{shown} holds secrets and others can read it: `chmod 600 {shown}`")
        })
    }

    /// What is wrong with who can read a file that holds secrets. Not known here.
    #[cfg(not(unix))]
    pub fn lax(&self, _path: &Path) -> Option<String> {
        None
    }
}
