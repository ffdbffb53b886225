package expr

import "slices"

// Result is the name of the vector that receives the value of an expression compiled by Compile.
const Result = "result"

// Compile compiles one expression into a program that writes its values to the vector Result, as 0
// and 1 if they are booleans. The error is an *Error or Errors.
func Compile(n Node, scope *Scope) (*Program, error) {
	b := newBuilder(scope)
	if err := b.names(n); err != nil {
		return nil, err
	}
	t, err := b.check(n)
	if err != nil {
		return nil, err
	}
	if err := b.single(n, t); err != nil {
		return nil, err
	}
	x, err := b.lower(n)
	if err != nil {
		return nil, err
	}
	b.store(Result, t, x)
	p := b.finish()
	p.result = t
	return p, nil
}

// CompileOptions change what CompileStatements accepts.
type CompileOptions struct {
	// Locals permits assignments to names that the scope does not know; such a name is a vector of
	// this program only, visible to the following statements, with the type of its first value.
	Locals bool
}

// CompileStatements compiles assignments. They take effect in order: a statement sees what earlier
// ones assigned, element by element. Targets are Writable vectors of the scope. The dimension of a
// value must be that of its target; "w *= x" and "w /= x" need a number without dimension. The error
// is an *Error or Errors.
func CompileStatements(list []Statement, scope *Scope, opt CompileOptions) (*Program, error) {
	locals := &Scope{Symbols: make(map[string]Symbol), Parent: scope}
	b := newBuilder(locals)
	var unknown Errors
	for _, s := range list {
		switch err := b.names(s.Value).(type) {
		case *Error:
			unknown = append(unknown, err)
		case Errors:
			unknown = append(unknown, err...)
		}
		if err := b.declare(s, opt); err != nil {
			unknown = append(unknown, err)
		}
	}
	switch len(unknown) {
	case 0:
	case 1:
		return nil, unknown[0]
	default:
		return nil, unknown
	}
	for _, s := range list {
		if err := b.statement(s); err != nil {
			return nil, err
		}
	}
	for _, name := range b.assigned {
		if !b.isLocal(name) {
			sym, _ := scope.Lookup(name)
			b.store(name, sym.Type, b.env[name])
		}
	}
	return b.finish(), nil
}

// isLocal reports whether a name is a vector of the program only.
func (b *builder) isLocal(name string) bool {
	_, ok := b.scope.Symbols[name]
	return ok
}

// targetError returns an error about the target of a statement.
func targetError(s Statement, format string, args ...any) *Error {
	return s.Src.Errorf(s.Start, s.TargetEnd, format, args...)
}

// declare checks the target of a statement and enters a new local.
func (b *builder) declare(s Statement, opt CompileOptions) *Error {
	sym, known := b.scope.Lookup(s.Target)
	switch {
	case b.isLocal(s.Target):
		return nil
	case known && sym.Role == Vector && sym.Writable:
		return nil
	case opt.Locals && s.Op == "=" && !b.scope.defined(s.Target):
		b.scope.Symbols[s.Target] = Symbol{Role: Vector}
		return nil
	case known:
		return targetError(s, "cannot assign to %s, which is not a variable that may be changed here", s.Target)
	}
	return targetError(s, "cannot assign: %s", b.scope.unknownName(s.Target))
}

// defined reports whether a scope or its parents define the name themselves: a unit such as ms may
// be hidden by a local, a symbol may not.
func (s *Scope) defined(name string) bool {
	for ; s != nil; s = s.Parent {
		if _, ok := s.Symbols[name]; ok {
			return true
		}
	}
	return false
}

// single refuses lists and strings, which a program cannot hold.
func (b *builder) single(n Node, t Type) error {
	if t.List || t.Kind == String {
		return fail(n, "%s is %s; a single number is needed here", brief(n), describe(t))
	}
	return nil
}

// statement checks and compiles one assignment.
func (b *builder) statement(s Statement) error {
	b.memo = make(map[Node]operand) // earlier assignments may have changed what names mean
	t, err := b.check(s.Value)
	if err != nil {
		return err
	}
	if err := b.single(s.Value, t); err != nil {
		return err
	}
	assigned := slices.Contains(b.assigned, s.Target)
	if b.isLocal(s.Target) && !assigned {
		if s.Op != "=" {
			return targetError(s, "%s has no value before this statement", s.Target)
		}
		b.scope.Symbols[s.Target] = Symbol{Role: Vector, Type: Type{Kind: t.Kind, Dim: t.Dim}}
	}
	sym, _ := b.scope.Lookup(s.Target)
	if err := assignable(s, sym.Type, t); err != nil {
		return err
	}
	x, err := b.lower(s.Value)
	if err != nil {
		return err
	}
	if s.Op != "=" {
		x = b.emit(binaryOps[s.Op[:1]], b.read(s.Target), x)
	}
	if !assigned {
		b.assigned = append(b.assigned, s.Target)
	}
	b.env[s.Target] = x
	return nil
}

// assignable checks the type of a value against that of its target.
func assignable(s Statement, target, value Type) error {
	_, start, end := s.Value.Span()
	wrong := func(format string, args ...any) error { return s.Src.Errorf(start, end, format, args...) }
	switch s.Op {
	case "*=", "/=":
		if !value.IsNumber() {
			return wrong("%s %s needs a number without dimension, but %s is %s", s.Target, s.Op, brief(s.Value), describe(value))
		}
		if target.Kind == Integer && (value.Kind == Float || s.Op == "/=") || target.Kind == Boolean {
			return wrong("%s %s does not keep %s", s.Target, s.Op, describe(target))
		}
		return nil
	}
	fits := value.Fits(target.Dim)
	switch target.Kind {
	case Boolean:
		fits = value.Kind == Boolean && s.Op == "="
	case Integer:
		fits = fits && (value.Kind == Integer || value.Kind == Boolean)
	case Decibel:
		fits = value.Kind == Decibel
	}
	if fits {
		return nil
	}
	verb := verbs[s.Op]
	return wrong("cannot %s %s %s %s", verb.verb, describeOperand(s.Value, value), verb.between, describeNamed(s.Target, target))
}
