//! Worked examples: JSON, whole or as saving left it; query strings; requests as they travel.

use serde_json::{Map, Value};

use super::words::{self, Section};
use super::{Example, Reader, Told, clean, heading};

/// Whether an example begins with this line.
pub(super) fn begins(line: &str, section: Section) -> bool {
    let line = line.trim_start();
    let travels = || {
        let verb =
            ["GET /", "POST /", "PUT /", "DELETE /", "PATCH /"].iter().any(|verb| line.starts_with(verb));
        let url = line.starts_with("http://") || line.starts_with("https://");
        verb || url && (line.contains('?') || matches!(section, Section::RequestExample | Section::Examples))
    };
    line.starts_with('{') || line.starts_with("[{") || is_member(line) || travels()
}

/// Whether a line is a member of a JSON object.
fn is_member(line: &str) -> bool {
    let Some(rest) = line.trim_start().strip_prefix('"') else { return false };
    rest.split_once('"').is_some_and(|(_, rest)| rest.trim_start().starts_with(':'))
}

impl Reader<'_> {
    /// Reads an example between fences.
    pub(super) fn fenced(&mut self) {
        let begin = self.at;
        self.at += 1;
        let mut text = String::new();
        while let Some(line) = self.line() {
            self.at += 1;
            if line.trim_start().starts_with("```") {
                break;
            }
            text.push_str(line);
            text.push('\n');
        }
        self.block(&text, begin);
    }

    /// Reads an example without fences.
    pub(super) fn example(&mut self) {
        let begin = self.at;
        let mut text = String::new();
        let mut json = false;
        let url = self.line().is_some_and(|line| line.trim_start().starts_with("http"));
        while let Some(line) = self.line() {
            let bare = clean(line);
            // What follows a URL is its answer.
            let answer = url && line.trim_start().starts_with('{');
            let ends = answer || heading(line).is_some() || words::is_section(&bare).is_some();
            if url && let Some(cut) = words::glued_answer(line) {
                text.push_str(&line[..cut]);
                self.at += 1;
                self.section = Section::ResponseExample;
                break;
            }
            // A JSON body may follow the head of a request after an empty line, nothing else does.
            let empty = line.trim().is_empty();
            if self.at > begin && (ends || empty && (json || !self.json_follows())) {
                break;
            }
            json |= line.trim_start().starts_with(['{', '"', '[']);
            text.push_str(line);
            text.push('\n');
            self.at += 1;
            if json && balanced(&text) {
                break;
            }
        }
        if url && self.section == Section::RequestExample {
            // The answer can follow without a heading.
            self.section = Section::Examples;
        }
        self.block(&text, begin);
    }

    fn json_follows(&self) -> bool {
        let next = self.lines.iter().skip(self.at).find(|line| !line.trim().is_empty());
        next.is_some_and(|line| line.trim_start().starts_with('{'))
    }

    fn block(&mut self, text: &str, begin: usize) {
        let line = begin + 1;
        let trimmed = text.trim();
        let looks = trimmed.starts_with(['{', '[']) || is_member(trimmed);
        if matches!(self.section, Section::Method | Section::Address) && self.route(trimmed, line) {
            return;
        }
        if looks {
            match parse(trimmed) {
                Some((json, mended)) => {
                    let response = self.is_response(&json);
                    self.document.examples.push(Example { response, json, mended, line });
                }
                None => self.unread(begin, "an example that is no JSON, even mended"),
            }
        } else if let Some(json) = request(trimmed) {
            self.document.examples.push(Example { response: false, json, mended: false, line });
        } else if trimmed.contains('{') && trimmed.contains("\":") {
            self.unread(begin, "an example that is no JSON, even mended");
        } else if !trimmed.is_empty() {
            // Code in some language, or a command.
            self.document
                .unread
                .push(Told { what: "a block that is neither JSON nor a request".to_owned(), line });
        }
    }

    fn is_response(&self, json: &Value) -> bool {
        match self.section {
            Section::RequestExample => false,
            Section::ResponseExample | Section::Response => true,
            _ => {
                let keys = |json: &Value| json.as_object().map_or(0, Map::len);
                // A body that has a parameter in it is a request.
                let named = |name: &str| json.get(name).is_some();
                let asked = self.document.parameters.iter().filter(|field| named(&field.name)).count();
                asked * 2 < keys(json).max(1)
            }
        }
    }
}

/// Whether all that was opened is closed.
fn balanced(text: &str) -> bool {
    let (open, _) = depth(text);
    open.is_empty() && text.contains(['{', '['])
}

/// What is open at the end of a text, innermost last, and whether a string is.
fn depth(text: &str) -> (Vec<char>, bool) {
    let (mut open, mut quoted, mut escaped) = (Vec::new(), false, false);
    for letter in text.chars() {
        match letter {
            '"' if !escaped => quoted = !quoted,
            '{' | '[' if !quoted => open.push(letter),
            '}' | ']' if !quoted => {
                open.pop();
            }
            _ => {}
        }
        escaped = letter == '\\' && !escaped;
    }
    (open, quoted)
}

/// Parses JSON; what saving lost, braces around and closing ones, is put back, and that is said.
fn parse(text: &str) -> Option<(Value, bool)> {
    if let Ok(json) = serde_json::from_str(text) {
        return Some((json, false));
    }
    let mut mended = text.to_owned();
    if is_member(text) {
        mended.insert(0, '{');
    }
    let (open, quoted) = depth(&mended);
    if quoted {
        return None;
    }
    let kept = mended.trim_end().trim_end_matches(',').len();
    mended.truncate(kept);
    for letter in open.iter().rev() {
        mended.push(if *letter == '{' { '}' } else { ']' });
    }
    serde_json::from_str(&mended).ok().map(|json| (json, true))
}

/// The parameters of a request: those of its query, and of its JSON body.
fn request(text: &str) -> Option<Value> {
    let first = text.lines().next()?.trim();
    let verb = first.split_whitespace().next()?;
    let is_url = first.starts_with("http://") || first.starts_with("https://");
    let is_verb = matches!(verb, "GET" | "POST" | "PUT" | "DELETE" | "PATCH") && first.contains('/');
    if !is_url && !is_verb {
        return None;
    }
    let mut found = Map::new();
    let is_body = |line: &&str| line.trim_start().starts_with('{');
    let body: Vec<&str> = text.lines().skip_while(|line| !is_body(line)).collect();
    if !body.is_empty() {
        let (Value::Object(members), _) = parse(body.join("\n").trim())? else { return None };
        found.extend(members);
    }
    let head: String = text.lines().take_while(|line| !is_body(line)).map(str::trim).collect();
    if let Some((_, query)) = head.split_once('?') {
        let query = without_placeholders(query);
        let query = query.split_whitespace().next().unwrap_or_default();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            found.insert(name.to_owned(), Value::String(value.to_owned()));
        }
    }
    Some(Value::Object(found))
}

/// A query without what stands in angle brackets for parameters that are told elsewhere.
fn without_placeholders(query: &str) -> String {
    let mut out = String::with_capacity(query.len());
    let mut rest = query;
    while let Some((before, behind)) = rest.split_once('<') {
        out.push_str(before);
        rest = behind.split_once('>').map_or(behind, |(_, rest)| rest);
    }
    out.push_str(rest);
    out
}
