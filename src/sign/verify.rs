//! Checks the signature of a received request with the description that signs: what the emulator runs on.
//!
//! A signing function places headers and parameters. Their patterns, run backwards, give what the request was signed
//! with; the signing function, run on the request without them, must place the same again.

mod bind;

use std::fmt;

use base64::Engine as _;

use self::bind::{Found, find_variant, proves, split};
use super::value::{Pairs, Text};
use super::{Auth, Body, Draft, Inputs, Signer, Trace};
use crate::metadata::{Placement, PlacementPiece, ServiceMetadata, VariantMetadata};
use crate::service::like;
use crate::time::Timestamp;

/// What belongs to an access key.
#[derive(Clone)]
pub struct Secrets {
    /// The secret key.
    pub secret: String,
    /// Which tokens of temporary credentials go with it.
    pub token: Tokens,
}

/// The tokens of temporary credentials that go with an access key.
#[derive(Clone, PartialEq, Eq)]
pub enum Tokens {
    /// None: a request with a token is refused.
    Never,
    /// Any, or none: for verifiers that issue no tokens themselves.
    Any,
    /// This one, which every request must show.
    Only(String),
}

/// What a request with a good signature was signed with.
#[derive(Clone)]
#[non_exhaustive]
pub struct Verified {
    /// The access key.
    pub access_key: String,
    /// The token of temporary credentials.
    pub token: Option<String>,
    /// The variant's name.
    pub variant: &'static str,
    /// The sender's clock, where the signature has one.
    pub now: Option<Timestamp>,
    /// What the sender uses once only, where the signature has such a thing.
    pub nonce: Option<String>,
    /// The settings that it was signed with: those that the verifier gave, and those that the request shows.
    pub settings: Vec<(String, String)>,
}

/// Why a signature is not accepted. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The request is not signed.
    Missing,
    /// Nobody has this access key.
    UnknownKey,
    /// The signature is not the one that this request should have.
    BadSignature(Box<Explanation>),
    /// The token is missing, or is not the one that goes with the access key.
    BadToken,
    /// The sender's clock is too far off.
    ExpiredClock {
        /// The sender's clock.
        sent: Timestamp,
        /// How many seconds it may be off.
        window: u32,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the request is not signed"),
            Self::UnknownKey => f.write_str("nobody has this access key"),
            Self::BadSignature(why) => f.write_str(&why.problem),
            Self::BadToken => f.write_str("the token does not go with the access key"),
            Self::ExpiredClock { sent, window } => {
                write!(f, "the request was signed at {sent}, which is more than {window} seconds off")
            }
        }
    }
}

impl std::error::Error for Refusal {}

/// What was expected of a request's signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// What is wrong, in a line.
    pub problem: String,
    /// Whether what shows the signature does not have the form for it, so that no signature was compared.
    pub malformed: bool,
    /// The variant that was checked.
    pub variant: &'static str,
    /// What should have been placed but was not, signatures and tokens left out.
    pub differences: Vec<Difference>,
    /// The steps of the signature as they should have been, without the secret ones.
    pub steps: Vec<(&'static str, String)>,
}

/// A header or parameter that differs from what was expected, signatures and tokens left out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Its name.
    pub name: &'static str,
    /// What was received.
    pub received: String,
    /// What was expected.
    pub expected: String,
}

