//! From parameters to a request in parts.

use std::borrow::Cow;

use serde_json::Value;

use super::base::Bases;
use super::coerce;
use super::flatten::{Members, flatten};
use super::settings::{Settings, missing, render};
use super::validate::formable;
use crate::check::{Check, Strictness, ViolationKind};
use crate::encoding::percent_encode;
use crate::error::Error;
use crate::service::{Form, In, JsonKind, Operation, Parameter, Service};
use crate::sign::{Body, Draft, Pairs};
use crate::value::{self, Parameters};

/// A request in parts, and where it goes.
#[derive(Clone, Debug)]
pub struct Built {
    /// The request before it is signed.
    pub draft: Draft,
    /// `http` or `https`.
    pub scheme: String,
    /// The settings that the request is made with, by name: what its signature may use.
    pub settings: Vec<(String, String)>,
}

impl Built {
    /// The URL, to be sent byte for byte. The signature can add to it, so ask last.
    #[must_use]
    pub fn url(&self) -> String {
        let query = self.draft.query_as_sent();
        let query = String::from_utf8_lossy(&query);
        let mark = if query.is_empty() { "" } else { "?" };
        [&*self.scheme, "://", &*self.draft.host, &*self.draft.path, mark, &*query].concat()
    }
}

/// The form of a call that has this HTTP method: `None` is its usual one.
///
/// # Errors
/// [`Error::Config`] where the call has no such form.
pub fn form(operation: &'static Operation, method: &str) -> Result<Option<&'static Form>, Error> {
    if operation.method.eq_ignore_ascii_case(method) {
        return Ok(None);
    }
    let form = operation.also.iter().find(|form| form.method.eq_ignore_ascii_case(method));
    form.map(Some).ok_or_else(|| {
        let others = operation.also.iter().map(|form| form.method);
        let methods: Vec<&str> = [operation.method].into_iter().chain(others).collect();
        let known = methods.join(" or ");
        Error::Config(format!("{} is called with {known}, not with {method}", operation.name))
    })
}

/// Forms a request.
///
/// `settings` are those that the client was told, `endpoint` replaces the documented one, and `form` is one of the
/// operation's other forms. Of the checks, those run that are needed to form the request.
///
/// # Errors
/// [`Error::Config`] where a setting is missing or the endpoint is not one, [`Error::Invalid`] where a required
/// parameter is missing or a value cannot travel where it must.
pub fn build(
    service: &'static Service,
    operation: &'static Operation,
    settings: &[(String, String)],
    endpoint: Option<&str>,
    form: Option<&'static Form>,
    parameters: &Parameters,
) -> Result<Built, Error> {
    build_at(&Bases::default(), service, operation, settings, endpoint, form, parameters)
}

/// The same with what is known of endpoints.
pub(crate) fn build_at(
    bases: &Bases,
    service: &'static Service,
    operation: &'static Operation,
    settings: &[(String, String)],
    endpoint: Option<&str>,
    form: Option<&'static Form>,
    parameters: &Parameters,
) -> Result<Built, Error> {
    formable(operation, parameters)?;
    let settings = Settings::resolve(service, operation, settings, parameters)?;
    let values = values(service, operation, &settings, parameters)?;
    let call = Call { operation, form, settings: &settings, values };
    let base = bases.of(service, operation, &settings, endpoint)?;
    let mut draft = call.draft()?;
    draft.host = base.host;
    draft.path = base.path + &call.path()?;
    Ok(Built { draft, scheme: base.scheme, settings: settings.into_list() })
}

/// The values that are sent, in spec order: the caller's, else those of the settings.
fn values<'v>(
    service: &Service,
    operation: &Operation,
    settings: &Settings,
    parameters: &'v Parameters,
) -> Result<Vec<(&'static Parameter, Cow<'v, Value>)>, Error> {
    let mut values = Vec::with_capacity(operation.parameters.len());
    for parameter in operation.parameters {
        let given = parameters.iter().find(|(name, value)| *name == parameter.name && !value.is_null());
        if let Some((_, value)) = given {
            values.push((parameter, Cow::Borrowed(value)));
            continue;
        }
        let Some(setting) = parameter.from else { continue };
        match settings.get(setting) {
            Some(text) => {
                let value = coerce(&parameter.kind, text).map_err(|why| {
                    Error::Config(format!("{}: the setting {setting} {why}", operation.name))
                })?;
                values.push((parameter, Cow::Owned(value)));
            }
            None if parameter.required => {
                let setting = service.setting(setting);
                return Err(setting.map_or_else(
                    || Error::Config(format!("{}: {} has no value", operation.name, parameter.name)),
                    |setting| missing(service, operation, setting),
                ));
            }
            None => {}
        }
    }
    Ok(values)
}

/// A call whose values are known.
struct Call<'a> {
    operation: &'static Operation,
    form: Option<&'static Form>,
    settings: &'a Settings,
    values: Vec<(&'static Parameter, Cow<'a, Value>)>,
}

