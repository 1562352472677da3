//! What unit tests share: a small service, and transports that are none.

mod transport;

pub(crate) use self::transport::{Canned, Mock, builder, canned};
use crate::service::*;
use crate::sign::{Auth, Signer, Text, Variant};

pub(crate) const TEXT: JsonKind = JsonKind::String;

pub(crate) const fn parameter(name: &'static str, kind: Kind) -> Parameter {
    Parameter {
        name,
        wire: name,
        place: None,
        kind,
        required: false,
        from: None,
        default: None,
        values: &[],
        bounds: Bounds::NONE,
        traits: Traits::NONE,
    }
}

const fn body(steps: &'static [Step]) -> Place {
    Place { root: Root::Body, steps }
}

pub(crate) const fn source(place: Place, kind: JsonKind, convert: Convert) -> Source {
    Source { place, kind, convert }
}

pub(crate) const fn asked(name: &'static str) -> Source {
    source(Place { root: Root::Request(name), steps: &[] }, TEXT, Convert::Plain)
}

const fn row(key: &'static [Step], kind: JsonKind, convert: Convert) -> Source {
    source(body(key), kind, convert)
}

const REGION: Parameter = Parameter {
    wire: "X-Region",
    place: Some(In::Header),
    required: true,
    from: Some("region"),
    ..parameter("Region", Kind::String)
};

static ITEM: &[Parameter] = &[
    Parameter { required: true, ..parameter("Zone", Kind::String) },
    Parameter { wire: "vpc-list", ..parameter("Vpcs", Kind::List(&Kind::String)) },
    Parameter { values: &["In", "Out"], ..parameter("Mode", Kind::String) },
];

/// An operation with one of everything.
pub(crate) static LINKS: Operation = Operation {
    name: "Links",
    version: Some("7"),
    endpoints: &[],
    method: "POST",
    path: &[Piece::Text("/v1/"), Piece::Hole("Instance"), Piece::Text("/backup:links")],
    place: In::Json,
    content_type: Some("application/json; v=1"),
    constants: &[
        Constant {
            place: In::Json,
            name: "Action",
            value: &[Piece::Hole("operation")],
            kind: JsonKind::String,
        },
        Constant {
            place: In::Query,
            name: "Version",
            value: &[Piece::Text("v"), Piece::Hole("version")],
            kind: JsonKind::String,
        },
        Constant {
            place: In::Header,
            name: "X-Project",
            value: &[Piece::Hole("project")],
            kind: JsonKind::String,
        },
    ],
    lists: Lists::dotted(1),
    also: &[
        Form { method: "GET", place: In::Query, content_type: None },
        Form { method: "PUT", place: In::Form, content_type: None },
    ],
    parameters: &[
        REGION,
        Parameter { place: Some(In::Path), required: true, ..parameter("Instance", Kind::String) },
        Parameter { wire: "backup_id", required: true, ..parameter("BackupId", Kind::Int64) },
        Parameter { default: Some("any"), values: &["any", "custom"], ..parameter("Limit", Kind::String) },
        parameter("Items", Kind::List(&Kind::Object(|| ITEM))),
        Parameter {
            bounds: Bounds { min: Some(1), max: Some(2) },
            ..parameter("Addresses", Kind::List(&Kind::String))
        },
        Parameter { bounds: Bounds { min: Some(0), max: Some(9) }, ..parameter("Share", Kind::Double) },
        parameter("Fresh", Kind::Bool),
        parameter("Tags", Kind::Map(&Kind::String)),
        parameter("Extra", Kind::Any),
        parameter("Since", Kind::Timestamp(TimeFormat { format: "%Y-%m-%d %H:%M:%S", offset: 28800 })),
        Parameter { place: Some(In::Query), from: Some("project"), ..parameter("Project", Kind::String) },
    ],
    rules: &[
        Rule {
            when: &[("Limit", &[Want::Like("custom")])],
            verb: Verb::Required(&["Items", "Addresses"]),
            text: "custom needs Items or Addresses",
        },
        Rule {
            when: &[("Limit", &[Want::Like("any")])],
            verb: Verb::Forbidden("Tags"),
            text: "Tags go with custom only",
        },
        Rule { when: &[], verb: Verb::NotEqual("Instance", "Limit"), text: "they differ" },
    ],
    within: &["Response"],
    root: None,
    values: &[],
    success: &[],
    lenient: false,
    errors: &[ErrorCode {
        code: "Gone*",
        name: None,
        class: Class::NotFound,
        retry: false,
        status: None,
        when: &[],
        doc: "no such backup",
    }],
    rate_limit: None,
    idempotent: true,
    paging: None,
    links: &[Projection {
        with: &[("Limit", With::Json("\"custom\"")), ("Addresses", With::Json("[\"10.0.0.1\"]"))],
        fields: &[
            (Field::Instance, &[asked("Instance")]),
            (
                Field::Backup,
                &[source(
                    Place { root: Root::Request("BackupId"), steps: &[] },
                    JsonKind::Integer,
                    Convert::Plain,
                )],
            ),
            (
                Field::Name,
                &[row(
                    &[Step::Key("Response"), Step::Key("Files"), Step::Each, Step::Key("Name")],
                    TEXT,
                    Convert::Plain,
                )],
            ),
            (
                Field::PublicUrl,
                &[row(
                    &[Step::Key("Response"), Step::Key("Files"), Step::Each, Step::Key("Url")],
                    TEXT,
                    Convert::Plain,
                )],
            ),
        ],
        expires: &[Expiry::After(3600)],
        ..Projection::NONE
    }],
    backups: &[],
    instances: &[],
    creates: &[],
    tasks: &[],
    shards: &[],
    regions: &[],
    projects: &[],
};

