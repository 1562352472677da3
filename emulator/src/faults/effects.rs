//! What a rule does to the calls it applies to.

use std::time::Duration;

use rdbfetch::service::When;

/// The effects that a rule can have: name, and the ports for which it makes sense. The position of a name is its bit
/// in a [`Mask`].
pub(crate) const EFFECTS: [(&str, Ports); 27] = [
    ("error", Ports::Api),
    ("when", Ports::Api),
    ("throttle", Ports::Api),
    ("status", Ports::Both),
    ("body", Ports::Both),
    ("content_type", Ports::Both),
    ("latency", Ports::Both),
    ("duplicate_keys", Ports::Api),
    ("wrong_types", Ports::Api),
    ("huge", Ports::Api),
    ("deep", Ports::Api),
    ("missing_shard", Ports::Api),
    ("null_links", Ports::Api),
    ("failed_backup", Ports::Api),
    ("clock_skew", Ports::Api),
    ("cut", Ports::Both),
    ("flip", Ports::Files),
    ("content_range", Ports::Files),
    ("ignore_range", Ports::Files),
    ("error_page", Ports::Files),
    ("expired", Ports::Files),
    ("changed", Ports::Files),
    ("etag", Ports::Files),
    ("no_length", Ports::Both),
    ("truncated_length", Ports::Both),
    ("reset", Ports::Both),
    ("stall", Ports::Both),
];

/// Effects of which a call can have one only, or none of the second group with any of the first.
const CONTRADICTIONS: [(&[&str], &[&str]); 7] = [
    (&["error", "when", "throttle", "error_page", "expired"], &["status", "body"]),
    (&["status", "body"], &["duplicate_keys", "wrong_types", "huge", "deep", "missing_shard", "null_links"]),
    (&["error", "when", "throttle"], &["wrong_types", "missing_shard", "null_links", "failed_backup"]),
    (&["status"], &["failed_backup"]),
    (
        &["status", "body", "error_page", "expired"],
        &["flip", "content_range", "ignore_range", "changed", "etag"],
    ),
    (&["content_range"], &["ignore_range"]),
    (&["no_length"], &["truncated_length"]),
];
/// Groups of which a call can have one only.
const ALTERNATIVES: [&[&str]; 4] = [
    &["error", "when", "throttle", "error_page", "expired"],
    &["cut", "reset", "stall"],
    &["cut", "no_length"],
    &["cut", "truncated_length"],
];

/// For which ports something makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ports {
    Api,
    Files,
    Both,
}

/// A set of effects, one bit each.
pub(crate) type Mask = u32;

/// The bit of an effect.
pub(crate) fn bit(name: &str) -> Mask {
    EFFECTS.iter().position(|(known, _)| *known == name).map_or(0, |position| 1 << position)
}

/// Two effects of a set that cannot go together.
pub(crate) fn contradiction(mask: Mask) -> Option<(&'static str, &'static str)> {
    let has = |name: &&&'static str| mask & bit(name) != 0;
    let alternatives = ALTERNATIVES.iter().find_map(|group| {
        let mut found = group.iter().filter(has);
        Some((*found.next()?, *found.next()?))
    });
    let pairs = || {
        CONTRADICTIONS
            .iter()
            .find_map(|(one, other)| Some((*one.iter().find(has)?, *other.iter().find(has)?)))
    };
    alternatives.or_else(pairs)
}

/// What a rule does.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Effects {
    pub(crate) error: Option<Coded>,
    pub(crate) when: Option<When>,
    /// How long the caller is told to wait.
    pub(crate) throttle: Option<Duration>,
    pub(crate) status: Option<u16>,
    pub(crate) body: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) latency: Option<(Duration, Duration)>,
    pub(crate) duplicate_keys: bool,
    pub(crate) wrong_types: bool,
    pub(crate) huge: Option<u64>,
    pub(crate) deep: Option<u64>,
    pub(crate) missing_shard: Option<Shard>,
    pub(crate) null_links: bool,
    pub(crate) failed_backup: bool,
    /// Milliseconds.
    pub(crate) clock_skew: Option<i64>,
    pub(crate) cut: Option<Cut>,
    pub(crate) flip: Option<Flip>,
    pub(crate) content_range: Option<WrongRange>,
    pub(crate) ignore_range: bool,
    pub(crate) error_page: bool,
    pub(crate) expired: bool,
    pub(crate) changed: bool,
    pub(crate) etag: Option<Etag>,
    pub(crate) no_length: bool,
    pub(crate) truncated_length: Option<u64>,
    pub(crate) reset: Option<Moment>,
    pub(crate) stall: Option<Moment>,
    /// Not a matter of single calls, and so in no [`Mask`].
    pub(crate) refuse: bool,
}

/// An error of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Coded {
    pub(crate) code: String,
    /// What goes before the spec's; with any of them the spec need not know the code.
    pub(crate) status: Option<u16>,
    pub(crate) message: Option<String>,
    /// Whether it was written out, so that it need not be one that the spec names.
    pub(crate) given: bool,
}

