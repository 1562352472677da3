//! What filters do.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use percent_encoding::percent_decode;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::value::{Value, hex};
use super::{Text, like};
use crate::model::On;

/// Applies a filter. The generator has checked that it takes such a value and such arguments.
pub fn apply(of: Value, name: &str, on: On, arguments: &[Text]) -> Value {
    match (name, of) {
        (_, Value::Pairs(pairs)) if on == On::Names => Value::Pairs(
            pairs.into_iter().map(|(key, value)| (changed(&key, name, arguments), value)).collect(),
        ),
        (_, Value::Pairs(pairs)) if on == On::Values => Value::Pairs(
            pairs.into_iter().map(|(key, value)| (key, changed(&value, name, arguments))).collect(),
        ),
        ("names", Value::Pairs(pairs)) => Value::List(pairs.into_iter().map(|(name, _)| name).collect()),
        ("values", Value::Pairs(pairs)) => Value::List(pairs.into_iter().map(|(_, value)| value).collect()),
        ("drop_empty" | "only" | "except" | "get" | "sort" | "sort_names" | "join" | "lines", of) => {
            whole(of, name, arguments)
        }
        ("as_text" | "hex" | "base64" | "length" | "unhex" | "unbase64" | "hkdf_sha256", of) => {
            made(&of.into_text(), name, arguments)
        }
        (name, of) => match (digest(name), name.strip_prefix("hmac_").and_then(keyed)) {
            (Some(digest), _) => Value::Bytes(digest(&of.into_text())),
            (_, Some(hmac)) => Value::Bytes(hmac(&of.into_text(), argument(arguments, 0))),
            _ => each(of, |text| changed(text, name, arguments)),
        },
    }
}

fn argument(arguments: &[Text], at: usize) -> &[u8] {
    arguments.get(at).map_or(&[], Vec::as_slice)
}

type Digest = fn(&[u8]) -> Vec<u8>;
type Keyed = fn(&[u8], &[u8]) -> Vec<u8>;

fn digest(name: &str) -> Option<Digest> {
    Some(match name {
        "md5" => |bytes| Md5::digest(bytes).to_vec(),
        "sha1" => |bytes| Sha1::digest(bytes).to_vec(),
        "sha256" => |bytes| Sha256::digest(bytes).to_vec(),
        "sha384" => |bytes| Sha384::digest(bytes).to_vec(),
        "sha512" => |bytes| Sha512::digest(bytes).to_vec(),
        _ => return None,
    })
}

fn keyed(digest: &str) -> Option<Keyed> {
    Some(match digest {
        "md5" => hmac::<Hmac<Md5>>,
        "sha1" => hmac::<Hmac<Sha1>>,
        "sha256" => hmac::<Hmac<Sha256>>,
        "sha384" => hmac::<Hmac<Sha384>>,
        "sha512" => hmac::<Hmac<Sha512>>,
        _ => return None,
    })
}

fn hmac<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// A filter on every text of a value.
fn each(of: Value, change: impl Fn(&Text) -> Text) -> Value {
    match of {
        Value::Text(text) | Value::Bytes(text) => Value::Text(change(&text)),
        Value::List(items) => Value::List(items.iter().map(change).collect()),
        Value::Pairs(pairs) => {
            Value::Pairs(pairs.iter().map(|(name, value)| (change(name), change(value))).collect())
        }
    }
}

