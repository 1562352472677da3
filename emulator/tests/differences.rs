//! What the real services are refused with, situation by situation, and the page that tells it.
//!
//! The page is pinned: `UPDATE=1 cargo test -p rdbfetch-emulator --test differences` writes it again.

mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rdbfetch::Timestamp;
use rdbfetch::metadata::{Store, StoreWhen, services};
use rdbfetch::service::{ErrorCode, When};
use rdbfetch::sign::Body;
use rdbfetch_emulator::{Clock, Emulator};
use serde_json::json;
use support::strict::{Call, Place, SHAPES, Shape, metadata, off, outcome};

/// A situation, and what makes it of a right call; `false` where a service has no such thing.
type Situation = (&'static str, fn(&mut Call<'_>, &Emulator, &Clock) -> bool);

const SITUATIONS: &[Situation] = &[
    ("nothing is wrong", |_, _, _| true),
    ("unknown access key", |call, _, _| {
        call.signing.access_key = "AKIDNOBODY".to_owned();
        true
    }),
    ("wrong secret", |call, _, _| {
        call.signing.secret = "wrong".to_owned();
        true
    }),
    ("no signature", |call, _, _| {
        call.unsigned = true;
        true
    }),
    ("malformed signature", |call, _, _| {
        call.then = Some(|draft| {
            let mut headers = draft.headers.iter_mut();
            if let Some((_, value)) = headers.find(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
                value.truncate(value.len() / 2);
            }
        });
        ["tencent", "jdcloud"].contains(&call.shape.service)
    }),
    ("wrong token", |call, emulator, _| temporary(call, emulator, Some("another"))),
    ("token left out", |call, emulator, _| temporary(call, emulator, None)),
    ("clock late, at the edge", |call, _, clock| clock_off(call, clock, -1, 0)),
    ("clock late, past the edge", |call, _, clock| clock_off(call, clock, -1, 1)),
    ("clock early, at the edge", |call, _, clock| clock_off(call, clock, 1, 0)),
    ("clock early, past the edge", |call, _, clock| clock_off(call, clock, 1, 1)),
    ("same request again", |call, _, _| {
        call.times = 2;
        true
    }),
    ("body is not the signed one", |call, _, _| {
        call.then = Some(|draft| match &mut draft.body {
            Body::Bytes(bytes) => bytes.push(b' '),
            Body::Form(pairs) => pairs.push("Added", "1"),
            _ => draft.query.push("Added", "1"),
        });
        true
    }),
    ("unknown operation", |call, _, _| {
        call.unknown_operation();
        true
    }),
    ("no operation named", |call, _, _| call.unnamed()),
    ("another version", |call, _, _| call.other_version()),
    ("another HTTP method", |call, _, _| {
        "PUT".clone_into(&mut call.method);
        true
    }),
    ("another path", |call, _, _| {
        "/somewhere/else".clone_into(&mut call.path);
        true
    }),
    ("parameter missing", |call, _, _| {
        call.remove(backup(call));
        true
    }),
    ("empty body", |call, _, _| {
        call.parameters.clear();
        call.body = Some("");
        in_body(call)
    }),
    ("body is broken JSON", |call, _, _| {
        call.body = Some("{\"InstanceId\": ");
        place(call) == Place::Json
    }),
    ("another content type", |call, _, _| {
        call.content_type = Some("text/plain");
        in_body(call)
    }),
    ("malformed number", |call, _, _| {
        call.list_instead();
        let limit = limit(call);
        call.set(limit, "many");
        true
    }),
    ("number out of bounds", |call, _, _| {
        call.list_instead();
        let limit = limit(call);
        call.set(limit, -1);
        true
    }),
    ("unknown parameter", |call, _, _| {
        call.set("Unheard", "1");
        true
    }),
    ("parameter sent twice", |call, _, _| call.twice()),
    ("another region", |call, _, _| {
        call.other_region();
        true
    }),
    ("no such instance", |call, _, _| {
        call.ask_about("nobody");
        true
    }),
    ("no such backup", |call, _, _| {
        call.set(backup(call), "nothing");
        true
    }),
    ("backup not finished", |call, _, _| {
        call.set(backup(call), "20260102000000-1");
        true
    }),
];

