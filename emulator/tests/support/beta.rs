//! A made-up service: forms or queries, a signature among the parameters with a clock, a nonce and variants, the request
//! id in a header, one file per backup, links that do not show their lifetime.

use rdbfetch::metadata::{
    OperationMetadata, Placement, PlacementPiece as Piece, ServiceMetadata, Store, VariantMetadata,
};
use rdbfetch::service::{Piece as Part, *};
use rdbfetch::sign::{Auth, Octets as _, Signer, Text, Variant, cat};

use super::{body, error, parameter};

const SECONDS: TimeFormat = TimeFormat { format: "%s", offset: 0 };

pub static METADATA: ServiceMetadata = ServiceMetadata {
    service: &SERVICE,
    settings: &[],
    documents: &[],
    store: Store { binds_method: false, binds_host: true, ..Store::S3 },
    messages: &[],
    notes: &[],
    variants: &[
        VariantMetadata { name: "Sha1", placements: PLACEMENTS, secret_steps: &["signature"] },
        VariantMetadata { name: "Sha256", placements: PLACEMENTS, secret_steps: &["signature"] },
    ],
    vectors: &[],
    operations: &[&OperationMetadata {
        operation: &LINK,
        summary: "",
        documents: &[],
        notes: &[],
        parameters: &[],
        response: &[],
        messages: &[],
        link_lifetime: Some(12 * 3600),
        examples: &[],
        decode: |body, _| Ok(body.to_string()),
    }],
};

const fn param(name: &'static str, pattern: &'static [Piece]) -> Placement {
    Placement { header: false, name, pattern, optional: false }
}
static PLACEMENTS: &[Placement] = &[
    param("Key", &[Piece::AccessKey]),
    param("Timestamp", &[Piece::Now(SECONDS)]),
    param("Nonce", &[Piece::Random]),
    param("Method", &[Piece::Variant]),
    Placement { header: false, name: "Token", pattern: &[Piece::Token], optional: true },
    param("Signature", &[Piece::Signature]),
];

fn sign_sha1(s: &mut Signer<'_>) {
    place(s);
    let string = string(s);
    let signature = s.step("signature", Text::from(s.secret()).hmac_sha1(&string).base64());
    s.param("Signature", &signature);
}

fn sign_sha256(s: &mut Signer<'_>) {
    place(s);
    let string = string(s);
    let signature = s.step("signature", Text::from(s.secret()).hmac_sha256(&string).base64());
    s.param("Signature", &signature);
}

fn place(s: &mut Signer<'_>) {
    let (key, now, random, variant) =
        (Text::from(s.access_key()), s.now("%s", 0), Text::from(s.random()), Text::from(s.variant()));
    s.param("Key", &key);
    s.param("Timestamp", &now);
    s.param("Nonce", &random);
    s.param("Method", &variant);
    if let Some(token) = s.token() {
        s.param("Token", &token);
    }
}

fn string(s: &Signer<'_>) -> Text {
    let params = s.params().sort().join("=").join("&");
    s.step("signed_text", cat(&[s.method(), s.host(), s.path(), b"?", &params]))
}

const fn key(steps: &'static [Step]) -> Place {
    body(steps)
}

pub static SERVICE: Service = Service {
    name: "beta",
    title: "Beta",
    version: None,
    deprecated: None,
    settings: &[],
    endpoints: &[Endpoint { when: &[], url: &[Part::Text("https://beta.example/")] }],
    envelope: Envelope {
        success: &[(key(&[Step::Key("code")]), &[Want::Like("0")])],
        errors: &[ErrorShape {
            code: key(&[Step::Key("code")]),
            code_kind: JsonKind::Integer,
            name: Some(key(&[Step::Key("word")])),
            message: Some(key(&[Step::Key("message")])),
        }],
        request_id: &[Place { root: Root::Header("X-Beta-Id"), steps: &[] }],
        error_status: 200,
        values: &[
            (key(&[Step::Key("word")]), JsonKind::String, &[Part::Text("Success")]),
            (
                key(&[Step::Key("action")]),
                JsonKind::String,
                &[Part::Hole("operation"), Part::Text("Response")],
            ),
        ],
    },
    errors: &[
        ErrorCode {
            name: Some("AuthFailure"),
            ..error("4100", Class::Auth, &[When::UnknownKey, When::BadSignature])
        },
        error("4500", Class::Auth, &[When::Replayed, When::ExpiredClock]),
        error("4000", Class::Invalid, &[When::BadValue, When::NoOperation]),
    ],
    rate_limit: None,
    clock_window: Some(7200),
    credentials: &[],
    tools: &[],
    auth: Auth {
        sign_headers: &[],
        sorted_names: false,
        skip_headers: &[],
        require_headers: &[],
        variants: &[Variant { name: "Sha1", sign: sign_sha1 }, Variant { name: "Sha256", sign: sign_sha256 }],
        default: "Sha1",
    },
    operations: &[&LINK, &LIST],
};

