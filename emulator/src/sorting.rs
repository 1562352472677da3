//! Rows in the order that a call asks for.

use std::cmp::Ordering;

use rdbfetch::projection::Row;
use rdbfetch::service::{Field, Projection};
use rdbfetch::value::{Value, text};

use crate::api::Asked;

/// Puts rows into the order that a call asks for; where it asks for none they stay as they are, and so do those that do
/// not differ. Rows without the field come last.
pub(crate) fn sort<T>(
    call: &Asked<'_>,
    projections: &[Projection],
    rows: &mut [T],
    row: impl Fn(&T) -> &Row,
) {
    let Some((field, falling)) = order(call, projections) else { return };
    rows.sort_by(|one, other| match (row(one).text(field), row(other).text(field)) {
        (Some(one), Some(other)) => {
            let rising = match (one.parse::<u64>(), other.parse::<u64>()) {
                (Ok(one), Ok(other)) => one.cmp(&other),
                _ => one.cmp(other),
            };
            if falling { rising.reverse() } else { rising }
        }
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    });
}

/// The field to sort by, and whether in falling order.
fn order(call: &Asked<'_>, projections: &[Projection]) -> Option<(Field, bool)> {
    let sort = projections.iter().find_map(|projection| projection.sort.as_ref())?;
    let by = said(call, sort.by)?;
    let (field, _) = sort.fields.iter().find(|(_, word)| *word == by)?;
    let falling = sort.order.and_then(|order| said(call, order)).is_some_and(|order| order == sort.falling);
    Some((*field, falling))
}

/// What a call says with a parameter, or with a member of the first element of one; else the parameter's default.
fn said(call: &Asked<'_>, (parameter, member): (&str, Option<&str>)) -> Option<String> {
    let given = call.parameters.iter().find(|(name, _)| *name == parameter).map(|(_, value)| value);
    let given = match (given, member) {
        (Some(Value::Array(list)), Some(member)) => list.first().and_then(|first| first.get(member)),
        (given, None) => given,
        _ => None,
    };
    let default = || call.operation.parameter(parameter)?.default.map(str::to_owned);
    given.and_then(text).or_else(default)
}
