//! The shared part of the examples: places in messages, duplicates, gzip, options.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../examples/common/mod.rs"]
mod common;

use common::json::{Document, Object};
use common::{Arg, Args, Bad, Input};

fn parse(text: &str) -> Result<Document, Bad> {
    Document::parse(&Input { name: "F".into(), text: text.into() })
}

#[test]
fn messages_name_the_place() {
    let document = parse(r#"{"channels":[{"bal_u":-5}],"n":1.5,"s":"12"}"#).unwrap();
    let root = document.root();
    let channels = root.field("channels").unwrap();
    let first = channels.items().unwrap().next().unwrap();
    let error = first.field("bal_u").unwrap().integer(2_100_000_000_000_000).unwrap_err();
    assert_eq!(
        error.to_string(),
        "F: channels[0].bal_u: read -5, expected a non-negative integer up to 2100000000000000"
    );
    let error = first.field("bal_v").unwrap_err();
    assert_eq!(error.to_string(), "F: channels[0]: read nothing, expected a field \"bal_v\"");
    assert_eq!(root.field("s").unwrap().digits(12).unwrap(), 12);
    assert!(root.field("s").unwrap().digits(11).is_err());
    assert!(root.field("n").unwrap().integer(5).is_err());
    assert!(root.maybe("missing").unwrap().is_none());
}

#[test]
fn a_field_given_twice_is_an_error() {
    assert!(parse(r#"{"a":{"x":1},"b":{"x":"\"x\":"}}"#).is_ok());
    let error = parse("{\"a\":1,\n\"\\u0061\" : 2}").unwrap_err();
    assert_eq!(
        error.to_string(),
        "F: line 2: read field \"a\" for the second time, expected each field once"
    );
}

#[test]
fn objects_keep_order_and_exact_integers() {
    let object = Object::new().put("v", i128::MAX).text("f", "a\"\n").real("x", f64::NAN).list("l", [1, 2]);
    assert_eq!(
        object.to_string(),
        r#"{"v":170141183460469231731687303715884105727,"f":"a\"\n","x":null,"l":[1,2]}"#
    );
}

#[test]
fn options_stand_in_any_order() {
    let mut args = Args::from_list(&["--seed", "7", "file", "--json", "--amount=x", "-"], "help");
    assert!(matches!(args.next(), Ok(Some(Arg::Option(name))) if name == "seed"));
    assert_eq!(args.integer(0, 10).unwrap(), 7);
    assert!(matches!(args.next(), Ok(Some(Arg::File(name))) if name == "file"));
    assert!(matches!(args.next(), Ok(Some(Arg::Option(name))) if name == "amount"));
    let error = args.integer(1, 5).unwrap_err();
    assert_eq!(error.to_string(), "--amount: read \"x\", expected an integer from 1 to 5");
    assert!(matches!(args.next(), Ok(Some(Arg::File(name))) if name == "-"));
    assert!(matches!(args.next(), Ok(None)) && args.json);
    let mut args = Args::from_list(&["--wrong"], "help");
    assert!(args.next().unwrap().is_some());
    assert_eq!(
        args.unknown().to_string(),
        "command line: read --wrong, expected an option that --help lists"
    );
}

#[test]
fn messages_stay_on_one_line() {
    assert_eq!(Bad::read("a\nb", "c\r", "d").to_string(), "a\\nb: read c\\r, expected d");
}
