//! Every published signing example, sent to the emulator as it was published: what its author signed is taken, and what
//! differs in one bit is not.
//!
//! The emulator looks for the operation before it looks at the signature, so examples of operations that no spec has
//! are refused before. Their signature is checked with [`verify`], which is what the emulator runs on, and the test
//! demands that the emulator hides it; nothing is left out without standing in a list here.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rdbfetch::metadata::{ServiceMetadata, Vector};
use rdbfetch::service::When;
use rdbfetch::sign::verify::{Refusal, Secrets, Tokens, verify};
use rdbfetch::sign::{Draft, Inputs, Pairs, Signer, Trace};
use rdbfetch_emulator::world::Account;
use rdbfetch_emulator::{Call, Clock, Emulator, Verdict, World};

use crate::services;
use crate::vectors::{subject, variant};
use crate::verification::received;

/// Why examples are treated otherwise, and which.
type List = &'static [(&'static str, &'static [&'static str])];

/// Examples that the emulator refuses before their signature counts.
const HIDDEN: List = &[
    (
        "another product of the vendor, whose operations no spec has",
        &[
            "tc3-doc-example-key",
            "tc3-doc-masked7",
            "tc3-doc-masked32",
            "tc3-doc-get",
            "qcloud-v2-doc",
            "ucloud-doc-describeuhost",
            "ucloud-doc-noprefix",
            "ucloud-doc-scloud",
            "ucloud-go-createuhost",
            "jd2-doc-colon-path",
            "jd2-rust-signer",
            "jd3-chinese-colon-path",
            "jd3-encoded-slashes",
            "jd3-empty-path",
            "jd3-query-part-encoded",
            "jd3-query-repeats",
        ],
    ),
    (
        "an operation of the product that no spec has",
        &["qcloud-v2-get-array", "own-rename-get", "own-rename-post", "jd2-list-filters"],
    ),
    (
        "no operation, but an example of a signature alone",
        &[
            "own-day-boundary",
            "ucloud-py-foo-pub",
            "ucloud-go-sts",
            "ucloud-go-sts2",
            "ucloud-types-form",
            "own-get-query",
            "own-jd2-path-query-headers",
            "own-jd3-path-query-headers",
        ],
    ),
    (
        "the same signature as another API of the vendor has it, under a path that this one does not have",
        &["tc-v1-doc", "tc-v1-post-sha256", "tc-v1-get-sha1"],
    ),
];

/// Examples that cannot be checked at all.
const LEFT_OUT: List = &[(
    "without an access key, which the vendor's page asks for, nobody knows whose secret to take",
    &["ucloud-py-foo"],
)];

/// An example, signed as its author signed it.
struct Example {
    metadata: &'static ServiceMetadata,
    vector: &'static Vector,
    variant: &'static str,
    inputs: Inputs,
    sent: Draft,
    signature: String,
}

fn text(trace: &Trace, step: &str) -> Option<String> {
    let found = trace.iter().find(|(name, _)| *name == step)?;
    Some(String::from_utf8_lossy(&found.1).into_owned())
}

impl Example {
    fn new(metadata: &'static ServiceMetadata, vector: &'static Vector) -> Self {
        let (mut sent, inputs) = subject(metadata, vector);
        let variant = variant(metadata, vector);
        let trace =
            Signer::new(&metadata.service.auth, variant.name, &inputs, &mut sent).traced(variant.sign);
        let signature = text(&trace, "signature").expect("a signature");
        Self { metadata, vector, variant: variant.name, inputs, sent, signature }
    }

    fn listed(&self, list: List) -> bool {
        list.iter().any(|(_, ids)| ids.contains(&self.vector.id))
    }

    /// The request with one bit of its signature changed.
    fn tampered(&self) -> Draft {
        let wrong = flipped(&self.signature);
        let mut draft = self.sent.clone();
        for (_, value) in &mut draft.headers {
            *value = value.replace(&self.signature, &wrong);
        }
        let change = |pairs: &Pairs| {
            let mut changed = Pairs::default();
            for (name, value) in pairs.iter() {
                let value = value.to_string_lossy().replace(&self.signature, &wrong);
                changed.push(name.clone(), value);
            }
            changed
        };
        if draft.raw_query.is_none() {
            draft.query = change(&draft.query);
        }
        if let Some(form) = draft.form_mut() {
            *form = change(form);
        }
        let same = draft.headers == self.sent.headers
            && draft.encoded_query() == self.sent.encoded_query()
            && draft.encoded_body() == self.sent.encoded_body();
        assert!(!same, "{}: the signature stands nowhere in the request", self.vector.id);
        draft
    }

