//! Errors as object stores write them.

use std::fmt::Write as _;

use rdbfetch::metadata::{Store, StoreWhen};
use serde_json::Value;

use crate::server::Answer;

/// How many characters of a text from outside are given back.
const LONGEST: usize = 1024;

/// Why an object store refuses a request.
#[derive(Debug)]
pub(crate) struct StoreRefusal {
    status: u16,
    code: &'static str,
    message: &'static str,
    /// Elements of this error only.
    details: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, String)>,
}

impl StoreRefusal {
    pub(crate) fn new(status: u16, code: &'static str, message: &'static str) -> Self {
        Self { status, code, message, details: Vec::new(), headers: Vec::new() }
    }

    /// What a store says in a situation.
    pub(crate) fn of(store: &Store, when: StoreWhen) -> Self {
        let error = store.error(when);
        Self::new(error.status, error.code, error.message)
    }

    /// With one more element.
    pub(crate) fn with(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.details.push((name, text.into()));
        self
    }

    /// With one more header.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Its code.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// Why, in a line.
    pub(crate) fn reason(&self) -> String {
        format!("{}: {}", self.code, self.message)
    }

    /// The answer of a store to a request for a path.
    pub(crate) fn answer(self, store: &Store, path: &str, request_id: &str) -> Answer {
        let answer = match store.json {
            Some(keys) => Answer::new(self.status, "application/json", self.json(keys)),
            None => Answer::new(self.status, "application/xml", self.xml(path, request_id)),
        };
        self.headers.into_iter().fold(answer, |answer, (name, value)| answer.with(name, value))
    }

    /// Code and message as a JSON object; a code that is a number as one.
    fn json(&self, (code, message): (&str, &str)) -> String {
        let number = self.code.parse::<i64>().map(Value::from);
        let said =
            [(code, number.unwrap_or_else(|_| Value::from(self.code))), (message, self.message.into())];
        said.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Value>().to_string()
    }

    fn xml(&self, path: &str, request_id: &str) -> String {
        let mut body = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
        element(&mut body, "Code", self.code);
        element(&mut body, "Message", self.message);
        for (name, text) in &self.details {
            element(&mut body, name, text);
        }
        element(&mut body, "Resource", path);
        element(&mut body, "RequestId", request_id);
        body.push_str("</Error>");
        body
    }
}

fn element(out: &mut String, name: &str, text: &str) {
    // Writing to a string cannot fail.
    let _ = write!(out, "<{name}>");
    for character in text.chars().take(LONGEST) {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            // XML has no place for these, not even escaped.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            control if control.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    let _ = write!(out, "</{name}>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Body;

    #[test]
    fn what_clients_send_stays_text() {
        let mut out = String::new();
        element(&mut out, "A", "</A><B x=\"'&\u{0}\r\n\u{ffff}é");
        assert_eq!(out, "<A>&lt;/A&gt;&lt;B x=&quot;&apos;&amp;\u{fffd}\u{fffd}\u{fffd}\u{fffd}é</A>");
    }

    #[test]
    fn a_store_that_says_json_says_code_and_message() {
        let store = Store { json: Some(("Ret", "Msg")), ..Store::S3 };
        let body = |code| {
            let refusal = StoreRefusal::new(403, code, "no \"good\"").with("Expires", "never");
            let Body::Bytes(body) = refusal.answer(&store, "/a", "1").body else { panic!("a file") };
            body
        };
        assert_eq!(body("-148643"), r#"{"Msg":"no \"good\"","Ret":-148643}"#);
        assert_eq!(body("Denied"), r#"{"Msg":"no \"good\"","Ret":"Denied"}"#);
    }

    #[test]
    fn what_clients_send_is_not_sent_back_at_length() {
        let mut out = String::new();
        element(&mut out, "A", &"é".repeat(LONGEST + 1));
        assert_eq!(out, format!("<A>{}</A>", "é".repeat(LONGEST)));
    }
}
