package wire

// CopyWriter is the stream of a COPY TO STDOUT. Postgres's clients take each message for one row, so call Write
// once a row (and once each for a binary copy's header and trailer).
type CopyWriter struct{ w *ResultWriter }

// CopyOut announces COPY data to the client; write the rows, Close, then call CommandComplete.
func (w *ResultWriter) CopyOut(format byte, columnFormats []int16) (*CopyWriter, error) {
	w.copyOut = &CopyWriter{w: w}
	return w.copyOut, w.out.copyResponse('H', format, columnFormats)
}

// Write sends p as one CopyData message; p is copied. The error wraps ErrClientGone.
func (c *CopyWriter) Write(p []byte) (int, error) {
	out := c.w.out
	out.begin('d')
	out.buf = append(out.buf, p...)
	if err := out.end(); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close sends CopyDone. It must not be called where the copy failed: the error itself ends it.
func (c *CopyWriter) Close() error {
	c.w.copyOut = nil
	return c.w.out.empty('c')
}
