//! For build scripts: from a folder of specs to code in `OUT_DIR`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fmt, fs, io};

use crate::{Failure, Folder};

/// What a build script generates: made by [`configure`].
#[derive(Clone, Debug)]
pub struct Config {
    specs: PathBuf,
    runtime: String,
    features: Vec<String>,
    out_dir: Option<PathBuf>,
    emit_rerun_if_changed: bool,
}

/// Clients for the specs in `specs/`, for a crate that depends on `rdbfetch`, in `OUT_DIR`: everything can be set
/// otherwise.
///
/// ```no_run
/// // build.rs
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     rdbfetch_codegen::configure().specs("specs").compile()?;
///     Ok(())
/// }
/// ```
///
/// The crate has the modules with `include!(concat!(env!("OUT_DIR"), "/services.rs"));`. Build scripts that do more than
/// this print the error themselves, with [`run`](Config::run) they need not.
#[must_use]
pub fn configure() -> Config {
    Config {
        specs: PathBuf::from("specs"),
        runtime: "rdbfetch".to_owned(),
        features: Vec::new(),
        out_dir: None,
        emit_rerun_if_changed: true,
    }
}

impl Config {
    /// The folder of services, or of one service; `specs` if nobody says.
    #[must_use]
    pub fn specs(mut self, folder: impl Into<PathBuf>) -> Self {
        self.specs = folder.into();
        self
    }

    /// What the crate calls the runtime: `rdbfetch` if nobody says, `crate` inside the runtime's own crate.
    #[must_use]
    pub fn runtime(mut self, name: impl Into<String>) -> Self {
        self.runtime = name.into();
        self
    }

    /// Services that a cargo feature of the same name switches on; others are always compiled in. See
    /// [`features`](crate::features).
    #[must_use]
    pub fn features(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.features = names.into_iter().map(Into::into).collect();
        self
    }

    /// Where the code is written to: `OUT_DIR` if nobody says.
    #[must_use]
    pub fn out_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(folder.into());
        self
    }

    /// Whether cargo is told to run the build script again when a spec changes: it is, if nobody says.
    #[must_use]
    pub fn emit_rerun_if_changed(mut self, is: bool) -> Self {
        self.emit_rerun_if_changed = is;
        self
    }

    /// Generates the code. Files that are as they were keep their time, so that nothing is compiled again.
    ///
    /// # Errors
    /// When the folder cannot be read, when anything in the specs is wrong, when code cannot be written, or when nobody
    /// says where to and cargo does not either.
    pub fn compile(&self) -> Result<(), BuildError> {
        if self.emit_rerun_if_changed {
            println!("cargo::rerun-if-changed={}", self.specs.display());
        }
        let file = |path: &Path, error| BuildError::File(path.to_owned(), error);
        let out = match &self.out_dir {
            Some(folder) => folder.clone(),
            None => env::var_os("OUT_DIR").map(PathBuf::from).ok_or(BuildError::NoOutDir)?,
        };
        let folder = Folder::read(&self.specs).map_err(|error| file(&self.specs, error))?;
        let files = folder
            .generate_for(&self.runtime, &self.features)
            .map_err(|failure| BuildError::Specs(Box::new(failure)))?;
        for generated in files {
            let path = out.join(generated.path);
            if fs::read_to_string(&path).ok().as_deref() == Some(generated.text.as_str()) {
                continue;
            }
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(|error| file(parent, error))?;
            }
            fs::write(&path, generated.text).map_err(|error| file(&path, error))?;
        }
        Ok(())
    }

    /// As [`compile`](Self::compile); an error is printed as people read it, and ends the build script.
    pub fn run(&self) {
        if let Err(error) = self.compile() {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}

/// Why there is no code.
pub enum BuildError {
    /// The specs are wrong: every problem of every file, with its place.
    Specs(Box<Failure>),
    /// A folder cannot be read, or a file not be written.
    File(PathBuf, io::Error),
    /// There is no `OUT_DIR`: cargo sets it for build scripts only.
    NoOutDir,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Specs(failure) => failure.fmt(f),
            Self::File(path, error) => write!(f, "{}: {error}", path.display()),
            Self::NoOutDir => f.write_str(
                "OUT_DIR is not set, and nobody says where code goes: cargo sets it for build scripts",
            ),
        }
    }
}

/// As it is displayed: this is what a build script that returns it prints.
impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Specs(failure) => Some(failure),
            Self::File(_, error) => Some(error),
            Self::NoOutDir => None,
        }
    }
}
