//! Lifetimes: in the query of a link, in a field, fixed.

use super::*;
use crate::place::UrlPiece;

const UNIX: TimeFormat = TimeFormat { format: "%s", offset: 0 };
const AMZ: TimeFormat = TimeFormat { format: "%Y%m%dT%H%M%SZ", offset: 0 };
const FROM_TO: &[UrlPiece] = &[UrlPiece::From(UNIX), UrlPiece::Text(";"), UrlPiece::At(UNIX)];

/// The notations of the documented clouds.
const EPOCH: &[Expiry] = &[Expiry::Url(&[(&["Expires"], &[UrlPiece::At(UNIX)])])];
const WINDOW: &[Expiry] = &[
    Expiry::Url(&[(&["sign", "q-sign-time"], FROM_TO)]),
    Expiry::Url(&[(&["q-sign-time"], FROM_TO)]),
    Expiry::After(6 * 3600),
];
const DATE: &[Expiry] = &[
    Expiry::Url(&[(&["X-Amz-Date"], &[UrlPiece::From(AMZ)]), (&["X-Amz-Expires"], &[UrlPiece::Seconds])]),
    Expiry::After(3600),
];

/// The example links of the vendors' documents, the notation of each, and when it expires.
const DOCUMENTED: &str = include_str!("../../../tests/fixtures/links/documented.json");

fn expires_with(expires: &'static [Expiry], body: &Value) -> Option<String> {
    let fields = fields(&[(Field::PublicUrl, &["url"]), (Field::InternalUrl, &["inner"])]);
    let projections = [Projection { fields, expires, ..Projection::NONE }];
    let request = |name: &str| (name == "expiration").then(|| "120".to_owned());
    let context = Context { status: 200, headers: &[], body, request: &request, now: now() };
    let rows = super::super::read(&projections, &context);
    rows[0].expires.map(|at| at.to_string())
}

fn expires(expires: &'static [Expiry], url: &str) -> Option<String> {
    expires_with(expires, &serde_json::json!({"url": url}))
}

fn in_seconds(seconds: i64) -> Option<String> {
    Some(now().plus_seconds(seconds).to_string())
}

#[test]
fn documented_links_show_when_they_expire() {
    let documented = json(DOCUMENTED);
    for link in documented.as_array().unwrap() {
        let notation = match link["notation"].as_str().unwrap() {
            "epoch" => EPOCH,
            "window" => WINDOW,
            _ => DATE,
        };
        assert_eq!(
            expires(notation, link["url"].as_str().unwrap()).as_deref(),
            link["expires"].as_str(),
            "{link}"
        );
    }
    assert_eq!(expires(&[Expiry::After(12 * 3600)], "http://10.1.2.3/?x=y"), in_seconds(12 * 3600));
}

#[test]
fn the_first_that_works_counts() {
    assert_eq!(
        expires(WINDOW, "http://h/?q-sign-time=1;1551974523").as_deref(),
        Some("2019-03-07T16:02:03Z")
    );
    assert_eq!(
        expires(WINDOW, "http://h/?Q-SIGN-TIME=1%3B1551974523").as_deref(),
        Some("2019-03-07T16:02:03Z")
    );
    for url in [
        "http://h/",
        "http://h/?sign=q-sign-time",
        "http://h/?sign=q-sign-time%3D5",
        "http://h/?q-sign-time=1;2;3",
    ] {
        assert_eq!(expires(WINDOW, url), in_seconds(6 * 3600), "{url}");
    }
    for query in
        ["X-Amz-Date=20210714T075241Z", "X-Amz-Date=20210714T075241Z&X-Amz-Expires=-1", "X-Amz-Expires=3600"]
    {
        assert_eq!(expires(DATE, &format!("http://h/?{query}")), in_seconds(3600), "{query}");
    }
    let forever = "http://h/?X-Amz-Date=20210714T075241Z&X-Amz-Expires=9223372036854775807";
    assert_eq!(expires(DATE, forever), in_seconds(3600));
    assert_eq!(expires(EPOCH, "http://h/?Expires=soon"), None);
    assert_eq!(expires(EPOCH, "http://h/?Expires="), None);
}

