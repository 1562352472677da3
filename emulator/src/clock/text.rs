//! Clocks as text: on the command line, in scenarios and in snapshots.

use std::fmt;
use std::str::FromStr;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::{Clock, Hands};
use crate::world::{DurationText, Moment, duration, shift, timestamp};

/// What a clock is written as.
const EXPECTED: &str = "real, offset:-5m, frozen:2026-01-02T03:04:05Z or stepped:2026-01-02T03:04:05Z+1s";

/// `real`, `offset:-5m` (or `offset:+5m`), `frozen:2026-01-02T03:04:05Z`, or `stepped:2026-01-02T03:04:05Z+1s`.
impl FromStr for Clock {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let hands = hands(text).ok_or_else(|| format!("{text:?} is no clock: expected {EXPECTED}"));
        hands.map(Self::going)
    }
}

fn hands(text: &str) -> Option<Hands> {
    if text == "real" {
        return Some(Hands::Offset(0));
    }
    let (how, rest) = text.split_once(':')?;
    match how {
        "offset" => shift(rest).map(Hands::Offset),
        "frozen" => timestamp(rest).map(Hands::Frozen),
        "stepped" => {
            let (start, step) = rest.rsplit_once('+')?;
            Some(Hands::Stepped(timestamp(start)?, duration(step)?))
        }
        _ => None,
    }
}

/// The form of a clock in scenarios and snapshots: `real`, or a mapping.
#[derive(Clone, Copy)]
pub(super) struct Written(Hands);

impl From<Hands> for Written {
    fn from(hands: Hands) -> Self {
        Self(hands)
    }
}

impl From<Written> for Hands {
    fn from(written: Written) -> Self {
        written.0
    }
}

impl Serialize for Written {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Hands::Offset(0) => serializer.serialize_str("real"),
            Hands::Offset(ahead) => serializer.collect_map([("offset", Moment::Relative(ahead).to_string())]),
            Hands::Frozen(at) => serializer.collect_map([("frozen", at.to_string())]),
            Hands::Stepped(start, step) => {
                let step = DurationText(step).to_string();
                serializer.collect_map([("start", start.to_string()), ("step", step)])
            }
        }
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

/// The mapping that stands for a clock.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    offset: Option<String>,
    frozen: Option<String>,
    start: Option<String>,
    step: Option<DurationText>,
}

impl Fields {
    fn hands(self) -> Result<Hands, String> {
        let moment = |text: &str| {
            timestamp(text)
                .ok_or_else(|| format!("{text:?} is no time: expected 2026-01-02T03:04:05Z or such"))
        };
        match (self.offset, self.frozen, self.start, self.step) {
            (Some(text), None, None, None) => {
                let problem = || format!("{text:?} is no offset: expected a duration such as -5m or 30s");
                shift(&text).map(Hands::Offset).ok_or_else(problem)
            }
            (None, Some(text), None, None) => moment(&text).map(Hands::Frozen),
            (None, None, Some(text), Some(step)) => Ok(Hands::Stepped(moment(&text)?, step.0)),
            _ => Err("a clock has either `offset`, or `frozen`, or `start` and `step`".to_owned()),
        }
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a clock: `real`, or a mapping with `offset`, with `frozen`, or with `start` and `step`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Written, E> {
        hands(text).map(Written).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Written, A::Error> {
        let fields = Fields::deserialize(MapAccessDeserializer::new(map))?;
        fields.hands().map(Written).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rdbfetch::Timestamp;

    use super::*;

    #[test]
    fn clocks_are_read_from_the_command_line() {
        let read = |text: &str| text.parse::<Clock>().map(|clock| clock.hands());
        let at = Timestamp::from_unix(1_767_323_045).unwrap();
        assert_eq!(read("real"), Ok(Hands::Offset(0)));
        assert_eq!(read("offset:-5m"), Ok(Hands::Offset(-300_000)));
        assert_eq!(read("offset:+1s"), Ok(Hands::Offset(1000)));
        assert_eq!(read("offset:1s"), Ok(Hands::Offset(1000)));
        assert_eq!(read("frozen:2026-01-02T03:04:05Z"), Ok(Hands::Frozen(at)));
        assert_eq!(read("stepped:2026-01-02T03:04:05Z+1s"), Ok(Hands::Stepped(at, Duration::from_secs(1))));
        for text in [
            "",
            "Real",
            "offset",
            "offset:",
            "offset:--1s",
            "frozen:now",
            "stepped:2026-01-02T03:04:05Z",
            "x:1s",
        ] {
            assert!(read(text).unwrap_err().contains("offset:-5m"), "{text}");
        }
    }

    #[test]
    fn clocks_are_written_as_they_are_read() {
        let at = Timestamp::from_unix_millis(1_767_323_045_250).unwrap();
        for (hands, text) in [
            (Hands::Offset(0), r#""real""#),
            (Hands::Offset(-90_000), r#"{"offset":"-90s"}"#),
            (Hands::Frozen(at), r#"{"frozen":"2026-01-02T03:04:05.25Z"}"#),
            (
                Hands::Stepped(at, Duration::from_millis(1500)),
                r#"{"start":"2026-01-02T03:04:05.25Z","step":"1500ms"}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&hands).unwrap(), text);
            assert_eq!(serde_json::from_str::<Hands>(text).unwrap(), hands);
        }
        for text in [
            "{}",
            r#"{"offset":"5"}"#,
            r#"{"start":"2026-01-02T03:04:05Z"}"#,
            r#"{"frozen":"now"}"#,
            "5",
            r#"{"offset":"1s","frozen":"2026-01-02T03:04:05Z"}"#,
            r#"{"ofset":"1s"}"#,
        ] {
            assert!(serde_json::from_str::<Hands>(text).is_err(), "{text}");
        }
    }
}
