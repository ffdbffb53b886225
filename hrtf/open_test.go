package hrtf

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hearpipe/sound"
)

func bytesAt(b []byte) io.ReaderAt { return bytes.NewReader(b) }

// writePair writes a sound file of two channels of n taps, whose taps `at` are 0.5 on the left and 0.25 on the right.
func writePair(t *testing.T, path string, n, left, right int) {
	t.Helper()
	l, r := make([]float64, n), make([]float64, n)
	l[left], r[right] = 0.5, 0.25
	x, err := sound.New(44100, l, r)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := sound.WriteWAV(t.Context(), path, x, sound.WAVParams{}); err != nil {
		t.Fatal(err)
	}
}

func TestListenSoundFilesAreRead(t *testing.T) {
	folder := t.TempDir()
	wav := filepath.Join(folder, "IRC_1099", "COMPENSATED", "WAV", "IRC_1099_C")
	writePair(t, filepath.Join(wav, "IRC_1099_C_R0195_T270_P345.wav"), 16, 5, 2)
	writePair(t, filepath.Join(wav, "IRC_1099_C_R0195_T030_P000.wav"), 16, 1, 3)
	writePair(t, filepath.Join(wav, "IRC_1099_C_R0195_T000_P000.wav"), 16, 0, 0)
	l, err := NewListen(ListenParams{Folders: []string{folder}})
	if err != nil || !slices.Equal(l.Subjects(), []string{"1099"}) {
		t.Fatalf("subjects %v, %v", l.Subjects(), err)
	}
	s, err := l.Load("1099")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]float64{{270, -15, 1.95}, {0, 0, 1.95}, {30, 0, 1.95}}
	for i, at := range want {
		if !slices.Equal(s.Coordinates(i), at) {
			t.Errorf("response %d is at %v, want %v", i, s.Coordinates(i), at)
		}
	}
	if h := s.At(0); s.Len() != 3 || h.Left[5] != 0.5 || h.Right[2] != 0.25 || s.Rate() != 44100 || s.Name() != "IRCAM_1099" {
		t.Errorf("%d responses, the first %v", s.Len(), h)
	}
	_, err = l.Load("1002")
	refused(t, err, `"1002"`, "1099")
	raw, err := NewListen(ListenParams{Folders: []string{folder}, Raw: true})
	if err != nil {
		t.Fatal(err)
	}
	_, err = raw.Load("1099")
	refused(t, err, "RAW", "IRC_1099_R_HRIR.mat")
	_, err = NewListen(ListenParams{Folders: []string{t.TempDir()}})
	refused(t, err, "no folders IRC_NNNN")
	t.Setenv("IRCAM_LISTEN", folder)
	if l, err := NewListen(ListenParams{}); err != nil || len(l.Subjects()) != 1 {
		t.Errorf("from the environment: %v", err)
	}
	t.Setenv("IRCAM_LISTEN", "")
	_, err = NewListen(ListenParams{})
	refused(t, err, "IRCAM_LISTEN is empty")
	if up, err := Open(folder, OpenParams{Rate: 22050}); err != nil || up.Rate() != 22050 {
		t.Errorf("resampled while opening: %v", err)
	}
	_, err = Open(folder, OpenParams{Raw: true})
	refused(t, err, "IRC_1099_R_HRIR.mat")
	_, err = Open(filepath.Join(wav, "IRC_1099_C_R0195_T000_P000.wav"), OpenParams{Raw: true})
	refused(t, err, "raw measurements are chosen in a folder of IRCAM LISTEN")
	_, err = Open("testdata/sofa", OpenParams{Raw: true})
	refused(t, err, "testdata/sofa: hrtf: raw measurements are chosen in IRCAM LISTEN")
}

