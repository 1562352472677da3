//! Keys: which of them are known, what unknown ones were meant to be, and which are missing.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::neutral::neutral;
use super::{Above, Checker, Place, accepts, alternatives, type_names};
use crate::diagnostics::{nearest, suggest};
use crate::mend::Mend;
use crate::scalar::ScalarKind;
use crate::tree::{Key, Node, NodeValue};

type Entries = Vec<(Key, Node)>;
type Properties = Map<String, Value>;

impl<'a> Checker<'a> {
    pub(super) fn check_entries(&mut self, entries: &mut Entries, schema: &'a Value, place: &Place) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let additional = schema.get("additionalProperties");
        if let Some(properties) = properties.filter(|_| additional == Some(&Value::Bool(false))) {
            self.name_entries(entries, properties, schema, place);
            let present = entries.iter().map(|(key, _)| key.text.clone()).collect();
            self.above.push(Above { what: place.what.clone(), known: properties, present });
            let mut at = 0;
            while at < entries.len() {
                let (key, value) = &mut entries[at];
                if self.check_entry(key, value, &properties[&key.text]) {
                    at += 1;
                    continue;
                }
                self.mend_key(&entries[at].0.text.clone());
                if required(schema).any(|name| name == entries[at].0.text) {
                    let (key, value) = &mut entries[at];
                    self.replace(value, &properties[&key.text]);
                    at += 1;
                } else {
                    entries.remove(at);
                }
                self.take_misplaced(entries);
            }
            self.take_misplaced(entries);
            self.above.pop();
        } else if let Some(inner) = additional.filter(|inner| inner.is_object()) {
            entries.retain_mut(|(key, value)| !self.move_up(key, value, inner));
            self.move_over(entries, inner, place);
            for (key, value) in entries {
                if !self.check_entry(key, value, inner) {
                    self.mend_key(&key.text);
                    self.replace(value, inner);
                }
            }
        }
    }

    fn check_entry(&mut self, key: &Key, value: &mut Node, schema: &'a Value) -> bool {
        self.path.push(key.text.clone());
        self.keys.push(key.span.clone());
        let good =
            self.check(value, schema, &Place { what: format!("`{}`", key.text), owner: key.span.clone() });
        self.path.pop();
        self.keys.pop();
        good
    }

    /// Leaves only known keys, and all that are required: misspelt ones are given the name that was meant, missing ones
    /// are put in, others are taken out.
    fn name_entries(
        &mut self,
        entries: &mut Entries,
        known: &'a Properties,
        schema: &'a Value,
        place: &Place,
    ) {
        self.adopt(entries, known);
        self.skip_lines(entries, known, place);
        let mut present: BTreeSet<&str> = BTreeSet::new();
        present.extend(
            entries.iter().filter_map(|(key, _)| known.get_key_value(&key.text)).map(|(name, _)| &**name),
        );
        // The last block, if it is no YAML, may have swallowed those after it.
        let last = entries.iter().max_by_key(|(key, _)| key.span.start);
        let broken = last.is_some_and(|(_, value)| matches!(value.value, NodeValue::Refused));
        let swallowed = self.path.is_empty() && broken;
        let mut unknown = swallowed;
        for (mut key, value) in std::mem::take(entries) {
            if known.contains_key(&key.text) {
                entries.push((key, value));
                continue;
            }
            let name = &key.text;
            let names = || known.keys().map(String::as_str);
            let cut = name.contains(' ') && value.scalar_kind() == Some(ScalarKind::Null);
            let near = nearest(name, names());
            // What no name is near to may be another word for the one key that is missing.
            let mut lacking =
                required(schema).filter(|name| !present.contains(name) && self.takes(&known[*name], &value));
            let only = lacking.next().filter(|_| lacking.next().is_none());
            let meant = near.or(only).filter(|meant| {
                let missing = !cut && !present.contains(meant);
                missing && known.get(*meant).is_some_and(|schema| self.plausible(schema, &value))
            });
            let help = match (near, meant) {
                _ if cut => Some("a comma ends a text inside `{…}`: put the text in quotes".to_owned()),
                (None, Some(meant)) => Some(format!("did you mean `{meant}`? that one is missing")),
                (None, None) => self.owner_above(name).or_else(|| suggest(name, names())),
                (Some(_), _) => suggest(name, names()),
            };
            self.note(key.span.clone(), format!("{} has no key `{name}`", place.what), help);
            if let Some((name, _)) = meant.and_then(|meant| known.get_key_value(meant)) {
                present.insert(name);
                name.clone_into(&mut key.text);
                entries.push((key, value));
            } else {
                unknown |= !cut;
            }
        }
        if unknown {
            // It may have been any of those that are not there.
            known.keys().filter(|name| !present.contains(name.as_str())).for_each(|name| self.mend_key(name));
        }
        for name in required(schema).filter(|name| !present.contains(name)).collect::<Vec<_>>() {
            let message = format!("{} lacks the key `{name}`", place.what);
            let help = known[name].get("description").or_else(|| self.find(&known[name]).get("description"));
            let help = help.and_then(Value::as_str).map(|what| format!("`{name}`: {}", uncapitalised(what)));
            if !swallowed {
                self.note(place.owner.clone(), message, help);
            }
            self.mend_key(name);
            let value = neutral(self.schema, &known[name], &place.owner);
            let key = Key { text: name.to_owned(), span: place.owner.clone() };
            entries.push((key, Node { span: place.owner.clone(), value }));
        }
    }

