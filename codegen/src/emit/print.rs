//! Prints tokens as people lay out Rust: one item, field or element per line, lists on one line where they fit.
//!
//! It knows the forms that the emitters use, not the whole language.

use proc_macro2::{Delimiter, Group, Punct, Spacing, TokenStream, TokenTree};

use super::docs::{forget_lines, print_line};

/// Columns after which a line is broken.
const WIDTH: usize = 100;

/// Prints items with a blank line between them; `use` lines stand together.
pub fn print(items: TokenStream) -> String {
    let tokens: Vec<TokenTree> = items.into_iter().collect();
    let mut printer = Printer { out: String::with_capacity(tokens.len() * 8) };
    printer.items(&tokens, 0);
    forget_lines();
    printer.out
}

struct Printer {
    out: String,
}

impl Printer {
    /// Items, statements, fields or elements, each on lines of its own.
    fn items(&mut self, tokens: &[TokenTree], indent: usize) {
        let mut rest = tokens;
        let (mut first, mut after_use) = (true, false);
        while !rest.is_empty() {
            let (item, next) = rest.split_at(item_length(rest));
            rest = next;
            let is_use = word(item.first()).is_some_and(|word| word == "use");
            let apart = if indent == 0 { !(is_use && after_use) } else { stands_apart(item) };
            if apart && !first {
                self.out.push('\n');
            }
            (first, after_use) = (false, is_use);
            self.item(item, indent);
        }
    }

    fn item(&mut self, mut item: &[TokenTree], indent: usize) {
        while let Some((attribute, rest)) = attribute(item) {
            self.indent(indent);
            match documentation(attribute) {
                Some(line) => print_line(line, &mut self.out),
                None => flat(&item[..2], &mut self.out),
            }
            self.out.push('\n');
            item = rest;
        }
        if item.is_empty() {
            return;
        }
        self.indent(indent);
        match item {
            [head @ .., TokenTree::Group(body)] if body.delimiter() == Delimiter::Brace => {
                self.block(head, body, indent);
            }
            _ => self.lay(item, indent),
        }
        self.out.push('\n');
    }

    /// Something with a body in braces.
    fn block(&mut self, head: &[TokenTree], body: &Group, indent: usize) {
        flat(head, &mut self.out);
        if !head.is_empty() {
            self.out.push(' ');
        }
        let body: Vec<TokenTree> = body.stream().into_iter().collect();
        if body.is_empty() {
            self.out.push_str("{}");
            return;
        }
        self.out.push_str("{\n");
        self.items(&body, indent + 4);
        self.indent(indent);
        self.out.push('}');
    }

    /// An expression, or a field with its value: on this line if it fits.
    fn lay(&mut self, tokens: &[TokenTree], indent: usize) {
        let start = self.out.len();
        if !needs_lines(tokens) {
            flat(tokens, &mut self.out);
            let line = self.out[..start].rfind('\n').map_or(0, |at| at + 1);
            if width(&self.out[line..]) <= WIDTH {
                return;
            }
            self.out.truncate(start);
        }
        if self.continued(tokens, indent) {
            return;
        }
        let calls = method_calls(tokens);
        if calls.len() > 1 {
            flat(&tokens[..calls[0]], &mut self.out);
            for (at, call) in calls.iter().enumerate() {
                let end = calls.get(at + 1).copied().unwrap_or(tokens.len());
                self.out.push('\n');
                self.indent(indent + 4);
                self.lay(&tokens[*call..end], indent + 4);
            }
            return;
        }
        let last = tokens
            .iter()
            .rposition(|token| matches!(token, TokenTree::Group(group) if !group.stream().is_empty()));
        let Some(last) = last else {
            flat(tokens, &mut self.out);
            return;
        };
        let TokenTree::Group(group) = &tokens[last] else { return };
        flat(&tokens[..last], &mut self.out);
        if spaced(tokens[..last].last(), last.checked_sub(2).map(|at| &tokens[at]), &tokens[last]) {
            self.out.push(' ');
        }
        self.broken(group, indent);
        flat(&tokens[last + 1..], &mut self.out);
    }

