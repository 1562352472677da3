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
    let arrows = failure.text.matches("\n --> ").count()
        + failure.text.matches("\n  --> ").count()
        + failure.text.matches("\n   --> ").count()
        + failure.text.matches("\n    --> ").count();
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
        Ok(()) if emit => {
            generate(files, &[]).expect("what was checked can be generated");
            None
        }
        Ok(()) => None,
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
    let cases = cases(if all { 1 } else { 8 });
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
