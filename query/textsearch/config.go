package textsearch

import (
	"slices"
	"sync"

	snowball "github.com/seguedb/segue/query/textsearch/snowball"
	"github.com/seguedb/segue/query/textsearch/snowball/arabic"
	"github.com/seguedb/segue/query/textsearch/snowball/armenian"
	"github.com/seguedb/segue/query/textsearch/snowball/basque"
	"github.com/seguedb/segue/query/textsearch/snowball/catalan"
	"github.com/seguedb/segue/query/textsearch/snowball/danish"
	"github.com/seguedb/segue/query/textsearch/snowball/dutch"
	"github.com/seguedb/segue/query/textsearch/snowball/english"
	"github.com/seguedb/segue/query/textsearch/snowball/finnish"
	"github.com/seguedb/segue/query/textsearch/snowball/french"
	"github.com/seguedb/segue/query/textsearch/snowball/german"
	"github.com/seguedb/segue/query/textsearch/snowball/greek"
	"github.com/seguedb/segue/query/textsearch/snowball/hindi"
	"github.com/seguedb/segue/query/textsearch/snowball/hungarian"
	"github.com/seguedb/segue/query/textsearch/snowball/indonesian"
	"github.com/seguedb/segue/query/textsearch/snowball/irish"
	"github.com/seguedb/segue/query/textsearch/snowball/italian"
	"github.com/seguedb/segue/query/textsearch/snowball/lithuanian"
	"github.com/seguedb/segue/query/textsearch/snowball/nepali"
	"github.com/seguedb/segue/query/textsearch/snowball/norwegian"
	"github.com/seguedb/segue/query/textsearch/snowball/portuguese"
	"github.com/seguedb/segue/query/textsearch/snowball/romanian"
	"github.com/seguedb/segue/query/textsearch/snowball/russian"
	"github.com/seguedb/segue/query/textsearch/snowball/serbian"
	"github.com/seguedb/segue/query/textsearch/snowball/spanish"
	"github.com/seguedb/segue/query/textsearch/snowball/swedish"
	"github.com/seguedb/segue/query/textsearch/snowball/tamil"
	"github.com/seguedb/segue/query/textsearch/snowball/turkish"
	"github.com/seguedb/segue/query/textsearch/snowball/yiddish"
)

// The OIDs of what the configurations are made of, PostgreSQL's.
const (
	ParserOID           = 3722 // the parser "default"
	SimpleTemplateOID   = 3727
	SnowballTemplateOID = 13150
	simpleConfigOID     = 3748
	simpleDictOID       = 3765
)

// Config says which dictionary a token goes to, by its type.
type Config struct {
	OID  uint32
	Name string
	// words are for words and their parts, ascii for those of ASCII letters alone, other for whatever has digits or dots.
	words, ascii, other *Dictionary
}

// Dictionary is the one for a type of token; nil for what is not searched for.
func (c *Config) Dictionary(t TokenType) *Dictionary {
	switch t {
	case 1, 11, tokenASCIIHWrd:
		return c.ascii
	case 2, 10, tokenHWord:
		return c.words
	case tokenBlank, tokenTag, tokenProtocol, tokenEntity:
		return nil
	}
	return c.other
}

// languages are those with a stemmer: a dictionary LANGUAGE_stem, and a configuration whose OID is one more.
var languages = []struct {
	dict  uint32
	name  string
	stop  bool
	ascii string // the language that words of ASCII letters are taken for
	stem  func(*snowball.Env) bool
}{
	{13151, "arabic", false, "", arabic.Stem},
	{13153, "armenian", false, "", armenian.Stem},
	{13155, "basque", false, "", basque.Stem},
	{13157, "catalan", false, "", catalan.Stem},
	{13159, "danish", true, "", danish.Stem},
	{13161, "dutch", true, "", dutch.Stem},
	{13163, "english", true, "", english.Stem},
	{13165, "finnish", true, "", finnish.Stem},
	{13167, "french", true, "", french.Stem},
	{13169, "german", true, "", german.Stem},
	{13171, "greek", false, "", greek.Stem},
	{13173, "hindi", false, "english", hindi.Stem},
	{13175, "hungarian", true, "", hungarian.Stem},
	{13177, "indonesian", false, "", indonesian.Stem},
	{13179, "irish", false, "", irish.Stem},
	{13181, "italian", true, "", italian.Stem},
	{13183, "lithuanian", false, "", lithuanian.Stem},
	{13185, "nepali", true, "", nepali.Stem},
	{13187, "norwegian", true, "", norwegian.Stem},
	{13189, "portuguese", true, "", portuguese.Stem},
	{13191, "romanian", false, "", romanian.Stem},
	{13193, "russian", true, "english", russian.Stem},
	{13195, "serbian", false, "", serbian.Stem},
	{13197, "spanish", true, "", spanish.Stem},
	{13199, "swedish", true, "", swedish.Stem},
	{13201, "tamil", false, "", tamil.Stem},
	{13203, "turkish", true, "", turkish.Stem},
	{13205, "yiddish", false, "", yiddish.Stem},
}

type catalogue struct {
	configs []*Config
	dicts   []*Dictionary
}

var known = sync.OnceValue(func() *catalogue {
	simple := &Dictionary{OID: simpleDictOID, Name: "simple"}
	c := &catalogue{dicts: []*Dictionary{simple}}
	c.configs = append(c.configs, &Config{OID: simpleConfigOID, Name: "simple", words: simple, ascii: simple, other: simple})
	byLanguage := map[string]*Dictionary{}
	for _, l := range languages {
		d := &Dictionary{OID: l.dict, Name: l.name + "_stem", stem: l.stem}
		if l.stop {
			d.Stopwords = l.name
		}
		byLanguage[l.name] = d
		c.dicts = append(c.dicts, d)
	}
	for _, l := range languages {
		own := byLanguage[l.name]
		ascii := own
		if l.ascii != "" {
			ascii = byLanguage[l.ascii]
		}
		c.configs = append(c.configs, &Config{OID: l.dict + 1, Name: l.name, words: own, ascii: ascii, other: simple})
	}
	return c
})

// Configs lists the configurations. The slice is shared: do not modify.
func Configs() []*Config { return known().configs }

// Dictionaries lists the dictionaries. The slice is shared: do not modify.
func Dictionaries() []*Dictionary { return known().dicts }

// ConfigByOID finds a configuration, or nil.
func ConfigByOID(oid uint32) *Config {
	return found(known().configs, func(c *Config) bool { return c.OID == oid })
}

// ConfigNamed finds a configuration, or nil.
func ConfigNamed(name string) *Config {
	return found(known().configs, func(c *Config) bool { return c.Name == name })
}

// DictionaryByOID finds a dictionary, or nil.
func DictionaryByOID(oid uint32) *Dictionary {
	return found(known().dicts, func(d *Dictionary) bool { return d.OID == oid })
}

// DictionaryNamed finds a dictionary, or nil.
func DictionaryNamed(name string) *Dictionary {
	return found(known().dicts, func(d *Dictionary) bool { return d.Name == name })
}

func found[T any](list []*T, is func(*T) bool) *T {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i]
	}
	return nil
}
