//! `--query`: a JMESPath expression, checked before anything is sent and applied before anything is shown.

use std::collections::HashMap;

use jmespath::ast::Ast;
use jmespath::{ErrorReason, Expression, JmespathError, Variable};
use unicode_width::UnicodeWidthStr;

use super::doc::Doc;
use crate::exit::Failure;
use crate::text::nearest;

/// The longest expression that is taken, in bytes.
const LONGEST: usize = 4096;

/// The most operators and brackets that it may have: reading takes stack by its depth.
const MOST: usize = 200;

/// The functions of JMESPath, and how many arguments each takes: at least, and at most.
const FUNCTIONS: [(&str, usize, usize); 26] = [
    ("abs", 1, 1),
    ("avg", 1, 1),
    ("ceil", 1, 1),
    ("contains", 2, 2),
    ("ends_with", 2, 2),
    ("floor", 1, 1),
    ("join", 2, 2),
    ("keys", 1, 1),
    ("length", 1, 1),
    ("map", 2, 2),
    ("max", 1, 1),
    ("max_by", 2, 2),
    ("merge", 1, usize::MAX),
    ("min", 1, 1),
    ("min_by", 2, 2),
    ("not_null", 1, usize::MAX),
    ("reverse", 1, 1),
    ("sort", 1, 1),
    ("sort_by", 2, 2),
    ("starts_with", 2, 2),
    ("sum", 1, 1),
    ("to_array", 1, 1),
    ("to_number", 1, 1),
    ("to_string", 1, 1),
    ("type", 1, 1),
    ("values", 1, 1),
];

/// An expression that is right as far as can be told without a document.
#[derive(Debug)]
pub struct Query {
    text: String,
}

impl Query {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// Where it is none, calls a function that does not exist, or calls one with too few or too many arguments; with
    /// a caret under the place.
    pub fn read(text: &str) -> Result<Self, Failure> {
        if text.len() > LONGEST {
            return Err(Failure::usage(format!("--query: the expression is longer than {LONGEST} bytes.")));
        }
        if text.chars().filter(|character| "([{!&.|<>=".contains(*character)).count() > MOST {
            return Err(Failure::usage(format!("--query: the expression has more than {MOST} operators.")));
        }
        if text.trim().is_empty() {
            return Err(Failure::usage(
                "--query: the expression is empty; `@` stands for all of the result.",
            ));
        }
        let expression = jmespath::compile(text).map_err(|error| wrong(text, &error))?;
        let mut problem = None;
        visit(expression.as_ast(), &mut |ast| {
            if let Ast::Function { offset, name, args } = ast {
                let found = call_problem(name, args.len()).map(|what| (start(text, *offset, name), what));
                problem = problem.take().or(found);
            }
        });
        match problem {
            Some((offset, what)) => Err(at(text, offset, &what)),
            None => Ok(Self { text: text.to_owned() }),
        }
    }

    /// What the expression makes of a document. Members keep their order: that of the expression where it names them,
    /// else that of the document.
    ///
    /// # Errors
    ///
    /// Where a function is given what it cannot take.
    pub fn apply(&self, doc: &Doc) -> Result<Doc, Failure> {
        let expression = jmespath::compile(&self.text).map_err(|error| wrong(&self.text, &error))?;
        let json = serde_json::to_string(doc).unwrap_or_default();
        let data = Variable::from_json(&json)
            .map_err(|error| Failure::usage(format!("--query: the result is no JSON: {error}.")))?;
        let result = expression.search(data).map_err(|error| wrong(&self.text, &error))?;
        let ranks = ranks(&expression, doc);
        Ok(ordered(&result, &ranks))
    }
}

/// Where the name of a function begins, of which the offset may be that of its parenthesis.
fn start(text: &str, offset: usize, name: &str) -> usize {
    let before = text.get(..offset).unwrap_or_default();
    if before.ends_with(name) { offset - name.len() } else { offset }
}

