//! What tools that compare and translate specs ask of the generator besides the model.

use crate::diagnostics::Problems;
use crate::emit::Scope;
use crate::model::{Declared, Field, Object, Operation, Service};
use crate::{SpecFile, tree};

/// The Rust type of a field, as it is emitted: of a parameter or a member of an object that requests hold, or with
/// `read` of one that answers hold.
#[must_use]
pub fn rust_type(
    service: &Service,
    operation: Option<&Operation>,
    holder: Option<&Object>,
    field: &Field,
    read: bool,
) -> String {
    let scope = Scope { service, operation, holder, outside: false };
    scope.field_type(field, read).to_string().replace(' ', "")
}

/// Whether a field's struct cannot be made without it; with `read`, whether an answer must have it.
#[must_use]
pub fn is_required(field: &Field, read: bool) -> bool {
    crate::emit::required(field, read)
}

/// Line and column, from 1 and in characters, of the key that a path of keys ends with; nothing where a spec lacks its
/// first one. Of the rest, the nearest that is there counts.
#[must_use]
pub fn locate(file: &SpecFile, path: &[&str]) -> Option<(usize, usize)> {
    let tree = tree::parse(&file.path, &file.text, &mut Problems::default())?;
    let found = (1..=path.len()).rev().map(|length| &path[..length]).find(|path| tree.at(path).is_some())?;
    Some(position(&file.text, tree.key_span(found).start))
}

/// Line and column, from 1 and in characters, of where a field is declared.
#[must_use]
pub fn declared(file: &SpecFile, declared: &Declared) -> (usize, usize) {
    position(&file.text, declared.span.start)
}

fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line..].chars().count() + 1)
}
