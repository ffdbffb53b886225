#!/bin/sh
# Measures other programs beside ours, as far as they are installed: SciPy and Brian2 (Debian's python3-scipy and python3-brian),
# CARFAC and brian2hears (by the user; both are imported by name). One processor each; a table in Markdown.
#   bench/compare.sh
#   PYTHON=/usr/bin/python3 bench/compare.sh    with another Python
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
if [ -z "${PYTHON:-}" ] && ! "$python" -c 'import numpy' 2>/dev/null && /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
	python=/usr/bin/python3 # the one that Debian's packages belong to
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo "- $(go version)"
if [ -r /proc/loadavg ]; then
	echo "- load before: $(cut -d' ' -f1 /proc/loadavg)"
fi
echo
if command -v "$python" >/dev/null; then
	"$python" -W ignore bench/compare.py
else
	echo "no Python: other programs are not measured"
	echo
	echo "| program | what | ns per frame·channel or step·cell | channels or cells in real time at 44.1 kHz |"
	echo "|---|---|---:|---:|"
fi
# ours PACKAGE BENCHMARK WHAT
ours() {
	(cd "$1" && go test -run '^$' -bench "$2" -cpu 1 -benchtime 200ms -count 3 .) >"$scratch/out"
	awk -v what="$3" '/^Benchmark/ {
		for (i = 3; i < NF; i++) if ($(i + 1) ~ /^ns\/(frame|cell)/ && (best == "" || $i + 0 < best)) best = $i + 0
	}
	END {
		if (best == "") { print "compare.sh: no figure for " what > "/dev/stderr"; exit 1 }
		printf "| Hearpipe | %s | %.2f | %d |\n", what, best, 1e9 / 44100 / best
	}' "$scratch/out"
}
ours filterbank 'Gammatone/3000$' gammatone
ours filterbank 'Cascade/3000$' 'four sections of second order'
ours filterbank 'FIR/512_taps,_1_to_1000$' 'finite responses of 512 taps, block by block'
ours pipelines 'SimpleANF/3000$' 'simple-anf, whole chain'
