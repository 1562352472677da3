//! Pseudo-random requests, the same in every run, full of what signatures trip over.

use rdbfetch::Timestamp;
use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::service::In;
use rdbfetch::sign::{Body, Draft, Inputs, Pairs};

/// Names, values and parts of them that are told apart by order, case, encoding or emptiness.
const WORDS: [&str; 34] = [
    "a", "A", "b", "a-b", "a.b", "a_b", "a~", "aé", "é", "É", "区", "~", "", " ", "  ", "a  b", " a ", "+",
    "%", "%2F", "%é", "=", "&", "a=b", "a&b", "*", "'", "\"", "\\", "/", "//", ".", "..", "0",
];

const PATHS: [&str; 16] = [
    "/",
    "//",
    "/a",
    "/a/",
    "/a//b",
    "/a/./b",
    "/a/../b",
    "/..",
    "/a/..",
    "/%2F",
    "/%2f/é",
    "/a%20b",
    "/a+b",
    "/a:b/~x",
    "/a;b,c=d",
    "/%C3%A9/%FF/%zz/%",
];

/// A small generator of pseudo-random numbers (SplitMix64).
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("an index is small")
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// Up to three words in a row.
    fn text(&mut self) -> String {
        (0..=self.below(3)).map(|_| self.pick(&WORDS)).collect()
    }

    fn pairs(&mut self) -> Pairs {
        let mut pairs = Pairs::default();
        for _ in 0..self.below(6) {
            let name = Some(self.text()).filter(|name| !name.is_empty()).unwrap_or_else(|| "n".to_owned());
            for _ in 0..=self.below(2) {
                pairs.push(name.as_str(), self.text());
            }
        }
        pairs
    }

    /// Headers, among them ones that the service signs or skips.
    fn headers(&mut self, metadata: &ServiceMetadata) -> Vec<(String, String)> {
        let auth = &metadata.service.auth;
        let patterns = [auth.sign_headers, auth.skip_headers, auth.require_headers].concat();
        let mut headers = Vec::new();
        for _ in 0..self.below(7) {
            let pattern = if patterns.is_empty() || self.chance(3) { "x-*" } else { self.pick(&patterns) };
            let name = pattern.replace('*', self.pick(&["a", "b", "A-b", "z9"]));
            let name = if self.chance(2) { name.to_uppercase() } else { name };
            if !name.eq_ignore_ascii_case("host") {
                // Header values hold neither tabs at the ends nor line breaks.
                headers.push((name, self.text()));
            }
        }
        headers
    }

    /// A request to a service, before it is signed.
    pub fn draft(&mut self, metadata: &ServiceMetadata) -> Draft {
        let query = self.pairs();
        // Where no call has a form, placed parameters would travel in one that the signature need not know of.
        let forms = metadata.service.operations.iter().any(|operation| {
            operation.place == In::Form || operation.also.iter().any(|form| form.place == In::Form)
        });
        let body = match self.below(4) {
            0 if forms => Body::Form(self.pairs()),
            1 => Body::Bytes(self.text().into_bytes()),
            2 => Body::Bytes(vec![0, 0xff, b'\n']),
            _ => Body::Empty,
        };
        Draft {
            method: self.pick(&["GET", "POST", "PUT"]).to_owned(),
            host: self.pick(&["h.example", "H.example:8443", "127.0.0.1:80"]).to_owned(),
            path: self.pick(&PATHS).to_owned(),
            raw_query: None,
            query,
            headers: self.headers(metadata),
            body,
        }
    }

    /// What a request is signed with, the secret being one that every description can decode.
    pub fn sound_inputs(&mut self, metadata: &ServiceMetadata) -> Inputs {
        let secret = format!("{:016x}", self.next());
        Inputs { secret: secret.into(), ..self.inputs(metadata) }
    }

    /// What a request is signed with.
    pub fn inputs(&mut self, metadata: &ServiceMetadata) -> Inputs {
        // Since 2001 milliseconds have 13 digits.
        let millis = i64::try_from(self.next() % 3_000_000_000_000).expect("a moment is no larger");
        let millis = millis + 1_000_000_000_000;
        let settings = metadata.service.settings.iter();
        Inputs {
            access_key: format!("AK{}", self.below(100)),
            secret: format!("s{}", self.text()).into(),
            token: (self.chance(2)).then(|| format!("t{}", self.below(100))),
            now: Timestamp::from_unix_millis(millis).expect("the year is one"),
            uuid: format!("3ee8c1b8-83d3-44af-a94f-{:012x}", self.next() & 0xffff_ffff_ffff),
            random: (1 + self.below(99_999)).to_string(),
            settings: settings
                .map(|setting| (setting.name.to_owned(), format!("r-{}", self.below(9))))
                .collect(),
            signed_headers: None,
            omit: Vec::new(),
        }
    }
}
