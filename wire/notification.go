package wire

// Notification sends a NotificationResponse, at the latest with the next flush. Only the session's goroutine may call
// it, from inside ReportParameters, or whoever WhenIdle runs. The error wraps ErrClientGone.
func (c *Conn) Notification(pid uint32, channel, payload string) error {
	c.out.begin('A')
	c.out.int32(int32(pid))
	c.out.string(channel)
	c.out.string(payload)
	return c.out.end()
}

// WhenIdle runs send and flushes, if the connection waits for its client with nothing begun; otherwise it does nothing and
// returns false. Any goroutine may call it. While send writes, the session does not begin its client's next message.
func (c *Conn) WhenIdle(send func() error) bool {
	c.restMu.Lock()
	defer c.restMu.Unlock()
	if !c.resting {
		return false
	}
	if send() == nil {
		_ = c.out.flush() // a lost client shows in the next read
	}
	return true
}

// rest notes whether the connection waits with nothing begun.
func (c *Conn) rest(resting bool) {
	c.restMu.Lock()
	c.resting = resting
	c.restMu.Unlock()
}