/// Checks the signature of `received`.
///
/// `lookup` gives what belongs to an access key, the empty one where requests show none. `settings` are those that the
/// verifier insists on, or that no request shows. The Host header and what makes a nonce unusable a second time are the caller's business.
///
/// # Errors
/// Why the signature is not accepted.
pub fn verify(
    metadata: &ServiceMetadata,
    received: &Draft,
    lookup: &dyn Fn(&str) -> Option<Secrets>,
    now: Timestamp,
    settings: &[(String, String)],
) -> Result<Verified, Refusal> {
    let auth = &metadata.service.auth;
    let found = find_variant(auth, metadata.variants, received, settings)?;
    let Found { variant, metadata: description, bound, omit } = found;
    let shown = bound.access_key.as_ref().is_none_or(|key| !key.is_empty());
    let access_key = bound.access_key.unwrap_or_default();
    let secrets = lookup(&access_key).filter(|_| shown).ok_or(Refusal::UnknownKey)?;

    let unsigned = strip(received, description.placements);
    if let Some(problem) =
        header_policy(auth, received, &unsigned, description, bound.signed_headers.as_deref())
    {
        return Err(refuse(variant.name, problem));
    }
    let (has_uuid, has_random) = (bound.uuid.is_some(), bound.random.is_some());
    let inputs = Inputs {
        access_key,
        secret: secrets.secret.into(),
        token: bound.token,
        now: bound.now.unwrap_or(now),
        uuid: bound.uuid.unwrap_or_default(),
        random: bound.random.unwrap_or_default(),
        settings: bound.settings,
        signed_headers: bound.signed_headers,
        omit,
    };
    let mut again = unsigned;
    (variant.sign)(&mut Signer::new(auth, variant.name, &inputs, &mut again));
    let differences = compare(received, &again, variant.name, description.placements);
    if !differences.is_empty() {
        // Only now, as most signatures are right and the steps cost as much again.
        let mut again = strip(received, description.placements);
        let trace = Signer::new(auth, variant.name, &inputs, &mut again).traced(variant.sign);
        let names: Vec<&str> = differences.iter().map(|difference| difference.name).collect();
        let explanation = Explanation {
            problem: format!("{} differs from what the request should carry", names.join(", ")),
            variant: variant.name,
            differences,
            steps: public_steps(&trace, description, &inputs),
            malformed: false,
        };
        return Err(Refusal::BadSignature(Box::new(explanation)));
    }

    let token_fits = match &secrets.token {
        Tokens::Never => inputs.token.is_none(),
        Tokens::Any => true,
        Tokens::Only(token) => {
            inputs.token.as_deref().is_some_and(|sent| same(sent.as_bytes(), token.as_bytes()))
        }
    };
    if !token_fits {
        return Err(Refusal::BadToken);
    }
    if let (Some(window), Some(sent)) = (metadata.service.clock_window, bound.now)
        && sent.unix_millis().abs_diff(now.unix_millis()) > u64::from(window) * 1000
    {
        return Err(Refusal::ExpiredClock { sent, window });
    }
    let Inputs { access_key, token, uuid, random, settings, .. } = inputs;
    let nonce = if has_uuid { Some(uuid) } else { Some(random).filter(|_| has_random) };
    Ok(Verified { access_key, token, variant: variant.name, now: bound.now, nonce, settings })
}

/// Everything that a request carries under the name of a placement.
fn all<'d>(draft: &'d Draft, placement: &'d Placement) -> impl Iterator<Item = &'d [u8]> {
    let headers = draft.headers.iter().filter(|_| placement.header);
    let named = headers.filter(|(name, _)| name.eq_ignore_ascii_case(placement.name));
    let pairs = draft.query.iter().chain(draft.form().into_iter().flat_map(Pairs::iter));
    let parameters = pairs.filter(|_| !placement.header);
    let parameters = parameters.filter(|(name, _)| name.as_ref() == placement.name.as_bytes());
    let values = parameters.map(|(_, value)| value.as_ref());
    named.map(|(_, value)| value.trim().as_bytes()).chain(values)
}

