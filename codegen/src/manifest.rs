//! What the generator needs to know of a Cargo manifest.

/// The names of the features that a manifest declares.
#[must_use]
pub fn features(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut out = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[features]";
        } else if let Some((name, _)) = line.split_once('=').filter(|_| inside && !line.starts_with('#')) {
            out.push(name.trim().trim_matches('"').to_owned());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_read_from_their_table_only() {
        let manifest = "[package]\nname = \"x\"\n[features]\n# a = []\ndefault = [\"b\"]\nb = []\n[dependencies]\nc = \"1\"\n";
        assert_eq!(features(manifest), ["default", "b"]);
    }
}
