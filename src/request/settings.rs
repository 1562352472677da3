//! What a call is made with, apart from its parameters.

use std::borrow::Cow;

use crate::error::Error;
use crate::service::{Operation, Piece, Service, Setting, Template};
use crate::value::{self, Parameters};

/// The settings of one call: what the caller of this call said, else what the client was told, else the default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    list: Vec<(String, String)>,
}

impl Settings {
    /// Finds the value of every setting. `told` are those of the client; an empty one counts as absent. A parameter
    /// that a setting fills fills the setting in turn, where the caller gave it.
    ///
    /// # Errors
    /// [`Error::Config`] where a required setting has no value.
    pub fn resolve(
        service: &Service,
        operation: &Operation,
        told: &[(String, String)],
        parameters: &Parameters,
    ) -> Result<Self, Error> {
        let mut list = Vec::with_capacity(service.settings.len());
        for setting in service.settings {
            let given = operation.parameters.iter().filter(|one| one.from == Some(setting.name));
            let given = given.filter_map(|one| parameters.iter().find(|(name, _)| *name == one.name));
            let given = given.filter_map(|(_, value)| value::shown(value));
            let told = told.iter().filter(|(name, _)| name == setting.name);
            let told = told.map(|(_, value)| Cow::Borrowed(value.as_str()));
            let value = given.chain(told).find(|value| !value.is_empty());
            match value.or(setting.default.map(Cow::Borrowed)) {
                Some(value) => list.push((setting.name.to_owned(), value.into_owned())),
                None if setting.required => return Err(missing(service, operation, setting)),
                None => {}
            }
        }
        Ok(Self { list })
    }

    /// The value of a setting.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.list.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Names and values.
    #[must_use]
    pub fn into_list(self) -> Vec<(String, String)> {
        self.list
    }

    /// The URL that the service documents for these settings.
    ///
    /// # Errors
    /// [`Error::Config`] where none applies, or a value cannot stand in a URL.
    pub(super) fn endpoint(&self, service: &Service, operation: &Operation) -> Result<String, Error> {
        let name = operation.name;
        let applies = |when: &[(&str, &[crate::service::Want])]| {
            when.iter().all(|(setting, wants)| wants.iter().any(|want| want.accepts(self.get(setting))))
        };
        let mut problem = None;
        let mut value = |hole: &'static str| {
            let value = self.get(hole)?;
            let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
            if !value.chars().all(plain) {
                problem = Some(format!("{name}: the {hole} {value:?} cannot stand in a host name"));
            }
            Some(Cow::Borrowed(value))
        };
        let own = if operation.endpoints.is_empty() { service.endpoints } else { operation.endpoints };
        let mut fitting = own.iter().filter(|endpoint| applies(endpoint.when));
        let url = fitting.find_map(|endpoint| render(endpoint.url, &mut value));
        match (problem, url) {
            (Some(problem), _) => Err(Error::Config(problem)),
            (None, Some(url)) => Ok(url.into_owned()),
            (None, None) => {
                let problem = format!("{name}: no documented endpoint of {} fits the settings", service.name);
                Err(Error::Config(problem))
            }
        }
    }
}

/// Fills a template's holes; `None` where one has no value.
pub(super) fn render<'v>(
    template: Template,
    mut value: impl FnMut(&'static str) -> Option<Cow<'v, str>>,
) -> Option<Cow<'v, str>> {
    if let [piece] = template {
        return match piece {
            Piece::Text(text) => Some(Cow::Borrowed(text)),
            Piece::Hole(name) => value(name),
        };
    }
    let mut out = String::new();
    for piece in template {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Hole(name) => out.push_str(&value(name)?),
        }
    }
    Some(Cow::Owned(out))
}

/// What to say when a setting has no value: all the ways to give one.
pub(super) fn missing(service: &Service, operation: &Operation, setting: &Setting) -> Error {
    let name = setting.name;
    let parameter = operation.parameters.iter().find(|parameter| parameter.from == Some(name));
    let mut ways = Vec::new();
    if matches!(name, "region" | "project") {
        ways.push(format!("--{name}"));
    }
    ways.extend(parameter.map(|parameter| format!("the parameter {}", parameter.name)));
    ways.extend(crate::config::setting_variables(service, name));
    Error::Config(format!("{}: the setting {name} has no value: give {}", operation.name, either(&ways)))
}

/// `a`, `a or b`, `a, b or c`.
fn either(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}
