//! What steps are made of.

use super::Text;

/// A value of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Text(Text),
    Bytes(Vec<u8>),
    List(Vec<Text>),
    Pairs(Vec<(Text, Text)>),
}

impl Default for Value {
    fn default() -> Self {
        Self::Text(Text::new())
    }
}

impl Value {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.as_bytes().to_vec())
    }

    /// The bytes of a text, or bytes themselves. The rest is joined, though the generator lets nothing else through.
    pub fn into_text(self) -> Text {
        match self {
            Self::Text(bytes) | Self::Bytes(bytes) => bytes,
            Self::List(items) => items.join(&b'\n'),
            Self::Pairs(pairs) => lines(&pairs),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(bytes) | Self::Bytes(bytes) => bytes.is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Pairs(pairs) => pairs.is_empty(),
        }
    }

    /// How a vector writes it: text as it is, bytes in hexadecimal digits, one element per line.
    pub fn shown(&self) -> Text {
        match self {
            Self::Text(text) => text.clone(),
            Self::Bytes(bytes) => hex(bytes),
            Self::List(items) => items.join(&b'\n'),
            Self::Pairs(pairs) => lines(pairs),
        }
    }
}

fn lines(pairs: &[(Text, Text)]) -> Text {
    let items: Vec<Text> = pairs.iter().map(|(name, value)| [&name[..], b"=", value].concat()).collect();
    items.join(&b'\n')
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> Text {
    bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}
