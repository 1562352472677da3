//! Random damage to all specs, and specs of absurd size: whatever comes, the generator answers, and soon.
//!
//! The damage is the same in every run. `RDBFETCH_FUZZ=600` goes on for so many seconds with damage of its own.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use rdbfetch_codegen::{SpecFile, check, generate};

/// How many damaged services are tried in every run.
const CASES: u64 = 200;

/// Nothing takes longer, on the slowest machine in the slowest build.
const LONG: Duration = Duration::from_secs(30);

/// A generator of numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).expect("53 bits") % below.max(1)
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.roll(list.len())]
    }
}

/// All services that there are, those of tests included.
fn services() -> Vec<Vec<SpecFile>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut out = Vec::new();
    for parent in [root.join("../specs"), root.join("tests/clouds")] {
        let mut folders: Vec<_> =
            fs::read_dir(parent).expect("specs").flatten().map(|one| one.path()).collect();
        folders.sort();
        for folder in folders.into_iter().filter(|folder| folder.join("service.yaml").is_file()) {
            let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
            let mut files: Vec<SpecFile> = fs::read_dir(&folder)
                .expect("a folder")
                .flatten()
                .filter(|file| file.path().extension().is_some_and(|ending| ending == "yaml"))
                .map(|file| SpecFile {
                    path: format!("specs/{name}/{}", file.file_name().to_string_lossy()),
                    text: fs::read_to_string(file.path()).expect("a spec"),
                })
                .collect();
            files.sort_by(|a, b| a.path.cmp(&b.path));
            out.push(files);
        }
    }
    assert!(out.len() > 4, "{}", out.len());
    out
}

/// What is put anywhere.
const PIECES: [&str; 40] = [
    "{", "}", "[", "]", ": ", ":", "- ", "-", "#", " #", "\"", "'", "|", ">", "&a ", "*a", "!t ", "<<: ",
    "?", "? ", "%", "@", "`", "\t", "\r", "\u{FEFF}", "\u{2028}", "\0", "\\", "~", "null", "[]", "{}",
    "主从", "💥", "é", "\n---\n", "\n...\n", "$", "\n",
];

/// Where characters begin.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The words of a text with where they stand.
fn words(text: &str) -> Vec<(usize, &str)> {
    text.split(|c: char| !(c.is_alphanumeric() || "_$.[]".contains(c)))
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
        .collect()
}

/// One slip of the pen, or of the cat.
fn damage(text: &str, other: &str, dice: &mut Dice) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let line = dice.roll(lines.len());
    let at = boundary(text, dice.roll(text.len() + 1));
    match dice.roll(14) {
        0 => [&lines[..line], &lines[(line + 1).min(lines.len())..]].concat().concat(),
        1 => [&lines[..line], &lines[line.saturating_sub(1)..]].concat().concat(),
        2 => {
            let mut lines = lines;
            let second = dice.roll(lines.len());
            if !lines.is_empty() {
                lines.swap(line, second);
            }
            lines.concat()
        }
        3 => text[..at].to_owned(),
        4 => text[at..].to_owned(),
        5 => format!("{}{}{}", &text[..at], dice.pick(&PIECES), &text[at..]),
        6 => {
            let mut rest = text[at..].chars();
            rest.next();
            format!("{}{}", &text[..at], rest.as_str())
        }
        7 | 8 => {
            // Another word, of this file or of another one.
            let (own, others) = (words(text), words(if dice.roll(2) == 0 { text } else { other }));
            if own.is_empty() || others.is_empty() {
                return other.to_owned();
            }
            let (place, word) = *dice.pick(&own);
            let (_, new) = *dice.pick(&others);
            format!("{}{new}{}", &text[..place], &text[place + word.len()..])
        }
        9 => {
            let start = lines[..line].concat().len();
            let blanks = " ".repeat(dice.roll(4) + 1);
            match text[start..].strip_prefix(&blanks) {
                Some(rest) if dice.roll(2) == 0 => format!("{}{rest}", &text[..start]),
                _ => format!("{}{blanks}{}", &text[..start], &text[start..]),
            }
        }
        10 => {
            let nest = ["[", "{a: ", "- "][dice.roll(3)].repeat(dice.roll(200));
            format!("{}{nest}{}", &text[..at], &text[at..])
        }
        11 => {
            let number = "9".repeat(dice.roll(400));
            text.replacen(|c: char| c.is_ascii_digit(), &number, dice.roll(8) + 1)
        }
        12 => {
            // A stretch of another file.
            let from = boundary(other, dice.roll(other.len() + 1));
            let to = boundary(other, from + dice.roll(300)).max(from);
            format!("{}{}{}", &text[..at], &other[from..to], &text[at..])
        }
        _ => text.replace('\n', ["\r\n", "\r", "\n\n", "\n "][dice.roll(4)]),
    }
}

/// A service with some damage.
fn damaged(services: &[Vec<SpecFile>], dice: &mut Dice) -> Vec<SpecFile> {
    let mut files = dice.pick(services).clone();
    if dice.roll(4) > 0 {
        // Without its vectors, most of which are alike and long.
        for file in &mut files {
            let end = file.text.find("\n  vectors:\n").unwrap_or(file.text.len());
            file.text.truncate(end);
        }
    }
    for _ in 0..=dice.roll(3) {
        let service = dice.pick(services);
        let other = dice.pick(service).text.clone();
        let number = dice.roll(files.len());
        files[number].text = damage(&files[number].text, &other, dice);
    }
    files
}

