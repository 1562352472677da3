//! The pages about the emulator against the emulator.

mod support;

use std::path::Path;

use rdbfetch::Timestamp;
use rdbfetch_emulator::{Clock, Emulator, Fault};
use support::{host, read};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/emulator").join(name);
    std::fs::read_to_string(path).unwrap().replace('\r', "")
}

/// The fenced blocks of a language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let parts = page.split("```");
    let block = parts.skip(1).step_by(2).filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n'));
    block.map(str::to_owned).collect()
}

#[tokio::test]
async fn every_rule_that_is_shown_is_one() {
    let page = page("faults.md");
    let mut rules = Vec::new();
    for block in blocks(&page, "yaml") {
        rules.extend(Fault::list(&block).unwrap_or_else(|error| panic!("{error}:\n{block}")));
    }
    for line in blocks(&page, "console").concat().lines().filter(|line| line.contains("--fault ")) {
        let rule = line.split_once("--fault ").unwrap().1.trim_matches('\'');
        rules.push(rule.parse().unwrap_or_else(|error| panic!("{error}: {rule}")));
    }
    assert!(rules.len() > 40, "{}", rules.len());
    // Alone, so that names that are the same do no harm.
    for rule in &rules {
        let (emulator, shown) = (Emulator::builder().fault(rule.clone()).start().await, format!("{rule:?}"));
        assert!(emulator.is_ok(), "{shown}: {emulator:?}");
    }
    // Every effect is shown in a rule, and every word of the tables is one that rules know.
    let text = serde_json::to_string(&rules).unwrap();
    let complaint = "{\"\": 1}".parse::<Fault>().unwrap_err().to_string();
    let words: Vec<&str> = complaint.split_once("there are ").unwrap().1.split(", ").collect();
    assert!(words.len() > 30);
    for word in words.iter().filter(|word| !["nth", "from", "until"].contains(word)) {
        assert!(text.contains(&format!("\"{word}\":")), "no rule of the page has {word}");
    }
    let complaint = "{on: {\"\": 1}}".parse::<Fault>().unwrap_err().to_string();
    for word in complaint.split_once("there are ").unwrap().1.split(", ") {
        assert!(page.contains(&format!("`{word}`")), "the page says nothing of {word}");
    }
}

#[tokio::test]
async fn the_control_api_answers_as_the_page_says() {
    let clock = Clock::frozen(Timestamp::from_unix(1_767_323_045).unwrap());
    let emulator =
        Emulator::builder().clock(clock).control("127.0.0.1:0".parse().unwrap()).start().await.unwrap();
    let mut asked = 0;
    for block in blocks(&page("control.md"), "console") {
        let mut lines = block.lines().peekable();
        while let Some(line) = lines.next() {
            let command = line.strip_prefix("$ curl -s ").unwrap_or_else(|| panic!("{line}"));
            let mut expected = String::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                expected.push_str(line);
            }
            let answer = curl(emulator.control_url().unwrap(), command).await;
            assert!(
                looks_like(&expected, answer.trim_end()),
                "{command}\n{answer}\nbut the page says\n{expected}"
            );
            asked += 1;
        }
    }
    assert!(asked > 15);
}

/// Does what a line of the page asks curl to do.
async fn curl(url: &str, command: &str) -> String {
    let (command, body) =
        command.split_once(" --json ").map_or((command, None), |(head, body)| (head, Some(body)));
    let body = body.map(|body| body.trim_matches('\'')).unwrap_or_default();
    let mut words = command.split(' ');
    let mut method = if body.is_empty() { "GET" } else { "POST" };
    let mut target = words.next().unwrap();
    if target == "-X" {
        (method, target) = (words.next().unwrap(), words.next().unwrap());
    }
    let path = target.trim_matches('"').strip_prefix("$CONTROL").unwrap();
    let (authority, length) = (host(url), body.len());
    let mut stream = TcpStream::connect(authority).await.unwrap();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close");
    let kind = format!("Content-Type: application/json\r\nContent-Length: {length}");
    stream.write_all(format!("{head}\r\n{kind}\r\n\r\n{body}").as_bytes()).await.unwrap();
    read(&mut stream).await.text()
}

/// Whether an answer is as shown, where `…` stands for anything.
fn looks_like(shown: &str, answer: &str) -> bool {
    let mut parts = shown.split('…');
    let Some(mut rest) = answer.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    for part in &parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty() || shown.ends_with('…')
}
