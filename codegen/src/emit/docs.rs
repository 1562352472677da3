//! Documentation comments, made safe for rustdoc.

use proc_macro2::TokenStream;
use quote::quote;

/// Columns after which a line of documentation is broken.
const WIDTH: usize = 96;

/// Documentation comments from paragraphs; empty ones are left out.
pub fn doc<S: AsRef<str>>(paragraphs: &[S]) -> TokenStream {
    let mut lines = Vec::new();
    for paragraph in paragraphs.iter().map(AsRef::as_ref).filter(|paragraph| !paragraph.is_empty()) {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(wrap(&safe(paragraph)));
    }
    let lines = lines.into_iter().map(|line| if line.is_empty() { line } else { format!(" {line}") });
    quote! { #(#[doc = #lines])* }
}

/// Documentation comments of our own, in which markup is meant.
pub fn own_doc(paragraphs: &[&str]) -> TokenStream {
    let lines = paragraphs.iter().enumerate().flat_map(|(at, paragraph)| {
        let blank = (at > 0).then(String::new);
        blank.into_iter().chain(wrap(paragraph).into_iter().map(|line| format!(" {line}")))
    });
    quote! { #(#[doc = #lines])* }
}

/// Text as a sentence: a capital at its beginning and a stop at its end.
pub fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    let mut out: String = first.to_uppercase().chain(chars).collect();
    if !out.ends_with(['.', '!', '?', ':']) {
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
        let tail = &word[bare.len()..];
        if !code && (bare.starts_with("http://") || bare.starts_with("https://")) {
            let address = bare.trim_end_matches(['.', ',', ';', ')']);
            out.push_str(&format!("`{address}`{}{tail}", &bare[address.len()..]));
            continue;
        }
        for c in word.chars() {
            if c == '`' {
                code = !code;
            }
            if !code && matches!(c, '[' | ']' | '<' | '>' | '*' | '\\') {
                out.push('\\');
            }
            out.push(c);
        }
    }
    if code {
        out.push('`');
    }
    out
}

fn wrap(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_made_safe() {
        assert_eq!(safe("a [b] <c> `[d]`"), "a \\[b\\] \\<c\\> `[d]`");
        assert_eq!(safe("see https://x.example/a[0]."), "see `https://x.example/a[0]`.");
        assert_eq!(safe("an open ` stays closed"), "an open ` stays closed`");
        assert_eq!(sentence("public link"), "Public link.");
    }
}
