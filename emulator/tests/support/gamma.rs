//! A made-up service: everything in path and query, a signature in headers with a UUID, HTTP statuses that mean
//! something, files in a map, links with a start and a number of seconds, lists counted from 1.

use rdbfetch::metadata::{Placement, PlacementPiece as Piece, ServiceMetadata, VariantMetadata};
use rdbfetch::service::{Piece as Part, *};
use rdbfetch::sign::{Auth, Octets as _, Signer, Text, Variant, cat};

use super::{body, error, parameter};

const STAMP: TimeFormat = TimeFormat { format: "%Y%m%dT%H%M%SZ", offset: 0 };

pub static METADATA: ServiceMetadata = ServiceMetadata {
    service: &SERVICE,
    settings: &[],
    documents: &[],
    store: rdbfetch::metadata::Store::S3,
    messages: &[],
    notes: &[],
    variants: &[VariantMetadata { name: "G2", placements: PLACEMENTS, secret_steps: &["signature"] }],
    vectors: &[],
    operations: &[],
};

const fn header(name: &'static str, pattern: &'static [Piece]) -> Placement {
    Placement { header: true, name, pattern, optional: false }
}
static PLACEMENTS: &[Placement] = &[
    header("x-g-date", &[Piece::Now(STAMP)]),
    header("x-g-nonce", &[Piece::Uuid]),
    Placement { header: true, name: "x-g-token", pattern: &[Piece::TokenBase64], optional: true },
    header(
        "Authorization",
        &[
            Piece::Variant,
            Piece::Text(" "),
            Piece::AccessKey,
            Piece::Text("/"),
            Piece::Setting("region"),
            Piece::Text(" "),
            Piece::SignedHeaders(";"),
            Piece::Text(" "),
            Piece::Signature,
        ],
    ),
];

fn sign(s: &mut Signer<'_>) {
    let (stamp, uuid) = (s.now("%Y%m%dT%H%M%SZ", 0), Text::from(s.uuid()));
    s.header("x-g-date", &stamp);
    s.header("x-g-nonce", &uuid);
    if let Some(token) = s.token() {
        s.header("x-g-token", token.base64());
    }
    let path = Text::from(s.path()).decode().encode("/");
    let query = s.query().encode("").sort().join("=").join("&");
    let (names, headers) = (s.signed_headers().join(";"), s.headers().join(":").lines());
    let parts: [&[u8]; 9] = [s.method(), b"\n", &path, b"\n", &query, b"\n", &headers, b"\n", &names];
    let canonical = s.step("canonical", cat(&parts));
    let signature = s.step(
        "signature",
        Text::from(s.secret()).hmac_sha256(s.setting("region")).hmac_sha256(&canonical).hex(),
    );
    let parts: [&[u8]; 9] =
        [s.variant(), b" ", s.access_key(), b"/", s.setting("region"), b" ", &names, b" ", &signature];
    let authorization = cat(&parts);
    s.header("Authorization", &authorization);
}

pub static SERVICE: Service = Service {
    name: "gamma",
    title: "Gamma",
    version: Some("v1"),
    deprecated: None,
    settings: &[Setting { name: "region", required: true, default: None, doc: "" }],
    endpoints: &[Endpoint { when: &[], url: &[Part::Text("https://gamma.example/")] }],
    envelope: Envelope {
        success: &[
            (Place { root: Root::Status, steps: &[] }, &[Want::Range(200, 299)]),
            (body(&[Step::Key("error")]), &[Want::Absent]),
        ],
        errors: &[ErrorShape {
            code: body(&[Step::Key("error"), Step::Key("code")]),
            code_kind: JsonKind::Integer,
            name: Some(body(&[Step::Key("error"), Step::Key("status")])),
            message: Some(body(&[Step::Key("error"), Step::Key("message")])),
        }],
        request_id: &[body(&[Step::Key("requestId")])],
        error_status: 400,
        values: &[],
    },
    errors: &[
        ErrorCode { status: Some(401), ..error("401", Class::Auth, &[When::BadSignature, When::Replayed]) },
        ErrorCode {
            status: Some(404),
            name: Some("NOT_FOUND"),
            ..error("404", Class::NotFound, &[When::NoInstance])
        },
        error("4*", Class::NotReady, &[]),
    ],
    rate_limit: None,
    clock_window: Some(900),
    credentials: &[],
    tools: &[],
    auth: Auth {
        sign_headers: &["*"],
        sorted_names: false,
        skip_headers: &["user-agent"],
        require_headers: &["host"],
        variants: &[Variant { name: "G2", sign }],
        default: "G2",
    },
    operations: &[&BACKUPS, &INSTANCES, &LINKS],
};

