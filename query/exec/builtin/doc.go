// Package builtin is what the functions do: an implementation for each row of package catalog's proc.tsv,
// found by its Proc.Key ("int4pl(int4,int4)"). A test holds the two together, so that the table never
// promises what is not here; window functions alone are the executor's own (they need its frames).
//
// Its few types: Env is what a function may look at beside its arguments; Func, TypedFunc, SetFunc and
// AggState are the shapes of an implementation, VecFunc the optional fast path of a Func over a batch.
// Families of like functions (the comparisons of every type, arithmetic, aggregates over numbers) are
// registered by loops over their types. One file holds one family.
//
// It is not the place for conversions and text forms of values (package datum), nor for overload
// resolution (package plan), nor for the syntax that looks like a function: COALESCE, CASE, ANY.
//
// What surprises: text compares by bytes, as in the C collation, while lower, upper, initcap, ILIKE and
// case-blind regular expressions know Unicode's letters; and vector distances are summed here once more,
// in the same order as in package vector, because query must not import it.
package builtin
