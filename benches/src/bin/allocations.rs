//! `allocations` counts what one call (build, sign, send, parse) allocates on its thread, in the library and written by
//! hand, once everything that is made once is there. One line of JSON on stdout: how many, and bytes.
//!
//! Apart from `call`, since counting takes time.

use rdbfetch_benches::by_hand::Problem;
use rdbfetch_benches::calling::Contestants;
use serde_json::{Map, Value, json};

/// Calls before those that count, and those that count: buffers take their sizes from what comes.
const WARM: u32 = 200;
const COUNTED: u64 = 1000;

/// Allocations and bytes for each turn.
fn counted(mut turn: impl FnMut() -> Result<(), Problem>) -> Result<Value, Problem> {
    for _ in 0..WARM {
        turn()?;
    }
    let mut outcome = Ok(());
    let all = allocation_counter::measure(|| outcome = (0..COUNTED).try_for_each(|_| turn()));
    outcome?;
    Ok(json!({"allocations": all.count_total / COUNTED, "bytes": all.bytes_total / COUNTED}))
}

fn main() -> Result<(), Problem> {
    let Contestants { answer, hand, default, at_once } = Contestants::new()?;
    let (mut sign_by_hand, mut sign) = (hand.signature()?, default.signature()?);
    let mut report = Map::new();
    let mut note = |name: &str, figures| report.insert(name.to_owned(), figures);
    note("by hand, reqwest", counted(|| hand.call())?);
    note("rdbfetch", counted(|| default.call())?);
    note("by hand, not sent", counted(|| hand.without_sending(answer.as_bytes()))?);
    note("rdbfetch, not sent", counted(|| at_once.call())?);
    note("rdbfetch, forming and signing", counted(|| default.prepare().map(drop))?);
    note(
        "signing by hand",
        counted(|| {
            sign_by_hand();
            Ok(())
        })?,
    );
    note(
        "signing",
        counted(|| {
            sign();
            Ok(())
        })?,
    );
    println!("{}", Value::Object(report));
    Ok(())
}
