package wire

import "context"

// describe answers with the shape of a prepared statement ('S') or a portal ('P').
func (c *Conn) describe(body []byte) error {
	msg := &c.got.describe
	if err := decode(msg, body); err != nil {
		return err
	}
	if err := c.readText(&msg.Name); err != nil {
		return err
	}
	ctx := c.begin()
	return c.end(ctx, c.describeNamed(ctx, msg.ObjectType, msg.Name))
}

func (c *Conn) describeNamed(ctx context.Context, objectType byte, name string) error {
	var fields []Field
	var err error
	switch objectType {
	case 'S':
		var oids []uint32
		if oids, fields, err = c.session.DescribeStatement(ctx, name); err != nil {
			return err
		}
		if err := c.out.parameterDescription(oids); err != nil {
			return err
		}
	case 'P':
		if fields, err = c.session.DescribePortal(ctx, name); err != nil {
			return err
		}
	default:
		return protocolError("invalid DESCRIBE message subtype %d", objectType)
	}
	if fields == nil {
		return c.out.empty('n')
	}
	return c.out.rowDescription(fields)
}

func (w *writer) parameterDescription(oids []uint32) error {
	w.begin('t')
	w.int16(int16(len(oids)))
	for _, oid := range oids {
		w.int32(int32(oid))
	}
	return w.end()
}
