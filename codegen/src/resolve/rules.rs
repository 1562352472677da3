//! Rules across parameters, and how a list continues.

use super::envelope::wants;
use super::places::Reach;
use super::scope::{File, at};
use crate::mend::Names;
use crate::model::{Field, JsonKind, PageBy, Paging, Place, Root, Rule, Step, Type, Verb, Want};
use crate::notation::parse_place;
use crate::spec::{OneOrMany, OperationSpec, PagingSpec, RuleSpec, Wanted};

/// Resolves the rules.
pub fn rules(file: &File<'_>, spec: &OperationSpec, parameters: &[Field]) -> Vec<Rule> {
    let mut out = Vec::new();
    for (index, rule) in spec.rules.iter().enumerate() {
        let number = index.to_string();
        let path = ["rules", number.as_str()];
        check_names(file, &path, rule, parameters);
        let when = rule.condition.iter().map(|(name, wanted)| (name.to_owned(), wants(wanted))).collect();
        let verb = match (&rule.required, &rule.forbidden, rule.not_equal.as_deref()) {
            (Some(names), None, None) if !names.list().is_empty() => Verb::Required(names.list().to_vec()),
            (None, Some(name), None) => Verb::Forbidden(name.clone()),
            (None, None, Some([a, b])) => Verb::NotEqual(a.clone(), b.clone()),
            _ => {
                let message = "a rule has one of `required: [A, …]`, `forbidden: A`, `not_equal: [A, B]`";
                file.wrong(&path, message);
                continue;
            }
        };
        check_sense(file, &path, &verb, parameters);
        let text = rule_text(rule, &verb);
        let rule = Rule { when, verb, text };
        check_others(file, &path, &rule, &out);
        out.push(rule);
    }
    out
}

/// Rules name parameters, and want values that those can have.
fn check_names(file: &File<'_>, path: &[&str], rule: &RuleSpec, parameters: &[Field]) {
    let known = || parameters.iter().map(|field| field.name.as_str());
    let blocks = [
        ("required", rule.required.as_ref().map_or(&[][..], OneOrMany::list)),
        ("forbidden", rule.forbidden.as_slice()),
        ("not_equal", rule.not_equal.as_deref().unwrap_or_default()),
    ];
    for (key, names) in blocks {
        for name in names.iter().filter(|name| !known().any(|known| known == *name)) {
            file.unknown(&at(path, &[key]), "parameter", name, known());
        }
    }
    for (name, wanted) in rule.condition.iter() {
        let path = at(path, &["if", name]);
        let Some(field) = parameters.iter().find(|field| field.name == name) else {
            file.unknown_key(&path, "parameter", known());
            continue;
        };
        for want in wants(wanted) {
            let Want::Like(text) = want else { continue };
            if field.kind == Type::Int64 && text != "*" && text.parse::<i64>().is_err() {
                let message = format!("`{name}` is an `int64`, which `{text}` is not");
                file.wrong(&path, message);
                continue;
            }
            let values = || field.values.iter().map(|value| value.value.as_str());
            if !field.values.is_empty() && !text.contains('*') && !values().any(|value| value == text) {
                file.no_value(&path, name, &text, values());
            }
        }
    }
}

/// A rule says something that is not so anyway, and that can be kept.
fn check_sense(file: &File<'_>, path: &[&str], verb: &Verb, parameters: &[Field]) {
    let required = |name: &String| parameters.iter().any(|field| field.name == *name && field.required);
    match verb {
        Verb::Required(names) => {
            for name in names.iter().filter(|name| required(name)) {
                let message = format!("`{name}` is always required, so this rule says nothing");
                let help = "leave the rule out, or `required: true` at the parameter".to_owned();
                file.wrong_part(&at(path, &["required"]), name, message, Some(help));
            }
        }
        Verb::Forbidden(name) if required(name) => {
            let message = format!("`{name}` is always required, so it cannot be forbidden");
            let help = "leave the rule out, or `required: true` at the parameter".to_owned();
            file.wrong_help(&at(path, &["forbidden"]), message, Some(help));
        }
        Verb::NotEqual(a, b) if a == b => {
            file.wrong(&at(path, &["not_equal"]), format!("`{a}` cannot differ from itself"));
        }
        Verb::Forbidden(_) | Verb::NotEqual(..) => {}
    }
}