    /// Takes out entries that belong to a block of names, or to an item of a list, whose own line is missing.
    fn skip_lines(&mut self, entries: &mut Entries, known: &'a Properties, place: &Place) {
        let strays = || entries.iter().filter(|(key, _)| !known.contains_key(&key.text));
        let above = self.above.last().map(|above| (above.known, above.present.clone()));
        let own = Some((known, entries.iter().map(|(key, _)| key.text.clone()).collect::<Vec<_>>()));
        let blocks = above.iter().chain(&own).flat_map(|(known, present)| {
            known
                .iter()
                .filter(|(name, _)| !present.contains(name))
                .map(|(name, schema)| (name, self.find(schema)))
        });
        let mut meant = blocks.filter(|(_, schema)| {
            let entry = schema.get("additionalProperties").filter(|inner| inner.is_object());
            let item = schema.get("items").map(|items| self.find(items));
            let item_keys = item.and_then(|item| item.get("properties"));
            let records = entry.is_some_and(|entry| strays().all(|(_, value)| self.is_record(entry, value)));
            records || item_keys.is_some_and(|keys| strays().all(|(key, _)| keys.get(&key.text).is_some()))
        });
        // A single one may be misspelt.
        let Some((name, _)) = meant.next().filter(|_| strays().count() > 1) else { return };
        let first = strays().next().map(|(key, _)| key.clone());
        let Some(first) = first else { return };
        let message =
            format!("`{}` stands in {}, but looks like a part of `{name}:`", first.text, place.what);
        let name = name.clone();
        self.note(first.span, message, Some(format!("begin the block `{name}:` before it")));
        entries.retain(|(key, _)| known.contains_key(&key.text));
        self.mend_key(&name);
        let above = self.path.iter().rev().skip_while(|key| key.parse::<usize>().is_ok()).skip(1).count();
        let path = self.path[..above].iter().cloned().chain([name]).collect();
        self.mends.push(Mend { path, keys: Vec::new() });
    }

    /// Whether a value of this form can stand under a key.
    fn takes(&self, schema: &'a Value, node: &Node) -> bool {
        let schema = self.find(schema);
        match alternatives(schema) {
            Some(all) => all.iter().any(|one| self.takes(one, node)),
            None => accepts(node, &type_names(schema)),
        }
    }

