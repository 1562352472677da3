//! Reads a list to its end.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use super::Reply;
use crate::error::Error;
use crate::place::{Place, Step};
use crate::projection::Context;
use crate::request;
use crate::service::{Operation, PageBy, Paging};
use crate::value::{self, Parameters};

/// More pages than this are not asked for.
const MOST_PAGES: usize = 10_000;
/// How many times rows are read again because the list became shorter. A count that falls more often is no count of all
/// rows.
const MOST_RETURNS: u32 = 3;

/// Where a list that comes in pages has got to.
pub(super) struct Pages {
    operation: &'static Operation,
    paging: &'static Paging,
    /// The parameters of every page.
    base: Parameters,
    /// How many rows a full page has, as far as known.
    size: Option<usize>,
    /// The offset or number of the first page.
    start: i64,
    /// How many pages were read.
    pages: usize,
    /// How many rows come before the next page.
    rows: usize,
    /// How many rows come before each of the pages that have numbers.
    begins: Vec<usize>,
    /// How many rows there are, as the last answer counted.
    total: Option<usize>,
    /// How many more times rows are read again.
    returns: u32,
    /// Digests of the pages, or of the tokens, that were there already.
    seen: HashSet<u64>,
}

impl Pages {
    /// A list that is asked for with these parameters; they can name the page to begin with.
    pub(super) fn new(operation: &'static Operation, paging: &'static Paging, base: Parameters) -> Self {
        let number = |name: &str| {
            let given = base.iter().find(|(other, _)| *other == name);
            given.and_then(|(_, value)| value::text(value)?.parse::<i64>().ok())
        };
        let start = match paging.by {
            PageBy::Offset(name) => number(name).unwrap_or(0),
            PageBy::Page(name, first) => number(name).unwrap_or(first),
            PageBy::Token(..) | PageBy::Link(..) => 0,
        };
        let default = |name: &str| operation.parameter(name)?.default?.parse::<i64>().ok();
        let size = paging.limit.and_then(|name| number(name).or_else(|| default(name)));
        let size = size.and_then(|size| usize::try_from(size).ok());
        Self {
            operation,
            paging,
            base,
            size,
            start,
            pages: 0,
            rows: 0,
            begins: Vec::new(),
            total: None,
            returns: MOST_RETURNS,
            seen: HashSet::new(),
        }
    }

    /// The parameters of the first page.
    pub(super) fn first(&self) -> Parameters {
        match self.paging.by {
            PageBy::Offset(name) | PageBy::Page(name, _) => self.with_number(name, self.start),
            PageBy::Token(..) | PageBy::Link(..) => self.base.clone(),
        }
    }

    /// The parameters of the page after the one that was just read; `None` at the end.
    pub(super) fn next(&mut self, reply: &Reply, context: &Context<'_>) -> Result<Option<Parameters>, Error> {
        let page = context.value(&list(&self.paging.items));
        let total = self.paging.total.as_ref().and_then(|place| context.text(place));
        let total: Option<usize> = total.and_then(|total| total.trim().parse().ok());
        if page.is_none() && self.paging.total.is_some() && total.is_none() {
            return Err(reply.error("the answer holds neither a list nor its length"));
        }
        let length = page.map_or(0, length);
        let begin = self.rows;
        self.pages += 1;
        self.rows += length;
        let more =
            self.paging.more.as_ref().and_then(|(place, _)| context.text(place)).map(|text| says_yes(&text));
        if more == Some(false) {
            return Ok(None);
        }
        let next = match &self.paging.by {
            PageBy::Token(name, place) | PageBy::Link(name, place) => {
                let told = last(context, place).filter(|text| !text.is_empty());
                let link = matches!(self.paging.by, PageBy::Link(..));
                let wire = || self.operation.parameter(name).map_or(*name, |parameter| parameter.wire);
                let token = match told {
                    Some(told) if link => in_link(&told, wire()).map_err(|why| reply.error(why))?,
                    told => told.map(Cow::into_owned),
                };
                let Some(token) = token else {
                    return match more {
                        Some(true) => {
                            Err(reply.error("the list does not continue: more is to follow, but not how"))
                        }
                        _ => Ok(None),
                    };
                };
                // The last row has an id whether or not more follow.
                let marker = place.steps.iter().any(|step| !matches!(step, Step::Key(_)));
                if marker && more.is_none() && total.is_some_and(|total| self.rows >= total) {
                    return Ok(None);
                }
                if !self.seen.insert(digest(&token)) {
                    return Err(
                        reply.error("the list does not end: the answer names a page that was read already")
                    );
                }
                self.with_text(name, &token)
            }
            PageBy::Offset(name) => {
                if let Some(missing) = self.shrunk(total) {
                    self.rows = begin.saturating_sub(missing);
                } else if self.ended(reply, page, length, total, self.start, more)? {
                    return Ok(None);
                } else if length == 0 {
                    return Err(reply.error("the list does not continue: more is to follow, but no row came"));
                }
                let offset = i64::try_from(self.rows).unwrap_or(i64::MAX);
                self.with_number(name, self.start.saturating_add(offset))
            }
            PageBy::Page(name, first) => {
                self.begins.push(begin);
                // Rows before the page to begin with, if its number is not the first and all pages are full.
                let before = self.start.saturating_sub(*first).saturating_mul(self.size.unwrap_or(0) as i64);
                if let Some(missing) = self.shrunk(total) {
                    let back = missing.div_ceil(self.size.unwrap_or(missing).max(1));
                    let index = self.begins.len().saturating_sub(back + 1);
                    self.rows = self.begins.get(index).copied().unwrap_or_default();
                    self.begins.truncate(index);
                } else if self.ended(reply, page, length, total, before, more)? {
                    return Ok(None);
                }
                let number = i64::try_from(self.begins.len()).unwrap_or(i64::MAX);
                self.with_number(name, self.start.saturating_add(number))
            }
        };
        if self.pages >= MOST_PAGES {
            return Err(reply.error(format!("the list does not end: {MOST_PAGES} pages were read")));
        }
        Ok(Some(next))
    }