/// What is wrong with calling a function by this name with so many arguments.
fn call_problem(name: &str, given: usize) -> Option<String> {
    let Some((_, least, most)) = FUNCTIONS.iter().find(|(known, ..)| *known == name) else {
        let meant = nearest(name, FUNCTIONS.iter().map(|(known, ..)| *known));
        let meant = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
        return Some(format!("there is no function {name}{meant}"));
    };
    if (*least..=*most).contains(&given) {
        return None;
    }
    let takes = if most == least { format!("{least}") } else { format!("{least} or more") };
    let what = if takes == "1" { "argument" } else { "arguments" };
    Some(format!("{name} takes {takes} {what}, not {given}"))
}

/// Looks at every part of an expression.
fn visit(ast: &Ast, look: &mut impl FnMut(&Ast)) {
    look(ast);
    match ast {
        Ast::Comparison { lhs, rhs, .. }
        | Ast::Projection { lhs, rhs, .. }
        | Ast::And { lhs, rhs, .. }
        | Ast::Or { lhs, rhs, .. }
        | Ast::Subexpr { lhs, rhs, .. }
        | Ast::Condition { predicate: lhs, then: rhs, .. } => {
            visit(lhs, look);
            visit(rhs, look);
        }
        Ast::Expref { ast: node, .. }
        | Ast::Flatten { node, .. }
        | Ast::Not { node, .. }
        | Ast::ObjectValues { node, .. } => visit(node, look),
        Ast::Function { args: elements, .. } | Ast::MultiList { elements, .. } => {
            elements.iter().for_each(|element| visit(element, look));
        }
        Ast::MultiHash { elements, .. } => elements.iter().for_each(|pair| visit(&pair.value, look)),
        _ => {}
    }
}

/// The place of every member's name: first as the expression makes them, then as the document has them.
fn ranks(expression: &Expression<'_>, doc: &Doc) -> HashMap<String, usize> {
    let mut ranks = HashMap::new();
    let mut add = |name: &str| {
        let next = ranks.len();
        ranks.entry(name.to_owned()).or_insert(next);
    };
    visit(expression.as_ast(), &mut |ast| {
        if let Ast::MultiHash { elements, .. } = ast {
            elements.iter().for_each(|pair| add(&pair.key));
        }
    });
    names(doc, &mut add);
    ranks
}

fn names(doc: &Doc, add: &mut impl FnMut(&str)) {
    match doc {
        Doc::List(list) => list.iter().for_each(|element| names(element, add)),
        Doc::Object(members) => {
            members.iter().for_each(|(name, _)| add(name));
            members.iter().for_each(|(_, value)| names(value, add));
        }
        _ => {}
    }
}

fn ordered(value: &Variable, ranks: &HashMap<String, usize>) -> Doc {
    match value {
        Variable::Null | Variable::Expref(_) => Doc::Null,
        Variable::Bool(value) => Doc::Bool(*value),
        Variable::Number(number) => Doc::Number(whole(number)),
        Variable::String(text) => Doc::Text(text.clone()),
        Variable::Array(list) => Doc::List(list.iter().map(|element| ordered(element, ranks)).collect()),
        Variable::Object(map) => {
            let member = |(name, value): (&String, &jmespath::Rcvar)| (name.clone(), ordered(value, ranks));
            let mut members: Vec<(String, Doc)> = map.iter().map(member).collect();
            members.sort_by_key(|(name, _)| ranks.get(name).copied().unwrap_or(usize::MAX));
            Doc::Object(members)
        }
    }
}

/// The same number, without the fraction `.0` that functions such as `sum` give to whole ones.
fn whole(number: &serde_json::Number) -> serde_json::Number {
    /// Above it not every whole number is a float.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < EXACT => {
            #[allow(clippy::cast_possible_truncation)] // whole and small enough
            let integer = float as i64;
            integer.into()
        }
        _ => number.clone(),
    }
}

