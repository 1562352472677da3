//! Refusals, and which of a service's errors stands for each.

use rdbfetch::check::{Strictness, Violation, ViolationKind};
use rdbfetch::request::validate;
use rdbfetch::service::{Class, ErrorCode, Operation, Service, Verb, When};
use rdbfetch::sign::verify;
use rdbfetch::value::Parameters;

use crate::parameters::Problem;

/// Why a request is refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) when: When,
    /// Why, in a line. Holds no secret.
    pub(crate) reason: String,
    /// The steps of the signature as they should have been, without the secret ones.
    pub(crate) expected: Vec<(&'static str, String)>,
    /// The parameter that is missing or wrong.
    pub(crate) parameter: Option<String>,
}

impl Refusal {
    pub(crate) fn new(when: When, reason: impl Into<String>) -> Self {
        // What clients send may be long, and is kept in the journal.
        const LONGEST: usize = 500;
        let mut reason = reason.into();
        if let Some((end, _)) = reason.char_indices().nth(LONGEST) {
            reason.truncate(end);
            reason.push('…');
        }
        Self { when, reason, expected: Vec::new(), parameter: None }
    }

    /// A refusal of a parameter for what is told of it.
    pub(crate) fn of_parameter(when: When, name: &str, problem: &str) -> Self {
        Self { parameter: Some(name.to_owned()), ..Self::new(when, format!("{name} {problem}")) }
    }
}

impl From<verify::Refusal> for Refusal {
    fn from(refusal: verify::Refusal) -> Self {
        let when = match &refusal {
            verify::Refusal::Missing => When::Unsigned,
            verify::Refusal::UnknownKey => When::UnknownKey,
            verify::Refusal::BadToken => When::BadToken,
            verify::Refusal::BadSignature(explanation) if explanation.malformed => When::MalformedSignature,
            verify::Refusal::ExpiredClock { .. } => When::ExpiredClock,
            _ => When::BadSignature,
        };
        let reason = refusal.to_string();
        let verify::Refusal::BadSignature(explanation) = refusal else { return Self::new(when, reason) };
        let mut expected = explanation.steps;
        for difference in explanation.differences {
            expected.push((
                difference.name,
                format!("{}\nreceived: {}", difference.expected, difference.received),
            ));
        }
        Self { expected, ..Self::new(when, reason) }
    }
}

/// What is wrong with the parameters of a call, if anything: what is missing goes first.
pub(crate) fn check(
    operation: &'static Operation,
    parameters: &Parameters,
    problems: &[Problem],
) -> Result<(), Refusal> {
    let is_there = |name: &str| parameters.iter().any(|(known, _)| *known == name);
    // A client fills these from its settings, so the usual checks take them as given.
    let mut needed = operation.parameters.iter().filter(|one| one.required && one.from.is_some());
    if let Some(parameter) = needed.find(|one| !is_there(one.name)) {
        return Err(Refusal::of_parameter(When::Missing, parameter.name, "is required"));
    }
    let violations = validate(operation, parameters, Strictness::Documented).err();
    let list: Vec<&Violation> = violations.iter().flat_map(|violations| violations.iter()).collect();
    let is_problem = |name: &str| problems.iter().any(|problem| problem.parameter == name);
    let missing = list.iter().find(|one| is_missing(operation, one) && !is_problem(&one.path));
    if let Some(violation) = missing {
        return Err(Refusal::of_parameter(When::Missing, &violation.path, &violation.problem));
    }
    if let Some(problem) = problems.first() {
        return Err(Refusal::of_parameter(When::BadType, problem.parameter, &problem.text));
    }
    match list.first() {
        Some(violation) => {
            let typed = violation.kind == ViolationKind::Type;
            let when = if typed { When::BadType } else { When::BadValue };
            Err(Refusal::of_parameter(when, &violation.path, &violation.problem))
        }
        None => Ok(()),
    }
}

/// Whether a violation is that something is not there.
fn is_missing(operation: &Operation, violation: &Violation) -> bool {
    let demands = |text: &str| {
        let mut rules = operation.rules.iter();
        rules.any(|rule| matches!(rule.verb, Verb::Required(_)) && text.ends_with(rule.text))
    };
    match violation.kind {
        ViolationKind::Missing => true,
        ViolationKind::Rule => demands(&violation.problem),
        _ => false,
    }
}

/// The error with which a service answers in a situation: the operation's own first, and the nearest where the spec
/// names none for it.
pub(crate) fn entry(
    service: &'static Service,
    operation: Option<&'static Operation>,
    when: When,
) -> Option<&'static ErrorCode> {
    let errors = || operation.map_or(&[][..], |operation| operation.errors).iter().chain(service.errors);
    [Near::At(when)].iter().chain(nearest(when)).find_map(|near| match near {
        Near::At(when) => errors().find(|error| error.when.contains(when)),
        Near::Of(class) => {
            let of_class = |error: &&ErrorCode| error.class == *class && !error.code.contains('*');
            // One that stands for another situation would mislead.
            errors().filter(of_class).find(|error| error.when.is_empty()).or_else(|| errors().find(of_class))
        }
    })
}

/// A step on the way to an error that fits.
enum Near {
    /// The one for this situation.
    At(When),
    /// Any of this class.
    Of(Class),
}

/// What comes nearest to a situation.
fn nearest(when: When) -> &'static [Near] {
    use Near::{At, Of};
    match when {
        When::UnknownKey => &[At(When::BadSignature), Of(Class::Auth)],
        When::BadSignature => &[At(When::UnknownKey), Of(Class::Auth)],
        When::Unsigned | When::BadToken | When::MalformedSignature => {
            &[At(When::BadSignature), At(When::UnknownKey), Of(Class::Auth)]
        }
        When::ExpiredClock => &[At(When::BadSignature), Of(Class::Auth)],
        When::Replayed => &[At(When::ExpiredClock), At(When::BadSignature), Of(Class::Auth)],
        When::Missing => &[At(When::BadValue), Of(Class::Invalid)],
        When::BadValue => &[At(When::Missing), Of(Class::Invalid)],
        When::NoOperation => &[At(When::BadValue), At(When::Missing), Of(Class::Invalid)],
        When::BadType | When::UnknownParameter | When::WrongRegion => {
            &[At(When::BadValue), At(When::Missing), Of(Class::Invalid)]
        }
        When::MissingOperation | When::WrongMethod | When::WrongVersion => {
            &[At(When::NoOperation), At(When::BadValue), At(When::Missing), Of(Class::Invalid)]
        }
        When::NoInstance => &[At(When::NoBackup), Of(Class::NotFound)],
        When::NoBackup => &[At(When::NoInstance), Of(Class::NotFound)],
        When::NotReady => {
            &[Of(Class::NotReady), At(When::NoBackup), At(When::NoInstance), Of(Class::NotFound)]
        }
        When::NoProject => &[At(When::Denied), Of(Class::Denied)],
        When::Denied => &[Of(Class::Denied)],
        When::Throttled => &[Of(Class::Throttled)],
        _ => &[Of(Class::Server)],
    }
}
