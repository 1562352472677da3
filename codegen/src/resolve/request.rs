//! How requests look: the operation's block laid over the service's.

use super::scope::{File, at};
use crate::model::{Field, Piece, Template};
use crate::notation::split_template;
use crate::spec::{Ordered, PlaceWord, RequestSpec, Scalar};

/// Reads a template whose holes are all in `known`.
pub fn template(file: &File<'_>, path: &[&str], text: &str, known: &[&str]) -> Template {
    let Some(pieces) = file.accept(path, split_template(text)) else { return Vec::new() };
    for piece in &pieces {
        if let Piece::Hole(name) = piece {
            if !known.contains(&name.as_str()) {
                file.unknown(path, "setting or parameter", name, known.iter().copied());
            }
        }
    }
    pieces
}

/// Constants of one block, with where each goes.
pub fn constants(
    file: &File<'_>,
    spec: &RequestSpec,
    place: PlaceWord,
    known: &[&str],
) -> Vec<(PlaceWord, String, Template)> {
    let blocks: [(&str, &Ordered<Scalar>, PlaceWord); 3] = [
        ("params", &spec.params, place),
        ("query", &spec.query, PlaceWord::Query),
        ("headers", &spec.headers, PlaceWord::Header),
    ];
    let mut out = Vec::new();
    for (key, block, place) in blocks {
        for (name, value) in block.iter() {
            let path = ["request", key, name];
            out.push((place, name.to_owned(), template(file, &path, &value.0, known)));
        }
    }
    out
}

/// Path parameters occur in the path and the reverse.
pub fn check_path(file: &File<'_>, path: &Template, parameters: &[Field], place: PlaceWord) {
    let holes: Vec<&str> = path
        .iter()
        .filter_map(|piece| match piece {
            Piece::Hole(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
        .collect();
    for field in parameters {
        let in_path = field.place.unwrap_or(place) == PlaceWord::Path;
        let held = holes.contains(&field.name.as_str());
        let span = at(&["parameters"], &[&field.name]);
        if in_path && !held {
            file.wrong_key(
                &span,
                format!("the path has no hole `{{{}}}` for this parameter", field.name),
                None,
            );
        } else if !in_path && held {
            let help = Some("say `place: path`".to_owned());
            file.wrong_key(&span, format!("`{}` stands in the path but is sent elsewhere", field.name), help);
        }
        if in_path && !field.required {
            file.wrong_key(&span, format!("`{}` stands in the path, so it is required", field.name), None);
        }
    }
}

/// A method is a word in capitals.
pub fn check_method(file: &File<'_>, path: &[&str], method: &str) {
    const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];
    if !METHODS.contains(&method) {
        file.unknown(path, "HTTP method", method, METHODS);
    }
}
