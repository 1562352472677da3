//! A made-up service: JSON bodies, a signature in a header with a clock and a scope, errors as HTTP 200, several files
//! per backup, links that show their lifetime inside a nested query.

use rdbfetch::metadata::{
    Example, OperationMetadata, Placement, PlacementPiece as Piece, ServiceMetadata, VariantMetadata,
};
use rdbfetch::service::{Piece as Part, *};
use rdbfetch::sign::{Auth, Octets as _, Signer, Text, Variant, cat};

use super::{body, error, parameter};

const SECONDS: TimeFormat = TimeFormat { format: "%s", offset: 0 };
const LOCAL: TimeFormat = TimeFormat { format: "%Y-%m-%d %H:%M:%S", offset: 8 * 3600 };

pub static METADATA: ServiceMetadata = ServiceMetadata {
    service: &SERVICE,
    settings: &[],
    documents: &[],
    store: rdbfetch::metadata::Store::S3,
    messages: &[],
    notes: &[],
    variants: &[
        VariantMetadata { name: "unsigned", placements: UNSIGNED, secret_steps: &["key", "signature"] },
        VariantMetadata { name: "signed", placements: SIGNED, secret_steps: &["key", "signature"] },
    ],
    vectors: &[],
    operations: &[&OperationMetadata {
        operation: &LINKS,
        summary: "",
        documents: &[],
        notes: &[],
        parameters: &[],
        response: &[],
        messages: &[],
        link_lifetime: Some(6 * 3600),
        examples: &[Example {
            source: None,
            settings: &[("region", "north-1")],
            request: None,
            sends: None,
            status: 200,
            headers: &[],
            response: None,
            error: None,
            at: None,
            gives: None,
        }],
        decode: |body, _| Ok(body.to_string()),
    }],
};

const fn header(name: &'static str, pattern: &'static [Piece]) -> Placement {
    Placement { header: true, name, pattern, optional: false }
}
const STAMP: Placement = header("X-A-Timestamp", &[Piece::Now(SECONDS)]);
const TOKEN: Placement =
    Placement { header: true, name: "X-A-Token", pattern: &[Piece::Token], optional: true };
const AUTHORIZATION: Placement = header(
    "Authorization",
    &[
        Piece::Text("A-HMAC Credential="),
        Piece::AccessKey,
        Piece::Text("/"),
        Piece::Computed,
        Piece::Text("/"),
        Piece::Setting("service"),
        Piece::Text("/a_request, SignedHeaders="),
        Piece::SignedHeaders(";"),
        Piece::Text(", Signature="),
        Piece::Signature,
    ],
);
static SIGNED: &[Placement] = &[STAMP, TOKEN, AUTHORIZATION];
static UNSIGNED: &[Placement] =
    &[header("X-A-Content", &[Piece::Text("UNSIGNED")]), STAMP, TOKEN, AUTHORIZATION];

fn sign_signed(s: &mut Signer<'_>) {
    let payload = s.body().sha256().hex();
    sign(s, &payload);
}

fn sign_unsigned(s: &mut Signer<'_>) {
    s.header("X-A-Content", Text::from("UNSIGNED"));
    sign(s, &Text::from("UNSIGNED").sha256().hex());
}

fn sign(s: &mut Signer<'_>, payload: &Text) {
    let stamp = s.step("stamp", s.now("%s", 0));
    let day = s.step("day", s.now("%Y-%m-%d", 0));
    let (service, names) = (s.setting("service"), s.signed_headers().join(";"));
    let scope = s.step("scope", cat(&[&day, b"/", service, b"/a_request"]));
    let headers = s.headers().lower().join(":").lines();
    let parts: [&[u8]; 11] = [
        s.method(),
        b"\n",
        s.path(),
        b"\n",
        &s.raw_query(),
        b"\n",
        &headers,
        b"\n\n",
        &names,
        b"\n",
        payload,
    ];
    let canonical = s.step("canonical", cat(&parts));
    let digest = canonical.sha256().hex();
    let string = s.step("string_to_sign", cat(&[b"A-HMAC\n", &stamp, b"\n", &scope, b"\n", &digest]));
    let key = s.step("key", cat(&[b"A", s.secret()]).hmac_sha256(&day).hmac_sha256(service));
    let signature = s.step("signature", key.hmac_sha256(&string).hex());
    s.header("X-A-Timestamp", &stamp);
    if let Some(token) = s.token() {
        s.header("X-A-Token", &token);
    }
    let (credential, key) = (b"A-HMAC Credential=", s.access_key());
    let parts: [&[u8]; 8] =
        [credential, key, b"/", &scope, b", SignedHeaders=", &names, b", Signature=", &signature];
    s.header("Authorization", cat(&parts));
}

