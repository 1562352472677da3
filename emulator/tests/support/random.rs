//! Requests by chance.

/// Numbers that are the same in every run.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % sides
    }

    pub fn one_of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.roll(list.len())]
    }
}

/// What requests are made of, good and bad.
pub struct Words {
    pub methods: &'static [&'static str],
    pub targets: &'static [&'static str],
    pub versions: &'static [&'static str],
    pub fields: &'static [&'static str],
    pub bodies: &'static [&'static str],
}

impl Words {
    /// A request of these words, as often broken as not.
    pub fn request(&self, dice: &mut Dice) -> Vec<u8> {
        let mut text = format!(
            "{} {} {}\r\n",
            dice.one_of(self.methods),
            dice.one_of(self.targets),
            dice.one_of(self.versions)
        );
        for _ in 0..dice.roll(6) {
            text.push_str(dice.one_of(self.fields));
            text.push_str(dice.one_of(&["\r\n", "\r\n", "\r\n", "\n", "\r"]));
        }
        text.push_str("\r\n");
        text.push_str(dice.one_of(self.bodies));
        let mut bytes = text.into_bytes();
        match dice.roll(4) {
            0 => {
                let at = dice.roll(bytes.len());
                bytes[at] = u8::try_from(dice.roll(256)).unwrap();
            }
            1 => bytes.truncate(dice.roll(bytes.len())),
            2 => {
                let more = self.request(dice);
                bytes.extend(more);
            }
            _ => {}
        }
        bytes
    }
}
