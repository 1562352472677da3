//! A part of a fleet, the same on every machine.

use sha2::{Digest as _, Sha256};

/// One of so many parts that every instance is in exactly one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    of: u64,
}

impl Shard {
    /// `I/N`, where I counts from 0.
    ///
    /// # Errors
    ///
    /// What it looks like, if this is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (index, of) = text.split_once('/').unwrap_or_default();
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            if digits { text.parse::<u64>().ok() } else { None }
        };
        match (number(index), number(of)) {
            (Some(index), Some(of)) if index < of => Ok(Self { index, of }),
            (Some(_), Some(_)) => Err("the parts count from 0: of 8 the last one is 7/8".to_owned()),
            _ => Err("a part is I/N, such as 0/8".to_owned()),
        }
    }

    /// Whether an instance is in this part. That depends on nothing but these words.
    #[must_use]
    pub fn has(self, service: &str, region: Option<&str>, instance: &str) -> bool {
        let mut digest = Sha256::new();
        for word in [service, region.unwrap_or_default(), instance] {
            digest.update(word.as_bytes());
            digest.update([0]);
        }
        let first = digest.finalize().iter().take(8).fold(0, |sum: u64, byte| (sum << 8) | u64::from(*byte));
        first % self.of == self.index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instance_is_in_one_part_and_stays_there() {
        let parts: Vec<Shard> = (0..8).map(|index| Shard { index, of: 8 }).collect();
        let mut sizes = [0; 8];
        for number in 0..4000 {
            let id = format!("redis-{number}");
            let has: Vec<usize> = (0..8).filter(|part| parts[*part].has("acme", Some("r"), &id)).collect();
            assert_eq!(has.len(), 1, "{id}");
            sizes[has[0]] += 1;
        }
        assert!(sizes.iter().all(|size| (400..600).contains(size)), "{sizes:?}");
        // What a run of another version or machine finds must be the same.
        let first = |id: &str| parts.iter().position(|part| part.has("acme", None, id));
        assert_eq!((first("redis-1"), first("redis-2"), first("redis-3")), (Some(6), Some(5), Some(7)));
        assert_ne!(parts.iter().position(|part| part.has("acme", Some("a"), "bc")), None);
    }

    #[test]
    fn parts_are_two_numbers() {
        assert_eq!(Shard::parse("0/1"), Ok(Shard { index: 0, of: 1 }));
        assert_eq!(Shard::parse("7/8"), Ok(Shard { index: 7, of: 8 }));
        for text in
            ["", "1", "8/8", "/8", "1/", "0/0", "-1/8", "+1/8", "a/b", "1/2/3", "99999999999999999999/9"]
        {
            assert!(Shard::parse(text).is_err(), "{text}");
        }
    }
}
