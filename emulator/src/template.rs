//! Templates, backwards.

use percent_encoding::percent_decode_str;
use rdbfetch::service::{Operation, Piece, Service};

/// What the holes of a template stand for in a text.
pub(crate) type Holes = Vec<(&'static str, String)>;

/// Reads a text backwards through a template: literal text must stand as it is, and so must what `known` knows; any
/// other hole reaches up to the next literal text and is not empty.
pub(crate) fn read(
    pieces: &[Piece],
    text: &str,
    known: &dyn Fn(&str) -> Option<&'static str>,
) -> Option<Holes> {
    let literal = |piece: &Piece| match *piece {
        Piece::Text(text) => Some(text),
        Piece::Hole(name) => known(name),
    };
    let mut rest = text;
    let mut holes = Holes::new();
    for (index, piece) in pieces.iter().enumerate() {
        if let Some(wanted) = literal(piece) {
            rest = rest.strip_prefix(wanted)?;
            continue;
        }
        let end = match pieces.get(index + 1) {
            Some(next) => rest.find(literal(next)?)?,
            None => rest.len(),
        };
        let (value, after) = rest.split_at(end);
        if let (Piece::Hole(name), false) = (piece, value.is_empty()) {
            holes.push((name, value.to_owned()));
        } else {
            return None;
        }
        rest = after;
    }
    rest.is_empty().then_some(holes)
}

/// Writes a template; `None` where it mentions what `known` does not know.
pub(crate) fn write<'a>(pieces: &[Piece], known: &dyn Fn(&str) -> Option<&'a str>) -> Option<String> {
    let text = |piece: &Piece| match *piece {
        Piece::Text(text) => Some(text),
        Piece::Hole(name) => known(name),
    };
    pieces.iter().map(text).collect()
}

/// Reads a path, segment by segment, each percent-decoded: `%2F` separates nothing.
pub(crate) fn read_path(
    pieces: &'static [Piece],
    path: &str,
    known: &dyn Fn(&str) -> Option<&'static str>,
) -> Option<Holes> {
    let wanted = segments(pieces);
    let found: Vec<&str> = path.split('/').collect();
    if wanted.len() != found.len() {
        return None;
    }
    let mut holes = Holes::new();
    for (pieces, segment) in wanted.iter().zip(found) {
        let segment = percent_decode_str(segment).decode_utf8().ok()?;
        holes.extend(read(pieces, &segment, known)?);
    }
    Some(holes)
}

/// The segments of a path template.
fn segments(pieces: &'static [Piece]) -> Vec<Vec<Piece>> {
    let mut segments = vec![Vec::new()];
    for piece in pieces {
        let Piece::Text(text) = *piece else {
            segments.last_mut().into_iter().for_each(|last| last.push(*piece));
            continue;
        };
        for (index, part) in text.split('/').enumerate() {
            if index > 0 {
                segments.push(Vec::new());
            }
            if !part.is_empty() {
                segments.last_mut().into_iter().for_each(|last| last.push(Piece::Text(part)));
            }
        }
    }
    segments
}

/// What `{operation}` and `{version}` stand for.
pub(crate) fn names(
    service: &'static Service,
    operation: Option<&'static Operation>,
) -> impl Fn(&str) -> Option<&'static str> {
    move |name| match name {
        "operation" => operation.map(|operation| operation.name),
        "version" => operation.map_or(service.version, |operation| operation.version),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: fn(&str) -> Option<&'static str> = |_| None;
    const PATH: &[Piece] = &[
        Piece::Text("/v1/regions/"),
        Piece::Hole("region"),
        Piece::Text("/x/"),
        Piece::Hole("id"),
        Piece::Text("/b:link"),
    ];

    #[test]
    fn paths_are_read_by_segments() {
        let holes = |path| read_path(PATH, path, &NOTHING);
        let expected = vec![("region", "r 1".to_owned()), ("id", "a/b".to_owned())];
        assert_eq!(holes("/v1/regions/r%201/x/a%2Fb/b:link"), Some(expected.clone()));
        assert_eq!(holes("/v1/regions/r%201/x/a%2fb/b%3Alink"), Some(expected));
        for other in [
            "/",
            "/v1/regions/r/x/a/b",
            "/v1/regions//x/a/b:link",
            "/v1/regions/r/x/a/b:link/",
            "/v1/regions/r/x/%FF/b:link",
        ] {
            assert_eq!(holes(other), None, "{other}");
        }
        assert_eq!(read_path(&[Piece::Text("/")], "/", &NOTHING), Some(Holes::new()));
        assert_eq!(read_path(&[Piece::Text("/")], "//", &NOTHING), None);
    }

    #[test]
    fn known_holes_are_literal() {
        let known = |name: &str| (name == "operation").then_some("List");
        let pieces = &[Piece::Hole("operation"), Piece::Text("Response")];
        assert_eq!(read(pieces, "ListResponse", &known), Some(Holes::new()));
        assert_eq!(read(pieces, "GetResponse", &known), None);
        assert_eq!(write(pieces, &known).as_deref(), Some("ListResponse"));
        assert_eq!(write(&[Piece::Hole("region")], &known), None);
    }
}
