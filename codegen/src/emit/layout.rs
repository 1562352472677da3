//! Layout that the formatter leaves and people would not: calls broken before their only dot, values alone in their
//! parentheses, groups that fit on a line.

/// The width of a line.
const WIDTH: usize = 100;

/// Lays formatted code out as people do. No text in it goes over several lines.
pub fn tidy(text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for at in 0..lines.len() {
        join_call(&mut lines, at);
    }
    for at in 0..lines.len() {
        hug(&mut lines, at);
    }
    for _ in 0..2 {
        for at in (0..lines.len()).rev() {
            collapse(&mut lines, at);
        }
        for at in (0..lines.len()).rev() {
            join_chain(&mut lines, at);
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The line that closes what `at` opens: the next one that is not further in.
fn closing(lines: &[String], at: usize) -> Option<usize> {
    let depth = indent(lines.get(at)?);
    (at + 1..lines.len()).find(|next| indent(&lines[*next]) <= depth)
}

fn dedent(lines: &mut [String]) {
    for line in lines {
        line.drain(..4.min(indent(line)));
    }
}

/// `check` and `.rule(…)` on the next line become `check.rule(…)`, where nothing is chained behind.
fn join_call(lines: &mut Vec<String>, at: usize) {
    let Some(call) = lines.get(at + 1) else { return };
    let depth = indent(call);
    let head = lines[at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    if !head || !call.trim_start().starts_with('.') || depth != indent(&lines[at]) + 4 {
        return;
    }
    let end = if call.ends_with('(') { closing(lines, at + 1).unwrap_or(at + 1) } else { at + 1 };
    let chained = lines.get(end + 1).is_some_and(|next| indent(next) == depth);
    if chained {
        return;
    }
    let call = lines[at + 1].trim_start().to_owned();
    if end > at + 1 || lines[at].len() + call.len() <= WIDTH {
        lines[at].push_str(&call);
        dedent(&mut lines[at + 2..=end]);
        lines.remove(at + 1);
    } else if let Some((binding, value)) = lines[at].clone().split_once(" = ") {
        let line = format!("{:depth$}{value}{call}", "");
        if line.len() <= WIDTH {
            lines[at] = format!("{binding} =");
            lines[at + 1] = line;
        }
    }
}

/// A chain of calls goes on one line where it fits.
fn join_chain(lines: &mut Vec<String>, at: usize) {
    let depth = indent(&lines[at]) + 4;
    let in_chain = |line: &&String| indent(line) == depth && line.trim_start().starts_with('.');
    let links = lines[at + 1..].iter().take_while(in_chain).count();
    let joined: String = lines[at + 1..=at + links].iter().map(|line| line.trim_start()).collect();
    let whole = joined.ends_with([')', ';', ',', '?']);
    let goes_on = lines.get(at + links + 1).is_some_and(|next| indent(next) >= depth);
    if links > 0 && whole && !goes_on && lines[at].len() + joined.len() <= WIDTH {
        lines[at].push_str(&joined);
        lines.drain(at + 1..=at + links);
    }
}

/// What stands alone in its parentheses or brackets opens and closes with them.
fn hug(lines: &mut Vec<String>, at: usize) {
    let Some(inner) = lines.get(at + 1) else { return };
    if !lines[at].ends_with(['(', '[']) || !inner.ends_with(['(', '[', '{']) || is_block(inner) {
        return;
    }
    let (Some(end), Some(close)) = (closing(lines, at + 1), closing(lines, at)) else { return };
    let last = lines[end].trim_start().trim_end_matches(',').to_owned();
    let alone = close == end + 1 && [")", "]", "}"].contains(&last.as_str());
    if alone && lines[close].trim_start().starts_with([')', ']']) {
        let close = lines.remove(close);
        lines[end] = format!("{:1$}{last}{2}", "", indent(&close), close.trim_start());
        dedent(&mut lines[at + 2..end]);
        let inner = lines.remove(at + 1);
        lines[at].push_str(inner.trim_start());
    }
}

/// What stands between parentheses or brackets, and the fields of a value, go on one line where they fit.
fn collapse(lines: &mut Vec<String>, at: usize) {
    let opened = &lines[at];
    let value = opened.ends_with(" {") && !opened.ends_with(") {") && !is_block(opened);
    if !value && !opened.ends_with(['(', '[']) {
        return;
    }
    let Some(end) = closing(lines, at) else { return };
    let depth = indent(opened);
    let flat = |line: &String| {
        let text = line.trim_start();
        let goes_on = text.starts_with(['/', '#', '.']) || text.contains("=>");
        let ends = if value { text.ends_with(',') } else { !text.ends_with(['{', ';']) };
        indent(line) == depth + 4 && ends && !goes_on
    };
    let closes = lines[end].trim_start().starts_with(if value { &['}'] } else { &[')', ']'][..] });
    if !closes || !lines[at + 1..end].iter().all(flat) {
        return;
    }
    let inside: Vec<&str> = lines[at + 1..end].iter().map(|line| line.trim_start()).collect();
    let (inside, close) = (inside.join(" "), lines[end].trim_start());
    let inside = inside.trim_end_matches(',');
    let pad = if value { " " } else { "" };
    let joined = format!("{opened}{pad}{inside}{pad}{close}");
    if joined.len() <= WIDTH {
        lines.splice(at..=end, [joined]);
    }
}

/// Whether a line begins an item or a block of statements.
fn is_block(line: &str) -> bool {
    let words = ["struct", "enum", "impl", "fn", "match", "if", "else", "mod", "use", "for"];
    line.split_whitespace().any(|word| words.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_joined() {
        let before = "    check\n        .rule(\n            \"A\",\n            b,\n        );\n    let x = s\n        .step(y);\n";
        assert_eq!(tidy(before), "    check.rule(\"A\", b);\n    let x = s.step(y);\n");
        let chain = "    let key = seed\n        .hmac(a)\n        .hex();\n";
        assert_eq!(tidy(chain), "    let key = seed.hmac(a).hex();\n");
        let long = format!("    let key = seed\n        .hmac({0})\n        .hmac({0});\n", "x".repeat(50));
        assert_eq!(tidy(&long), long);
        let long = "x".repeat(90);
        assert_eq!(
            tidy(&format!("    let value = s\n        .f({long});\n")),
            format!("    let value = s\n        .f({long});\n")
        );
        let long = "x".repeat(84);
        assert_eq!(
            tidy(&format!("    let value = s\n        .f({long});\n")),
            format!("    let value =\n        s.f({long});\n")
        );
    }

    #[test]
    fn values_are_collapsed() {
        let before = "    f(\n        a,\n        Bounds {\n            min: Some(1),\n            max: None,\n        },\n    )\n";
        assert_eq!(tidy(before), "    f(a, Bounds { min: Some(1), max: None })\n");
        let definition = "pub struct A {\n    a: i64,\n}\nfn f() {\n    a,\n}\n";
        assert_eq!(tidy(definition), definition);
    }

    #[test]
    fn lists_are_hugged() {
        let long = "y".repeat(90);
        let before =
            format!("    cat(\n        &[\n            a,\n            {long},\n        ],\n    );\n");
        assert_eq!(tidy(&before), format!("    cat(&[\n        a,\n        {long},\n    ]);\n"));
        assert_eq!(
            tidy("    cat(\n        &[\n            a,\n            b,\n        ],\n    );\n"),
            "    cat(&[a, b]);\n"
        );
    }
}
