package wire

// sync ends a unit of extended-query messages: the implicit transaction, and the skipping after an error.
func (c *Conn) sync() error {
	c.skipToSync = false
	ctx := c.begin()
	return c.end(ctx, c.session.Sync(ctx))
}
