//! What the head of an answer says of the file: which part of it comes, and whether it is still the same file.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::failure::{Failure, Remedy};
use crate::rdb::Checker;
use crate::transport::{Body, Response};

/// How much of an answer that is no file is read to find out what it is, in bytes.
pub(super) const GLANCE: usize = 1024;

/// How many pieces of it are waited for until then.
const GLANCES: usize = 8;

/// By what a file is told from another one under the same link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    /// Its length in bytes, where known.
    pub(super) total: Option<u64>,
    /// Its strong entity tag.
    pub(super) etag: Option<String>,
    /// When it was changed, as the storage writes it.
    pub(super) modified: Option<String>,
}

/// Whether two answers are about the same file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sameness {
    Same,
    /// They are not: what shows it.
    Changed(String),
    /// The later answer does not say.
    Untold,
}

impl Identity {
    /// What an answer says of the file, but for its length.
    fn of(response: &Response) -> Self {
        let etag = response.header("etag").map(str::trim).filter(|tag| tag.starts_with('"') && tag.len() > 2);
        let modified = response.header("last-modified").map(str::trim).filter(|date| !date.is_empty());
        Self { total: None, etag: etag.map(str::to_owned), modified: modified.map(str::to_owned) }
    }

    /// Whether the file can be recognised by another run.
    pub(super) fn lasts(&self) -> bool {
        self.total.is_some() && (self.etag.is_some() || self.modified.is_some())
    }

    /// Compares with what a later answer says.
    pub(super) fn compare(&self, later: &Self) -> Sameness {
        if let (Some(was), Some(is)) = (self.total, later.total)
            && was != is
        {
            return Sameness::Changed(format!("it had {was} bytes and now has {is}"));
        }
        if let (Some(was), Some(is)) = (&self.etag, &later.etag) {
            return if was == is {
                Sameness::Same
            } else {
                Sameness::Changed("its entity tag is another one".to_owned())
            };
        }
        match (&self.modified, &later.modified) {
            (Some(was), Some(is)) if was == is => Sameness::Same,
            (Some(was), Some(is)) => {
                Sameness::Changed(format!("it was of {} and is now of {}", printable(was), printable(is)))
            }
            (None, _) if self.etag.is_none() => Sameness::Same,
            _ => Sameness::Untold,
        }
    }
}

/// Which bytes were asked for; without an end where none was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) from: u64,
    /// The byte after the last one; `None` is a request for the whole file.
    pub(super) to: Option<u64>,
}

/// An answer that holds bytes of the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Opening {
    pub(super) identity: Identity,
    /// The first byte that comes. It is the one that was asked for, or that of the whole file.
    pub(super) from: u64,
    /// The byte after the last one that comes; `None` where only the end of the answer shows it.
    pub(super) to: Option<u64>,
    /// Whether the storage understands ranges.
    pub(super) ranged: bool,
}

/// Reads the head of an answer; of a refusal also the beginning of its body.
///
/// # Errors
/// When the answer is none that bytes of the file can be taken from, in the place where they were asked for.
pub(super) async fn read(response: &mut Response, asked: Asked) -> Result<Opening, Failure> {
    let status = response.status;
    if !matches!(status, 200 | 206) {
        return Err(refused(response, asked).await);
    }
    let useless = |problem: String| Failure::answer(status, Remedy::Retry, problem);
    if let Some(coding) = response.header("content-encoding").map(str::trim)
        && !coding.is_empty()
        && !coding.eq_ignore_ascii_case("identity")
    {
        return Err(useless(format!("the storage sent the file encoded ({})", printable(coding))));
    }
    let length = response.header("content-length").map(|text| text.trim().parse::<u64>());
    let length = length.transpose().map_err(|_| useless("Content-Length is no number".to_owned()))?;
    let mut identity = Identity::of(response);
    if status == 200 {
        identity.total = length;
        return Ok(Opening { identity, from: 0, to: length, ranged: false });
    }
    let kind = response.header("content-type").unwrap_or_default().trim_start().as_bytes();
    if kind.len() >= 10 && kind[..10].eq_ignore_ascii_case(b"multipart/") {
        return Err(useless("the storage sent several parts where one was asked for".to_owned()));
    }
    let range = response.header("content-range").and_then(content_range);
    let Some((first, last, total)) = range else {
        return Err(useless("the storage sent a part without saying which (Content-Range)".to_owned()));
    };
    let to = last.checked_add(1).filter(|to| *to <= total && first <= last);
    let Some(to) = to.filter(|to| first == asked.from && asked.to.is_none_or(|end| *to <= end)) else {
        let wanted = asked.to.map_or_else(String::new, |to| to.saturating_sub(1).to_string());
        return Err(useless(format!(
            "the storage sent bytes {first}-{last} of {total} in place of {}-{wanted}",
            asked.from
        )));
    };
    if let Some(length) = length
        && length != to - first
    {
        return Err(useless(format!("the storage announced {length} bytes for the part {first}-{last}")));
    }
    identity.total = Some(total);
    Ok(Opening { identity, from: first, to: Some(to), ranged: true })
}

