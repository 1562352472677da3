//! Rows that a call asks for by their state, their kind or their age.

use rdbfetch::Timestamp;
use rdbfetch::projection::Row;
use rdbfetch::service::{Convert, Field, Filter, Kind, Projection};
use rdbfetch::value::{Value, first_text, text};

use crate::api::Asked;

/// Whether a row is one of those that a call asks for.
pub(crate) fn wanted(call: &Asked<'_>, projections: &[Projection], row: &Row) -> bool {
    projections.iter().all(|projection| {
        projection.filters.iter().all(|(filter, parameter)| {
            let given = call.parameters.iter().find(|(name, _)| name == parameter);
            given.is_none_or(|(_, value)| passes(call, projection, *filter, parameter, value, row))
        })
    })
}

fn passes(
    call: &Asked<'_>,
    projection: &Projection,
    filter: Filter,
    parameter: &str,
    value: &Value,
    row: &Row,
) -> bool {
    let of_words = |field: Field| {
        let words = words(projection, field, value);
        // A value that is none of the words, such as "all", leaves nothing out.
        words.is_empty() || row.text(field).is_some_and(|word| words.contains(&word))
    };
    let moment = || {
        let format = match call.operation.parameter(parameter)?.kind {
            Kind::Timestamp(format) => format,
            Kind::List(Kind::Timestamp(format)) => *format,
            _ => return None,
        };
        Timestamp::parse(&first_text(value)?, format)
    };
    let created = row.time(Field::CreatedAt);
    match filter {
        Filter::State => of_words(Field::State),
        Filter::Kind => of_words(Field::Kind),
        Filter::Since => moment().is_none_or(|since| created.is_some_and(|at| at >= since)),
        Filter::Until => moment().is_none_or(|until| created.is_some_and(|at| at <= until)),
        _ => true,
    }
}

/// Our words for the vendor's that a parameter names.
fn words(projection: &Projection, field: Field, value: &Value) -> Vec<&'static str> {
    let named: Vec<String> = match value {
        Value::Array(list) => list.iter().filter_map(text).collect(),
        one => text(one).into_iter().collect(),
    };
    let tables = projection.field(field).iter().filter_map(|source| match source.convert {
        Convert::Words(words) => Some(words),
        _ => None,
    });
    let fitting = tables
        .flatten()
        .filter(|(_, vendors)| vendors.iter().any(|vendor| named.iter().any(|name| name == vendor)));
    fitting.map(|(ours, _)| *ours).collect()
}
