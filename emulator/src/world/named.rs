//! Things by name, in the order in which they were named.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

/// Things by name, in the order in which they were named. A name that is read twice is an error.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Named<T>(pub(crate) Vec<(String, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Named<T> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, one)| (name.as_str(), one))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.iter().find(|(known, _)| *known == name).map(|(_, one)| one)
    }

    /// Puts a thing under a name, in place of what is there.
    pub(crate) fn set(&mut self, name: &str, one: T) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = one,
            None => self.0.push((name.to_owned(), one)),
        }
    }
}

impl<T: Default> Named<T> {
    /// Changes what has a name, or a new thing.
    pub(crate) fn change(&mut self, name: &str, change: impl FnOnce(T) -> T) {
        let position = self.0.iter().position(|(known, _)| known == name);
        match position.and_then(|position| self.0.get_mut(position)) {
            Some((_, one)) => *one = change(std::mem::take(one)),
            None => self.0.push((name.to_owned(), change(T::default()))),
        }
    }
}

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader(PhantomData))
    }
}

struct Reader<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
    type Value = Named<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named<T>, A::Error> {
        let mut named: Vec<(String, T)> = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if named.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom(format!("{name:?} is there twice: names must differ")));
            }
            named.push((name, map.next_value()?));
        }
        Ok(Named(named))
    }
}
