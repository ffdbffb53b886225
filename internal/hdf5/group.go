package hdf5

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Link is an entry of a group.
type Link struct {
	Name    string
	hard    bool
	address uint64
}

// Links returns the entries of a group in alphabetical order.
func (o *Object) Links() ([]Link, error) {
	o.f.begin(o.name)
	var links []Link
	add := func(l Link) error {
		links = append(links, l)
		return nil
	}
	group := false
	for _, kind := range []int{msgSymbolTable, msgLinkInfo} {
		m, ok, err := o.find(kind)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		group = true
		if kind == msgSymbolTable {
			err = o.symbols(m, add)
		} else {
			err = o.denseLinks(m, add)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, m := range o.messages {
		if m.kind != msgLink {
			continue
		}
		l, err := o.f.link(o.cursor(m, "link"))
		if err != nil {
			return nil, err
		}
		group, links = true, append(links, l)
	}
	if !group {
		return nil, &Error{Object: o.name, Offset: -1, Msg: "is no group"}
	}
	slices.SortFunc(links, func(a, b Link) int { return strings.Compare(a.Name, b.Name) })
	for i := 1; i < len(links); i++ {
		if links[i].Name == links[i-1].Name {
			return nil, &Error{Object: o.name, Offset: -1, Msg: fmt.Sprintf("two entries have the name %q", links[i].Name)}
		}
	}
	return links, nil
}

// Open returns the object of an entry.
func (o *Object) Open(l Link) (*Object, error) {
	name := strings.TrimSuffix(o.name, "/") + "/" + l.Name
	if !l.hard {
		return nil, &Error{Object: name, Offset: -1, Msg: "is a soft or external link: only hard links are followed"}
	}
	return o.f.open(name, l.address)
}

// link reads a link message.
func (f *File) link(c *cursor) (Link, error) {
	const flagOrder, flagKind, flagSet = 4, 8, 16
	c.version(1)
	flags := c.u8()
	kind := 0
	if flags&flagKind != 0 {
		kind = c.u8()
	}
	if flags&flagOrder != 0 {
		c.skip(8)
	}
	if flags&flagSet != 0 {
		c.skip(1)
	}
	n := c.uint(1 << (flags & 3))
	if c.err == nil && (n == 0 || n > mostName) {
		c.fail("a name of %d bytes: want 1 to %d", n, mostName)
	}
	l := Link{Name: string(c.bytes(int(n))), hard: kind == 0}
	if l.hard {
		l.address = c.address()
	}
	return l, c.err
}

// denseLinks reads the links that a link info message refers to.
func (o *Object) denseLinks(m message, add func(Link) error) error {
	c := o.cursor(m, "link info")
	c.version(0)
	if c.u8()&1 != 0 {
		c.skip(8)
	}
	heap, index := c.address(), c.address()
	if c.err != nil || heap == undefined {
		return c.err
	}
	h, err := o.f.fractalHeap(heap)
	if err != nil {
		return err
	}
	return o.f.records(index, func(kind int, c *cursor) error {
		if kind != 5 {
			return c.fail("records of type %d: want 5, links by name", kind)
		}
		c.skip(4) // hash of the name
		body, err := h.object(c)
		if err != nil {
			return err
		}
		l, err := o.f.link(body)
		if err != nil {
			return err
		}
		return add(l)
	})
}

// symbols reads the links of an old group.
func (o *Object) symbols(m message, add func(Link) error) error {
	c := o.cursor(m, "symbol table")
	tree, heap := c.address(), c.address()
	if c.err != nil {
		return c.err
	}
	names, err := o.f.localHeap(heap)
	if err != nil {
		return err
	}
	f := o.f
	return f.oldTree(tree, oldTree{kind: 0, key: f.lengthSize, visit: func(_ *cursor, child uint64) error {
		c, err := f.read(child, 8, "symbol node")
		if err != nil {
			return err
		}
		c.signature("SNOD")
		c.version(1)
		c.skip(1)
		count := c.u16()
		if c.err != nil {
			return c.err
		}
		size := 2*f.offsetSize + 24
		if c, err = f.read(child+8, int64(count*size), "symbol node"); err != nil {
			return err
		}
		for range count {
			const soft = 2
			offset := c.address()
			l := Link{address: c.address()}
			l.hard = c.u32() != soft
			c.skip(20)
			if c.err != nil {
				return c.err
			}
			if l.Name, err = names.name(offset); err != nil {
				return err
			}
			if err := add(l); err != nil {
				return err
			}
		}
		return nil
	}})
}

// localHeap is the heap of the names of an old group.
type localHeap struct{ c *cursor }

func (f *File) localHeap(address uint64) (localHeap, error) {
	c, err := f.read(address, int64(8+2*f.lengthSize+f.offsetSize), "local heap")
	if err != nil {
		return localHeap{}, err
	}
	c.signature("HEAP")
	c.version(0)
	c.skip(3)
	n := c.length()
	c.length() // free list
	data := c.address()
	if c.err != nil {
		return localHeap{}, c.err
	}
	c, err = f.read(data, n, "local heap")
	return localHeap{c}, err
}

// name returns the name at an offset: it ends with a zero byte.
func (h localHeap) name(offset uint64) (string, error) {
	c := *h.c
	if offset >= uint64(len(c.b)) {
		return "", c.fail("a name at %d of %d bytes", offset, len(c.b))
	}
	c.i = int(offset)
	n := bytes.IndexByte(c.b[c.i:], 0)
	if n < 1 || n > mostName {
		return "", c.fail("a name without letters, or without an end")
	}
	return string(c.b[c.i : c.i+n]), nil
}

// oldTree says how to walk a B-tree of version 1.
type oldTree struct {
	kind, key int // type of its nodes, bytes of a key
	// visit gets the key to the left of each child of a leaf.
	visit func(key *cursor, child uint64) error
}

// oldTree walks a B-tree of version 1 from left to right.
func (f *File) oldTree(root uint64, t oldTree) error {
	return f.oldNode(root, -1, map[uint64]bool{}, t)
}

func (f *File) oldNode(address uint64, level int, seen map[uint64]bool, t oldTree) error {
	head := int64(8 + 2*f.offsetSize)
	c, err := f.read(address, head, "B-tree")
	if err != nil {
		return err
	}
	if seen[address] {
		return c.fail("the node occurs twice")
	}
	seen[address] = true
	c.signature("TREE")
	c.version(t.kind)
	was := c.u8()
	count := c.u16()
	if c.err == nil && (level >= 0 && was != level || was > mostDepth) {
		c.fail("level %d: want %d", was, level)
	}
	if c.err != nil {
		return c.err
	}
	if c, err = f.read(address+uint64(head), int64(count*(t.key+f.offsetSize)+t.key), "B-tree"); err != nil {
		return err
	}
	for range count {
		key := c.sub(t.key, "key of a B-tree")
		child := c.address()
		if c.err != nil {
			return c.err
		}
		if was > 0 {
			err = f.oldNode(child, was-1, seen, t)
		} else {
			err = t.visit(key, child)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
