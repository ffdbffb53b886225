package filterbank

import (
	"fmt"
	"math"

	"hearpipe/internal/kernel"
)

// ZhangConstants are the constants of the synapse between inner hair cell and auditory nerve of Zhang et al. (2001).
type ZhangConstants struct {
	Spontaneous     float64 // rate in silence, spont [Hz], above 0 and below SteadyState
	SteadyState     float64 // rate at the end of adaptation at high levels, A_SS [Hz], above 0; 350 where the authors' program makes spikes
	TauShort        float64 // time constant of short-term adaptation, τ_ST [s], above 0
	TauRapid        float64 // time constant of rapid adaptation, τ_R [s], above 0 and not τ_ST
	RapidToShort    float64 // ratio of rapid to short-term adaptation, A_RST, above 0
	PeakToSteady    float64 // ratio of the rate at onset to SteadyState, PTS, above 1
	MaxPermeability float64 // permeability at high levels, P_Imax, above 0
}

// ZhangDefaults are the published constants, those of a fibre of high spontaneous rate.
func ZhangDefaults() ZhangConstants {
	return ZhangConstants{
		Spontaneous: 50, SteadyState: 130, TauShort: 0.060, TauRapid: 0.002, RapidToShort: 6, PeakToSteady: 8.627, MaxPermeability: 0.6,
	}
}

// ZhangDesign is what follows from the constants: permeabilities and volumes of the immediate and the local store and the
// concentration of the global one, in arbitrary units of substance with seconds as unit of time, and the law of the immediate
// permeability.
type ZhangDesign struct {
	RestPermeability    float64   // of the immediate store in silence, P_rest
	LocalPermeability   float64   // between local and immediate store, P_L
	GlobalPermeability  float64   // between global and local store, P_G
	ImmediateVolume     float64   // V_I [s]
	LocalVolume         float64   // V_L [s]
	GlobalConcentration float64   // C_G
	Immediate, Local    float64   // concentrations C_I and C_L in silence
	P1                  float64   // permeability per natural unit of the softened half-wave, p_1
	P2                  []float64 // of each channel: natural units per volt, p_2 [1/V]
}

// DesignZhang computes the synapses of channels with the given characteristic frequencies [Hz]. Constants out of range are
// an error that names the value.
func DesignZhang(cf []float64, k ZhangConstants) (*ZhangDesign, error) {
	for _, x := range []struct {
		name  string
		value float64
		ok    bool
		want  string
	}{
		{"steady-state rate [Hz]", k.SteadyState, k.SteadyState > 0, "a positive number"},
		{"spontaneous rate [Hz]", k.Spontaneous, k.Spontaneous > 0 && k.Spontaneous < k.SteadyState, "above 0 and below the steady-state rate"},
		{"time constant of short-term adaptation [s]", k.TauShort, k.TauShort > 0, "a positive number"},
		{"time constant of rapid adaptation [s]", k.TauRapid, k.TauRapid > 0 && k.TauRapid != k.TauShort, "a positive number other than that of short-term adaptation"},
		{"ratio of rapid to short-term adaptation", k.RapidToShort, k.RapidToShort > 0, "a positive number"},
		{"ratio of peak to steady state", k.PeakToSteady, k.PeakToSteady > 1, "above 1"},
		{"maximal permeability", k.MaxPermeability, k.MaxPermeability > 0, "a positive number"},
	} {
		if !finite(x.value) || !x.ok {
			return nil, fmt.Errorf("%s %g: want %s", x.name, x.value, x.want)
		}
	}
	d := k.stores()
	for _, v := range []float64{d.RestPermeability, d.LocalPermeability, d.GlobalPermeability, d.ImmediateVolume, d.LocalVolume, d.GlobalConcentration} {
		if !finite(v) || !(v > 0) {
			return nil, fmt.Errorf("the constants give a store with P_rest %g, P_L %g, P_G %g, V_I %g s, V_L %g s, C_G %g: want all above 0",
				d.RestPermeability, d.LocalPermeability, d.GlobalPermeability, d.ImmediateVolume, d.LocalVolume, d.GlobalConcentration)
		}
	}
	d.Immediate = k.Spontaneous / d.RestPermeability
	d.Local = d.Immediate * (d.RestPermeability + d.LocalPermeability) / d.LocalPermeability
	d.P1 = d.RestPermeability / math.Ln2
	d.P2 = make([]float64, len(cf))
	for c, f := range cf {
		if !(f > 0) || !finite(f) {
			return nil, fmt.Errorf("channel %d: characteristic frequency %g Hz: want above 0 Hz", c, f)
		}
		steep := max(1.5, math.FMA(3, kernel.Log10(f/1000), 2))
		saturation := 20 * (k.Spontaneous + 1) / (k.Spontaneous + 5) * k.MaxPermeability * steep
		e := math.Abs(math.Ln2 * saturation / d.RestPermeability)
		if e < 100 {
			e = kernel.Log(kernel.Expm1(e))
		}
		d.P2[c] = e
	}
	return d, nil
}

// stores solves the published equations for the stores: the response of the synapse to a step of the permeability to its
// maximum shall be the sum of a constant and two exponentials with the amplitudes and time constants of rapid and
// short-term adaptation.
func (k ZhangConstants) stores() *ZhangDesign {
	spont, steady, most := k.Spontaneous, k.SteadyState, k.MaxPermeability
	onset := float64(k.PeakToSteady * steady)
	rapid := (onset - steady) * k.RapidToShort / (1 + k.RapidToShort)
	short := onset - steady - rapid
	rest := most * spont / onset
	global := spont * (onset - spont) / (onset * rest * (1 - spont/steady))
	gamma1, gamma2 := global/spont, global/steady
	kappa1, kappa2 := -1/k.TauRapid, -1/k.TauShort
	volume := func(amplitude, own, other float64) float64 {
		sum := amplitude*(own-other)/(global*most) + other/(rest*gamma1)
		return (1 - most/rest) / (gamma1 * (sum - other/(most*gamma2)))
	}
	immediate := (volume(rapid, kappa1, kappa2) + volume(short, kappa2, kappa1)) / 2
	alpha := gamma2 / (kappa1 * kappa2)
	beta := float64(-(kappa1 + kappa2) * alpha)
	theta1, theta2, theta3 := alpha*most/immediate, immediate/most, gamma2-1/most
	local := ((beta-float64(theta2*theta3))/theta1 - 1) * most
	supply := 1 / (theta3 - 1/local)
	return &ZhangDesign{
		RestPermeability: rest, LocalPermeability: local, GlobalPermeability: supply,
		ImmediateVolume: immediate, LocalVolume: theta1 * local * supply, GlobalConcentration: global,
	}
}
