use serde_json::{Value, json};

use super::*;
use crate::sensitive::Sensitive;

#[test]
fn null_is_absent() {
    assert_eq!(option_int(json!(null)).unwrap(), None);
    assert_eq!(option_bool(json!(null)).unwrap(), None);
    assert_eq!(option_string::<_, String>(json!(null)).unwrap(), None);
    assert_eq!(lenient_double(json!(null)).unwrap(), None);
    assert_eq!(text::<_, String>(json!(null)).unwrap(), None);
    assert_eq!(time(json!(null), TimeFormat { format: "%s", offset: 0 }).unwrap(), None);
    assert_eq!(list::<_, String>(json!(null)).unwrap(), Vec::<String>::new());
    assert_eq!(text_list::<_, String>(json!(null)).unwrap(), Vec::<String>::new());
    assert_eq!(lenient_int_list(json!(null)).unwrap(), Vec::<i64>::new());
    assert_eq!(map::<_, i64>(json!(null)).unwrap(), BTreeMap::new());
}

#[test]
fn plain_values_are_what_they_say() {
    assert_eq!(option_int(json!(7)).unwrap(), Some(7));
    assert_eq!(option_int(json!(7.0)).unwrap(), Some(7));
    assert_eq!(option_double(json!(7)).unwrap(), Some(7.0));
    assert_eq!(option_string(json!("x")).unwrap(), Some(Sensitive::from("x")));
    assert_eq!(option_bool(json!(true)).unwrap(), Some(true));
    for (problem, expected) in [
        (option_int(json!("7")).unwrap_err(), "a whole number"),
        (option_int(json!(7.5)).unwrap_err(), "a whole number"),
        (option_int(json!(u64::MAX)).unwrap_err(), "a whole number"),
        (option_int(json!(1e300)).unwrap_err(), "a whole number"),
        (option_double(json!("7")).unwrap_err(), "a number"),
        (option_bool(json!("true")).unwrap_err(), "true or false"),
        (option_string::<_, String>(json!(7)).unwrap_err(), "text"),
        (option_string::<_, String>(json!(["secret"])).unwrap_err(), "text"),
        (option_int(json!({"a": "secret"})).unwrap_err(), "text, a number or a boolean"),
    ] {
        let problem = problem.to_string();
        assert!(problem.contains(&format!("expected {expected}")), "{problem}");
        assert!(!problem.contains("secret"), "{problem}");
    }
}

#[test]
fn lenient_values_come_either_way() {
    for (value, expected) in [(json!("6379"), Some(6379)), (json!(6379), Some(6379)), (json!(""), None)] {
        assert_eq!(lenient_int(value).unwrap(), expected);
    }
    assert_eq!(lenient_double(json!(" 0.5 ")).unwrap(), Some(0.5));
    assert_eq!(lenient_string::<_, String>(json!(5)).unwrap(), Some("5".to_owned()));
    assert_eq!(lenient_string::<_, String>(json!("")).unwrap(), Some(String::new()));
    for yes in [json!(true), json!("True"), json!("1"), json!(1)] {
        assert_eq!(lenient_bool(yes).unwrap(), Some(true));
    }
    assert_eq!(lenient_int_list(json!(["1", 2])).unwrap(), [1, 2]);
    assert_eq!(lenient_double_list(json!(["1", 2])).unwrap(), [1.0, 2.0]);
    for wrong in [json!("6379a"), json!(true), json!([]), json!("99999999999999999999")] {
        assert!(lenient_int(wrong).is_err());
    }
    assert!(lenient_double(json!("NaN")).is_err());
    assert!(lenient_bool(json!("yes")).is_err());
    assert!(lenient_int_list(json!(["1", "x"])).is_err());
    assert!(lenient_int_list(json!("1")).is_err());
}

#[test]
fn enums_are_text_even_as_numbers() {
    #[derive(Debug, PartialEq)]
    struct Open(String);
    impl From<String> for Open {
        fn from(text: String) -> Self {
            Self(text)
        }
    }
    assert_eq!(text(json!(-1)).unwrap(), Some(Open("-1".to_owned())));
    assert_eq!(text_list::<_, Open>(json!([2, "x"])).unwrap(), [Open("2".to_owned()), Open("x".to_owned())]);
    assert!(text::<_, Open>(json!({})).is_err());
    assert!(text_list::<_, Open>(json!([null])).is_err());
}

#[test]
fn times_keep_their_text() {
    let unix = TimeFormat { format: "%s", offset: 0 };
    let at = Timestamp::from_unix(1_529_927_068);
    for value in [json!(1_529_927_068), json!("1529927068")] {
        assert_eq!(time(value, unix).unwrap(), Some(WireTime { text: "1529927068".to_owned(), at }));
    }
    let odd = time(json!("0000-00-00 00:00:00"), TimeFormat { format: "%Y-%m-%d %H:%M:%S", offset: 0 });
    let odd = odd.unwrap().unwrap();
    assert_eq!((odd.to_string().as_str(), odd.at), ("0000-00-00 00:00:00", None));
    assert_eq!(serde_json::to_value(&odd).unwrap(), json!("0000-00-00 00:00:00"));
    assert_eq!(time(json!(""), unix).unwrap(), None);
    assert!(time(json!(true), unix).is_err());
    assert_eq!(time_list(json!([1, "2"]), unix).unwrap().len(), 2);
}

#[test]
fn they_fit_into_derived_types() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(default)]
    #[derive(Default)]
    struct Answer {
        #[serde(deserialize_with = "option_int")]
        size: Option<i64>,
        #[serde(deserialize_with = "list")]
        rows: Vec<Value>,
        #[serde(deserialize_with = "lenient_string")]
        link: Option<Sensitive>,
    }
    let read = |value| serde_json::from_value::<Answer>(value).unwrap();
    assert_eq!(read(json!({})), Answer::default());
    assert_eq!(read(json!({"size": null, "rows": null, "link": null, "new": 1})), Answer::default());
    let from_text: Answer = serde_json::from_str(r#"{"size": 5, "rows": [1], "link": "a\nb"}"#).unwrap();
    assert_eq!(from_text, Answer { size: Some(5), rows: vec![json!(1)], link: Some("a\nb".into()) });
}
