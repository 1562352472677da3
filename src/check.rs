//! Checks on parameters, and what they find.

use std::fmt;

use serde_json::Value;

use crate::service::Bounds;

/// How strict a validator is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// Only what is needed to form the request: required parameters, safe path segments, rules across parameters.
    Form,
    /// Documented limits and closed sets of values too.
    #[default]
    Documented,
}

/// Everything that is wrong with the parameters of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violations {
    operation: &'static str,
    list: Vec<Violation>,
}

/// One thing that is wrong with the parameters of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The parameter, such as `LimitVpc[0].Region`.
    pub path: String,
    /// What kind of problem it is.
    pub kind: ViolationKind,
    /// What is wrong with it.
    pub problem: String,
}

/// Kinds of [`Violation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ViolationKind {
    /// A required parameter is missing.
    Missing,
    /// No such parameter.
    Unknown,
    /// A value has another type than documented.
    Type,
    /// A value is outside the documented set or limits, or cannot be sent.
    Value,
    /// A rule across parameters does not hold.
    Rule,
}

impl Violations {
    /// The operation whose parameters they are.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The violations, in the order of the spec.
    pub fn iter(&self) -> impl Iterator<Item = &Violation> {
        self.list.iter()
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: nothing was sent: ", self.operation)?;
        for (index, violation) in self.list.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{} {}", violation.path, violation.problem)?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

/// Collects violations.
#[derive(Debug)]
pub struct Check {
    operation: &'static str,
    strictness: Strictness,
    /// Whether values are let through that are not documented.
    open: bool,
    prefix: String,
    list: Vec<Violation>,
}

impl Check {
    /// A check of the parameters of `operation`.
    #[must_use]
    pub fn new(operation: &'static str, strictness: Strictness) -> Self {
        Self { operation, strictness, open: false, prefix: String::new(), list: Vec::new() }
    }

    /// Lets values through that are not documented: that of an open enum which the spec does not list is deliberate.
    #[must_use]
    pub fn open(self) -> Self {
        Self { open: true, ..self }
    }

    /// The result.
    ///
    /// # Errors
    /// When anything was found.
    pub fn finish(self) -> Result<(), Violations> {
        if self.list.is_empty() {
            return Ok(());
        }
        Err(Violations { operation: self.operation, list: self.list })
    }

    /// Notes a violation.
    pub fn add(&mut self, name: &str, kind: ViolationKind, problem: impl Into<String>) {
        let path = format!("{}{name}", self.prefix);
        self.list.push(Violation { path, kind, problem: problem.into() });
    }

    /// Runs `checks` on what stands inside `name`.
    pub fn within(&mut self, name: &str, checks: impl FnOnce(&mut Self)) {
        let length = self.prefix.len();
        self.prefix.push_str(name);
        self.prefix.push('.');
        checks(self);
        self.prefix.truncate(length);
    }

    /// A required text, list or other value is there.
    pub fn required(&mut self, name: &str, present: bool) {
        if !present {
            self.add(name, ViolationKind::Missing, "is required");
        }
    }

    /// A path segment neither changes the path nor vanishes from it.
    pub fn path_segment(&mut self, name: &str, value: &str) {
        if value.is_empty() || value == "." || value == ".." {
            let problem = format!("cannot be {value:?}: it is a segment of the path");
            self.add(name, ViolationKind::Value, problem);
        }
    }

    /// A value is one of the documented ones.
    pub fn one_of(&mut self, name: &str, value: &str, values: &[&str]) {
        if self.strictness == Strictness::Documented && !self.open && !values.contains(&value) {
            let problem = format!("is {value:?}, but only {} is documented", values.join(", "));
            self.add(name, ViolationKind::Value, problem);
        }
    }

    /// A number, or the length of a text or list, is within the documented limits.
    pub fn bounds(&mut self, name: &str, value: i64, bounds: Bounds) {
        if self.strictness != Strictness::Documented {
            return;
        }
        let below = bounds.min.is_some_and(|min| value < min);
        let above = bounds.max.is_some_and(|max| value > max);
        if below || above {
            let wanted = match (bounds.min, bounds.max) {
                (Some(min), Some(max)) => format!("{min} to {max}"),
                (Some(min), None) => format!("{min} or more"),
                (None, Some(max)) => format!("{max} or less"),
                (None, None) => String::new(),
            };
            self.add(name, ViolationKind::Value, format!("is {value}, but {wanted} is documented"));
        }
    }

    /// A text, or every text of a list, fits the documented regular expression.
    pub fn pattern(&mut self, name: &str, value: &Value, pattern: &str) {
        if self.strictness != Strictness::Documented {
            return;
        }
        // The generator has read it already.
        let Ok(whole) = regex_lite::Regex::new(&format!("^(?:{pattern})$")) else { return };
        let mut check = |name: &str, value: &Value| {
            if value.as_str().is_some_and(|text| !whole.is_match(text)) {
                // What does not fit may be a secret, so it is not repeated.
                let problem = format!("does not fit the documented pattern {pattern}");
                self.add(name, ViolationKind::Value, problem);
            }
        };
        match value {
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(at, item)| check(&format!("{name}[{at}]"), item));
            }
            one => check(name, one),
        }
    }

    /// A rule across parameters holds.
    pub fn rule(&mut self, name: &str, holds: bool, text: &str) {
        if !holds {
            self.add(name, ViolationKind::Rule, format!("breaks a rule: {text}"));
        }
    }
}

/// What a bound limits: the number, the characters of a text, or the elements of a list.
#[must_use]
pub fn measure(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => i64::try_from(text.chars().count()).ok(),
        Value::Array(list) => i64::try_from(list.len()).ok(),
        _ => None,
    }
}
