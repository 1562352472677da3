//! Rules as JSON, the way they are read.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::effects::{Coded, Cut, Effects, Etag, Flip, Shard, WrongRange};
use super::rule::Fault;
use super::units::{duration_text, shift_text, word};

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl Fault {
    /// The rule as JSON.
    pub(crate) fn to_value(&self) -> Value {
        let mut map = Map::new();
        put(&mut map, "name", self.name.clone());
        if !self.on.is_empty() {
            let on: Map<String, Value> =
                self.on.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            put(&mut map, "on", Some(on));
        }
        put(&mut map, "skip", (self.skip != 0).then_some(self.skip));
        put(&mut map, "times", self.times);
        put(&mut map, "probability", self.probability);
        put(&mut map, "from", self.from.map(|moment| moment.to_string()));
        put(&mut map, "until", self.until.map(|moment| moment.to_string()));
        effects(&self.effects, &mut map);
        Value::Object(map)
    }
}

/// Sets a member, if there is a value.
fn put(map: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    map.extend(value.map(|value| (name.to_owned(), value.into())));
}

fn effects(effects: &Effects, map: &mut Map<String, Value>) {
    put(map, "error", effects.error.as_ref().map(coded));
    put(map, "when", effects.when.map(word));
    put(map, "throttle", effects.throttle.map(|wait| json!({"retry_after": duration_text(wait)})));
    put(map, "status", effects.status);
    put(map, "body", effects.body.clone());
    put(map, "content_type", effects.content_type.clone());
    put(
        map,
        "latency",
        effects.latency.map(|(min, max)| match min == max {
            true => json!(duration_text(min)),
            false => json!({"min": duration_text(min), "max": duration_text(max)}),
        }),
    );
    put(map, "huge", effects.huge);
    put(map, "deep", effects.deep);
    put(
        map,
        "missing_shard",
        effects.missing_shard.map(|shard| match shard {
            Shard::At(number) => json!(number),
            Shard::Last => json!("last"),
        }),
    );
    put(map, "clock_skew", effects.clock_skew.map(shift_text));
    put(
        map,
        "cut",
        effects.cut.map(|Cut { after, length }| match length {
            true => json!(after),
            false => json!({"after": after, "length": false}),
        }),
    );
    put(
        map,
        "flip",
        effects.flip.map(|flip| match flip {
            Flip::Bit(bit) => json!({"bit": bit}),
            Flip::Byte(byte) => json!({"byte": byte}),
            Flip::Some(count) => json!(count),
        }),
    );
    put(
        map,
        "content_range",
        effects.content_range.map(|wrong| match wrong {
            WrongRange::Start => "start",
            WrongRange::Total => "total",
            WrongRange::Missing => "missing",
        }),
    );
    put(
        map,
        "etag",
        effects.etag.map(|etag| match etag {
            Etag::Weak => "weak",
            Etag::Missing => "missing",
        }),
    );
    put(map, "truncated_length", effects.truncated_length);
    for (name, moment) in [("reset", effects.reset), ("stall", effects.stall)] {
        put(map, name, moment.map(|after| after.map_or(json!(true), |after| json!({"after": after}))));
    }
    for (name, flag) in [
        ("duplicate_keys", effects.duplicate_keys),
        ("wrong_types", effects.wrong_types),
        ("null_links", effects.null_links),
        ("failed_backup", effects.failed_backup),
        ("ignore_range", effects.ignore_range),
        ("error_page", effects.error_page),
        ("expired", effects.expired),
        ("changed", effects.changed),
        ("no_length", effects.no_length),
        ("refuse", effects.refuse),
    ] {
        put(map, name, flag.then_some(true));
    }
}

fn coded(error: &Coded) -> Value {
    if !error.given {
        return json!(error.code);
    }
    let mut map = Map::new();
    put(&mut map, "code", Some(error.code.clone()));
    put(&mut map, "status", error.status);
    put(&mut map, "message", error.message.clone());
    Value::Object(map)
}