    /// How many rows fewer there are than the answer before counted. What came behind them moved up, and some of it out of
    /// sight, so that as many rows have to be read again.
    fn shrunk(&mut self, total: Option<usize>) -> Option<usize> {
        let before = std::mem::replace(&mut self.total, total);
        let missing = before?.checked_sub(total?).filter(|missing| *missing > 0)?;
        self.returns = self.returns.checked_sub(1)?;
        self.seen.clear();
        Some(missing)
    }

    /// Whether no page follows: this one is empty, all rows are there, or, where nobody counts them, it is short.
    fn ended(
        &mut self,
        reply: &Reply,
        page: Option<&Value>,
        length: usize,
        total: Option<usize>,
        before: i64,
        more: Option<bool>,
    ) -> Result<bool, Error> {
        if length == 0 {
            return Ok(more != Some(true));
        }
        let read = self.rows.saturating_add(usize::try_from(before).unwrap_or(0));
        // A count of fewer rows than there were is none.
        let total = total.filter(|total| read <= *total);
        let counted = match (more, total) {
            (Some(_), _) => false,
            // A service may give fewer rows to a page than it was asked for, so a short page proves nothing.
            (None, Some(total)) => read == total,
            (None, None) => self.size.is_some_and(|size| length < size),
        };
        if counted {
            return Ok(true);
        }
        let new = self.seen.insert(digest(&page.map(Value::to_string)));
        let of = match total {
            _ if new => return Ok(false),
            None if more.is_none() => return Ok(true),
            Some(total) => format!("{read} of {total} rows"),
            None => format!("{read} rows"),
        };
        let page = self.pages;
        Err(reply
            .error(format!("the list does not continue: page {page} repeats an earlier one, after {of}")))
    }

    fn with_number(&self, name: &'static str, number: i64) -> Parameters {
        self.with_text(name, &number.to_string())
    }

    /// The parameters with this one, in the type that it is declared with.
    fn with_text(&self, name: &'static str, text: &str) -> Parameters {
        let kind = self.operation.parameter(name).map(|parameter| &parameter.kind);
        let value = kind.and_then(|kind| request::coerce(kind, text).ok());
        self.with(name, value.unwrap_or_else(|| Value::from(text)))
    }

    fn with(&self, name: &'static str, value: Value) -> Parameters {
        let mut parameters = self.base.clone();
        parameters.retain(|(other, _)| *other != name);
        parameters.push((name, value));
        parameters
    }
}

/// The place of a list itself, where the spec names its elements.
pub(super) fn list(items: &Place) -> Place {
    let end = items.steps.iter().rposition(|step| matches!(step, Step::Key(_))).map_or(0, |last| last + 1);
    Place { root: items.root, steps: &items.steps[..end] }
}

/// How many rows a list has. One that is no array is its one row.
fn length(list: &Value) -> usize {
    match list {
        Value::Array(list) => list.len(),
        Value::Null => 0,
        Value::String(text) if text.is_empty() => 0,
        _ => 1,
    }
}

/// What stands at a place as text; of a list, in its last element.
fn last<'a>(context: &Context<'a>, place: &Place) -> Option<Cow<'a, str>> {
    let Some(each) = place.steps.iter().position(|step| !matches!(step, Step::Key(_))) else {
        return context.text(place);
    };
    let (list, rest) = (&place.steps[..each], &place.steps[each + 1..]);
    let mut row = match context.value(&Place { root: place.root, steps: list })? {
        Value::Array(list) => list.last()?,
        one => one,
    };
    for step in rest {
        let Step::Key(key) = step else { return None };
        row = row.get(key)?;
    }
    value::text(row).map(Cow::Owned)
}

/// Whether a flag says yes.
fn says_yes(text: &str) -> bool {
    !["", "0", "false", "no"].contains(&text.trim().to_ascii_lowercase().as_str())
}

/// The value of a parameter in the link to the next page, or in the `next` one of a Link header; `None` where that has
/// no next one.
fn in_link(text: &str, name: &str) -> Result<Option<String>, String> {
    let link = if text.trim_start().starts_with('<') {
        let next = text.split('<').find_map(|part| {
            let (link, rest) = part.split_once('>')?;
            let rest = rest.split(',').next()?;
            let is_next =
                |one: &str| one.trim().eq_ignore_ascii_case("rel=\"next\"") || one.trim() == "rel=next";
            rest.split(';').any(is_next).then_some(link)
        });
        match next {
            Some(link) => link,
            None => return Ok(None),
        }
    } else {
        text
    };
    let query = link.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    let token = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
    match token {
        Some((_, token)) => Ok(Some(token.into_owned())),
        None => Err(format!("the link to the next page does not hold {name}")),
    }
}

fn digest(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
