package kernel

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestAssemblyNeedsOnlyItsTier reads what the generator found out about the instructions of each function: a machine of a
// tier has to have all of them.
func TestAssemblyNeedsOnlyItsTier(t *testing.T) {
	text, err := os.ReadFile("asm_amd64.s")
	if err != nil {
		t.Fatal(err)
	}
	const prefetches = "MMX+" // on every processor of the architecture
	has := map[string][]string{
		"AVX2":   {"AVX", "AVX2", "FMA3", prefetches},
		"AVX512": {"AVX", "AVX2", "FMA3", prefetches, "AVX512F", "AVX512DQ", "AVX512BW", "AVX512VL"},
	}
	functions := regexp.MustCompile(`(?m)^// Requires: (.*)\nTEXT ·(\w+?)(AVX2|AVX512)\(`).FindAllStringSubmatch(string(text), -1)
	if want := strings.Count(string(text), "\nTEXT "); len(functions) != want || want == 0 {
		t.Fatalf("%d of %d functions say what they need", len(functions), want)
	}
	seen := map[string]int{}
	for _, f := range functions {
		needs, name, tier := f[1], f[2], f[3]
		seen[name]++
		for _, extension := range strings.Split(needs, ", ") {
			// SSE is not in the lists: its instructions wait when they stand behind those of AVX.
			if !slices.Contains(has[tier], extension) {
				t.Errorf("%s%s needs %s", name, tier, extension)
			}
		}
	}
	// The generator would take the registers of AVX-512 for AVX2 too when sixteen do not suffice.
	for _, f := range strings.Split(string(text), "\nTEXT ·")[1:] {
		name, body, _ := strings.Cut(f, "(SB)")
		if r := regexp.MustCompile(`\b([XY](1[6-9]|2\d|3[01])|Z\d+|K[0-7])\b`).FindString(body); r != "" && strings.HasSuffix(name, "AVX2") {
			t.Errorf("%s uses %s", name, r)
		}
	}
	for name, n := range seen {
		// AVX2 computes sections of first order one by one.
		if n != 2 && !slices.Contains([]string{"order1x2", "order1x3", "order1x4"}, name) {
			t.Errorf("%s exists in %d tiers, want 2", name, n)
		}
	}
}