/// A filter on one text.
fn changed(text: &[u8], name: &str, arguments: &[Text]) -> Text {
    let first = argument(arguments, 0);
    match name {
        "lower" => text.to_ascii_lowercase(),
        "upper" => text.to_ascii_uppercase(),
        "encode" => encode(text, first),
        "decode" => percent_decode(text).collect(),
        "remove_dots" => remove_dots(text),
        "replace" => replace(text, first, argument(arguments, 1)),
        "end_with" if !text.ends_with(first) => [text, first].concat(),
        "prefix" if !text.is_empty() => [first, text].concat(),
        "suffix" if !text.is_empty() => [text, first].concat(),
        "trim" => {
            let of: &[u8] = if arguments.is_empty() { b" \t\r\n" } else { first };
            let mut rest = text;
            while let [byte, after @ ..] = rest
                && of.contains(byte)
            {
                rest = after;
            }
            while let [before @ .., byte] = rest
                && of.contains(byte)
            {
                rest = before;
            }
            rest.to_vec()
        }
        "squeeze" => {
            let mut out = Text::new();
            for byte in text {
                if first != [*byte] || out.last() != Some(byte) {
                    out.push(*byte);
                }
            }
            out
        }
        _ => text.to_vec(),
    }
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Text {
    let mut out = Text::new();
    let mut at = 0;
    while at < text.len() {
        if !from.is_empty() && text[at..].starts_with(from) {
            out.extend(to);
            at += from.len();
        } else {
            out.push(text[at]);
            at += 1;
        }
    }
    out
}

/// Resolves `.` and `..` by segments, each of which keeps the slash before it.
fn remove_dots(path: &[u8]) -> Text {
    let mut segments: Vec<Text> = Vec::new();
    let mut parts: Vec<&[u8]> = path.split(|byte| *byte == b'/').collect();
    let absolute = parts.len() > 1 && parts[0].is_empty();
    if absolute {
        parts.remove(0);
    } else {
        // Dots that a path begins with lead nowhere.
        while let [b"." | b"..", ..] = parts[..] {
            parts.remove(0);
        }
    }
    let (count, mut first) = (parts.len(), !absolute);
    for (index, part) in parts.into_iter().enumerate() {
        match part {
            b"." | b".." => {
                if part == b".." {
                    segments.pop();
                }
                if index + 1 == count {
                    segments.push(b"/".to_vec());
                }
            }
            part if first => segments.push(part.to_vec()),
            part => segments.push([b"/", part].concat()),
        }
        first = false;
    }
    segments.concat()
}

/// Percent-encodes all but what RFC 3986 leaves alone and the characters of ASCII in `keep`.
pub fn encode(text: &[u8], keep: &[u8]) -> Text {
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || byte.is_ascii() && keep.contains(&byte)
    };
    text.iter()
        .flat_map(|byte| if plain(*byte) { vec![*byte] } else { format!("%{byte:02X}").into_bytes() })
        .collect()
}

/// A filter on a list or pairs as a whole.
fn whole(of: Value, name: &str, arguments: &[Text]) -> Value {
    let first = argument(arguments, 0);
    let fits = |name: &Text| {
        let patterns = arguments.iter().map(|pattern| String::from_utf8_lossy(pattern));
        patterns.into_iter().any(|pattern| like(pattern.as_bytes(), name))
    };
    match (name, of) {
        ("drop_empty", Value::Pairs(mut pairs)) => {
            pairs.retain(|(_, value)| !value.is_empty());
            Value::Pairs(pairs)
        }
        ("only", Value::Pairs(mut pairs)) => {
            pairs.retain(|(name, _)| fits(name));
            Value::Pairs(pairs)
        }
        ("except", Value::Pairs(mut pairs)) => {
            pairs.retain(|(name, _)| !fits(name));
            Value::Pairs(pairs)
        }
        ("only", Value::List(items)) => Value::List(items.into_iter().filter(fits).collect()),
        ("except", Value::List(items)) => Value::List(items.into_iter().filter(|name| !fits(name)).collect()),
        ("get", Value::Pairs(pairs)) => {
            let found = pairs.into_iter().find(|(name, _)| name == first);
            Value::Text(found.map(|(_, value)| value).unwrap_or_default())
        }
        ("sort", Value::List(mut items)) => {
            items.sort();
            Value::List(items)
        }
        ("sort", Value::Pairs(mut pairs)) => {
            pairs.sort();
            Value::Pairs(pairs)
        }
        ("sort_names", Value::Pairs(mut pairs)) => {
            pairs.sort_by_key(|(name, _)| name.clone());
            Value::Pairs(pairs)
        }
        ("join", Value::Pairs(pairs)) => {
            Value::List(pairs.iter().map(|(name, value)| [name, first, value].concat()).collect())
        }
        ("join", Value::List(items)) => Value::Text(items.join(first)),
        ("lines", Value::List(items)) => Value::Text(items.join(&b'\n')),
        (_, of) => of,
    }
}

/// What is made of the bytes of a value. What cannot be decoded is nothing.
fn made(bytes: &[u8], name: &str, arguments: &[Text]) -> Value {
    match name {
        "as_text" => Value::Text(bytes.to_vec()),
        "hex" => Value::Text(hex(bytes)),
        "base64" => Value::Text(STANDARD.encode(bytes).into_bytes()),
        "length" => Value::text(&bytes.len().to_string()),
        "unbase64" => Value::Bytes(STANDARD.decode(bytes).unwrap_or_default()),
        "unhex" => Value::Bytes(unhex(bytes).unwrap_or_default()),
        _ => {
            // RFC 5869, for as many bytes as one digest has.
            let extracted = hmac::<Hmac<Sha256>>(argument(arguments, 0), bytes);
            Value::Bytes(hmac::<Hmac<Sha256>>(&extracted, &[argument(arguments, 1), &[1]].concat()))
        }
    }
}

fn unhex(digits: &[u8]) -> Option<Vec<u8>> {
    let text =
        std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    let starts = (0..text.len()).step_by(2);
    starts.map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}
