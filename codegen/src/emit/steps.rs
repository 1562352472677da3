//! In which way each step of a signature is made: where it stands, where it is looked at, or only if no earlier signature
//! made it.

use std::collections::{BTreeMap, BTreeSet};

use super::lasting;
use crate::model::{Expr, Line, On, Variant};
use crate::resolve::filters::{self, Takes};

/// A line of a signing function.
pub enum Made {
    /// A step that is made where it stands.
    Step(String, Expr),
    /// A step that is something else's name: what mentions it says that instead.
    Name(String, Expr),
    /// A step that lasts.
    Kept(Kept),
    Place {
        header: bool,
        name: String,
        value: Expr,
        optional: bool,
    },
}

/// A step that lasts, and is worth keeping.
pub struct Kept {
    pub name: String,
    pub value: Expr,
    /// Steps that nothing else mentions, made along with it.
    pub within: Vec<(String, Expr)>,
    /// What all of it is made from.
    pub inputs: Vec<Expr>,
    /// Whether it is only ever a key of HMAC-SHA256.
    pub is_key: bool,
}

/// The lines of a variant.
pub fn made(variant: &Variant) -> Vec<Made> {
    let (lines, names) = named(variant);
    let lasting = lasting::steps(&lines);
    let users: Vec<Vec<usize>> = lines.iter().map(|line| users(line, &lines)).collect();
    // Those behind a step decide about it.
    let mut whole: Vec<Option<usize>> = vec![None; lines.len()];
    for at in (0..lines.len()).rev() {
        let Line::Step { name, value } = &lines[at] else { continue };
        if !lasting.contains(name.as_str()) || names.contains_key(name) {
            continue;
        }
        let of: BTreeSet<Option<usize>> = users[at].iter().map(|user| whole[*user]).collect();
        whole[at] = match (of.len(), of.first()) {
            (1, Some(Some(one))) => Some(*one),
            _ => Some(at).filter(|_| lasting::is_worth_keeping(value)),
        };
    }
    let line = |(at, line): (usize, &Line)| match line {
        Line::Place { header, name, value, optional } => {
            let (header, optional) = (*header, *optional);
            Some(Made::Place { header, name: name.clone(), value: value.clone(), optional })
        }
        Line::Step { name, value } => match whole[at] {
            _ if names.contains_key(name) => Some(Made::Name(name.clone(), value.clone())),
            None => Some(Made::Step(name.clone(), value.clone())),
            Some(one) if one == at => Some(Made::Kept(kept(at, &lines, &whole, &users[at]))),
            Some(_) => None,
        },
    };
    lines.iter().enumerate().filter_map(line).collect()
}

fn kept(at: usize, lines: &[Line], whole: &[Option<usize>], users: &[usize]) -> Kept {
    let steps: Vec<(&String, &Expr)> = (0..=at)
        .filter(|other| whole[*other] == Some(at))
        .filter_map(|other| match &lines[other] {
            Line::Step { name, value } => Some((name, value)),
            Line::Place { .. } => None,
        })
        .collect();
    let mut inputs = Vec::new();
    steps.iter().for_each(|(_, value)| lasting::inputs(value, &mut inputs));
    let within = |input: &Expr| matches!(input, Expr::Step(name) if steps.iter().any(|step| step.0 == name));
    let inputs = inputs.into_iter().filter(|input| !within(input)).cloned().collect();
    let own = |(name, value): (&String, &Expr)| (name.clone(), value.clone());
    let mut steps: Vec<(String, Expr)> = steps.iter().copied().map(own).collect();
    let (name, value) = steps.pop().unwrap_or_else(|| (String::new(), Expr::Template(Vec::new())));
    let is_key = users.iter().all(|user| is_key(&name, value_of(&lines[*user])));
    Kept { name, value, within: steps, inputs, is_key }
}

/// Whether a step is mentioned as the key of HMAC-SHA256 and as nothing else.
fn is_key(step: &str, value: &Expr) -> bool {
    let is_step = |value: &Expr| matches!(value, Expr::Step(name) if name == step);
    match value {
        Expr::Filter { of, name: "hmac_sha256", on: On::All, arguments, .. } if is_step(of) => {
            arguments.iter().all(|one| is_key(step, one))
        }
        Expr::Filter { of, arguments, .. } => {
            is_key(step, of) && arguments.iter().all(|one| is_key(step, one))
        }
        Expr::Template(parts) => parts.iter().all(|part| is_key(step, part)),
        other => !is_step(other),
    }
}

