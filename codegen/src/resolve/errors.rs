//! Error codes, and whether every situation has one.

use std::collections::{BTreeMap, BTreeSet};

use super::scope::{File, at};
use crate::diagnostics::suggest;
use crate::mend::Names;
use crate::model::{Auth, ErrorCode, Operation, Piece, Projection, Root, Template, Variant, Verb};
use crate::names::{camel, nameable};
use crate::notation::split_template;
use crate::spec::{ErrorSpec, MessageSpec, OneOrMany, Ordered, WhenWord};

/// What a message can say besides the steps of the signature.
const MESSAGE_HOLES: [&str; 3] = ["reason", "parameter", "access_key"];

/// Resolves error codes.
pub fn errors(file: &File<'_>, specs: &Ordered<ErrorSpec>, auth: &Auth) -> Vec<ErrorCode> {
    let mut out: Vec<ErrorCode> = Vec::new();
    let mut answered: BTreeMap<&'static str, &str> = BTreeMap::new();
    for (code, spec) in specs.iter() {
        let path = ["errors", code];
        let when: Vec<WhenWord> = spec.when.as_ref().map_or(&[][..], OneOrMany::list).to_vec();
        for word in &when {
            if let Some(other) = answered.insert(word.variant(), code) {
                let message = match other == code {
                    true => format!("`{}` stands here twice", word.word()),
                    false => format!("`{}` is answered by `{other}` already", word.word()),
                };
                file.wrong_part(&at(&path, &["when"]), &word.word(), message, None);
            }
        }
        if !when.is_empty() && code.contains('*') {
            let message = "a family of codes is not a code that can be answered";
            let help = "give `when` to an exact code beside the family".to_owned();
            file.wrong_key(&at(&path, &["when"]), message, Some(help));
        }
        check_status(file, &at(&path, &["status"]), spec.status);
        let variant = (!code.contains('*')).then(|| variant(code, spec.name.as_deref()));
        let help = Some("give it another `name`".to_owned());
        let named = spec.name.as_deref().unwrap_or(code);
        if variant.is_some() && !nameable(named) {
            file.wrong_key(&path, format!("no Rust name can be made of `{named}`"), help);
        } else if let Some(other) = out.iter().find(|other| variant.is_some() && other.variant == variant) {
            let name = variant.as_deref().unwrap_or_default();
            let message = format!("`{code}` and `{}` both become `{name}` in Rust", other.code);
            file.wrong_key(&path, message, help);
        }
        out.push(ErrorCode {
            code: code.to_owned(),
            variant,
            name: spec.name.clone(),
            class: spec.class,
            retry: spec.retry,
            status: spec.status,
            messages: messages(file, &at(&path, &["message"]), spec.message.as_ref(), &when, auth),
            when,
            assumed: spec.assumed,
            doc: spec.doc.trim().to_owned(),
        });
    }
    out
}

/// What the emulator says with an error, by situation where that makes a difference.
fn messages(
    file: &File<'_>,
    path: &[&str],
    spec: Option<&MessageSpec>,
    when: &[WhenWord],
    auth: &Auth,
) -> Vec<(Option<WhenWord>, Template)> {
    let by = match spec {
        None => return Vec::new(),
        Some(MessageSpec::Always(text)) => {
            return message(file, path, text, auth).map(|message| (None, message)).into_iter().collect();
        }
        Some(MessageSpec::By(by)) => by,
    };
    let mut out = Vec::new();
    for (situation, text) in by.iter() {
        let path = at(path, &[situation]);
        let words: Vec<String> = when.iter().map(|word| word.word()).collect();
        let message = message(file, &path, text, auth);
        match when.iter().find(|word| word.word() == situation) {
            Some(word) => out.extend(message.map(|message| (Some(*word), message))),
            None => {
                let text = format!("`{situation}` is not among the situations in `when`");
                file.wrong_key(&path, text, suggest(situation, words.iter().map(String::as_str)));
            }
        }
    }
    out
}

/// A message, checked.
fn message(file: &File<'_>, path: &[&str], text: &str, auth: &Auth) -> Option<Template> {
    let pieces = file.accept(path, split_template(text))?;
    let steps: BTreeSet<&str> = auth.variants.iter().flat_map(Variant::steps).collect();
    let is_secret = |name: &str| {
        let mut secret = auth.variants.iter().flat_map(|variant| &variant.secret_steps);
        name == "signature" || secret.any(|secret| secret == name)
    };
    let public = || steps.iter().copied().filter(|name| !is_secret(name)).chain(MESSAGE_HOLES);
    for piece in &pieces {
        match piece {
            Piece::Hole(name) if steps.contains(name.as_str()) && is_secret(name) => {
                let help = Some("a message can show steps that the secret does not go into".to_owned());
                file.wrong_part(path, name, format!("`{name}` is secret"), help);
            }
            // Of a signature that could not be read no step is known.
            Piece::Hole(name) if !file.lacks(Names::Auth) && !public().any(|known| known == name) => {
                let message =
                    format!("a message cannot say `{name}`, which is no public step of the signature");
                file.wrong_part(path, name, message, suggest(name, public()));
            }
            _ => {}
        }
    }
    Some(pieces)
}

