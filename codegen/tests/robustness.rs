//! Whatever stands in a spec, the generator answers: with code, or with problems that say where.
//!
//! The real specs are damaged in every way below; a sample of the damages runs always, all of them with
//! `RDBFETCH_DAMAGES=all`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use rdbfetch_codegen::{Failure, SpecFile, check, generate};
use saphyr_parser::{Event, Parser};

/// Scalars that stand where others are meant.
const NASTY: [&str; 36] = [
    "",
    "~",
    "\"\"",
    "0",
    "-1",
    "1.5",
    "99999999999999999999",
    "true",
    "[]",
    "{}",
    "[[]]",
    "{a: {b: c}}",
    "*alias",
    "&anchor x",
    "!tag x",
    "|",
    "\"{\"",
    "\"}\"",
    "\"{}\"",
    "\"{x | y('z')}\"",
    "\"{now}{secret}\"",
    "secret | hmac_sha256(secret) | hex",
    "\"a | 'b\"",
    "\"%\"",
    "$",
    "$url.",
    "$request.x",
    "a[].b[][]",
    "map<map<x[]>>",
    "self",
    "..",
    "1..0",
    "\"\\0\\n\\u2028\"",
    "主从",
    "\"```*/ [`](<\"",
    "\"\\\"'\\\\\"",
];

/// The files of one service.
fn service(name: &str) -> Vec<SpecFile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs").join(name);
    let mut out: Vec<SpecFile> = fs::read_dir(folder)
        .expect(name)
        .map(|entry| entry.expect(name).path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .map(|path| SpecFile {
            path: format!("specs/{name}/{}", path.file_name().unwrap_or_default().to_string_lossy()),
            text: fs::read_to_string(&path).expect("specs can be read"),
        })
        .collect();
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

/// The names of the services.
fn services() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs");
    let entries = fs::read_dir(folder).expect("there are specs").flatten();
    let mut out: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    out.sort();
    out
}

/// The damaged versions of a text, one in `step` of each kind.
fn damages(text: &str, step: usize) -> Vec<String> {
    let mut out = Vec::new();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for at in (0..lines.len()).step_by(step) {
        out.push([&lines[..at], &lines[at + 1..]].concat().concat());
    }
    for at in (step / 2..lines.len()).step_by(step * 2) {
        out.push([&lines[..=at], &lines[at..]].concat().concat());
    }
    let offsets: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let scalars = Parser::new_from_str(text).filter_map(|next| match next {
        Ok((Event::Scalar(..), span)) => Some((offsets[span.start.index()], offsets[span.end.index()])),
        _ => None,
    });
    for (number, (start, end)) in scalars.enumerate().filter(|(number, _)| number % step == 0) {
        let nasty = NASTY[number / step % NASTY.len()];
        out.push(format!("{}{nasty}{}", &text[..start], &text[end..]));
    }
    for at in (0..text.len()).step_by(50 * step).filter(|at| text.is_char_boundary(*at)) {
        out.push(text[..at].to_owned());
    }
    out
}

/// Damaged services: each with one damaged file. An operation is checked beside its service without the vectors, a
/// service beside its shortest operation.
fn cases(step: usize) -> Vec<Vec<SpecFile>> {
    let mut out = Vec::new();
    for name in services() {
        let files = service(&name);
        let is_service = |file: &&SpecFile| file.path.ends_with("/service.yaml");
        let main = files.iter().find(is_service).expect("a service has a service.yaml");
        let shortest = files.iter().filter(|file| !is_service(file)).min_by_key(|file| file.text.len());
        let vectors = main.text.find("\n  vectors:\n").unwrap_or(main.text.len());
        let bare = SpecFile { path: main.path.clone(), text: main.text[..vectors].to_owned() };
        for file in &files {
            let beside = if is_service(&file) { shortest.expect("a service has operations") } else { &bare };
            for text in damages(&file.text, step) {
                out.push(vec![SpecFile { path: file.path.clone(), text }, beside.clone()]);
            }
        }
    }
    out
}

