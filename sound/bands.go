package sound

import "fmt"

// Band is a range of frequencies [Hz]. Its ends do not belong to it.
type Band struct{ Low, High float64 }

// KeepBands sets all of the discrete Fourier transform of each channel to 0 that lies in none of the bands: an ideal filter of the sound
// as a whole, as Culling & Summerfield (1995) made vowels of noise. What rings beyond one end comes back at the other.
func (s *Sound) KeepBands(bands ...Band) (*Sound, error) {
	if len(bands) == 0 {
		return nil, fmt.Errorf("sound: no bands: want at least 1")
	}
	for i, b := range bands {
		if !(b.High > b.Low) {
			return nil, fmt.Errorf("sound: band %d is %g Hz to %g Hz: want a lower end below the upper one", i, b.Low, b.High)
		}
	}
	t := s.copied()
	n := s.data.N
	if n == 0 {
		return t, nil
	}
	d := newDFT(n)
	for c := range s.data.Channels {
		x, err := s.Channel(c)
		if err != nil {
			return nil, err
		}
		bins := d.forward(x)
		for k := range bins {
			f := float64(k) * s.rate / float64(n)
			kept := false
			for _, b := range bands {
				kept = kept || f > b.Low && f < b.High
			}
			if !kept {
				bins[k] = 0
			}
		}
		t.setChannel(c, d.inverse(bins))
	}
	return t, nil
}
