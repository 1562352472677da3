//! Request signing: what generated signing functions are written in terms of.
//!
//! A signing function is straight-line code made from the `auth` description of a service. It reads the request
//! and the credentials through a [`Signer`] and puts headers and parameters into the request with
//! [`Signer::header`] and [`Signer::param`]. The same function verifies: run on a received request without what
//! was placed, it must place the same again.

mod draft;
mod fresh;
mod headers;
mod memo;
mod signer;
mod value;
#[cfg(feature = "metadata")]
pub mod verify;

pub use draft::{Body, Draft};
pub use headers::Header;
pub use memo::Memo;
pub use signer::{Inputs, Signer, Trace};
pub use value::{Bytes, Key, List, Octets, Out, Pairs, Text, cat, written};

/// A service's signature.
#[derive(Debug)]
pub struct Auth {
    /// Headers that the signature covers; `*` stands for any run of characters.
    pub sign_headers: &'static [&'static str],
    /// Whether `sign_headers` are names in byte order, without `*`, and `skip_headers` has none of them.
    pub sorted_names: bool,
    /// Headers that it does not cover although `sign_headers` matches them.
    pub skip_headers: &'static [&'static str],
    /// Headers that a verifier insists on, if they were sent.
    pub require_headers: &'static [&'static str],
    /// The variants in the order in which a verifier tries them.
    pub variants: &'static [Variant],
    /// The variant that a client uses unless told otherwise.
    pub default: &'static str,
}

impl Auth {
    /// The variant with this name.
    #[must_use]
    pub fn variant(&self, name: &str) -> Option<&'static Variant> {
        self.variants.iter().find(|variant| variant.name == name)
    }
}

/// One way to compute a signature.
#[derive(Debug)]
pub struct Variant {
    /// Its name; empty where a service has only one.
    pub name: &'static str,
    /// The signing function.
    pub sign: fn(&mut Signer<'_>),
}
