//! Texts to problems.

use alloc::format;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use super::scan::{Fields, Header, ended, header, records};
use super::{ArcLines, Kind, MaxProblem, MinProblem, ParseError};
use crate::id::NodeId;
use crate::network::{Bounds, BuildError, Network, NetworkBuilder, UndirectedGraph};

/// What the `n` lines of a file mean.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nodes {
    Supplies,
    Terminals,
    Ignored,
}

/// Which problem a text states.
///
/// # Errors
///
/// [`ParseError`] if the first line that is neither blank nor a comment is no problem line.
///
/// ```
/// use feasible::io::dimacs::{Kind, kind};
/// assert_eq!(kind("c hello\np max 2 0\n")?, Kind::Max);
/// assert_eq!(kind("a 1 2 3").unwrap_err().line, 1);
/// # Ok::<(), feasible::io::dimacs::ParseError>(())
/// ```
pub fn kind(text: &str) -> Result<Kind, ParseError> {
    match records(text).next() {
        Some(("p", fields)) => Ok(header(fields, text)?.kind),
        Some((letter, fields)) => Err(fields.wrong(letter, "a problem line \"p\" first")),
        None => Err(ended(text, "the end of the text", "a problem line \"p\"")),
    }
}

/// Reads a minimum-cost flow problem. O(length of the text).
///
/// # Errors
///
/// [`ParseError`] for the first line that is not as the [module page](super) says.
///
/// ```
/// use feasible::io::dimacs::parse_min;
/// let text = "c two nodes\np min 2 1\nn 1 4\nn 2 -4\na 1 2 0 5 7\n";
/// let problem = parse_min(text)?;
/// assert_eq!(problem.network.arc_count(), 1);
/// let error = parse_min(&text.replace("0 5", "0 -5")).unwrap_err();
/// assert_eq!((error.line, error.token.as_str()), (5, "\"-5\""));
/// # Ok::<(), feasible::io::dimacs::ParseError>(())
/// ```
pub fn parse_min(text: &str) -> Result<MinProblem, ParseError> {
    let file = File::parse(text, Kind::Min, Nodes::Supplies)?;
    let (network, lines) = file.build(text)?;
    Ok(MinProblem { network, lines })
}

/// Reads a maximum flow problem. O(length of the text).
///
/// # Errors
///
/// [`ParseError`] for the first line that is not as the [module page](super) says.
pub fn parse_max(text: &str) -> Result<MaxProblem, ParseError> {
    let file = File::parse(text, Kind::Max, Nodes::Terminals)?;
    let terminal = |node: Option<(NodeId, usize)>, letter| {
        let missing = || ended(text, "the end of the text", format!("a line \"n ID {letter}\""));
        node.ok_or_else(missing)
    };
    let (source, sink) = (terminal(file.terminals[0], "s")?, terminal(file.terminals[1], "t")?);
    if source.0 == sink.0 {
        let (line, node) = (source.1.max(sink.1), source.0.index() + 1);
        let token = format!("node {node} as source and sink");
        return Err(ParseError { line, token, expected: "two different nodes".to_string() });
    }
    let (network, lines) = file.build(text)?;
    Ok(MaxProblem { network, source: source.0, sink: sink.0, lines })
}

/// Reads a `p max` text as an undirected graph: every arc is an edge; `n` lines are ignored. O(length of the text).
///
/// # Errors
///
/// [`ParseError`] for the first line that is not as the [module page](super) says.
pub fn parse_undirected(text: &str) -> Result<UndirectedGraph, ParseError> {
    Ok(File::parse(text, Kind::Max, Nodes::Ignored)?.undirected)
}

/// A file read so far.
struct File {
    header: Header,
    nodes: Nodes,
    /// Supplies, and the line that set them (0: none).
    supplies: Vec<(i64, usize)>,
    terminals: [Option<(NodeId, usize)>; 2],
    builder: NetworkBuilder,
    /// The edges instead of the builder's arcs, if nodes are ignored.
    undirected: UndirectedGraph,
    ids: Vec<NodeId>,
    lines: Vec<usize>,
}

impl File {
    fn parse(text: &str, kind: Kind, nodes: Nodes) -> Result<Self, ParseError> {
        let mut file: Option<Self> = None;
        for (letter, mut fields) in records(text) {
            match (letter, &mut file) {
                ("p", Some(_)) => return Err(fields.wrong("p", "one problem line only")),
                ("p", None) => file = Some(Self::new(header(fields, text)?, kind, nodes)?),
                ("n" | "a", None) => return Err(fields.wrong(letter, "a problem line \"p\" first")),
                ("n", Some(file)) => file.node(&mut fields)?,
                ("a", Some(file)) => file.arc(&mut fields)?,
                _ => return Err(fields.wrong(letter, "a line that begins with c, p, n or a")),
            }
        }
        let file = file.ok_or_else(|| ended(text, "the end of the text", "a problem line \"p\""))?;
        let (announced, read) = (file.header.arcs, file.lines.len());
        if read < announced {
            return Err(ended(text, &format!("{read} arcs"), format!("{announced}, as line p says")));
        }
        Ok(file)
    }