impl<'a> Call<'a> {
    /// Where parameters go unless they say otherwise.
    fn place(&self) -> In {
        self.form.map_or(self.operation.place, |form| form.place)
    }

    /// What a hole of a template stands for.
    fn hole(&self, name: &str) -> Option<Cow<'_, str>> {
        let value = self.values.iter().find(|(parameter, _)| parameter.name == name);
        let value = value.and_then(|(_, value)| value::shown(&**value));
        value.or_else(|| self.settings.get(name).map(Cow::Borrowed)).or_else(|| match name {
            "operation" => Some(Cow::Borrowed(self.operation.name)),
            "version" => self.operation.version.map(Cow::Borrowed),
            _ => None,
        })
    }

    /// The path of the operation, every value one segment.
    fn path(&self) -> Result<Cow<'_, str>, Error> {
        let mut check = Check::new(self.operation.name, Strictness::Form);
        let path = render(self.operation.path, |name| {
            let value = self.hole(name);
            match &value {
                Some(value) => check.path_segment(name, value),
                None => check.add(name, ViolationKind::Missing, "is required: it is a segment of the path"),
            }
            value.map(|value| Cow::Owned(percent_encode(value.as_bytes(), b"")))
        });
        check.finish()?;
        Ok(path.unwrap_or_default())
    }

    /// Everything but host and path.
    fn draft(&self) -> Result<Draft, Error> {
        let mut draft = Draft {
            method: self.form.map_or(self.operation.method, |form| form.method).to_owned(),
            // Signatures add a few.
            headers: Vec::with_capacity(self.operation.constants.len() + 6),
            ..Draft::default()
        };
        let mut form = Pairs::default();
        let mut headers = Pairs::default();
        let mut json = Members::default();
        for (place, name, text, kind) in self.constants() {
            match place {
                In::Query => draft.query.push(name, &*text),
                In::Form => form.push(name, &*text),
                In::Header => draft.headers.push((name.to_owned(), text.into_owned())),
                In::Json => json.constant(name, kind, &text),
                In::Path => {}
            }
        }
        for (parameter, value) in &self.values {
            let (kind, wire) = (&parameter.kind, parameter.wire);
            let lists = parameter.traits.lists.unwrap_or(self.operation.lists);
            match parameter.place.unwrap_or(self.place()) {
                In::Query => flatten(kind, value, wire, lists, &mut draft.query),
                In::Form => flatten(kind, value, wire, lists, &mut form),
                In::Header => flatten(kind, value, wire, lists, &mut headers),
                In::Json => json.parameter(parameter, value),
                In::Path => {}
            }
        }
        let body = if self.place() == In::Form || !form.is_empty() {
            draft.body = Body::Form(form);
            Some(In::Form)
        } else if self.place() == In::Json || !json.is_empty() {
            draft.body = Body::Bytes(json.to_bytes());
            Some(In::Json)
        } else {
            None
        };
        for (name, value) in headers {
            draft.headers.push((name.to_string_lossy(), value.to_string_lossy()));
        }
        if let Some(content_type) = self.content_type(body) {
            draft.headers.push(("Content-Type".to_owned(), content_type.to_owned()));
        }
        self.check_headers(&draft)?;
        Ok(draft)
    }

    /// The constants that have a value. Those in the operation's usual place follow it to the form's.
    fn constants(&self) -> impl Iterator<Item = (In, &'static str, Cow<'_, str>, JsonKind)> {
        self.operation.constants.iter().filter_map(|constant| {
            let value = render(constant.value, |name| self.hole(name))?;
            let usual = constant.place == self.operation.place;
            let place = if usual { self.place() } else { constant.place };
            Some((place, constant.name, value, constant.kind))
        })
    }

    /// The content type: the documented one, else the body's own.
    fn content_type(&self, body: Option<In>) -> Option<&'static str> {
        let usual = self.place() == self.operation.place;
        let of_form = self.form.and_then(|form| form.content_type);
        let documented = of_form.or(self.operation.content_type.filter(|_| usual));
        documented.or(match body {
            Some(In::Form) => Some("application/x-www-form-urlencoded"),
            Some(In::Json) => Some("application/json"),
            _ => None,
        })
    }

    /// Nothing that a header cannot hold gets into one.
    fn check_headers(&self, draft: &Draft) -> Result<(), Error> {
        let mut check = Check::new(self.operation.name, Strictness::Form);
        for (name, value) in &draft.headers {
            if !fits_header(value) {
                check.add(name, ViolationKind::Value, HEADER_PROBLEM);
            }
        }
        Ok(check.finish()?)
    }
}

/// What to say of a value that does not fit into a header.
pub(super) const HEADER_PROBLEM: &str = "cannot travel in a header: only printable ASCII can";

/// Whether a value can travel in a header unchanged.
pub(crate) fn fits_header(value: &str) -> bool {
    value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) && value.trim() == value
}
