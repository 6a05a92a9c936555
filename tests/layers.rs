//! Imports run downwards only: reads the sources and fails on every edge that does not.
//!
//! An edge is a path that begins with `crate` or `super`, wherever it stands (tests inside the sources
//! count, comments and strings do not). A name that a module re-exports is followed to where it lives.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Modules from the bottom up; the longest one that a path begins with gives its rank.
const LAYERS: [&[&str]; 10] = [
    &["id", "num", "random", "amount"],
    &["cost", "law", "kernel::pairs"],
    &[
        "network",
        "liquidity",
        "knowledge",
        "round::instance",
        "round::builder",
        "round::error",
        "round::plan",
        "round::certificate",
    ],
    &["check"],
    &["solve", "kernel", "decomposition"],
    &["max_flow", "min_cut", "min_cost_flow"],
    &["feasibility"],
    &["reliability"],
    &["payment", "round"],
    &["io"],
];

/// The imports that are allowed between different modules of one layer; [`DATA`] files may name each other.
const SIDEWAYS: [(&str, &str); 5] = [
    ("id", "num"),
    ("knowledge", "liquidity"),
    ("kernel", "solve"),
    ("min_cut", "max_flow"),
    ("min_cost_flow", "max_flow"),
];

/// The data of a round, which is built of channels.
const DATA: [&str; 6] =
    ["liquidity", "round::instance", "round::builder", "round::error", "round::plan", "round::certificate"];

const SOLVERS: [&str; 6] = ["max_flow", "min_cut", "min_cost_flow", "feasibility", "reliability", "kernel"];

/// Files of more than [`LINES`] lines, each with the reason.
const LONG_FILES: [(&str, &str); 0] = [];
const LINES: usize = 400;

type Modules = BTreeMap<String, String>;
type Exports = BTreeMap<String, Vec<String>>;

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Text by module path; the crate root is the empty path.
fn sources() -> Modules {
    let root = source_folder();
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    let module = |path: &Path| {
        let parts: Vec<String> = path
            .strip_prefix(&root)
            .unwrap()
            .with_extension("")
            .components()
            .map(|part| part.as_os_str().to_str().unwrap().to_owned())
            .filter(|part| part != "mod" && part != "lib")
            .collect();
        parts.join("::")
    };
    files.iter().map(|path| (module(path), fs::read_to_string(path).unwrap())).collect()
}

/// Words, `::`, braces and other signs; comments, strings and character literals are left out.
fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let (mut list, mut i) = (Vec::new(), 0);
    while i < chars.len() {
        let begin = i;
        match (at(i), at(i + 1)) {
            ('/', '/') => i += chars[i..].iter().take_while(|&&c| c != '\n').count(),
            ('"', _) => {
                i += 1;
                while i < chars.len() && at(i) != '"' {
                    i += if at(i) == '\\' { 2 } else { 1 };
                }
                i += 1;
            }
            ('\'', '\\') => {
                i += 3;
                while i < chars.len() && at(i) != '\'' {
                    i += 1;
                }
                i += 1;
            }
            ('\'', _) if at(i + 2) == '\'' => i += 3,
            (':', ':') => {
                list.push("::".to_owned());
                i += 2;
            }
            (c, _) if c.is_alphanumeric() || c == '_' => {
                while at(i).is_alphanumeric() || at(i) == '_' {
                    i += 1;
                }
                list.push(chars[begin..i].iter().collect());
            }
            (c, _) => {
                if !c.is_whitespace() {
                    list.push(c.to_string());
                }
                i += 1;
            }
        }
    }
    list
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Reads the tree that follows `prefix::` from `tokens[*at]` on and lists its paths; `a as b` is `a`.
fn tree(tokens: &[String], at: &mut usize, prefix: &[String], paths: &mut Vec<Vec<String>>) {
    let mut path = prefix.to_vec();
    loop {
        match tokens.get(*at).map(String::as_str) {
            Some("{") => {
                *at += 1;
                while !matches!(tokens.get(*at).map(String::as_str), None | Some("}")) {
                    let before = *at;
                    tree(tokens, at, &path, paths);
                    if tokens.get(*at).is_some_and(|t| t == "as") {
                        *at += 2;
                    }
                    if tokens.get(*at).is_some_and(|t| t == ",") || *at == before {
                        *at += 1;
                    }
                }
                *at += 1;
                return;
            }
            Some("*") => *at += 1,
            Some(word) if is_word(word) => {
                if word != "self" {
                    path.push(word.to_owned());
                }
                *at += 1;
            }
            _ => {}
        }
        if tokens.get(*at).is_some_and(|t| t == "::") {
            *at += 1;
        } else {
            paths.push(path);
            return;
        }
    }
}

