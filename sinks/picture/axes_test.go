package picture

import "testing"

func TestMarginsHoldWhatStandsInThem(t *testing.T) {
	plain := func() *panel { return &panel{x: axis{max: 1}, y: axis{max: 1}, wide: 300, high: 200} }
	if m := plain().margins(); m != (margins{1, 1, 1, 1}) {
		t.Errorf("a frame alone: %+v", m)
	}
	label := "a long label"
	for _, c := range []struct {
		what string
		set  func(p *panel)
		grew func(a, b margins) bool
	}{
		{"title", func(p *panel) { p.title = "x" }, func(a, b margins) bool { return b.top > a.top+20 && b.left == a.left }},
		{"x label", func(p *panel) { p.x.label = "x" }, func(a, b margins) bool { return b.bottom > a.bottom+20 && b.left == a.left }},
		{"y label", func(p *panel) { p.y.label = "y" }, func(a, b margins) bool { return b.left > a.left+20 && b.bottom == a.bottom }},
		{"last x tick", func(p *panel) { p.x.ticks = ticks{{1, label}} }, func(a, b margins) bool { return b.right > a.right+50 && b.left == a.left }},
		{"first x tick", func(p *panel) { p.x.ticks = ticks{{0, label}} }, func(a, b margins) bool { return b.left > a.left+50 && b.right == a.right }},
		{"y tick", func(p *panel) { p.y.ticks = ticks{{0.5, label}} }, func(a, b margins) bool { return b.left > a.left+100 && b.top == a.top }},
		{"last y tick", func(p *panel) { p.y.ticks = ticks{{1, "0"}} }, func(a, b margins) bool { return b.top > a.top+5 }},
		{"wide title", func(p *panel) { p.title = label + label + label + label }, func(a, b margins) bool { return b.left > a.left+20 && b.right > a.right+20 }},
		{"tall y label", func(p *panel) { p.high, p.y.label = 60, label }, func(a, b margins) bool { return b.bottom > a.bottom+20 && b.top > a.top+20 }},
		{"short ticks", func(p *panel) { p.x.ticks, p.y.ticks = ticks{{0, ""}}, ticks{{1, ""}} }, func(a, b margins) bool { return a == b }},
	} {
		p := plain()
		c.set(p)
		if a, b := plain().margins(), p.margins(); !c.grew(a, b) {
			t.Errorf("%s: %+v became %+v", c.what, a, b)
		}
	}
}

func TestPicturesHoldAllPanels(t *testing.T) {
	a := &panel{x: axis{max: 1}, y: axis{max: 1}, wide: 300, high: 200}
	b := &panel{x: axis{max: 1}, y: axis{max: 1}, left: 400, low: -100, wide: 50, high: 60}
	size, origin := figure{[]*panel{a, b}}.layout()
	if size.X != 10+1+450+1+10 || size.Y != 10+1+300+1+10 {
		t.Errorf("size %v", size)
	}
	if origin.X != 11 || origin.Y != 111 {
		t.Errorf("origin %v", origin)
	}
}
