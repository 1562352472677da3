//! The signatures of the invented clouds, tested as those of the real ones are.

use rdbfetch_clouds::{folder, services};

#[path = "../../signing/evaluator.rs"]
mod evaluator;
#[path = "../../signing/random.rs"]
mod random;
#[path = "../../signing/vectors.rs"]
mod vectors;
#[path = "../../signing/verification.rs"]
mod verification;
