//! When links expire.

use super::places::{Reach, json_kind};
use super::scope::{File, at};
use crate::model::{Convert, Expiry, Piece, Root, Source, Step, TimeFormat, Type, UrlPiece};
use crate::notation::{check_moment, parse_duration, parse_place, parse_zone, split_template};
use crate::spec::{ExpirySpec, OneOrMany, Ordered};

/// Resolves the ways in which a projection says when its links expire.
pub fn expires(
    file: &File<'_>,
    path: &[&str],
    specs: Option<&OneOrMany<ExpirySpec>>,
    reach: &Reach<'_>,
) -> Vec<Expiry> {
    let list = specs.map_or(&[][..], OneOrMany::list);
    let many = matches!(specs, Some(OneOrMany::Many(_)));
    let mut out = Vec::new();
    for (index, one) in list.iter().enumerate() {
        let number = index.to_string();
        let path = if many { at(path, &[&number]) } else { path.to_vec() };
        match one {
            ExpirySpec::Text(text) => {
                match parse_duration(text) {
                    Some(seconds) => out.push(Expiry::After(seconds)),
                    None if text.starts_with(|c: char| c.is_ascii_digit()) || text.contains(' ') => {
                        file.wrong(&path, format!("`{text}` is neither a duration such as `30s`, `5m`, `12h` or `7d` nor a place"));
                    }
                    None => {
                        let field = in_field(file, &path, text, reach);
                        let assumed = field.as_ref().and_then(|field| assumed_lifetime(field, reach));
                        out.extend(field.into_iter().chain(assumed));
                    }
                }
            }
            ExpirySpec::Url(parts) => out.extend(in_url(file, &path, parts)),
        }
    }
    out
}

/// A field of the answer, or a parameter of the request.
fn in_field(file: &File<'_>, path: &[&str], text: &str, reach: &Reach<'_>) -> Option<Expiry> {
    let (place, end) = reach.resolve(file, path, text)?;
    let Some((field, kind)) = end else {
        file.wrong(path, "this is neither a duration such as `6h` nor the place of a field");
        return None;
    };
    let convert = match (&kind, field.unit.as_deref()) {
        (Type::Timestamp, _) => Convert::Time(field.time.clone()),
        (Type::Int64 | Type::Double | Type::String, unit) if milliseconds(unit).is_some() => {
            Convert::Duration(milliseconds(unit)?)
        }
        _ => {
            let help = "declare the field as `timestamp`, or say its `unit`, such as `s`".to_owned();
            file.wrong_help(path, format!("`{}` is neither a moment nor a duration", field.name), Some(help));
            return None;
        }
    };
    Some(Expiry::Field(Source { place, kind: json_kind(&field, &kind), convert }))
}

/// The length of a unit of durations.
pub fn milliseconds(unit: Option<&str>) -> Option<u64> {
    Some(match unit? {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    })
}

/// The lifetime where the parameter that asks for one is left out: the vendor's default.
fn assumed_lifetime(expiry: &Expiry, reach: &Reach<'_>) -> Option<Expiry> {
    let Expiry::Field(Source { place, convert: Convert::Duration(unit), .. }) = expiry else { return None };
    let Root::Request(name) = &place.root else { return None };
    let parameter = reach.parameters.iter().find(|field| field.name == *name)?;
    let default: u64 = parameter.default.as_deref()?.parse().ok()?;
    Some(Expiry::After(default.checked_mul(*unit)? / 1000))
}

/// Parameters of the link's query.
fn in_url(file: &File<'_>, path: &[&str], parts: &Ordered<String>) -> Option<Expiry> {
    let mut out = Vec::new();
    for (key, template) in parts.iter() {
        let path = at(path, &[key]);
        let place = match parse_place(key) {
            Ok(place) if place.root == Root::Url => place,
            _ => {
                file.wrong_key(&path, "a place in a link begins with `$url.`", None);
                return None;
            }
        };
        let pieces: Option<Vec<UrlPiece>> = file
            .accept(&path, split_template(template))?
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => Some(UrlPiece::Text(text)),
                Piece::Hole(hole) => url_hole(file, &path, &hole),
            })
            .collect();
        let pieces = pieces?;
        let is_text = |piece: &UrlPiece| matches!(piece, UrlPiece::Text(_));
        if pieces.windows(2).any(|pair| !is_text(&pair[0]) && !is_text(&pair[1])) {
            file.wrong(&path, "two holes side by side cannot be told apart");
        }
        let names = place.steps.into_iter().filter_map(|step| match step {
            Step::Key(name) => Some(name),
            Step::Each | Step::EachKey => None,
        });
        out.push((names.collect(), pieces));
    }
    let shows = |shown: fn(&UrlPiece) -> bool| out.iter().any(|(_, pieces)| pieces.iter().any(shown));
    let at_end = shows(|piece| matches!(piece, UrlPiece::At(_)));
    let from = shows(|piece| matches!(piece, UrlPiece::From(_)));
    let seconds = shows(|piece| matches!(piece, UrlPiece::Seconds));
    if !(at_end || (from && seconds)) {
        file.wrong(path, "an expiry in a link shows `at`, or `from` and `seconds`");
    }
    Some(Expiry::Url(out))
}

fn url_hole(file: &File<'_>, path: &[&str], hole: &str) -> Option<UrlPiece> {
    let (name, filter) =
        hole.split_once('|').map_or((hole, None), |(name, filter)| (name, Some(filter.trim())));
    let name = name.trim();
    let plain = |piece: UrlPiece| match filter {
        None => Some(piece),
        Some(filter) => {
            file.wrong_part(path, filter, format!("`{name}` takes no filter"), None);
            None
        }
    };
    match name {
        "at" => url_time(file, path, name, filter).map(UrlPiece::At),
        "from" => url_time(file, path, name, filter).map(UrlPiece::From),
        "seconds" => plain(UrlPiece::Seconds),
        "_" => plain(UrlPiece::Ignore),
        other => {
            file.unknown(path, "hole", other, ["at", "from", "seconds", "_"]);
            None
        }
    }
}

/// The format of a moment in a link.
fn url_time(file: &File<'_>, path: &[&str], name: &str, filter: Option<&str>) -> Option<TimeFormat> {
    let arguments =
        filter.and_then(|filter| filter.strip_prefix("time('")).and_then(|rest| rest.strip_suffix("')"));
    let Some(arguments) = arguments else {
        let message = format!("`{name}` needs its format, as in `{{{name} | time('%s')}}`");
        file.wrong_part(path, name, message, None);
        return None;
    };
    let zoned = arguments.split_once('\'').and_then(|(format, rest)| {
        let zone = rest.trim_start().strip_prefix(',')?.trim_start().strip_prefix('\'')?;
        Some((format, zone))
    });
    let (format, zone) = zoned.unwrap_or((arguments, "Z"));
    file.accept(path, check_moment(format))?;
    let offset = file.accept(path, parse_zone(zone))?;
    Some(TimeFormat { format: format.to_owned(), offset })
}