    /// Puts what a variable is set to on the next line, where it fits.
    fn continued(&mut self, tokens: &[TokenTree], indent: usize) -> bool {
        let is_let = word(tokens.first()).is_some_and(|word| word == "let");
        let Some(equals) = tokens.iter().position(|token| punct(Some(token)) == Some('=')).filter(|_| is_let)
        else {
            return false;
        };
        let mut line = String::new();
        flat(&tokens[equals + 1..], &mut line);
        if needs_lines(&tokens[equals + 1..]) || width(&line) + indent + 4 > WIDTH {
            return false;
        }
        flat(&tokens[..=equals], &mut self.out);
        self.out.push('\n');
        self.indent(indent + 4);
        self.out.push_str(&line);
        true
    }

    /// A group over several lines.
    fn broken(&mut self, group: &Group, indent: usize) {
        let (open, close) = delimiters(group);
        self.out.push(open);
        let mut tokens: Vec<TokenTree> = group.stream().into_iter().collect();
        let column = width(&self.out[self.out.rfind('\n').map_or(0, |at| at + 1)..]);
        if let Some((head, body)) = closing_closure(&tokens, WIDTH.saturating_sub(column)) {
            self.block(head, body, indent);
            self.out.push(close);
            return;
        }
        let single = item_length(&tokens) == tokens.len() && !ends_in_comma(&tokens);
        let hugs = single
            && group.delimiter() != Delimiter::Brace
            && attribute(&tokens).is_none()
            && matches!(tokens.last(), Some(TokenTree::Group(_)))
            && method_calls(&tokens).len() < 2;
        if hugs {
            self.lay(&tokens, indent);
        } else {
            // The last element has a comma too, unless nothing may follow it.
            let statements = group.delimiter() == Delimiter::Brace && has_statements(&tokens);
            if !ends_in_comma(&tokens) && !is_rest(&tokens) && !statements {
                tokens.push(Punct::new(',', Spacing::Alone).into());
            }
            self.out.push('\n');
            self.items(&tokens, indent + 4);
            self.indent(indent);
        }
        self.out.push(close);
    }

    fn indent(&mut self, by: usize) {
        self.out.extend(std::iter::repeat_n(' ', by));
    }
}

