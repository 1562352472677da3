//! What is wrong with a scenario.

use std::fmt;
use std::path::{Path, PathBuf};

/// Why a scenario, a world, a folder of backups or a snapshot cannot be used: everything that was found, together.
///
/// `Display` writes a line for each problem, as compilers do: `FILE:LINE:COLUMN: KEYS: what is wrong, and what was
/// expected`, without the parts that are not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    file: Option<PathBuf>,
    problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The keys that lead to it, such as `services.tencent.regions.ap-guangzhou.instances[0].id`. Empty where the whole
    /// is wrong.
    pub path: String,
    /// Line and column in the text, from 1, where they are known.
    pub position: Option<(usize, usize)>,
    /// What is wrong, and what was expected.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), position: None, message: message.into() }
    }
}

impl ScenarioError {
    pub(crate) fn new(problems: Vec<Problem>) -> Self {
        Self { file: None, problems }
    }

    pub(crate) fn one(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(vec![Problem::new(path, message)])
    }

    pub(crate) fn in_file(mut self, file: &Path) -> Self {
        self.file = Some(file.to_owned());
        self
    }

    /// The file that was read, where it came from one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Everything that is wrong; never empty.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.problems.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            match (&self.file, problem.position) {
                (Some(file), Some((line, column))) => write!(f, "{}:{line}:{column}: ", file.display())?,
                (Some(file), None) => write!(f, "{}: ", file.display())?,
                (None, Some((line, column))) => write!(f, "line {line}, column {column}: ")?,
                (None, None) => {}
            }
            if !problem.path.is_empty() {
                write!(f, "{}: ", problem.path)?;
            }
            f.write_str(&problem.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for ScenarioError {}

impl From<ScenarioError> for std::io::Error {
    fn from(error: ScenarioError) -> Self {
        Self::new(std::io::ErrorKind::InvalidInput, error)
    }
}
