package library

import "fmt"

// ElectrodeParams are the parameters of [Electrode] and [CurrentClamp].
type ElectrodeParams struct {
	Re, Ce string // resistance and capacity; Ce "0*farad" is an electrode without capacity
	// Bridge is the resistance of the bridge, Compensation the capacity that is compensated ("" is none); of the clamp.
	Bridge, Compensation string
	Command              string // the current that is injected into the electrode
}

// Electrode is a resistance with a capacity between amplifier and cell: Ce·dv_el/dt = (vm - v_el)/Re + command, and the
// current i_inj = (v_el - vm)/Re into the cell.
func Electrode(p ElectrodeParams) Current {
	return Current{Name: "i_inj", Equations: fmt.Sprintf("dv_el/dt = ((vm-v_el)/(%s)+(%s))/(%s) : volt\ni_inj = (v_el-vm)/(%s) : amp", p.Re, p.Command, p.Ce, p.Re)}
}

// CurrentClamp is an amplifier that injects a command current through an electrode and records
// v_rec = v_el - bridge·command.
func CurrentClamp(p ElectrodeParams) Current {
	bridge, comp := p.Bridge, p.Compensation
	if bridge == "" {
		bridge = "0*ohm"
	}
	ce := "(" + p.Ce + ")"
	if comp != "" {
		ce = "(" + ce + "-(" + comp + "))"
	}
	c := Electrode(ElectrodeParams{Re: p.Re, Ce: ce, Command: p.Command})
	c.Equations += fmt.Sprintf("\nv_rec = v_el-(%s)*(%s) : volt", bridge, p.Command)
	return c
}

// VoltageClampParams are the parameters of [VoltageClamp]; "" is the default in parentheses.
type VoltageClampParams struct {
	Re      string // resistance of the electrode (20*Mohm)
	Rs      string // resistance that is compensated (0*ohm)
	TauU    string // time constant of the compensation (1*ms)
	Command string // the potential that is wanted
}

// VoltageClamp is an amplifier that holds the potential of the electrode at a command and compensates a part Rs of its
// resistance: i_inj = (command + u - vm)/Re, du/dt = (Rs·i_inj - u)/tau_u, i_rec = -i_inj.
func VoltageClamp(p VoltageClampParams) Current {
	re, rs, tau := p.Re, p.Rs, p.TauU
	for _, x := range []struct {
		to  *string
		def string
	}{{&re, "20*Mohm"}, {&rs, "0*ohm"}, {&tau, "1*ms"}} {
		if *x.to == "" {
			*x.to = x.def
		}
	}
	return Current{Name: "i_inj", Equations: fmt.Sprintf("i_inj = ((%s)+u-vm)/(%s) : amp\ndu/dt = ((%s)*i_inj-u)/(%s) : volt\ni_rec = -i_inj : amp", p.Command, re, rs, tau)}
}
