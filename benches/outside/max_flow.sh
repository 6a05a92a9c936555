#!/bin/sh
# Peers in other languages, for `--outside` of benches/peers: without arguments their names, with a DIMACS file and a
# name the milliseconds and the value of one solve. Needs g++, LEMON, Boost (built on first use), Python and the
# packages named in max_flow.py; a peer that is missing is left out.
set -e
here=$(dirname "$0")
binary=${TMPDIR:-/tmp}/feasible-max-flow-peers
if [ ! -x "$binary" ]; then
    g++ -O3 -march=native -w -o "$binary" "$here/max_flow.cpp" 2> /dev/null || true
fi
if [ $# -eq 0 ]; then
    if [ -x "$binary" ]; then echo lemon boost-pr boost-bk; fi
    for package in ortools:ortools maxflow:pymaxflow igraph:igraph; do
        if python3 -c "import numpy, ${package%:*}" 2> /dev/null; then echo "${package#*:}"; fi
    done
    exit
fi
case $2 in
    lemon | boost-*) exec "$binary" "$1" "$2" ;;
    *) exec python3 -W ignore "$here/max_flow.py" "$1" "$2" ;;
esac
