//! From rows to an answer: what the emulator does.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::{RFC3339, Row, depth, has_links, scalar, typed};
use crate::place::{Convert, Expiry, Field, JsonKind, Place, Projection, Root, Source, Step};
use crate::time::Timestamp;

/// What a request asks for: the fields that the projections bind to it.
#[must_use]
pub fn asked(projections: &[Projection], request: &dyn Fn(&str) -> Option<String>) -> Row {
    let mut row = Row::new();
    for (field, sources) in projections.iter().flat_map(|projection| projection.fields) {
        for source in *sources {
            let Root::Request(name) = source.place.root else { continue };
            if let (None, Some(text)) = (row.text(*field), request(name).filter(|text| !text.is_empty())) {
                row.set(*field, text);
            }
        }
    }
    row
}

/// Writes a value at a place of the body, into the first element of every list on the way; nothing for other places.
pub fn put(body: &mut Value, place: &Place, value: Value) {
    if place.root == Root::Body {
        let first = Slot { index: 0, key: None };
        set(body, place.steps, &vec![first; depth(place)], Some(value), &Value::Null);
    }
}

/// What the projections have in headers: name and value, from the first row.
#[must_use]
pub fn headers(projections: &[Projection], rows: &[Row], issued: Timestamp) -> Vec<(&'static str, String)> {
    let mut list = Vec::new();
    let Some(row) = rows.first() else { return list };
    for projection in projections {
        let writer = Writer { projection, issued };
        for (field, sources) in projection.fields {
            for source in *sources {
                let Root::Header(name) = source.place.root else { continue };
                let value = writer.value(row, Some(*field), source);
                list.extend(value.as_ref().and_then(scalar).map(|text| (name, text.into_owned())));
            }
        }
    }
    list
}

/// Writes rows into an answer: each field into all the places of all the alternatives, as each is written there.
///
/// Rows that agree in all outer fields share an outer element. A row without a value leaves the member of an object
/// out, and `""` in a list of texts, as lists that move in step would slip otherwise. Where no list holds the rows
/// only the first is written, and where no row is given the lists are there and empty. Durations count from
/// `issued`.
pub fn write(projections: &[Projection], rows: &[Row], body: &mut Value, issued: Timestamp) {
    for projection in projections {
        Writer { projection, issued }.write(rows, body);
    }
}

/// A place among siblings: its position in a list, or its key in a map.
#[derive(Clone)]
struct Slot {
    index: usize,
    /// `None` where the position is the name.
    key: Option<String>,
}

/// The slots given out so far; the positions of the parents stand for a parent.
#[derive(Default)]
struct Siblings {
    children: HashMap<Vec<usize>, usize>,
    shared: HashMap<(Vec<usize>, Agreed), Slot>,
    names: HashSet<(Vec<usize>, String)>,
}

/// What rows agree in that share an element.
type Agreed = Vec<Option<String>>;

impl Siblings {
    /// The slot of those that agree, or a new one.
    fn slot(&mut self, parent: &[usize], agreed: Option<Agreed>, name: Option<&str>) -> Slot {
        let agreed = agreed.map(|agreed| (parent.to_vec(), agreed));
        if let Some(slot) = agreed.as_ref().and_then(|agreed| self.shared.get(agreed)) {
            return slot.clone();
        }
        let next = self.children.entry(parent.to_vec()).or_default();
        let index = *next;
        *next += 1;
        let mut key = name.map_or_else(|| index.to_string(), str::to_owned);
        if !self.names.insert((parent.to_vec(), key.clone())) {
            key = format!("{key}-{index}"); // two of one name must not become one
        }
        let slot = Slot { index, key: Some(key) };
        if let Some(agreed) = agreed {
            self.shared.insert(agreed, slot.clone());
        }
        slot
    }
}

struct Writer<'a> {
    projection: &'a Projection,
    issued: Timestamp,
}

