//! From an answer to rows.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use super::{Context, RFC3339, Row, UNKNOWN, depth, expiry, has_links, scalar};
use crate::node::{Json, Shape};
use crate::place::{Convert, Expiry, Field, Place, Projection, Root, Source, Step};
use crate::sensitive::Link;
use crate::time::Timestamp;

/// Which element of a list, or which entry of a map.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Index<'a> {
    At(usize),
    Key(&'a str),
}

/// The usable rows, in the order of the lists.
pub(super) fn rows(projection: &Projection, context: &Context<'_>) -> Vec<Row> {
    let paths = paths(projection, context.body);
    paths.iter().filter_map(|path| Reader { projection, context, path }.row()).collect()
}

/// Where every row stands: the union of the longest index paths that the projection's places find.
fn paths<'a>(projection: &Projection, body: &'a Value) -> BTreeSet<Vec<Index<'a>>> {
    let fields = projection.fields.iter().flat_map(|(_, sources)| *sources);
    let expiries = projection.expires.iter().filter_map(|expiry| match expiry {
        Expiry::Field(source) => Some(source),
        _ => None,
    });
    let places = fields.chain(expiries).map(|source| &source.place).filter(|place| place.root == Root::Body);
    let deepest = places.clone().map(depth).max().unwrap_or(0);
    if deepest == 0 {
        return BTreeSet::from([Vec::new()]);
    }
    let mut seen: Vec<&[Step]> = Vec::new();
    let mut paths = BTreeSet::new();
    for place in places.filter(|place| depth(place) == deepest) {
        let end =
            place.steps.iter().rposition(|step| !matches!(step, Step::Key(_))).map_or(0, |last| last + 1);
        let prefix = &place.steps[..end];
        if !seen.contains(&prefix) {
            seen.push(prefix);
            paths.extend(expand(body, prefix));
        }
    }
    paths
}

/// The index paths that `steps` can take.
fn expand<'a>(body: &'a Value, steps: &[Step]) -> impl Iterator<Item = Vec<Index<'a>>> {
    let mut front: Vec<(Vec<Index<'a>>, &'a Value)> = vec![(Vec::new(), body)];
    for step in steps {
        let mut next = Vec::with_capacity(front.len());
        for (path, value) in front {
            let mut push = |index, value| next.push(([&path[..], &[index]].concat(), value));
            match (step, value) {
                (Step::Key(key), value) => next.extend(value.get(key).map(|value| (path, value))),
                (_, Value::Array(list)) => {
                    list.iter().enumerate().for_each(|(at, value)| push(Index::At(at), value));
                }
                (Step::EachKey, Value::Object(map)) => {
                    map.iter().for_each(|(key, value)| push(Index::Key(key), value));
                }
                (Step::Each, value) if is_something(value) => push(Index::At(0), value),
                _ => {}
            }
        }
        front = next;
    }
    front.into_iter().map(|(path, _)| path)
}

/// Whether a value that stands where a list should is its one element.
fn is_something(value: &impl Json) -> bool {
    !matches!(value.shape(), Shape::Null | Shape::Text(""))
}

/// What stands at the end of `steps`, through the lists and maps by `path`; the first value where that has no more
/// to say. Null is nothing.
pub(crate) fn at<'a, J: Json>(body: &'a J, steps: &[Step], path: &[Index<'_>]) -> Option<&'a J> {
    let mut value = body;
    let mut path = path.iter();
    for step in steps {
        value = match (step, value.list(), value.shape()) {
            (Step::Key(key), ..) => value.member(key)?,
            (_, Some(list), _) => match path.next() {
                None => list.first()?,
                Some(Index::At(at)) => list.get(*at)?,
                Some(Index::Key(_)) => return None,
            },
            (Step::EachKey, _, Shape::Object) => match path.next() {
                None => value.entry(None)?,
                Some(Index::Key(key)) => value.entry(Some(*key))?,
                Some(Index::At(_)) => return None,
            },
            (Step::Each, ..) if is_something(value) => match path.next() {
                None | Some(Index::At(0)) => value,
                Some(_) => return None,
            },
            _ => return None,
        };
    }
    (!matches!(value.shape(), Shape::Null)).then_some(value)
}

/// Reads one row.
struct Reader<'a> {
    projection: &'a Projection,
    context: &'a Context<'a>,
    path: &'a [Index<'a>],
}