static LIST_PARAMETERS: &[Parameter] = &[
    Parameter { place: None, wire: "Region", ..REGION },
    Parameter { required: true, ..parameter("Instance", Kind::String) },
    Parameter {
        default: Some("2"),
        bounds: Bounds { min: Some(1), max: Some(100) },
        ..parameter("Limit", Kind::Int64)
    },
    parameter("Offset", Kind::Int64),
    parameter("Page", Kind::Int64),
    parameter("Token", Kind::String),
    parameter("Status", Kind::List(&Kind::Int64)),
];

static LIST_BACKUPS: &[Projection] = &[Projection {
    with: &[("Status", With::Json("[1,2]"))],
    fields: &[
        (Field::Instance, &[asked("Instance")]),
        (
            Field::Backup,
            &[row(
                &[Step::Key("Response"), Step::Key("Set"), Step::Each, Step::Key("Id")],
                TEXT,
                Convert::Plain,
            )],
        ),
        (
            Field::CreatedAt,
            &[row(
                &[Step::Key("Response"), Step::Key("Set"), Step::Each, Step::Key("At")],
                JsonKind::Integer,
                Convert::Time(TimeFormat { format: "%s", offset: 0 }),
            )],
        ),
        (
            Field::State,
            &[row(
                &[Step::Key("Response"), Step::Key("Set"), Step::Each, Step::Key("State")],
                JsonKind::Integer,
                Convert::Words(&[("running", &["1"]), ("finished", &["2", "3"])]),
            )],
        ),
    ],
    ..Projection::NONE
}];

pub(crate) const fn listing(name: &'static str, paging: Option<Paging>) -> Operation {
    Operation {
        name,
        version: Some("7"),
        endpoints: &[],
        method: "GET",
        path: &[Piece::Text("/")],
        place: In::Query,
        content_type: None,
        constants: &[Constant {
            place: In::Query,
            name: "Action",
            value: &[Piece::Hole("operation")],
            kind: JsonKind::String,
        }],
        lists: Lists::dotted(0),
        also: &[],
        parameters: LIST_PARAMETERS,
        rules: &[],
        within: &["Response"],
        root: None,
        values: &[],
        success: &[],
        lenient: false,
        errors: &[],
        rate_limit: None,
        idempotent: true,
        paging,
        links: &[],
        backups: LIST_BACKUPS,
        instances: &[],
        creates: &[],
        tasks: &[],
        shards: &[],
        regions: &[],
        projects: &[],
    }
}

