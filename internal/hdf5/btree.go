package hdf5

// tree is the header of a B-tree of version 2.
type tree struct {
	f            *File
	kind         int
	node, record int   // bytes of a node and of a record
	pointers     []int // bytes of a pointer to a node, by the depth of the node that holds it
	countSize    int
	visit        func(kind int, record *cursor) error
	left         int64 // records still to come
}

// records walks a B-tree of version 2 in order, with a cursor over each record.
func (f *File) records(address uint64, visit func(kind int, record *cursor) error) error {
	c, err := f.read(address, int64(4+1+1+4+2+2+1+1+f.offsetSize+2+f.lengthSize+4), "B-tree")
	if err != nil {
		return err
	}
	t := &tree{f: f, visit: visit}
	c.signature("BTHD")
	c.version(0)
	t.kind = c.u8()
	t.node, t.record = int(c.u32()), c.u16()
	depth := c.u16()
	c.skip(2)
	root := c.address()
	count := c.u16()
	t.left = c.length()
	c.checksum(0)
	if c.err != nil {
		return c.err
	}
	const frame = 10 // signature, version, type, checksum
	switch {
	case t.record < 1 || t.node < frame+t.record || int64(t.node) > f.size:
		return c.fail("nodes of %d and records of %d bytes", t.node, t.record)
	case depth > mostDepth:
		return c.fail("depth %d: want at most %d", depth, mostDepth)
	case t.left == 0:
		return nil
	}
	// A node holds as many records as fit; pointers count the records of a child and, below depth 1, of all its descendants.
	most := uint64((t.node - frame) / t.record)
	total := most
	t.countSize = bytesFor(most)
	t.pointers = []int{0}
	totalSize := 0
	for d := 1; d <= depth; d++ {
		size := f.offsetSize + t.countSize + totalSize
		t.pointers = append(t.pointers, size)
		most = uint64(max(0, t.node-frame-size) / (t.record + size))
		if most > 0 && total > (1<<62)/(most+1) {
			return c.fail("a tree of depth %d holds more records than can be counted", depth)
		}
		total = (most+1)*total + most
		totalSize = bytesFor(total)
	}
	if err := t.walk(root, count, depth); err != nil {
		return err
	}
	if t.left != 0 {
		return c.fail("%d records are missing", t.left)
	}
	return nil
}

// walk visits the records of a node and of those below it.
func (t *tree) walk(address uint64, count, depth int) error {
	n := int64(6) + int64(count)*int64(t.record)
	signature := "BTLF"
	if depth > 0 {
		signature = "BTIN"
		n += int64(count+1) * int64(t.pointers[depth])
	}
	c, err := t.f.read(address, n+4, "node of a B-tree")
	if err != nil {
		return err
	}
	c.signature(signature)
	c.version(0)
	if kind := c.u8(); c.err == nil && kind != t.kind {
		c.fail("records of type %d: want %d", kind, t.kind)
	}
	records := c.sub(count*t.record, "record of a B-tree")
	pointers := c.sub(int(n)-c.i, "node of a B-tree")
	c.checksum(0)
	if c.err != nil {
		return c.err
	}
	for i := range count + 1 {
		if depth > 0 {
			child := pointers.address()
			k := int(pointers.uint(t.countSize))
			pointers.skip(t.pointers[depth] - t.f.offsetSize - t.countSize)
			if pointers.err != nil {
				return pointers.err
			}
			if err := t.walk(child, k, depth-1); err != nil {
				return err
			}
		}
		if i == count {
			break
		}
		if t.left--; t.left < 0 {
			return c.fail("more records than the tree says")
		}
		if err := t.visit(t.kind, records.sub(t.record, "record of a B-tree")); err != nil {
			return err
		}
	}
	return nil
}
