//! Places: what they reach.

use super::objects::KnownObjects;
use super::scope::File;
use crate::diagnostics::suggest;
use crate::mend::Names;
use crate::model::{Field, JsonKind, Place, Root, Step, Type};
use crate::notation::parse_place;

/// What places of an operation can reach.
#[derive(Clone)]
pub struct Reach<'a> {
    /// The envelope's fields with their places' keys.
    pub envelope: &'a [(Place, Field)],
    /// Keys of the operation's own fields.
    pub within: &'a [String],
    /// The operation's own fields.
    pub fields: &'a [Field],
    /// Types of the operation, then of the service.
    pub objects: KnownObjects<'a>,
    /// Parameters.
    pub parameters: &'a [Field],
}

/// What is wrong with a place, and what to do about it.
pub type Problem = (String, Option<String>);

impl Reach<'_> {
    /// Follows a body place from the root and gives it back with maps told from lists, and the field at its end.
    ///
    /// # Errors
    /// With what is wrong, or with nothing where the place leads through a field that is broken itself.
    pub fn follow(&self, place: &Place) -> Result<(Place, Field, Type), Option<Problem>> {
        let own = place.steps.len() > self.within.len()
            && self
                .within
                .iter()
                .zip(&place.steps)
                .all(|(key, step)| matches!(step, Step::Key(name) if name == key));
        let inner = &place.steps[if own { self.within.len() } else { 0 }..];
        if own
            && let Some(Step::Key(first)) = inner.first()
            && let Some(field) = self.fields.iter().find(|field| field.name == *first)
        {
            let mut steps: Vec<Step> = place.steps[..=self.within.len()].to_vec();
            let (field, kind) = self.descend(field.clone(), &inner[1..], &mut steps)?;
            return Ok((Place { root: Root::Body, steps }, field, kind));
        }
        let above = self
            .envelope
            .iter()
            .filter(|(known, _)| place.steps.starts_with(&known.steps))
            .max_by_key(|(known, _)| known.steps.len());
        if let Some((known, field)) = above {
            let mut steps = known.steps.clone();
            let (field, kind) = self.descend(field.clone(), &place.steps[known.steps.len()..], &mut steps)?;
            return Ok((Place { root: Root::Body, steps }, field, kind));
        }
        let missing = inner.iter().find_map(|step| match step {
            Step::Key(name) => Some(name.as_str()),
            _ => None,
        });
        let name = missing.unwrap_or_default();
        let envelope = self.envelope.iter().map(|(_, field)| field.name.as_str());
        let known = self.fields.iter().map(|field| field.name.as_str()).chain(envelope);
        Err(Some((format!("the answer has no field `{name}`"), suggest(name, known))))
    }

    fn descend(
        &self,
        field: Field,
        rest: &[Step],
        steps: &mut Vec<Step>,
    ) -> Result<(Field, Type), Option<Problem>> {
        let mut field = field;
        let mut kind = field.kind.clone();
        for step in rest {
            match (step, &kind) {
                (Step::Each | Step::EachKey, Type::List(inner)) => {
                    steps.push(Step::Each);
                    kind = (**inner).clone();
                }
                (Step::Each | Step::EachKey, Type::Map(inner)) => {
                    steps.push(Step::EachKey);
                    kind = (**inner).clone();
                }
                (_, Type::Named(object)) => {
                    // A type that does not exist was noted where the field is declared.
                    let object = self.objects.find(object).ok_or(None)?;
                    let Step::Key(name) = step else { return Err(Some(no_list(&field, &kind))) };
                    let Some(member) = object.fields.iter().find(|member| member.name == *name) else {
                        let message = format!("`{}` has no field `{name}`", object.name);
                        let known = object.fields.iter().map(|member| member.name.as_str());
                        return Err(Some((message, suggest(name, known))));
                    };
                    field = member.clone();
                    kind = field.kind.clone();
                    steps.push(step.clone());
                }
                (Step::Key(_), Type::Any) => steps.push(step.clone()),
                (Step::Key(name), Type::List(_) | Type::Map(_)) => {
                    let message =
                        format!("`{}` is a `{}`: `{name}` is in its elements", field.name, field.kind_text);
                    return Err(Some((message, Some(format!("write `{}[].{name}`", field.name)))));
                }
                (Step::Key(name), _) => {
                    let message =
                        format!("`{}` is a `{}` and has no field `{name}`", field.name, field.kind_text);
                    return Err(Some((message, None)));
                }
                (Step::Each | Step::EachKey, _) => return Err(Some(no_list(&field, &kind))),
            }
        }
        if *kind.leaf() == Type::UNKNOWN { Err(None) } else { Ok((field, kind)) }
    }

    /// Resolves a place of the operation: body places start at `within`.
    pub fn resolve(
        &self,
        file: &File<'_>,
        path: &[&str],
        text: &str,
    ) -> Option<(Place, Option<(Field, Type)>)> {
        let place = file.accept(path, parse_place(text))?;
        match &place.root {
            Root::Body => {
                let mut steps: Vec<Step> = self.within.iter().cloned().map(Step::Key).collect();
                steps.extend(place.steps.clone());
                match self.follow(&Place { root: Root::Body, steps }) {
                    Ok((place, field, kind)) => Some((place, Some((field, kind)))),
                    Err(problem) => {
                        if let Some((message, help)) = problem.filter(|_| !file.lacks(Names::Fields)) {
                            let parameter = self.parameters.iter().any(|field| field.name == text);
                            let asked = parameter.then(|| format!("the parameter is `$request.{text}`"));
                            file.wrong_help(path, message, asked.or(help));
                        }
                        None
                    }
                }
            }
            Root::Request(name) => match self.parameters.iter().find(|field| field.name == *name) {
                // A parameter that is broken itself says nothing.
                Some(field) if *field.kind.leaf() == Type::UNKNOWN => None,
                Some(field) => match self.descend(field.clone(), &place.steps, &mut Vec::new()) {
                    Ok(end) => Some((place.clone(), Some(end))),
                    Err(problem) => {
                        if let Some((message, help)) = problem {
                            file.wrong_help(path, message, help);
                        }
                        None
                    }
                },
                None => {
                    let known = self.parameters.iter().map(|field| field.name.as_str());
                    file.unknown(path, "parameter", name, known);
                    None
                }
            },
            Root::Key | Root::Header(_) => Some((place, None)),
            Root::Status => {
                file.wrong(path, format!("`{text}` belongs to `success`, `error` and `request_id`"));
                None
            }
            Root::Url => {
                let help = "its form is `expires: {$url.NAME: \"{at | time('%s')}\"}`".to_owned();
                file.wrong_help(path, format!("`{text}` belongs to `expires`, as a key"), Some(help));
                None
            }
        }
    }
}