#[test]
fn the_earliest_link_counts() {
    let body = serde_json::json!({"url": "http://h/?Expires=20", "inner": "http://h/?Expires=10"});
    assert_eq!(expires_with(EPOCH, &body).as_deref(), Some("1970-01-01T00:00:10Z"));
    let body = serde_json::json!({"url": "http://h/?Expires=20", "inner": "http://h/"});
    assert_eq!(expires_with(EPOCH, &body).as_deref(), Some("1970-01-01T00:00:20Z"));
}

fn field(convert: Convert, text: &'static str) -> &'static [Expiry] {
    vec![Expiry::Field(source(JsonKind::Integer, convert, text))].leak()
}

#[test]
fn fields_say_when() {
    let body =
        serde_json::json!({"url": "http://h/", "end": "2018-06-25T11:44:28Z", "unix": 1529927068, "ttl": 60});
    assert_eq!(expires_with(field(Convert::Plain, "end"), &body).as_deref(), Some("2018-06-25T11:44:28Z"));
    assert_eq!(
        expires_with(field(Convert::Time(UNIX), "unix"), &body).as_deref(),
        Some("2018-06-25T11:44:28Z")
    );
    assert_eq!(expires_with(field(Convert::Duration(1000), "ttl"), &body), in_seconds(60));
    assert_eq!(expires_with(field(Convert::Duration(1000), "$request.expiration"), &body), in_seconds(120));
    assert_eq!(expires_with(field(Convert::Duration(1000), "end"), &body), None);
}

#[test]
fn templates_run_backwards() {
    const DAY: TimeFormat = TimeFormat { format: "%Y-%m-%d", offset: 0 };
    const PIECES: &[UrlPiece] =
        &[UrlPiece::Text("v1-"), UrlPiece::At(DAY), UrlPiece::Text("-"), UrlPiece::Ignore];
    const DASHES: &[Expiry] = &[Expiry::Url(&[(&["t"], PIECES)])];
    assert_eq!(expires(DASHES, "http://h/?t=v1-2018-06-25-x-y").as_deref(), Some("2018-06-25T00:00:00Z"));
    for text in ["v2-2018-06-25-x", "v1-2018-06-25", "v1--", &format!("v1-{}", "-".repeat(100_000))] {
        assert_eq!(expires(DASHES, &format!("http://h/?t={text}")), None);
    }
}

#[cfg(feature = "metadata")]
#[test]
fn links_are_given_the_parameters_that_they_show_it_by() {
    let (issued, end) = (now(), now().plus_seconds(90));
    let made = |expires| link_parameters(expires, issued, end);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(made(EPOCH), [pair("Expires", "1800000090")]);
    assert_eq!(made(WINDOW), [pair("sign", "q-sign-time=1800000000;1800000090")]);
    assert_eq!(made(DATE), [pair("X-Amz-Date", "20270115T080000Z"), pair("X-Amz-Expires", "90")]);
    assert_eq!(made(&[Expiry::After(5)]), []);
    const TWO: &[Expiry] =
        &[Expiry::Url(&[(&["s", "from"], &[UrlPiece::From(UNIX)]), (&["s", "for"], &[UrlPiece::Seconds])])];
    assert_eq!(made(TWO), [pair("s", "from=1800000000&for=90")]);
    for notation in [EPOCH, WINDOW, DATE, TWO] {
        let encode = |text: &str| crate::encoding::percent_encode(text.as_bytes(), b"");
        let query: Vec<_> =
            made(notation).iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let url = format!("http://h/x?a=b&{}&Signature=s", query.join("&"));
        assert_eq!(expires(notation, &url), Some(end.to_string()), "{url}");
    }
}
