package hdf5

// Types of header messages.
const (
	msgDataspace    = 0x01
	msgLinkInfo     = 0x02
	msgDatatype     = 0x03
	msgOldFill      = 0x04
	msgFill         = 0x05
	msgLink         = 0x06
	msgExternal     = 0x07
	msgLayout       = 0x08
	msgFilters      = 0x0b
	msgAttribute    = 0x0c
	msgContinuation = 0x10
	msgSymbolTable  = 0x11
	msgAttributes   = 0x15
)

// flagShared marks a message that is only a reference to one stored elsewhere.
const flagShared = 2

// message is one message of an object header.
type message struct {
	kind, flags int
	at          int64 // offset in the file
	body        []byte
}

// Object is a group, a dataset or a named type.
type Object struct {
	f        *File
	name     string // path
	address  uint64
	messages []message
}

// Name returns the path by which the object was found.
func (o *Object) Name() string { return o.name }

// block is a run of messages in the file.
type block struct {
	at uint64
	n  int64
}

// open reads an object header with all its continuations.
func (f *File) open(name string, address uint64) (*Object, error) {
	f.begin(name)
	return f.header(name, address)
}

// header is open within an operation that has begun.
func (f *File) header(name string, address uint64) (*Object, error) {
	o := &Object{f: f, name: name, address: address}
	c, err := f.read(address, f.rest(address, 4), "object header")
	if err != nil {
		return nil, err
	}
	if string(c.b) == "OHDR" {
		return o, o.readNew()
	}
	return o, o.readOld()
}

// cursor returns a cursor over the body of a message.
func (o *Object) cursor(m message, what string) *cursor {
	return &cursor{f: o.f, b: m.body, at: m.at, what: what}
}

// readOld reads a header of version 1.
func (o *Object) readOld() error {
	c, err := o.f.read(o.address, 16, "object header")
	if err != nil {
		return err
	}
	c.version(1)
	c.skip(1)
	count := c.u16()
	c.skip(4) // references
	n := int64(c.u32())
	if c.err != nil {
		return c.err
	}
	blocks := []block{{o.address + 16, n}}
	for i := 0; i < len(blocks); i++ {
		if blocks, err = o.readOldBlock(blocks, i, &count); err != nil {
			return err
		}
	}
	return nil
}

func (o *Object) readOldBlock(blocks []block, i int, count *int) ([]block, error) {
	c, err := o.f.read(blocks[i].at, blocks[i].n, "object header")
	if err != nil {
		return nil, err
	}
	for c.left() >= 8 && *count > 0 {
		*count--
		m := message{kind: c.u16()}
		n := c.u16()
		m.flags = c.u8()
		c.skip(3)
		m.at = c.at + int64(c.i)
		m.body = c.bytes(n)
		if c.err != nil {
			return nil, c.err
		}
		if blocks, err = o.add(m, blocks); err != nil {
			return nil, err
		}
	}
	return blocks, nil
}

// add keeps a message, or the block that a continuation names.
func (o *Object) add(m message, blocks []block) ([]block, error) {
	if m.kind != msgContinuation {
		o.messages = append(o.messages, m)
		return blocks, nil
	}
	c := o.cursor(m, "continuation of an object header")
	b := block{at: c.address(), n: c.length()}
	for _, other := range blocks {
		if c.err == nil && other.at == b.at {
			c.fail("the header continues at %#x for the second time", b.at)
		}
	}
	if len(blocks) >= mostBlocks {
		c.fail("a header of more than %d pieces", mostBlocks)
	}
	return append(blocks, b), c.err
}

// readNew reads a header of version 2.
func (o *Object) readNew() error {
	const flagOrder, flagPhase, flagTimes = 4, 16, 32
	c, err := o.f.read(o.address, o.f.rest(o.address, 4+2+16+4+8), "object header")
	if err != nil {
		return err
	}
	c.signature("OHDR")
	c.version(2)
	flags := c.u8()
	if flags&flagTimes != 0 {
		c.skip(16)
	}
	if flags&flagPhase != 0 {
		c.skip(4)
	}
	n := int64(c.uint(1 << (flags & 3)))
	if c.err != nil {
		return c.err
	}
	blocks := []block{{o.address, int64(c.i) + n + 4}}
	start := c.i
	for i := 0; i < len(blocks); i++ {
		if n < 0 || blocks[i].n < 8 {
			return c.fail("a block of %d bytes: want at least 8", blocks[i].n)
		}
		c, err := o.f.read(blocks[i].at, blocks[i].n, "object header")
		if err != nil {
			return err
		}
		whole := c.b
		c.i = len(whole) - 4
		c.checksum(0)
		c.i = start
		if i > 0 {
			c.i = 0
			c.signature("OCHK")
		}
		c.b = whole[:len(whole)-4]
		least := 4
		if flags&flagOrder != 0 {
			least = 6
		}
		for c.left() >= least {
			m := message{kind: c.u8()}
			n := c.u16()
			m.flags = c.u8()
			if flags&flagOrder != 0 {
				c.skip(2)
			}
			m.at = c.at + int64(c.i)
			m.body = c.bytes(n)
			if c.err != nil {
				return c.err
			}
			if blocks, err = o.add(m, blocks); err != nil {
				return err
			}
		}
		if c.err != nil {
			return c.err
		}
	}
	return nil
}

// find returns the first message of a kind, resolved if it is shared.
func (o *Object) find(kind int) (m message, ok bool, err error) {
	for _, m := range o.messages {
		if m.kind == kind {
			m, err := o.resolve(m, 0)
			return m, err == nil, err
		}
	}
	return message{}, false, nil
}

// resolve follows a shared message to where it is stored.
func (o *Object) resolve(m message, depth int) (message, error) {
	if m.flags&flagShared == 0 {
		return m, nil
	}
	c := o.cursor(m, "shared message")
	kind := 0
	switch c.version(1, 2, 3) {
	case 1:
		c.skip(1 + 6)
	case 2:
		c.skip(1)
	case 3:
		kind = c.u8()
	}
	address := c.address()
	if c.err == nil && (kind == 1 || kind == 3 || depth > 4) {
		c.fail("shared in a heap: this is not supported")
	}
	if c.err != nil {
		return m, c.err
	}
	other, err := o.f.header(o.name, address)
	if err != nil {
		return m, err
	}
	for _, x := range other.messages {
		if x.kind == m.kind {
			return other.resolve(x, depth+1)
		}
	}
	return m, c.fail("the object at %#x has no message of type %#x", address, m.kind)
}
