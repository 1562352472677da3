//! Whether a version says what changed, by the rules of cargo.

use std::fmt;
use std::str::FromStr;

use super::{Effect, Report};

/// A version, as far as these rules look at it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    numbers: [u64; 3],
    /// Whether it is no pre-release: those come before the version they lead to.
    done: bool,
    before: String,
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} is no version: three numbers with points between them are, such as 1.2.3");
        let plain = text.split('+').next().unwrap_or(text);
        let (numbers, before) = plain.split_once('-').unwrap_or((plain, ""));
        let parts: Vec<u64> =
            numbers.split('.').map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong())?;
        let numbers = parts.try_into().map_err(|_| wrong())?;
        Ok(Self { numbers, done: before.is_empty(), before: before.to_owned() })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        if self.done { Ok(()) } else { write!(f, "-{}", self.before) }
    }
}

/// How far a version is from another: the first number that counts for compatibility is the major one, which for
/// versions below 1 is the second, and below 0.1 the third.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bump {
    /// Not at all.
    None,
    /// A correction.
    Patch,
    /// Something more.
    Minor,
    /// Something else.
    Major,
}

impl Bump {
    /// From one version to another; nothing where the other is lower.
    #[must_use]
    pub fn between(old: &Version, new: &Version) -> Option<Self> {
        if new < old {
            return None;
        }
        if new == old {
            return Some(Self::None);
        }
        // Pre-releases promise nothing to each other.
        if !old.done {
            return Some(Self::Major);
        }
        let first = old.numbers.iter().zip(new.numbers).position(|(old, new)| *old != new);
        Some(match (old.numbers, first) {
            (_, Some(0)) | ([0, ..], Some(1)) | ([0, 0, _], Some(2)) => Self::Major,
            (_, Some(1)) => Self::Minor,
            _ => Self::Patch,
        })
    }
}

/// How far the version must go from `old`: below 1 there is no room between what is compatible and a correction.
#[must_use]
pub fn needed(report: &Report, old: &Version) -> Bump {
    match (report.gravest(), old.numbers) {
        (Some(Effect::Breaking), _) => Bump::Major,
        (Some(Effect::Compatible), [0, ..]) => Bump::Patch,
        (Some(Effect::Compatible), _) => Bump::Minor,
        (Some(Effect::Documentation) | None, _) => Bump::None,
    }
}

impl Version {
    /// The lowest version that is so far away.
    #[must_use]
    pub fn after(&self, bump: Bump) -> Self {
        let [major, minor, patch] = self.numbers;
        let numbers = match (bump, self.numbers) {
            (Bump::None, _) => return self.clone(),
            (Bump::Major, [0, 0, _]) | (Bump::Patch, _) => [major, minor, patch + 1],
            (Bump::Major, [0, ..]) | (Bump::Minor, _) => [major, minor + 1, 0],
            (Bump::Major, _) => [major + 1, 0, 0],
        };
        Self { numbers, done: true, before: String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bumps_are_counted_as_cargo_counts_them() {
        for (old, new, bump) in [
            ("1.2.3", "1.2.3", Some(Bump::None)),
            ("1.2.3", "1.2.4", Some(Bump::Patch)),
            ("1.2.3", "1.3.0", Some(Bump::Minor)),
            ("1.2.3", "2.0.0", Some(Bump::Major)),
            ("0.2.3", "0.2.4", Some(Bump::Patch)),
            ("0.2.3", "0.3.0", Some(Bump::Major)),
            ("0.0.3", "0.0.4", Some(Bump::Major)),
            ("0.9.0", "1.0.0", Some(Bump::Major)),
            ("1.0.0-rc.1", "1.0.0", Some(Bump::Major)),
            ("1.0.0", "1.0.0-rc.1", None),
            ("1.2.3", "1.2.2", None),
        ] {
            let version = |text: &str| text.parse::<Version>().unwrap();
            assert_eq!(Bump::between(&version(old), &version(new)), bump, "{old} {new}");
        }
        assert_eq!("0.1.0".parse::<Version>().unwrap().after(Bump::Major).to_string(), "0.2.0");
        assert_eq!("2.1.0".parse::<Version>().unwrap().after(Bump::Minor).to_string(), "2.2.0");
        assert!("1.2".parse::<Version>().is_err());
        assert!("one".parse::<Version>().is_err());
    }
}
