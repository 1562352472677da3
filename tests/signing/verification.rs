//! What a signing function signs, verification accepts; what was changed afterwards, it refuses.

use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::sign::verify::{Refusal, Secrets, Tokens, Verified, verify};
use rdbfetch::sign::{Auth, Body, Draft, Inputs, Pairs, Signer, Variant};

use crate::random::Random;
use crate::services;

const REQUESTS: u64 = 60;

/// A request, what it was signed with, and with which variant.
struct Signed {
    metadata: &'static ServiceMetadata,
    variant: &'static Variant,
    inputs: Inputs,
    unsigned: Draft,
    sent: Draft,
}

fn signed_draft(auth: &'static Auth, variant: &'static Variant, inputs: &Inputs, unsigned: &Draft) -> Draft {
    let mut draft = unsigned.clone();
    (variant.sign)(&mut Signer::new(auth, variant.name, inputs, &mut draft));
    draft
}

/// The request as a server has it.
pub fn received(draft: &Draft) -> Draft {
    let (query, body) = (draft.encoded_query(), draft.encoded_body());
    let body = match draft.form() {
        Some(_) => Body::ReceivedForm(body.clone(), Pairs::from(&body[..])),
        None if body.is_empty() => Body::Empty,
        None => Body::Bytes(body),
    };
    Draft { query: Pairs::from(&query[..]), raw_query: Some(query), body, ..draft.clone() }
}

impl Signed {
    fn new(metadata: &'static ServiceMetadata, variant: &'static Variant, seed: u64) -> Self {
        let mut random = Random(seed);
        let (unsigned, inputs) = (random.draft(metadata), random.sound_inputs(metadata));
        let sent = signed_draft(&metadata.service.auth, variant, &inputs, &unsigned);
        Self { metadata, variant, inputs, unsigned, sent }
    }

    fn check(&self, received: &Draft, secret: &str) -> Result<Verified, Refusal> {
        let Inputs { access_key, token, now, settings, .. } = &self.inputs;
        let shows_key = |asked: &str| asked.is_empty() || asked == access_key;
        let lookup = |asked: &str| {
            let token = token.clone().map_or(Tokens::Never, Tokens::Only);
            shows_key(asked).then(|| Secrets { secret: secret.to_owned(), token })
        };
        verify(self.metadata, received, &lookup, *now, settings)
    }

    fn name(&self) -> String {
        format!("{} {}", self.metadata.service.name, self.variant.name)
    }

    fn description(&self) -> &'static [rdbfetch::metadata::Placement] {
        let mut variants = self.metadata.variants.iter();
        variants.find(|one| one.name == self.variant.name).map_or(&[], |one| one.placements)
    }

    /// Whether the token can be told: a scheme that places none carries none.
    fn carries_token(&self) -> bool {
        self.description().iter().any(|placement| placement.optional)
    }

    /// What is placed, in order.
    fn placed(&self, draft: &Draft) -> Vec<String> {
        let value = |placement: &rdbfetch::metadata::Placement| {
            if placement.header {
                return draft.header(placement.name).unwrap_or_default().to_owned();
            }
            let params = draft.form().unwrap_or(&draft.query);
            params.get(placement.name).map(|value| value.to_string_lossy()).unwrap_or_default()
        };
        self.description().iter().map(value).collect()
    }
}

fn all() -> impl Iterator<Item = Signed> {
    services().iter().flat_map(|metadata| {
        metadata
            .service
            .auth
            .variants
            .iter()
            .flat_map(|variant| (0..REQUESTS).map(|seed| Signed::new(metadata, variant, seed)))
    })
}

#[test]
fn what_was_signed_is_accepted() {
    for mut signed in all() {
        if !signed.carries_token() {
            signed.inputs.token = None;
        }
        let verified = signed.check(&received(&signed.sent), &signed.inputs.secret);
        let verified = verified
            .unwrap_or_else(|refusal| panic!("{}: {refusal} {refusal:?}\n{:?}", signed.name(), signed.sent));
        assert_eq!(verified.variant, signed.variant.name, "{}", signed.metadata.service.name);
        assert_eq!(verified.token, signed.inputs.token, "{}", signed.name());
    }
}