/// A rule neither repeats nor contradicts one before it.
fn check_others(file: &File<'_>, path: &[&str], rule: &Rule, others: &[Rule]) {
    for (index, other) in others.iter().enumerate().filter(|(_, other)| other.when == rule.when) {
        let number = index + 1;
        match (&rule.verb, &other.verb) {
            (a, b) if a == b => {
                file.wrong(path, format!("this says the same as rule {number}"));
            }
            (Verb::Forbidden(name), Verb::Required(names))
            | (Verb::Required(names), Verb::Forbidden(name))
                if *names == [name.clone()] =>
            {
                file.wrong(
                    path,
                    format!("this contradicts rule {number}: `{name}` is required and forbidden"),
                );
            }
            _ => {}
        }
    }
}

/// The rule in words.
fn rule_text(rule: &RuleSpec, verb: &Verb) -> String {
    if let Some(doc) = &rule.doc {
        return doc.trim().to_owned();
    }
    let demand = match verb {
        Verb::Required(names) => format!("{} is required", names.join(" or ")),
        Verb::Forbidden(name) => format!("{name} must not be given"),
        Verb::NotEqual(a, b) => format!("{a} must differ from {b}"),
    };
    let conditions: Vec<String> = rule
        .condition
        .iter()
        .map(|(name, wanted)| match wanted {
            Wanted::Null => format!("{name} is not given"),
            Wanted::AnyOf(texts) if texts.len() == 1 && texts[0] == "*" => format!("{name} is given"),
            Wanted::AnyOf(texts) => format!("{name} is {}", texts.join(" or ")),
        })
        .collect();
    if conditions.is_empty() { demand } else { format!("{demand} when {}", conditions.join(" and ")) }
}

