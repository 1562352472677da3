//! Values of steps that many signatures share: keys that are derived from the secret, settings and the day.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// How many values are kept: a client has few secrets, regions and days at a time.
const MOST: usize = 16;

/// Keeps the values of steps for the next signature. They are secrets: they are wiped when they are forgotten, and
/// `Debug` shows none of them.
#[derive(Default)]
pub struct Memo {
    kept: Mutex<Vec<Kept>>,
}

/// A value, and everything that it was made from.
#[derive(Zeroize, ZeroizeOnDrop)]
struct Kept {
    #[zeroize(skip)]
    variant: &'static str,
    #[zeroize(skip)]
    step: &'static str,
    inputs: Vec<Vec<u8>>,
    value: Zeroizing<Vec<u8>>,
}

impl Kept {
    fn is(&self, variant: &str, step: &str, inputs: &[&[u8]]) -> bool {
        self.step == step
            && self.variant == variant
            && self.inputs.iter().map(Vec::as_slice).eq(inputs.iter().copied())
    }
}

impl Memo {
    /// What `read` makes of the value of a step of a variant that was made from these inputs, if it is still there.
    pub(super) fn get<T>(
        &self,
        variant: &str,
        step: &str,
        inputs: &[&[u8]],
        read: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Option<T> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|kept| kept.is(variant, step, inputs)).and_then(|kept| read(&kept.value))
    }

    /// Keeps a value; of too many, the oldest is forgotten.
    pub(super) fn keep(
        &self,
        variant: &'static str,
        step: &'static str,
        inputs: &[&[u8]],
        value: Zeroizing<Vec<u8>>,
    ) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.iter().any(|kept| kept.is(variant, step, inputs)) {
            return;
        }
        if kept.len() >= MOST {
            kept.remove(0);
        }
        let inputs = inputs.iter().map(|input| input.to_vec()).collect();
        kept.push(Kept { variant, step, inputs, value });
    }
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memo([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(memo: &Memo, variant: &str, step: &str, inputs: &[&[u8]]) -> Option<Vec<u8>> {
        memo.get(variant, step, inputs, |value| Some(value.to_vec()))
    }

    #[test]
    fn every_input_counts() {
        let memo = Memo::default();
        memo.keep("v", "key", &[b"secret", b"day"], b"value".to_vec().into());
        let value = get(&memo, "v", "key", &[b"secret", b"day"]);
        assert_eq!(value.as_deref(), Some(&b"value"[..]));
        for (variant, step, inputs) in [
            ("w", "key", &[&b"secret"[..], b"day"][..]),
            ("v", "seed", &[b"secret", b"day"]),
            ("v", "key", &[b"secre", b"tday"]),
            ("v", "key", &[b"secret", b"da"]),
            ("v", "key", &[b"secret"]),
            ("v", "key", &[b"secret", b"day", b""]),
            ("v", "key", &[]),
        ] {
            assert_eq!(get(&memo, variant, step, inputs), None);
        }
    }

    #[test]
    fn it_does_not_grow() {
        let memo = Memo::default();
        for number in 0..100_u8 {
            for _ in 0..2 {
                memo.keep("", "key", &[&[number]], vec![number].into());
            }
        }
        assert_eq!(memo.kept.lock().unwrap().len(), MOST);
        assert_eq!(get(&memo, "", "key", &[&[0]]), None);
        assert_eq!(get(&memo, "", "key", &[&[99]]), Some(vec![99]));
        assert_eq!(format!("{memo:?}"), "Memo([redacted])");
    }

    #[test]
    fn what_is_forgotten_is_wiped() {
        fn wiped<T: ZeroizeOnDrop>() {}
        wiped::<Kept>();
        let mut kept =
            Kept { variant: "", step: "", inputs: vec![b"secret".to_vec()], value: b"value".to_vec().into() };
        kept.zeroize();
        assert!(kept.inputs.is_empty() && kept.value.is_empty());
    }
}
