// Maximum flow by LEMON and Boost on a DIMACS file, for side-by-side timing.
//   g++ -O3 -march=native -o max_flow_cpp max_flow.cpp
//   max_flow_cpp FILE lemon|boost-pr|boost-bk
// Prints the milliseconds of processor time that the solve call took, on a graph that is built, and the value.
#include <lemon/preflow.h>
#include <lemon/smart_graph.h>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/boykov_kolmogorov_max_flow.hpp>
#include <boost/graph/push_relabel_max_flow.hpp>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

struct Arc {
    int tail, head;
    long long capacity;
};

struct Problem {
    int nodes = 0, source = 0, sink = 0;
    std::vector<Arc> arcs;
};

static Problem read(const char* path) {
    Problem problem;
    std::FILE* file = std::fopen(path, "r");
    if (!file) {
        std::perror(path);
        std::exit(1);
    }
    char line[256];
    while (std::fgets(line, sizeof line, file)) {
        int u, v;
        long long capacity;
        char end;
        if (std::sscanf(line, "a %d %d %lld", &u, &v, &capacity) == 3) {
            problem.arcs.push_back({u - 1, v - 1, capacity});
        } else if (std::sscanf(line, "n %d %c", &u, &end) == 2) {
            (end == 's' ? problem.source : problem.sink) = u - 1;
        } else {
            std::sscanf(line, "p max %d", &problem.nodes);
        }
    }
    std::fclose(file);
    return problem;
}

static double milliseconds() {
    timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return 1e3 * time.tv_sec + 1e-6 * time.tv_nsec;
}

static void report(double begin, long long value) { std::printf("%.3f %lld\n", milliseconds() - begin, value); }

static void by_lemon(const Problem& problem) {
    using Graph = lemon::SmartDigraph;
    Graph graph;
    graph.reserveNode(problem.nodes);
    graph.reserveArc(static_cast<int>(problem.arcs.size()));
    for (int node = 0; node < problem.nodes; node++) graph.addNode();
    Graph::ArcMap<long long> capacity(graph);
    for (const Arc& arc : problem.arcs)
        capacity[graph.addArc(graph.nodeFromId(arc.tail), graph.nodeFromId(arc.head))] = arc.capacity;
    lemon::Preflow<Graph, Graph::ArcMap<long long>> solver(graph, capacity, graph.nodeFromId(problem.source),
                                                           graph.nodeFromId(problem.sink));
    double begin = milliseconds();
    solver.run();
    report(begin, solver.flowValue());
}

static void by_boost(const Problem& problem, bool boykov_kolmogorov) {
    using namespace boost;
    using Traits = adjacency_list_traits<vecS, vecS, directedS>;
    using Reverse = property<edge_reverse_t, Traits::edge_descriptor>;
    using Residual = property<edge_residual_capacity_t, long long, Reverse>;
    using Edge = property<edge_capacity_t, long long, Residual>;
    using Predecessor = property<vertex_predecessor_t, Traits::edge_descriptor>;
    using Distance = property<vertex_distance_t, long, Predecessor>;
    using Node = property<vertex_index_t, long, property<vertex_color_t, default_color_type, Distance>>;
    using Graph = adjacency_list<vecS, vecS, directedS, Node, Edge>;
    Graph graph(problem.nodes);
    auto capacity = get(edge_capacity, graph);
    auto reverse = get(edge_reverse, graph);
    for (const Arc& arc : problem.arcs) {
        auto forward = add_edge(arc.tail, arc.head, graph).first;
        auto backward = add_edge(arc.head, arc.tail, graph).first;
        capacity[forward] = arc.capacity;
        capacity[backward] = 0;
        reverse[forward] = backward;
        reverse[backward] = forward;
    }
    double begin = milliseconds();
    long long value = boykov_kolmogorov ? boykov_kolmogorov_max_flow(graph, problem.source, problem.sink)
                                        : push_relabel_max_flow(graph, problem.source, problem.sink);
    report(begin, value);
}

int main(int count, char** words) {
    if (count != 3) return 2;
    std::string name = words[2];
    Problem problem = read(words[1]);
    if (name == "lemon")
        by_lemon(problem);
    else
        by_boost(problem, name == "boost-bk");
}
