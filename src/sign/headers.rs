//! The headers that a signature covers.

use std::borrow::Cow;

use super::signer::Signer;
use super::value::{List, Out, Pairs, Text};
use crate::service::like_lower;

/// A header that the signature covers, where it stands in the request.
#[derive(Clone, Copy)]
pub struct Header<'h> {
    name: &'h [u8],
    first: &'h str,
    /// The headers behind the first one with this name.
    rest: &'h [(String, String)],
}

impl<'h> Header<'h> {
    /// The first header with this name, which is in lower case.
    fn find(signer: &'h Signer<'_>, name: &'h [u8]) -> Option<Self> {
        let headers = signer.draft.headers.as_slice();
        if name == b"host" {
            return Some(Self { name, first: &signer.draft.host, rest: headers });
        }
        let at = headers.iter().position(|(key, _)| key.as_bytes().eq_ignore_ascii_case(name))?;
        Some(Self { name, first: &headers[at].1, rest: &headers[at + 1..] })
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
            if key.as_bytes().eq_ignore_ascii_case(self.name) {
                let all = value.to_mut();
                all.push(b',');
                all.extend_from_slice(again.trim().as_bytes());
            }
        }
        value
    }
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
        self.covered.borrow_mut().get_or_insert_with(|| self.cover()).clone()
    }

    /// The headers that the signature covers: names in lower case, values without outer blanks, repeats joined.
    #[must_use]
    pub fn headers(&self) -> Pairs {
        let mut pairs = Pairs::default();
        self.covered_headers(|header| pairs.push(header.name(), &*header.value()));
        pairs
    }

    fn covered_headers(&self, mut each: impl FnMut(Header<'_>)) {
        if self.auth.sorted_names && self.inputs.signed_headers.is_none() {
            let sent = |name: &&'static str| Header::find(self, name.as_bytes());
            self.auth.sign_headers.iter().filter_map(sent).for_each(each);
            return;
        }
        for name in self.signed_headers().iter() {
            // What the request says may not be among its headers: then it has no value.
            each(Header::find(self, name).unwrap_or(Header { name, first: "", rest: &[] }));
        }
    }

    /// The names of the headers that the service's rule covers.
    fn cover(&self) -> List {
        let fits = |name: &str, patterns: &[&str]| {
            patterns.iter().any(|one| like_lower(one.as_bytes(), name.as_bytes()))
        };
        let names = self.draft.headers.iter().map(|(name, _)| name.as_str()).chain(["host"]);
        let names =
            names.filter(|name| fits(name, self.auth.sign_headers) && !fits(name, self.auth.skip_headers));
        names.map(|name| Text::from(name).lower()).collect::<List>().sort().dedup()
    }
}