const SET: Place = body(&[Step::Key("Response"), Step::Key("Set")]);
const TOTAL: Place = body(&[Step::Key("Response"), Step::Key("Total")]);

static BY_OFFSET: Operation = listing(
    "List",
    Some(Paging {
        by: PageBy::Offset("Offset"),
        limit: Some("Limit"),
        total: Some(TOTAL),
        more: None,
        items: SET,
    }),
);
static UNCOUNTED: Operation = listing(
    "List",
    Some(Paging { by: PageBy::Offset("Offset"), limit: Some("Limit"), total: None, more: None, items: SET }),
);
static BY_PAGE: Operation = listing(
    "List",
    Some(Paging {
        by: PageBy::Page("Page", 1),
        limit: Some("Limit"),
        total: Some(TOTAL),
        more: None,
        items: SET,
    }),
);
static BY_TOKEN: Operation = listing(
    "List",
    Some(Paging {
        by: PageBy::Token("Token", body(&[Step::Key("Response"), Step::Key("Next")])),
        limit: None,
        total: None,
        more: None,
        items: SET,
    }),
);
static BY_MARKER: Operation = listing(
    "List",
    Some(Paging {
        by: PageBy::Token(
            "Token",
            body(&[Step::Key("Response"), Step::Key("Set"), Step::Each, Step::Key("Id")]),
        ),
        limit: None,
        total: None,
        more: None,
        items: SET,
    }),
);
/// A list that goes on as long as a flag says that more follow.
const fn flagged(by: PageBy, limit: Option<&'static str>) -> Operation {
    let more = Some((body(&[Step::Key("Response"), Step::Key("More")]), JsonKind::Bool));
    listing("List", Some(Paging { by, limit, total: None, more, items: SET }))
}
static BY_FLAG: Operation = flagged(PageBy::Page("Page", 0), Some("Limit"));
static BY_FLAG_AND_OFFSET: Operation = flagged(PageBy::Offset("Offset"), Some("Limit"));
static BY_FLAG_AND_TOKEN: Operation =
    flagged(PageBy::Token("Token", body(&[Step::Key("Response"), Step::Key("Next")])), None);
static BY_LINK: Operation = listing(
    "List",
    Some(Paging {
        by: PageBy::Link("Token", Place { root: Root::Header("Link"), steps: &[] }),
        limit: None,
        total: None,
        more: None,
        items: SET,
    }),
);
static UNPAGED: Operation = listing("List", None);

/// Signs by adding what the signature depends on, so that tests can see it.
fn sign(s: &mut Signer<'_>) {
    let value = Text::from(s.access_key());
    s.header("X-Key", &value);
    if let Some(token) = s.token() {
        s.header("X-Token", &token);
    }
    let value = s.now("%s", 0);
    s.header("X-Time", &value);
    let value = Text::from(s.uuid());
    s.header("X-Uuid", &value);
    let value = Text::from(s.random());
    s.param("Nonce", &value);
    let value = Text::from(s.setting("region"));
    s.header("X-Scope", &value);
    let value = Text::from(s.variant());
    s.header("X-Variant", &value);
}

static SUCCESS: &[(Place, &[Want])] =
    &[(body(&[Step::Key("Response"), Step::Key("Error")]), &[Want::Absent])];

