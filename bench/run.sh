#!/bin/sh
# Measures the kernels in every tier of this machine and writes a table in Markdown. Each figure is the least of many short
# runs: other work on the machine can only make a run longer.
#   bench/run.sh            all kernels, one or two minutes
#   bench/run.sh PATTERN    those whose benchmark matches, e.g. 'Filters/gammatone' or 'Tiers/(Exp|Log)'
#   RUNS=200 bench/run.sh   more runs (default 40)
set -eu
cd "$(dirname "$0")/.."
runs=${RUNS:-40}
pattern=${1:-'Tiers|Filters'}
case $pattern in
*Tiers* | *Filters*) ;;
*)
	echo "run.sh: pattern '$pattern' names neither Tiers nor Filters" >&2
	exit 2
	;;
esac
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
go test -c -o "$scratch/kernel.test" ./internal/kernel

echo "- $(go version)"
if command -v lscpu >/dev/null; then
	lscpu | sed -n 's/^Model name: */- /p; s/^CPU(s): */- processors: /p; s/^L1d cache: */- L1d: /p; s/^L2 cache: */- L2: /p; s/^L3 cache: */- L3: /p'
fi
if [ -r /proc/loadavg ]; then
	echo "- load before: $(cut -d' ' -f1 /proc/loadavg)"
fi
echo "- command: RUNS=$runs bench/run.sh${1:+ '$1'}, at $(git log -1 --format=%h 2>/dev/null || echo an unknown commit)"
echo
echo "Nanoseconds per element, number or frame·channel; for filters also the channels of one core in real time at 44.1 kHz."
echo
cd internal/kernel
case $pattern in
*Tiers*) "$scratch/kernel.test" -test.run '^$' -test.bench "${1:-BenchmarkTiers}" -test.benchtime 50us -test.count "$runs" >>"$scratch/out" ;;
esac
case $pattern in
*Filters*) "$scratch/kernel.test" -test.run '^$' -test.bench "${1:-BenchmarkFilters}" -test.benchtime 300us -test.count "$((runs / 2 + 1))" >>"$scratch/out" ;;
esac
awk '
/^Benchmark/ {
	parts = split($1, part, "/")
	tier = part[parts]
	sub(/-[0-9]+$/, "", tier) # the number of processors
	name = substr($1, 10, length($1) - 10 - length(part[parts]))
	sub(/^(Tiers|Filters)\//, "", name)
	gsub(/_/, " ", name)
	for (i = 3; i < NF; i++) {
		if ($(i + 1) ~ /^ns\/(element|number|frame)/) {
			if (!(name in known)) { known[name] = 1; order[++n] = name }
			if (!((name, tier) in least) || $i + 0 < least[name, tier]) least[name, tier] = $i + 0
			if ($(i + 1) ~ /frame/) filter[name] = 1
			tiers[tier] = 1
		}
		if ($(i + 1) == "allocs/op" && $i > 0) { print name ": " $i " allocations" > "/dev/stderr"; bad = 1 }
	}
}
END {
	columns = split("go avx2 avx512", column, " ")
	head = "| kernel |"; line = "|---|"
	for (i = 1; i <= columns; i++) if (column[i] in tiers) { head = head " " column[i] " |"; line = line "---:|" }
	print head; print line
	for (j = 1; j <= n; j++) {
		row = "| " order[j] " |"
		for (i = 1; i <= columns; i++) if (column[i] in tiers) {
			v = least[order[j], column[i]]
			row = row sprintf(" %.2f", v)
			if (order[j] in filter) row = row sprintf(" (%d)", 1e9 / 44100 / v)
			row = row " |"
		}
		print row
	}
	exit bad
}' "$scratch/out"
