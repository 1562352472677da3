//! `--print-curl`: the call as a command for a POSIX shell, byte for byte what would be sent.

use rdbfetch::service::Service;
use rdbfetch::transport::Request;

use crate::exit::Failure;
use crate::output::Output;

/// The command.
///
/// # Errors
///
/// Where the body is none that a command line can hold.
pub fn command(request: &Request) -> Result<String, Failure> {
    // No globbing, no tidying of paths: the signature covers the URL as it stands.
    let mut words = vec!["curl".to_owned(), "--globoff".to_owned(), "--path-as-is".to_owned()];
    let mut option = |name: &str, value: &str| words.extend([format!("--{name}"), quote(value)]);
    option("request", &request.method);
    for (name, value) in &request.headers {
        // With a colon and nothing behind it curl would take the header out.
        option("header", &if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") });
    }
    if !request.body.is_empty() || !matches!(request.method.as_str(), "GET" | "HEAD" | "DELETE") {
        let body = std::str::from_utf8(&request.body).ok().filter(|body| !body.contains('\0'));
        let body = body.ok_or_else(|| {
            Failure::usage(format!(
                "{}: the body is no text, which curl cannot be given as an option.",
                request.what
            ))
        })?;
        if !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            // Or curl would say that it is a form.
            option("header", "Content-Type:");
        }
        // Unlike --data and --data-binary, this one reads no file where the body begins with an at sign.
        option("data-raw", body);
    }
    words.push(quote(&request.url));
    Ok(words.join(" "))
}

/// Says on stderr what the holder of the command should know.
pub fn warn(service: &Service, emulated: bool, then: Option<&str>, output: Output) {
    match service.clock_window {
        Some(seconds) => output.remark(&format!(
            "The signature carries the time: run the command within {}.",
            if seconds % 60 == 0 { format!("{} minutes", seconds / 60) } else { format!("{seconds} seconds") }
        )),
        None => output.remark(&format!(
            "warning: the signatures of {} carry no clock: whoever sees this command can run it again until the key \
             is revoked.",
            service.name
        )),
    }
    if emulated {
        output.remark("warning: the emulator of --emulator ends now; start one with `rdbfetch emulator`.");
    }
    if let Some(then) = then {
        output.remark(&format!("This is the first call only; what follows is {then}."));
    }
}

/// A word that every POSIX shell takes as it stands.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, headers: &[(&str, &str)], body: &[u8]) -> Request {
        Request {
            what: "Op".to_owned(),
            method: method.to_owned(),
            url: "https://h.example/p?a[]={b}&c='".to_owned(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.to_vec(),
            timeout: None,
        }
    }

    #[test]
    fn everything_is_quoted() {
        let request = request("POST", &[("X-A", "it's `$x`"), ("X-Empty", "")], b"@a\n\"$(b)\"");
        let expected = "curl --globoff --path-as-is --request 'POST' --header 'X-A: it'\\''s `$x`' --header 'X-Empty;' \
                        --header 'Content-Type:' --data-raw '@a\n\"$(b)\"' 'https://h.example/p?a[]={b}&c='\\'''";
        assert_eq!(command(&request).unwrap(), expected);
    }

    #[test]
    fn a_body_is_given_where_there_is_one() {
        assert!(!command(&request("GET", &[], b"")).unwrap().contains("--data"));
        assert!(command(&request("GET", &[], b"x")).unwrap().contains("--data-raw 'x'"));
        let empty = command(&request("POST", &[("content-type", "a/b")], b"")).unwrap();
        assert!(empty.contains("--data-raw ''") && !empty.contains("'Content-Type:'"), "{empty}");
        for body in [&b"\xff"[..], b"a\0b"] {
            assert!(command(&request("POST", &[], body)).is_err());
        }
    }
}
