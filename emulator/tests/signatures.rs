//! The verifying half of signatures, without a network.

mod support;

use rdbfetch::Timestamp;
use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::sign::verify::{Explanation, Refusal, Secrets, Tokens, Verified, verify};
use rdbfetch::sign::{Body, Draft, Pairs};
use serde_json::json;
use support::{ALPHA, BETA, GAMMA, Signing, alpha_call, beta_call, gamma_call};

const KEY: &str = "AK/with+odd=characters";
const SECRET: &str = "s3cret&=+/";

fn now() -> Timestamp {
    Timestamp::from_unix(1_700_000_000).unwrap()
}

fn signing(metadata: &ServiceMetadata) -> Signing {
    // alpha and gamma show the key before a slash, which then cannot be part of it.
    let key = if metadata.service.name == "beta" { KEY } else { "AK+odd=" };
    Signing::new(key, SECRET, now(), metadata.service)
}

/// The request as a server has it.
fn received(draft: &Draft) -> Draft {
    let (query, body) = (draft.encoded_query(), draft.encoded_body());
    let body = match draft.form() {
        Some(_) => Body::ReceivedForm(body.clone(), Pairs::from(&body[..])),
        None => Body::Bytes(body),
    };
    Draft { query: Pairs::from(&query[..]), raw_query: Some(query), body, ..draft.clone() }
}

fn check_with(metadata: &ServiceMetadata, draft: &Draft, token: Tokens) -> Result<Verified, Refusal> {
    let key = signing(metadata).access_key;
    let lookup =
        |asked: &str| (asked == key).then(|| Secrets { secret: SECRET.to_owned(), token: token.clone() });
    let settings = [("service".to_owned(), "store".to_owned())];
    verify(metadata, draft, &lookup, now(), if metadata.service.name == "alpha" { &settings } else { &[] })
}

fn check(metadata: &ServiceMetadata, draft: &Draft) -> Result<Verified, Refusal> {
    check_with(metadata, draft, Tokens::Never)
}

fn explained(result: Result<Verified, Refusal>) -> Explanation {
    match result {
        Err(Refusal::BadSignature(explanation)) => *explanation,
        Err(other) => panic!("another refusal: {other:?}"),
        Ok(_) => panic!("accepted"),
    }
}

fn alpha(change: impl FnOnce(&mut Signing)) -> Draft {
    let mut draft = alpha_call("GetLinks", json!({"Instance": "é&=+"}), "h.example");
    let mut signing = signing(ALPHA);
    change(&mut signing);
    signing.sign(ALPHA.service, &mut draft);
    received(&draft)
}

fn beta(method: &str, change: impl FnOnce(&mut Signing)) -> Draft {
    let mut draft =
        beta_call(method, &[("Action", "GetLink"), ("x", "区 +&=%2B/~*'()\"\\"), ("x", "")], "h.example");
    let mut signing = signing(BETA);
    change(&mut signing);
    signing.sign(BETA.service, &mut draft);
    received(&draft)
}

fn gamma(change: impl FnOnce(&mut Signing)) -> Draft {
    let mut draft =
        gamma_call("/v1/regions/north-1/stores/a/backup:links", &[("backup", "b c")], "h.example");
    draft.headers.push(("User-Agent".to_owned(), "unsigned".to_owned()));
    let mut signing = signing(GAMMA);
    change(&mut signing);
    signing.sign(GAMMA.service, &mut draft);
    received(&draft)
}

fn set(draft: &mut Draft, name: &str, value: &str) {
    draft.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
    draft.headers.push((name.to_owned(), value.to_owned()));
}

fn reform(draft: &mut Draft, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let bytes = change(draft.encoded_body());
    let pairs = Pairs::from(&bytes[..]);
    draft.body = Body::ReceivedForm(bytes, pairs);
}

#[test]
fn good_signatures_are_accepted_and_say_what_they_were_made_with() {
    let verified = check(ALPHA, &alpha(|_| {})).ok().unwrap();
    assert_eq!(
        (verified.access_key.as_str(), verified.variant, verified.now),
        ("AK+odd=", "signed", Some(now()))
    );
    assert_eq!((verified.token, verified.nonce), (None, None));
    assert_eq!(
        check(ALPHA, &alpha(|signing| signing.variant = "unsigned")).ok().unwrap().variant,
        "unsigned"
    );
    for method in ["GET", "POST"] {
        for variant in ["Sha1", "Sha256"] {
            let verified = check(BETA, &beta(method, |signing| signing.variant = variant)).ok().unwrap();
            assert_eq!((verified.variant, verified.nonce.as_deref()), (variant, Some("1")), "{method}");
        }
    }
    assert_eq!(check(GAMMA, &gamma(|_| {})).ok().unwrap().nonce.as_deref(), Some("1"));
}

