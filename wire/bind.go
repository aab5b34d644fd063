package wire

import "github.com/jackc/pgx/v5/pgproto3"

// bind makes a portal. The parameters' bytes still lie in the read buffer.
func (c *Conn) bind(body []byte) error {
	var msg pgproto3.Bind
	if err := decode(&msg, body); err != nil {
		return err
	}
	if err := checkText(msg.DestinationPortal, msg.PreparedStatement); err != nil {
		return err
	}
	ctx := c.begin()
	err := c.session.Bind(ctx, &BindArgs{
		Portal:           msg.DestinationPortal,
		Statement:        msg.PreparedStatement,
		ParameterFormats: msg.ParameterFormatCodes,
		Parameters:       msg.Parameters,
		ResultFormats:    msg.ResultFormatCodes,
	})
	if err = c.end(ctx, err); err != nil {
		return err
	}
	return c.out.empty('2')
}
