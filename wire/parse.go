package wire

import "github.com/jackc/pgx/v5/pgproto3"

// parse makes a prepared statement.
func (c *Conn) parse(body []byte) error {
	var msg pgproto3.Parse
	if err := decode(&msg, body); err != nil {
		return err
	}
	if err := c.readText(&msg.Name, &msg.Query); err != nil {
		return err
	}
	ctx := c.begin()
	err := c.session.Parse(ctx, msg.Name, msg.Query, msg.ParameterOIDs)
	if err = c.end(ctx, err); err != nil {
		return err
	}
	return c.out.empty('1')
}
