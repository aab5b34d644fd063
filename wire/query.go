package wire

import "github.com/jackc/pgx/v5/pgproto3"

// query answers a simple query.
func (c *Conn) query(body []byte) error {
	var msg pgproto3.Query
	if err := decode(&msg, body); err != nil {
		return err
	}
	if err := c.readText(&msg.String); err != nil {
		return err
	}
	ctx := c.begin()
	c.result = ResultWriter{ctx: ctx, conn: c, out: c.out}
	err := c.session.Query(ctx, msg.String, &c.result)
	if err == nil {
		err = c.result.finish()
	}
	return c.end(ctx, err)
}
