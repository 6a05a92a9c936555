//! The shared part of the examples: places in messages, duplicates, gzip, options.

#[path = "../../examples/common/mod.rs"]
mod common;

use common::graph::Loaded;
use common::json::{Document, Object};
use common::{Arg, Args, Bad, Input};
use feasible::random::Random;
use feasible::{Direction, Feasibility, Msat, Sat};

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

/// The figures that are published with the graph, and the share of pairs that can pay under uniform
/// states: .856, .426 and .110 for 10 thousand, 100 thousand and 1 million sat, each known to .015.
#[test]
fn the_public_graph_is_read_right() {
    let Some(data) = std::env::var_os("FEASIBLE_DATA") else { return };
    let path = std::path::Path::new(&data).join("ln-graph-2024-09-22.csv.gz");
    let mut loaded = Loaded::read(path.to_str().unwrap(), false).unwrap();
    let graph = &mut loaded.graph;
    assert_eq!((graph.node_count(), graph.channel_count()), (18_212, 59_428));
    assert_eq!((graph.total_capacity().0 + 500_000) / 1_000_000, 536_888);
    let components = graph.components();
    assert_eq!((components.sizes.len(), components.sizes.iter().max()), (508, Some(&16_936)));
    let disabled = graph.channels().flat_map(|c| Direction::BOTH.map(|d| graph.channel(c).terms(d)));
    assert_eq!(disabled.filter(|terms| terms.is_some_and(|t| t.enabled)).count(), 106_666);

    let nodes: Vec<_> = components.largest().collect();
    let random = Random::new(1);
    let node =
        |stream, i| nodes[usize::try_from(random.stream(stream).below(i, nodes.len() as u64)).unwrap()];
    let (draws, pairs) = (40, 10);
    let mut payable = [0; 3];
    for draw in 0..draws {
        graph.draw_balances(draw);
        let mut feasibility = Feasibility::new(graph);
        for i in draw * pairs..(draw + 1) * pairs {
            let (from, to) = (node(0, i), node(1, i));
            let most =
                if from == to { Msat::SUPPLY } else { feasibility.max_amount(from, to).unwrap().amount() };
            for (count, sat) in payable.iter_mut().zip([10_000, 100_000, 1_000_000]) {
                *count += u32::from(most >= Msat::from(Sat(sat)));
            }
        }
    }
    for (count, expected) in payable.into_iter().zip([0.856, 0.426, 0.110]) {
        let share = f64::from(count) / 400.0;
        // Four standard deviations of 400 samples and of the figure itself.
        let spread = 4.0 * (expected * (1.0 - expected) / 400.0_f64).sqrt() + 0.06;
        assert!((share - expected).abs() < spread, "{payable:?}");
    }
    println!("{payable:?} of 400");
}