/// What is wrong with an answer, if anything.
fn unsound(files: &[SpecFile], failure: &Failure) -> Option<String> {
    let arrows = failure.text.lines().filter(|line| line.trim_start().starts_with("--> ")).count();
    if failure.problems.is_empty() || arrows != failure.problems.len() {
        return Some(format!("{} problems, {arrows} places:\n{failure}", failure.problems.len()));
    }
    failure.problems.iter().find_map(|problem| {
        let file = files.iter().find(|file| file.path == problem.file);
        match file {
            None => Some(format!("no file: {problem:?}")),
            Some(file) if problem.span.0 > file.text.len() => Some(format!("outside: {problem:?}")),
            Some(_) => None,
        }
    })
}

/// Checks a case, and generates from it where it is valid and `emit` is set.
fn run(files: &[SpecFile], emit: bool) -> Result<(), String> {
    let start = Instant::now();
    let answer = catch_unwind(AssertUnwindSafe(|| match check(files) {
        Err(failure) => unsound(files, &failure),
        Ok(_) if emit => {
            generate(files, &[]).expect("what was checked can be generated");
            None
        }
        Ok(_) => None,
    }));
    match answer {
        Err(_) => Err(format!("this panics:\n{}", files[0].text)),
        Ok(Some(message)) => Err(format!("{message}\n{}", files[0].text)),
        Ok(None) if start.elapsed() > Duration::from_secs(5) => {
            Err(format!("this hangs:\n{}", files[0].text))
        }
        Ok(None) => Ok(()),
    }
}

#[test]
fn damaged_specs_are_answered() {
    let all = env::var("RDBFETCH_DAMAGES").is_ok_and(|value| value == "all");
    let cases = cases(if all { 1 } else { 40 });
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let wrong: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut wrong = Vec::new();
                    while let Some((at, files)) =
                        Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, cases.get(at)?)))
                    {
                        wrong.extend(run(files, all || at % 32 == 0).err());
                    }
                    wrong
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("workers catch panics")).collect()
    });
    println!("{} cases", cases.len());
    assert!(wrong.is_empty(), "{} of {}, the first:\n{}", wrong.len(), cases.len(), wrong[0]);
}

/// Names of fields that mean something to Rust or to generated code.
const FIELDS: [&str; 47] = [
    "self",
    "super",
    "crate",
    "type",
    "fn",
    "async",
    "gen",
    "match",
    "true",
    "box",
    "union",
    "raw",
    "new",
    "send",
    "build",
    "request",
    "validate",
    "parameters",
    "check",
    "clone",
    "into",
    "fmt",
    "from",
    "default",
    "cloud",
    "value",
    "out",
    "put",
    "given",
    "moment",
    "decode",
    "same",
    "holds",
    "text",
    "item",
    "key",
    "to_value",
    "2fast",
    "-5",
    "a b",
    "X-Y.z",
    "_x_",
    "Unknown",
    "Option",
    "{brace}",
    "back\\slash",
    "quo\"te",
];

/// Names of types, values and errors that mean something to Rust or to generated code.
const TYPES: [&str; 28] = [
    "Self",
    "Option",
    "Some",
    "None",
    "Result",
    "Ok",
    "Err",
    "Vec",
    "String",
    "Box",
    "Default",
    "Debug",
    "Clone",
    "From",
    "BTreeMap",
    "Cloud",
    "Answer",
    "Timestamp",
    "Request",
    "Response",
    "Error",
    "Call",
    "Unknown",
    "Other",
    "Failed",
    "Value",
    "Parameter",
    "Kind",
];

/// Text that means something to rustdoc or to Rust.
const DOCS: [&str; 8] = [
    "*/ /* // ///! #![doc]",
    "[link] [`Vec`] <b>tag</b> `code` `open",
    "```rust let x = 1; ``` and ~~~ fences",
    "a \"quoted\" and 'quoted' \\ back\\slash",
    "- a list, 1. a number, # a heading, > a quote, | a table |",
    "https://x.example/[y]?z=`1` and (http://y.example/a_b_).",
    "_under_ __scores__ *stars* {braces} {{}} \\n",
    "ends with a colon:",
];

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A line for every name, with a hostile text.
fn lines(names: &[&str], line: impl Fn(&str, &str, &str) -> String) -> String {
    names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            line(&quoted(name), &quoted(DOCS[at % DOCS.len()]), &quoted(names[(at + 7) % names.len()]))
        })
        .collect()
}