#[test]
fn the_same_request_in_another_spelling_is_accepted() {
    let mut draft = gamma(|_| {});
    draft.path = draft.path.replace(':', "%3A");
    draft.query = Pairs::from(&b"backup=b+c"[..]);
    draft.headers.reverse();
    draft.headers.iter_mut().for_each(|(name, value)| {
        *name = name.to_uppercase();
        *value = format!(" {value} ");
    });
    assert!(check(GAMMA, &draft).is_ok());
    let mut draft = beta("POST", |_| {});
    reform(&mut draft, |bytes| {
        let mut parts: Vec<&[u8]> = bytes.split(|byte| *byte == b'&').collect();
        parts.reverse();
        parts.join(&b'&')
    });
    assert!(check(BETA, &draft).is_ok());
}

#[test]
fn requests_without_a_signature_are_told_apart_from_wrong_ones() {
    for (metadata, draft) in [
        (ALPHA, received(&alpha_call("GetLinks", json!({}), "h.example"))),
        (BETA, received(&beta_call("GET", &[("Action", "GetLink")], "h.example"))),
        (GAMMA, received(&gamma_call("/", &[], "h.example"))),
    ] {
        assert_eq!(check(metadata, &draft).err(), Some(Refusal::Missing), "{}", metadata.service.name);
    }
    let mut draft = alpha(|_| {});
    set(&mut draft, "Authorization", "Bearer x");
    assert_eq!(
        explained(check(ALPHA, &draft)).problem,
        "Authorization does not have the form it should have"
    );
    let mut draft = alpha(|_| {});
    draft.headers.retain(|(name, _)| name != "X-A-Timestamp");
    assert_eq!(explained(check(ALPHA, &draft)).problem, "X-A-Timestamp is missing");
    let mut draft = beta("POST", |_| {});
    reform(&mut draft, |bytes| [&bytes[..], b"&Signature=x"].concat());
    assert_eq!(explained(check(BETA, &draft)).problem, "Signature was sent more than once");
}

#[test]
fn unknown_keys_and_wrong_secrets_are_refused() {
    assert_eq!(check(ALPHA, &alpha(|s| s.access_key = "other".to_owned())).err(), Some(Refusal::UnknownKey));
    for draft in [alpha(|s| s.secret.push('x')), alpha(|s| s.secret.clear())] {
        assert_eq!(explained(check(ALPHA, &draft)).differences.len(), 1);
    }
    explained(check(BETA, &beta("GET", |s| s.secret.push('x'))));
    explained(check(GAMMA, &gamma(|s| s.secret.push('x'))));
}

#[test]
fn whatever_the_signature_covers_cannot_be_changed() {
    let mut draft = alpha(|_| {});
    draft.body = Body::Bytes(b"{}".to_vec());
    explained(check(ALPHA, &draft));
    for (name, value) in
        [("X-A-Timestamp", "1700000001"), ("Content-Type", "text/plain"), ("X-A-Action", "Other")]
    {
        let mut draft = alpha(|_| {});
        set(&mut draft, name, value);
        explained(check(ALPHA, &draft));
    }
    let mut draft = alpha(|_| {});
    draft.raw_query = Some(b"a=1".to_vec());
    explained(check(ALPHA, &draft));
    let mut draft = alpha(|_| {});
    draft.host = "other.example".to_owned();
    explained(check(ALPHA, &draft));
    let mut draft = beta("GET", |_| {});
    draft.query.push("y", "");
    explained(check(BETA, &draft));
    let mut draft = gamma(|_| {});
    draft.method = "POST".to_owned();
    explained(check(GAMMA, &draft));
}

#[test]
fn the_day_in_the_scope_belongs_to_the_timestamp() {
    let mut draft = alpha(|_| {});
    let header = draft.header("Authorization").unwrap().replace("2023-11-14", "2023-11-15");
    set(&mut draft, "Authorization", &header);
    let explanation = explained(check(ALPHA, &draft));
    assert_eq!(explanation.differences[0].name, "Authorization");
    assert!(explanation.differences[0].expected.contains("/2023-11-14/store/a_request, "));
}

#[test]
fn a_setting_that_the_verifier_insists_on_must_agree() {
    let draft = alpha(|s| s.settings.iter_mut().for_each(|(_, value)| "other".clone_into(value)));
    let problem = explained(check(ALPHA, &draft)).problem;
    assert_eq!(problem, "Authorization: service is \"other\", wanted is \"store\"");
    assert!(check(GAMMA, &gamma(|s| s.settings[0].1 = "south-2".to_owned())).is_ok(), "any region is taken");
}

#[test]
fn the_list_of_signed_headers_is_held_to_the_policy() {
    let list = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    assert!(check(ALPHA, &alpha(|s| s.signed_headers = list(&["content-type", "host"]))).is_ok());
    let problem =
        |names: &[&str]| explained(check(ALPHA, &alpha(|s| s.signed_headers = list(names)))).problem;
    assert_eq!(problem(&["host"]), "\"content-type\" must be among the signed headers");
    let unsent = problem(&["content-type", "host", "x-ghost"]);
    assert_eq!(unsent, "\"x-ghost\" is among the signed headers but is no header that can be signed");
    let own = problem(&["authorization", "content-type", "host"]);
    assert_eq!(own, "\"authorization\" is among the signed headers but is no header that can be signed");
    let mut draft = alpha(|_| {});
    let header = draft.header("Authorization").unwrap().replace(";x-a-action", "");
    set(&mut draft, "Authorization", &header);
    assert_eq!(explained(check(ALPHA, &draft)).differences.len(), 1, "dropped after signing");
    // Some clients place clock and nonce after they have made the list.
    assert!(check(GAMMA, &gamma(|s| s.signed_headers = list(&["host"]))).is_ok());
}