const CONSTANTS: &[Constant] = &[Constant {
    place: In::Form,
    name: "Action",
    value: &[Part::Hole("operation")],
    kind: JsonKind::String,
}];
const PAIR: &[Parameter] =
    &[parameter("Name", Kind::String, true), parameter("Values", Kind::List(&Kind::Int64), false)];

pub static LINK: Operation = Operation {
    name: "GetLink",
    version: None,
    endpoints: &[],
    method: "POST",
    path: &[Part::Text("/v2/index")],
    place: In::Form,
    content_type: None,
    constants: CONSTANTS,
    lists: Lists::dotted(0),
    also: &[Form { method: "GET", place: In::Query, content_type: None }],
    parameters: &[
        parameter("instance", Kind::String, false),
        parameter("backup", Kind::String, true),
        parameter("flag", Kind::Bool, false),
        parameter("filters", Kind::List(&Kind::Object(|| PAIR)), false),
        parameter("labels", Kind::Map(&Kind::String), false),
    ],
    rules: &[],
    within: &[],
    root: None,
    success: &[],
    lenient: false,
    errors: &[error("404", Class::NotFound, &[When::NoInstance, When::NoBackup])],
    rate_limit: None,
    idempotent: true,
    paging: None,
    links: &[Projection {
        with: &[],
        filters: &[],
        sort: None,
        fields: &[
            (Field::Instance, &[asked("instance")]),
            (Field::Backup, &[asked("backup")]),
            (Field::PublicUrl, &[url("outer"), url("old")]),
            (Field::InternalUrl, &[url("inner")]),
        ],
        expires: &[Expiry::After(12 * 3600)],
        ..Projection::NONE
    }],
    backups: &[],
    instances: &[],
    ..Operation::DEFAULT
};

const fn asked(name: &'static str) -> Source {
    Source {
        place: Place { root: Root::Request(name), steps: &[] },
        kind: JsonKind::String,
        convert: Convert::Plain,
    }
}
const fn url(name: &'static str) -> Source {
    let steps: &'static [Step] = match name.as_bytes() {
        b"outer" => &[Step::Key("data"), Step::Key("outer")],
        b"old" => &[Step::Key("data"), Step::Key("old")],
        _ => &[Step::Key("data"), Step::Key("inner")],
    };
    Source { place: body(steps), kind: JsonKind::String, convert: Convert::Plain }
}

/// Pages by tokens.
pub static LIST: Operation = Operation {
    name: "List",
    version: None,
    endpoints: &[],
    method: "POST",
    path: &[Part::Text("/v2/index")],
    place: In::Form,
    content_type: None,
    constants: CONSTANTS,
    lists: Lists::dotted(0),
    also: &[Form { method: "GET", place: In::Query, content_type: None }],
    parameters: &[parameter("next", Kind::String, false), parameter("size", Kind::Int64, false)],
    rules: &[],
    within: &[],
    root: None,
    success: &[],
    lenient: false,
    errors: &[],
    rate_limit: None,
    idempotent: true,
    paging: Some(Paging {
        by: PageBy::Token("next", body(&[Step::Key("next")])),
        limit: Some("size"),
        total: None,
        more: None,
        items: body(&[Step::Key("list")]),
    }),
    links: &[],
    backups: &[Projection {
        with: &[],
        filters: &[],
        sort: None,
        fields: &[(
            Field::Backup,
            &[Source {
                place: body(&[Step::Key("list"), Step::Each, Step::Key("id")]),
                kind: JsonKind::String,
                convert: Convert::Plain,
            }],
        )],
        expires: &[],
        ..Projection::NONE
    }],
    instances: &[],
    ..Operation::DEFAULT
};
