// Minimum-cost flow by LEMON on a DIMACS file, for side-by-side timing.
//   g++ -O3 -DNDEBUG -o min_cost_cpp min_cost.cpp
//   min_cost_cpp FILE [ns,ns32,cos,cas]
// Prints for every solver its name, the milliseconds of processor time that the solve call took (the mean of several if
// that is less than five), on a graph that is built, and the cost; negative milliseconds if it found no optimum. Arcs are sorted by tail. The simplex in 32 bits
// runs where the numbers of the file are small enough.
#include <lemon/capacity_scaling.h>
#include <lemon/cost_scaling.h>
#include <lemon/network_simplex.h>
#include <lemon/static_graph.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

using Graph = lemon::StaticDigraph;

struct Arc {
    int tail, head;
    long long lower, upper, cost;
};

struct Problem {
    std::vector<long long> supply;
    std::vector<Arc> arcs;
};

static Problem read(const char* path) {
    Problem problem;
    std::FILE* file = std::fopen(path, "r");
    if (!file) {
        std::exit(1);
    }
    char line[256];
    while (std::fgets(line, sizeof line, file)) {
        int nodes, tail, head;
        long long supply, lower, upper, cost;
        if (std::sscanf(line, "p min %d", &nodes) == 1) {
            problem.supply.assign(nodes, 0);
        } else if (std::sscanf(line, "n %d %lld", &tail, &supply) == 2) {
            problem.supply.at(tail - 1) = supply;
        } else if (std::sscanf(line, "a %d %d %lld %lld %lld", &tail, &head, &lower, &upper, &cost) == 5) {
            problem.arcs.push_back({tail - 1, head - 1, lower, upper, cost});
        }
    }
    std::fclose(file);
    std::stable_sort(problem.arcs.begin(), problem.arcs.end(), [](const Arc& a, const Arc& b) { return a.tail < b.tail; });
    return problem;
}

// Numbers of arcs or nodes as LEMON reads them.
template <class Item, class T>
struct Map {
    using Key = Item;
    using Value = T;
    std::vector<T> values;
    T operator[](Item item) const { return values[Graph::id(item)]; }
};

static double now() {
    timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

template <class Solver, class T>
static void run(const char* name, const Graph& graph, const Problem& problem) {
    Map<Graph::Arc, T> lower, upper, cost;
    for (const Arc& arc : problem.arcs) {
        lower.values.push_back(arc.lower);
        upper.values.push_back(arc.upper);
        cost.values.push_back(arc.cost);
    }
    Map<Graph::Node, T> supply;
    supply.values.assign(problem.supply.begin(), problem.supply.end());
    Solver solver(graph);
    solver.lowerMap(lower).upperMap(upper).costMap(cost).supplyMap(supply);
    double begin = now();
    const bool optimal = solver.run() == Solver::OPTIMAL;
    double time = now() - begin;
    if (time < 5.0) {
        // Every run starts anew.
        int count = 0;
        begin = now();
        do {
            solver.run();
            time = now() - begin;
        } while (++count < 10'000 && time < 5.0);
        time /= count;
    }
    std::printf("%s %f %lld\n", name, optimal ? time : -1.0, solver.template totalCost<long long>());
}

int main(int argc, char** argv) {
    if (argc < 2) {
        return 1;
    }
    const Problem problem = read(argv[1]);
    const std::string names = "," + std::string(argc > 2 ? argv[2] : "ns,ns32,cos,cas") + ",";
    const auto wanted = [&](const char* name) { return names.find("," + std::string(name) + ",") != std::string::npos; };
    std::vector<std::pair<int, int>> ends;
    bool small = true;
    for (const Arc& arc : problem.arcs) {
        ends.push_back({arc.tail, arc.head});
        small = small && arc.upper <= 100'000'000;
    }
    for (long long supply : problem.supply) {
        small = small && std::llabs(supply) <= 1'000'000'000;
    }
    Graph graph;
    graph.build(static_cast<int>(problem.supply.size()), ends.begin(), ends.end());
    using Wide = long long;
    if (wanted("ns")) {
        run<lemon::NetworkSimplex<Graph, Wide, Wide>, Wide>("lemon-ns", graph, problem);
    }
    if (wanted("ns32") && small) {
        run<lemon::NetworkSimplex<Graph, int, Wide>, int>("lemon-ns32", graph, problem);
    }
    if (wanted("cos")) {
        run<lemon::CostScaling<Graph, Wide, Wide>, Wide>("lemon-cos", graph, problem);
    }
    if (wanted("cas")) {
        run<lemon::CapacityScaling<Graph, Wide, Wide>, Wide>("lemon-cas", graph, problem);
    }
}
