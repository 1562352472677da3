//! Every signature, as compiled: against the known answers in its spec, against an interpreter of its description,
//! and against its own verification.

mod evaluator;
mod random;
mod vectors;
mod verification;