/// A service in which every name and every text is hostile.
fn hostile() -> Vec<SpecFile> {
    let text = quoted(DOCS[0]);
    let errors = lines(&TYPES, |name, doc, _| format!("  {name}: {{class: invalid, doc: {doc}}}\n"));
    let service = format!(
        r#"title: {text}
deprecated: {text}
source: [{{document: {text}}}]
notes: [{text}]
settings: {{Self: {{required: true, doc: {text}}}}}
endpoint: "https://x.example/{{Self}}"
request:
  method: POST
  place: json
  params: {{'quo"te`': '"{{Self}}\\'}}
response: {{success: {{$status: 200}}, error: {{code: c}}, fields: {{c: {{type: string, doc: {text}}}}}}}
errors:
  E: {{class: auth, when: [unknown-key, bad-signature, missing, bad-value, no-operation]}}
{errors}auth:
  steps:
    s: "{{host}}"
    cat: "{{s}} é{{path}}{{Self}}"
    token_: secret | hmac_sha256(cat)
    signature: token_ | hex
  params: {{A: "{{access_key}}", B: "{{signature}}", C: "{{token}}"}}
  default: cat
  variants: {{cat: {{}}, self: {{}}, 1: {{}}}}
"#
    );
    let parameters = lines(&FIELDS, |name, doc, other| {
        format!("  {name}: {{type: string, values: {{{other}: {doc}}}, default: {other}, doc: {doc}}}\n")
    });
    let response = lines(&FIELDS, |name, doc, _| format!("  {name}: {{type: \"int64[]\", doc: {doc}}}\n"));
    let operation = format!(
        "summary: {text}\ndeprecated: {text}\nnotes: [{text}]\nparameters:\n{parameters}response:\n{response}errors:\n{errors}"
    );
    let required =
        lines(&FIELDS, |name, doc, _| format!("  {name}: {{type: string, required: true, doc: {doc}}}\n"));
    let members = lines(&FIELDS, |name, doc, _| format!("    {name}: {{type: timestamp, doc: {doc}}}\n"));
    let types = lines(&TYPES, |name, doc, other| {
        format!(
            "  {name}:\n    a: {{type: {other}, doc: {doc}}}\n    Value: {{type: string, values: [{name}], doc: {doc}}}\n"
        )
    });
    let all = lines(&TYPES, |name, doc, _| {
        format!("  all {name}: {{type: {name}, doc: {doc}}}\n").replace("all \"", "\"all ")
    });
    let objects = format!(
        "summary: {text}\nparameters:\n{required}  all: {{type: Fields, required: true, doc: All.}}\n{all}\
         types:\n  Fields:\n{members}{types}response:\n{all}"
    );
    let mut out = vec![SpecFile { path: "specs/self/service.yaml".to_owned(), text: service }];
    for name in ["new", "from_env", "Self", "metadata", "clone", "2nd", "a.b", "Service"] {
        out.push(SpecFile { path: format!("specs/self/{name}.yaml"), text: operation.clone() });
    }
    out.push(SpecFile { path: "specs/self/Objects.yaml".to_owned(), text: objects });
    out
}

#[test]
fn hostile_names_and_texts_generate() {
    let outputs = generate(&hostile(), &[]).unwrap_or_else(|failure| panic!("{failure}"));
    for output in outputs.iter().filter(|output| output.path.ends_with(".rs")) {
        let file = syn::parse_file(&output.text).unwrap_or_else(|error| panic!("{}: {error}", output.path));
        let mut seen = std::collections::BTreeSet::new();
        for item in &file.items {
            let name = match item {
                syn::Item::Struct(item) => item.ident.to_string(),
                syn::Item::Enum(item) => item.ident.to_string(),
                syn::Item::Fn(item) => item.sig.ident.to_string(),
                syn::Item::Static(item) => item.ident.to_string(),
                _ => continue,
            };
            assert!(seen.insert(name.clone()), "{}: two items `{name}`", output.path);
        }
    }
}
