//! Parameters as the command line gives them: read, completed, checked.

use rdbfetch::check::{Strictness, Violation, ViolationKind};
use rdbfetch::place::{Field, Projection, Root};
use rdbfetch::service::{Kind, Operation, Parameter};
use rdbfetch::value::{self, Parameters, Value};
use rdbfetch::{Instance, Timestamp, projection, request};

use crate::exit::{Exit, Failure};
use crate::text::nearest;

/// What the caller sets, and what is wrong with it so far.
pub struct Given {
    operation: &'static Operation,
    values: Vec<(String, Value)>,
    problems: Vec<Problem>,
    /// What is known of the instance that is asked about.
    instance: Option<Instance>,
}

struct Problem {
    path: String,
    text: String,
}

impl Given {
    /// The members of a JSON object, and `--param NAME=VALUE` in the order given, which go before them. Names are
    /// documented names or names on the wire.
    #[must_use]
    pub fn read(operation: &'static Operation, object: Vec<(String, Value)>, params: &[String]) -> Self {
        let from_object = object.len();
        let mut given = Self { operation, values: object, problems: Vec::new(), instance: None };
        for text in params {
            given.param(text, from_object);
        }
        given
    }

    /// The same, about this instance.
    #[must_use]
    pub fn of(mut self, instance: Option<Instance>) -> Self {
        self.instance = instance;
        self
    }

    /// Takes one `--param`. Its value may be secret: only what the library says about it is repeated.
    fn param(&mut self, text: &str, from_object: usize) {
        let Some((name, text)) = text.split_once('=') else {
            return self.problem("--param", "takes NAME=VALUE, and one that was given has no `=`");
        };
        let Some(parameter) = request::parameter(self.operation, name) else {
            let names = self.operation.parameters.iter().map(|parameter| parameter.name);
            let meant =
                nearest(name, names).map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
            return self.problem(name, &format!("is no parameter{meant}"));
        };
        let value = match parameter.kind {
            // A list in JSON, or one more element.
            Kind::List(element) if !text.trim_start().starts_with('[') => {
                request::coerce(element, text).map(|element| Value::Array(vec![element]))
            }
            _ => request::coerce(&parameter.kind, text),
        };
        let value = match value {
            Ok(value) => value,
            Err(problem) => return self.problem(parameter.name, &problem),
        };
        let at = self.values.iter().position(|(other, _)| self.is(parameter, other));
        match (at.and_then(|at| Some((at, self.values.get_mut(at)?))), value) {
            (None, value) => self.values.push((parameter.name.to_owned(), value)),
            (Some((at, entry)), value) if at < from_object => entry.1 = value,
            (Some((_, (_, Value::Array(list)))), Value::Array(more)) => list.extend(more),
            _ => self.problem(parameter.name, "is given twice, and it is no list"),
        }
    }

    /// What the caller set, by documented names.
    #[must_use]
    pub fn own(&self) -> Parameters {
        let named = self.values.iter().filter_map(|(name, value)| {
            Some((request::parameter(self.operation, name)?.name, value.clone()))
        });
        named.collect()
    }

    /// Adds parameters that the caller left out.
    #[must_use]
    pub fn or(mut self, more: Parameters) -> Self {
        for (name, value) in more {
            let parameter = self.operation.parameter(name);
            let given =
                |(other, _): &(String, Value)| parameter.is_some_and(|parameter| self.is(parameter, other));
            if !self.values.iter().any(given) {
                self.values.push((name.to_owned(), value));
            }
        }
        self
    }

    /// Adds what the uniform commands send: ids where they go, which a parameter must not contradict, and whatever
    /// else the projections say, which it may.
    #[must_use]
    pub fn and(mut self, projections: &'static [Projection], ids: &[(Field, &str)]) -> Self {
        let uniform = projection::parameters(
            self.operation,
            projections,
            ids,
            self.instance.as_ref(),
            Timestamp::now(),
        );
        let own = self.own();
        for name in ids.iter().flat_map(|(field, _)| places(projections, *field)) {
            let of = |list: &Parameters| {
                list.iter().find(|(other, _)| *other == name).and_then(|(_, value)| value::first_text(value))
            };
            if of(&own).is_some_and(|text| of(&uniform) != Some(text)) {
                self.problem(name, "is given twice, with different values");
            }
        }
        self.or(uniform)
    }

    /// The parameters in the form that calls take.
    ///
    /// # Errors
    ///
    /// All that is wrong with them; violations that `spared` accepts are not.
    pub fn check(mut self, spared: impl Fn(&Violation) -> bool) -> Result<Parameters, Failure> {
        let checked = request::parameters(self.operation, &self.values, Strictness::Documented);
        let violations = match checked {
            Ok(parameters) if self.problems.is_empty() => return Ok(parameters),
            Ok(_) => None,
            Err(violations) => Some(violations),
        };
        for violation in violations.iter().flat_map(|violations| violations.iter()) {
            let told = self.problems.iter().any(|problem| problem.path == violation.path);
            if !told && !spared(violation) {
                let meant = self.meant(violation);
                let meant = meant.map(|meant| format!("; did you mean {meant:?}?")).unwrap_or_default();
                self.problem(&violation.path, &format!("{}{meant}", violation.problem));
            }
        }
        if self.problems.is_empty() {
            return Ok(self.own());
        }
        let texts: Vec<&str> = self.problems.iter().map(|problem| problem.text.as_str()).collect();
        let operation = self.operation.name;
        let message = format!("{operation}: nothing was sent: {}", texts.join("; "));
        Err(Failure::new(Exit::Usage, "invalid", message)
            .of(operation)
            .advise("`rdbfetch ops SERVICE OPERATION` says what the operation takes."))
    }

    /// The documented value that is nearest to a wrong one.
    fn meant(&self, violation: &Violation) -> Option<&'static str> {
        if violation.kind != ViolationKind::Value {
            return None;
        }
        let parameter = request::parameter(self.operation, &violation.path)?;
        let (_, value) = self.values.iter().find(|(name, _)| self.is(parameter, name))?;
        nearest(&value::first_text(value)?, parameter.values.iter().copied())
    }

    fn problem(&mut self, path: &str, text: &str) {
        self.problems.push(Problem { path: path.to_owned(), text: format!("{path} {text}") });
    }

    /// Whether `name` names this parameter.
    fn is(&self, parameter: &Parameter, name: &str) -> bool {
        request::parameter(self.operation, name).is_some_and(|other| other.name == parameter.name)
    }
}

/// The parameters that a field of the uniform model fills.
pub fn places(projections: &'static [Projection], field: Field) -> impl Iterator<Item = &'static str> {
    let sources = projections.iter().flat_map(move |projection| projection.field(field));
    sources.filter_map(|source| match source.place.root {
        Root::Request(name) => Some(name),
        _ => None,
    })
}