func TestListenMATFilesHoldWhatOthersRead(t *testing.T) {
	var want struct {
		Rows []struct {
			Azim, Elev  float64
			LeftFirst4  []float64 `json:"left_first4"`
			RightFirst4 []float64 `json:"right_first4"`
			LeftArgmax  int       `json:"left_argmax"`
			RightArgmax int       `json:"right_argmax"`
			LeftSum     float64   `json:"left_sum"`
			RightSum    float64   `json:"right_sum"`
			LeftEnergy  float64   `json:"left_energy"`
			RightEnergy float64   `json:"right_energy"`
		}
		Elevations []float64
		First      [][]float64
	}
	readJSON(t, "testdata/listen-expected.json", &want)
	s, err := Open(collection(t, "ircam-derived"), OpenParams{Subject: "1002"})
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != 187 || s.Taps() != 512 || s.Rate() != 44100 || s.Name() != "IRCAM_1002" {
		t.Errorf("%s: %d responses of %d taps at %g Hz", s.Name(), s.Len(), s.Taps(), s.Rate())
	}
	for i, at := range want.First {
		if !slices.Equal(s.Coordinates(i), at) {
			t.Errorf("response %d is at %v, want %v", i, s.Coordinates(i), at)
		}
	}
	elevations, err := s.Column("elev")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(elevations)
	if got := slices.Compact(elevations); !slices.Equal(got, want.Elevations) {
		t.Errorf("elevations %v, want %v", got, want.Elevations)
	}
	compare := func(at string, h, first []float64, peak int, sum, energy float64) {
		t.Helper()
		gotPeak, gotSum, gotEnergy := 0, 0.0, 0.0
		for k, x := range h {
			if math.Abs(x) > math.Abs(h[gotPeak]) {
				gotPeak = k
			}
			gotSum, gotEnergy = gotSum+x, gotEnergy+x*x
		}
		if !slices.Equal(h[:4], first) || gotPeak != peak || math.Abs(gotSum-sum) > 1e-12 || math.Abs(gotEnergy-energy) > 1e-12 {
			t.Errorf("%s: begins with %v, peak at %d, sum %g, energy %g; want %v, %d, %g, %g", at, h[:4], gotPeak, gotSum, gotEnergy, first, peak, sum, energy)
		}
	}
	for _, r := range want.Rows {
		i, err := s.Find(map[string]float64{"azim": r.Azim, "elev": r.Elev})
		if err != nil {
			t.Error(err)
			continue
		}
		at := fmt.Sprintf("azimuth %g, elevation %g", r.Azim, r.Elev)
		compare(at+", left", s.At(i).Left, r.LeftFirst4, r.LeftArgmax, r.LeftSum, r.LeftEnergy)
		compare(at+", right", s.At(i).Right, r.RightFirst4, r.RightArgmax, r.RightSum, r.RightEnergy)
	}
	plane, err := s.Select("elev == 0")
	if err != nil || plane.Len() != 24 {
		t.Fatalf("horizontal plane: %v", err)
	}
	for i := range 24 {
		if plane.Coordinates(i)[0] != float64(15*i) {
			t.Errorf("response %d of the plane is at %v", i, plane.Coordinates(i))
		}
	}
	_, err = s.Find(map[string]float64{"azim": 7, "elev": 0})
	refused(t, err, "no response at azim 7", "nearest")
}

