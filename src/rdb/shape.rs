//! How values and other records are put together, byte by byte: tables that the walker follows.

use super::blob::Kind;
use super::header::Format;
use super::report::ValueType;

/// A part of a record.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item {
    /// The byte that says what comes next.
    Record,
    /// A string.
    Text(Holds),
    /// A number in the form of a length.
    Number(Means),
    /// A number of repetitions, and what is repeated. At most so many where that is known.
    Each(u64, &'static [Item]),
    /// So many bytes that may be anything.
    Skip(u8),
    /// A double in eight bytes.
    Double,
    /// A double in decimal digits behind their number.
    Decimal,
    /// The kind of a node of a quicklist, and the node.
    Node,
    /// Values of a module, each behind its type, up to an end mark.
    Module,
    /// The ID of an entry that waits for an acknowledgement, as its group has it and as its owner has it.
    Pending(Side),
    /// The end of a group: its pending entries and those of its consumers are the same.
    Settled,
}

/// Whose pending entry it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    Group,
    Owner,
}

/// What a string holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Key,
    /// Something whose bytes mean nothing here.
    Anything,
    /// Exactly so many bytes that mean nothing here.
    Exactly(u64),
    AuxName,
    AuxValue,
    /// Another data structure, of so many elements or a multiple of that.
    Blob(Kind, u64),
}

/// What a number means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Means {
    Nothing,
    Database,
    /// How many keys or expiries there are to come: a hint.
    Room,
    /// A module's name and version.
    ModuleId,
    /// The type of the number behind it, which is always the same.
    WhenType,
}

/// What a record is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    End,
    Value(ValueType),
    Expiry,
    Function,
    /// In the way of loading: only release candidates wrote and read it.
    Abandoned,
    Other,
}

/// A record: a value with its key, or something else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) role: Role,
    /// The first version of the format that has it.
    pub(super) since: u32,
    pub(super) items: &'static [Item],
}

const KEY: Item = Item::Text(Holds::Key);
const ANY: Item = Item::Text(Holds::Anything);
const NUMBER: Item = Item::Number(Means::Nothing);
const MODULE_ID: Item = Item::Number(Means::ModuleId);
const TIME: Item = Item::Skip(8);
const NO_LIMIT: u64 = u64::MAX;

macro_rules! each {
    ($($item:expr),+) => {
        Item::Each(NO_LIMIT, &[$($item),+])
    };
}

macro_rules! blob {
    ($kind:ident, $of:literal) => {
        Item::Text(Holds::Blob(Kind::$kind, $of))
    };
}

/// The nodes of a stream: the ID that the others count from, and the entries.
const NODES: Item = each!(Item::Text(Holds::Exactly(16)), blob!(StreamNode, 1));

const GROUP_PENDING: Item = each!(Item::Pending(Side::Group), TIME, NUMBER);
const OWNED: Item = each!(Item::Pending(Side::Owner));
const CONSUMERS: Item = each!(ANY, TIME, OWNED);
/// With the time of the last success beside that of the last attempt.
const CONSUMERS_3: Item = each!(ANY, TIME, TIME, OWNED);

const GROUPS: Item = each!(ANY, NUMBER, NUMBER, GROUP_PENDING, CONSUMERS, Item::Settled);
const GROUPS_2: Item = each!(ANY, NUMBER, NUMBER, NUMBER, GROUP_PENDING, CONSUMERS, Item::Settled);
const GROUPS_3: Item = each!(ANY, NUMBER, NUMBER, NUMBER, GROUP_PENDING, CONSUMERS_3, Item::Settled);
/// With pending entries that nobody owns.
const GROUPS_5: Item = each!(ANY, NUMBER, NUMBER, NUMBER, GROUP_PENDING, CONSUMERS_3, OWNED, Item::Settled);

/// Duration and bound, producers with their identifiers, and two totals.
const IDEMPOTENT: Item = each!(ANY, each!(ANY, NUMBER, NUMBER));

/// The number of entries, and the last ID; in later forms the first ID, the greatest deleted one and the number of
/// entries ever added, too.
macro_rules! stream {
    ($groups:expr) => {
        &[KEY, NODES, NUMBER, NUMBER, NUMBER, $groups]
    };
    (more, $groups:expr $(, $more:expr)*) => {
        &[
            KEY, NODES, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, $groups $(, $more)*
        ]
    };
}

