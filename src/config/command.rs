//! Credentials from a program: a password manager, a vault, a login of your own.

use std::fmt;
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use zeroize::Zeroizing;

use super::Credentials;
use super::credentials::expiry;
use super::provider::{CredentialError, CredentialProvider};
use crate::error::Error;
use crate::transport::BoxFuture;

/// How long a command may take unless [`CredentialCommand::time_limit`] says otherwise: people may have to unlock
/// something.
const LIMIT: Duration = Duration::from_secs(60);
/// More than credentials need, in bytes.
const LARGEST: u64 = 64 << 10;

/// A program that prints credentials: run without a shell, with nothing on stdin, its stderr left to people.
///
/// It prints a JSON object: `{"access_key": …, "secret_key": …}`, with a `"token"` for temporary credentials and
/// `"expires_at"` (RFC 3339, or unix seconds) where they have an end. The form of AWS's `credential_process` is
/// understood, too. `Debug` shows the program only, as arguments can be secret.
///
/// It runs on Tokio's runtime, which must have its drivers enabled.
#[derive(Clone)]
pub struct CredentialCommand {
    program: String,
    arguments: Vec<String>,
    limit: Duration,
}

impl CredentialCommand {
    /// This program with these arguments, as they are.
    pub fn new<S: Into<String>>(program: impl Into<String>, arguments: impl IntoIterator<Item = S>) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self { program: program.into(), arguments, limit: LIMIT }
    }

    /// A command line: words between blanks, where `'…'` and `"…"` hold words together, and backslashes mean nothing
    /// but themselves; or a JSON array of words. No shell reads it: for pipes and variables, say `sh -c '…'`.
    ///
    /// # Errors
    /// [`Error::Config`] where a quote is not closed, or nothing is there.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = |what: &str| Error::Config(format!("the credential command {what}"));
        let words = if text.trim_start().starts_with('[') {
            serde_json::from_str(text).map_err(|_| wrong("begins with [ but is no JSON array of words"))?
        } else {
            split(text).ok_or_else(|| wrong("has a quote that is not closed"))?
        };
        let mut words = words.into_iter();
        match words.next().filter(|program| !program.trim().is_empty()) {
            Some(program) => Ok(Self::new(program, words)),
            None => Err(wrong("is empty")),
        }
    }

    /// Says how long the command may take; 60 seconds unless set.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The name of the program.
    #[must_use]
    pub fn program(&self) -> &str {
        &self.program
    }

    async fn run(&self) -> Result<Credentials, String> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        // Whoever stops waiting stops the program as well.
        command.kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| format!("cannot be started: {}", error.kind()))?;
        let mut printed = Zeroizing::new(Vec::new());
        let work = async {
            if let Some(stdout) = child.stdout.take() {
                let read = stdout.take(LARGEST + 1).read_to_end(&mut printed).await;
                read.map_err(|error| format!("cannot be read from: {}", error.kind()))?;
            }
            if printed.len() as u64 > LARGEST {
                return Err("printed far more than credentials".to_owned());
            }
            child.wait().await.map_err(|error| format!("cannot be waited for: {}", error.kind()))
        };
        let status = tokio::time::timeout(self.limit, work)
            .await
            .map_err(|_| format!("was stopped after {} s", self.limit.as_secs_f32()))??;
        if !status.success() {
            return Err(format!("failed ({status})"));
        }
        read(&printed)
    }
}

impl CredentialProvider for CredentialCommand {
    fn provide(&self) -> BoxFuture<'_, Result<Credentials, CredentialError>> {
        Box::pin(async move {
            let done = self.run().await;
            done.map_err(|what| CredentialError::new(format!("{} {what}", self.describe())))
        })
    }

    fn describe(&self) -> String {
        format!("the credential command {}", self.program)
    }
}

impl fmt::Debug for CredentialCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CredentialCommand({} [redacted])", self.program)
    }
}

/// What a command prints; the other names are those of AWS.
#[derive(Deserialize)]
struct Printed {
    #[serde(alias = "AccessKeyId")]
    access_key: Option<String>,
    #[serde(alias = "SecretAccessKey")]
    secret_key: Option<String>,
    #[serde(alias = "SessionToken")]
    token: Option<String>,
    #[serde(alias = "Expiration")]
    expires_at: Option<Value>,
}

