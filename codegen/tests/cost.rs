//! What the generator costs, in figures that are the same on every machine: emitted text, allocations, growth.
//!
//! The operations are the synthetic ones of `benches/`, which have the shape of a real cloud's. Time and memory of whole
//! runs are measured there, beside other generators.

use rdbfetch_benches::classify::{self, PARTS, Part, Sizes};
use rdbfetch_benches::{Api, NARROW, SEED, WIDE, plan, specs};
use rdbfetch_codegen::{Output, SpecFile, generate};

/// How many operations stand for many.
const MANY: usize = 128;

/// At most so much per operation at [`MANY`] operations, in bytes without comments.
const AT_MOST: [(Part, usize); 6] = [
    (Part::Types, 870),
    (Part::Errors, 1_340),
    (Part::Tables, 180),
    (Part::Client, 350),
    (Part::Metadata, 2_850),
    (Part::Unknown, 0),
];
/// At most so many bytes per operation, comments included.
const BYTES: usize = 8_200;
/// At most so many lines per operation.
const LINES: usize = 150;
/// At most so many allocations per operation.
const ALLOCATIONS: u64 = 5_500;
/// At most so many bytes allocated per operation, over the whole run.
const ALLOCATED: u64 = 600_000;
/// At most so many bytes held per operation, when most are held.
const HELD: u64 = 47_000;
/// The sizes between which growth is looked at.
const GROWTH: [usize; 2] = [64, 256];
/// At most this is the exponent with which allocations grow: 1 is linear.
const EXPONENT: f64 = 1.05;

fn files(api: &Api) -> Vec<SpecFile> {
    specs(api).into_iter().map(|(path, text)| SpecFile { path: format!("specs/{path}"), text }).collect()
}

fn generated(files: &[SpecFile]) -> Vec<Output> {
    generate(files, &[]).unwrap_or_else(|failure| panic!("{failure}"))
}

/// The operations, the same for every test.
fn operations(count: usize) -> Vec<SpecFile> {
    files(&plan(&NARROW, count, SEED))
}

#[test]
fn emitted_text_stays_small() {
    let mut sizes = Sizes::default();
    for output in generated(&operations(MANY)) {
        classify::add(&mut sizes, &output.path, &output.text);
    }
    let mut problems = Vec::new();
    let mut hold = |what: &str, value: usize, most: usize| {
        let each = value.div_ceil(MANY);
        println!("{what}: {each} per operation, at most {most}");
        if each > most {
            problems.push(format!("{what}: {each} per operation, more than {most}"));
        }
    };
    hold("lines", sizes.lines, LINES);
    hold("bytes", sizes.bytes, BYTES);
    for (part, most) in AT_MOST {
        hold(&format!("bytes of {part:?}"), sizes.parts.get(&part).copied().unwrap_or_default(), most);
    }
    assert!(problems.is_empty(), "more is emitted than was:\n  {}", problems.join("\n  "));
    assert_eq!(AT_MOST.map(|(part, _)| part), PARTS, "every part has its limit");
}

#[test]
fn allocations_stay_few_and_grow_no_faster_than_the_operations() {
    // What is made once for all runs is no part of either. Counted is this thread, where all the work is done.
    generated(&operations(1));
    let measured = GROWTH.map(|count| {
        let files = operations(count);
        let outputs = &mut Vec::new();
        (count as u64, allocation_counter::measure(|| *outputs = generated(&files)))
    });
    let (count, large) = &measured[1];
    let figures = [
        ("allocations", measured.each_ref().map(|(_, info)| info.count_total), ALLOCATIONS),
        ("bytes allocated", measured.each_ref().map(|(_, info)| info.bytes_total), ALLOCATED),
        ("bytes held at the peak", measured.each_ref().map(|(_, info)| info.bytes_max), HELD),
    ];
    let ratio = GROWTH[1] as f64 / GROWTH[0] as f64;
    let mut problems = Vec::new();
    for (what, [small, large], most) in figures {
        let (each, exponent) = (large / count, (large as f64 / small as f64).ln() / ratio.ln());
        println!(
            "{what}: {each} per operation, at most {most}; grow with exponent {exponent:.3}, at most {EXPONENT}"
        );
        if each > most {
            problems.push(format!("{what}: {each} per operation, more than {most}"));
        }
        if exponent > EXPONENT {
            problems.push(format!("{what}: {small} became {large}, an exponent of {exponent:.3}"));
        }
    }
    assert!(problems.is_empty(), "generating costs more than it did:\n  {}", problems.join("\n  "));
    assert!(large.bytes_total > 0, "allocations are counted");
}

#[test]
fn the_same_operations_give_the_same_text() {
    let files = operations(24);
    let (one, mut backwards) = (generated(&files), files.clone());
    backwards.reverse();
    assert_eq!(one, generated(&files));
    assert_eq!(one, generated(&backwards));
    assert_eq!(files, operations(24), "the writer gives the same operations");
}

#[test]
fn wider_operations_are_generated_too() {
    let files = files(&plan(&WIDE, 24, SEED));
    let outputs = generated(&files);
    for name in files.iter().filter_map(|file| file.path.strip_prefix("specs/synthetic/")) {
        let operation = format!("`{}`", name.trim_end_matches(".yaml"));
        let emitted = outputs.iter().any(|output| output.text.contains(&operation));
        assert!(emitted || name == "service.yaml", "nothing was emitted for {operation}");
    }
}
