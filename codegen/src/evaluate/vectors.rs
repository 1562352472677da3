//! Known-answer vectors: whether they are reproduced, and if not, where it begins.

use std::collections::BTreeSet;

use super::{Evaluation, Inputs, Request, evaluate};
use crate::model::{Auth, Expr, Line, Setting, Variant};
use crate::spec::VectorSpec;

/// The first step of a vector that is not what it should be.
pub struct Mismatch {
    /// Its name.
    pub step: String,
    /// Further steps of the vector that differ: they may only follow from the first.
    pub others: Vec<String>,
    /// The line, counted from 0, of the expected value in which it begins.
    pub line: usize,
    /// Whether it is made from no other steps.
    pub alone: bool,
    /// The steps that it is made from and that the vector does not name.
    pub unnamed: Vec<String>,
    /// What was expected, what was computed, and what it was made from.
    pub story: String,
}

/// What a vector is about, ready to be evaluated; `None` where its URL or its clock is broken.
fn subject(vector: &VectorSpec, variant: &Variant, settings: &[Setting]) -> Option<(Request, Inputs)> {
    let input = |name: &str| vector.inputs.get(name).map(|value| value.0.clone());
    let now = match input("now") {
        Some(now) => now.parse::<jiff::Timestamp>().ok()?.as_millisecond(),
        None => 0,
    };
    let value =
        |setting: &Setting| Some((setting.name.clone(), input(&setting.name).or(setting.default.clone())?));
    let inputs = Inputs {
        access_key: input("access_key").unwrap_or_default(),
        secret: input("secret").unwrap_or_default(),
        token: input("token"),
        now_millis: now,
        uuid: input("uuid").unwrap_or_default(),
        random: input("random").unwrap_or_default(),
        settings: settings.iter().filter_map(value).collect(),
        signed_headers: vector.signed_headers.clone(),
        omit: vector.omit.clone(),
    };
    Some((Request::of(vector, variant)?, inputs))
}

/// Compares what a vector says with what the description makes of its inputs. `None` where they agree.
pub fn compare(
    auth: &Auth,
    variant: &Variant,
    vector: &VectorSpec,
    settings: &[Setting],
) -> Option<Mismatch> {
    let (request, inputs) = subject(vector, variant, settings)?;
    let Evaluation { steps, .. } = evaluate(auth, variant, request, &inputs);
    let shown = |name: &str| {
        let found = steps.iter().find(|(step, _)| step == name);
        found.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    };
    // In the order of work, so that the first is where it begins.
    let mut differing = steps.iter().filter_map(|(name, value)| {
        let expected = &vector.steps.get(name)?.0;
        (expected.as_bytes() != value.as_slice()).then_some((name, expected))
    });
    let (step, expected) = differing.next()?;
    let computed = shown(step).unwrap_or_default();
    let (line, column) = parting(expected, &computed);
    let from = match expected.contains('\n') || computed.contains('\n') {
        true => format!("they differ from line {line}, column {column}"),
        false => format!("they differ from column {column}"),
    };
    let mut story = vec![block("expected", expected), block("computed", &computed), from];
    let sources = sources(variant, step);
    for (name, _) in steps.iter().filter(|(name, _)| sources.contains(name.as_str())) {
        let verdict = if vector.steps.get(name).is_some() { ", as expected" } else { "" };
        story.push(block(&format!("made from `{name}`{verdict}"), &shown(name).unwrap_or_default()));
    }
    Some(Mismatch {
        step: step.clone(),
        line: line - 1,
        alone: sources.is_empty(),
        unnamed: steps
            .iter()
            .filter(|(name, _)| sources.contains(name.as_str()) && vector.steps.get(name).is_none())
            .map(|(name, _)| format!("`{name}`"))
            .collect(),
        others: differing.map(|(name, _)| name.clone()).collect(),
        story: story.join("\n"),
    })
}

/// A value under its title, indented.
fn block(title: &str, value: &str) -> String {
    const LONGEST: usize = 2000;
    let mut shown: String = value.chars().take(LONGEST).collect();
    if shown.len() < value.len() {
        shown.push('…');
    }
    if shown.is_empty() {
        return format!("{title}: nothing");
    }
    let lines: String = shown.split('\n').map(|line| format!("\n  {}", visible(line))).collect();
    format!("{title}:{lines}")
}

/// A line without characters that a terminal would act on.
fn visible(line: &str) -> String {
    line.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

/// Line and column, both from 1, from which two texts differ.
fn parting(expected: &str, computed: &str) -> (usize, usize) {
    let same = expected.chars().zip(computed.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a);
    same.fold((1, 1), |(line, column), c| if c == '\n' { (line + 1, 1) } else { (line, column + 1) })
}

/// The steps that a step is made from, directly or not.
fn sources<'v>(variant: &'v Variant, step: &str) -> BTreeSet<&'v str> {
    let mut found = BTreeSet::new();
    let mut open = vec![step.to_owned()];
    while let Some(next) = open.pop() {
        let line = variant.lines.iter().find_map(|line| match line {
            Line::Step { name, value } if *name == next => Some(value),
            _ => None,
        });
        let mut named = Vec::new();
        line.into_iter().for_each(|value| steps_of(value, &mut named));
        for name in named {
            if found.insert(name) {
                open.push(name.to_owned());
            }
        }
    }
    found
}

fn steps_of<'v>(value: &'v Expr, out: &mut Vec<&'v str>) {
    match value {
        Expr::Step(name) => out.push(name),
        Expr::Filter { of, arguments, .. } => {
            steps_of(of, out);
            arguments.iter().for_each(|argument| steps_of(argument, out));
        }
        Expr::Template(parts) => parts.iter().for_each(|part| steps_of(part, out)),
        Expr::Input(_) | Expr::Setting(_) | Expr::Literal(_) | Expr::Time { .. } | Expr::Later(_) => {}
    }
}
