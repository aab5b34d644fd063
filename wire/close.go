package wire

import "github.com/jackc/pgx/v5/pgproto3"

// closeNamed forgets a prepared statement ('S') or a portal ('P').
func (c *Conn) closeNamed(body []byte) error {
	var msg pgproto3.Close
	if err := decode(&msg, body); err != nil {
		return err
	}
	if err := c.readText(&msg.Name); err != nil {
		return err
	}
	var err error
	switch msg.ObjectType {
	case 'S':
		err = c.session.CloseStatement(msg.Name)
	case 'P':
		err = c.session.ClosePortal(msg.Name)
	default:
		err = protocolError("invalid CLOSE message subtype %d", msg.ObjectType)
	}
	if err != nil {
		return err
	}
	return c.out.empty('3')
}