    /// Whether a value was probably meant for a key: it has the right form, and one of the right keys if those are known.
    fn plausible(&self, schema: &'a Value, node: &Node) -> bool {
        let schema = self.find(schema);
        let forms = alternatives(schema).into_iter().flatten().chain([schema]).map(|one| self.find(one));
        let mut known = forms.filter_map(|one| one.get("properties").and_then(Value::as_object));
        match (&node.value, known.next()) {
            (NodeValue::Mapping(entries), Some(known)) if !entries.is_empty() => {
                entries.iter().any(|(key, _)| {
                    known.contains_key(&key.text)
                        || nearest(&key.text, known.keys().map(String::as_str)).is_some()
                })
            }
            _ => self.takes(schema, node),
        }
    }

    /// Keys that are not indented stand beside the block that they belong to, which is empty then.
    fn adopt(&mut self, entries: &mut Entries, known: &'a Properties) {
        for at in 0..entries.len() {
            let Some((owner, empty)) = entries.get(at) else { return };
            let Some(schema) = known.get(&owner.text) else { continue };
            if empty.scalar_kind() != Some(ScalarKind::Null) {
                continue;
            }
            let inner = self.find(schema);
            let properties = inner.get("properties").and_then(Value::as_object);
            let any = inner.get("additionalProperties").filter(|inner| inner.is_object());
            let belongs = |(key, value): &(Key, Node)| {
                !known.contains_key(&key.text)
                    && match (properties, any) {
                        (Some(properties), _) => properties.contains_key(&key.text),
                        (None, Some(any)) => self.takes(any, value),
                        (None, None) => false,
                    }
            };
            let count = entries[at + 1..].iter().take_while(|entry| belongs(entry)).count();
            if count == 0 {
                continue;
            }
            let inside: Entries = entries.drain(at + 1..=at + count).collect();
            let owner = entries[at].0.text.clone();
            let first = &inside[0].0;
            let message = format!("`{}` stands beside `{owner}`, not in it", first.text);
            let more = if count == 1 { String::new() } else { format!(", and the {} after it", count - 1) };
            self.note(first.span.clone(), message, Some(format!("indent it{more}")));
            entries[at].1.value = NodeValue::Mapping(inside);
        }
    }

    /// Help for a key that one of the blocks around this one knows.
    fn owner_above(&self, name: &str) -> Option<String> {
        if self.path.is_empty() {
            let other = |definition: &str| self.schema["$defs"][definition]["properties"].get(name).is_some();
            let service = other("ServiceSpec").then_some("`service.yaml`");
            let whose = service.or_else(|| other("OperationSpec").then_some("the files of operations"))?;
            return Some(format!("`{name}` is a key of {whose}"));
        }
        let Above { what, .. } = self.above.iter().rev().find(|above| above.known.contains_key(name))?;
        Some(format!("`{name}` is a key of {what}: indent it less"))
    }

    /// Notes a key among free names that is a key of a block around them, by its name and by its value. Whether it is.
    fn move_up(&mut self, key: &mut Key, value: &mut Node, schema: &'a Value) -> bool {
        let Some(level) = self.above.iter().rposition(|above| above.known.contains_key(&key.text)) else {
            return false;
        };
        let Above { what, known, .. } = &self.above[level];
        if self.plausible(schema, value) || !self.plausible(&known[&key.text], value) {
            return false;
        }
        let message = format!("`{}` is a key of {what} and stands too deep", key.text);
        self.note(key.span.clone(), message, Some("indent it less".to_owned()));
        let taken = std::mem::replace(&mut value.value, NodeValue::Refused);
        let node = Node { span: value.span.clone(), value: taken };
        self.misplaced.push((level, key.clone(), node));
        true
    }