/// Which file is left out of a list of links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shard {
    At(u64),
    Last,
}

/// Where a body is cut, and whether its Content-Length is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) after: u64,
    pub(crate) length: bool,
}

/// Which bits of a file are wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flip {
    /// This bit, counted from the first bit (the lowest) of the first byte.
    Bit(u64),
    /// All bits of this byte.
    Byte(u64),
    /// So many bits, chosen by the seed.
    Some(u64),
}

/// What is wrong with a Content-Range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WrongRange {
    Start,
    Total,
    Missing,
}

/// What is wrong with an ETag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Etag {
    Weak,
    Missing,
}

/// Before the answer (`None`), or after so many bytes of its body.
pub(crate) type Moment = Option<u64>;

impl Effects {
    /// Which there are.
    pub(crate) fn mask(&self) -> Mask {
        let there = [
            ("error", self.error.is_some()),
            ("when", self.when.is_some()),
            ("throttle", self.throttle.is_some()),
            ("status", self.status.is_some()),
            ("body", self.body.is_some()),
            ("content_type", self.content_type.is_some()),
            ("latency", self.latency.is_some()),
            ("duplicate_keys", self.duplicate_keys),
            ("wrong_types", self.wrong_types),
            ("huge", self.huge.is_some()),
            ("deep", self.deep.is_some()),
            ("missing_shard", self.missing_shard.is_some()),
            ("null_links", self.null_links),
            ("failed_backup", self.failed_backup),
            ("clock_skew", self.clock_skew.is_some()),
            ("cut", self.cut.is_some()),
            ("flip", self.flip.is_some()),
            ("content_range", self.content_range.is_some()),
            ("ignore_range", self.ignore_range),
            ("error_page", self.error_page),
            ("expired", self.expired),
            ("changed", self.changed),
            ("etag", self.etag.is_some()),
            ("no_length", self.no_length),
            ("truncated_length", self.truncated_length.is_some()),
            ("reset", self.reset.is_some()),
            ("stall", self.stall.is_some()),
        ];
        there.into_iter().filter(|(_, there)| *there).fold(0, |mask, (name, _)| mask | bit(name))
    }

    /// Adds the effects of another rule, none of which is here already.
    pub(crate) fn add(&mut self, other: &Self) {
        /// The first that is there.
        fn fill<T: Clone>(mine: &mut Option<T>, other: &Option<T>) {
            if mine.is_none() {
                mine.clone_from(other);
            }
        }
        fill(&mut self.error, &other.error);
        fill(&mut self.when, &other.when);
        fill(&mut self.throttle, &other.throttle);
        fill(&mut self.status, &other.status);
        fill(&mut self.body, &other.body);
        fill(&mut self.content_type, &other.content_type);
        fill(&mut self.latency, &other.latency);
        self.duplicate_keys |= other.duplicate_keys;
        self.wrong_types |= other.wrong_types;
        fill(&mut self.huge, &other.huge);
        fill(&mut self.deep, &other.deep);
        fill(&mut self.missing_shard, &other.missing_shard);
        self.null_links |= other.null_links;
        self.failed_backup |= other.failed_backup;
        fill(&mut self.clock_skew, &other.clock_skew);
        fill(&mut self.cut, &other.cut);
        fill(&mut self.flip, &other.flip);
        fill(&mut self.content_range, &other.content_range);
        self.ignore_range |= other.ignore_range;
        self.error_page |= other.error_page;
        self.expired |= other.expired;
        self.changed |= other.changed;
        fill(&mut self.etag, &other.etag);
        self.no_length |= other.no_length;
        fill(&mut self.truncated_length, &other.truncated_length);
        fill(&mut self.reset, &other.reset);
        fill(&mut self.stall, &other.stall);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_bit_and_every_group_has_known_names() {
        let groups = CONTRADICTIONS.iter().flat_map(|(one, other)| [*one, *other]).chain(ALTERNATIVES);
        for name in groups.flatten() {
            assert_ne!(bit(name), 0, "{name}");
        }
        assert_eq!(bit("nothing"), 0);
    }

    #[test]
    fn what_contradicts_is_found_whatever_the_order() {
        let of = |names: &[&str]| contradiction(names.iter().fold(0, |mask, name| mask | bit(name)));
        assert_eq!(of(&["when", "error"]), Some(("error", "when")));
        assert_eq!(of(&["status", "error"]), Some(("error", "status")));
        assert_eq!(of(&["stall", "latency", "cut"]), Some(("cut", "stall")));
        assert_eq!(of(&["huge", "body"]), Some(("body", "huge")));
        assert_eq!(of(&["flip", "expired"]), Some(("expired", "flip")));
        assert_eq!(of(&["status", "body", "content_type", "latency", "reset"]), None);
        assert_eq!(of(&["error", "huge", "deep", "duplicate_keys", "cut", "clock_skew"]), None);
    }
}
