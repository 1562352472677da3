//! Names and prose that mean nothing and look like the real thing.

use crate::random::Random;

const VERBS: [&str; 16] = [
    "Describe", "Create", "Modify", "Delete", "List", "Update", "Enable", "Disable", "Start", "Stop",
    "Renew", "Attach", "Detach", "Query", "Reset", "Apply",
];

/// The first word of a name.
const NOUNS: [&str; 40] = [
    "Instance",
    "Backup",
    "Account",
    "Cluster",
    "Replica",
    "Network",
    "Security",
    "Parameter",
    "Template",
    "Task",
    "Shard",
    "Proxy",
    "Snapshot",
    "Schedule",
    "Tag",
    "Zone",
    "Region",
    "Project",
    "Order",
    "Price",
    "Quota",
    "Monitor",
    "Alarm",
    "Event",
    "Log",
    "Audit",
    "Certificate",
    "Policy",
    "Role",
    "Group",
    "Subnet",
    "Address",
    "Volume",
    "Image",
    "Bandwidth",
    "Maintenance",
    "Version",
    "Capacity",
    "Connection",
    "Session",
];

/// The last word of an operation's or an object's name.
const SUBJECTS: [&str; 40] = [
    "Status",
    "Config",
    "List",
    "Detail",
    "Rule",
    "Window",
    "Limit",
    "Usage",
    "History",
    "Record",
    "Binding",
    "Setting",
    "Attribute",
    "Switch",
    "Port",
    "Password",
    "Whitelist",
    "Endpoint",
    "Node",
    "Batch",
    "Key",
    "Value",
    "Range",
    "Metric",
    "Bill",
    "Resource",
    "Package",
    "Type",
    "Level",
    "Plan",
    "Link",
    "File",
    "Job",
    "Result",
    "Summary",
    "Trend",
    "Top",
    "Health",
    "Share",
    "Transfer",
];

const OBJECTS: [&str; 8] = ["Info", "Item", "Spec", "Entry", "Option", "Param", "Unit", "Block"];

/// The last word of a field's name; some fields have no other.
const FIELDS: [&str; 32] = [
    "Id",
    "Name",
    "Type",
    "Status",
    "Count",
    "Size",
    "Time",
    "Zone",
    "Port",
    "Ids",
    "Remark",
    "Mode",
    "Flag",
    "Ip",
    "Num",
    "Limit",
    "Offset",
    "Version",
    "Period",
    "Code",
    "Key",
    "Value",
    "Rate",
    "Switch",
    "Address",
    "Total",
    "Level",
    "Region",
    "StartTime",
    "EndTime",
    "Max",
    "Min",
];

/// Documented values.
const VALUES: [&str; 24] = [
    "master", "replica", "rw", "readonly", "prepaid", "postpaid", "creating", "running", "isolated",
    "deleted", "basic", "standard", "cluster", "auto", "manual", "memory", "disk", "asc", "desc", "day",
    "week", "month", "public", "private",
];

/// The first part of an error's code, and the class of errors that begin so.
const FAMILIES: [(&str, &str); 8] = [
    ("FailedOperation", "server"),
    ("InternalError", "server"),
    ("InvalidParameter", "invalid"),
    ("InvalidParameterValue", "invalid"),
    ("LimitExceeded", "denied"),
    ("ResourceNotFound", "not-found"),
    ("ResourceUnavailable", "not-ready"),
    ("UnauthorizedOperation", "denied"),
];

const WORDS: [&str; 24] = [
    "instance", "region", "default", "value", "cluster", "console", "example", "memory", "list", "name",
    "proxy", "backup", "node", "master", "port", "access", "limit", "online", "policy", "version", "period",
    "request", "account", "zone",
];

const SIGNS: &str = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经三之进等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系";

/// How many operations have names.
pub const OPERATIONS: usize = VERBS.len() * NOUNS.len() * SUBJECTS.len();

/// A number between 0 and `end` for every number between them, neighbours far apart.
fn scattered(at: usize, end: usize) -> usize {
    // A prime that divides no product of the lengths above.
    at * 7919 % end
}

/// The name of the operation with this number.
pub fn operation(at: usize) -> String {
    let at = scattered(at, OPERATIONS);
    let (verb, at) = (at % VERBS.len(), at / VERBS.len());
    let (noun, subject) = (at % NOUNS.len(), at / NOUNS.len());
    format!("{}{}{}", VERBS[verb], NOUNS[noun], SUBJECTS[subject])
}

/// The name of the object with this number.
pub fn object(at: usize) -> String {
    let end = NOUNS.len() * SUBJECTS.len() * OBJECTS.len();
    // When all are used up, they get numbers.
    let (round, at) = (at / end, scattered(at % end, end));
    let (kind, at) = (at % OBJECTS.len(), at / OBJECTS.len());
    let (noun, subject) = (at % NOUNS.len(), at / NOUNS.len());
    let number = if round > 0 { (round + 1).to_string() } else { String::new() };
    format!("{}{}{}{number}", NOUNS[noun], SUBJECTS[subject], OBJECTS[kind])
}

/// A name that is not among `used`.
pub fn field(random: &mut Random, used: &[String]) -> String {
    for _ in 0..64 {
        let last = *random.pick(&FIELDS);
        let name =
            if random.thousandths(350) { last.to_owned() } else { format!("{}{last}", random.pick(&NOUNS)) };
        if !used.contains(&name) {
            return name;
        }
    }
    format!("Extra{}", used.len())
}

/// That many words that are different values.
pub fn values(random: &mut Random, count: usize) -> Vec<&'static str> {
    let from = random.below(VALUES.len());
    (0..count.min(VALUES.len())).map(|at| VALUES[(from + at) % VALUES.len()]).collect()
}

/// An error's code and class, other than those that are there.
pub fn error(random: &mut Random, used: &[(String, &str)]) -> (String, &'static str) {
    for _ in 0..64 {
        let (family, class) = *random.pick(&FAMILIES);
        let code = format!("{family}.{}{}Error", random.pick(&NOUNS), random.pick(&SUBJECTS));
        if !used.iter().any(|(other, _)| *other == code) {
            return (code, class);
        }
    }
    (format!("FailedOperation.Error{}", used.len()), "server")
}

/// That many letters, so many of a thousand of them ASCII.
pub fn prose(random: &mut Random, letters: usize, ascii: u32) -> String {
    let signs: Vec<char> = SIGNS.chars().collect();
    let (mut out, mut length, mut narrow) = (String::new(), 0, 0);
    // A text is long enough to begin and to end.
    while length + 1 < letters.max(2) {
        if length > 0 && narrow * 1000 < length * ascii as usize {
            let word = *random.pick(&WORDS);
            let word = if length + word.len() + 3 > letters { "a" } else { word };
            out.push_str(&format!(" {word} "));
            length += word.len() + 2;
            narrow += word.len() + 2;
        } else {
            let run = (2 + random.below(6)).min(letters.max(2) - 1 - length);
            out.extend((0..run).map(|_| *random.pick(&signs)));
            length += run;
            if random.thousandths(120) && length + 4 < letters {
                out.push('，');
                length += 1;
            }
        }
    }
    let mut out = out.trim_end().to_owned();
    out.push('。');
    out
}
