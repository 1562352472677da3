//! Every message of the generator is one that some catalogue under `diagnostics/` shows.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

/// What looks like a message and is none: rules in words, which documentation shows, and remarks of the parser.
const ELSEWHERE: [&str; 5] = [
    "{name} must not be given",
    "{a} must differ from {b}",
    "{name} is not given",
    "{name} is given",
    "expected '-' indicator",
];

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("sources").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, out);
        } else {
            out.push(path);
        }
    }
}

/// The texts of a file that read as messages: several words, outside of documentation and of tests.
fn messages(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut out = Vec::new();
    collect(text.parse().expect("Rust"), &mut out);
    out.retain(|text| text.split_whitespace().count() > 2 && text.contains(|c: char| c.is_lowercase()));
    out
}

fn collect(tokens: TokenStream, out: &mut Vec<String>) {
    let mut attribute = false;
    for token in tokens {
        match token {
            TokenTree::Group(_) if attribute => attribute = false,
            TokenTree::Group(group) => collect(group.stream(), out),
            TokenTree::Punct(punct) => {
                attribute = punct.as_char() == '#' || attribute && punct.as_char() == '!'
            }
            TokenTree::Literal(literal) => {
                out.extend(syn::parse_str::<syn::LitStr>(&literal.to_string()).map(|text| text.value()));
            }
            TokenTree::Ident(_) => attribute = false,
        }
    }
}

/// Whether a line holds the parts of a message, one after the other, with anything where its holes are.
fn shown(message: &str, catalogue: &str) -> bool {
    let mut parts = Vec::new();
    let mut rest = message.replace("{{", "\u{1}").replace("}}", "\u{2}");
    while let Some((before, after)) = rest.split_once('{') {
        parts.push(before.to_owned());
        rest = after.split_once('}').map_or(String::new(), |(_, after)| after.to_owned());
    }
    parts.push(rest);
    let parts: Vec<String> =
        parts.iter().map(|part| part.replace('\u{1}', "{").replace('\u{2}', "}")).collect();
    let holds = |line: &str| {
        let mut line = line;
        parts.iter().all(|part| match line.find(part.as_str()) {
            Some(at) => {
                line = &line[at + part.len()..];
                true
            }
            None => false,
        })
    };
    catalogue.lines().any(holds)
}

#[test]
fn every_message_is_pinned() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut catalogue = String::new();
    for entry in fs::read_dir(root.join("tests/diagnostics")).expect("catalogues").flatten() {
        catalogue.push_str(&fs::read_to_string(entry.path()).expect("a catalogue"));
    }
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    files.sort();
    let speaking = ["parse.rs", "tree.rs", "syntax.rs", "shape.rs", "notation.rs"];
    let mut missing = Vec::new();
    let mut count = 0;
    for file in files {
        let name =
            file.strip_prefix(root.join("src")).expect("a source").to_string_lossy().replace('\\', "/");
        if !speaking.contains(&name.as_str()) && !name.starts_with("resolve/") && !name.starts_with("shape/")
        {
            continue;
        }
        for message in messages(&fs::read_to_string(&file).expect("a source")) {
            count += 1;
            if !ELSEWHERE.contains(&message.as_str()) && !shown(&message, &catalogue) {
                missing.push(format!("{name}: {message}"));
            }
        }
    }
    assert!(count > 200, "{count} messages found");
    assert!(missing.is_empty(), "no catalogue shows these {}:\n{}", missing.len(), missing.join("\n"));
}