    fn new(header: Header, kind: Kind, nodes: Nodes) -> Result<Self, ParseError> {
        let at = |token: &str, expected: &str| ParseError {
            line: header.line,
            token: token.to_string(),
            expected: expected.to_string(),
        };
        match (header.kind, kind) {
            (Kind::Min, Kind::Max) => return Err(at("a min problem", "a max problem")),
            (Kind::Max, Kind::Min) => return Err(at("a max problem", "a min problem")),
            _ => {}
        }
        let undirected = if nodes == Nodes::Ignored { header.nodes } else { 0 };
        let undirected =
            UndirectedGraph::with_nodes(undirected).map_err(|e| at("the number of nodes", &e.to_string()))?;
        let mut builder = NetworkBuilder::new();
        let ids = (0..header.nodes)
            .map(|_| builder.add_node(0).map_err(|e| at("the number of nodes", &e.to_string())))
            .collect::<Result<_, _>>()?;
        let supplies = if nodes == Nodes::Supplies { vec![(0, 0); header.nodes] } else { Vec::new() };
        Ok(Self {
            header,
            nodes,
            supplies,
            terminals: [None; 2],
            builder,
            undirected,
            ids,
            lines: Vec::new(),
        })
    }

    fn node(&mut self, fields: &mut Fields<'_>) -> Result<(), ParseError> {
        if self.nodes == Nodes::Ignored {
            return Ok(());
        }
        let node = fields.node(self.header.nodes)?;
        if self.nodes == Nodes::Supplies {
            let supply = fields.integer("a supply")?;
            let slot = &mut self.supplies[node.index()];
            if slot.1 > 0 {
                let first = slot.1;
                let id = (node.index() + 1).to_string();
                return Err(fields.wrong(&id, format!("each node once, it stands in line {first} too")));
            }
            *slot = (supply, fields.line);
        } else {
            let (slot, letter) = match fields.next("s or t")? {
                "s" => (0, "s"),
                "t" => (1, "t"),
                token => return Err(fields.wrong(token, "s or t")),
            };
            if let Some((_, first)) = self.terminals[slot] {
                return Err(fields.wrong(letter, format!("one {letter} only, line {first} has it")));
            }
            self.terminals[slot] = Some((node, fields.line));
        }
        fields.end()
    }

    fn arc(&mut self, fields: &mut Fields<'_>) -> Result<(), ParseError> {
        let announced = self.header.arcs;
        if self.lines.len() >= announced {
            return Err(fields.wrong("a", format!("no more than {announced} arcs, as line p says")));
        }
        let (tail, head) = (fields.node(self.header.nodes)?, fields.node(self.header.nodes)?);
        let lower = match self.header.kind {
            Kind::Min => fields.bound("a lower bound")?.0,
            Kind::Max => 0,
        };
        let (upper, token) = fields.bound("a capacity")?;
        if upper < lower {
            return Err(fields.wrong(token, format!("a capacity of at least the lower bound {lower}")));
        }
        let cost = match self.header.kind {
            Kind::Min => fields.integer("a cost")?,
            Kind::Max => 0,
        };
        fields.end()?;
        let admitted = if self.nodes == Nodes::Ignored {
            self.undirected.add_edge(tail, head, upper).map_err(|error| error.to_string())
        } else {
            let bounds = Bounds { lower, upper: Some(upper) };
            self.builder.add_arc(tail, head, bounds, cost).map(drop).map_err(|error| error.to_string())
        };
        admitted.map_err(|error| fields.wrong(token, format!("an arc that is admitted: {error}")))?;
        self.lines.push(fields.line);
        Ok(())
    }

    fn build(self, text: &str) -> Result<(Network, ArcLines), ParseError> {
        let Self { header, supplies, mut builder, ids, lines, .. } = self;
        let refused = |line, error: BuildError| ParseError {
            line,
            token: "numbers out of range".to_string(),
            expected: format!("a problem that is admitted: {error}"),
        };
        let mut last = header.line;
        for (&node, &(supply, line)) in ids.iter().zip(&supplies).filter(|(_, (_, line))| *line > 0) {
            builder.set_supply(node, supply).map_err(|error| refused(line, error))?;
            last = last.max(line);
        }
        let network = builder.build().map_err(|error| match error {
            BuildError::Unbalanced { total } => ParseError {
                line: last,
                token: format!("supplies that add up to {total}"),
                expected: "supplies that add up to 0".to_string(),
            },
            BuildError::CostRange { arc, .. } => {
                refused(lines.get(arc.index()).copied().unwrap_or(header.line), error)
            }
            _ => refused(header.line.min(text.lines().count()), error),
        })?;
        Ok((network, ArcLines { lines }))
    }
}