pub static SERVICE: Service = Service {
    name: "alpha",
    title: "Alpha",
    version: Some("2020-01-01"),
    deprecated: None,
    settings: &[
        Setting { name: "region", required: true, default: None, doc: "" },
        Setting { name: "service", required: false, default: Some("store"), doc: "" },
    ],
    endpoints: &[Endpoint { when: &[], url: &[Part::Text("https://alpha.example/")] }],
    envelope: Envelope {
        success: &[(body(&[Step::Key("Response"), Step::Key("Error")]), &[Want::Absent])],
        errors: &[ErrorShape {
            code: body(&[Step::Key("Response"), Step::Key("Error"), Step::Key("Code")]),
            code_kind: JsonKind::String,
            name: None,
            message: Some(body(&[Step::Key("Response"), Step::Key("Error"), Step::Key("Message")])),
        }],
        request_id: &[body(&[Step::Key("Response"), Step::Key("RequestId")])],
        error_status: 200,
        values: &[],
    },
    errors: &[
        error("Auth.UnknownKey", Class::Auth, &[When::UnknownKey]),
        error("Auth.Signature", Class::Auth, &[When::BadSignature]),
        error("Auth.Expired", Class::Auth, &[When::ExpiredClock]),
        error("Missing", Class::Invalid, &[When::Missing]),
        error("BadValue", Class::Invalid, &[When::BadValue]),
        error("NoAction", Class::Invalid, &[When::NoOperation]),
        error("NoInstance", Class::NotFound, &[When::NoInstance]),
        error("NoRegion", Class::Invalid, &[When::WrongRegion]),
        error("Denied", Class::Denied, &[When::Denied]),
    ],
    rate_limit: None,
    clock_window: Some(300),
    credentials: &[],
    tools: &[],
    auth: Auth {
        sign_headers: &["content-type", "host", "x-a-action"],
        sorted_names: false,
        skip_headers: &[],
        require_headers: &["content-type", "host"],
        variants: &[
            Variant { name: "unsigned", sign: sign_unsigned },
            Variant { name: "signed", sign: sign_signed },
        ],
        default: "signed",
    },
    operations: &[&LINKS, &LIST],
};

const CONSTANTS: &[Constant] = &[
    Constant {
        place: In::Header,
        name: "X-A-Action",
        value: &[Part::Hole("operation")],
        kind: JsonKind::String,
    },
    Constant {
        place: In::Header,
        name: "X-A-Version",
        value: &[Part::Hole("version")],
        kind: JsonKind::String,
    },
];
const REGION: Parameter = Parameter {
    place: Some(In::Header),
    wire: "X-A-Region",
    from: Some("region"),
    ..parameter("Region", Kind::String, true)
};
const NETWORK: &[Parameter] =
    &[parameter("Region", Kind::String, true), parameter("Ids", Kind::List(&Kind::String), true)];

const fn row(key: &'static str) -> [Step; 4] {
    [Step::Key("Response"), Step::Key("Files"), Step::Each, Step::Key(key)]
}
const fn plain(steps: &'static [Step], kind: JsonKind) -> Source {
    Source { place: body(steps), kind, convert: Convert::Plain }
}
const fn asked(name: &'static str) -> Source {
    Source {
        place: Place { root: Root::Request(name), steps: &[] },
        kind: JsonKind::String,
        convert: Convert::Plain,
    }
}

