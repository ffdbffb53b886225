package expr

import "slices"

// children returns the direct operands of n, in the order of the text.
func children(n Node) []Node {
	switch n := n.(type) {
	case *Unary:
		return []Node{n.X}
	case *Binary:
		return []Node{n.X, n.Y}
	case *Compare:
		return n.Operands
	case *Call:
		return n.Args
	case *List:
		return n.Items
	}
	return nil
}

// Walk calls visit for n and all nodes below it, in the order of the text; it does not go below a
// node for which visit returns false. A node that substitution has put into several places is
// visited once.
func Walk(n Node, visit func(Node) bool) {
	seen := make(map[Node]bool)
	var walk func(Node)
	walk = func(n Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		if visit(n) {
			for _, c := range children(n) {
				walk(c)
			}
		}
	}
	walk(n)
}

// Identifiers returns the names used in n (not those of functions or parameters), each once, in the
// order of the text.
func Identifiers(n Node) []string {
	var names []string
	Walk(n, func(n Node) bool {
		if n, ok := n.(*Name); ok && !slices.Contains(names, n.Ident) {
			names = append(names, n.Ident)
		}
		return true
	})
	return names
}

// Calls returns the names of the functions called in n, each once, in the order of the text.
func Calls(n Node) []string {
	var names []string
	Walk(n, func(n Node) bool {
		if n, ok := n.(*Call); ok && !slices.Contains(names, n.Func) {
			names = append(names, n.Func)
		}
		return true
	})
	return names
}

// DependsOn reports whether n uses one of the names, as an identifier or as a function.
func DependsOn(n Node, names ...string) bool {
	found := false
	Walk(n, func(n Node) bool {
		switch n := n.(type) {
		case *Name:
			found = found || slices.Contains(names, n.Ident)
		case *Call:
			found = found || slices.Contains(names, n.Func)
		}
		return !found
	})
	return found
}

// Rewrite returns n with f applied to every node, from the leaves up; f returns its argument to keep
// a node. Parts that do not change keep their identity, so a random draw in them stays the same
// draw, and a node that stands in several places is rewritten once.
func Rewrite(n Node, f func(Node) Node) Node {
	done := make(map[Node]Node)
	var rewrite func(Node) Node
	rewrite = func(n Node) Node {
		if r, ok := done[n]; ok {
			return r
		}
		before := children(n)
		after := before
		for i, c := range before {
			if r := rewrite(c); r != c {
				if &after[0] == &before[0] {
					after = slices.Clone(before)
				}
				after[i] = r
			}
		}
		r := n
		if len(before) > 0 && &after[0] != &before[0] {
			r = withChildren(n, after)
		}
		r = f(r)
		done[n] = r
		return r
	}
	return rewrite(n)
}

// withChildren returns a copy of n with other operands.
func withChildren(n Node, c []Node) Node {
	switch n := n.(type) {
	case *Unary:
		return &Unary{n.span, n.Op, c[0]}
	case *Binary:
		return &Binary{n.span, n.Op, c[0], c[1]}
	case *Compare:
		return &Compare{n.span, n.Ops, c}
	case *Call:
		return &Call{n.span, n.Func, n.NameEnd, c}
	case *List:
		return &List{n.span, c}
	}
	return n
}

// Substitute returns n with identifiers replaced by expressions, all at once: a replacement is not
// searched again. Errors about a replacement name the place where it was written.
func Substitute(n Node, by map[string]Node) Node {
	return Rewrite(n, func(n Node) Node {
		if name, ok := n.(*Name); ok {
			if r, ok := by[name.Ident]; ok {
				return r
			}
		}
		return n
	})
}

// Equal reports whether two expressions are written the same, apart from spaces and redundant
// parentheses.
func Equal(a, b Node) bool { return a.String() == b.String() }
