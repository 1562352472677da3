//! Rows that a call asks for: by their state, kind or age, by ids, zones and names, and by parts of those.

use std::borrow::Cow;

use rdbfetch::Timestamp;
use rdbfetch::projection::Row;
use rdbfetch::service::{Chooser, Convert, Field, Filter, Kind, Projection, TimeFormat};
use rdbfetch::value::{Value, text};

use crate::api::Asked;

/// Whether a row is one of those that a call asks for.
pub(crate) fn wanted(call: &Asked<'_>, projections: &[Projection], row: &Row) -> bool {
    projections.iter().all(|projection| {
        projection.filters.iter().all(|chooser| {
            let given = given(call, chooser);
            given.iter().all(|values| passes(call, projection, chooser, values, row))
        })
    })
}

/// What a call says with a parameter: once, or as often as it is one of the conditions in a list. Of a list of values
/// one has to fit.
fn given(call: &Asked<'_>, chooser: &Chooser) -> Vec<Vec<String>> {
    let Some((_, value)) = call.parameters.iter().find(|(name, _)| *name == chooser.parameter) else {
        return Vec::new();
    };
    let said: Vec<Vec<String>> = match (&chooser.condition, value) {
        (None, value) => vec![texts(value)],
        (Some(of), Value::Array(list)) => {
            let about = |one: &&Value| one.get(of.member).and_then(text).as_deref() == Some(of.about);
            list.iter().filter(about).map(|one| one.get(of.values).map_or_else(Vec::new, texts)).collect()
        }
        (Some(_), _) => Vec::new(),
    };
    said.into_iter().filter(|values| !values.is_empty()).collect()
}

/// What a value says, each element of a list; what is empty says nothing.
pub(crate) fn texts(value: &Value) -> Vec<String> {
    let list: Vec<String> = match value {
        Value::Array(list) => list.iter().filter_map(text).collect(),
        one => text(one).into_iter().collect(),
    };
    list.into_iter().filter(|text| !text.is_empty()).collect()
}

fn passes(
    call: &Asked<'_>,
    projection: &Projection,
    chooser: &Chooser,
    values: &[String],
    row: &Row,
) -> bool {
    let of_words = |field: Field| {
        let words = words(projection, chooser, field, values);
        // Values that are none of the words, such as "all", leave nothing out.
        words.is_empty() || row.text(field).is_some_and(|word| words.contains(&word))
    };
    let one_of = |field: Field| row.text(field).is_some_and(|text| values.iter().any(|value| value == text));
    let moment = || Timestamp::parse(values.first()?, format(call, chooser)?);
    let created = row.time(Field::CreatedAt);
    match chooser.by {
        Filter::State => of_words(Field::State),
        Filter::Kind => of_words(Field::Kind),
        Filter::Since => moment().is_none_or(|since| created.is_some_and(|at| at >= since)),
        Filter::Until => moment().is_none_or(|until| created.is_some_and(|at| at <= until)),
        Filter::Instance => one_of(Field::Instance),
        Filter::Backup => one_of(Field::Backup),
        Filter::Zone => one_of(Field::Zone),
        Filter::Project => one_of(Field::Project),
        Filter::Name => one_of(Field::Name),
        Filter::Search => {
            let fields = [Field::Name, Field::Instance, Field::Backup];
            let texts: Vec<Cow<'_, str>> =
                fields.iter().filter_map(|field| row.text(*field)).map(Cow::from).collect();
            values.iter().any(|value| texts.iter().any(|text| text.contains(value.as_str())))
        }
        _ => true,
    }
}

/// How a parameter writes moments.
fn format(call: &Asked<'_>, chooser: &Chooser) -> Option<TimeFormat> {
    match call.operation.parameter(chooser.parameter)?.kind {
        Kind::Timestamp(format) => Some(format),
        Kind::List(Kind::Timestamp(format)) => Some(*format),
        _ => None,
    }
}

/// Our words for the vendor's that a parameter names.
fn words(projection: &Projection, chooser: &Chooser, field: Field, values: &[String]) -> Vec<&'static str> {
    let own = Some(chooser.words).filter(|words| !words.is_empty());
    let tables = projection.field(field).iter().filter_map(|source| match source.convert {
        Convert::Words(words) => Some(words),
        _ => None,
    });
    let fitting = own
        .into_iter()
        .chain(tables.filter(|_| own.is_none()))
        .flatten()
        .filter(|(_, vendors)| vendors.iter().any(|vendor| values.iter().any(|value| value == vendor)));
    fitting.map(|(ours, _)| *ours).collect()
}
