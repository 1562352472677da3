//! The page of a list that a call asks for.

use std::ops::Range;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use rdbfetch::projection::{Row, put};
use rdbfetch::service::{Field, JsonKind, Kind, PageBy, Paging, Place, Projection, Root, Step, When};
use rdbfetch::value::Value;

use crate::api::{Asked, Said, value_of};
use crate::refusal::Refusal;
use crate::server::Request;

/// Which of some rows a call asks for. What the answer says about the other pages goes into it.
///
/// # Errors
/// Where the call names a page that does not exist.
pub(crate) fn page(
    call: &Asked<'_>,
    projections: &[Projection],
    rows: &[Row],
    said: &mut Said,
) -> Result<Range<usize>, Refusal> {
    let Some(paging) = &call.operation.paging else { return Ok(0..rows.len()) };
    let total = rows.len();
    let size = match paging.limit.map(|name| number(call, name, 1)) {
        Some(size) => size?.unwrap_or(i64::MAX),
        None => i64::MAX,
    };
    let start = match &paging.by {
        PageBy::Offset(name) => number(call, name, 0)?.unwrap_or(0),
        PageBy::Page(name, first) => {
            number(call, name, *first)?.unwrap_or(*first).saturating_sub(*first).saturating_mul(size)
        }
        PageBy::Token(name, next) => token(call, name, marked(next, projections), rows)?,
        PageBy::Link(name, _) => token(call, name, None, rows)?,
    };
    // Behind the last row there is an empty page.
    let within = |number: i64| usize::try_from(number.max(0)).unwrap_or(usize::MAX).min(total);
    let range = within(start)..within(start.saturating_add(size));
    tell(call, paging, projections, &range, total, said);
    Ok(range)
}

/// Writes how many rows there are and how the list continues.
fn tell(
    call: &Asked<'_>,
    paging: &Paging,
    projections: &[Projection],
    range: &Range<usize>,
    total: usize,
    said: &mut Said,
) {
    let goes_on = range.end < total;
    if let Some(place) = &paging.total {
        said.put(place, Value::from(total));
    }
    if let Some((place, kind)) = &paging.more {
        let value = match kind {
            JsonKind::Bool => Value::from(goes_on),
            JsonKind::Integer | JsonKind::Number => Value::from(i64::from(goes_on)),
            JsonKind::String => Value::from(goes_on.to_string()),
        };
        said.put(place, value);
    }
    match &paging.by {
        PageBy::Token(name, place) if marked(place, projections).is_none() => {
            let parameter = call.operation.parameter(name);
            let numeric = parameter.is_some_and(|one| matches!(one.kind, Kind::Int64));
            let next = match (goes_on, numeric) {
                (true, true) => Value::from(range.end),
                (true, false) => Value::from(range.end.to_string()),
                (false, true) => Value::Null,
                (false, false) => Value::from(""),
            };
            said.put(place, next);
        }
        PageBy::Link(name, place) => {
            let wire = call.operation.parameter(name).map_or(*name, |parameter| parameter.wire);
            let link = if goes_on { link(call.request, wire, range.end) } else { String::new() };
            match place.root {
                Root::Header(header) if goes_on && header.eq_ignore_ascii_case("link") => {
                    said.put(place, Value::from(format!("<{link}>; rel=\"next\"")));
                }
                _ => said.put(place, Value::from(link)),
            }
        }
        _ => {}
    }
}

/// The field of a row that is the token of the page after it, where rows are their own tokens.
fn marked(next: &Place, projections: &[Projection]) -> Option<Field> {
    if next.steps.iter().all(|step| matches!(step, Step::Key(_))) {
        return None;
    }
    let fields = projections.iter().flat_map(|projection| projection.fields);
    let bound = fields.filter(|(_, sources)| sources.iter().any(|source| source.place == *next));
    // A token that is no field of ours is none that rows can be found by; the id comes nearest.
    bound.map(|(field, _)| *field).next().or(Some(Field::Backup))
}

/// How many rows come before the page that a token names.
fn token(call: &Asked<'_>, name: &str, marked: Option<Field>, rows: &[Row]) -> Result<i64, Refusal> {
    let Some(text) = value_of(call.parameters, name).filter(|text| !text.is_empty()) else { return Ok(0) };
    let start = match marked {
        Some(field) => rows.iter().position(|row| row.text(field) == Some(&text)).map(|at| at + 1),
        // The first page has no token, what begins behind the last row is no page, and no token is written like +1.
        None if !text.bytes().all(|byte| byte.is_ascii_digit()) => None,
        None => text.parse().ok().filter(|start| (1..rows.len()).contains(start)),
    };
    let start = start.and_then(|start| i64::try_from(start).ok());
    start.ok_or_else(|| Refusal::new(When::BadValue, format!("{name} names no page of this list")))
}

/// A parameter as a number that is `least` or more, or its default.
///
/// # Errors
/// Where the call says something else. A specified default that is no such number counts as none.
fn number(call: &Asked<'_>, name: &str, least: i64) -> Result<Option<i64>, Refusal> {
    let read = |text: &str| text.parse().ok().filter(|number| *number >= least);
    let Some(text) = value_of(call.parameters, name).filter(|text| !text.is_empty()) else {
        return Ok(call.operation.parameter(name).and_then(|parameter| read(parameter.default?)));
    };
    let problem = || Refusal::new(When::BadValue, format!("{name} must be a number from {least} on"));
    read(&text).map(Some).ok_or_else(problem)
}

/// The link of this request, to the page that begins with that row.
fn link(request: &Request, name: &str, start: usize) -> String {
    let is_other = |pair: &&str| {
        let key = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && percent_decode_str(key).decode_utf8_lossy() != name
    };
    let own = format!("{}={start}", utf8_percent_encode(name, NON_ALPHANUMERIC));
    let query: Vec<&str> = request.query.split('&').filter(is_other).chain([own.as_str()]).collect();
    format!("http://{}{}?{}", request.host, request.path, query.join("&"))
}

impl Said {
    /// Writes a value into the body or a header; an empty one into no header.
    fn put(&mut self, place: &Place, value: Value) {
        match (place.root, rdbfetch::value::text(&value)) {
            (Root::Header(_), Some(text)) if text.is_empty() => {}
            (Root::Header(name), Some(text)) => self.headers.push((name, text)),
            _ => put(&mut self.body, place, value),
        }
    }
}
