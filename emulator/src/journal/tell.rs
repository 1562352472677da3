//! Calls in a line, for people.

use super::call::{Call, Verdict};

/// Which calls are told on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Log {
    /// None.
    #[default]
    Nothing,
    /// The refused ones: why, and where a signature was wrong what was expected.
    Refusals,
    /// All, in a line each, and the refused ones as with [`Self::Refusals`].
    All,
}

/// Whether a call is told.
pub(super) fn wanted(log: Log, call: &Call) -> bool {
    match log {
        Log::Nothing => false,
        Log::Refusals => matches!(call.verdict, Verdict::Refused { .. }),
        Log::All => true,
    }
}

/// How a call is told.
pub(super) fn line(call: &Call) -> Option<String> {
    let mut text = brief(call);
    if let Verdict::Refused { expected, .. } = &call.verdict {
        for (step, value) in expected {
            text.push_str(&format!("\n  {step}:\n    {}", plain(value).replace('\n', "\n    ")));
        }
    }
    Some(text)
}

/// A call in a line.
pub(super) fn brief(call: &Call) -> String {
    let mut text = format!("#{} {}", call.number, call.about().unwrap_or("files"));
    match (call.operation, &call.file) {
        (Some(operation), _) => text.push_str(&format!(" {operation}")),
        (None, Some(file)) => {
            text.push_str(&format!(" {} {}/{}/{}", call.method, file.instance, file.backup, file.name));
        }
        (None, None) => text.push_str(&format!(" {} {}", call.method, call.path)),
    }
    text.push_str(&format!(": HTTP {}, {}", call.status, call.verdict.word()));
    match &call.verdict {
        Verdict::Answered => {}
        Verdict::Refused { code, reason, .. } => {
            let code = code.map_or_else(String::new, |code| format!(" as {code}"));
            text.push_str(&format!("{code}: {reason}"));
        }
        Verdict::Faulted { .. } => text.push_str(&format!(" by {}", call.faults.join(", "))),
    }
    plain(&text).replace('\n', " ")
}

/// A text that cannot steer a terminal, whatever clients send.
fn plain(text: &str) -> String {
    text.replace(|one: char| one.is_control() && one != '\n', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::super::call::tests::call;
    use super::*;

    #[test]
    fn refusals_are_explained() {
        let mut one = call("/\u{1b}[31m");
        one.number = 7;
        one.status = 403;
        let expected = vec![("canonical", "GET\n/\u{1b}".to_owned())];
        one.verdict =
            Verdict::Refused { when: None, code: Some("Auth"), reason: "wrong\nline".to_owned(), expected };
        assert_eq!(
            line(&one).unwrap(),
            "#7 files GET /\u{fffd}[31m: HTTP 403, refused as Auth: wrong line\n  canonical:\n    GET\n    /\u{fffd}"
        );
        assert!(wanted(Log::Refusals, &one) && wanted(Log::All, &one) && !wanted(Log::Nothing, &one));
        assert!(!wanted(Log::Refusals, &call("/")) && wanted(Log::All, &call("/")));
    }
}