/// Reads what a command printed. What is wrong is told without it.
fn read(printed: &[u8]) -> Result<Credentials, String> {
    let printed: Printed = serde_json::from_slice(printed)
        .map_err(|_| "printed no JSON object of credentials (what it printed is not shown)".to_owned())?;
    let text = |text: Option<String>| text.map(Zeroizing::new).filter(|text| !text.trim().is_empty());
    let missing = |name: &str| format!("printed no {name} (what it printed is not shown)");
    let access_key = text(printed.access_key).ok_or_else(|| missing("access_key"))?;
    let secret = text(printed.secret_key).ok_or_else(|| missing("secret_key"))?;
    let token = text(printed.token).unwrap_or_default();
    let keys = Credentials::new(&*access_key, &*secret).with_token(&*token);
    let end = match printed.expires_at {
        None | Some(Value::Null) => return Ok(keys),
        Some(Value::String(text)) => expiry(&text),
        Some(number) => expiry(&number.to_string()),
    };
    end.map(|end| keys.with_expiry(end)).ok_or_else(|| "printed an expires_at that is no time".to_owned())
}

/// The words of a command line; `None` where a quote is not closed.
fn split(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for character in text.chars() {
        match quote {
            Some(end) if character == end => quote = None,
            Some(_) => word.get_or_insert_default().push(character),
            None if matches!(character, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            None if character.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_are_split_into_words() {
        let words = |text: &str| {
            let command = CredentialCommand::parse(text).unwrap();
            [vec![command.program], command.arguments].concat()
        };
        assert_eq!(words(" op  read 'op://a b/c' \"\"  x'y'\"z\" "), ["op", "read", "op://a b/c", "", "xyz"]);
        assert_eq!(words(r"C:\tools\keys.exe --all"), [r"C:\tools\keys.exe", "--all"]);
        assert_eq!(words(r#"["a b", "'", ""]"#), ["a b", "'", ""]);
        for wrong in ["", "  ", "op 'x", "[1]", "[", "[]", "''"] {
            assert!(CredentialCommand::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn both_forms_are_read() {
        let ours = br#"{"access_key": "a", "secret_key": "s", "expires_at": 1767323045, "more": [1]}"#;
        let keys = read(ours).unwrap();
        assert_eq!((keys.access_key(), keys.secret(), keys.token()), ("a", "s", None));
        assert_eq!(keys.expires_at().unwrap().unix(), 1_767_323_045);
        let aws = br#"{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "s", "SessionToken": "t",
            "Expiration": "2026-01-02T03:04:05Z"}"#;
        let keys = read(aws).unwrap();
        assert_eq!((keys.token(), keys.expires_at().unwrap().unix()), (Some("t"), 1_767_323_045));
        let keys =
            read(br#"{"access_key": "a", "secret_key": "s", "token": "", "expires_at": null}"#).unwrap();
        assert_eq!((keys.token(), keys.expires_at()), (None, None));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_command_that_hangs_is_stopped() {
        let command = CredentialCommand::new("sh", ["-c", "echo hush; exec sleep 600"]);
        let problem = command.time_limit(Duration::from_millis(20)).provide().await.unwrap_err().to_string();
        assert_eq!(problem, "the credential command sh was stopped after 0.02 s");
        let endless = CredentialCommand::new("sh", ["-c", "exec cat /dev/zero"]);
        let problem = endless.provide().await.unwrap_err().to_string();
        assert!(problem.ends_with("printed far more than credentials"), "{problem}");
        let whole = CredentialCommand::new(
            "sh",
            ["-c", "echo '{\"access_key\":\"a\",\"secret_key\":\"'\"$1\"'\"}'", "sh", "x y"],
        );
        assert_eq!(whole.provide().await.unwrap().secret(), "x y");
    }

    #[test]
    fn what_is_wrong_is_told_without_what_was_printed() {
        for printed in [
            "hush",
            "",
            "[\"hush\"]",
            "{\"access_key\": \"hush\"}",
            "{\"secret_key\": \"hush\", \"access_key\": \" \"}",
            "{\"access_key\": 1, \"secret_key\": \"hush\"}",
            "{\"access_key\": \"hush\", \"secret_key\": \"hush\", \"expires_at\": \"hush\"}",
        ] {
            let problem = read(printed.as_bytes()).unwrap_err();
            assert!(!problem.contains("hush") && problem.starts_with("printed"), "{problem}");
        }
        let shown = format!("{:?}", CredentialCommand::new("vault", ["--password=hush"]));
        assert_eq!(shown, "CredentialCommand(vault [redacted])");
    }
}