pub static LINKS: Operation = Operation {
    name: "GetLinks",
    version: Some("2020-01-01"),
    endpoints: &[],
    method: "POST",
    path: &[Part::Text("/")],
    place: In::Json,
    content_type: Some("application/json"),
    constants: CONSTANTS,
    lists: Lists::dotted(0),
    also: &[],
    parameters: &[
        REGION,
        parameter("Instance", Kind::String, true),
        parameter("Backup", Kind::String, true),
        Parameter { values: &["Open", "Inside", "Custom"], ..parameter("Limit", Kind::String, false) },
        parameter("Networks", Kind::List(&Kind::Object(|| NETWORK)), false),
    ],
    rules: &[Rule {
        when: &[("Limit", &[Want::Like("Custom")])],
        verb: Verb::Required(&["Networks"]),
        text: "a custom limit needs networks",
    }],
    within: &["Response"],
    root: None,
    success: &[],
    lenient: false,
    errors: &[
        error("NoBackup", Class::NotFound, &[When::NoBackup]),
        error("NotReady", Class::NotReady, &[When::NotReady]),
    ],
    rate_limit: None,
    idempotent: true,
    paging: None,
    links: &[Projection {
        with: &[],
        filters: &[],
        sort: None,
        fields: &[
            (Field::Instance, &[asked("Instance")]),
            (Field::Backup, &[asked("Backup")]),
            (Field::Name, &[plain(&row("Name"), JsonKind::String)]),
            (
                Field::Size,
                &[Source { place: body(&row("Size")), kind: JsonKind::Integer, convert: Convert::Bytes(1) }],
            ),
            (Field::PublicUrl, &[plain(&row("Url"), JsonKind::String)]),
            (Field::InternalUrl, &[plain(&row("InnerUrl"), JsonKind::String)]),
        ],
        expires: &[
            Expiry::Url(&[(
                &["sign", "time"],
                &[UrlPiece::From(SECONDS), UrlPiece::Text(";"), UrlPiece::At(SECONDS)],
            )]),
            Expiry::After(6 * 3600),
        ],
        ..Projection::NONE
    }],
    backups: &[],
    instances: &[],
    ..Operation::DEFAULT
};

const fn item(key: &'static str) -> [Step; 4] {
    [Step::Key("Response"), Step::Key("Backups"), Step::Each, Step::Key(key)]
}

pub static LIST: Operation = Operation {
    name: "ListBackups",
    version: Some("2020-01-01"),
    endpoints: &[],
    method: "POST",
    path: &[Part::Text("/")],
    place: In::Json,
    content_type: Some("application/json"),
    constants: CONSTANTS,
    lists: Lists::dotted(0),
    also: &[],
    parameters: &[
        REGION,
        parameter("Instance", Kind::String, false),
        Parameter {
            default: Some("2"),
            bounds: Bounds { min: Some(1), max: Some(100) },
            ..parameter("Count", Kind::Int64, false)
        },
        parameter("Skip", Kind::Int64, false),
    ],
    rules: &[],
    within: &["Response"],
    root: None,
    success: &[],
    lenient: false,
    errors: &[],
    rate_limit: None,
    idempotent: true,
    paging: Some(Paging {
        by: PageBy::Offset("Skip"),
        limit: Some("Count"),
        total: Some(body(&[Step::Key("Response"), Step::Key("Total")])),
        more: None,
        items: body(&[Step::Key("Response"), Step::Key("Backups")]),
    }),
    links: &[],
    backups: &[Projection {
        with: &[],
        filters: &[],
        sort: None,
        fields: &[
            (Field::Instance, &[asked("Instance"), plain(&item("Instance"), JsonKind::String)]),
            (Field::Backup, &[plain(&item("Id"), JsonKind::String)]),
            (
                Field::CreatedAt,
                &[Source {
                    place: body(&item("Start")),
                    kind: JsonKind::String,
                    convert: Convert::Time(LOCAL),
                }],
            ),
            (
                Field::Size,
                &[Source {
                    place: body(&item("Size")),
                    kind: JsonKind::Integer,
                    convert: Convert::Bytes(1024),
                }],
            ),
            (
                Field::State,
                &[Source {
                    place: body(&item("Status")),
                    kind: JsonKind::Integer,
                    convert: Convert::Words(&[("running", &["1"]), ("finished", &["2", "3"])]),
                }],
            ),
        ],
        expires: &[],
        ..Projection::NONE
    }],
    instances: &[],
    ..Operation::DEFAULT
};
