//! Text to DIMACS problems: nothing may panic, errors name a line of the text, and what is read can be
//! written and read again.
#![no_main]

use feasible::io::dimacs::{kind, parse_max, parse_min, parse_undirected, write_max, write_min};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let lines = text.lines().count().max(1);
    let _ = kind(text);
    match parse_min(text) {
        Err(error) => assert!((1..=lines).contains(&error.line)),
        Ok(problem) => {
            let mut again = String::new();
            write_min(&problem.network, &mut again).unwrap();
            assert_eq!(parse_min(&again).unwrap().network, problem.network);
        }
    }
    match parse_max(text) {
        Err(error) => assert!((1..=lines).contains(&error.line)),
        Ok(problem) => {
            let mut again = String::new();
            write_max(&problem.network, problem.source, problem.sink, &mut again).unwrap();
            assert_eq!(parse_max(&again).unwrap().network, problem.network);
        }
    }
    if let Err(error) = parse_undirected(text) {
        assert!((1..=lines).contains(&error.line));
    }
});
