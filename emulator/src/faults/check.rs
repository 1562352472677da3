//! Whether a rule makes sense: by itself, and for the services that there are.

use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::service::{ErrorCode, Operation, Service};

use super::effects::{EFFECTS, Ports, bit, contradiction};
use super::glob::fits;
use super::rule::{Fault, FaultError};
use super::units::word;
use crate::nearest::nearest;
use crate::refusal::entry;

/// Conditions that only calls of services have.
const OF_CALLS: [&str; 3] = ["operation", "region", "account"];
/// Conditions that only requests for files have.
const OF_FILES: [&str; 2] = ["file", "side"];

impl Fault {
    /// The ports whose calls the rule can be about.
    pub(crate) fn ports(&self) -> Ports {
        let mask = self.effects.mask();
        let effects = EFFECTS.iter().filter(|(name, _)| mask & bit(name) != 0).map(|(_, ports)| *ports);
        let bound = |names: &[&str]| names.iter().any(|name| self.bound(name).is_some());
        let port = self.bound("port").map(|port| if port == "api" { Ports::Api } else { Ports::Files });
        let calls = bound(&OF_CALLS).then_some(Ports::Api);
        let files = bound(&OF_FILES).then_some(Ports::Files);
        effects
            .chain([port, calls, files].into_iter().flatten())
            .find(|ports| *ports != Ports::Both)
            .unwrap_or(Ports::Both)
    }

    /// Whether the rule makes sense by itself.
    pub(crate) fn check(&self) -> Result<(), FaultError> {
        let problem = self.problem();
        let name = self.name.as_deref().map_or_else(String::new, |name| format!("{name}: "));
        problem.map_or(Ok(()), |problem| Err(FaultError(format!("{name}{problem}"))))
    }

    fn problem(&self) -> Option<String> {
        let effects = &self.effects;
        let mask = effects.mask();
        let there = |name: &str| mask & bit(name) != 0;
        let one_of = |name: &str, words: [&str; 2]| {
            let value = self.bound(name).filter(|value| !words.contains(value))?;
            Some(format!("`{name}`: {} or {} is expected, not {value:?}", words[0], words[1]))
        };
        if let Some(problem) =
            one_of("port", ["api", "files"]).or_else(|| one_of("side", ["public", "internal"]))
        {
            return Some(problem);
        }
        if self.name.as_deref().is_some_and(|name| name.is_empty() || name.contains(['/', '\n'])) {
            return Some("`name`: a text without `/` is expected".to_owned());
        }
        if mask == 0 && !effects.refuse {
            let names = EFFECTS.map(|(name, _)| name).join(", ");
            return Some(format!("the rule says nothing of what goes wrong; there are {names}, refuse"));
        }
        if let Some((one, other)) = contradiction(mask) {
            return Some(format!("`{one}` and `{other}` contradict each other: make two rules of them"));
        }
        if there("content_type") && !there("body") {
            return Some("`content_type` is that of `body`, which is missing".to_owned());
        }
        if self.times == Some(0) {
            return Some("`times`: a whole number from 1 is expected, not 0".to_owned());
        }
        if let (Some(from), Some(until)) = (self.from, self.until)
            && from >= until
        {
            return Some(format!("`from` ({from}) is not before `until` ({until})"));
        }
        if self.probability.is_some_and(|number| !(0.0..=1.0).contains(&number)) {
            return Some("`probability`: a number from 0 to 1 is expected".to_owned());
        }
        if effects.status.is_some_and(|status| !(200..600).contains(&status)) {
            return Some("`status`: a status from 200 to 599 is expected".to_owned());
        }
        if effects.refuse { self.refusing() } else { self.scattered() }
    }

    /// What is wrong with a rule that closes a port.
    fn refusing(&self) -> Option<String> {
        if self.effects.mask() != 0 {
            return Some(
                "`refuse` goes with no other effect: nothing arrives that could be answered".to_owned(),
            );
        }
        if self.times.is_some() || self.probability.is_some() {
            let problem = "`refuse` cannot count calls, since none arrives: leave out `nth`, `times` and `probability`; \
                 `skip` begins after so many calls, and `until` or removing the rule ends it";
            return Some(problem.to_owned());
        }
        if let Some((name, _)) = self.on.iter().find(|(name, _)| !["service", "port"].contains(name)) {
            return Some(format!(
                "`refuse` closes a whole port: `{name}` cannot be told; `service` and `port` can"
            ));
        }
        if self.bound("port") == Some("files") && self.bound("service").is_some() {
            return Some(
                "`refuse`: all services share the port of the files; leave out `service`".to_owned(),
            );
        }
        None
    }

