//! What filters do.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Hmac;
use percent_encoding::percent_decode;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::Text;
use super::value::{Value, hex};

/// Applies a filter. The generator has checked that it takes such a value and such arguments.
pub fn apply(of: Value, name: &str, arguments: &[Text]) -> Value {
    let argument = |at: usize| arguments.get(at).map_or(&[][..], Vec::as_slice);
    match name {
        "drop_empty" | "rename" | "sort" | "join" | "lines" => whole(of, name, argument(0), argument(1)),
        "sha1" | "sha256" | "hex" | "base64" => made_of_bytes(&of.into_text(), name),
        "hmac_sha1" => Value::Bytes(hmac::<Hmac<Sha1>>(&of.into_text(), argument(0))),
        "hmac_sha256" => Value::Bytes(hmac::<Hmac<Sha256>>(&of.into_text(), argument(0))),
        _ => each(of, |text| changed(text, name, argument(0))),
    }
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

fn changed(text: &[u8], name: &str, argument: &[u8]) -> Text {
    match name {
        "lower" => text.to_ascii_lowercase(),
        "encode" => encode(text, argument),
        "decode" => percent_decode(text).collect(),
        "squeeze" => {
            let mut out = Text::new();
            for byte in text {
                if argument != [*byte] || out.last() != Some(byte) {
                    out.push(*byte);
                }
            }
            out
        }
        _ => text.to_vec(),
    }
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
fn whole(of: Value, name: &str, first: &[u8], second: &[u8]) -> Value {
    match (name, of) {
        ("drop_empty", Value::Pairs(mut pairs)) => {
            pairs.retain(|(_, value)| !value.is_empty());
            Value::Pairs(pairs)
        }
        ("rename", Value::Pairs(pairs)) => {
            let rename = |name: Text| {
                let name = String::from_utf8_lossy(&name).into_owned();
                let [from, to] = [first, second].map(String::from_utf8_lossy);
                name.replace(&*from, &to).into_bytes()
            };
            Value::Pairs(pairs.into_iter().map(|(name, value)| (rename(name), value)).collect())
        }
        ("sort", Value::List(mut items)) => {
            items.sort();
            Value::List(items)
        }
        ("sort", Value::Pairs(mut pairs)) => {
            pairs.sort();
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

fn made_of_bytes(bytes: &[u8], name: &str) -> Value {
    match name {
        "hex" => Value::Text(hex(bytes)),
        "base64" => Value::Text(STANDARD.encode(bytes).into_bytes()),
        "sha1" => Value::Bytes(Sha1::digest(bytes).to_vec()),
        _ => Value::Bytes(Sha256::digest(bytes).to_vec()),
    }
}

fn hmac<M: hmac::Mac + hmac::KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = <M as hmac::KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}