#[test]
fn a_variant_cannot_be_taken_for_another() {
    let mut draft = alpha(|_| {});
    set(&mut draft, "X-A-Content", "UNSIGNED");
    assert_eq!(explained(check(ALPHA, &draft)).variant, "unsigned");
    let mut draft = alpha(|s| s.variant = "unsigned");
    draft.headers.retain(|(name, _)| name != "X-A-Content");
    explained(check(ALPHA, &draft));
    let mut draft = beta("POST", |_| {});
    reform(&mut draft, |bytes| String::from_utf8(bytes).unwrap().replace("Sha1", "Sha256").into_bytes());
    assert_eq!(explained(check(BETA, &draft)).variant, "Sha256");
}

#[test]
fn the_default_variant_need_not_be_named() {
    let omit = |s: &mut Signing| s.omit.push("Method".to_owned());
    assert!(check(BETA, &beta("GET", omit)).is_ok(), "never sent");
    let mut draft = beta("GET", |_| {});
    draft.query.retain(|name, _| name.as_ref() != b"Method");
    explained(check(BETA, &draft));
    let draft = beta("GET", |s| {
        omit(s);
        s.variant = "Sha256";
    });
    explained(check(BETA, &draft));
}

#[test]
fn clocks_may_be_off_by_the_window() {
    let at = |seconds: i64| check(ALPHA, &alpha(|s| s.now = now().plus_seconds(seconds)));
    assert!(at(300).is_ok() && at(-300).is_ok());
    let sent = now().plus_seconds(-301);
    assert_eq!(at(-301).err(), Some(Refusal::ExpiredClock { sent, window: 300 }));
    assert!(at(301).is_err());
    // A wrong signature is told first: the clock of somebody else concerns nobody.
    let draft = alpha(|s| {
        s.now = now().plus_seconds(-301);
        s.secret.clear();
    });
    explained(check(ALPHA, &draft));
    let mut draft = beta("GET", |_| {});
    draft.query.retain(|name, _| name.as_ref() != b"Timestamp");
    draft.query.push("Timestamp", "soon");
    assert_eq!(explained(check(BETA, &draft)).problem, "Timestamp: \"soon\" is no time as \"%s\"");
}

#[test]
fn tokens_belong_to_their_keys() {
    const TOKEN: &str = "tok/EN+of=a&sts@session%2B==";
    let only = || Tokens::Only(TOKEN.to_owned());
    let with = |token: &str| {
        let token = token.to_owned();
        move |s: &mut Signing| s.token = Some(token)
    };
    for (metadata, plain, right, wrong) in [
        (ALPHA, alpha(|_| {}), alpha(with(TOKEN)), alpha(with("other"))),
        (BETA, beta("POST", |_| {}), beta("POST", with(TOKEN)), beta("POST", with("other"))),
        (GAMMA, gamma(|_| {}), gamma(with(TOKEN)), gamma(with("other"))),
    ] {
        let name = metadata.service.name;
        let result = |draft, token| check_with(metadata, draft, token).map(|verified| verified.token);
        assert!(result(&right, only()).ok().flatten().as_deref() == Some(TOKEN), "{name}");
        assert_eq!(result(&plain, only()).err(), Some(Refusal::BadToken), "{name}");
        assert_eq!(result(&wrong, only()).err(), Some(Refusal::BadToken), "{name}");
        assert_eq!(result(&right, Tokens::Never).err(), Some(Refusal::BadToken), "{name}");
        assert!(result(&plain, Tokens::Any).is_ok() && result(&wrong, Tokens::Any).is_ok(), "{name}");
    }
    let mut draft = gamma(with(TOKEN));
    set(&mut draft, "x-g-token", "no base64!");
    assert_eq!(explained(check(GAMMA, &draft)).problem, "x-g-token: the token is not text in base64");
}

#[test]
fn explanations_hold_no_secrets() {
    const TOKEN: &str = "tok/EN+of=a&sts";
    let token = |s: &mut Signing| {
        s.token = Some(TOKEN.to_owned());
        s.secret.push('x');
    };
    for (metadata, draft, step) in [
        (ALPHA, alpha(token), "canonical"),
        (BETA, beta("POST", token), "signed_text"),
        (GAMMA, gamma(token), "canonical"),
    ] {
        let explanation = explained(check_with(metadata, &draft, Tokens::Any));
        assert!(explanation.steps.iter().any(|(name, _)| *name == step), "{explanation:?}");
        let told = format!("{explanation:?} {}", Refusal::BadSignature(Box::new(explanation.clone())));
        assert!(told.contains("[signature]"), "{told}");
        let base64 = "dG9rL0VOK29mPWEmc3Rz";
        for secret in [SECRET, TOKEN, base64, "\"key\"", "\"signature\""] {
            assert!(!told.contains(secret), "{secret} in {told}");
        }
    }
}
