//! Looking at calls: what tests ask a journal.

use std::fmt::{self, Write as _};
use std::ops::Index;
use std::sync::Arc;

use rdbfetch::value::Value;

use super::call::{Call, Verdict};
use super::tell;
use crate::faults::fits;

/// Calls of a journal, the oldest first, chosen step by step.
///
/// ```
/// # fn example(emulator: &rdbfetch_emulator::Emulator) {
/// let calls = emulator.journal().of("tencent").operation("DescribeBackupUrl");
/// calls.expect(2);
/// assert_eq!(calls.refused().len(), 1);
/// assert_eq!(calls.parameters("InstanceId"), ["emulated-1", "emulated-1"]);
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Calls {
    chosen: Vec<Arc<Call>>,
    /// All of the journal, for those who miss one.
    all: Arc<[Arc<Call>]>,
    /// What they were chosen by.
    by: Vec<String>,
}

impl Calls {
    pub(super) fn new(calls: Vec<Arc<Call>>) -> Self {
        Self { all: calls.as_slice().into(), chosen: calls, by: Vec::new() }
    }

    /// Those of a service and of its files. `*` stands for anything, here and below.
    #[must_use]
    pub fn of(&self, service: &str) -> Self {
        self.which(format!("of {service}"), |call| call.about().is_some_and(|name| fits(service, name)))
    }

    /// Those of an operation.
    #[must_use]
    pub fn operation(&self, operation: &str) -> Self {
        self.which(format!("operation {operation}"), |call| {
            call.operation.is_some_and(|name| fits(operation, name))
        })
    }

    /// Those that asked for files.
    #[must_use]
    pub fn files(&self) -> Self {
        self.which("files".to_owned(), |call| call.service.is_none())
    }

    /// Those that got what they asked for.
    #[must_use]
    pub fn answered(&self) -> Self {
        self.which("answered".to_owned(), |call| call.verdict == Verdict::Answered)
    }

    /// Those that were refused.
    #[must_use]
    pub fn refused(&self) -> Self {
        self.which("refused".to_owned(), |call| matches!(call.verdict, Verdict::Refused { .. }))
    }

    /// Those whose answers a rule for faults decided or changed.
    #[must_use]
    pub fn faulted(&self) -> Self {
        self.which("faulted".to_owned(), |call| matches!(call.verdict, Verdict::Faulted { .. }))
    }

    /// Those that a rule for faults hit, whether or not it shows.
    #[must_use]
    pub fn hit_by(&self, rule: &str) -> Self {
        self.which(format!("hit by {rule}"), |call| call.faults.iter().any(|name| fits(rule, name)))
    }

    /// Those that came after the call with this number.
    #[must_use]
    pub fn after(&self, number: u64) -> Self {
        self.which(format!("after {number}"), |call| call.number > number)
    }

    /// Those that fit; `by` says which that is, in a few words.
    #[must_use]
    pub fn which(&self, by: impl Into<String>, fits: impl Fn(&Call) -> bool) -> Self {
        let chosen = self.chosen.iter().filter(|call| fits(call)).cloned().collect();
        let by = self.by.iter().cloned().chain([by.into()]).collect();
        Self { chosen, all: Arc::clone(&self.all), by }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chosen.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    /// The first.
    #[must_use]
    pub fn first(&self) -> Option<&Call> {
        self.chosen.first().map(|call| &**call)
    }

    /// The last.
    #[must_use]
    pub fn last(&self) -> Option<&Call> {
        self.chosen.last().map(|call| &**call)
    }

    /// One after the other.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Call> + ExactSizeIterator {
        self.chosen.iter().map(|call| &**call)
    }

    pub(crate) fn shared(&self) -> impl Iterator<Item = &Arc<Call>> {
        self.chosen.iter()
    }

    /// What each has as the value of a parameter, text as it is and everything else as JSON; `-` where it has none.
    #[must_use]
    pub fn parameters(&self, name: &str) -> Vec<String> {
        let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.iter().map(|call| call.parameter(name).map_or_else(|| "-".to_owned(), shown)).collect()
    }

