//! What was left out of a broken file, or put in place of something broken, so that one run finds what else is wrong.
//!
//! What follows from a mended place alone says nothing new, and is kept back.

use std::collections::BTreeMap;
use std::ops::Range;

/// Stands for the number of an item that was taken out of a list, so that the next one is not mistaken for it.
pub const TAKEN_OUT: &str = "-";

/// The mended places of all files.
#[derive(Clone, Debug, Default)]
pub struct Mends {
    files: BTreeMap<String, Vec<Mend>>,
}

/// A place that was mended.
#[derive(Clone, Debug)]
pub struct Mend {
    /// The keys that lead to it.
    pub path: Vec<String>,
    /// The keys that hold it, where they stand.
    pub keys: Vec<Range<usize>>,
}

/// The kinds of names that other places refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// What a client is configured with.
    Settings,
    /// What a caller sets.
    Parameters,
    /// The holes of the path.
    Path,
    /// Object types.
    Types,
    /// The fields of answers and of types.
    Fields,
    /// The values that fields can have.
    Values,
    /// Whatever refers to types.
    UsesOfTypes,
    /// Whatever refers to settings.
    UsesOfSettings,
    /// Which error is answered when.
    Situations,
    /// The signature.
    Auth,
    /// The headers that are signed.
    SignedHeaders,
}

impl Mends {
    /// Notes what was mended in a file.
    pub fn note(&mut self, file: &str, mends: Vec<Mend>) {
        if !mends.is_empty() {
            self.files.entry(file.to_owned()).or_default().extend(mends);
        }
    }

    /// Adds what was mended elsewhere.
    pub fn append(&mut self, others: Self) {
        for (file, mends) in others.files {
            self.note(&file, mends);
        }
    }

    /// Whether a problem at `path` follows from what was mended there, inside it, or above it.
    #[must_use]
    pub fn hide(&self, file: &str, path: &[&str]) -> bool {
        self.of(file).iter().any(|mend| {
            let list = mend.path.last().is_some_and(|last| last == TAKEN_OUT);
            let above = mend.path.len() <= path.len() + 1 + usize::from(list);
            above && mend.path.iter().zip(path).all(|(a, b)| a == b)
        }) || path.first() == Some(&"auth") && self.lack(file, Names::Auth)
    }

    /// Whether anything at or below `path` was mended.
    #[must_use]
    pub fn within(&self, file: &str, path: &[&str]) -> bool {
        self.of(file)
            .iter()
            .any(|mend| mend.path.len() >= path.len() && mend.path.iter().zip(path).all(|(a, b)| a == b))
    }

    /// Whether a problem with what is declared under the key at `span` follows from what was mended there.
    #[must_use]
    pub fn hide_key(&self, file: &str, span: &Range<usize>) -> bool {
        self.of(file).iter().any(|mend| mend.path.is_empty() || mend.keys.contains(span))
    }

    /// Whether names of this kind may be missing in `file`, its own or those of its service.
    #[must_use]
    pub fn lack(&self, file: &str, names: Names) -> bool {
        if self.files.is_empty() {
            return false;
        }
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let service = format!("{folder}/service.yaml");
        let others = || {
            self.files.iter().filter(|(path, _)| path.rsplit_once('/').is_some_and(|(of, _)| of == folder))
        };
        match names {
            // Any operation can be what uses a type or a setting of the service.
            Names::UsesOfTypes | Names::UsesOfSettings if *file == service => {
                others().any(|(_, mends)| mends.iter().any(|mend| touches(&mend.path, names)))
            }
            _ => self.of(file).iter().chain(self.of(&service)).any(|mend| touches(&mend.path, names)),
        }
    }

    fn of(&self, file: &str) -> &[Mend] {
        self.files.get(file).map_or(&[], Vec::as_slice)
    }
}

/// Whether names of this kind stand at, or below, what was mended.
fn touches(path: &[String], names: Names) -> bool {
    // What was taken out of a block may have been any of its names.
    let path: Vec<&str> = path.iter().map(String::as_str).filter(|key| *key != TAKEN_OUT).collect();
    match names {
        Names::Settings => matches!(path[..], [] | ["settings" | "version"]),
        Names::Parameters => matches!(path[..], [] | ["parameters" | "request"] | ["request", "parameters"]),
        Names::Path => matches!(path[..], [] | ["request"] | ["request", "path"]),
        Names::Types => matches!(path[..], [] | ["types"]),
        Names::Fields => {
            matches!(
                path[..],
                [] | ["types" | "response" | "within" | "root"]
                    | ["types", _]
                    | ["response", "fields" | "within"]
            )
        }
        Names::UsesOfTypes => {
            matches!(path[..], [] | ["types" | "response" | "parameters" | "request", ..])
        }
        Names::UsesOfSettings => {
            !matches!(path[..], ["examples" | "source" | "notes" | "errors" | "title", ..])
        }
        Names::Values => path.is_empty() || path.contains(&"values"),
        Names::Situations => matches!(path[..], [] | ["errors"] | ["errors", _] | ["errors", _, "when", ..]),
        Names::SignedHeaders => matches!(path[..], [] | ["auth"] | ["auth", "sign_headers", ..]),
        Names::Auth => matches!(
            path[..],
            [] | ["auth" | "settings"] | ["auth", "steps" | "headers" | "params" | "variants"]
        ),
    }
}
