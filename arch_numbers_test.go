package hearpipe_test

import (
	"bufio"
	"bytes"
	"go/ast"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// numeric lists the packages whose arithmetic reaches streams, states and coefficients. Their results are the same bits
// on every machine of one architecture, so two things are forbidden there: functions of the standard library that have
// a machine's own version, and products that the compiler may or may not fuse with a sum.
var numeric = []string{"internal/kernel", "internal/random", "internal/expr", "units", "stages", "sound", "filterbank", "hrtf", "neurons"}

// exact is what of package math is exact or correctly rounded, hence equal everywhere. All else comes from
// internal/kernel.
var exact = strings.Fields(`
	Abs Ceil Copysign FMA Float32bits Float32frombits Float64bits Float64frombits Floor Frexp Ilogb Inf IsInf IsNaN Ldexp
	Logb Max Min Mod Modf NaN Nextafter Remainder Round RoundToEven Signbit Sqrt Trunc
	E Pi Phi Sqrt2 SqrtE SqrtPi SqrtPhi Ln2 Log2E Ln10 Log10E
	MaxFloat32 MaxFloat64 SmallestNonzeroFloat32 SmallestNonzeroFloat64
	MaxInt MinInt MaxInt8 MinInt8 MaxInt16 MinInt16 MaxInt32 MinInt32 MaxInt64 MinInt64 MaxUint8 MaxUint16 MaxUint32 MaxUint64 MaxUint`)

func isNumeric(s source) bool {
	return !s.test && slices.ContainsFunc(numeric, func(dir string) bool { return within(s.dir, dir) })
}

func TestElementaryFunctionsAreOurOwn(t *testing.T) {
	seen := 0
	for _, s := range sources(t) {
		if !isNumeric(s) {
			continue
		}
		name := ""
		for _, spec := range s.file.Imports {
			switch p, _ := strconv.Unquote(spec.Path.Value); p {
			case "math":
				name = "math"
				if spec.Name != nil {
					name = spec.Name.Name
				}
				if name == "." {
					t.Errorf("%s: math must be imported by name", s.place(spec))
				}
			case "math/cmplx":
				t.Errorf("%s: math/cmplx gives other bits on other machines", s.place(spec))
			}
		}
		if name == "" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if id, ok := sel.X.(*ast.Ident); ok && id.Name == name {
				seen++
				if !slices.Contains(exact, sel.Sel.Name) {
					t.Errorf("%s: math.%s gives other bits on other machines: use kernel.%[2]s", s.place(n), sel.Sel.Name)
				}
			}
			return true
		})
	}
	if seen == 0 {
		t.Fatal("no use of package math found: the walk is broken")
	}
}

// fused matches the assembly listing of a fused multiply–add on arm64, the architecture on which the compiler fuses
// most eagerly: across assignments, inlined calls and stores, where the text of the program shows nothing.
var fused = regexp.MustCompile(`\(` + module + `/([^()]+\.go):(\d+)\)\tFN?M(?:ADD|SUB)[DS]\t`)

func TestCompilerFusesNothingUnasked(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles for arm64")
	}
	args := []string{"build", "-trimpath", "-gcflags=-S"}
	for _, dir := range numeric {
		if _, err := os.Stat(dir); err == nil {
			args = append(args, "./"+dir+"/...")
		}
	}
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOARCH=arm64", "GOOS=linux", "CGO_ENABLED=0")
	listing, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := map[string][][]byte{}
	for _, s := range sources(t) {
		lines[s.path] = bytes.Split(s.text, []byte("\n"))
	}
	asked, reported := 0, map[string]bool{}
	scan := bufio.NewScanner(listing) // the listing is long: it is never held whole
	scan.Buffer(nil, 1<<22)
	for scan.Scan() {
		m := fused.FindSubmatch(scan.Bytes())
		if m == nil {
			continue
		}
		file := string(m[1])
		line, _ := strconv.Atoi(string(m[2]))
		if text := lines[file]; line >= 1 && line <= len(text) && bytes.Contains(text[line-1], []byte("FMA(")) {
			asked++
			continue
		}
		if where := file + ":" + string(m[2]); !reported[where] {
			reported[where] = true
			t.Errorf("%s: a product is fused with a sum: write float64(a*b), or math.FMA if that is meant", where)
		}
	}
	if err := scan.Err(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		again := exec.Command("go", "build", "-gcflags=-e", "./...") // without the listing, for the message alone
		again.Env = cmd.Env
		said, _ := again.CombinedOutput()
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	if asked == 0 {
		t.Fatal("no fused instruction found at all: the listing is not read")
	}
}