static SHAPES: &[ErrorShape] = &[
    ErrorShape {
        code: body(&[Step::Key("Response"), Step::Key("Error"), Step::Key("Code")]),
        code_kind: TEXT,
        name: None,
        message: Some(body(&[Step::Key("Response"), Step::Key("Error"), Step::Key("Message")])),
    },
    ErrorShape {
        code: body(&[Step::Key("code")]),
        code_kind: JsonKind::Integer,
        name: Some(body(&[Step::Key("codeDesc")])),
        message: Some(body(&[Step::Key("message")])),
    },
];

static REQUEST_ID: &[Place] = &[
    body(&[Step::Key("Response"), Step::Key("RequestId")]),
    Place { root: Root::Header("X-Request-Id"), steps: &[] },
];

static CODES: &[ErrorCode] = &[
    code("GoneFishing", Class::Server, true),
    code("Auth*", Class::Auth, false),
    code("4400", Class::Throttled, true),
];

pub(crate) const fn service(operations: &'static [&'static Operation]) -> Service {
    Service {
        name: "acme",
        title: "Acme",
        version: Some("7"),
        deprecated: None,
        settings: &[
            Setting { name: "region", required: true, default: None, doc: "" },
            Setting { name: "project", required: false, default: None, doc: "" },
            Setting { name: "product", required: false, default: Some("redis"), doc: "" },
        ],
        endpoints: &[
            Endpoint {
                when: &[("region", &[Want::Like("*-fin")])],
                url: &[Piece::Text("https://"), Piece::Hole("region"), Piece::Text(".acme.example/")],
            },
            Endpoint {
                when: &[],
                url: &[Piece::Text("https://"), Piece::Hole("product"), Piece::Text(".acme.example/api/")],
            },
        ],
        envelope: Envelope {
            success: SUCCESS,
            errors: SHAPES,
            request_id: REQUEST_ID,
            error_status: 200,
            values: &[],
        },
        errors: CODES,
        rate_limit: None,
        clock_window: None,
        credentials: &[EnvCredentials {
            access_key: "ACME_ID",
            secret: "ACME_KEY",
            token: Some("ACME_TOKEN"),
            settings: &[("region", "ACME_REGION")],
            unless_profile: true,
        }],
        tools: &[],
        auth: Auth {
            sign_headers: &["*"],
            sorted_names: false,
            skip_headers: &[],
            require_headers: &[],
            variants: &[Variant { name: "one", sign }, Variant { name: "two", sign }],
            default: "one",
        },
        operations,
    }
}

pub(crate) const fn code(code: &'static str, class: Class, retry: bool) -> ErrorCode {
    ErrorCode { code, name: Some("NAMED"), class, retry, status: None, when: &[], doc: "" }
}

/// A service that lists backups by offset and counts them.
pub(crate) static SERVICE: Service = service(&[&LINKS, &BY_OFFSET]);
/// The same, but nobody counts.
pub(crate) static UNCOUNTED_SERVICE: Service = service(&[&UNCOUNTED]);
/// The same by number of the page.
pub(crate) static PAGE_SERVICE: Service = service(&[&BY_PAGE]);
/// The same by token.
pub(crate) static TOKEN_SERVICE: Service = service(&[&BY_TOKEN]);
/// The same by the id of the last row.
pub(crate) static MARKER_SERVICE: Service = service(&[&BY_MARKER]);
/// The same by number of the page, as long as a flag says that more follow.
pub(crate) static FLAG_SERVICE: Service = service(&[&BY_FLAG]);
/// The same by offset, as long as a flag says that more follow.
pub(crate) static FLAG_OFFSET_SERVICE: Service = service(&[&BY_FLAG_AND_OFFSET]);
/// The same by token, as long as a flag says that more follow.
pub(crate) static FLAG_TOKEN_SERVICE: Service = service(&[&BY_FLAG_AND_TOKEN]);
/// The same by a link in a header.
pub(crate) static LINK_SERVICE: Service = service(&[&BY_LINK]);
/// The same in one piece.
pub(crate) static UNPAGED_SERVICE: Service = service(&[&UNPAGED]);