const fn path(name: &'static str, from: Option<&'static str>) -> Parameter {
    Parameter { place: Some(In::Path), from, ..parameter(name, Kind::String, true) }
}
const fn operation(name: &'static str, path: &'static [Part]) -> Operation {
    Operation {
        name,
        version: Some("v1"),
        endpoints: &[],
        method: "GET",
        path,
        place: In::Query,
        content_type: None,
        constants: &[],
        lists: Lists::dotted(1),
        also: &[],
        parameters: &[],
        rules: &[],
        within: &["result"],
        root: None,
        success: &[],
        lenient: false,
        errors: &[],
        rate_limit: None,
        idempotent: true,
        paging: None,
        links: &[],
        backups: &[],
        instances: &[],
        ..Operation::DEFAULT
    }
}
const fn source(place: Place) -> Source {
    Source { place, kind: JsonKind::String, convert: Convert::Plain }
}
const fn asked(name: &'static str) -> Source {
    source(Place { root: Root::Request(name), steps: &[] })
}
const START: Part = Part::Text("/v1/regions/");
const REGION: Parameter = path("region", Some("region"));
const RESULT: Step = Step::Key("result");

static LINKS: Operation = Operation {
    parameters: &[REGION, path("id", None), parameter("backup", Kind::String, true)],
    links: &[Projection {
        with: &[],
        filters: &[],
        sort: None,
        fields: &[
            (Field::Instance, &[asked("id")]),
            (Field::Backup, &[asked("backup")]),
            (Field::Name, &[source(Place { root: Root::Key, steps: &[] })]),
            (Field::PublicUrl, &[source(body(&[RESULT, Step::Key("urls"), Step::EachKey]))]),
        ],
        expires: &[Expiry::Url(&[
            (&["X-Date"], &[UrlPiece::From(STAMP)]),
            (&["X-Expires"], &[UrlPiece::Seconds]),
        ])],
        ..Projection::NONE
    }],
    ..operation(
        "links",
        &[START, Part::Hole("region"), Part::Text("/stores/"), Part::Hole("id"), Part::Text("/backup:links")],
    )
};

static BACKUPS: Operation = Operation {
    parameters: &[
        REGION,
        path("id", None),
        parameter("page", Kind::Int64, false),
        Parameter { default: Some("2"), ..parameter("size", Kind::Int64, false) },
        parameter("filters", Kind::List(&Kind::String), false),
        parameter("states", Kind::List(&Kind::String), false),
        parameter("since", Kind::Timestamp(STAMP), false),
        parameter("until", Kind::Timestamp(STAMP), false),
    ],
    paging: Some(Paging {
        by: PageBy::Page("page", 1),
        limit: Some("size"),
        total: Some(body(&[RESULT, Step::Key("total")])),
        more: None,
        items: body(&[RESULT, Step::Key("backups")]),
    }),
    backups: &[Projection {
        with: &[],
        filters: &[
            Chooser::new(Filter::State, "states"),
            Chooser::new(Filter::Since, "since"),
            Chooser::new(Filter::Until, "until"),
        ],
        sort: None,
        fields: &[
            (
                Field::State,
                &[Source {
                    place: body(&[RESULT, Step::Key("backups"), Step::Each, Step::Key("state")]),
                    kind: JsonKind::String,
                    convert: Convert::Words(&[("running", &["R", "W"]), ("finished", &["F"])]),
                }],
            ),
            (Field::Instance, &[asked("id")]),
            (Field::Backup, &[source(body(&[RESULT, Step::Key("backups"), Step::Each, Step::Key("id")]))]),
        ],
        expires: &[],
        ..Projection::NONE
    }],
    ..operation(
        "backups",
        &[START, Part::Hole("region"), Part::Text("/stores/"), Part::Hole("id"), Part::Text("/backup")],
    )
};

static INSTANCES: Operation = Operation {
    parameters: &[REGION],
    instances: &[Projection {
        with: &[],
        filters: &[],
        sort: None,
        fields: &[
            (Field::Region, &[asked("region")]),
            (Field::Instance, &[source(body(&[RESULT, Step::Key("stores"), Step::Each, Step::Key("id")]))]),
        ],
        expires: &[],
        ..Projection::NONE
    }],
    ..operation("instances", &[START, Part::Hole("region"), Part::Text("/stores")])
};
