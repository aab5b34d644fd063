package wire

// bind makes a portal. The parameters' bytes still lie in the read buffer.
func (c *Conn) bind(body []byte) error {
	msg := &c.got.bind
	if err := decode(msg, body); err != nil {
		return err
	}
	if err := c.readText(&msg.DestinationPortal, &msg.PreparedStatement); err != nil {
		return err
	}
	ctx := c.begin()
	c.got.args = BindArgs{
		Portal:           msg.DestinationPortal,
		Statement:        msg.PreparedStatement,
		ParameterFormats: msg.ParameterFormatCodes,
		Parameters:       msg.Parameters,
		ResultFormats:    msg.ResultFormatCodes,
	}
	err := c.session.Bind(ctx, &c.got.args)
	if err = c.end(ctx, err); err != nil {
		return err
	}
	return c.out.empty('2')
}
