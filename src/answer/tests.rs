use super::*;
use crate::testing::{LINKS, SERVICE};

fn read(status: u16, body: &str) -> Result<RequestId, Error> {
    let headers = [("content-type", "text/html"), ("x-request-id", "r-1")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let answer = Answer { status, headers, body: Bytes::copy_from_slice(body.as_bytes()) };
    classify(&SERVICE, &LINKS, &answer, &["hush-hush", "x", ""], None)
}

fn failed(status: u16, body: &str) -> Error {
    read(status, body).expect_err("an error")
}

fn api(status: u16, body: &str) -> ApiError {
    failed(status, body).api().expect("an error of the service").clone()
}

#[test]
fn success_is_what_the_conditions_say() {
    let body = r#"{"Response": {"RequestId": "r-2", "Error": null}}"#;
    assert_eq!(read(200, body).unwrap().as_deref(), Some("r-2"));
    assert_eq!(json(&LINKS, body.as_bytes())["Response"]["RequestId"], "r-2");
    let request_id = read(200, r#"{"Response": {"RequestId": ""}}"#).unwrap();
    assert_eq!(request_id.as_deref(), Some("r-1"), "an empty id is none");
    // A success without a body is one where the conditions hold all the same.
    assert!(read(204, " ").is_ok());
    assert_eq!(json(&LINKS, b" "), Value::Null);
}

#[test]
fn errors_hide_behind_http_200() {
    let error =
        api(200, r#"{"Response": {"Error": {"Code": "Auth.Bad", "Message": "no"}, "RequestId": "r-2"}}"#);
    assert_eq!(error.to_string(), "Links: HTTP 200: Auth.Bad NAMED: no (request id r-2)");
    assert_eq!((error.class, error.retryable, error.doc), (Class::Auth, false, None));
}

#[test]
fn the_operations_own_errors_come_first() {
    let error = api(200, r#"{"Response": {"Error": {"Code": "GoneFishing"}}}"#);
    assert_eq!((error.class, error.retryable, error.doc), (Class::NotFound, false, Some("no such backup")));
    assert_eq!(error.name, None);
}

#[test]
fn the_first_shape_with_a_code_wins() {
    let error = api(
        400,
        r#"{"Response": {"Error": {"Code": ""}}, "code": 4400, "codeDesc": "Slow", "message": "m"}"#,
    );
    assert_eq!(
        (error.code.as_str(), error.name.as_deref(), error.message.as_str()),
        ("4400", Some("Slow"), "m")
    );
    assert_eq!((error.class, error.retryable), (Class::Throttled, true));
}

#[test]
fn an_unknown_code_is_classed_by_http_status() {
    let body = r#"{"Response": {"Error": {"Code": "New"}}}"#;
    for (status, class, retryable) in [
        (200, Class::Invalid, false),
        (400, Class::Invalid, false),
        (401, Class::Auth, false),
        (403, Class::Denied, false),
        (404, Class::NotFound, false),
        (429, Class::Throttled, true),
        (502, Class::Server, true),
    ] {
        let error = api(status, body);
        assert_eq!((error.class, error.retryable), (class, retryable), "{status}");
        assert_eq!((error.code.as_str(), error.http_status), ("New", status));
    }
}

#[test]
fn http_errors_are_never_a_success() {
    // The conditions look at the body only and would hold.
    let error = api(503, "{}");
    assert_eq!((error.code.as_str(), error.class, error.retryable), ("503", Class::Server, true));
    let error = api(502, "<html>https://h/?sign=secret</html>");
    assert_eq!(error.message, "the answer is not JSON (line 1, column 1) (text/html, 35 bytes)");
    assert_eq!(error.request_id.as_deref(), Some("r-1"));
    assert_eq!(api(404, "").message, "the answer is empty");
}

#[test]
fn what_is_no_answer_is_said_plainly_and_not_shown() {
    let problem = |status, body: &str| match failed(status, body) {
        Error::Answer { problem, http_status, request_id, operation } => {
            assert_eq!((http_status, request_id.as_deref(), operation), (status, Some("r-1"), "Links"));
            problem
        }
        other => panic!("{other}"),
    };
    assert_eq!(problem(200, "hello"), "the answer is not JSON (line 1, column 1) (text/html, 5 bytes)");
    let cut = problem(200, r#"{"Response": {"Url": "https://h/?sign=sec"#);
    assert_eq!(cut, "the answer is JSON that was cut short (line 1, column 41) (text/html, 41 bytes)");
    assert!(problem(302, "").contains("redirect"));
    assert!(problem(200, "[]").contains("neither a success nor an error"));
    let odd = problem(200, r#"{"Response": {"Error": {"Message": "no code"}}}"#);
    assert!(odd.contains("neither a success nor an error"), "{odd}");
    let deep = problem(200, &"[".repeat(100_000));
    assert_eq!(deep, "the answer is JSON that nests too deeply (text/html, 100000 bytes)");
}

#[test]
fn what_vendors_say_is_fit_to_be_shown() {
    let body = serde_json::json!({"Response": {"Error": {
        "Code": "Bad",
        "Message": format!("\u{1b}[31mkey hush-hush of x{}", "é".repeat(5000)),
    }}});
    let message = api(200, &body.to_string()).message;
    assert!(message.starts_with(" [31mkey [redacted] of x"), "{message}");
    assert_eq!(message.chars().count(), LONGEST_MESSAGE + 1);
}
