package textsearch

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

var oracle = flag.String("oracle", "", "a PostgreSQL 15 database whose LC_CTYPE is C.UTF-8, to write testdata anew")

const answersFile = "testdata/postgres.jsonl"

// answer is what PostgreSQL makes of a text, and of a query held against it.
type answer struct {
	Text, Config, Tokens, Vector string
	Form                         QueryForm
	Asked, Query, Error          string
	Match                        bool
	Rank, Cover                  float32
	Method, Nodes                int
	Tree                         string
	Headlines                    []string
}

// TestPostgres holds parser, dictionaries, queries, matches, ranks and headlines to PostgreSQL's answers, for texts and
// queries put together at random. go test -run TestPostgres -args -oracle DSN asks again.
func TestPostgres(t *testing.T) {
	if *oracle != "" {
		ask(t)
	}
	f, err := os.Open(answersFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	n := 0
	for lines.Scan() {
		var a answer
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatal(err)
		}
		check(t, &a)
		n++
	}
	if lines.Err() != nil || n < 1000 {
		t.Errorf("%d answers, %v", n, lines.Err())
	}
}

func check(t *testing.T, a *answer) {
	t.Helper()
	same := func(what string, got, want any) {
		if got != want {
			t.Errorf("%q, %s %q: %s:\n got %v\nwant %v", a.Text, a.Config, a.Asked, what, got, want)
		}
	}
	var tokens []string
	for _, tk := range Parse(a.Text) {
		tokens = append(tokens, fmt.Sprintf("%d:%s", tk.Type, tk.Text))
	}
	same("tokens", strings.Join(tokens, "|"), a.Tokens)
	c := ConfigNamed(a.Config)
	v, err := ToVector(c, a.Text, nil)
	if err != nil {
		t.Fatal(err)
	}
	same("vector", string(v.Append(nil)), a.Vector)
	q, err := ToQuery(c, a.Form, a.Asked, nil)
	if err != nil {
		same("error", strings.TrimSuffix(err.Error(), " (SQLSTATE 42601)"), a.Error)
		return
	}
	same("query", string(q.Append(nil)), a.Query)
	v = v.Weigh(1, []string{"love", "symphoni"})
	same("match", q.Match(v), a.Match)
	same("rank", Rank(DefaultWeights, v, q, a.Method), a.Rank)
	same("rank by cover", RankCover(DefaultWeights, v, q, a.Method), a.Cover)
	same("nodes", q.Count(), a.Nodes)
	same("tree", q.Indexable(), a.Tree)
	for i, options := range headlineOptions {
		o, err := ParseHeadlineOptions(options)
		if err != nil {
			t.Fatal(err)
		}
		same("headline "+options, Headline(c, a.Text, q, o, nil), a.Headlines[i])
	}
}

var headlineOptions = []string{"", "MinWords=3, MaxWords=8", "MaxFragments=2, MaxWords=6, MinWords=2, FragmentDelimiter=' | '",
	"HighlightAll=true, StartSel=[, StopSel=]", "MaxWords=12, MinWords=5, ShortWord=0"}

// fragments are what texts are put together of: titles, and whatever a parser can stumble over.
var fragments = strings.Fields(`the a of Symphony No.9 in D-minor Op.125 "Ode Freude L'École Déjà-vu rock'n'roll AC/DC
	http://www.example.com/a/b?c=d&e=f x.y@mail.example.org <b>bold</b> &amp; &#39; 1.5 -3 +7 4e5 1.2.3 1.2.3.4
	/usr/local/bin ../foo ./bar ~/music/file.mp3 file_name.flac Blue-Train 99 Luftballons (Remix) [Live] feat. M.I.A. R.E.M.
	O'Connor don't running dogs dancing loved lover café naïve Für Elise Москва́ Подмосковные вечера 東京 さくら 서울 שלום
	السلام नमस्ते ΑΘΗΝΑ über Straße İstanbul ñandú 50% $100 #1 @here a--b foo- -bar foo-bar-baz foo-123 123-foo 12ab ab12
	a1-b2 x_y_z example.com example.com:8080/path ftp://host.co.uk/ <!--comment--> <script>var x=1</script> <br/> </p>
	user+tag@ex.com 2001-09-11 12:30 .5 5. 1e-5 1.5e+10 -1.5 -1.2.3 — – … ’ “quoted” №5 ½ ① Ⅳ wholly’s 'quote' "double"
	a/b/c and/or host-name.domain.com 192.168.1.1 v1.2 v2.0.1-beta UPPERCASE generalizations happily skiing skis being was
	'til '' "" a.b.c. abc. e.g. i.e. ... ?? !! x=y <a href="http://x.com/?q='1'">link</a> <unclosed &notent &unknown; &#xAF;`)