fn value_of(line: &Line) -> &Expr {
    let (Line::Step { value, .. } | Line::Place { value, .. }) = line;
    value
}

/// The lines that mention a step.
fn users(line: &Line, lines: &[Line]) -> Vec<usize> {
    let Line::Step { name, .. } = line else { return Vec::new() };
    let mentions = |other: &Line| mentions(name, value_of(other)) > 0;
    (0..lines.len()).filter(|at| mentions(&lines[*at])).collect()
}

/// How often a value mentions a step.
fn mentions(step: &str, value: &Expr) -> usize {
    match value {
        Expr::Step(name) => usize::from(name == step),
        Expr::Filter { of, arguments, .. } => {
            mentions(step, of) + arguments.iter().map(|one| mentions(step, one)).sum::<usize>()
        }
        Expr::Template(parts) => parts.iter().map(|part| mentions(step, part)).sum(),
        Expr::Input(_) | Expr::Setting(_) | Expr::Literal(_) | Expr::Later(_) | Expr::Time { .. } => 0,
    }
}

/// The lines with what steps are a name of in place of the names, and those names.
fn named(variant: &Variant) -> (Vec<Line>, BTreeMap<String, Expr>) {
    let mut names = BTreeMap::new();
    let mut lines: Vec<Line> = Vec::new();
    for (at, line) in variant.lines.iter().enumerate() {
        let line = match line {
            Line::Step { name, value } => Line::Step { name: name.clone(), value: said(value, &names) },
            Line::Place { header, name, value, optional } => Line::Place {
                header: *header,
                name: name.clone(),
                value: said(value, &names),
                optional: *optional,
            },
        };
        if let Line::Step { name, value } = &line
            && is_name(name, value, &variant.lines[at + 1..])
        {
            names.insert(name.clone(), value.clone());
        }
        lines.push(line);
    }
    (lines, names)
}

/// Whether a step can be said in full where it is mentioned, by the lines behind it.
fn is_name(step: &str, value: &Expr, behind: &[Line]) -> bool {
    let uses: Vec<usize> = behind.iter().map(|line| mentions(step, value_of(line))).collect();
    let last = uses.iter().rposition(|uses| *uses > 0).unwrap_or(0);
    // What is placed in between changes the request, and those that mention the step must see it as it was.
    let as_it_was = behind[..last].iter().all(|line| matches!(line, Line::Step { .. }));
    match value {
        Expr::Literal(_) | Expr::Setting(_) => true,
        Expr::Input(name) if ["body", "raw_query"].contains(&name.as_str()) => as_it_was,
        Expr::Input(name) if super::auth::BYTES.contains(&name.as_str()) => true,
        value => as_it_was && uses.iter().sum::<usize>() == 1 && is_pairs(value),
    }
}

/// Whether a value is pairs.
fn is_pairs(value: &Expr) -> bool {
    match value {
        Expr::Input(name) => ["headers", "params", "query"].contains(&name.as_str()),
        Expr::Filter { of, name, on, .. } => {
            let takes = filters::find(name).map(|filter| filter.takes);
            let stays = matches!(takes, Some(Takes::Texts | Takes::Several | Takes::Pairs));
            (*on != On::All || stays) && is_pairs(of)
        }
        _ => false,
    }
}