func TestKEMARIsMirroredAndWhole(t *testing.T) {
	folder := t.TempDir()
	for _, name := range kemarMissing(nil) {
		if strings.HasPrefix(name, "H-40e") {
			name = filepath.Join("elev-40", name)
		}
		writePair(t, filepath.Join(folder, name), 8, 1, 2)
	}
	writePair(t, filepath.Join(folder, "elev-40", "H-40e006a.wav"), 8, 3, 4)
	s, err := Open(folder, OpenParams{})
	if err != nil {
		t.Fatal(err)
	}
	if files := len(kemarMissing(nil)); files != 368 || s.Len() != 710 || s.System() != Clockwise {
		t.Fatalf("%d files, %d responses in the system %v, want 368 and 710", files, s.Len(), s.System())
	}
	fine := 360.0 / 56
	for i, at := range map[int][]float64{0: {0, -40, 1.4}, 1: {fine, -40, 1.4}, 28: {180, -40, 1.4}, 55: {360 - fine, -40, 1.4}, 709: {0, 90, 1.4}} {
		if !slices.Equal(s.Coordinates(i), at) {
			t.Errorf("response %d is at %v, want %v", i, s.Coordinates(i), at)
		}
	}
	if h, m := s.At(1), s.At(55); h.Left[3] != 0.5 || h.Right[4] != 0.25 || m.Left[4] != 0.25 || m.Right[3] != 0.5 {
		t.Errorf("response %v has the mirror image %v", h, m)
	}
	for _, name := range []string{"H80e180a.wav", "H20e105a.wav"} {
		if err := os.Remove(filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	_, err = Open(folder, OpenParams{})
	refused(t, err, "H20e105a.wav is missing", "one of 2", "all 368 files")
	writePair(t, filepath.Join(folder, "H0e007a.wav"), 8, 1, 2)
	_, err = Open(folder, OpenParams{})
	refused(t, err, "H0e007a.wav", "azimuth 7 was not measured", "360/72")
}

// TestKEMARAgreesWithItsSOFAFile compares the two editions of one measurement, of which the compact one has been shortened and equalised: the ears must not be
// exchanged, and the azimuths must run the right way.
func TestKEMARAgreesWithItsSOFAFile(t *testing.T) {
	compact, err := ReadKEMAR(collection(t, "mit-kemar-compact"))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := ReadSOFA(collection(t, "sofa", "MIT_KEMAR_normal_pinna.sofa"))
	if err != nil {
		t.Fatal(err)
	}
	if compact.Len() != 710 || compact.Taps() != 128 || compact.Rate() != 44100 {
		t.Fatalf("%d responses of %d taps at %g Hz; want 710, 128, 44100", compact.Len(), compact.Taps(), compact.Rate())
	}
	same := 0
	for i := range compact.Len() {
		d, _ := compact.Direction(i)
		j, angle, err := whole.Nearest(d)
		if err != nil || angle > 1e-6 {
			t.Errorf("%v: the nearest is %g degrees away, %v", d, angle, err)
			continue
		}
		level := func(h HRTF) float64 { // of the left ear against the right
			l, r := 0.0, 0.0
			for k := range h.Left {
				l, r = l+h.Left[k]*h.Left[k], r+h.Right[k]*h.Right[k]
			}
			return 10 * math.Log10(l/r)
		}
		a, b := level(compact.At(i)), level(whole.At(j))
		if math.Abs(b) > 6 && a*b < 0 {
			t.Errorf("%v: level difference %g dB, in the other edition %g dB", d, a, b)
		}
		same++
	}
	if same != 710 {
		t.Errorf("%d directions are in both", same)
	}
}

func TestCIPICIsOrderedByAngle(t *testing.T) {
	s, err := Open("testdata/cipic", OpenParams{Subject: "003"})
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != 1250 || s.Taps() != 3 || s.Rate() != 44100 || s.System() != InterauralPolar || s.Subject() != "003" {
		t.Fatalf("%d responses of %d taps at %g Hz in the system %v", s.Len(), s.Taps(), s.Rate(), s.System())
	}
	// Element (a, e, t) of the left ear is a + e/100 + t·1000 there, and its negative on the right.
	for _, c := range []struct{ a, e int }{{0, 0}, {1, 49}, {12, 8}, {24, 40}} {
		i := c.a*50 + c.e
		want := float64(c.a) + float64(c.e)/100
		if h := s.At(i); h.Left[0] != want || h.Left[2] != want+2000 || h.Right[1] != -want-1000 {
			t.Errorf("response %d is %v", i, h)
		}
		if at := s.Coordinates(i); at[0] != cipicAzimuths[c.a] || at[1] != -45+5.625*float64(c.e) {
			t.Errorf("response %d is at %v", i, at)
		}
	}
	if d, _ := s.Direction(12*50 + 8); d.Angle(FromAngles(0, 0)) > 1e-9 {
		t.Errorf("lateral angle 0 and elevation 0 is %v", d)
	}
	if d, _ := s.Direction(24*50 + 8); math.Abs(settle(d.Azimuth())-280) > 1e-9 {
		t.Errorf("lateral angle 80 is %v, want 80 degrees to the right", d)
	}
	_, err = Open("testdata/cipic", OpenParams{Subject: "021"})
	refused(t, err, `"021"`, "003")
	one, err := Open("testdata/cipic/subject_003", OpenParams{})
	if err != nil || one.Len() != 1250 {
		t.Errorf("the folder of a subject: %v", err)
	}
}

func TestWhatIsNoSetIsRefused(t *testing.T) {
	folder := t.TempDir()
	_, err := Open(folder, OpenParams{})
	refused(t, err, folder, "no HRTFs here")
	path := filepath.Join(folder, "a.wav")
	writePair(t, path, 10, 0, 0)
	_, err = Open(path, OpenParams{})
	refused(t, err, path, "no HDF5 file", "want a SOFA file, or a MAT-file")
	_, err = Open("testdata/sofa/tester.sofa", OpenParams{Subject: "1002"})
	refused(t, err, "one file holds one subject")
	_, err = Open("testdata/sofa", OpenParams{})
	refused(t, err, "2 subjects", "Pulse, tester")
	if s, err := Open("testdata/sofa", OpenParams{Subject: "Pulse"}); err != nil || s.Len() != 1250 {
		t.Errorf("a folder of SOFA files: %v", err)
	}
	_, err = Open("../internal/matfile/testdata/plain.mat", OpenParams{})
	refused(t, err, "plain.mat", "l_eq_hrir_S", "IRCAM LISTEN")
	_, err = Open("../internal/hdf5/testdata/netcdf.nc", OpenParams{})
	refused(t, err, "netcdf.nc", "Conventions", "want SOFA")
	_, err = Open(filepath.Join(folder, "absent"), OpenParams{})
	refused(t, err, "absent")
	empty := filepath.Join(folder, "empty.sofa")
	if err := os.WriteFile(empty, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	_, err = Open(empty, OpenParams{})
	refused(t, err, empty, "the file is empty (0 bytes)")
	for _, read := range []func(string) (*Set, error){
		func(path string) (*Set, error) { return Open(path, OpenParams{}) }, ReadSOFA, ReadCIPIC, readListenMAT,
		func(path string) (*Set, error) { return nil, (&SetParams{}).addPair(path, nil) },
	} { // devices and named pipes need not have an end
		_, err = read(os.DevNull)
		refused(t, err, os.DevNull, "neither a regular file nor a folder")
	}
}
