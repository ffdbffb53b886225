#!/bin/sh
# Measures the kernels in every tier of this machine, then cochleas, chains, cells and networks, and writes tables in Markdown.
# Each figure is the least of many short runs: other work on the machine can only make a run longer.
#   bench/run.sh            everything, some five minutes
#   bench/run.sh PATTERN    kernels whose benchmark matches, e.g. 'Filters/gammatone' or 'Tiers/(Exp|Log)'
#   RUNS=200 bench/run.sh   more runs of the kernels (default 40)
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
*Filters*) "$scratch/kernel.test" -test.run '^$' -test.bench "${1:-BenchmarkFilters}" -test.benchtime 2ms -test.count "$((runs / 2 + 1))" >>"$scratch/out" ;;
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
		# A run of one iteration may count something of the runtime: a kernel that allocates does so in all runs.
		if ($(i + 1) == "allocs/op" && (!((name, tier) in allocations) || $i + 0 < allocations[name, tier])) allocations[name, tier] = $i + 0
	}
}
END {
	if (!n) { print "run.sh: no kernel matches the pattern" > "/dev/stderr"; exit 2 }
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
	for (x in allocations) if (allocations[x] > 0) { sub(SUBSEP, " ", x); print x ": allocates" > "/dev/stderr"; bad = 1 }
	exit bad
}' "$scratch/out"
if [ $# -gt 0 ]; then exit 0; fi
cd ../..

# measure HEADING PACKAGE PATTERN PROCESSORS TIME COUNT: a table of what the benchmarks of a package report, the least of each.
measure() {
	go test -run '^$' -bench "$3" -cpu "$4" -benchtime "$5" -count "$6" "$2" >"$scratch/out" || { cat "$scratch/out" >&2; exit 1; }
	echo
	echo "$1"
	echo
	awk '
/^Benchmark/ {
	name = substr($1, 10)
	sub(/-[0-9]+$/, "", name)
	gsub(/_/, " ", name)
	for (i = 3; i < NF; i++) {
		unit = $(i + 1)
		if (unit !~ /^[a-z-]*(ns|s)\/(frame|cell|event|s)/) continue
		if (!(name in known)) { known[name] = 1; order[++n] = name }
		if (!(unit in seen)) { seen[unit] = 1; units[++m] = unit }
		if (!((name, unit) in least) || $i + 0 < least[name, unit]) least[name, unit] = $i + 0
	}
}
END {
	head = "| |"; line = "|---|"
	for (i = 1; i <= m; i++) { head = head " " units[i] " |"; line = line "---:|" }
	print head; print line
	for (j = 1; j <= n; j++) {
		row = "| " order[j] " |"
		for (i = 1; i <= m; i++) row = row ((order[j], units[i]) in least ? sprintf(" %.3g", least[order[j], units[i]]) : "") " |"
		print row
	}
}' "$scratch/out"
}
measure 'The gammatone on all processors, and memory without filters.' ./internal/kernel 'AllProcessors|MemoryAlone' "$(getconf _NPROCESSORS_ONLN)" 100ms 5
measure 'Cochleas and finite responses, one processor.' ./filterbank 'DRNL|DCGC|TanCarney|FIR|InnerHairCell|Zhang' 1 50ms 10
measure 'Chains of 3,000 channels.' ./pipelines 'Chains/./workers/block=(32|128|1024)$' 2 300ms 3
measure 'Cells, one processor.' ./neurons 'Cells' 1 50ms 5
measure 'Networks, one processor: seconds for each second of the network.' ./neurons 'CUBA|COBAHH|Plasticity' 1 500ms 3
measure 'Propagation, one processor.' ./neurons 'Propagation' 1 100ms 3
