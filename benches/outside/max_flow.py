"""Maximum flow by OR-tools, PyMaxflow and igraph on a DIMACS file, for side-by-side timing.

    pip install numpy ortools PyMaxflow igraph
    python3 max_flow.py FILE ortools|pymaxflow|igraph

Prints the milliseconds of processor time that the solve call took, on a graph that is built, and the value.
"""

import sys
import time

import numpy as np


def read(path):
    ends, rows = {}, []
    with open(path) as file:
        for line in file:
            if line[0] == "a":
                rows.append(line[2:])
            elif line[0] == "p":
                nodes = int(line.split()[2])
            elif line[0] == "n":
                _, node, end = line.split()
                ends[end] = int(node) - 1
    arcs = np.array(" ".join(rows).split(), dtype=np.int64).reshape(-1, 3)
    return nodes, ends["s"], ends["t"], arcs[:, 0] - 1, arcs[:, 1] - 1, arcs[:, 2]


def timed(solve):
    begin = time.process_time()
    value = solve()
    return 1e3 * (time.process_time() - begin), int(value)


def ortools(nodes, s, t, tails, heads, capacities):
    from ortools.graph.python import max_flow

    solver = max_flow.SimpleMaxFlow()
    solver.add_arcs_with_capacity(tails, heads, capacities)
    took, _ = timed(lambda: 0 * int(solver.solve(s, t) == solver.OPTIMAL))
    return took, solver.optimal_flow()


def igraph(nodes, s, t, tails, heads, capacities):
    import igraph

    graph = igraph.Graph(n=nodes, edges=np.stack([tails, heads], 1).tolist(), directed=True)
    weights = capacities.astype(float).tolist()
    return timed(lambda: graph.maxflow_value(s, t, capacity=weights))


def pymaxflow(nodes, s, t, tails, heads, capacities):
    """Arcs at the terminals become links to them, an arc and the opposite one after it a single edge."""
    import maxflow

    to_source = np.zeros(nodes, np.int64)
    to_sink = np.zeros(nodes, np.int64)
    first, last = tails == s, heads == t
    np.add.at(to_source, heads[first & ~last], capacities[first & ~last])
    np.add.at(to_sink, tails[last & ~first], capacities[last & ~first])
    direct = int(capacities[first & last].sum())
    inner = ~first & ~last & (heads != s) & (tails != t) & (tails != heads)
    u, v, c = tails[inner], heads[inner], capacities[inner]
    opposite = np.zeros(len(u) + 1, bool)
    opposite[1:-1] = (u[:-1] == v[1:]) & (v[:-1] == u[1:])
    second = np.zeros(len(u) + 1, bool)
    for at in np.flatnonzero(opposite):
        second[at] = not second[at - 1]
    keep = ~second[:-1]
    back = np.where(second[1:], np.append(c[1:], 0), 0)[keep]
    small = max(int(x.max(initial=0)) for x in (capacities, to_source, to_sink)) < 2**31
    kind = maxflow.GraphInt if small and to_source.sum() < 2**31 else maxflow.GraphFloat
    graph = kind(nodes, int(keep.sum()))
    graph.add_nodes(nodes)
    graph.add_edges(u[keep], v[keep], c[keep], back)
    ids = np.flatnonzero(to_source | to_sink)
    graph.add_grid_tedges(ids, to_source[ids], to_sink[ids])
    took, value = timed(graph.maxflow)
    return took, value + direct


if __name__ == "__main__":
    solver = {"ortools": ortools, "pymaxflow": pymaxflow, "igraph": igraph}[sys.argv[2]]
    print("%.3f %d" % solver(*read(sys.argv[1])))
