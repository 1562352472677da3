//! A made-up service whose backups have numbers as ids. It is there to be declared, not to be called.

use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::service::*;
use rdbfetch::sign::Auth;

use super::body;

pub static METADATA: ServiceMetadata = ServiceMetadata {
    service: &SERVICE,
    settings: &[],
    documents: &[],
    store: rdbfetch::metadata::Store::S3,
    messages: &[],
    notes: &[],
    variants: &[],
    vectors: &[],
    operations: &[],
};

static SERVICE: Service = Service {
    name: "delta",
    title: "Delta",
    version: None,
    deprecated: None,
    settings: &[],
    endpoints: &[],
    envelope: Envelope { success: &[], errors: &[], request_id: &[], error_status: 400, values: &[] },
    errors: &[],
    rate_limit: None,
    clock_window: None,
    credentials: &[],
    tools: &[],
    auth: Auth {
        sign_headers: &[],
        sorted_names: false,
        skip_headers: &[],
        require_headers: &[],
        variants: &[],
        default: "",
    },
    operations: &[&LIST],
};

static LIST: Operation = Operation {
    name: "list",
    version: None,
    endpoints: &[],
    method: "GET",
    path: &[Piece::Text("/")],
    place: In::Query,
    content_type: None,
    constants: &[],
    lists: Lists::dotted(0),
    also: &[],
    parameters: &[],
    rules: &[],
    within: &[],
    root: None,
    success: &[],
    lenient: false,
    errors: &[],
    rate_limit: None,
    idempotent: true,
    paging: None,
    creates: &[],
    links: &[],
    backups: &[Projection {
        only: &[],
        with: &[],
        filters: &[],
        sort: None,
        fields: &[(
            Field::Backup,
            &[Source {
                place: body(&[Step::Key("list"), Step::Each, Step::Key("id")]),
                kind: JsonKind::Integer,
                convert: Convert::Plain,
            }],
        )],
        expires: &[],
    }],
    ..Operation::DEFAULT
};
