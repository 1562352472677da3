//! Tables that values are drawn from.

/// Values and their weights.
pub type Weighted<T> = &'static [(T, u32)];

/// How operations look, in numbers. Shares are in thousandths.
#[derive(Debug)]
pub struct Shape {
    /// Parameters of operations.
    pub parameters: Role,
    /// Fields of answers.
    pub answer: Role,
    /// Members of objects that are sent.
    pub asked: Role,
    /// Members of objects that are received.
    pub answered: Role,
    /// References to an object that something else refers to already.
    pub reuse: u32,
    /// Objects that are both sent and received.
    pub both: u32,
    /// Letters in what is said about an operation.
    pub summary: Weighted<u32>,
    /// Letters of docs that are ASCII.
    pub ascii: u32,
    /// Errors that an operation documents.
    pub errors: Weighted<u32>,
}

/// How the fields in one place look.
#[derive(Debug)]
pub struct Role {
    /// How many there are.
    pub count: Weighted<u32>,
    /// What they are, and whether a list of it.
    pub kinds: Weighted<(Kind, bool)>,
    /// Those that must be there.
    pub required: u32,
    /// Those that may be null.
    pub nullable: u32,
    /// Texts whose values are documented.
    pub valued_text: u32,
    /// Numbers whose values are documented.
    pub valued_number: u32,
    /// How many values are documented.
    pub values: Weighted<u32>,
    /// Letters in docs, those about values included.
    pub doc: Weighted<u32>,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    String,
    /// A whole number.
    Int,
    /// A number.
    Double,
    /// Yes or no.
    Bool,
    /// An object type.
    Object,
}