    /// Makes sure that there are so many: for tests.
    ///
    /// # Panics
    /// When there are more or fewer, with a list of the calls that there are.
    #[track_caller]
    pub fn expect(&self, count: usize) -> &Self {
        assert!(self.len() == count, "{}", self.complaint(count));
        self
    }

    fn complaint(&self, count: usize) -> String {
        /// More would hide more than they show.
        const SHOWN: usize = 50;
        let by = if self.by.is_empty() { String::new() } else { format!(" ({})", self.by.join(", ")) };
        let mut text = format!("{count} calls are expected{by}, and there are {}.", self.len());
        if self.all.is_empty() {
            text.push_str("\nNothing was called at all.");
        }
        let left_out = self.all.len().saturating_sub(SHOWN);
        if left_out > 0 {
            let _ = write!(text, "\n  … {left_out} earlier ones");
        }
        for call in self.all.iter().skip(left_out) {
            let mark = if self.chosen.iter().any(|chosen| Arc::ptr_eq(chosen, call)) { '*' } else { ' ' };
            let _ = write!(text, "\n{mark} {}", tell::brief(call));
        }
        text
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.chosen).finish()
    }
}

impl Index<usize> for Calls {
    type Output = Call;

    /// The call at a position, counted from 0.
    ///
    /// # Panics
    /// Where there is none.
    fn index(&self, index: usize) -> &Call {
        &self.chosen[index]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::call::tests::call;
    use super::*;

    fn calls() -> Calls {
        let mut list = vec![call("/"), call("/"), call("/alpha/i/b/0/f.rdb")];
        for (number, one) in (1..).zip(&mut list) {
            one.number = number;
        }
        list[0].service = Some("alpha");
        list[0].operation = Some("GetLinks");
        list[0].parameters = vec![("Id", json!("x")), ("Count", json!(3))];
        list[1].service = Some("beta");
        list[1].operation = Some("List");
        list[1].verdict =
            Verdict::Refused { when: None, code: None, reason: "no".to_owned(), expected: Vec::new() };
        let file = super::super::FileCall { service: "alpha".to_owned(), ..Default::default() };
        list[2].file = Some(file);
        list[2].faults = vec!["slow".into()];
        list[2].verdict = Verdict::Faulted { rule: "slow".into() };
        Calls::new(list.into_iter().map(Arc::new).collect())
    }

    #[test]
    fn calls_are_chosen_step_by_step() {
        let calls = calls();
        calls.expect(3).of("alpha").expect(2).operation("Get*").expect(1).answered().expect(1);
        assert_eq!(calls.operation("GetLinks").parameters("Id"), ["x"]);
        assert_eq!(calls.operation("GetLinks").parameters("Count"), ["3"]);
        assert_eq!(calls.refused().parameters("Id"), ["-"]);
        assert_eq!(calls.refused().last().map(|call| call.number), Some(2));
        assert_eq!(calls.faulted().first().map(|call| call.number), Some(3));
        assert_eq!((calls.files().len(), calls.hit_by("s*").len(), calls.after(2).len()), (1, 1, 1));
        assert!(calls.of("gamma").is_empty() && calls.of("gamma").first().is_none());
        assert_eq!(calls[1].operation, Some("List"));
    }

    #[test]
    fn a_missing_call_is_told_readably() {
        let text = calls().of("alpha").operation("List").complaint(2);
        assert!(
            text.starts_with("2 calls are expected (of alpha, operation List), and there are 0.\n"),
            "{text}"
        );
        assert!(text.contains("\n  #1 alpha GetLinks: HTTP 200, answered"), "{text}");
        assert!(text.contains("\n  #2 beta List: HTTP 200, refused: no"), "{text}");
        let marked = calls().of("beta").complaint(0);
        assert!(marked.contains("\n* #2 beta List"), "{marked}");
    }

    #[test]
    #[should_panic(expected = "5 calls are expected, and there are 3.")]
    fn the_wrong_number_is() {
        calls().expect(5);
    }
}
