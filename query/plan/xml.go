package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// XML is refused by name, as what is not built: no type of the name, no function of it answers that it does not exist.

// xmlFunctions are PostgreSQL's functions of or to XML but for those that its grammar knows, of which parse refuses the
// expressions.
var xmlFunctions = strings.Fields("xmlagg xmlcomment xmlexists xmlvalidate xpath xpath_exists xml_is_well_formed " +
	"xml_is_well_formed_content xml_is_well_formed_document cursor_to_xml cursor_to_xmlschema database_to_xml " +
	"database_to_xml_and_xmlschema database_to_xmlschema query_to_xml query_to_xml_and_xmlschema query_to_xmlschema " +
	"schema_to_xml schema_to_xml_and_xmlschema schema_to_xmlschema table_to_xml table_to_xml_and_xmlschema table_to_xmlschema")

// builtinName is a name that pg_catalog could have, "" for one with another schema.
func builtinName(name parse.Name) string {
	if len(name) > 1 && name[len(name)-2] != "pg_catalog" {
		return ""
	}
	return name[len(name)-1]
}

// absentType is the error of a type that is not there.
func absentType(name parse.Name, quoted string) *sqlstate.Error {
	if builtinName(name) == "xml" {
		return sqlstate.New(sqlstate.FeatureNotSupported, "type xml is not supported")
	}
	return sqlstate.New(sqlstate.UndefinedObject, "type %s does not exist", quoted)
}

// noXML refuses a function of XML; nil for any other name.
func noXML(name parse.Name) *sqlstate.Error {
	if called := builtinName(name); slices.Contains(xmlFunctions, called) {
		return sqlstate.New(sqlstate.FeatureNotSupported, "function %s is not supported", called)
	}
	return nil
}
