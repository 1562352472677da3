//! The generator's evaluator and the compiled signing functions, which share no code, agree on everything.

use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::sign::{Body, Draft, Inputs, Memo, Pairs, Signer, Variant};
use rdbfetch_codegen::{Folder, Signatures, Text};

use crate::random::Random;
use crate::{folder, services, vectors};

/// The signatures of the specs that this crate was generated from.
fn signatures() -> Signatures {
    let specs = Folder::read(&folder()).expect("there are specs");
    specs.signatures().unwrap_or_else(|failure| panic!("{failure}"))
}

/// A request as the evaluator takes it.
fn request(draft: &Draft) -> rdbfetch_codegen::Request {
    let pairs = |pairs: &Pairs| -> Vec<(Text, Text)> {
        pairs.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
    };
    rdbfetch_codegen::Request {
        method: draft.method.clone(),
        host: draft.host.clone(),
        path: draft.path.clone(),
        query: pairs(&draft.query),
        raw_query: draft.raw_query.clone(),
        headers: draft.headers.clone(),
        body: match &draft.body {
            Body::Empty => rdbfetch_codegen::Body::Empty,
            Body::Form(form) | Body::ReceivedForm(_, form) => rdbfetch_codegen::Body::Form(pairs(form)),
            Body::Bytes(bytes) => rdbfetch_codegen::Body::Bytes(bytes.clone()),
        },
    }
}

fn inputs(inputs: &Inputs) -> rdbfetch_codegen::Inputs {
    let Inputs { access_key, secret, token, now, uuid, random, settings, signed_headers, omit } =
        inputs.clone();
    let now_millis = now.unix_millis();
    rdbfetch_codegen::Inputs {
        access_key,
        secret: secret.to_string(),
        token,
        now_millis,
        uuid,
        random,
        settings,
        signed_headers,
        omit,
    }
}

/// What differs between the two, in words.
fn differences(
    signatures: &Signatures,
    metadata: &ServiceMetadata,
    variant: &Variant,
    draft: &Draft,
    given: &Inputs,
) -> Vec<String> {
    let evaluated = signatures
        .evaluate(metadata.service.name, variant.name, &request(draft), &inputs(given))
        .expect("the evaluator knows every variant");
    let mut signed = draft.clone();
    let mut trace =
        Signer::new(&metadata.service.auth, variant.name, given, &mut signed).traced(variant.sign);
    // The order in which steps are made, where several could be next, is each one's own business.
    let mut steps = evaluated.steps;
    trace.sort_by_key(|(name, _)| *name);
    steps.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut out = Vec::new();
    let mut differ = |what: &str, compiled: &[u8], evaluated: &[u8]| {
        if compiled != evaluated {
            let [compiled, evaluated] = [compiled, evaluated].map(String::from_utf8_lossy);
            let variant = format!("{} {}", metadata.service.name, variant.name);
            out.push(format!(
                "{variant} {what}:\n  compiled  {compiled:?}\n  evaluated {evaluated:?}\n  {draft:?}"
            ));
        }
    };
    let names = |names: Vec<&str>| names.join(" ").into_bytes();
    let compiled = names(trace.iter().map(|(name, _)| *name).collect());
    differ("steps", &compiled, &names(steps.iter().map(|(name, _)| name.as_str()).collect()));
    for ((name, compiled), (_, evaluated)) in trace.iter().zip(&steps) {
        differ(name, compiled, evaluated);
    }
    let lossy = |text: &Text| String::from_utf8_lossy(text).into_owned();
    for (name, value) in &evaluated.headers {
        differ(name, signed.header(name).unwrap_or("[none]").as_bytes(), lossy(value).as_bytes());
    }
    let params = signed.form().unwrap_or(&signed.query);
    for (name, value) in &evaluated.params {
        differ(name, params.get(name).map_or(&b"[none]"[..], |value| value), value);
    }
    let kept =
        |pairs: &Pairs| pairs.iter().filter(|(name, _)| !is_placed(metadata, variant, false, name)).count();
    let others =
        signed.headers.iter().filter(|(name, _)| !is_placed(metadata, variant, true, name.as_bytes()));
    differ(
        "number of headers",
        &[signed.headers.len() as u8],
        &[(others.count() + evaluated.headers.len()) as u8],
    );
    differ(
        "number of params",
        &[params.iter().count() as u8],
        &[(kept(params) + evaluated.params.len()) as u8],
    );
    out
}

fn is_placed(metadata: &ServiceMetadata, variant: &Variant, header: bool, name: &[u8]) -> bool {
    let description = metadata.variants.iter().find(|one| one.name == variant.name);
    let mut placements = description.into_iter().flat_map(|description| description.placements);
    placements.any(|placement| {
        let own = placement.name.as_bytes();
        placement.header == header && if header { own.eq_ignore_ascii_case(name) } else { own == name }
    })
}

#[test]
fn both_agree_on_every_vector() {
    let signatures = signatures();
    let mut problems = Vec::new();
    for metadata in services() {
        for vector in metadata.vectors {
            let (draft, inputs) = vectors::subject(metadata, vector);
            problems.extend(differences(
                &signatures,
                metadata,
                vectors::variant(metadata, vector),
                &draft,
                &inputs,
            ));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn what_is_remembered_changes_no_signature() {
    const REQUESTS: usize = 200;
    for metadata in services() {
        for variant in metadata.service.auth.variants {
            let mut random = Random(11);
            let memo = Memo::default();
            // Few secrets, regions and days, in any order: each comes again after others, on both sides of midnight.
            let mut few: Vec<Inputs> = (0..4).map(|_| random.sound_inputs(metadata)).collect();
            let mut day_later = few[0].clone();
            day_later.now = day_later.now.plus_seconds(86_400);
            let mut other_secret = few[0].clone();
            other_secret.secret = few[1].secret.clone();
            few.extend([day_later, other_secret]);
            for _ in 0..REQUESTS {
                let draft = random.draft(metadata);
                let inputs = &few[random.below(few.len())];
                let (mut fresh, mut remembered) = (draft.clone(), draft);
                let auth = &metadata.service.auth;
                // With a trace, everything is made anew.
                let _ = Signer::new(auth, variant.name, inputs, &mut fresh).traced(variant.sign);
                let signer = Signer::new(auth, variant.name, inputs, &mut remembered);
                (variant.sign)(&mut signer.remembering(&memo));
                let (remembered, fresh) = (format!("{remembered:?}"), format!("{fresh:?}"));
                assert_eq!(remembered, fresh, "{} {}", metadata.service.name, variant.name);
            }
        }
    }
}

#[test]
fn both_agree_on_random_requests() {
    const REQUESTS: u64 = 300;
    let signatures = signatures();
    let mut problems = Vec::new();
    for metadata in services() {
        for variant in metadata.service.auth.variants {
            for seed in 0..REQUESTS {
                let mut random = Random(seed);
                let (mut draft, inputs) = (random.draft(metadata), random.inputs(metadata));
                if random.below(3) == 0 {
                    draft.raw_query = Some(b"%61=+&a&&=x&b=%2f".to_vec());
                    draft.query = Pairs::from(&b"%61=+&a&&=x&b=%2f"[..]);
                }
                problems.extend(differences(&signatures, metadata, variant, &draft, &inputs));
            }
        }
    }
    assert!(problems.is_empty(), "{} differences, the first:\n{}", problems.len(), problems[0]);
}