/// The variant of an error enum.
fn variant(code: &str, name: Option<&str>) -> String {
    let variant = match name {
        Some(name) => camel(name),
        None if code.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
            format!("Code{}", camel(code).trim_start_matches('N'))
        }
        None => camel(code),
    };
    // Every error enum has these.
    if ["Other", "Failed"].contains(&variant.as_str()) { format!("{variant}_") } else { variant }
}

/// An HTTP status has three digits.
pub fn check_status(file: &File<'_>, path: &[&str], status: Option<u16>) {
    if let Some(status) = status.filter(|status| !(100..=599).contains(status)) {
        file.wrong(path, format!("`{status}` is no HTTP status: those are 100 to 599"));
    }
}

/// What can happen to every service has an error.
pub fn check_service(file: &File<'_>, errors: &[ErrorCode], signed: bool, clocked: bool) {
    use WhenWord::{BadSignature, ExpiredClock, NoOperation, UnknownKey};
    let happening =
        [(UnknownKey, true), (BadSignature, signed), (ExpiredClock, clocked), (NoOperation, true)];
    let words = happening.iter().filter(|(word, happens)| *happens && !answers(errors, *word));
    unanswered(file, &["errors"], &words.map(|(word, _)| *word).collect::<Vec<_>>());
}

/// What can happen to an operation has an error, its own or the service's.
pub fn check_operation(
    file: &File<'_>,
    service_file: &File<'_>,
    service: &[ErrorCode],
    operation: &Operation,
) {
    use WhenWord::{BadValue, Missing, NoBackup, NoInstance};
    let demands = operation.parameters.iter().any(|field| field.required && field.from.is_none())
        || operation.rules.iter().any(|rule| matches!(rule.verb, Verb::Required(_)));
    // What a request does not name cannot be missed.
    let names = |projections: &[Projection], field: &str| {
        let sources = projections.iter().flat_map(|one| &one.fields).filter(|(known, _)| *known == field);
        sources.flat_map(|(_, sources)| sources).any(|source| matches!(source.place.root, Root::Request(_)))
    };
    let links = |field: &str| names(&operation.links, field);
    let (instance, backups) = (links("Instance"), names(&operation.backups, "Instance"));
    let (mut shared, mut own, mut own_key) = (Vec::new(), Vec::new(), "errors");
    for (word, happens, key) in [
        (Missing, demands, "errors"),
        (BadValue, !operation.parameters.is_empty(), "errors"),
        (NoInstance, instance, "links"),
        (NoBackup, links("Backup"), "links"),
        (NoInstance, backups && !instance, "backups"),
        (NoInstance, names(&operation.creates, "Instance") && !instance && !backups, "creates"),
    ] {
        if !happens || answers(&operation.errors, word) {
            continue;
        }
        let by_service = service.iter().find(|error| error.when.contains(&word));
        let hidden = by_service.filter(|error| operation.errors.iter().any(|own| own.code == error.code));
        match (by_service, hidden) {
            (_, Some(error)) => {
                let message = format!(
                    "this hides the service's error `{}`, and with it the situation `{}`",
                    error.code,
                    word.word()
                );
                let help = Some("repeat its `when`, or leave the error out".to_owned());
                file.wrong_key(&["errors", &error.code], message, help);
            }
            (Some(_), None) => {}
            (None, None) if key == "errors" => shared.push(word),
            (None, None) => {
                own.push(word);
                own_key = key;
            }
        }
    }
    unanswered(service_file, &["errors"], &shared);
    unanswered(file, &[own_key], &own);
}

fn answers(errors: &[ErrorCode], word: WhenWord) -> bool {
    errors.iter().any(|error| error.when.contains(&word))
}

fn unanswered(file: &File<'_>, path: &[&str], words: &[WhenWord]) {
    if words.is_empty() || file.lacks(Names::Situations) {
        return;
    }
    let words: Vec<String> = words.iter().map(|word| word.word()).collect();
    let (when, situations) = match words.as_slice() {
        [one] => (one.clone(), format!("the situation `{one}`")),
        several => {
            (format!("[{}]", several.join(", ")), format!("the situations `{}`", several.join("`, `")))
        }
    };
    let help = format!("say `when: {when}` at the errors that the vendor answers then");
    file.wrong_key(path, format!("no error is answered in {situations}"), Some(help));
}
