//! A comparison as text.

use std::fmt::{self, Write as _};

use super::{Comparison, Difference};

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} of {}, held against {}", self.operation, self.service, self.document)?;
        self.group(f, "Differences", &self.differences, |one| line(self, one, None))?;
        self.group(f, "Recorded in the spec, and no longer so", &self.outdated, |one| {
            let place =
                one.spec_line.map_or_else(|| self.spec.clone(), |line| format!("{}:{line}", self.spec));
            format!(
                "{} ({}): there is no such difference any more\n      {place}: {}",
                one.about, one.differs, one.why
            )
        })?;
        self.group(f, "Departures that the spec records", &self.recorded, |one| {
            line(self, &one.difference, Some(&one.why))
        })?;
        self.group(f, "Not read", &self.unread, |one| {
            format!("{}:{}: {}", self.document, one.line, one.what)
        })?;
        for remark in &self.remarks {
            writeln!(f, "\nNote: {remark}.")?;
        }
        let (found, outdated) = (self.differences.len(), self.outdated.len());
        write!(f, "\n{found} differences, {} recorded, {outdated} no longer so", self.recorded.len())
    }
}

impl Comparison {
    fn group<T>(
        &self,
        f: &mut fmt::Formatter<'_>,
        title: &str,
        all: &[T],
        line: impl Fn(&T) -> String,
    ) -> fmt::Result {
        if all.is_empty() {
            return Ok(());
        }
        writeln!(f, "\n{title}:")?;
        all.iter().try_for_each(|one| writeln!(f, "  {}", line(one)))
    }
}

fn line(comparison: &Comparison, one: &Difference, why: Option<&str>) -> String {
    let mut text = format!("{} ({}): {}", one.about, one.differs, one.message);
    let mut places = Vec::new();
    let place = |name: &str, line: usize, says: &Option<String>| match says {
        Some(says) => format!("{name}:{line}: {says}"),
        None => format!("{name}:{line}"),
    };
    places.extend(one.spec_line.map(|line| place(&comparison.spec, line, &one.spec)));
    places.extend(one.document_line.map(|line| place(&comparison.document, line, &one.document)));
    places.extend(why.map(str::to_owned));
    for place in places {
        // A text takes whatever comes.
        let _ = write!(text, "\n      {place}");
    }
    text
}