/// A value in full.
fn said(value: &Expr, names: &BTreeMap<String, Expr>) -> Expr {
    match value {
        Expr::Step(name) => names.get(name).unwrap_or(value).clone(),
        Expr::Filter { of, name, on, arguments, spot } => Expr::Filter {
            of: Box::new(said(of, names)),
            name,
            on: *on,
            arguments: arguments.iter().map(|one| said(one, names)).collect(),
            spot: spot.clone(),
        },
        Expr::Template(parts) => Expr::Template(parts.iter().map(|part| said(part, names)).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Spot;

    fn step(name: &str, value: Expr) -> Line {
        Line::Step { name: name.to_owned(), value }
    }

    fn place(header: bool, value: Expr) -> Line {
        Line::Place { header, name: "X".to_owned(), value, optional: false }
    }

    fn input(name: &str) -> Expr {
        Expr::Input(name.to_owned())
    }

    fn the(step: &str) -> Expr {
        Expr::Step(step.to_owned())
    }

    fn through(of: Expr, name: &'static str, arguments: Vec<Expr>) -> Expr {
        let spot = Spot { pipeline: "".into(), call: 0..0, arguments: Vec::new() };
        Expr::Filter { of: Box::new(of), name, on: On::All, arguments, spot }
    }

    fn digest(of: Expr) -> Expr {
        through(of, "sha256", Vec::new())
    }

    fn mac(key: Expr, message: Expr) -> Expr {
        through(key, "hmac_sha256", vec![message])
    }

    /// What becomes of lines, in words.
    fn told(lines: Vec<Line>) -> Vec<String> {
        let function = "sign".to_owned();
        let (placements, secret_steps) = (Vec::new(), Vec::new());
        let tell = |line: &Made| match line {
            Made::Step(name, _) => name.clone(),
            Made::Name(name, _) => format!("{name} in place"),
            Made::Kept(Kept { name, within, inputs, is_key, .. }) => {
                let within: Vec<&str> = within.iter().map(|(name, _)| name.as_str()).collect();
                let key = if *is_key { " as a key" } else { "" };
                format!("{name} kept{key} with [{}], made from {}", within.join(" "), inputs.len())
            }
            Made::Place { .. } => "placed".to_owned(),
        };
        let variant = Variant { name: String::new(), function, lines, placements, secret_steps };
        made(&variant).iter().map(tell).collect()
    }

    #[test]
    fn a_name_is_said_in_place_only_where_the_request_is_as_it_was() {
        let payload = || step("payload", input("body"));
        let text = || step("text", digest(the("payload")));
        assert_eq!(told(vec![payload(), text(), place(false, the("text"))])[0], "payload in place");
        assert_eq!(told(vec![payload(), place(false, input("access_key")), text()])[0], "payload");
        // Of one line that places something, the value is made before.
        assert_eq!(told(vec![payload(), place(true, digest(the("payload")))])[0], "payload in place");
        let fields = || step("fields", through(input("headers"), "lower", Vec::new()));
        let joined = || through(the("fields"), "join", vec![Expr::Literal(":".to_owned())]);
        assert_eq!(told(vec![fields(), step("a", joined())]), ["fields in place", "a"]);
        assert_eq!(told(vec![fields(), step("a", joined()), step("b", joined())])[0], "fields");
        assert_eq!(told(vec![fields(), place(true, input("uuid")), step("a", joined())])[0], "fields");
        // No placement changes these.
        let path = vec![step("p", input("path")), place(true, input("uuid")), step("a", digest(the("p")))];
        assert_eq!(told(path)[0], "p in place");
    }

    #[test]
    fn steps_that_only_a_kept_one_needs_are_made_with_it() {
        let seed = || step("seed", Expr::Template(vec![Expr::Literal("K".to_owned()), input("secret")]));
        let region = || Expr::Setting("region".to_owned());
        let key = || step("key", mac(mac(the("seed"), region()), region()));
        let signature = || step("signature", mac(the("key"), input("body")));
        assert_eq!(
            told(vec![seed(), key(), signature()]),
            ["key kept as a key with [seed], made from 2", "signature"]
        );
        let next = step("next", mac(the("key"), Expr::Literal("x".to_owned())));
        assert_eq!(
            told(vec![seed(), key(), next, step("signature", mac(the("next"), input("body")))]),
            ["next kept as a key with [seed key], made from 2", "signature"]
        );
        assert_eq!(
            told(vec![seed(), key(), signature(), place(true, the("seed"))]),
            ["seed", "key kept as a key with [], made from 2", "signature", "placed"]
        );
        assert_eq!(
            told(vec![seed(), key(), signature(), place(true, digest(the("key")))])[0],
            "key kept with [seed], made from 2"
        );
    }
}
