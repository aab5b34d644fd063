// Package eval computes plan expressions over batches, a column at a time.
//
// Compile turns a plan.Expr into an Expr, which Eval runs over a batch: the answer is a column of
// as many values as the batch has rows. What the expressions of a statement share (parameters, the
// values of outer rows, how to run a subquery) is a Context.
//
// What is never evaluated: an arm of CASE, COALESCE, AND or OR that no row needs. Rows that need an
// arm are gathered into a smaller batch of just the columns the arm reads, see narrow. What is
// evaluated once: every part that reads no column and calls nothing volatile, so that
// embed('x.wav') runs once a statement however many rows it is compared with.
//
// What surprises: a column returned by Eval may be a column of the batch, or a constant kept for
// the next call. Nobody may write to it.
package eval