/// All paths of a file that begin with `crate` or `super`, as paths from the crate root.
fn imports(module: &str, text: &str) -> Vec<Vec<String>> {
    let tokens = tokens(text);
    let here: Vec<String> = module.split("::").filter(|s| !s.is_empty()).map(str::to_owned).collect();
    let mut inline: Vec<(String, usize)> = Vec::new();
    let (mut paths, mut depth, mut at) = (Vec::new(), 0, 0);
    while at < tokens.len() {
        let next = |n: usize| tokens.get(at + n).map_or("", String::as_str);
        match next(0) {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                inline.retain(|&(_, opened)| opened < depth);
            }
            "mod" if is_word(next(1)) && next(2) == "{" => {
                inline.push((next(1).to_owned(), depth));
            }
            word @ ("crate" | "super") if next(1) == "::" => {
                let inside = inline.iter().filter(|&&(_, opened)| opened < depth);
                let mut prefix: Vec<String> =
                    here.iter().cloned().chain(inside.map(|(name, _)| name.clone())).collect();
                if word == "crate" {
                    prefix.clear();
                }
                while tokens.get(at).is_some_and(|t| t == "super") {
                    prefix.pop();
                    at += 2;
                }
                at += if word == "crate" { 2 } else { 0 };
                tree(&tokens, &mut at, &prefix, &mut paths);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    paths
}

/// What a module re-exports: name -> where it lives (relative paths of its own submodules included).
fn re_exports(module: &str, text: &str) -> Exports {
    let tokens = tokens(text);
    let here: Vec<String> = module.split("::").filter(|s| !s.is_empty()).map(str::to_owned).collect();
    let mut names = BTreeMap::new();
    for (i, token) in tokens.iter().enumerate() {
        if token != "use" {
            continue;
        }
        let (mut at, prefix) = match tokens.get(i + 1).map(String::as_str) {
            Some("crate") => (i + 3, Vec::new()),
            Some("self") => (i + 3, here.clone()),
            _ => (i + 1, here.clone()),
        };
        let mut paths = Vec::new();
        tree(&tokens, &mut at, &prefix, &mut paths);
        for path in paths {
            names.insert(path.last().cloned().unwrap_or_default(), path);
        }
    }
    names
}

/// The longest module that a path begins with, after following re-exports.
fn resolve(exports: &BTreeMap<String, Exports>, path: &[String]) -> String {
    let mut path = path.to_vec();
    for _ in 0..8 {
        let known = (0..=path.len()).rev().find(|&n| exports.contains_key(&path[..n].join("::")));
        let known = known.expect("the crate root is a module");
        let exports = &exports[&path[..known].join("::")];
        let target = path.get(known).and_then(|name| exports.get(name)).cloned();
        match target {
            Some(target) if target != path[..=known] => {
                path = target.into_iter().chain(path[known + 1..].iter().cloned()).collect();
            }
            _ => break,
        }
    }
    path.join("::")
}

/// The ranked module that a path lies in.
fn layer(path: &str) -> Option<(&'static str, usize)> {
    let inside =
        |module: &str| path.strip_prefix(module).is_some_and(|r| r.is_empty() || r.starts_with("::"));
    LAYERS
        .iter()
        .enumerate()
        .flat_map(|(rank, modules)| modules.iter().map(move |&module| (module, rank)))
        .filter(|&(module, _)| inside(module))
        .max_by_key(|&(module, _)| module.len())
}

/// Every import: (module of the file, imported path).
fn edges(modules: &Modules) -> Vec<(String, String)> {
    let exports = modules.iter().map(|(module, text)| (module.clone(), re_exports(module, text))).collect();
    let mut list = Vec::new();
    for (module, text) in modules.iter().filter(|(module, _)| !module.is_empty()) {
        for path in imports(module, text) {
            list.push((module.clone(), resolve(&exports, &path)));
        }
    }
    list
}

fn sideways(from: &str, to: &str) -> bool {
    let data = from != "liquidity" && DATA.contains(&from) && DATA.contains(&to);
    from == to || data || SIDEWAYS.contains(&(from, to))
}

fn wrong_edges(modules: &Modules) -> Vec<String> {
    let mut wrong = Vec::new();
    for (from, to) in edges(modules) {
        match (layer(&from), layer(&to)) {
            (Some((a, above)), Some((b, below))) => {
                if above < below || (above == below && !sideways(a, b)) {
                    wrong.push(format!("{from} (layer {above}) imports {to} (layer {below})"));
                }
            }
            (None, _) => wrong.push(format!("{from} has no layer")),
            (_, None) => wrong.push(format!("{from} imports {to}, which has no layer")),
        }
    }
    wrong
}

#[test]
fn imports_run_downwards() {
    let modules = sources();
    let wrong = wrong_edges(&modules);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    // The test has seen what it ranks, and a plausible number of edges.
    let split_round = modules.keys().any(|module| module.starts_with("round::"));
    for ranked in LAYERS.concat() {
        assert!(modules.contains_key(ranked) || (ranked.contains("::") && !split_round), "{ranked} is gone");
    }
    for module in modules.keys().filter(|module| !module.is_empty()) {
        assert!(layer(module).is_some(), "{module} has no layer");
    }
    let all: BTreeSet<_> = edges(&modules).into_iter().collect();
    assert!(all.len() > 30, "{all:?}");
    assert!(all.iter().any(|(from, to)| from == "check::network" && to.starts_with("network")));
}

#[test]
fn the_checker_imports_no_solver() {
    let modules = sources();
    let inside = |path: &str, module: &str| path == module || path.starts_with(&format!("{module}::"));
    for (from, to) in edges(&modules) {
        let solver = SOLVERS.iter().any(|solver| inside(&to, solver));
        assert!(!(inside(&from, "check") && solver), "{from} imports {to}");
    }
}

#[test]
fn an_upward_edge_is_found() {
    let already = wrong_edges(&sources());
    let with = |module: &str, line: &str| {
        let mut modules = sources();
        modules.entry(module.to_owned()).or_default().push_str(line);
        let mut wrong = wrong_edges(&modules);
        wrong.retain(|edge| !already.contains(edge));
        wrong
    };
    for (module, line) in [
        ("network::builder", "use crate::check::Violation;"),
        ("network::builder", "use crate::{id::NodeId, check::{self, Violation}};"),
        ("network", "fn f() { crate::solve::f(); }"),
        ("network", "mod tests { use super::super::solve; }"),
        ("network", "mod tests { fn f() {} } fn g() { super::solve::f() }"),
        ("check::network", "use super::super::max_flow::dinic;"),
        ("check::network", "use crate::kernel::Int;"),
        ("num", "use super::id::NodeId;"),
        ("liquidity", "use crate::round::plan;"),
        ("cost", "use crate::NetworkBuilder;"),
        ("max_flow::dinic", "use crate::min_cut;"),
        ("min_cost_flow", "use crate::feasibility::{a::{b, c}, d};"),
        ("stray", "fn f() { crate::num::f(); }"),
    ] {
        let wrong = with(module, line);
        assert!(!wrong.is_empty(), "{module}: {line}");
        assert!(wrong.iter().all(|edge| edge.starts_with(module)), "{wrong:?}");
    }
    for (module, line) in [
        ("network::builder", "// use crate::check::Violation;"),
        ("network::builder", "const A: &str = \"use crate::check::Violation;\";"),
        ("check::network", "mod tests { use super::*; use crate::Network; }"),
        ("min_cut", "use crate::max_flow::dinic;"),
        ("io", "pub(crate) fn f() { super::num::f(); }"),
    ] {
        assert_eq!(with(module, line), Vec::<String>::new(), "{module}: {line}");
    }
}

#[test]
fn files_are_short() {
    let root = source_folder();
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    assert!(files.len() > 20, "{files:?}");
    for path in files {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        let allowed = LONG_FILES.iter().any(|&(file, _)| file == name);
        assert!(lines <= LINES || allowed, "{name} has {lines} lines");
        assert!(lines > LINES || !allowed, "{name} has {lines} lines: take it off the list");
    }
}

/// Clippy knows which functions the minimum Rust version lacks, but not that it lacks let chains.
#[test]
fn no_let_chains() {
    let chain = ["&& ", "let "].concat();
    for folder in ["src", "examples", "tests", "benches", "fuzz/fuzz_targets"] {
        let mut files = Vec::new();
        rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
        for path in files {
            let text = fs::read_to_string(&path).unwrap();
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(!words.contains(&chain), "{} has a let chain", path.display());
        }
    }
}
