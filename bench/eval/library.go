package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/seguedb/segue/embed"
)

// track is a piece of music with what is known of it; labels are "" where nothing is.
type track struct {
	path, name           string // name is below the library
	album, artist, genre string
	stamp                string // changes with the file
}

// music are the endings of files that are looked at; those that libsndfile does not read, ffmpeg does.
var music = []string{".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac", ".wma", ".aiff", ".xm", ".mod", ".it", ".s3m"}

// shortestSeconds is how long a track must be: shorter ones are jingles.
const shortestSeconds = 15

// library finds the tracks below a directory. An album is a tag or else a folder, an artist is a tag or else the folder
// around it. With a catalogue, only its held-out files count, under its albums.
func library(ctx context.Context, engine *embed.Engine, dir, catalogue string) ([]track, error) {
	var lines []catalogued
	if catalogue != "" {
		var err error
		if lines, err = readCatalogue(catalogue); err != nil {
			return nil, err
		}
	}
	var out []track
	seen := map[[sha256.Size]byte]bool{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !slices.Contains(music, strings.ToLower(filepath.Ext(path))) {
			return err
		}
		t, ok, err := describe(ctx, engine, dir, path, lines)
		if err != nil || !ok {
			return err
		}
		sum, err := contentOf(path)
		if err == nil && !seen[sum] {
			seen[sum] = true
			out = append(out, t)
		}
		return err
	})
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("no music below %s", dir)
	}
	return out, err
}

// describe says what a file is; ok is false for one that a catalogue does not hold out.
func describe(ctx context.Context, engine *embed.Engine, dir, path string, lines []catalogued) (t track, ok bool, err error) {
	name, err := filepath.Rel(dir, path)
	if err != nil {
		return t, false, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return t, false, err
	}
	t = track{path: path, name: name, stamp: fmt.Sprint(path, info.Size(), info.ModTime().UnixNano())}
	tag := func(names ...string) string {
		for _, n := range names {
			if v, ok, err := engine.Tag(ctx, name, n); err == nil && ok && strings.TrimSpace(v) != "" {
				return strings.TrimSpace(v)
			}
		}
		return ""
	}
	folder := filepath.Dir(name)
	if lines != nil {
		line := lineOf(lines, name)
		if line == nil || line.split != "hold" {
			return t, false, nil
		}
		t.album = strings.ReplaceAll(line.album, "*", filepath.Base(folder))
		t.artist = cmp.Or(tag("albumartist", "artist"), t.album)
	} else {
		around := filepath.Base(filepath.Dir(folder))
		t.album = cmp.Or(tag("album"), filepath.Base(folder))
		t.artist = cmp.Or(tag("albumartist", "artist"), strings.Trim(around, "."))
	}
	t.genre = strings.ToLower(tag("genre"))
	length, err := engine.Duration(ctx, name)
	return t, err != nil || length >= shortestSeconds, ctx.Err() // what the engine cannot read, ffmpeg may
}

func contentOf(path string) (sum [sha256.Size]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	h.Sum(sum[:0])
	return sum, err
}

// catalogued is a line of embed/train's catalogue.
type catalogued struct {
	inside       *regexp.Regexp // of the file's path in the library, which begins with the package
	album, split string
}

func readCatalogue(path string) ([]catalogued, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var out []catalogued
	for i, line := range strings.Split(string(b), "\n") {
		f := strings.Split(line, "\t")
		if strings.HasPrefix(line, "#") || line == "" {
			continue
		}
		if len(f) != 5 {
			return nil, fmt.Errorf("%s, line %d: not five columns", path, i+1)
		}
		pattern := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(f[1])) // fnmatch: a * takes a / too
		re, err := regexp.Compile("^" + regexp.QuoteMeta(f[0]) + "/" + pattern + "$")
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", path, i+1, err)
		}
		out = append(out, catalogued{re, f[2], f[4]})
	}
	return out, nil
}

// lineOf is the first that fits.
func lineOf(lines []catalogued, name string) *catalogued {
	for i := range lines {
		if lines[i].inside.MatchString(filepath.ToSlash(name)) {
			return &lines[i]
		}
	}
	return nil
}

// subset takes the first albums, in the order of their names, and the first tracks of each; 0 is all.
func subset(tracks []track, albums, each int) []track {
	count := map[string]int{}
	slices.SortStableFunc(tracks, func(a, b track) int { return cmp.Or(cmp.Compare(a.album, b.album), cmp.Compare(a.name, b.name)) })
	var out []track
	for _, t := range tracks {
		if _, known := count[t.album]; !known && albums > 0 && len(count) == albums || each > 0 && count[t.album] == each {
			continue
		}
		count[t.album]++
		out = append(out, t)
	}
	return out
}
