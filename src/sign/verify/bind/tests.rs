use super::*;
use crate::sign::Pairs;

const SECONDS: TimeFormat = TimeFormat { format: "%s", offset: 0 };
const MILLIS: TimeFormat = TimeFormat { format: "%s%L", offset: 0 };
const MAIL: TimeFormat = TimeFormat { format: "%a, %d %b %Y %H:%M:%S GMT", offset: 0 };
const MINUTES: TimeFormat = TimeFormat { format: "%Y-%m-%dT%H:%MZ", offset: 0 };

const fn param(name: &'static str, pattern: &'static [PlacementPiece]) -> Placement {
    Placement { header: false, name, pattern, optional: false }
}

/// What a request with these parameters shows, or why it does not fit.
fn shown(placements: &[Placement], params: &[(&str, &str)]) -> Result<Bound, String> {
    let mut query = Pairs::default();
    params.iter().for_each(|(name, value)| query.push(*name, *value));
    let draft = Draft { query, ..Draft::default() };
    bind("v2", true, placements, &draft, &[])
        .map(|(bound, _)| bound)
        .map_err(|unfit| unfit.problem.to_string())
}

#[test]
fn encoded_parts_are_read_back() {
    const PARTS: &[PlacementPiece] =
        &[PlacementPiece::AccessKey, PlacementPiece::Text("/"), PlacementPiece::Setting("region")];
    let percent = [param("Credential", &[PlacementPiece::Percent(PARTS)])];
    let bound = shown(&percent, &[("Credential", "a%2Bb%2Feu")]).unwrap();
    assert_eq!(bound.access_key.as_deref(), Some("a+b"));
    assert_eq!(bound.settings, [("region".to_owned(), "eu".to_owned())]);
    let problem = |value| shown(&percent, &[("Credential", value)]).err().unwrap();
    assert_eq!(problem("a%2Bb"), "Credential: the encoded value has another form");
    assert_eq!(problem("%FF%2F"), "Credential: the percent-encoded value is not text");
    let base64 = [param("Credential", &[PlacementPiece::Text("Basic "), PlacementPiece::Base64(PARTS)])];
    let bound = shown(&base64, &[("Credential", "Basic YStiL2V1")]).unwrap();
    assert_eq!(bound.access_key.as_deref(), Some("a+b"));
}

#[test]
fn a_variant_needs_no_text_beside_it() {
    let pattern = [param("Label", &[PlacementPiece::Variant, PlacementPiece::AccessKey])];
    assert_eq!(shown(&pattern, &[("Label", "v2KEY")]).unwrap().access_key.as_deref(), Some("KEY"));
    assert!(shown(&pattern, &[("Label", "v1KEY")]).is_err());
}

#[test]
fn a_time_after_the_clock_gives_the_clock() {
    let until = [param("Expires", &[PlacementPiece::Later(SECONDS, 600)])];
    let bound = shown(&until, &[("Expires", "1700000600")]).unwrap();
    assert_eq!(bound.now, Timestamp::from_unix(1_700_000_000));
    assert!(shown(&until, &[("Expires", "soon")]).is_err());
}

#[test]
fn of_two_times_that_agree_the_finer_is_kept() {
    let millis = ("M", "1700000000123");
    let moment = Timestamp::from_unix_millis(1_700_000_000_123);
    for (coarse, written) in
        [(SECONDS, "1700000000"), (MAIL, "Tue, 14 Nov 2023 22:13:20 GMT"), (MINUTES, "2023-11-14T22:13Z")]
    {
        let pattern: &'static [PlacementPiece] = Box::leak(Box::new([PlacementPiece::Now(coarse)]));
        let fine = param("M", &[PlacementPiece::Now(MILLIS)]);
        let params = [millis, ("C", written)];
        for placements in
            [[param("C", pattern), fine], [param("M", &[PlacementPiece::Now(MILLIS)]), param("C", pattern)]]
        {
            assert_eq!(shown(&placements, &params).unwrap().now, moment, "{written}");
            let other = [("M", "1700000099123"), ("C", written)];
            let problem = shown(&placements, &other).err().unwrap();
            assert!(problem.ends_with("the request shows two times that differ"), "{problem}");
        }
    }
}