/// What the library says about an expression, in our form.
fn wrong(text: &str, error: &JmespathError) -> Failure {
    let reason = match &error.reason {
        ErrorReason::Parse(reason) => reason.clone(),
        ErrorReason::Runtime(reason) => reason.to_string(),
    };
    at(text, error.offset, reason.trim().trim_end_matches('.'))
}

/// A problem with a caret under its place, which is counted in bytes.
fn at(text: &str, offset: usize, what: &str) -> Failure {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let (before, after) = text.split_at(offset);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line_before = before.get(start..).unwrap_or_default();
    let line_after = after.split('\n').next().unwrap_or_default();
    // A tab would put the caret elsewhere.
    let shown = format!("{line_before}{line_after}").replace('\t', " ");
    let blanks = " ".repeat(line_before.replace('\t', " ").width());
    Failure::usage(format!("--query: {what}:\n  {shown}\n  {blanks}^"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(query: &str, json: &str) -> String {
        let doc = serde_json::from_str(json).unwrap();
        serde_json::to_string(&Query::read(query).unwrap().apply(&doc).unwrap()).unwrap()
    }

    #[test]
    fn members_keep_their_order() {
        let json = r#"[{"z":1,"a":{"y":1,"b":2}}]"#;
        assert_eq!(apply("[0]", json), r#"{"z":1,"a":{"y":1,"b":2}}"#);
        assert_eq!(apply("[].{second: z, first: a.b}", json), r#"[{"second":1,"first":2}]"#);
        assert_eq!(apply("sum([].z)", json), "1");
        assert_eq!(apply("nothing", json), "null");
        assert_eq!(apply("@", "18446744073709551615"), "18446744073709551615");
    }

    #[test]
    fn a_caret_stands_under_what_is_wrong() {
        for (query, caret) in [
            ("[].a.lenght(@)", 5),
            ("länge(@)", 1),
            ("foo[", 4),
            ("a ==", 4),
            ("join(@)", 0),
            ("'名' | lenth(@)", 7),
            ("a.\nb ||", 4),
        ] {
            let message = Query::read(query).unwrap_err().to_string();
            let lines: Vec<&str> = message.lines().collect();
            assert_eq!(lines.len(), 3, "{message}");
            assert!(lines[0].starts_with("--query: "), "{message}");
            assert_eq!(lines[2].find('^'), Some(caret + 2), "{message}");
        }
        let message = Query::read("lenth(@)").unwrap_err().to_string();
        assert!(message.contains("did you mean length?"), "{message}");
        let message = Query::read("join(@)").unwrap_err().to_string();
        assert!(message.contains("join takes 2 arguments, not 1"), "{message}");
    }

    #[test]
    fn every_function_of_the_library_is_known_here() {
        for (name, ..) in FUNCTIONS {
            assert!(jmespath::DEFAULT_RUNTIME.get_function(name).is_some(), "{name}");
        }
    }

    #[test]
    fn expressions_from_anywhere_do_no_harm() {
        for query in [
            "",
            " ",
            "[::0]",
            "[99999999999]",
            "`{`",
            "\"\\ud800\"",
            "'",
            "\u{0}",
            "&",
            "&a",
            "@.@",
            "[?",
            "*.*.*",
        ] {
            let doc = serde_json::from_str(r#"{"a":[1,2]}"#).unwrap();
            let _ = Query::read(query).and_then(|query| query.apply(&doc));
        }
        for one in ["(", "[", "!", "a.", "a[", "&", "a||", "{a:", "[?", "`[", "abs("] {
            for count in [MOST / 2, MOST, LONGEST / one.len(), LONGEST] {
                assert!(Query::read(&one.repeat(count)).is_err(), "{one} {count} times");
            }
        }
        let deep = format!("{}@{}", "(".repeat(MOST), ")".repeat(MOST));
        let doc = serde_json::from_str("1").unwrap();
        assert_eq!(Query::read(&deep).unwrap().apply(&doc).unwrap(), doc);
    }
}