fn no_list(field: &Field, kind: &Type) -> Problem {
    let whose = if *kind == field.kind { "" } else { "an element of " };
    let message =
        format!("{whose}`{}` is a `{}`, which `[]` cannot step into", field.name, shown(field, kind));
    (message, Some("leave the `[]` out".to_owned()))
}

/// The type at the end of a place: the field's as written, or what is left of it.
pub fn shown(field: &Field, kind: &Type) -> String {
    match kind {
        kind if *kind == field.kind => field.kind_text.clone(),
        Type::List(inner) => format!("{}[]", shown(field, inner)),
        Type::Map(inner) => format!("map<{}>", shown(field, inner)),
        Type::Named(name) => name.clone(),
        other => format!("{other:?}").to_lowercase(),
    }
}

/// How a field of an answer is written in JSON.
pub fn json_kind(field: &Field, kind: &Type) -> JsonKind {
    if field.quoted { JsonKind::String } else { plain_kind(field, kind) }
}

/// How a value of a field is written in JSON where nothing puts it in quotes, as parameters have it.
pub fn plain_kind(field: &Field, kind: &Type) -> JsonKind {
    match kind.leaf() {
        Type::Int64 => JsonKind::Integer,
        Type::Double => JsonKind::Number,
        Type::Bool => JsonKind::Bool,
        Type::Timestamp if field.time.format.starts_with("%s") => JsonKind::Integer,
        _ => JsonKind::String,
    }
}
