//! What a request has that no other one has: drawn only for signatures that ask for it, since that is a system call.

use std::cell::{Cell, OnceCell};

use crate::encoding::hex;

/// A UUID and a random number, the same ones for all steps of a signature.
#[derive(Default)]
pub(super) struct Fresh {
    uuid: OnceCell<String>,
    random: OnceCell<String>,
    failed: Cell<bool>,
}

impl Fresh {
    /// A random UUID (RFC 9562, version 4).
    pub(super) fn uuid(&self) -> &str {
        self.uuid.get_or_init(|| {
            let mut bytes: [u8; 16] = self.draw();
            bytes[6] = (bytes[6] & 0x0f) | 0x40;
            bytes[8] = (bytes[8] & 0x3f) | 0x80;
            let hex = hex(&bytes);
            format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
        })
    }

    /// A random positive number of 31 bits.
    pub(super) fn random(&self) -> &str {
        self.random.get_or_init(|| (u32::from_le_bytes(self.draw()) >> 1).max(1).to_string())
    }

    /// Whether the system gave no random bytes, so that what was drawn is not fresh.
    pub(super) fn failed(&self) -> bool {
        self.failed.get()
    }

    fn draw<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        if getrandom::fill(&mut bytes).is_err() {
            self.failed.set(true);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_has_its_form_and_stays() {
        let (one, other) = (Fresh::default(), Fresh::default());
        assert_eq!((one.uuid(), one.random()), (one.uuid(), one.random()));
        assert_ne!(one.uuid(), other.uuid());
        let at = |index| one.uuid().as_bytes()[index];
        assert_eq!((one.uuid().len(), at(8), at(14)), (36, b'-', b'4'));
        assert!(b"89ab".contains(&at(19)), "{}", one.uuid());
        assert!(!one.failed());
        for _ in 0..100 {
            let number = Fresh::default().random().parse::<u32>();
            assert!(number.is_ok_and(|number| (1..1 << 31).contains(&number)));
        }
    }
}
