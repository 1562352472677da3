//! `call [ROUNDS [CALLS [ONLY]]]` compares one call (build, sign, send, parse) of the library with the same call written by
//! hand, against a server in the same process that runs on another thread. CPU is that of this thread alone.
//!
//! Clients take turns, round by round; ratios are medians over rounds. One line of JSON on stdout. Not for Windows,
//! where nobody can ask for the CPU time of a thread. With ONLY, nothing is measured but what has this name:
//! for a profiler.

use std::time::Duration;

use rdbfetch_benches::by_hand::Problem;
use rdbfetch_benches::calling::Contestants;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Map, Value, json};

/// What is compared, and with what.
struct Contest<'a> {
    name: &'static str,
    against: &'static str,
    /// How many turns for each call of a round.
    often: u32,
    /// How many calls a turn makes.
    at_once: u32,
    turn: Box<dyn FnMut() -> Result<(), Problem> + 'a>,
    /// Microseconds for each call, by round.
    figures: Vec<f64>,
}

impl<'a> Contest<'a> {
    fn new(
        name: &'static str,
        against: &'static str,
        often: u32,
        turn: impl FnMut() -> Result<(), Problem> + 'a,
    ) -> Self {
        Self { name, against, often, at_once: 1, turn: Box::new(turn), figures: Vec::new() }
    }

    /// The same, many calls in each turn.
    fn at_once(self) -> Self {
        Self { at_once: AT_ONCE, ..self }
    }
}

/// How many calls are under way at once, where not one after the other.
const AT_ONCE: u32 = 64;

/// The CPU time of this thread.
fn cpu() -> Result<Duration, Problem> {
    Ok(Duration::try_from(clock_gettime(ClockId::ThreadCPUTime))?)
}

/// Microseconds of CPU for each of so many turns.
fn timed(turns: u32, turn: &mut dyn FnMut() -> Result<(), Problem>) -> Result<f64, Problem> {
    let start = cpu()?;
    for _ in 0..turns {
        turn()?;
    }
    Ok((cpu()? - start).as_secs_f64() * 1e6 / f64::from(turns))
}

fn main() -> Result<(), Problem> {
    let mut arguments = std::env::args().skip(1);
    let rounds: usize = arguments.next().as_deref().unwrap_or("15").parse()?;
    let calls: u32 = arguments.next().as_deref().unwrap_or("5000").parse()?;
    let only = arguments.next();
    let Contestants { answer, hand, default, at_once } = Contestants::new()?;
    let (mut sign_by_hand, mut sign) = (hand.signature()?, default.signature()?);
    let mut contests = [
        Contest::new("by hand, reqwest", "", 1, || hand.call()),
        Contest::new("rdbfetch", "by hand, reqwest", 1, || default.call()),
        Contest::new("by hand, reqwest, 64 at once", "", 1, || hand.calls(AT_ONCE)).at_once(),
        Contest::new("rdbfetch, 64 at once", "by hand, reqwest, 64 at once", 1, || default.calls(AT_ONCE))
            .at_once(),
        Contest::new("by hand, not sent", "", 10, || hand.without_sending(answer.as_bytes())),
        Contest::new("rdbfetch, not sent", "by hand, not sent", 10, || at_once.call()),
        Contest::new("signing by hand", "", 10, || {
            sign_by_hand();
            Ok(())
        }),
        Contest::new("signing", "signing by hand", 10, || {
            sign();
            Ok(())
        }),
    ];
    for round in 0..=rounds {
        for contest in
            contests.iter_mut().filter(|contest| only.as_deref().is_none_or(|only| only == contest.name))
        {
            let turns = calls.div_ceil(contest.at_once) * contest.often;
            let figure = timed(turns, &mut contest.turn)? / f64::from(contest.at_once);
            // The first round warms up.
            if round > 0 {
                contest.figures.push(figure);
            }
        }
    }
    let mut report = Map::new();
    for Contest { name, against, figures, .. } in &contests {
        let base = contests.iter().find(|other| other.name == *against).map(|other| &other.figures);
        let ratios =
            base.map(|base| figures.iter().zip(base).map(|(one, other)| one / other).collect::<Vec<f64>>());
        let ratio = ratios.map_or(Value::Null, |ratios| json!(rounded(median(ratios))));
        report.insert((*name).to_owned(), json!({"us": rounded(median(figures.clone())), "ratio": ratio}));
    }
    println!("{}", Value::Object(report));
    Ok(())
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn rounded(figure: f64) -> f64 {
    (figure * 1000.0).round() / 1000.0
}