var askedWords = strings.Fields(`the a symphony dogs dogs:* dog:AB run:* lover love of foo-bar blue-train example.com x:D 99
	remix bold skis generalizations вечера elise`)

var askedOperators = []string{" & ", " | ", " <-> ", " <2> ", " & !", " <-> !", " | !", "<0>", " & (", " <-> (", " ) | ", ") & ", " ", "!"}

func randomText(r *rand.Rand) string {
	separators := []string{" ", " ", " ", " ", "", "-", "/", ".", "_", ",", ":", "'", "  ", "\t", "@"}
	var b strings.Builder
	for range 2 + r.IntN(8) {
		b.WriteString(fragments[r.IntN(len(fragments))] + separators[r.IntN(len(separators))])
	}
	return b.String() + " dogs running the blue train of love"
}

func randomQuery(r *rand.Rand, form QueryForm) string {
	var b strings.Builder
	for i := range 1 + r.IntN(4) {
		if i > 0 {
			b.WriteString(askedOperators[r.IntN(len(askedOperators))])
		}
		b.WriteString(askedWords[r.IntN(len(askedWords))])
	}
	q := b.String()
	for open := strings.Count(q, "(") - strings.Count(q, ")"); open > 0; open-- {
		q += ")"
	}
	if form == FormWeb {
		q = strings.NewReplacer("|", "or", "!", "-", "<->", `"`).Replace(q)
	}
	return q
}

func ask(t *testing.T) {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, *oracle)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	f, err := os.Create(answersFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := json.NewEncoder(f)
	out.SetEscapeHTML(false)
	r := rand.New(rand.NewPCG(15, 1))
	for i := range 1500 {
		a := answer{Text: randomText(r), Config: "english", Form: QueryForm(i % 4), Method: r.IntN(64)}
		if i%3 == 0 {
			a.Config = Configs()[r.IntN(len(Configs()))].Name
		}
		a.Asked = randomQuery(r, a.Form)
		name := []string{"to_tsquery", "plainto_tsquery", "phraseto_tsquery", "websearch_to_tsquery"}[a.Form]
		if err := c.QueryRow(ctx, `SELECT coalesce(string_agg(tokid || ':' || token, '|'), ''), to_tsvector($2::regconfig, $1)::text
			FROM ts_parse('default', $1)`, a.Text, a.Config).Scan(&a.Tokens, &a.Vector); err != nil {
			t.Fatal(err)
		}
		if err := c.QueryRow(ctx, `SELECT `+name+`($1::regconfig, $2)::text`, a.Config, a.Asked).Scan(&a.Query); err != nil {
			a.Error, _, _ = strings.Cut(strings.TrimPrefix(err.Error(), "ERROR: "), " (SQLSTATE")
		} else if err := c.QueryRow(ctx, `SELECT v @@ q, ts_rank(v, q, $3), ts_rank_cd(v, q, $3), numnode(q), querytree(q),
				ARRAY(SELECT ts_headline($4::regconfig, $5, q, o) FROM unnest($6::text[]) o)
			FROM (SELECT setweight($1::tsvector, 'C', '{love,symphoni}') v, $2::tsquery q) d`, a.Vector, a.Query, a.Method, a.Config, a.Text, headlineOptions).
			Scan(&a.Match, &a.Rank, &a.Cover, &a.Nodes, &a.Tree, &a.Headlines); err != nil {
			t.Fatal(err)
		}
		if err := out.Encode(a); err != nil {
			t.Fatal(err)
		}
	}
}