/// First and last byte, and the length of the whole.
fn content_range(text: &str) -> Option<(u64, u64, u64)> {
    let (unit, rest) = text.trim().split_once(|letter: char| letter.is_ascii_whitespace())?;
    let (range, total) = rest.trim().split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let number = |text: &str| {
        let text = text.trim();
        if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
    };
    unit.eq_ignore_ascii_case("bytes").then_some((number(first)?, number(last)?, number(total)?))
}

/// What an answer with a status other than 200 and 206 means.
async fn refused(response: &mut Response, asked: Asked) -> Failure {
    let status = response.status;
    let wait = response.header("retry-after").and_then(|text| text.trim().parse().ok());
    // What is asked for lies within the file as it was told to be.
    let shorter = response
        .header("content-range")
        .and_then(|text| text.rsplit_once('/')?.1.trim().parse::<u64>().ok())
        .is_some_and(|total| total <= asked.from);
    let (detail, expired) = match status {
        300..=399 => ("a redirection, which is not followed".to_owned(), false),
        _ => look(&mut *response.body).await,
    };
    let remedy = match status {
        401 | 403 | 410 => Remedy::Renew,
        400 if expired => Remedy::Renew,
        416 if asked.from == 0 && asked.to.is_some() => Remedy::Plain,
        429 | 503 => Remedy::Slower,
        408 | 425 | 500..=599 => Remedy::Retry,
        416 if shorter => Remedy::Restart,
        416 => Remedy::Whole,
        _ => Remedy::GiveUp,
    };
    let problem = format!("the storage answered HTTP {status}: {detail}");
    Failure { wait: wait.map(Duration::from_secs), ..Failure::answer(status, remedy, problem) }
}

/// Says what a body is that is no RDB file, by its first bytes, and whether it speaks of something that expired.
async fn look(body: &mut dyn Body) -> (String, bool) {
    let mut start = Vec::new();
    for _ in 0..GLANCES {
        if start.len() >= GLANCE {
            break;
        }
        match body.chunk().await {
            Ok(Some(chunk)) => start.extend(chunk.iter().take(GLANCE)),
            Ok(None) | Err(_) => break,
        }
    }
    if start.is_empty() {
        return ("an empty answer".to_owned(), false);
    }
    let expired = start.windows(7).any(|window| window.eq_ignore_ascii_case(b"expired"));
    let mut checker = Checker::new();
    checker.update(&start);
    let problem = checker.header_problem().map(str::to_owned);
    (problem.unwrap_or_else(|| checker.finish().detail), expired)
}

