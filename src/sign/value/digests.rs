//! What is made of bytes, whatever they belong to: digests, keyed digests, base64.

use std::ops::Deref;

use base64::Engine as _;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha384, Sha512};

use super::raw::{INLINE, Raw};
use super::sha256::{Key, sha256};
use super::{Bytes, Text};
use crate::encoding::{hex, write_hex};

/// A keyed digest.
fn hmac<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Bytes {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    Bytes(Raw::from_slice(&mac.finalize().into_bytes()))
}

macro_rules! digests {
    ($($name:ident $digest:ident $title:literal),*) => {
        $(
            #[doc = concat!("The ", $title, " digest.")]
            #[must_use]
            fn $name(&self) -> Bytes {
                Bytes(Raw::from_slice(&$digest::digest(self.as_ref())))
            }
        )*
    };
}

macro_rules! hmacs {
    ($($name:ident $digest:ident $title:literal),*) => {
        $(
            #[doc = concat!("HMAC with ", $title, " of `message`, keyed with this value.")]
            #[must_use]
            fn $name(&self, message: impl AsRef<[u8]>) -> Bytes {
                hmac::<Hmac<$digest>>(self.as_ref(), message.as_ref())
            }
        )*
    };
}

/// What can be made of any bytes: of [`Text`] and [`Bytes`], and of what a request or the credentials hold, where it is.
pub trait Octets: AsRef<[u8]> {
    digests! {
        md5 Md5 "MD5", sha1 Sha1 "SHA-1", sha384 Sha384 "SHA-384", sha512 Sha512 "SHA-512"
    }

    hmacs! {
        hmac_md5 Md5 "MD5", hmac_sha1 Sha1 "SHA-1", hmac_sha384 Sha384 "SHA-384", hmac_sha512 Sha512 "SHA-512"
    }

    /// The SHA-256 digest.
    #[must_use]
    fn sha256(&self) -> Bytes {
        sha256(self.as_ref()).as_slice().into()
    }

    /// HMAC with SHA-256 of `message`, keyed with this value.
    #[must_use]
    fn hmac_sha256(&self, message: impl AsRef<[u8]>) -> Bytes {
        Key::new(self.as_ref()).hmac_sha256(message)
    }

    /// HKDF-SHA256 (RFC 5869) of this value: as many bytes as one digest has.
    #[must_use]
    fn hkdf_sha256(&self, salt: impl AsRef<[u8]>, info: impl AsRef<[u8]>) -> Bytes {
        let extracted = Key::new(salt.as_ref()).mac(self.as_ref());
        Key::new(&extracted).hmac_sha256([info.as_ref(), &[1]].concat())
    }

    /// How many bytes there are, as a decimal number.
    #[must_use]
    fn length(&self) -> Text {
        Text::from(self.as_ref().len().to_string())
    }

    /// Base64 in the standard alphabet, padded.
    #[must_use]
    fn base64(&self) -> Text {
        Text::from(base64::engine::general_purpose::STANDARD.encode(self.as_ref()))
    }

    /// The same as text.
    #[must_use]
    fn as_text(&self) -> Text {
        self.as_ref().into()
    }

    /// Lower-case hexadecimal digits.
    #[must_use]
    fn hex(&self) -> Text {
        let (bytes, mut digits) = (self.as_ref(), [0; INLINE]);
        match digits.get_mut(..bytes.len() * 2) {
            Some(digits) => write_hex(bytes, digits),
            None => return Text::from(hex(bytes)),
        }
        Text(Raw::from_buf_and_len(digits, bytes.len() * 2))
    }
}

impl Octets for [u8] {}

/// What holds bytes shows them, and so has all that can be made of them.
macro_rules! octets {
    ($type:ty) => {
        impl AsRef<[u8]> for $type {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl Deref for $type {
            type Target = [u8];

            fn deref(&self) -> &[u8] {
                &self.0
            }
        }
    };
}

octets!(Text);
octets!(Bytes);