#[test]
fn another_secret_is_refused() {
    for signed in all() {
        // A longer key of base64 or hexadecimal digits, as some are.
        let other = format!("{}00000000", *signed.inputs.secret);
        let result = signed.check(&received(&signed.sent), &other);
        assert!(result.is_err() || signed.description().is_empty(), "{}", signed.name());
    }
}

/// A change to a request.
type Change = fn(&mut Draft);

/// Changes to a request, by name.
fn changes() -> Vec<(&'static str, Change)> {
    vec![
        ("the method", |draft| "PATCH".clone_into(&mut draft.method)),
        ("the host", |draft| "other.example".clone_into(&mut draft.host)),
        ("the path", |draft| draft.path.push('x')),
        ("a parameter more", |draft| draft.query.push("zz", "1")),
        ("no parameters", |draft| draft.query = Pairs::default()),
        ("the body", |draft| match draft.form_mut() {
            Some(form) => form.push("zz", "1"),
            None => draft.body = Body::Bytes(b"changed".to_vec()),
        }),
        ("the headers", |draft| draft.headers.iter_mut().for_each(|(_, value)| value.push('z'))),
    ]
}

#[test]
fn a_change_is_refused_exactly_when_it_would_be_signed_otherwise() {
    let mut refused = 0;
    for signed in all() {
        for (what, change) in changes() {
            let mut other = signed.unsigned.clone();
            change(&mut other);
            let resigned =
                signed_draft(&signed.metadata.service.auth, signed.variant, &signed.inputs, &other);
            let same = signed.placed(&resigned) == signed.placed(&signed.sent);
            // The changed request with what was placed into the other one.
            let mut forged = resigned.clone();
            for placement in signed.description() {
                if placement.header {
                    forged.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(placement.name));
                    let placed = signed.sent.header(placement.name).map(str::to_owned);
                    forged.headers.extend(placed.map(|value| (placement.name.to_owned(), value)));
                    continue;
                }
                let params = |draft: &Draft| draft.form().unwrap_or(&draft.query).clone();
                let placed = params(&signed.sent).get(placement.name).cloned();
                let pairs = match forged.form_mut() {
                    Some(form) => form,
                    None => &mut forged.query,
                };
                pairs.retain(|name, _| name.as_ref() != placement.name.as_bytes());
                placed.into_iter().for_each(|value| pairs.push(placement.name, value));
            }
            let mut inputs = signed.inputs.clone();
            inputs.token = inputs.token.filter(|_| signed.carries_token());
            let checked = Signed { inputs, ..Signed::new(signed.metadata, signed.variant, 0) };
            let result = checked.check(&received(&forged), &signed.inputs.secret);
            refused += u32::from(result.is_err());
            let told = result.as_ref().err().map(|refusal| format!("{refusal:?}"));
            assert_eq!(result.is_ok(), same, "{}: {what}: {told:?}\n{:?}", signed.name(), signed.unsigned);
        }
    }
    assert!(refused > 100, "signatures cover something");
}

#[test]
fn whatever_is_placed_cannot_be_changed() {
    for signed in all() {
        for placement in signed.description() {
            let mut draft = signed.sent.clone();
            let changed = |value: &str| match value.chars().last() {
                Some('1') => format!("{}2", &value[..value.len() - 1]),
                Some(last) => format!("{}1", &value[..value.len() - last.len_utf8()]),
                None => "1".to_owned(),
            };
            if placement.header {
                let Some(value) = draft.header(placement.name).map(changed) else { continue };
                draft.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(placement.name));
                draft.headers.push((placement.name.to_owned(), value));
            } else {
                let pairs = if draft.form().is_some() { draft.form_mut() } else { Some(&mut draft.query) };
                let Some(pairs) = pairs else { continue };
                let Some(value) = pairs.get(placement.name).map(|value| changed(&value.to_string_lossy()))
                else {
                    continue;
                };
                pairs.retain(|name, _| name.as_ref() != placement.name.as_bytes());
                pairs.push(placement.name, value);
            }
            let result = signed.check(&received(&draft), &signed.inputs.secret);
            assert!(result.is_err(), "{}: {}\n{draft:?}", signed.name(), placement.name);
        }
    }
}
