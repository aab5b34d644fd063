package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
)

// written is the operator's symbol that a call was written with, "" for a call of a function.
func (x *Call) written() string {
	if x.Operator != nil {
		return x.Operator.Name
	}
	return x.Op
}

// writtenOperator is the symbol of what stands before ANY or ALL.
func writtenOperator(op string, o *catalog.Operator) string {
	if o != nil {
		return o.Name
	}
	return op
}

// operatorName is qualified where the session's search path does not find the operator: a user's or an extension's.
func (v Views) operatorName(x *Call) string {
	if x.Operator != nil {
		return v.userOperatorName(x.Operator)
	}
	if x.Proc.Schema == catalog.PgCatalogOID {
		return x.Op
	}
	if visible, ok := catalog.FunctionVisible(v.Snapshot, v.Info.Path(), x.Proc.OID); !ok || visible {
		return x.Op
	}
	return v.qualifiedOperator(x.Proc.Schema, x.Op)
}

func (v Views) userOperatorName(o *catalog.Operator) string {
	if visible, ok := catalog.OperatorVisible(v.Snapshot, v.Info.Path(), o.OID); !ok || visible {
		return o.Name
	}
	return v.qualifiedOperator(o.Schema, o.Name)
}

func (v Views) qualifiedOperator(schema catalog.OID, symbol string) string {
	return "OPERATOR(" + parse.QuoteIdent(v.Snapshot.SchemaByOID(schema).Name) + "." + symbol + ")"
}
