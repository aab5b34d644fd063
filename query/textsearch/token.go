package textsearch

import "slices"

// TokenType is a type of token, by PostgreSQL's numbers.
type TokenType int

// TokenKind is a row of ts_token_type: a type's name and what it is.
type TokenKind struct {
	Type        TokenType
	Alias, Text string
}

// The types that are treated apart.
const (
	tokenURL       TokenType = 5
	tokenHost      TokenType = 6
	tokenSFloat    TokenType = 7
	tokenVersion   TokenType = 8
	tokenBlank     TokenType = 12
	tokenTag       TokenType = 13
	tokenProtocol  TokenType = 14
	tokenNumHWord  TokenType = 15
	tokenASCIIHWrd TokenType = 16
	tokenHWord     TokenType = 17
	tokenURLPath   TokenType = 18
	tokenFile      TokenType = 19
	tokenFloat     TokenType = 20
	tokenInt       TokenType = 21
	tokenUint      TokenType = 22
	tokenEntity    TokenType = 23
)

var tokenKinds = []TokenKind{
	{1, "asciiword", "Word, all ASCII"},
	{2, "word", "Word, all letters"},
	{3, "numword", "Word, letters and digits"},
	{4, "email", "Email address"},
	{tokenURL, "url", "URL"},
	{tokenHost, "host", "Host"},
	{tokenSFloat, "sfloat", "Scientific notation"},
	{tokenVersion, "version", "Version number"},
	{9, "hword_numpart", "Hyphenated word part, letters and digits"},
	{10, "hword_part", "Hyphenated word part, all letters"},
	{11, "hword_asciipart", "Hyphenated word part, all ASCII"},
	{tokenBlank, "blank", "Space symbols"},
	{tokenTag, "tag", "XML tag"},
	{tokenProtocol, "protocol", "Protocol head"},
	{tokenNumHWord, "numhword", "Hyphenated word, letters and digits"},
	{tokenASCIIHWrd, "asciihword", "Hyphenated word, all ASCII"},
	{tokenHWord, "hword", "Hyphenated word, all letters"},
	{tokenURLPath, "url_path", "URL path"},
	{tokenFile, "file", "File or path name"},
	{tokenFloat, "float", "Decimal notation"},
	{tokenInt, "int", "Signed integer"},
	{tokenUint, "uint", "Unsigned integer"},
	{tokenEntity, "entity", "XML entity"},
}

// TokenKinds lists the types of token in the order of their numbers. The slice is shared: do not modify.
func TokenKinds() []TokenKind { return tokenKinds }

// Kind describes a type of token.
func (t TokenType) Kind() TokenKind { return tokenKinds[t-1] }

func tokenNamed(alias string) TokenType {
	i := slices.IndexFunc(tokenKinds, func(k TokenKind) bool { return k.Alias == alias })
	return TokenType(i + 1)
}

// Token is a piece of a text. Pieces overlap: a hyphenated word comes whole, then in its parts.
type Token struct {
	Type TokenType
	Text string
}