impl Writer<'_> {
    fn write(&self, rows: &[Row], body: &mut Value) {
        let deepest = self.sources().map(|(_, source)| depth(&source.place)).max().unwrap_or(0);
        let slots = self.slots(rows, deepest);
        for (field, source) in self.sources() {
            let steps = source.place.steps;
            let filler = self.filler(field, source);
            if rows.is_empty() && depth(&source.place) > 0 {
                set(body, steps, &[], None, &filler);
            }
            for (row, slots) in rows.iter().zip(&slots) {
                set(body, steps, slots, self.value(row, field, source), &filler);
            }
        }
    }

    /// Every candidate in the body, with its field; the expiry has none.
    fn sources(&self) -> impl Iterator<Item = (Option<Field>, &'static Source)> {
        let fields = self.projection.fields.iter();
        let fields =
            fields.flat_map(|(field, sources)| sources.iter().map(move |source| (Some(*field), source)));
        let expiries = self.projection.expires.iter().filter_map(|expiry| match expiry {
            Expiry::Field(source) => Some((None, source)),
            _ => None,
        });
        fields.chain(expiries).filter(|(_, source)| source.place.root == Root::Body)
    }

    /// Where each row goes at each level.
    fn slots(&self, rows: &[Row], deepest: usize) -> Vec<Vec<Slot>> {
        let rows = if deepest == 0 { rows.get(..1).unwrap_or_default() } else { rows };
        let key = self.key();
        if deepest == 1 && key.is_none() {
            return (0..rows.len()).map(|index| vec![Slot { index, key: None }]).collect();
        }
        let mut siblings = Siblings::default();
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            let mut parent = Vec::with_capacity(deepest);
            let mut slots = Vec::with_capacity(deepest);
            for level in 1..=deepest {
                let name = key.and_then(|(field, at)| row.text(field).filter(|_| at == level));
                let shared = (level < deepest).then(|| self.outer(row, level));
                let slot = siblings.slot(&parent, shared, name);
                parent.push(slot.index);
                slots.push(slot);
            }
            all.push(slots);
        }
        all
    }

    /// The field that names the entries of a map, and the level of that map.
    fn key(&self) -> Option<(Field, usize)> {
        let bound = |sources: &[Source]| sources.iter().any(|source| source.place.root == Root::Key);
        let (field, _) = self.projection.fields.iter().find(|(_, sources)| bound(sources))?;
        let levels = self.sources().filter_map(|(_, source)| {
            let last = source.place.steps.iter().rposition(|step| *step == Step::EachKey)?;
            Some(source.place.steps[..=last].iter().filter(|step| !matches!(step, Step::Key(_))).count())
        });
        Some((*field, levels.max()?))
    }

    /// What rows agree in that share an element at this level.
    fn outer(&self, row: &Row, level: usize) -> Agreed {
        let outer = |source: &Source| (1..=level).contains(&depth(&source.place));
        let key = self.key().filter(|(_, at)| *at <= level).map(|(field, _)| Some(field));
        let fields = self.sources().filter(|(_, source)| outer(source)).map(|(field, _)| field);
        fields
            .chain(key)
            .map(|field| match field {
                Some(field) => row.text(field).map(str::to_owned),
                None => row.expires.map(|at| at.to_string()),
            })
            .collect()
    }

    /// What stands in a list where a row has no value.
    fn filler(&self, field: Option<Field>, source: &Source) -> Value {
        match source.kind {
            JsonKind::String => Value::from(""),
            _ if field == Some(Field::Size) && has_links(self.projection) => Value::from(0),
            _ => Value::Null,
        }
    }

    /// A field of a row as this place holds it.
    fn value(&self, row: &Row, field: Option<Field>, source: &Source) -> Option<Value> {
        let at = || match field {
            Some(field) => Timestamp::parse(row.text(field)?, RFC3339),
            None => row.expires,
        };
        let text = match &source.convert {
            Convert::Plain => match field {
                Some(field) => row.text(field)?.to_owned(),
                None => at()?.to_string(),
            },
            Convert::Bytes(unit) => {
                row.text(field?)?.parse::<u64>().ok()?.div_ceil((*unit).max(1)).to_string()
            }
            Convert::Time(format) => at()?.format(*format),
            Convert::Duration(unit) => {
                let lifetime = at()?.unix_millis().saturating_sub(self.issued.unix_millis()).max(0);
                (lifetime / i64::try_from((*unit).max(1)).unwrap_or(i64::MAX)).to_string()
            }
            Convert::Words(words) => {
                let ours = row.text(field?)?;
                let (_, vendors) = words.iter().find(|(word, _)| *word == ours)?;
                (*vendors.first()?).to_owned()
            }
        };
        // A number can hold an id of ours in need, but none of our words.
        let word = matches!(field, Some(Field::State | Field::Kind)) && source.kind != JsonKind::String;
        if source.kind == JsonKind::String {
            return Some(Value::String(text));
        }
        Some(typed(source.kind, &text)).filter(|value| !(word && value.is_string()))
    }
}

/// Goes to the end of `steps`, making what is not there, and writes the value. Lists are made and filled up to the
/// slot whether there is a value or not.
fn set(body: &mut Value, steps: &[Step], slots: &[Slot], value: Option<Value>, filler: &Value) {
    let mut node = body;
    let mut slots = slots.iter();
    for (at, step) in steps.iter().enumerate() {
        let last = at + 1 == steps.len();
        node = match step {
            Step::Key(key) => {
                let map = object(node);
                if last && value.is_none() {
                    return;
                }
                member(map, key)
            }
            Step::EachKey => {
                let map = object(node);
                let Some(slot) = slots.next() else { return };
                if last && value.is_none() {
                    return;
                }
                match &slot.key {
                    Some(key) => member(map, key),
                    None => member(map, &slot.index.to_string()),
                }
            }
            Step::Each => {
                let list = array(node);
                let Some(slot) = slots.next() else { return };
                if list.len() <= slot.index {
                    list.resize(slot.index + 1, if last { filler.clone() } else { Value::Null });
                }
                &mut list[slot.index]
            }
        };
    }
    if let Some(value) = value {
        *node = value;
    }
}

/// The member of this name, made where there is none.
fn member<'m>(map: &'m mut Map<String, Value>, key: &str) -> &'m mut Value {
    // Most are there already, and an entry would want a name of its own all the same.
    if !map.contains_key(key) {
        map.insert(key.to_owned(), Value::Null);
    }
    &mut map[key]
}

fn object(node: &mut Value) -> &mut Map<String, Value> {
    if !node.is_object() {
        *node = Value::Object(Map::new());
    }
    match node {
        Value::Object(map) => map,
        _ => unreachable!("made an object above"),
    }
}

fn array(node: &mut Value) -> &mut Vec<Value> {
    if !node.is_array() {
        *node = Value::Array(Vec::new());
    }
    match node {
        Value::Array(list) => list,
        _ => unreachable!("made a list above"),
    }
}
