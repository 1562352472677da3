//! What is made of the bytes of a value: digests, keyed digests, base64.

use std::ops::Deref;

use base64::Engine as _;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::{Bytes, Raw, Text};

/// A keyed digest of parts, one after the other.
fn hmac<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Raw {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    parts.iter().for_each(|part| mac.update(part));
    Raw::from_slice(&mac.finalize().into_bytes())
}

macro_rules! digests {
    ($($name:ident $digest:ident $title:literal),*) => {
        $(
            #[doc = concat!("The ", $title, " digest.")]
            #[must_use]
            pub fn $name(&self) -> Bytes {
                Bytes(Raw::from_slice(&$digest::digest(&self.0)))
            }
        )*
    };
}

macro_rules! hmacs {
    ($($name:ident $digest:ident $title:literal),*) => {
        $(
            #[doc = concat!("HMAC with ", $title, " of `message`, keyed with this value.")]
            #[must_use]
            pub fn $name(&self, message: impl AsRef<[u8]>) -> Bytes {
                Bytes(hmac::<Hmac<$digest>>(&self.0, &[message.as_ref()]))
            }
        )*
    };
}

macro_rules! hashes {
    ($type:ty) => {
        impl $type {
            digests! {
                md5 Md5 "MD5", sha1 Sha1 "SHA-1", sha256 Sha256 "SHA-256", sha384 Sha384 "SHA-384", sha512 Sha512 "SHA-512"
            }

            hmacs! {
                hmac_md5 Md5 "MD5", hmac_sha1 Sha1 "SHA-1", hmac_sha256 Sha256 "SHA-256", hmac_sha384 Sha384 "SHA-384",
                hmac_sha512 Sha512 "SHA-512"
            }

            /// HKDF-SHA256 (RFC 5869) of this value: as many bytes as one digest has.
            #[must_use]
            pub fn hkdf_sha256(&self, salt: impl AsRef<[u8]>, info: impl AsRef<[u8]>) -> Bytes {
                let extracted = hmac::<Hmac<Sha256>>(salt.as_ref(), &[&self.0]);
                Bytes(hmac::<Hmac<Sha256>>(&extracted, &[info.as_ref(), &[1]]))
            }

            /// How many bytes there are, as a decimal number.
            #[must_use]
            pub fn length(&self) -> Text {
                Text::from(self.0.len().to_string())
            }

            /// Base64 in the standard alphabet, padded.
            #[must_use]
            pub fn base64(&self) -> Text {
                Text::from(base64::engine::general_purpose::STANDARD.encode(&self.0))
            }
        }

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

hashes!(Text);
hashes!(Bytes);
