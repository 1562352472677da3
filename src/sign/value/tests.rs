use super::*;

fn pairs(items: &[(&str, &str)]) -> Pairs {
    items.iter().map(|(name, value)| (Text::from(*name), Text::from(*value))).collect()
}

#[test]
fn hashes_give_published_values() {
    assert_eq!(*Text::from("abc").sha1().hex(), *b"a9993e364706816aba3e25717850c26c9cd0d89d");
    let abc256 = Text::from("abc").sha256().hex().to_string_lossy();
    assert_eq!(abc256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    // RFC 2202 and RFC 4231, test case 2.
    let what = "what do ya want for nothing?";
    let mac = Text::from("Jefe").hmac_sha1(what).hex().to_string_lossy();
    assert_eq!(mac, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    let mac = Text::from("Jefe").hmac_sha256(what).hex().to_string_lossy();
    assert_eq!(mac, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

#[test]
fn filters_work_on_every_shape() {
    assert_eq!(Text::from("/a//b///").squeeze("/"), Text::from("/a/b/"));
    assert_eq!(Text::from("a b/é~").encode("/"), Text::from("a%20b/%C3%A9~"));
    assert_eq!(Text::from("a%20b%2Gc%+").decode(), Text::from("a b%2Gc%+"));
    let not_utf8 = Text::from("%FF").decode();
    assert_eq!(not_utf8.encode(""), Text::from("%FF"));
    let some = pairs(&[("b_x", "2"), ("a", ""), ("b_x", "1")]);
    assert_eq!(
        some.clone().names(|name| name.replace("_", ".")).sort().join("=").join("&"),
        Text::from("a=&b.x=1&b.x=2")
    );
    assert_eq!(some.drop_empty().join(":").lines(), Text::from("b_x:2\nb_x:1"));
}

#[test]
fn order_of_sorting_and_encoding_matters() {
    let some = pairs(&[("a-b", "1"), ("aé", "2"), ("a", "3")]);
    let sorted_first = some.clone().sort().encode("").join("=").join("&");
    let joined_first = some.encode("").join("=").sort().join("&");
    assert_eq!(sorted_first, Text::from("a=3&a-b=1&a%C3%A9=2"));
    assert_eq!(joined_first, Text::from("a%C3%A9=2&a-b=1&a=3"));
}

#[test]
fn every_digest_and_every_hmac_gives_published_values() {
    // RFC 1321, FIPS 180; RFC 2202 and RFC 4231, test case 2; RFC 5869, test case 1.
    let (abc, what) = (Text::from("abc"), "what do ya want for nothing?");
    assert_eq!(*abc.md5().hex(), *b"900150983cd24fb0d6963f7d28e17f72");
    let starts = |text: Text, start: &str| assert!(text.starts_with(start.as_bytes()), "{start}");
    starts(abc.sha384().hex(), "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163");
    starts(abc.sha512().hex(), "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea2");
    assert_eq!((abc.sha384().len(), abc.sha512().len()), (48, 64));
    let key = Text::from("Jefe");
    assert_eq!(*key.hmac_md5(what).hex(), *b"750c783e6ab0b503eaa86e310a5db738");
    starts(key.hmac_sha384(what).hex(), "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47");
    starts(key.hmac_sha512(what).hex(), "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd6");
    let salt: Vec<u8> = (0..=0x0c).collect();
    let info: Vec<u8> = (0xf0..=0xf9).collect();
    let derived = Bytes::from(vec![0x0b; 22]).hkdf_sha256(salt, info).hex();
    assert_eq!(*derived, *b"3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
}

#[test]
fn text_changes_at_its_ends() {
    let text = |text: &str| Text::from(text);
    assert_eq!(text(" \t a b \n").trim(" \t\r\n"), text("a b"));
    assert_eq!(text("//a/b/").trim("/"), text("a/b"));
    assert_eq!(text("///").trim("/"), text(""));
    assert_eq!((text("/a").end_with("/"), text("/a/").end_with("/")), (text("/a/"), text("/a/")));
    assert_eq!((text("a").prefix("?"), text("").prefix("?")), (text("?a"), text("")));
    assert_eq!((text("a").suffix("\n"), text("").suffix("\n")), (text("a\n"), text("")));
    assert_eq!(text("a-b--c").replace("-", ""), text("abc"));
    assert_eq!(text("aaa").replace("aa", "b"), text("ba"));
    assert_eq!(text("%FF").decode().replace("x", "y").encode(""), text("%FF"), "not UTF-8, and kept so");
    assert_eq!(text("ab").replace("", "x"), text("ab"));
    assert_eq!(text("aé").upper(), text("Aé"));
}

#[test]
fn text_can_depend_on_whether_there_is_something() {
    let text = Text::from("x");
    assert_eq!((text.when(&Text::from("a")), text.when(&Text::from(""))), (text.clone(), Text::from("")));
    assert_eq!(text.when(&Bytes::default()), Text::from(""));
    assert_eq!(text.when(&pairs(&[("", "")])), text);
    assert_eq!(text.when(&List::default()), Text::from(""));
}

#[test]
fn dots_are_removed_as_rfc_3986_says() {
    for (path, plain) in [
        ("/a/b/c/./../../g", "/a/g"),
        ("mid/content=5/../6", "mid/6"),
        ("/", "/"),
        ("", ""),
        ("/..", "/"),
        ("/../..//a", "//a"),
        ("/a/..", "/"),
        ("/a/.", "/a/"),
        ("/a/.../b..", "/a/.../b.."),
        ("../a/..", "/"),
        ("./.", ""),
        ("/%2e%2e/a", "/%2e%2e/a"),
    ] {
        assert_eq!(Text::from(path).remove_dots(), Text::from(plain), "{path}");
    }
}

#[test]
fn pairs_are_chosen_by_name() {
    let some = pairs(&[("x-b", "2"), ("date", "d"), ("x-a", ""), ("x-b", "1")]);
    let shown = |pairs: Pairs| pairs.join("=").join("&").to_string_lossy();
    assert_eq!(shown(some.clone().only(&["x-*"])), "x-b=2&x-a=&x-b=1");
    assert_eq!(shown(some.clone().only(&["x-a", "date"])), "date=d&x-a=");
    assert_eq!(shown(some.clone().except(&["x-*"])), "date=d");
    assert_eq!(shown(some.clone().sort_names()), "date=d&x-a=&x-b=2&x-b=1");
    assert_eq!((some.value_of("x-b"), some.value_of("none")), (Text::from("2"), Text::from("")));
    let short = some.clone().values(|value| value.prefix("=")).join("").join("&");
    assert_eq!(short, Text::from("x-b=2&date=d&x-a&x-b=1"));
    assert_eq!(shown(some.names(Text::upper)), "X-B=2&DATE=d&X-A=&X-B=1");
    let some = pairs(&[("b", "2"), ("a", "1")]);
    assert_eq!(some.clone().list_names().join(";"), Text::from("b;a"));
    assert_eq!(some.sort().list_values().join(""), Text::from("12"));
    let list: List = ["b", "sign", "a"].into_iter().map(Text::from).collect();
    assert_eq!(list.clone().except(&["sign"]).join(";"), Text::from("b;a"));
    assert_eq!(list.only(&["s*"]).join(";"), Text::from("sign"));
}

#[test]
fn what_was_encoded_comes_back() {
    assert_eq!(Text::from("AAH/").unbase64(), Some(Bytes::from(vec![0, 1, 0xff])));
    assert_eq!(Text::from("0001fF").unhex(), Some(Bytes::from(vec![0, 1, 0xff])));
    for none in ["A", "AAH", "AA H", "AAH-", "é"] {
        assert_eq!(Text::from(none).unbase64(), None, "{none}");
    }
    assert_eq!(
        (Text::from("é").length(), Bytes::from(vec![0; 10]).length()),
        (Text::from("2"), Text::from("10"))
    );
}