/// What follows `byte`; `None` where this format has no such record, or none that can be walked.
pub(super) fn shape(format: Format, byte: u8) -> Option<Shape> {
    use ValueType::{Hash, List, Module, Set, Stream, String, Zset};

    let value = |kind, since, items| Shape { role: Role::Value(kind), since, items };
    let other = |since, items| Shape { role: Role::Other, since, items };
    let redis = format == Format::Redis;
    Some(match byte {
        0 => value(String, 1, &[KEY, ANY]),
        1 => value(List, 1, &[KEY, each!(ANY)]),
        2 => value(Set, 1, &[KEY, each!(ANY)]),
        3 => value(Zset, 1, &[KEY, each!(ANY, Item::Decimal)]),
        4 => value(Hash, 1, &[KEY, each!(ANY, ANY)]),
        5 => value(Zset, 8, &[KEY, each!(ANY, Item::Double)]),
        7 => value(Module, 8, &[KEY, MODULE_ID, Item::Module]),
        9 => value(Hash, 1, &[KEY, blob!(Zipmap, 1)]),
        10 => value(List, 2, &[KEY, blob!(Ziplist, 1)]),
        11 => value(Set, 2, &[KEY, blob!(Intset, 1)]),
        12 => value(Zset, 2, &[KEY, blob!(Ziplist, 2)]),
        13 => value(Hash, 4, &[KEY, blob!(Ziplist, 2)]),
        14 => value(List, 7, &[KEY, each!(blob!(Ziplist, 1))]),
        15 => value(Stream, 9, stream!(GROUPS)),
        16 => value(Hash, 10, &[KEY, blob!(Listpack, 2)]),
        17 => value(Zset, 10, &[KEY, blob!(Listpack, 2)]),
        18 => value(List, 10, &[KEY, each!(Item::Node)]),
        19 => value(Stream, 10, stream!(more, GROUPS_2)),
        20 => value(Set, 11, &[KEY, blob!(Listpack, 1)]),
        21 => value(Stream, 11, stream!(more, GROUPS_3)),
        // From here on the two formats go their own ways.
        22 if !redis => value(Hash, 80, &[KEY, each!(ANY, ANY, TIME)]),
        22 if redis => value(Hash, 12, &[KEY, each!(NUMBER, ANY, ANY)]),
        23 if redis => value(Hash, 12, &[KEY, blob!(Listpack, 3)]),
        24 if redis => value(Hash, 12, &[KEY, TIME, each!(NUMBER, ANY, ANY)]),
        25 if redis => value(Hash, 12, &[KEY, TIME, blob!(Listpack, 3)]),
        26 if redis => value(Stream, 13, stream!(more, GROUPS_3, NUMBER, NUMBER, IDEMPOTENT, NUMBER, NUMBER)),
        27 if redis => value(Stream, 14, stream!(more, GROUPS_5, NUMBER, NUMBER, IDEMPOTENT, NUMBER, NUMBER)),
        // Metadata that modules attach to the next key.
        243 if redis => other(13, &[Item::Each(7, &[Item::Skip(4), Item::Module])]),
        // Slots that are being imported: a name of forty bytes, and ranges.
        243 if !redis => other(80, &[Item::Text(Holds::Exactly(40)), each!(NUMBER, NUMBER)]),
        244 => other(12, &[NUMBER; 3]),
        245 => Shape { role: Role::Function, since: 10, items: &[ANY] },
        246 => Shape { role: Role::Abandoned, since: 10, items: &[ANY, ANY, Item::Each(1, &[ANY]), ANY] },
        247 => other(9, &[MODULE_ID, Item::Number(Means::WhenType), NUMBER, Item::Module]),
        248 => other(9, &[NUMBER]),
        249 => other(9, &[Item::Skip(1)]),
        250 => other(7, &[Item::Text(Holds::AuxName), Item::Text(Holds::AuxValue)]),
        251 => other(7, &[Item::Number(Means::Room); 2]),
        252 => Shape { role: Role::Expiry, since: 3, items: &[Item::Skip(8)] },
        253 => Shape { role: Role::Expiry, since: 1, items: &[Item::Skip(4)] },
        254 => other(1, &[Item::Number(Means::Database)]),
        255 => Shape { role: Role::End, since: 1, items: &[] },
        _ => return None,
    })
}

/// A node of a list that is one element as it is.
pub(super) const PLAIN: &[Item] = &[ANY];

/// A node of a list that is a listpack of elements.
pub(super) const PACKED: &[Item] = &[blob!(Listpack, 1)];

/// The value of a module behind its type; `None` for a type that is none, and for the end mark.
pub(super) fn module_value(kind: u64) -> Option<&'static [Item]> {
    Some(match kind {
        1 | 2 => &[NUMBER],
        3 => &[Item::Skip(4)],
        4 => &[Item::Skip(8)],
        5 => &[ANY],
        _ => return None,
    })
}
