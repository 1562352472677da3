use serde_json::json;

use super::*;

const STRICT: How = How { lenient: false, loose: false, time: TimeFormat::RFC3339 };
const LENIENT: How = How { lenient: true, ..STRICT };

fn read<T: Decode>(value: Value, how: How) -> Result<Option<T>, Wrong> {
    let mut node = Node::from(&value);
    Option::decode(present(&mut node), how)
}

fn list<T: Decode>(value: Value) -> Result<Vec<T>, Wrong> {
    Vec::decode(Some(&mut Node::from(&value)), STRICT)
}

#[test]
fn null_is_absent() {
    for how in [STRICT, LENIENT] {
        assert_eq!(read::<i64>(json!(null), how), Ok(None));
        assert_eq!(read::<bool>(json!(null), how), Ok(None));
        assert_eq!(read::<f64>(json!(null), how), Ok(None));
        assert_eq!(read::<String>(json!(null), how), Ok(None));
        assert_eq!(read::<WireTime>(json!(null), how), Ok(None));
        assert_eq!(Vec::<String>::decode(None, how), Ok(vec![]));
        assert_eq!(BTreeMap::<String, i64>::decode(None, how), Ok(BTreeMap::new()));
        assert_eq!(Value::decode(None, how), Ok(Value::Null));
    }
}

#[test]
fn what_must_be_there_is_missed() {
    assert_eq!(String::decode(None, LENIENT).unwrap_err().problem, "text is missing");
    assert_eq!(i64::decode(None, LENIENT).unwrap_err().problem, "a whole number of 64 bits is missing");
    assert_eq!(
        list::<String>(json!([null])).unwrap_err().to_string(),
        "[0] is not as specified: text is missing"
    );
}

#[test]
fn plain_values_are_what_they_say() {
    assert_eq!(read(json!(7), STRICT), Ok(Some(7_i64)));
    assert_eq!(read(json!(7.0), STRICT), Ok(Some(7_i64)));
    assert_eq!(read(json!(7), STRICT), Ok(Some(7.0_f64)));
    assert_eq!(read(json!("x"), STRICT), Ok(Some(Sensitive::from("x"))));
    assert_eq!(read(json!(true), STRICT), Ok(Some(true)));
    for (problem, expected) in [
        (read::<i64>(json!("7"), STRICT).unwrap_err(), "a whole number of 64 bits"),
        (read::<i64>(json!(7.5), STRICT).unwrap_err(), "a whole number of 64 bits"),
        (read::<i64>(json!(u64::MAX), STRICT).unwrap_err(), "a whole number of 64 bits"),
        (read::<i64>(json!(1e300), STRICT).unwrap_err(), "a whole number of 64 bits"),
        (read::<f64>(json!("7"), STRICT).unwrap_err(), "a number"),
        (read::<bool>(json!("true"), STRICT).unwrap_err(), "true or false"),
        (read::<String>(json!(7), STRICT).unwrap_err(), "text"),
        (read::<String>(json!(["secret"]), STRICT).unwrap_err(), "text"),
        (read::<i64>(json!({"a": "secret"}), STRICT).unwrap_err(), "a whole number of 64 bits"),
        (read::<Vec<i64>>(json!("secret"), STRICT).unwrap_err(), "a list"),
        (read::<BTreeMap<String, i64>>(json!("secret"), STRICT).unwrap_err(), "an object"),
    ] {
        assert_eq!(problem.to_string(), format!("the answer is not as specified: expected {expected}"));
    }
}

#[test]
fn lenient_values_come_either_way() {
    for (value, expected) in [(json!("6379"), Some(6379_i64)), (json!(6379), Some(6379)), (json!(""), None)] {
        assert_eq!(read(value, LENIENT), Ok(expected));
    }
    assert_eq!(read(json!(" 0.5 "), LENIENT), Ok(Some(0.5_f64)));
    assert_eq!(read(json!(5), LENIENT), Ok(Some("5".to_owned())));
    assert_eq!(read(json!(5.0), LENIENT), Ok(Some("5".to_owned())));
    assert_eq!(read(json!(""), LENIENT), Ok(Some(String::new())));
    for yes in [json!(true), json!("True"), json!("1"), json!(1)] {
        assert_eq!(read(yes, LENIENT), Ok(Some(true)));
    }
    for wrong in [json!("6379a"), json!(true), json!([]), json!("99999999999999999999")] {
        assert!(read::<i64>(wrong, LENIENT).is_err());
    }
    assert!(read::<f64>(json!("NaN"), LENIENT).is_err());
    assert!(read::<bool>(json!("yes"), LENIENT).is_err());
}