/// Checks files, and generates from them where they are right. What is wrong with the answer, if anything.
fn answer(files: &[SpecFile]) -> Option<String> {
    let start = Instant::now();
    let answer = catch_unwind(AssertUnwindSafe(|| match check(files) {
        Ok(_) => generate(files, &[]).err().map(|failure| format!("checked, and not generated:\n{failure}")),
        Err(failure) if failure.located().is_empty() => Some("no problem".to_owned()),
        Err(failure) => failure.located().iter().find_map(|located| {
            let file = files.iter().find(|file| file.path == located.problem.file);
            let lines = file.map_or(0, |file| file.text.split('\n').count());
            let inside = (1..=lines).contains(&located.start.0) && located.start <= located.end;
            (!inside).then(|| format!("{located:?} is in none of {lines} lines"))
        }),
    }));
    let late = start.elapsed() > LONG;
    answer.unwrap_or_else(|_| Some("a panic".to_owned())).or_else(|| late.then(|| "too late".to_owned()))
}

#[test]
fn random_damage_is_answered() {
    let services = services();
    let seconds =
        std::env::var("RDBFETCH_FUZZ").ok().and_then(|text| text.parse().ok()).map(Duration::from_secs);
    let start = Instant::now();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_nanos();
    let own = u64::try_from(now & u128::from(u64::MAX)).expect("64 bits");
    let mut case = if seconds.is_some() { own } else { 0 };
    let first = case;
    loop {
        let mut dice = Dice(case.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let files = damaged(&services, &mut dice);
        if let Some(wrong) = answer(&files) {
            let texts: Vec<String> =
                files.iter().map(|file| format!("=== {}\n{}", file.path, file.text)).collect();
            panic!("case {case}: {wrong}\n{}", texts.join("\n"));
        }
        case = case.wrapping_add(1);
        let done = case.wrapping_sub(first);
        if seconds.map_or(done == CASES, |seconds| start.elapsed() > seconds) {
            println!("{done} damaged services; RDBFETCH_FUZZ=600 tries others for so many seconds");
            return;
        }
    }
}

/// Many lines that differ in a number.
fn many(line: &str) -> String {
    (0..600).map(|number| line.replace("{n}", &number.to_string())).collect()
}

#[test]
fn absurd_sizes_are_answered() {
    let services = services();
    let files = &services[0];
    let operation = files.iter().position(|file| !file.path.ends_with("service.yaml")).expect("an operation");
    let base = &files[operation].text;
    let behind = |key: &str, more: &str| {
        let found = format!("\n{key}:\n");
        assert!(base.contains(&found), "{key}");
        base.replacen(&found, &format!("{found}{more}"), 1)
    };
    let size = 200_000;
    let cases = [
        ("brackets", "[".repeat(size)),
        ("braces", "{a: ".repeat(size)),
        ("items", "- ".repeat(size)),
        ("colons", ": ".repeat(size)),
        ("quotes", "\"".repeat(size)),
        ("tabs", "\t".repeat(size)),
        ("lines", format!("{}{base}", "\n".repeat(size))),
        (
            "a long text",
            base.replacen("summary:", &format!("notes: [\"{}\"]\nsummary:", "x".repeat(size)), 1),
        ),
        ("a long number", format!("{base}rate_limit: {}\n", "9".repeat(size))),
        ("a long key", format!("{base}{}: 1\n", "k".repeat(size))),
        ("keys", format!("{base}{}", many("key{n}: 1\n"))),
        ("the same key", format!("{base}{}", many("key: 1\n"))),
        ("parameters", behind("parameters", &many("  P{n}x: {type: string, doc: D.}\n"))),
        (
            "values",
            behind(
                "parameters",
                &format!("  V:\n    type: string\n    doc: D.\n    values:\n{}", many("      v{n}x: D.\n")),
            ),
        ),
        ("parameters without a type", behind("parameters", &many("  P{n}x: {doc: D.}\n"))),
        ("parameters of unknown types", behind("parameters", &many("  P{n}x: {type: T{n}, doc: D.}\n"))),
        ("fields", behind("response", &many("  f{n}x: {type: string, doc: D.}\n"))),
        ("types in a row", format!("{base}types:\n{}", many("  T{n}x: {a: {type: T1x, doc: D.}}\n"))),
        ("errors", behind("errors", &many("  E{n}x: {class: invalid, doc: D.}\n"))),
        ("rules", format!("{base}rules:\n{}", many("  - {forbidden: Q{n}}\n"))),
        (
            "an alias bomb",
            (0..30u8)
                .map(|n| {
                    format!(
                        "{0}: &{0} [*{1}, *{1}, *{1}]\n",
                        (b'b' + n % 24) as char,
                        (b'a' + n % 24) as char
                    )
                })
                .collect(),
        ),
    ];
    for (what, text) in cases {
        let mut files = files.clone();
        files[operation].text = text;
        if let Some(wrong) = answer(&files) {
            panic!("{what}: {}", wrong.chars().take(2000).collect::<String>());
        }
    }
    let mut crowd: Vec<SpecFile> =
        files.iter().filter(|file| file.path.ends_with("service.yaml")).cloned().collect();
    let folder = crowd[0].path.trim_end_matches("service.yaml").to_owned();
    crowd.extend((0..60).map(|n| SpecFile { path: format!("{folder}Op{n}x.yaml"), text: base.clone() }));
    assert_eq!(answer(&crowd), None);
}
