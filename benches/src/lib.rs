//! What generating costs: the same synthetic operations as our YAML and as OpenAPI, and a way to run the generator.
//!
//! The shape of the operations is that of a real cloud (see `shape.py`), their names and texts are made up. The same
//! shape, seed and number give the same text everywhere.

pub mod answering;
pub mod by_hand;
pub mod calling;
pub mod classify;
pub mod openapi;
mod plan;
mod random;
mod shape;
mod table;
mod text;
mod yaml;

pub use plan::{Api, plan};
pub use shape::{NARROW, WIDE};
pub use table::Shape;
pub use yaml::specs;

/// What randomness follows from: any number, the same for everybody so that texts are.
pub const SEED: u64 = 20_261_125;
