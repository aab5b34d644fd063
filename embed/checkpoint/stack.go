package checkpoint

// maxStack bounds the stack and the marks: torch.save's pickles keep some thousand
// items between a mark and its SETITEMS at most.
const maxStack = 1 << 20

func (m *machine) push(v any) { m.stack = append(m.stack, v) }

// pop takes the top, which must be above the last mark.
func (m *machine) pop() (any, error) {
	if len(m.stack) == m.floor() {
		return nil, malformed("its pickle takes more from the stack than is there")
	}
	v := m.stack[len(m.stack)-1]
	m.stack = m.stack[:len(m.stack)-1]
	return v, nil
}

// top is the value that the next pop takes.
func (m *machine) top() (any, error) {
	v, err := m.pop()
	if err == nil {
		m.push(v)
	}
	return v, err
}

// popN takes n values, the deepest first.
func (m *machine) popN(n int) ([]any, error) {
	if len(m.stack)-m.floor() < n {
		return nil, malformed("its pickle takes more from the stack than is there")
	}
	v := append([]any(nil), m.stack[len(m.stack)-n:]...)
	m.stack = m.stack[:len(m.stack)-n]
	return v, nil
}

// popMark takes all above the last mark, and the mark.
func (m *machine) popMark() ([]any, error) {
	if len(m.marks) == 0 {
		return nil, malformed("its pickle has no mark to go back to")
	}
	v, err := m.popN(len(m.stack) - m.floor())
	m.marks = m.marks[:len(m.marks)-1]
	return v, err
}

// floor is the last mark.
func (m *machine) floor() int {
	if len(m.marks) == 0 {
		return 0
	}
	return m.marks[len(m.marks)-1]
}

// shuffle moves what is on the stack, and between it and the memo.
func (m *machine) shuffle(op byte) (bool, error) {
	switch op {
	case opMark:
		if len(m.marks) == maxStack || len(m.stack) > maxStack {
			return true, unsupported("a pickle with more than %d marks or items on its stack", maxStack)
		}
		m.marks = append(m.marks, len(m.stack))
		return true, nil
	case opPop:
		_, err := m.pop()
		return true, err
	case opPopMark:
		_, err := m.popMark()
		return true, err
	case opDup:
		v, err := m.top()
		m.push(v)
		return true, err
	case opPut1, opPut4, opMemoize:
		return true, m.put(op)
	case opGet1, opGet4:
		return true, m.get(op)
	case opProto:
		version, err := m.byte()
		if err == nil && version > 5 {
			err = unsupported("pickle protocol %d", version)
		}
		return true, err
	case opFrame:
		_, err := m.bytes(8)
		return true, err
	}
	return false, nil
}

func (m *machine) put(op byte) error {
	at := uint64(len(m.memo))
	var err error
	switch op {
	case opPut1:
		at, err = m.unsigned(1)
	case opPut4:
		at, err = m.unsigned(4)
	}
	if err != nil {
		return err
	}
	v, err := m.top()
	m.memo[uint32(at)] = v
	return err
}

func (m *machine) get(op byte) error {
	size := 1
	if op == opGet4 {
		size = 4
	}
	at, err := m.unsigned(size)
	if err != nil {
		return err
	}
	v, ok := m.memo[uint32(at)]
	if !ok {
		return malformed("its pickle asks for memo %d, which is empty", at)
	}
	m.push(v)
	return nil
}

// container makes tuples, lists and dictionaries, and fills them.
func (m *machine) container(op byte) (bool, error) {
	var items []any
	var err error
	switch op {
	case opEmptyTuple:
		m.push(tuple(nil))
	case opTuple1, opTuple2, opTuple3:
		items, err = m.popN(int(op-opTuple1) + 1)
		m.push(tuple(items))
	case opTuple:
		items, err = m.popMark()
		m.push(tuple(items))
	case opEmptyList:
		m.push(&list{})
	case opEmptyDict:
		m.push(&dict{})
	case opAppend:
		items, err = m.popN(1)
		return true, m.extend(items, err)
	case opAppends:
		items, err = m.popMark()
		return true, m.extend(items, err)
	case opSetItem:
		items, err = m.popN(2)
		return true, m.set(items, err)
	case opSetItems:
		items, err = m.popMark()
		return true, m.set(items, err)
	default:
		return false, nil
	}
	return true, err
}

// extend appends items to the list on top.
func (m *machine) extend(items []any, err error) error {
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	l, ok := v.(*list)
	if !ok {
		return malformed("its pickle appends to what is no list")
	}
	l.items = append(l.items, items...)
	return nil
}

// set puts keys and values in turn into the dictionary on top.
func (m *machine) set(items []any, err error) error {
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	d, ok := v.(*dict)
	if !ok || len(items)%2 != 0 {
		return malformed("its pickle sets items of what is no dictionary")
	}
	for i := 0; i < len(items); i += 2 {
		d.items = append(d.items, pair{items[i], items[i+1]})
	}
	return nil
}
