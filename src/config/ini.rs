//! INI files as the vendors' tools write them, which are those of Python's `configparser` or near enough.
//!
//! What follows a `#` or `;` inside a line belongs to the value: a secret can hold either.

use zeroize::Zeroizing;

/// The section whose values hold in every other one, too.
const EVERYWHERE: &str = "DEFAULT";

/// A file, section by section.
pub(super) struct Ini {
    sections: Vec<(String, Vec<Entry>)>,
}

struct Entry {
    key: String,
    value: Zeroizing<String>,
    line: usize,
    /// How far it is indented; what stands further in goes on with its value.
    indent: usize,
}

impl Ini {
    /// Reads a text.
    ///
    /// # Errors
    /// The number of the line, from 1, that is none of a section, a `key = value`, a comment, and a continued value.
    pub fn parse(text: &str) -> Result<Self, usize> {
        let mut sections: Vec<(String, Vec<Entry>)> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let (number, bare) = (index + 1, line.trim());
            if bare.is_empty() || bare.starts_with(['#', ';']) {
                continue;
            }
            let indent = line.len() - line.trim_start().len();
            let entries = sections.last_mut().map(|(_, entries)| entries);
            if let Some(name) = section(bare) {
                sections.push((name.to_owned(), Vec::new()));
            } else if let Some(last) =
                entries.and_then(|entries| entries.last_mut()).filter(|last| indent > last.indent)
            {
                last.value.push('\n');
                last.value.push_str(bare);
            } else {
                let (key, value) = bare.split_once(['=', ':']).ok_or(number)?;
                let (_, entries) = sections.last_mut().ok_or(number)?;
                let (key, value) = (key.trim().to_owned(), Zeroizing::new(value.trim().to_owned()));
                entries.push(Entry { key, value, line: number, indent });
            }
        }
        Ok(Self { sections })
    }

    /// The names of the sections, in their order.
    pub fn sections(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().map(|(name, _)| name.as_str()).filter(|name| *name != EVERYWHERE)
    }

    /// Whether there is such a section.
    pub fn has(&self, section: &str) -> bool {
        self.sections().any(|name| name == section)
    }

    /// The value of a key, whose case does not matter, and the line it stands in; the last one counts.
    pub fn get(&self, section: &str, key: &str) -> Option<(&str, usize)> {
        let of = |name: &str| {
            let named = self.sections.iter().rev().filter(move |(other, _)| other == name);
            let entries: Vec<&Entry> = named.flat_map(|(_, entries)| entries.iter().rev()).collect();
            entries.into_iter().find(|entry| entry.key.eq_ignore_ascii_case(key))
        };
        of(section).or_else(|| of(EVERYWHERE)).map(|entry| (entry.value.as_str(), entry.line))
    }
}

fn section(line: &str) -> Option<&str> {
    let inside = line.strip_prefix('[')?;
    let end = inside.rfind(']')?;
    inside.get(..end)
}

/// A value in which `%%` stands for `%`.
///
/// # Errors
/// `None` where it refers to another value, as in `%(name)s`.
pub(super) fn without_percents(value: &str) -> Option<String> {
    let mut out = String::with_capacity(value.len());
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '%' {
            match characters.peek() {
                Some('%') => {
                    characters.next();
                }
                Some('(') => return None,
                _ => {}
            }
        }
        out.push(character);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_write_is_read() {
        let text = "; a comment\r\n[default]\r\nSecret_Id = AKID \r\nsecret_key=a;b#c=d:e\r\n\r\n[ other ]\nsecret_id: x\n\
                    long = one\n  two\n# end\n[DEFAULT]\nregion = r-1\n[default]\nsecret_id = later\n";
        let ini = Ini::parse(text).unwrap();
        assert_eq!(ini.sections().collect::<Vec<_>>(), ["default", " other ", "default"]);
        assert_eq!(ini.get("default", "secret_id"), Some(("later", 14)));
        assert_eq!(ini.get("default", "secret_key"), Some(("a;b#c=d:e", 4)));
        assert_eq!(ini.get(" other ", "long"), Some(("one\ntwo", 8)));
        assert_eq!(ini.get("default", "region"), Some(("r-1", 12)));
        assert_eq!(ini.get("default", "nothing"), None);
        assert!(ini.has("default") && !ini.has("DEFAULT"));
    }

    #[test]
    fn a_wrong_line_is_named() {
        assert_eq!(Ini::parse("[a]\nhush hush\n").err(), Some(2));
        assert_eq!(Ini::parse("\nkey = before any section\n").err(), Some(2));
        let ini = Ini::parse("[a]\n  x = 1\n  y = 2\n").unwrap();
        assert_eq!((ini.get("a", "x"), ini.get("a", "y")), (Some(("1", 2)), Some(("2", 3))));
        assert!(Ini::parse("").is_ok() && Ini::parse("[a]").is_ok());
    }

    #[test]
    fn percent_signs_are_doubled() {
        assert_eq!(without_percents("a%%b%c%").as_deref(), Some("a%b%c%"));
        assert_eq!(without_percents("%%(x)s").as_deref(), Some("%(x)s"));
        assert_eq!(without_percents("a%(x)s"), None);
    }
}