    /// What of a rule is about calls of services while something else of it is about files.
    fn scattered(&self) -> Option<String> {
        let mask = self.effects.mask();
        let of =
            |wanted: Ports| EFFECTS.iter().find(|(name, ports)| *ports == wanted && mask & bit(name) != 0);
        let port = |wanted: &str| (self.bound("port") == Some(wanted)).then_some("port");
        let bound = |names: &[&'static str]| names.iter().copied().find(|name| self.bound(name).is_some());
        let api = of(Ports::Api).map(|(name, _)| *name).or(bound(&OF_CALLS)).or(port("api"))?;
        let files = of(Ports::Files).map(|(name, _)| *name).or(bound(&OF_FILES)).or(port("files"))?;
        Some(format!("`{api}` is about calls of services and `{files}` about files: make two rules of them"))
    }

    /// Whether the services have what the rule names.
    pub(crate) fn check_names(&self, services: &[&'static ServiceMetadata]) -> Result<(), FaultError> {
        let problem = self.unknown_name(services);
        let name = self.name.as_deref().map_or_else(String::new, |name| format!("{name}: "));
        problem.map_or(Ok(()), |problem| Err(FaultError(format!("{name}{problem}"))))
    }

    fn unknown_name(&self, services: &[&'static ServiceMetadata]) -> Option<String> {
        let all = || services.iter().map(|metadata| metadata.service);
        let named: Vec<&'static Service> = all()
            .filter(|service| self.bound("service").is_none_or(|pattern| fits(pattern, service.name)))
            .collect();
        if let (Some(pattern), true) = (self.bound("service"), named.is_empty()) {
            return Some(complain(
                "service",
                "service",
                pattern,
                all().map(|service| service.name).collect(),
            ));
        }
        let operations = || named.iter().flat_map(|service| service.operations.iter().copied());
        let chosen: Vec<&'static Operation> = operations()
            .filter(|one| self.bound("operation").is_none_or(|pattern| fits(pattern, one.name)))
            .collect();
        if let (Some(pattern), true) = (self.bound("operation"), chosen.is_empty()) {
            return Some(complain(
                "operation",
                "operation",
                pattern,
                operations().map(|one| one.name).collect(),
            ));
        }
        let errors = || -> Vec<&'static ErrorCode> {
            let own = chosen.iter().flat_map(|operation| operation.errors);
            own.chain(named.iter().flat_map(|service| service.errors)).collect()
        };
        if let Some(error) = self.effects.error.as_ref().filter(|error| !error.given)
            && !errors().iter().any(|known| known.matches(&error.code))
        {
            let codes = errors().iter().map(|error| error.code).collect();
            let problem = complain("error", "code", &error.code, codes);
            return Some(format!("{problem}; `error: {{code: …}}` takes any code"));
        }
        let when = self.effects.when?;
        let fits_one = named.iter().any(|service| {
            let mut own = service
                .operations
                .iter()
                .filter(|one| chosen.iter().any(|chosen| std::ptr::eq(*chosen, **one)));
            own.any(|operation| entry(service, Some(operation), when).is_some())
        });
        let word = word(when);
        (!fits_one).then(|| {
            format!("`when`: the spec names no error for {word}; `error: {{code: …}}` takes any code")
        })
    }
}

/// What is said of a name that is not known.
fn complain(field: &str, kind: &str, word: &str, mut known: Vec<&'static str>) -> String {
    known.sort_unstable();
    known.dedup();
    let hint = match nearest(word, known.iter().copied()) {
        Some(near) => format!("the nearest is {near}"),
        None => format!("there are {}", known.join(", ")),
    };
    format!("`{field}`: there is no {kind} {word:?}; {hint}")
}