impl Reader<'_> {
    fn row(&self) -> Option<Row> {
        let mut row = Row::new();
        for (field, sources) in self.projection.fields {
            if matches!(field, Field::Instance | Field::Backup) && !self.selected(*field, sources) {
                return None;
            }
            let found = sources.iter().find_map(|source| Some((source, self.candidate(*field, source)?)));
            let Some((source, value)) = found else { continue };
            if matches!(field, Field::State | Field::Kind)
                && let Some(word) = self.text(&source.place)
            {
                row.vendors.push((*field, word.into_owned()));
            }
            row.set(*field, value);
        }
        if !self.usable(&row) {
            return None;
        }
        row.expires = self.expires(&row);
        Some(row)
    }

    /// Whether a row has what makes it one.
    fn usable(&self, row: &Row) -> bool {
        let bound = |field: &Field| !self.projection.field(*field).is_empty();
        if has_links(self.projection) {
            return row.text(Field::PublicUrl).or(row.text(Field::InternalUrl)).is_some();
        }
        let ids = [Field::Task, Field::Shard, Field::Backup, Field::Instance, Field::Project, Field::Region];
        let id = ids.into_iter().find(bound);
        id.is_none_or(|id| row.text(id).is_some())
    }

    /// Whether the answer and the request name the same, where both name any.
    fn selected(&self, field: Field, sources: &[Source]) -> bool {
        let first = |asked: bool| {
            let mut here =
                sources.iter().filter(|source| matches!(source.place.root, Root::Request(_)) == asked);
            here.find_map(|source| self.candidate(field, source))
        };
        match (first(true), first(false)) {
            (Some(asked), Some(found)) => asked == found,
            _ => true,
        }
    }

    /// The value of a candidate, where it is usable.
    fn candidate(&self, field: Field, source: &Source) -> Option<String> {
        let text = self.text(&source.place)?;
        match field {
            Field::PublicUrl | Field::InternalUrl => Link::new(&text).map(|link| link.expose().to_owned()),
            _ if text.is_empty() => None,
            Field::Size => {
                let unit = if let Convert::Bytes(unit) = source.convert { unit } else { 1 };
                // A file is never empty: vendors write 0 where they do not know.
                let least = u64::from(has_links(self.projection));
                bytes(&text, unit).filter(|size| *size >= least).map(|size| size.to_string())
            }
            Field::CreatedAt => moment(&source.convert, &text, self.context.now).map(|at| at.to_string()),
            _ => match &source.convert {
                Convert::Words(words) => {
                    let ours = words.iter().find(|(_, vendors)| vendors.contains(&&*text));
                    Some(ours.map_or(UNKNOWN, |(ours, _)| ours).to_owned())
                }
                _ => Some(text.into_owned()),
            },
        }
    }

    /// What stands at a place for this row, as text.
    fn text(&self, place: &Place) -> Option<Cow<'_, str>> {
        match place.root {
            Root::Body => {
                let path = self.path.get(..depth(place))?;
                scalar(at(self.context.body, place.steps, path)?)
            }
            Root::Key => self.path.iter().rev().find_map(|index| match index {
                Index::Key(key) => Some(Cow::Borrowed(*key)),
                Index::At(_) => None,
            }),
            _ => self.context.text(place),
        }
    }

    fn expires(&self, row: &Row) -> Option<Timestamp> {
        let now = self.context.now;
        let links = || [Field::PublicUrl, Field::InternalUrl].into_iter().filter_map(|field| row.link(field));
        self.projection.expires.iter().find_map(|expiry| match expiry {
            Expiry::After(seconds) => after(now, i64::try_from(*seconds).ok()?, 1000),
            Expiry::Field(source) => moment(&source.convert, &self.text(&source.place)?, now),
            Expiry::Url(parameters) => links().filter_map(|link| expiry::read(&link, parameters)).min(),
        })
    }
}

/// A moment in one of the ways to write it.
fn moment(convert: &Convert, text: &str, now: Timestamp) -> Option<Timestamp> {
    match convert {
        Convert::Plain => Timestamp::parse(text, RFC3339),
        Convert::Time(format) => Timestamp::parse(text, *format),
        Convert::Duration(unit) => after(now, text.trim().parse().ok()?, *unit),
        Convert::Bytes(_) | Convert::Words(_) => None,
    }
}

/// A moment that much later, in units of this many milliseconds; `None` for what cannot be a lifetime.
pub(super) fn after(start: Timestamp, count: i64, unit: u64) -> Option<Timestamp> {
    let milliseconds = count.checked_mul(i64::try_from(unit).ok()?).filter(|_| count >= 0)?;
    Timestamp::from_unix_millis(start.unix_millis().checked_add(milliseconds)?)
}

/// A size in units, in bytes; `None` for negative and absurd ones.
fn bytes(text: &str, unit: u64) -> Option<u64> {
    let text = text.trim();
    if let Ok(count) = text.parse::<u64>() {
        return count.checked_mul(unit);
    }
    /// Up to here floats are exact to the byte.
    const MOST: f64 = 9e15;
    let count: f64 = text.parse().ok()?;
    let size = (count * unit as f64).ceil();
    (count >= 0.0 && size <= MOST).then_some(size as u64)
}