    /// Notes entries that belong to another block of names, whose own line is missing.
    fn move_over(&mut self, entries: &mut Entries, inner: &'a Value, place: &Place) {
        let Some(stray) = entries.iter().position(|(_, value)| !self.at_home(inner, value)) else { return };
        let Some(Above { known, present, .. }) = self.above.last() else { return };
        let value = &entries[stray].1;
        let homes: Vec<(&'a String, &'a Value)> = known
            .iter()
            .filter(|(name, _)| !present.contains(name))
            .filter_map(|(name, schema)| Some((name, self.find(schema).get("additionalProperties")?)))
            .filter(|(_, schema)| schema.is_object() && self.is_record(schema, value))
            .collect();
        let Some((_, schema)) = homes.first().copied() else { return };
        let (moved, kept) = std::mem::take(entries)
            .into_iter()
            .partition(|(_, value)| self.is_record(schema, value) && !self.at_home(inner, value));
        *entries = kept;
        let moved: Entries = moved;
        let (first, owner) = (&moved[0].0, &moved[0].1);
        let names: Vec<String> = homes.iter().map(|(name, _)| format!("`{name}:`")).collect();
        let names = names.join(" or ");
        let message = format!("`{}` stands in {}, but looks like one of {names}", first.text, place.what);
        let (key, value) = (first.span.clone(), owner.span.clone());
        self.note(key.clone(), message, Some(format!("begin the block {names} before it")));
        let level = self.above.len() - 1;
        for (name, _) in &homes {
            self.mends.push(Mend {
                path: [&self.path[..self.path.len() - 1], &[(*name).clone()]].concat(),
                keys: Vec::new(),
            });
        }
        if let [(name, _)] = homes.as_slice() {
            let key = Key { text: (*name).clone(), span: key };
            self.misplaced.push((level, key, Node { span: value, value: NodeValue::Mapping(moved) }));
        }
    }

    /// Whether a value can be an entry of a block of names.
    fn at_home(&self, schema: &'a Value, node: &Node) -> bool {
        let (NodeValue::Mapping(entries), false) = (&node.value, self.is_record(schema, node)) else {
            return true;
        };
        let schema = self.find(schema);
        match schema.get("additionalProperties").filter(|inner| inner.is_object()) {
            // A block of names below each name: what could itself be below such a name is no such block.
            Some(inner) => {
                !self.is_record(inner, node) && entries.iter().all(|(_, value)| self.takes(inner, value))
            }
            None => false,
        }
    }

    /// Whether a value has all the keys that a schema requires, and none that it does not know.
    fn is_record(&self, schema: &'a Value, node: &Node) -> bool {
        let NodeValue::Mapping(entries) = &node.value else { return false };
        let schema = self.find(schema);
        let mut forms = alternatives(schema).into_iter().flatten().chain([schema]).map(|one| self.find(one));
        let Some(form) = forms.find(|one| one.get("properties").is_some()) else { return false };
        let scalar = |name: &str| {
            let value = entries.iter().find(|(key, _)| key.text == name).map(|(_, value)| value);
            value.is_some_and(|value| matches!(value.value, NodeValue::Scalar(..)))
        };
        let mut needed = required(form).peekable();
        needed.peek().is_some()
            && needed.all(scalar)
            && entries.iter().all(|(key, _)| form["properties"].get(&key.text).is_some())
    }

    /// Puts what stood too deep where it belongs.
    fn take_misplaced(&mut self, entries: &mut Entries) {
        let level = self.above.len() - 1;
        let (here, above) =
            std::mem::take(&mut self.misplaced).into_iter().partition(|(at, ..)| *at == level);
        self.misplaced = above;
        for (_, key, mut node) in here {
            if entries.iter().any(|(other, _)| other.text == key.text) {
                self.mend_key(&key.text);
            } else if self.check_entry(&key, &mut node, &self.above[level].known[&key.text]) {
                entries.push((key, node));
            } else {
                self.mend_key(&key.text);
            }
        }
    }
}

fn required(schema: &Value) -> impl Iterator<Item = &str> + Clone {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn uncapitalised(text: &str) -> String {
    let mut chars = text.trim_end_matches('.').chars();
    let first = chars.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
    first + chars.as_str()
}
