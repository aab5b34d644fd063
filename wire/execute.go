package wire

// execute runs a portal, to its end or for a number of rows. A limit that is not positive is none.
func (c *Conn) execute(body []byte) error {
	msg := &c.got.execute
	if err := decode(msg, body); err != nil {
		return err
	}
	if err := c.readText(&msg.Portal); err != nil {
		return err
	}
	ctx := c.begin()
	c.result = ResultWriter{ctx: ctx, conn: c, out: c.out, extended: true}
	err := c.session.Execute(ctx, msg.Portal, max(0, int(int32(msg.MaxRows))), &c.result)
	if err == nil {
		err = c.result.finish()
	}
	return c.end(ctx, err)
}
