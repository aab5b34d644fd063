package catalog

// ExtensionComment is the comment of an extension that is built in, "" for one that is not.
func ExtensionComment(name string) string {
	switch name {
	case vectorExtensionName:
		return vectorExtensionComment
	case "plpgsql":
		return "PL/pgSQL procedural language"
	}
	return ""
}

// ExtensionVersion is the version of a built-in extension.
func ExtensionVersion(name string) string {
	if name == vectorExtensionName {
		return vectorExtensionVersion
	}
	return "1.0"
}

// ExtensionInstalled says whether vector is there: it is wherever the schema is that its objects are in, public.
func (s *Snapshot) ExtensionInstalled() bool { return s.schemas[PublicOID] != nil }
