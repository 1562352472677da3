//! Which steps of a signature last: they depend on nothing but secret, settings and the day, so that a client need not
//! make them for every request.

use std::collections::BTreeSet;

use crate::model::{Expr, Line};
use crate::resolve::filters::{self, Takes};

/// The names of the steps that last.
pub fn steps(lines: &[Line]) -> BTreeSet<&str> {
    let mut lasting = BTreeSet::new();
    // Each step stands behind those that it needs.
    for line in lines {
        if let Line::Step { name, value } = line
            && lasts(value, &lasting)
        {
            lasting.insert(name.as_str());
        }
    }
    lasting
}

fn lasts(value: &Expr, steps: &BTreeSet<&str>) -> bool {
    match value {
        Expr::Input(name) => matches!(name.as_str(), "access_key" | "secret" | "variant"),
        Expr::Setting(_) | Expr::Literal(_) => true,
        Expr::Step(name) => steps.contains(name.as_str()),
        Expr::Later(_) => false,
        Expr::Time { format, .. } => is_of_a_day(format),
        Expr::Filter { of, arguments, .. } => {
            lasts(of, steps) && arguments.iter().all(|one| lasts(one, steps))
        }
        Expr::Template(parts) => parts.iter().all(|part| lasts(part, steps)),
    }
}

/// Whether a format shows the day and nothing finer.
fn is_of_a_day(format: &str) -> bool {
    let mut rest = format.chars();
    while let Some(letter) = rest.next() {
        if letter == '%' && !matches!(rest.next(), Some('Y' | 'm' | 'd' | 'e' | 'a' | 'b' | 'z')) {
            return false;
        }
    }
    // An empty format is one with everything.
    !format.is_empty()
}

/// Whether making a value costs more than finding it: there is a digest in it.
pub fn is_worth_keeping(value: &Expr) -> bool {
    match value {
        Expr::Filter { of, name, arguments, .. } => {
            let digest = filters::find(name).is_some_and(|filter| filter.takes == Takes::Digest);
            digest || is_worth_keeping(of) || arguments.iter().any(is_worth_keeping)
        }
        Expr::Template(parts) => parts.iter().any(is_worth_keeping),
        _ => false,
    }
}

/// What a value is made from, with what is found already, each thing once.
pub fn inputs<'e>(value: &'e Expr, found: &mut Vec<&'e Expr>) {
    match value {
        Expr::Literal(_) | Expr::Later(_) => {}
        Expr::Filter { of, arguments, .. } => {
            inputs(of, found);
            arguments.iter().for_each(|one| inputs(one, found));
        }
        Expr::Template(parts) => parts.iter().for_each(|part| inputs(part, found)),
        Expr::Input(_) | Expr::Setting(_) | Expr::Step(_) | Expr::Time { .. } => {
            if !found.iter().any(|other| same(other, value)) {
                found.push(value);
            }
        }
    }
}

fn same(one: &Expr, other: &Expr) -> bool {
    match (one, other) {
        (Expr::Input(one), Expr::Input(other))
        | (Expr::Setting(one), Expr::Setting(other))
        | (Expr::Step(one), Expr::Step(other)) => one == other,
        (
            Expr::Time { format, offset, later },
            Expr::Time { format: other_format, offset: other_offset, later: other_later },
        ) => format == other_format && offset == other_offset && later == other_later,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_show_nothing_finer() {
        for day in ["%Y%m%d", "%Y-%m-%d", "%a, %d %b %Y", "%Y%m%d%z", "day"] {
            assert!(is_of_a_day(day), "{day}");
        }
        for moment in ["", "%s", "%Y%m%dT%H%M%SZ", "%Y%m%d%L", "%Y%m%d%H", "%", "%%", "%f", "%:z"] {
            assert!(!is_of_a_day(moment), "{moment}");
        }
    }
}
