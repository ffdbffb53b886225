package hrtf

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Parts of MAT-files, which begin with their type and length and fill whole multiples of 8 bytes.
const (
	matChar   = 1
	matInt32  = 5
	matUint32 = 6
	matDouble = 9
	matArray  = 14
)

func matPart(kind int, data ...byte) []byte {
	le := binary.LittleEndian
	b := append(le.AppendUint32(le.AppendUint32(nil, uint32(kind)), uint32(len(data))), data...)
	return append(b, make([]byte, -len(data)&7)...)
}

// matMatrix is an array of a class: 2 is a struct, 6 numbers.
func matMatrix(class byte, name string, rows, columns int, content ...byte) []byte {
	le := binary.LittleEndian
	b := matPart(matUint32, class, 0, 0, 0, 0, 0, 0, 0)
	b = append(b, matPart(matInt32, le.AppendUint32(le.AppendUint32(nil, uint32(rows)), uint32(columns))...)...)
	b = append(b, matPart(matChar, []byte(name)...)...)
	return matPart(matArray, append(b, content...)...)
}

// matNumbers is an array of numbers, column by column.
func matNumbers(rows, columns int, x ...float64) []byte {
	var b []byte
	for _, v := range x {
		b, _ = binary.Append(b, binary.LittleEndian, v)
	}
	return matMatrix(6, "", rows, columns, matPart(matDouble, b...)...)
}

// matStruct is a struct of the fields in the order of names of 16 bytes.
func matStruct(name string, fields map[string][]byte) []byte {
	var names, values []byte
	for _, f := range []string{"azim_v", "elev_v", "content_m", "sampling_hz"} {
		if fields[f] != nil {
			names = append(append(names, f...), make([]byte, 16-len(f))...)
			values = append(values, fields[f]...)
		}
	}
	content := append(matPart(matInt32, 16, 0, 0, 0), matPart(matChar, names...)...)
	return matMatrix(2, name, 1, 1, append(content, values...)...)
}

// writeListen writes a MAT-file into the folders of the database.
func writeListen(t *testing.T, folder, subject, kind string, vars ...[]byte) {
	t.Helper()
	path := filepath.Join(folder, "IRC_"+subject, kind, "MAT", "HRIR", "IRC_"+subject+"_"+kind[:1]+"_HRIR.mat")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	b := append(slices.Repeat([]byte{' '}, 124), 0, 1, 'I', 'M')
	if err := os.WriteFile(path, slices.Concat(append([][]byte{b}, vars...)...), 0o666); err != nil {
		t.Fatal(err)
	}
}

// listenStruct is the struct of an ear: three directions of two taps; tap k of direction i is 10·i + k for the left ear, its negative for the right one.
func listenStruct(name string, sign, hz float64, shape func(...float64) []byte) []byte {
	fields := map[string][]byte{
		"azim_v": shape(270, 0, 30), "elev_v": shape(-15, 7.47, 7.47),
		"content_m": matNumbers(3, 2, 0*sign, 10*sign, 20*sign, 1*sign, 11*sign, 21*sign),
	}
	if hz > 0 {
		fields["sampling_hz"] = matNumbers(1, 1, hz)
	}
	return matStruct(name, fields)
}

func TestListenMATFilesAreTakenApart(t *testing.T) {
	column := func(x ...float64) []byte { return matNumbers(len(x), 1, x...) }
	row := func(x ...float64) []byte { return matNumbers(1, len(x), x...) }
	folder := t.TempDir()
	for _, c := range []struct {
		subject, kind, left, right string
		hz, want                   float64
		shape                      func(...float64) []byte
	}{
		{"1002", "COMPENSATED", "l_eq_hrir_S", "r_eq_hrir_S", 48000, 48000, column},
		{"1003", "COMPENSATED", "l_eq_hrir_S", "r_eq_hrir_S", 0, 44100, row},
		{"3004", "COMPENSATED", "l_eq_hrir_S", "r_eq_hrir_S", 0, 192000, row},
		{"3005", "COMPENSATED", "l_eq_hrir_S", "r_eq_hrir_S", 96000, 96000, column},
		{"1006", "RAW", "l_hrir_S", "r_hrir_S", 44100, 44100, column},
	} {
		writeListen(t, folder, c.subject, c.kind, listenStruct(c.left, 1, c.hz, c.shape), listenStruct(c.right, -1, c.hz, c.shape))
		l, err := NewListen(ListenParams{Folders: []string{folder}, Raw: c.kind == "RAW", RoundElevations: c.subject == "1003"})
		if err != nil {
			t.Fatal(err)
		}
		s, err := l.Load(c.subject)
		if err != nil {
			t.Fatal(err)
		}
		elevation := 7.47
		if c.subject == "1003" {
			elevation = 7.5
		}
		want := [][]float64{{270, -15}, {0, elevation}, {30, elevation}}
		if s.Len() != 3 || s.Taps() != 2 || s.Rate() != c.want || s.Name() != "IRCAM_"+c.subject || s.System() != Spherical {
			t.Errorf("%s: %d responses of %d taps at %g Hz, want 3 of 2 at %g Hz", s.Name(), s.Len(), s.Taps(), s.Rate(), c.want)
		}
		for i := range 3 {
			h, x := s.At(i), float64(10*i)
			if !slices.Equal(s.Coordinates(i), want[i]) || !slices.Equal(h.Left, []float64{x, x + 1}) || h.Right[0] != -x || h.Right[1] != -x-1 {
				t.Errorf("%s: response %d at %v is %v; want %v", s.Name(), i, s.Coordinates(i), h, want[i])
			}
		}
	}
	for subject, c := range map[string]struct {
		want  string
		right []byte
	}{
		"1010": {"the left ear was sampled at 44100 Hz and the right at 48000 Hz", listenStruct("r_eq_hrir_S", -1, 48000, column)},
		"1011": {"neither r_eq_hrir_S nor r_hrir_S", nil},
		"1012": {"has 2 azimuths, 2 elevations and responses of shape [3 2]", matStruct("r_eq_hrir_S", map[string][]byte{"azim_v": row(0, 1), "elev_v": row(0, 1), "content_m": matNumbers(3, 2, 0, 0, 0, 0, 0, 0)})},
		"1013": {"response 2 is at [30 7.47] for the left ear and at [31 7.47] for the right", matStruct("r_eq_hrir_S", map[string][]byte{"azim_v": row(270, 0, 31), "elev_v": row(-15, 7.47, 7.47), "content_m": matNumbers(3, 2, 0, 0, 0, 0, 0, 0)})},
		"1014": {`has no field "content_m"`, matStruct("r_eq_hrir_S", map[string][]byte{"azim_v": row(0), "elev_v": row(0)})},
	} {
		writeListen(t, folder, subject, "COMPENSATED", listenStruct("l_eq_hrir_S", 1, 44100, column), c.right)
		l, err := NewListen(ListenParams{Folders: []string{folder}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = l.Load(subject)
		refused(t, err, "IRC_"+subject+"_C_HRIR.mat", c.want)
	}
}