    /// Demands that the published steps are shown but for the secret ones, and tokens in them, which must not be.
    fn shows(&self, shown: &[(&'static str, String)]) {
        let Self { vector, inputs, .. } = self;
        let described = self.metadata.variants.iter().find(|one| one.name == self.variant);
        let secret_steps = described.map_or(&[][..], |one| one.secret_steps);
        for (step, published) in vector.steps {
            let secret =
                *step == "signature" || secret_steps.contains(step) || published.contains(&*inputs.secret);
            let found = shown.iter().find(|(name, _)| name == step).map(|(_, value)| value.clone());
            let token = inputs.token.as_deref().unwrap_or("\0");
            let public = published.replace(token, "[token]").replace(&BASE64.encode(token), "[token]");
            assert_eq!(found, Some(public).filter(|_| !secret), "{}: {step}", vector.id);
        }
        // A parameter that happens to be the secret hides the step that it is in.
        let sent = String::from_utf8_lossy(&self.sent.encoded_body()).contains(&*inputs.secret);
        assert_eq!(shown.is_empty(), sent, "{}: steps are shown", vector.id);
        let leaked = shown.iter().find(|(_, value)| value.contains(&*inputs.secret));
        assert_eq!(leaked, None, "{}: the secret is shown", vector.id);
    }

    /// What an emulator whose only account is the author's makes of a request.
    async fn sent(&self, draft: &Draft) -> Call {
        let mut account = Account::new(&self.inputs.access_key, &self.inputs.secret);
        if let Some(token) = &self.inputs.token {
            account = account.token(token);
        }
        let only: &'static [&'static ServiceMetadata] = Box::leak(Box::new([self.metadata]));
        let emulator = Emulator::builder()
            .services(only)
            .world(World::empty().account(account))
            .clock(Clock::frozen(self.inputs.now))
            .start()
            .await
            .expect("an emulator");
        let url = emulator.endpoint(self.metadata.service.name).expect("the service").to_owned();
        let draft = draft.clone();
        let answer = tokio::task::spawn_blocking(move || exchange(&url, &draft)).await.expect("an exchange");
        let calls = emulator.journal();
        assert_eq!(calls.len(), 1, "{}: {answer}", self.vector.id);
        calls.last().expect("a call").clone()
    }

    /// The request checked without a server, with the product's name that its author signed for.
    fn verified(&self, draft: &Draft) -> Result<&'static str, Refusal> {
        let lookup = |asked: &str| {
            let token = self.inputs.token.clone().map_or(Tokens::Any, Tokens::Only);
            let known = asked == self.inputs.access_key;
            known.then(|| Secrets { secret: self.inputs.secret.to_string(), token })
        };
        let settings = &self.inputs.settings;
        verify(self.metadata, &received(draft), &lookup, self.inputs.now, settings).map(|good| good.variant)
    }
}

/// A text of hexadecimal digits or base64 with one bit changed.
fn flipped(signature: &str) -> String {
    if signature.len().is_multiple_of(4) && !signature.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let mut bytes = BASE64.decode(signature).expect("base64");
        bytes[7] ^= 0x10;
        return BASE64.encode(bytes);
    }
    let digit = signature.as_bytes()[14];
    let value = char::from(digit).to_digit(16).expect("a hexadecimal digit") ^ 1;
    format!("{}{value:x}{}", &signature[..14], &signature[15..])
}

/// Sends a request byte for byte, with the Host that was signed, and reads the answer.
fn exchange(url: &str, draft: &Draft) -> String {
    let authority = url.trim_start_matches("http://").trim_end_matches('/');
    let (query, body) = (draft.encoded_query(), draft.encoded_body());
    let mut request = format!("{} {}", draft.method, draft.path).into_bytes();
    if !query.is_empty() {
        request.push(b'?');
        request.extend(query);
    }
    request.extend(format!(" HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", draft.host).bytes());
    for (name, value) in &draft.headers {
        request.extend(format!("{name}: {value}\r\n").bytes());
    }
    if draft.form().is_some() && draft.header("content-type").is_none() {
        request.extend(b"Content-Type: application/x-www-form-urlencoded\r\n");
    }
    request.extend(format!("Content-Length: {}\r\n\r\n", body.len()).bytes());
    request.extend(body);
    let mut stream = TcpStream::connect(authority).expect("a connection");
    stream.write_all(&request).expect("a request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

fn examples() -> impl Iterator<Item = Example> {
    services()
        .iter()
        .flat_map(|metadata| metadata.vectors.iter().map(|vector| Example::new(metadata, vector)))
}

fn situation(call: &Call) -> Option<When> {
    match &call.verdict {
        Verdict::Refused { when, .. } => *when,
        _ => None,
    }
}

#[tokio::test]
async fn the_emulator_takes_what_was_published() {
    let mut problems = Vec::new();
    for example in examples().filter(|one| !one.listed(LEFT_OUT) && !one.listed(HIDDEN)) {
        let call = example.sent(&example.sent).await;
        if call.signature != Some(example.variant) {
            problems
                .push(format!("{} {}: {:?}", example.metadata.service.name, example.vector.id, call.verdict));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[tokio::test]
async fn the_emulator_refuses_it_with_one_bit_changed_and_says_what_it_expected() {
    for example in examples().filter(|one| !one.listed(LEFT_OUT) && !one.listed(HIDDEN)) {
        let call = example.sent(&example.tampered()).await;
        assert_eq!(situation(&call), Some(When::BadSignature), "{}: {:?}", example.vector.id, call.verdict);
        assert_eq!(call.signature, None, "{}", example.vector.id);
        if let Verdict::Refused { expected, .. } = &call.verdict {
            example.shows(expected);
        }
    }
}

#[tokio::test]
async fn what_the_emulator_hides_is_verified_all_the_same() {
    for example in examples().filter(|one| one.listed(HIDDEN)) {
        let id = example.vector.id;
        let call = example.sent(&example.sent).await;
        let early =
            [When::NoOperation, When::MissingOperation, When::WrongVersion, When::WrongRegion, When::Missing];
        assert!(situation(&call).is_some_and(|when| early.contains(&when)), "{id}: {:?}", call.verdict);
        assert_eq!(example.verified(&example.sent), Ok(example.variant), "{id}");
        match example.verified(&example.tampered()) {
            Err(Refusal::BadSignature(why)) => example.shows(&why.steps),
            other => panic!("{id}: {other:?}"),
        }
    }
}

#[test]
fn nothing_is_left_out_that_could_be_checked() {
    for id in HIDDEN.iter().chain(LEFT_OUT).flat_map(|(_, ids)| *ids) {
        assert!(examples().any(|example| example.vector.id == *id), "there is no {id}: take it off the list");
    }
    for example in examples().filter(|one| one.listed(LEFT_OUT)) {
        let found = example.verified(&example.sent);
        assert!(found.is_err(), "{} can be checked: take it off the list", example.vector.id);
    }
}