#[test]
fn elements_and_names_come_either_way_everywhere() {
    assert_eq!(list(json!(["1", 2])), Ok(vec![1_i64, 2]));
    assert_eq!(list(json!(["1", 2])), Ok(vec![1.0_f64, 2.0]));
    assert_eq!(list(json!([1, "x"])), Ok(vec!["1".to_owned(), "x".to_owned()]));
    let wrong = list::<i64>(json!(["1", "x"])).unwrap_err();
    assert_eq!(wrong.within(&["a", "b"]), "a.b[1] is not as specified: expected a whole number of 64 bits");
    let object = json!({"id": 5, "name": 5});
    let mut node = Node::from(&object);
    let mut members = Members::of(Some(&mut node), STRICT);
    assert_eq!(members.get::<String>("id", TimeFormat::RFC3339), "5");
    assert_eq!(members.get::<Option<String>>("name", TimeFormat::RFC3339), None);
    assert_eq!(members.get::<String>("none", TimeFormat::RFC3339), "");
    let first = members.finish(()).unwrap_err();
    assert_eq!(first.to_string(), "name is not as specified: expected text");
    assert_eq!(word(Some(&mut Node::from(&json!(-1))), STRICT), Ok("-1".to_owned()));
    assert!(word(Some(&mut Node::from(&json!({}))), STRICT).is_err());
}

#[test]
fn one_element_can_stand_for_a_list() {
    assert_eq!(list::<i64>(json!(7)), Ok(vec![7]));
    assert_eq!(list::<String>(json!("x")), Ok(vec!["x".to_owned()]));
    assert_eq!(list::<String>(json!("")), Ok(vec![]));
    let map = BTreeMap::from([("a".to_owned(), 1)]);
    assert_eq!(list::<BTreeMap<String, i64>>(json!({"a": 1})), Ok(vec![map]));
    assert_eq!(list::<i64>(json!("x")).unwrap_err().within(&["a"]), "a is not as specified: expected a list");
    let wrong = list::<BTreeMap<String, i64>>(json!({"a": "x"})).unwrap_err();
    assert_eq!(wrong.within(&[]), "[0].a is not as specified: expected a whole number of 64 bits");
}

#[test]
fn times_keep_their_text() {
    let unix = How { time: TimeFormat { format: "%s", offset: 0 }, ..STRICT };
    let at = Timestamp::from_unix(1_529_927_068);
    for value in [json!(1_529_927_068), json!("1529927068")] {
        let text = "1529927068".to_owned();
        assert_eq!(read(value, unix), Ok(Some(WireTime { text, at })));
    }
    let naive = How { time: TimeFormat { format: "%Y-%m-%d %H:%M:%S", offset: 0 }, ..STRICT };
    let odd = read::<WireTime>(json!("0000-00-00 00:00:00"), naive).unwrap().unwrap();
    assert_eq!((odd.to_string().as_str(), odd.at), ("0000-00-00 00:00:00", None));
    assert_eq!(serde_json::to_value(&odd).unwrap(), json!("0000-00-00 00:00:00"));
    assert_eq!(read::<WireTime>(json!(""), unix), Ok(None));
    assert!(read::<WireTime>(json!(true), unix).is_err());
    let list = Vec::<WireTime>::decode(Some(&mut Node::from(&json!([1, "2"]))), unix).unwrap();
    assert!(list.iter().all(|time| time.at.is_some()));
}

#[test]
fn a_fault_is_found_however_deep_it_is() {
    let answer = json!({"rows": {"a": [1, 2, {"secret": 1}]}});
    let mut node = Node::from(&answer);
    let mut members = Members::of(Some(&mut node), STRICT);
    let read: BTreeMap<String, Vec<i64>> = members.get("rows", TimeFormat::RFC3339);
    assert_eq!(
        members.finish(read).unwrap_err().within(&["Response"]),
        "Response.rows.a[2] is not as specified: expected a whole number of 64 bits"
    );
    assert!(Members::of(Some(&mut Node::List(Vec::new())), STRICT).finish(()).is_err());
}