/// The request without what was placed: as it was before it was signed.
fn strip(received: &Draft, placements: &[Placement]) -> Draft {
    let stays = |name: &str| {
        !placements.iter().any(|placement| placement.header && placement.name.eq_ignore_ascii_case(name))
    };
    let keep = |name: &Text| {
        let mut placed = placements.iter().filter(|placement| !placement.header);
        !placed.any(|placement| placement.name.as_bytes() == name.as_ref())
    };
    let without = |pairs: &Pairs| {
        let kept = pairs.iter().filter(|(name, _)| keep(name));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    Draft {
        method: received.method.clone(),
        host: received.host.clone(),
        path: received.path.clone(),
        query: without(&received.query),
        raw_query: received.raw_query.clone(),
        headers: received.headers.iter().filter(|(name, _)| stays(name)).cloned().collect(),
        body: match &received.body {
            Body::Form(pairs) => Body::Form(without(pairs)),
            Body::ReceivedForm(bytes, pairs) => Body::ReceivedForm(bytes.clone(), without(pairs)),
            body => body.clone(),
        },
    }
}

/// What is wrong with the choice of signed headers.
fn header_policy(
    auth: &Auth,
    received: &Draft,
    unsigned: &Draft,
    description: &VariantMetadata,
    signed: Option<&[String]>,
) -> Option<String> {
    let signed = signed?;
    let holds_signature = |name: &str| {
        description.placements.iter().any(|placement| {
            placement.header && placement.name.eq_ignore_ascii_case(name) && proves(placement.pattern)
        })
    };
    let sent = |name: &str| name.eq_ignore_ascii_case("host") || received.header(name).is_some();
    if let Some(name) = signed.iter().find(|name| !sent(name) || holds_signature(name)) {
        return Some(format!("{name:?} is among the signed headers but is no header that can be signed"));
    }
    let fits =
        |name: &str, patterns: &[&str]| patterns.iter().any(|one| like(one.as_bytes(), name.as_bytes()));
    let names = unsigned.headers.iter().map(|(name, _)| name.to_lowercase()).chain(["host".to_owned()]);
    let mut wanted = names.filter(|name| {
        fits(name, auth.require_headers) && !fits(name, auth.skip_headers) && !holds_signature(name)
    });
    let missing = wanted.find(|name| !signed.iter().any(|one| one.eq_ignore_ascii_case(name)))?;
    Some(format!("{missing:?} must be among the signed headers"))
}

/// Compares what was received with what the signing function places, whole texts, in constant time.
fn compare(
    received: &Draft,
    again: &Draft,
    variant: &'static str,
    placements: &'static [Placement],
) -> Vec<Difference> {
    let mut differences = Vec::new();
    for placement in placements {
        let (mut got, mut wanted) = (all(received, placement), all(again, placement));
        let equal = loop {
            match (got.next(), wanted.next()) {
                (None, None) => break true,
                (Some(got), Some(wanted)) if same(got, wanted) => {}
                _ => break false,
            }
        };
        if !equal {
            let shown = |draft| {
                let text = |value: &[u8]| public(placement, &String::from_utf8_lossy(value), variant);
                all(draft, placement).next().map_or_else(String::new, text)
            };
            differences.push(Difference {
                name: placement.name,
                received: shown(received),
                expected: shown(again),
            });
        }
    }
    differences
}

/// A placed text without signature and token.
fn public(placement: &Placement, text: &str, variant: &'static str) -> String {
    let Some(parts) = split(placement.pattern, text, variant) else { return "[unreadable]".to_owned() };
    let shown = parts.into_iter().map(|(piece, part)| match piece {
        PlacementPiece::Signature => "[signature]",
        PlacementPiece::Base64(pieces) | PlacementPiece::Percent(pieces) if proves(pieces) => "[signature]",
        PlacementPiece::Token | PlacementPiece::TokenBase64 => "[token]",
        PlacementPiece::Base64(pieces) | PlacementPiece::Percent(pieces) if shows_token(pieces) => "[token]",
        _ => part,
    });
    cut(shown.collect())
}

/// Whether a token is among some parts.
fn shows_token(pieces: &[PlacementPiece]) -> bool {
    pieces.iter().any(|piece| matches!(piece, PlacementPiece::Token | PlacementPiece::TokenBase64))
}

/// A text that is not too long to be shown.
fn cut(mut text: String) -> String {
    const LONGEST: usize = 4096;
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The steps that may be shown.
fn public_steps(
    trace: &Trace,
    description: &VariantMetadata,
    inputs: &Inputs,
) -> Vec<(&'static str, String)> {
    let secret = inputs.secret.as_bytes();
    let leaks = |value: &[u8]| !secret.is_empty() && (value.windows(secret.len()).any(|part| part == secret));
    let steps = trace.iter().filter(|(name, value)| {
        *name != "signature" && !description.secret_steps.contains(name) && !leaks(value)
    });
    let without_token = |value: String| match inputs.token.as_deref().filter(|token| !token.is_empty()) {
        Some(token) => {
            let base64 = base64::engine::general_purpose::STANDARD.encode(token);
            let encoded = crate::encoding::percent_encode(token.as_bytes(), b"");
            [token, &base64, &encoded].iter().fold(value, |value, shown| value.replace(*shown, "[token]"))
        }
        None => value,
    };
    steps
        .map(|(name, value)| (*name, cut(without_token(String::from_utf8_lossy(value).into_owned()))))
        .collect()
}

fn refuse(variant: &'static str, problem: String) -> Refusal {
    Refusal::BadSignature(Box::new(Explanation { problem, variant, ..Explanation::default() }))
}

/// Compares in a time that depends on the lengths only.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}
