//! Documentation comments, made safe for rustdoc.

use std::cell::RefCell;

use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// Columns after which a line of documentation is broken.
const WIDTH: usize = 96;

thread_local! {
    /// Lines of documentation on their way to the printer. As literals they would be escaped and read back, which is a
    /// sixth of all that the generator does.
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Documentation comments from paragraphs; empty ones are left out.
pub fn doc<S: AsRef<str>>(paragraphs: &[S]) -> TokenStream {
    LINES.with_borrow_mut(|all| {
        let start = all.len();
        for paragraph in paragraphs.iter().map(AsRef::as_ref).filter(|paragraph| !paragraph.is_empty()) {
            if all.len() > start {
                all.push(String::new());
            }
            all.extend(wrap(&safe(paragraph)));
        }
        let lines = (start..all.len()).map(Literal::usize_unsuffixed);
        quote! { #(#[doc = #lines])* }
    })
}

/// Prints a line of documentation that [`doc`] made.
pub fn print_line(number: usize, out: &mut String) {
    LINES.with_borrow(|lines| {
        out.push_str("///");
        if let Some(line) = lines.get(number).filter(|line| !line.is_empty()) {
            out.push(' ');
            out.push_str(line);
        }
    });
}

/// Forgets all lines, once what refers to them is printed.
pub fn forget_lines() {
    LINES.with_borrow_mut(Vec::clear);
}

/// The text that the lines of a comment make when they are put together.
pub fn doc_text(paragraph: &str) -> String {
    wrap(&safe(paragraph)).join(" ")
}

/// Text as a sentence: a capital at its beginning, unless that is a name, and a stop at its end.
pub fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    let word = text.split(|c: char| c.is_whitespace() || ",;:.".contains(c)).next().unwrap_or_default();
    let plain = word.chars().all(char::is_lowercase) && !text[word.len()..].starts_with("://");
    let mut out: String = if plain { first.to_uppercase().chain(chars).collect() } else { text.to_owned() };
    if !out.ends_with(['.', '!', '?', ':', '。', '！', '？']) {
        out.push('.');
    }
    out
}

/// Escapes what rustdoc would take for links or markup, and sets addresses as code.
fn safe(text: &str) -> String {
    let mut out = String::new();
    let mut code = false;
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        let address = bare.find("http://").or_else(|| bare.find("https://"));
        match address.filter(|_| !code && !bare.contains('`')) {
            Some(start) => {
                let end = bare.trim_end_matches(['.', ',', ';', ')', '>', '"']).len().max(start);
                escape(&bare[..start], &mut code, &mut out);
                out.push('`');
                out.extend(bare[start..end].chars().filter(|c| !invisible(*c)));
                out.push('`');
                escape(&word[end..], &mut code, &mut out);
            }
            None => escape(word, &mut code, &mut out),
        }
    }
    if code {
        out.push('`');
    }
    out
}

/// Characters that nobody sees, and that can make a line read otherwise than it is written.
fn invisible(c: char) -> bool {
    let control = c.is_control() && !c.is_whitespace();
    control
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn escape(word: &str, code: &mut bool, out: &mut String) {
    let bare = word.trim();
    let last = bare.len().checked_sub(1);
    for (at, c) in word.char_indices().filter(|(_, c)| !invisible(*c)) {
        if c == '`' {
            // Several in a row would open a block of code.
            if out.ends_with('`') {
                continue;
            }
            *code = !*code;
        }
        let emphasis = c == '_' && (at == 0 || Some(at) == last);
        if !*code && (emphasis || matches!(c, '[' | ']' | '<' | '>' | '*' | '\\' | '~')) {
            out.push('\\');
        }
        out.push(c);
    }
}

fn wrap(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let full = line.chars().count() + 1 + word.chars().count() > WIDTH;
        // What begins a list or a heading may not begin a line.
        if !line.is_empty() && full && !is_marker(word) {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        } else if is_marker(word) {
            line.push('\\');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Whether a word begins a list, a heading or a rule where it begins a line.
fn is_marker(word: &str) -> bool {
    let digits = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = digits.len() < word.len() && (digits == "." || digits == ")");
    number || word.starts_with('#') || word.chars().all(|c| "-+=|".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_made_safe() {
        assert_eq!(safe("a [b] <c> `[d]`"), "a \\[b\\] \\<c\\> `[d]`");
        assert_eq!(safe("see https://x.example/a[0]."), "see `https://x.example/a[0]`.");
        assert_eq!(safe("(http://x.example/a_b_), _b_"), "(`http://x.example/a_b_`), \\_b\\_");
        assert_eq!(safe("an open ` stays closed"), "an open ` stays closed`");
        assert_eq!(safe("a ```block``` of code"), "a `block` of code");
        assert_eq!(safe("a\u{202e}b\u{200b}c\u{0}d https://x.example/\u{2066}"), "abcd `https://x.example/`");
        assert_eq!(sentence("public link"), "Public link.");
        assert_eq!(sentence("vpcId of the network"), "vpcId of the network.");
        assert_eq!(sentence("cn-north-1 or another"), "cn-north-1 or another.");
        assert_eq!(sentence("实例。"), "实例。");
        assert_eq!(sentence("https://x.example"), "https://x.example.");
    }

    #[test]
    fn no_line_begins_a_list_by_accident() {
        let long = "x".repeat(WIDTH - 2);
        assert_eq!(wrap(&format!("{long} - y")), [format!("{long} -"), "y".to_owned()]);
        assert_eq!(wrap(&format!("{long} 1. y")), [format!("{long} 1."), "y".to_owned()]);
        assert_eq!(wrap("- y"), ["\\- y"]);
        assert_eq!(wrap("# y"), ["\\# y"]);
    }
}
