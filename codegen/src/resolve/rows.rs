//! What documentation shows of requests and answers: fields and what stands inside them, flattened.

use super::operation::Shared;
use super::places::Reach;
use crate::model::{Field, Row, Type};
use crate::spec::PlaceWord;

/// More rows than anyone reads. Types that hold each other several times over multiply.
const MAX_ROWS: usize = 4096;

/// Deeper nesting than anyone reads.
const MAX_DEPTH: usize = 32;

/// Parameters and what stands inside them.
pub fn parameter_rows(parameters: &[Field], place: PlaceWord, reach: &Reach<'_>) -> Vec<Row> {
    let mut rows = Rows { reach, above: Vec::new(), out: Vec::new() };
    for field in parameters {
        let place = field.place.unwrap_or(place);
        rows.flatten(field, field.name.clone(), Some(place));
    }
    rows.out
}

/// Fields of the answer from the body's root.
pub fn response_rows(shared: &Shared<'_>, response: &[Field], reach: &Reach<'_>) -> Vec<Row> {
    let mut rows = Rows { reach, above: Vec::new(), out: Vec::new() };
    for (_, field) in shared.envelope {
        rows.flatten(field, field.name.clone(), None);
    }
    let prefix: String = reach.within.iter().map(|key| format!("{key}.")).collect();
    for field in response {
        rows.flatten(field, format!("{prefix}{}", field.name), None);
    }
    rows.out
}

struct Rows<'a> {
    reach: &'a Reach<'a>,
    /// The types that are open.
    above: Vec<String>,
    out: Vec<Row>,
}

impl Rows<'_> {
    fn flatten(&mut self, field: &Field, path: String, place: Option<PlaceWord>) {
        if self.out.len() >= MAX_ROWS {
            return;
        }
        let mut inner_path = path.clone();
        let mut kind = &field.kind;
        while let Type::List(inner) | Type::Map(inner) = kind {
            inner_path.push_str("[]");
            kind = inner;
        }
        self.out.push(Row { path, place, field: field.clone() });
        let Type::Named(name) = kind else { return };
        // A type that holds itself is shown once.
        if self.above.contains(name) || self.above.len() >= MAX_DEPTH {
            return;
        }
        let reach = self.reach;
        let Some(object) = reach.objects.find(name) else { return };
        self.above.push(name.clone());
        for member in &object.fields {
            self.flatten(member, format!("{inner_path}.{}", member.name), place);
        }
        self.above.pop();
    }
}