/// The first letters of a header, for people.
fn printable(text: &str) -> String {
    text.chars().filter(|letter| matches!(letter, ' '..='~')).take(32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, headers: &[(&str, &str)]) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let body = Some(bytes::Bytes::from_static(b"<Error><Code>RequestExpired</Code></Error>"));
        Response { status, headers: headers.collect(), body: Box::new(body) }
    }

    async fn opened(status: u16, headers: &[(&str, &str)], from: u64, to: u64) -> Result<Opening, Failure> {
        read(&mut response(status, headers), Asked { from, to: Some(to) }).await
    }

    #[tokio::test]
    async fn a_part_is_what_was_asked_for_or_its_beginning() {
        for (range, to) in [("bytes 5-9/20", 10), ("BYTES  5-7/20", 8), ("bytes 5-5 / 6", 6)] {
            let opening = opened(206, &[("content-range", range)], 5, 10).await.unwrap();
            assert_eq!((opening.to, opening.ranged), (Some(to), true), "{range}");
        }
        for range in [
            "bytes 4-9/20",
            "bytes 6-9/20",
            "bytes 5-10/20",
            "bytes 5-9/9",
            "bytes 5-4/20",
            "bytes 5-9/*",
            "bytes */20",
            "bytes=5-9/20",
            "lines 5-9/20",
            "bytes +5-9/20",
            "bytes 5-18446744073709551615/18446744073709551615",
            "",
        ] {
            let failure = opened(206, &[("content-range", range)], 5, 10).await.unwrap_err();
            assert_eq!((failure.remedy, failure.http_status), (Remedy::Retry, Some(206)), "{range}");
        }
        let short = [("content-range", "bytes 5-9/20"), ("content-length", "4")];
        assert_eq!(opened(206, &short, 5, 10).await.unwrap_err().remedy, Remedy::Retry);
        let parts = [("content-range", "bytes 5-9/20"), ("content-type", "Multipart/byteranges; boundary=x")];
        assert!(opened(206, &parts, 5, 10).await.unwrap_err().problem.contains("several parts"));
    }

    #[tokio::test]
    async fn the_whole_counts_where_the_beginning_was_wanted() {
        let opening = opened(200, &[("content-length", "20"), ("etag", "\"x\"")], 0, 10).await.unwrap();
        assert_eq!((opening.to, opening.ranged, opening.identity.total), (Some(20), false, Some(20)));
        assert_eq!(opened(200, &[], 0, 10).await.unwrap().to, None);
        let whole = opened(200, &[("content-length", "20")], 5, 10).await.unwrap();
        assert_eq!((whole.from, whole.to), (0, Some(20)));
        for odd in ["-1", "x", "1,1"] {
            assert!(opened(200, &[("content-length", odd)], 0, 10).await.is_err(), "{odd}");
        }
        for (coding, fine) in [("gzip", false), ("br, gzip", false), ("identity", true), ("", true)] {
            let answer = opened(200, &[("content-encoding", coding)], 0, 10).await;
            assert_eq!(answer.is_ok(), fine, "{coding}");
        }
    }

    #[tokio::test]
    async fn refusals_say_what_helps() {
        for (status, from, remedy) in [
            (302, 0, Remedy::GiveUp),
            (400, 0, Remedy::Renew),
            (401, 0, Remedy::Renew),
            (403, 5, Remedy::Renew),
            (404, 0, Remedy::GiveUp),
            (410, 0, Remedy::Renew),
            (416, 0, Remedy::Plain),
            (416, 5, Remedy::Whole),
            (429, 0, Remedy::Slower),
            (500, 0, Remedy::Retry),
            (503, 0, Remedy::Slower),
        ] {
            let failure = opened(status, &[("retry-after", "7")], from, 10).await.unwrap_err();
            assert_eq!(failure.remedy, remedy, "{status}");
            assert_eq!(failure.wait, Some(Duration::from_secs(7)));
        }
        for (range, remedy) in [("bytes */5", Remedy::Restart), ("bytes */6", Remedy::Whole)] {
            let failure = opened(416, &[("content-range", range)], 5, 10).await.unwrap_err();
            assert_eq!(failure.remedy, remedy, "{range}");
        }
        let plain = Asked { from: 0, to: None };
        assert_eq!(read(&mut response(416, &[]), plain).await.unwrap_err().remedy, Remedy::Whole);
    }

    #[test]
    fn files_are_told_apart_by_what_both_answers_say() {
        let identity = |total, etag: &str, modified: &str| Identity {
            total,
            etag: Some(etag.to_owned()).filter(|text| !text.is_empty()),
            modified: Some(modified.to_owned()).filter(|text| !text.is_empty()),
        };
        let same = |one: &Identity, other: &Identity| match one.compare(other) {
            Sameness::Same => '=',
            Sameness::Changed(_) => 'c',
            Sameness::Untold => '?',
        };
        let first = identity(Some(9), "\"a\"", "Mon");
        for (later, expected) in [
            (identity(Some(9), "\"a\"", "Mon"), '='),
            (identity(Some(9), "\"a\"", "Tue"), '='),
            (identity(None, "\"a\"", ""), '='),
            (identity(Some(8), "\"a\"", "Mon"), 'c'),
            (identity(Some(9), "\"b\"", "Mon"), 'c'),
            (identity(Some(9), "", "Mon"), '='),
            (identity(Some(9), "", "Tue"), 'c'),
            (identity(Some(9), "", ""), '?'),
        ] {
            assert_eq!(same(&first, &later), expected, "{later:?}");
        }
        assert_eq!(same(&identity(Some(9), "", ""), &first), '=', "nothing was known of it");
        assert!(first.lasts() && identity(Some(9), "", "Mon").lasts());
        assert!(!identity(Some(9), "", "").lasts() && !identity(None, "\"a\"", "Mon").lasts());
    }

    #[test]
    fn only_strong_tags_count() {
        let tag = |text| Identity::of(&response(200, &[("etag", text)])).etag;
        assert_eq!(tag(" \"x\" ").as_deref(), Some("\"x\""));
        for weak in ["W/\"x\"", "x", "", "\"\""] {
            assert_eq!(tag(weak), None, "{weak}");
        }
    }
}