fn place(call: &Call<'_>) -> Place {
    call.shape.place()
}

fn in_body(call: &Call<'_>) -> bool {
    place(call) != Place::Query
}

fn backup(call: &Call<'_>) -> &'static str {
    call.shape.backup()
}

fn limit(call: &Call<'_>) -> &'static str {
    call.shape.limit()
}

/// Signs with temporary credentials, with this token.
fn temporary(call: &mut Call<'_>, emulator: &Emulator, token: Option<&str>) -> bool {
    let credentials = emulator.temporary_credentials();
    credentials.access_key().clone_into(&mut call.signing.access_key);
    credentials.secret().clone_into(&mut call.signing.secret);
    call.signing.token = token.map(str::to_owned);
    true
}

/// Signs with a clock that is off by the service's window and so many seconds more.
fn clock_off(call: &mut Call<'_>, clock: &Clock, sign: i64, more: i64) -> bool {
    call.signing.now = off(clock, sign * (call.shape.window + more));
    call.shape.window > 0
}

/// What a service answers in every situation, `None` where it has no such thing.
async fn column(shape: &Shape) -> Vec<Option<String>> {
    let clock = Clock::frozen(Timestamp::from_unix(1_700_000_000).unwrap());
    let emulator = Emulator::builder().clock(clock.clone()).start().await.unwrap();
    let mut out = Vec::new();
    for (number, (_, make)) in SITUATIONS.iter().enumerate() {
        let mut call = Call::links(shape, &emulator, &clock, number + 1);
        let happens = make(&mut call, &emulator, &clock);
        out.push(if happens { Some(outcome(shape, &call.send(&emulator).await)) } else { None });
    }
    out
}

async fn matrix() -> Vec<Vec<Option<String>>> {
    let mut out = Vec::new();
    for shape in &SHAPES {
        out.push(column(shape).await);
    }
    out
}

fn of(columns: &[Vec<Option<String>>], service: &str, situation: &str) -> Option<String> {
    let column = SHAPES.iter().position(|shape| shape.service == service).unwrap();
    let row = SITUATIONS.iter().position(|(name, _)| *name == situation).unwrap();
    columns[column][row].clone()
}

/// What the vendors' documents say, whatever the specs hold.
#[tokio::test]
async fn documented_refusals_are_the_vendors() {
    let columns = matrix().await;
    for (service, situation, wanted) in [
        ("tencent", "unknown access key", "200 AuthFailure.SecretIdNotFound"),
        ("tencent", "wrong secret", "200 AuthFailure.SignatureFailure"),
        ("tencent", "wrong token", "200 AuthFailure.TokenFailure"),
        ("tencent", "clock late, past the edge", "200 AuthFailure.SignatureExpire"),
        ("tencent", "clock early, past the edge", "200 AuthFailure.SignatureExpire"),
        ("tencent", "body is not the signed one", "200 AuthFailure.SignatureFailure"),
        ("tencent", "unknown operation", "200 InvalidAction"),
        ("tencent", "another version", "200 NoSuchVersion"),
        ("tencent", "another HTTP method", "200 UnsupportedProtocol"),
        ("tencent", "malformed signature", "200 AuthFailure.InvalidAuthorization"),
        ("tencent", "malformed number", "200 InvalidParameter"),
        ("tencent", "number out of bounds", "200 InvalidParameterValue"),
        ("tencent", "body is broken JSON", "200 InvalidParameter"),
        ("tencent", "parameter missing", "200 MissingParameter"),
        ("tencent", "unknown parameter", "200 UnknownParameter"),
        ("tencent", "same request again", "200 ok"),
        ("tencent", "no such instance", "200 ResourceNotFound.InstanceNotExists"),
        ("ucloud", "unknown access key", "200 172"),
        ("ucloud", "wrong secret", "200 171"),
        ("ucloud", "no signature", "200 170"),
        ("ucloud", "wrong token", "200 174"),
        ("ucloud", "unknown operation", "200 161"),
        ("ucloud", "no operation named", "200 160"),
        ("ucloud", "malformed number", "200 230"),
        ("ucloud", "same request again", "200 ok"),
        ("jdcloud", "wrong secret", "401 ACCESS_ERROR"),
        ("jdcloud", "no such instance", "404 NOT_FOUND"),
        ("jdcloud", "another path", "404 NOT_FOUND"),
        ("qcloud", "wrong secret", "200 4100"),
        ("qcloud", "same request again", "200 4500"),
        ("qcloud", "clock late, past the edge", "200 4500"),
        ("qcloud", "parameter missing", "200 11201"),
        ("qcloud", "no such instance", "200 10701"),
        ("qcloud", "backup not finished", "200 10711"),
    ] {
        assert_eq!(of(&columns, service, situation).as_deref(), Some(wanted), "{service}: {situation}");
    }
    for shape in &SHAPES {
        for (situation, wanted) in [
            ("nothing is wrong", true),
            ("clock late, at the edge", true),
            ("clock early, at the edge", true),
            ("unknown access key", false),
            ("wrong secret", false),
            ("no signature", false),
            ("wrong token", false),
            ("token left out", false),
            ("body is not the signed one", false),
            ("clock late, past the edge", false),
            ("clock early, past the edge", false),
            ("another path", false),
        ] {
            if let Some(answer) = of(&columns, shape.service, situation) {
                assert_eq!(answer.ends_with(" ok"), wanted, "{}: {situation}: {answer}", shape.service);
            }
        }
    }
}

/// UCloud's Go and JavaScript SDKs can send JSON, which is signed as a form of the same members would be.
#[tokio::test]
async fn bodies_of_json_are_signed_member_by_member() {
    let shape = SHAPES.iter().find(|shape| shape.service == "ucloud").unwrap();
    let clock = Clock::frozen(Timestamp::from_unix(1_700_000_000).unwrap());
    let emulator = Emulator::builder().clock(clock.clone()).start().await.unwrap();
    for (limit, change, wanted) in [
        ("2", None, "200 ok"),
        // The same text in the signature, and a type that the document does not have.
        ("\"2\"", None, "200 230"),
        ("1.5", None, "200 230"),
        ("2", Some(("cn-bj2", "cn-sh2")), "200 171"),
        ("2", Some(("GroupId", "Groupid")), "200 171"),
        ("2", Some(("Describe", "Undescribe")), "200 161"),
        ("2", Some(("{", "{{")), "200 160"),
        ("null", None, "200 ok"),
    ] {
        let mut call = Call::links(shape, &emulator, &clock, 1);
        call.list_instead();
        let value = limit.trim_matches('"');
        if value != "null" {
            call.set("Limit", value);
        }
        let reply = call.send_as_json(&emulator, limit, change).await;
        assert_eq!(outcome(shape, &reply), wanted, "{limit} {change:?}: {}", reply.text());
    }
}

/// Some SDKs of Tencent Cloud take the product's name from the first part of the host that they call.
#[tokio::test]
async fn a_product_may_be_named_as_the_address_begins() {
    let clock = Clock::frozen(Timestamp::from_unix(1_700_000_000).unwrap());
    let emulator = Emulator::builder().clock(clock.clone()).start().await.unwrap();
    for (product, wanted) in [
        ("redis", "200 ok"),
        ("127", "200 ok"),
        ("128", "200 AuthFailure.SignatureFailure"),
        ("cvm", "200 AuthFailure.SignatureFailure"),
    ] {
        let mut call = Call::links(&SHAPES[0], &emulator, &clock, 1);
        product.clone_into(&mut call.signing.settings[1].1);
        assert_eq!(outcome(call.shape, &call.send(&emulator).await), wanted, "{product}");
        call.signing.secret = "wrong".to_owned();
        let answer = outcome(call.shape, &call.send(&emulator).await);
        assert_eq!(answer, "200 AuthFailure.SignatureFailure", "{product}");
    }
    // Whoever calls a vendor's host, be it through a proxy, signs the vendor's name.
    let mut call = Call::links(&SHAPES[0], &emulator, &clock, 1);
    call.host = Some("cvm.tencentcloudapi.com");
    "cvm".clone_into(&mut call.signing.settings[1].1);
    let answer = outcome(call.shape, &call.send(&emulator).await);
    assert_eq!(answer, "200 AuthFailure.SignatureFailure");
}

#[tokio::test]
async fn unknown_parameters_are_found_inside_of_objects() {
    let clock = Clock::frozen(Timestamp::from_unix(1_700_000_000).unwrap());
    let emulator = Emulator::builder().clock(clock.clone()).start().await.unwrap();
    for (value, wanted, named) in [
        (json!([{"Region": "ap-guangzhou", "VpcList": ["vpc-1"]}]), "200 ok", ""),
        (
            json!([{"Region": "a", "VpcList": []}, {"Region": "a", "VpcList": [], "Vpc": 1}]),
            "200 UnknownParameter",
            "LimitVpc.1.Vpc",
        ),
        // What has another type holds no parameters.
        (json!({"Vpc": 1}), "200 InvalidParameter", "LimitVpc"),
        (json!([{"VpcList": []}]), "200 MissingParameter", "LimitVpc"),
    ] {
        let mut call = Call::links(&SHAPES[0], &emulator, &clock, 1);
        call.set("LimitVpc", value.clone());
        let reply = call.send(&emulator).await;
        assert_eq!(outcome(call.shape, &reply), wanted, "{value}");
        assert!(reply.text().contains(named), "{}", reply.text());
    }
}

#[tokio::test]
async fn backups_are_made_of_instances_that_there_are() {
    let clock = Clock::frozen(Timestamp::from_unix(1_700_000_000).unwrap());
    let emulator = Emulator::builder().clock(clock.clone()).start().await.unwrap();
    let tencent = &SHAPES[0];
    let mut call = Call::links(tencent, &emulator, &clock, 1);
    call.remove(tencent.backup());
    call.ask("ManualBackupInstance", "nobody");
    let answer = outcome(tencent, &call.send(&emulator).await);
    assert_eq!(answer, "200 ResourceNotFound.InstanceNotExists");
    call.set("StorageDays", 1826);
    assert_eq!(outcome(tencent, &call.send(&emulator).await), "200 InvalidParameterValue");
    call.remove("InstanceId");
    assert_eq!(outcome(tencent, &call.send(&emulator).await), "200 MissingParameter");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn table(columns: &[Vec<Option<String>>]) -> String {
    let mut out = String::from("| situation |");
    SHAPES.iter().for_each(|shape| write!(out, " {} |", shape.service).unwrap());
    out.push_str("\n|---|---|---|---|---|\n");
    for (row, (name, _)) in SITUATIONS.iter().enumerate() {
        write!(out, "| {name} |").unwrap();
        for column in columns {
            let answer = column[row].as_deref().unwrap_or("–");
            write!(out, " {answer} |").unwrap();
        }
        out.push('\n');
    }
    out
}

/// The codes that no source names, by service.
fn assumed() -> String {
    let mut out = String::new();
    for shape in &SHAPES {
        let text = |path: &str| std::fs::read_to_string(root().join("specs").join(path)).unwrap();
        let mut codes: Vec<String> = Vec::new();
        let operations = metadata(shape).service.operations.iter().map(|operation| operation.name);
        for file in operations.chain(["service"]) {
            let text = text(&format!("{}/{file}.yaml", shape.service));
            let lines =
                text.lines().filter(|line| line.contains("class: ") && line.contains("assumed: true"));
            codes.extend(lines.filter_map(|line| {
                let code = line.trim().split(": {").next()?;
                Some(format!("`{}`", code.trim_matches('"')))
            }));
        }
        codes.sort();
        codes.dedup();
        let list = if codes.is_empty() { "none".to_owned() } else { codes.join(", ") };
        writeln!(out, "* {}: {list}", shape.service).unwrap();
    }
    out
}

/// The situations that a spec names no error for, so that the nearest is answered, or nothing is refused.
fn nearest() -> String {
    const WORDS: [(When, &str); 11] = [
        (When::Unsigned, "no signature"),
        (When::MalformedSignature, "malformed signature"),
        (When::BadType, "malformed number"),
        (When::BadToken, "wrong token"),
        (When::Replayed, "same request again"),
        (When::MissingOperation, "no operation named"),
        (When::WrongMethod, "another HTTP method"),
        (When::WrongVersion, "another version"),
        (When::WrongRegion, "another region"),
        (When::UnknownParameter, "unknown parameter"),
        (When::NotReady, "backup not finished"),
    ];
    let mut out = String::new();
    for shape in &SHAPES {
        let service = metadata(shape).service;
        let operations = service.operations.iter().flat_map(|operation| operation.errors);
        let errors: Vec<&ErrorCode> = operations.chain(service.errors).collect();
        let missing = WORDS.iter().filter(|(when, _)| !errors.iter().any(|error| error.when.contains(when)));
        let words: Vec<&str> = missing.map(|(_, word)| *word).collect();
        writeln!(out, "* {}: {}", shape.service, words.join(", ")).unwrap();
    }
    out
}

fn stores() -> String {
    let mut out = String::from(
        "| service | bound to | expired | changed | no signature | no such file | bad range |\n",
    );
    out.push_str("|---|---|---|---|---|---|---|\n");
    for shape in &SHAPES {
        let store: &Store = &metadata(shape).store;
        let bound = match (store.binds_method, store.binds_host) {
            (true, true) => "method, host",
            (true, false) => "method",
            (false, true) => "host",
            (false, false) => "–",
        };
        write!(out, "| {} | {bound} |", shape.service).unwrap();
        let whens = [
            StoreWhen::Expired,
            StoreWhen::Changed,
            StoreWhen::Unsigned,
            StoreWhen::NoFile,
            StoreWhen::BadRange,
        ];
        for error in whens.map(|when| store.error(when)) {
            write!(out, " {} {} |", error.status, error.code).unwrap();
        }
        out.push('\n');
    }
    out
}

fn notes() -> String {
    let mut out = String::new();
    for shape in &SHAPES {
        let metadata = metadata(shape);
        writeln!(out, "### {}\n", metadata.service.title).unwrap();
        metadata.notes.iter().for_each(|note| writeln!(out, "* {note}").unwrap());
        out.push('\n');
    }
    out.trim_end().to_owned()
}

#[tokio::test]
async fn the_page_is_fresh() {
    let template = include_str!("differences.in.md");
    let mut page = template.to_owned();
    for (hole, text) in [
        ("{matrix}", table(&matrix().await)),
        ("{assumed}", assumed()),
        ("{nearest}", nearest()),
        ("{stores}", stores()),
        ("{notes}", notes()),
    ] {
        assert_eq!(page.matches(hole).count(), 1, "{hole}");
        page = page.replace(hole, text.trim_end());
    }
    let path = root().join("docs/emulator/differences.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let pinned = std::fs::read_to_string(&path).unwrap_or_default().replace('\r', "");
    assert!(
        pinned == page,
        "{} is stale: UPDATE=1 cargo test -p rdbfetch-emulator --test differences",
        path.display()
    );
}

/// Every service that is compiled in has its column, lest the page forget one.
#[test]
fn every_service_is_compared() {
    let compared: Vec<&str> = SHAPES.iter().map(|shape| shape.service).collect();
    for metadata in services() {
        assert!(compared.contains(&metadata.service.name), "{}", metadata.service.name);
    }
}