/// Resolves how a list continues.
pub fn paging(file: &File<'_>, spec: &PagingSpec, reach: &Reach<'_>) -> Option<Paging> {
    let parameter = |key: &str, name: &Option<String>| {
        let name = name.as_ref()?;
        let path = ["paging", key];
        match reach.parameters.iter().find(|field| field.name == *name) {
            None => {
                let known = reach.parameters.iter().map(|field| field.name.as_str());
                file.unknown(&path, "parameter", name, known);
            }
            Some(field) => {
                let fits = match (&field.kind, key) {
                    (Type::Int64, _) | (Type::String, "token") => true,
                    (kind, _) => *kind == Type::UNKNOWN,
                };
                if !fits {
                    let wanted = if key == "token" { "`string` or `int64`" } else { "`int64`" };
                    let message =
                        format!("`{name}` is a `{}`, and `{key}` needs an {wanted}", field.kind_text);
                    file.wrong(&path, message.replace("an `string`", "a `string`"));
                }
            }
        }
        Some(name.clone())
    };
    let limit = parameter("limit", &spec.limit);
    let total = spec.total.as_ref().and_then(|total| place(file, "total", total, reach));
    if let Some((_, kind)) =
        total.as_ref().filter(|(_, kind)| !matches!(kind, Type::Int64 | Type::String | Type::Any))
    {
        let kind = if matches!(kind, Type::List(_) | Type::Map(_)) { "no number" } else { "no whole number" };
        let text = spec.total.as_deref().unwrap_or_default();
        file.wrong(&["paging", "total"], format!("`{text}` is {kind}, and `total` counts rows"));
    }
    let items = place(file, "items", &spec.items, reach);
    if let Some((_, kind)) = items.as_ref().filter(|(_, kind)| !matches!(kind, Type::List(_) | Type::Any)) {
        let kind = if matches!(kind, Type::Map(_)) { "a map" } else { "no list" };
        let list = spec.items.strip_suffix("[]").map(|list| format!("the list itself is `{list}`"));
        let message = format!("`{}` is {kind}, and a page is a list", spec.items);
        file.wrong_help(&["paging", "items"], message, list);
    }
    let more = spec.more.as_ref().and_then(|more| place(file, "more", more, reach));
    for (key, present, with, by) in [
        ("first", spec.first.is_some(), "page", spec.page.is_some()),
        ("next", spec.next.is_some(), "token", spec.token.is_some()),
        ("next_link", spec.next_link.is_some(), "token", spec.token.is_some()),
    ] {
        if present && !by {
            file.wrong_key(&["paging", key], format!("`{key}` goes with `{with}`"), None);
        }
    }
    let by = match (
        parameter("offset", &spec.offset),
        parameter("page", &spec.page),
        parameter("token", &spec.token),
    ) {
        (Some(offset), None, None) => PageBy::Offset(offset),
        (None, Some(page), None) => PageBy::Page(page, spec.first.unwrap_or(1)),
        (None, None, Some(token)) => match (&spec.next, &spec.next_link) {
            (Some(next), None) => PageBy::Token(token, place(file, "next", next, reach)?.0),
            (None, Some(link)) => PageBy::Link(token, place(file, "next_link", link, reach)?.0),
            (None, None) => {
                let message = "`token` needs `next`, where the answer keeps the next token";
                let help = "or `next_link`, where it keeps a link whose query holds the token".to_owned();
                file.wrong_key(&["paging", "token"], message, Some(help));
                return None;
            }
            (Some(_), Some(_)) => {
                file.wrong_key(&["paging", "next_link"], "`next_link` goes without `next`", None);
                return None;
            }
        },
        _ => {
            file.wrong_key(&["paging"], "`paging` goes by one of `offset`, `page`, `token`", None);
            return None;
        }
    };
    let items = items?.0;
    if let PageBy::Token(_, next) | PageBy::Link(_, next) = &by {
        check_next(file, next, &items);
    }
    let kind = |kind: &Type| match kind {
        Type::Int64 => JsonKind::Integer,
        Type::Bool => JsonKind::Bool,
        _ => JsonKind::String,
    };
    let more = more.map(|(place, of)| (place, kind(&of)));
    let total = total.map(|(place, _)| place);
    Some(Paging { by, limit, total, more, items })
}

/// A token that stands in a list stands in the rows, of which the last one's is taken.
fn check_next(file: &File<'_>, next: &Place, items: &Place) {
    let lists = next.steps.iter().filter(|step| !matches!(step, Step::Key(_))).count();
    let in_rows =
        next.steps.strip_prefix(&items.steps[..]).is_some_and(|rest| rest.first() == Some(&Step::Each));
    if lists > 1 || (lists == 1 && !in_rows) {
        let help = "name a field of the rows, or one outside of lists".to_owned();
        file.wrong_help(&["paging", "next"], "this stands in a list that is not `items`", Some(help));
    }
}

/// A place of the answer, below the operation's own fields, or a header.
fn place(file: &File<'_>, key: &str, text: &str, reach: &Reach<'_>) -> Option<(Place, Type)> {
    let path = ["paging", key];
    let place = file.accept(&path, parse_place(text))?;
    if matches!(place.root, Root::Header(_)) && key != "items" {
        return Some((place, Type::String));
    }
    if place.root != Root::Body {
        file.wrong(&path, format!("`{text}` does not stand in the answer's body"));
        return None;
    }
    let mut steps: Vec<Step> = reach.within.iter().cloned().map(Step::Key).collect();
    steps.extend(place.steps);
    match reach.follow(&Place { root: Root::Body, steps }) {
        Ok((place, _, kind)) => Some((place, kind)),
        Err(problem) => {
            if let Some((message, help)) = problem.filter(|_| !file.lacks(Names::Fields)) {
                file.wrong_help(&path, message, help);
            }
            None
        }
    }
}