/// How many tokens belong to the first item: up to a semicolon, a comma, or a body in braces.
fn item_length(tokens: &[TokenTree]) -> usize {
    let mut angles = 0_usize;
    let mut started = 0;
    while attribute(&tokens[started..]).is_some() {
        started += 2;
    }
    // A lone `..` between fields.
    if punct(tokens.get(started)) == Some('.')
        && punct(tokens.get(started + 1)) == Some('.')
        && word(tokens.get(started + 2)).is_none_or(|word| word == "pub")
        && !matches!(tokens.get(started + 2), Some(TokenTree::Group(_)))
    {
        return started + 2;
    }
    for (at, token) in tokens.iter().enumerate().skip(started) {
        match token {
            TokenTree::Punct(mark) => match mark.as_char() {
                '<' => angles += 1,
                '>' if !is_arrow(at.checked_sub(1).and_then(|before| tokens.get(before))) => {
                    angles = angles.saturating_sub(1);
                }
                ';' => return at + 1,
                ',' if angles == 0 => return at + 1,
                _ => {}
            },
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let goes_on = punct(tokens.get(at + 1)).is_some_and(|mark| ",;.?".contains(mark));
                if !goes_on {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

/// Whether statements stand among tokens, on the outermost level.
fn has_statements(tokens: &[TokenTree]) -> bool {
    tokens.iter().any(|token| punct(Some(token)) == Some(';'))
}

/// A closure with statements at the end, whose body stands there as that of a loop does, and what is before the body,
/// which has so many columns.
fn closing_closure(tokens: &[TokenTree], columns: usize) -> Option<(&[TokenTree], &Group)> {
    let [head @ .., TokenTree::Group(body)] = tokens else { return None };
    let statements = body.delimiter() == Delimiter::Brace
        && has_statements(&body.stream().into_iter().collect::<Vec<TokenTree>>());
    let mut line = String::new();
    flat(head, &mut line);
    let fits = !needs_lines(head) && width(&line) + " {".len() <= columns;
    (statements && fits && punct(head.last()) == Some('|')).then_some((head, body))
}

/// Whether a nested item has a blank line before it: a documented one that is no field.
fn stands_apart(item: &[TokenTree]) -> bool {
    attribute(item).is_some() && !matches!(item.last(), Some(last) if punct(Some(last)) == Some(','))
}

/// The attribute at the beginning, and what follows it.
fn attribute(tokens: &[TokenTree]) -> Option<(&Group, &[TokenTree])> {
    match tokens {
        [TokenTree::Punct(mark), TokenTree::Group(group), rest @ ..]
            if mark.as_char() == '#' && group.delimiter() == Delimiter::Bracket =>
        {
            Some((group, rest))
        }
        _ => None,
    }
}

/// The number of a line of documentation.
fn documentation(attribute: &Group) -> Option<usize> {
    let mut tokens = attribute.stream().into_iter();
    let (name, _, line) = (tokens.next()?, tokens.next()?, tokens.next()?);
    if word(Some(&name))? == "doc" { line.to_string().parse().ok() } else { None }
}

/// Whether tokens cannot stand on one line: they hold attributes or statements.
fn needs_lines(tokens: &[TokenTree]) -> bool {
    tokens.iter().enumerate().any(|(at, token)| match token {
        TokenTree::Punct(mark) => {
            let statement = mark.as_char() == ';' && at + 1 < tokens.len();
            statement || attribute(&tokens[at..]).is_some()
        }
        TokenTree::Group(group) => {
            let inside: Vec<TokenTree> = group.stream().into_iter().collect();
            needs_lines(&inside)
        }
        _ => false,
    })
}

/// Where methods are called on the outermost level: the positions of their dots.
fn method_calls(tokens: &[TokenTree]) -> Vec<usize> {
    let call = |window: &[TokenTree]| {
        punct(window.first()) == Some('.')
            && word(window.get(1)).is_some()
            && matches!(window.get(2), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
    };
    // What stands before an assignment is no receiver.
    let start = tokens.iter().rposition(|token| punct(Some(token)) == Some('=')).map_or(0, |at| at + 1);
    (start..tokens.len()).filter(|at| call(&tokens[*at..])).collect()
}

fn ends_in_comma(tokens: &[TokenTree]) -> bool {
    punct(tokens.last()) == Some(',')
}

/// Whether the last element is `..rest`, after which no comma may stand.
fn is_rest(tokens: &[TokenTree]) -> bool {
    let mut last = tokens;
    while !last.is_empty() {
        let length = item_length(last);
        if length == last.len() {
            break;
        }
        last = &last[length..];
    }
    punct(last.first()) == Some('.')
}

/// Prints on one line.
fn flat(tokens: &[TokenTree], out: &mut String) {
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| &tokens[at]);
        let earlier = at.checked_sub(2).map(|at| &tokens[at]);
        if spaced(before, earlier, token) {
            out.push(' ');
        }
        match token {
            TokenTree::Group(group) => {
                let (open, close) = delimiters(group);
                out.push(open);
                let inside: Vec<TokenTree> = group.stream().into_iter().collect();
                let pad = group.delimiter() == Delimiter::Brace && !inside.is_empty();
                out.push_str(if pad { " " } else { "" });
                flat(&inside, out);
                out.push_str(if pad { " " } else { "" });
                out.push(close);
            }
            TokenTree::Ident(ident) => out.push_str(&ident.to_string()),
            TokenTree::Punct(mark) => out.push(mark.as_char()),
            TokenTree::Literal(literal) => out.push_str(&grouped(literal.to_string())),
        }
    }
}

/// Whether a blank stands before `token`, which comes after `before`, which comes after `earlier`.
fn spaced(before: Option<&TokenTree>, earlier: Option<&TokenTree>, token: &TokenTree) -> bool {
    let Some(before) = before else { return false };
    if let TokenTree::Punct(mark) = before {
        let joint = |with: char| matches!(earlier, Some(TokenTree::Punct(one)) if one.spacing() == Spacing::Joint && one.as_char() == with);
        return match mark.as_char() {
            _ if mark.spacing() == Spacing::Joint => false,
            ',' | ';' | '+' | '=' => !matches!(punct(Some(token)), Some(',' | ';')),
            ':' => !joint(':'),
            '>' if joint('-') || joint('=') => true,
            '>' => match token {
                TokenTree::Ident(_) | TokenTree::Literal(_) => true,
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                TokenTree::Punct(mark) => "=&+|".contains(mark.as_char()),
            },
            '!' => matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace),
            '&' => joint('&'),
            '|' => !opens_closure(earlier),
            _ => false,
        };
    }
    let after_word = !matches!(before, TokenTree::Group(_));
    match token {
        TokenTree::Punct(mark) => "=&+-'#*".contains(mark.as_char()),
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Ident(_) | TokenTree::Literal(_) if after_word => true,
        TokenTree::Ident(_) | TokenTree::Literal(_) => {
            // `pub(crate) static`, but also `(a) b` in declarations.
            true
        }
    }
}

/// Whether a bar after `before` opens the parameters of a closure; otherwise it closes them.
fn opens_closure(before: Option<&TokenTree>) -> bool {
    punct(before).is_none_or(|mark| ",=".contains(mark)) && word(before).is_none()
}

/// A number of more than five digits, in groups of three.
fn grouped(literal: String) -> String {
    let digits = literal.trim_start_matches('-');
    if digits.len() < 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return literal;
    }
    let mut out = literal[..literal.len() - digits.len()].to_owned();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}

fn is_arrow(before: Option<&TokenTree>) -> bool {
    matches!(before, Some(TokenTree::Punct(mark)) if mark.spacing() == Spacing::Joint && "-=".contains(mark.as_char()))
}

fn delimiters(group: &Group) -> (char, char) {
    match group.delimiter() {
        Delimiter::Parenthesis => ('(', ')'),
        Delimiter::Bracket => ('[', ']'),
        Delimiter::Brace | Delimiter::None => ('{', '}'),
    }
}

fn punct(token: Option<&TokenTree>) -> Option<char> {
    match token {
        Some(TokenTree::Punct(mark)) => Some(mark.as_char()),
        _ => None,
    }
}

fn word(token: Option<&TokenTree>) -> Option<String> {
    match token {
        Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
        _ => None,
    }
}

/// Columns of a line, in which wide characters count once, as editors' rulers do.
fn width(line: &str) -> usize {
    line.chars().count()
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn tokens_are_laid_out_as_people_do() {
        for (tokens, text) in [
            (
                quote!(
                    use crate::a::*;
                    use b::{C, D};
                ),
                "use crate::a::*;\nuse b::{ C, D };\n",
            ),
            (
                quote!(
                    pub(crate) static X: &[&a::B] = &[];
                ),
                "pub(crate) static X: &[&a::B] = &[];\n",
            ),
            (
                quote!(
                    fn f(s: &mut S<'_>) {
                        s.x("a", &b"c"[..]);
                    }
                ),
                "fn f(s: &mut S<'_>) {\n    s.x(\"a\", &b\"c\"[..]);\n}\n",
            ),
            (
                quote!(
                    const A: i64 = 86400000;
                ),
                "const A: i64 = 86_400_000;\n",
            ),
            (
                quote!(
                    const A: i64 = 86400;
                ),
                "const A: i64 = 86400;\n",
            ),
            (
                quote!(let a = b.names(|text| text.lower("x")).join(":");),
                "let a = b.names(|text| text.lower(\"x\")).join(\":\");\n",
            ),
            (
                quote!(let a = b.step("c", made(1, |out, d| { out.add(1); out.add(2); }));),
                "let a = b.step(\n    \"c\",\n    made(1, |out, d| {\n        out.add(1);\n        out.add(2);\n    }),\n);\n",
            ),
            (
                quote!(let a = b.made(&[1], || { let c = 1; c.d() });),
                "let a = b.made(&[1], || {\n    let c = 1;\n    c.d()\n});\n",
            ),
            (
                quote!(X = Y { a: Map<String, i64>, ..Y::NONE };),
                "X = Y { a: Map<String, i64>, ..Y::NONE };\n",
            ),
            (
                quote!(
                    mod empty {}
                ),
                "mod empty {}\n",
            ),
            (
                quote!(request! { pub struct R { pub a: T = "a", .. pub b: Option<U> = "b" { x: true }, } }),
                "request! {\n    pub struct R {\n        pub a: T = \"a\",\n        ..\n        pub b: Option<U> = \"b\" { x: true },\n    }\n}\n",
            ),
        ] {
            assert_eq!(print(tokens), text);
        }
    }

    #[test]
    fn what_is_too_long_is_broken_from_the_outside() {
        let long = "x".repeat(60);
        let print = |tokens| print(tokens);
        assert_eq!(
            print(quote!(static A: B = B { c: #long, d: f(&[#long, "y"]) };)),
            format!("static A: B = B {{\n    c: \"{long}\",\n    d: f(&[\"{long}\", \"y\"]),\n}};\n")
        );
        assert_eq!(
            print(quote!(let a = b.step(c.one(#long).two(#long));)),
            format!("let a = b.step(\n    c\n        .one(\"{long}\")\n        .two(\"{long}\"),\n);\n")
        );
    }
}
