//! The headers that a signature covers.

use std::borrow::Cow;
use std::cell::Ref;

use smallvec::SmallVec;

use super::signer::Signer;
use super::value::{List, Out, Pairs, Text};
use super::{Auth, Draft};
use crate::service::like_lower;

/// A header that the signature covers, where it stands in the request.
#[derive(Clone, Copy)]
pub struct Header<'h> {
    name: &'h [u8],
    first: &'h str,
    /// Others, from the next one with this name on.
    rest: &'h [(String, String)],
}

/// Where a header stands.
#[derive(Clone, Copy)]
pub(super) struct Found {
    /// The first one; `None` for the request's host.
    first: Option<usize>,
    /// The next one, or how many headers there are.
    again: usize,
}

/// The headers that a signature covers, once they have been looked for.
#[derive(Default)]
pub(super) enum Covered {
    /// Not looked for yet, or not since another one was placed.
    #[default]
    Unknown,
    /// Those of the service's names that were sent.
    Names(SmallVec<[(&'static str, Found); 4]>),
    /// Names that fit the service's patterns.
    Fitting(List),
}

impl<'h> Header<'h> {
    fn at(draft: &'h Draft, name: &'h [u8], found: Found) -> Self {
        let first = found.first.map_or(&draft.host, |at| &draft.headers[at].1);
        Self { name, first, rest: &draft.headers[found.again..] }
    }

    /// The name in lower case.
    #[must_use]
    pub fn name(&self) -> &'h [u8] {
        self.name
    }

    /// The value without outer blanks; where the header was sent more than once, all of them with commas between.
    #[must_use]
    pub fn value(&self) -> Cow<'h, [u8]> {
        let mut value = Cow::Borrowed(self.first.trim().as_bytes());
        for (key, again) in self.rest {
            if is(key, self.name) {
                let all = value.to_mut();
                all.push(b',');
                all.extend_from_slice(again.trim().as_bytes());
            }
        }
        value
    }
}

/// Whether a header's name is this one, in any case. Most differ in their first letters.
fn is(key: &str, name: &[u8]) -> bool {
    key.len() == name.len() && key.bytes().zip(name).all(|(one, other)| one.eq_ignore_ascii_case(other))
}

/// Where the headers with this name are.
fn find(draft: &Draft, name: &[u8]) -> Option<Found> {
    let mut at = (0..draft.headers.len()).filter(|at| is(&draft.headers[*at].0, name));
    let first = if name == b"host" { None } else { Some(at.next()?) };
    Some(Found { first, again: at.next().unwrap_or(draft.headers.len()) })
}

impl Signer<'_> {
    /// Writes each header that the signature covers, in the order of their names, with `between` between them.
    pub fn each_header(&self, out: &mut Out, between: &str, each: impl Fn(&mut Out, Header<'_>)) {
        let mut first = true;
        self.covered_headers(|header| {
            if !std::mem::take(&mut first) {
                out.add(between);
            }
            each(out, header);
        });
    }

    /// The names of the headers that the signature covers, lower case, sorted.
    #[must_use]
    pub fn signed_headers(&self) -> List {
        if let Some(names) = &self.inputs.signed_headers {
            return names.iter().map(|name| Text::from(name.as_str())).collect();
        }
        match &*self.covered() {
            Covered::Names(names) => names.iter().map(|(name, _)| Text::from(*name)).collect(),
            Covered::Fitting(names) => names.clone(),
            Covered::Unknown => List::default(),
        }
    }

    /// The headers that the signature covers: names in lower case, values without outer blanks, repeats joined.
    #[must_use]
    pub fn headers(&self) -> Pairs {
        let mut pairs = Pairs::default();
        self.covered_headers(|header| pairs.push(header.name(), &*header.value()));
        pairs
    }

    fn covered_headers(&self, mut each: impl FnMut(Header<'_>)) {
        if self.inputs.signed_headers.is_none()
            && let Covered::Names(names) = &*self.covered()
        {
            names.iter().for_each(|(name, found)| each(Header::at(self.draft, name.as_bytes(), *found)));
            return;
        }
        for name in self.signed_headers().iter() {
            // What the request says may not be among its headers: then it has no value.
            let none = Header { name, first: "", rest: &[] };
            each(find(self.draft, name).map_or(none, |found| Header::at(self.draft, name, found)));
        }
    }

    fn covered(&self) -> Ref<'_, Covered> {
        let known = !matches!(*self.covered.borrow(), Covered::Unknown);
        if !known {
            self.covered.replace(self.cover());
        }
        self.covered.borrow()
    }

    /// The headers that the service's rule covers.
    fn cover(&self) -> Covered {
        let Auth { sign_headers, skip_headers, sorted_names, .. } = self.auth;
        if *sorted_names {
            let found = |name: &&'static str| find(self.draft, name.as_bytes()).map(|found| (*name, found));
            return Covered::Names(sign_headers.iter().filter_map(found).collect());
        }
        let fits = |name: &str, patterns: &[&str]| {
            patterns.iter().any(|one| like_lower(one.as_bytes(), name.as_bytes()))
        };
        let names = self.draft.headers.iter().map(|(name, _)| name.as_str()).chain(["host"]);
        let names = names.filter(|name| fits(name, sign_headers) && !fits(name, skip_headers));
        Covered::Fitting(names.map(|name| Text::from(name).lower()).collect::<List>().sort().dedup())
    }
}
