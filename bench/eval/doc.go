// Command eval measures how well embedding models find music, on a library of the reader's own or on that of
// embed/train's catalogue, and on pieces that it synthesises: go run ./bench/eval -library ~/Music (make eval).
//
//  1. library.go finds tracks, their albums, artists and genres: by tags, by folders, or by a catalogue; synth.go and
//     render.go make pieces of which each has several renderings.
//  2. clips.go cuts a track in a part that stands in the library and excerpts of the rest, which no library vector has
//     heard, and two of that part itself, which is the easier question; trouble.go damages excerpts with ffmpeg.
//  3. vectors.go embeds every clip by each model, as the server would, and keeps the vectors.
//  4. measure.go and interval.go say what was found, evaluate.go applies them; report.go writes the table and plot.go a page.
//
// Similarity is the cosine of the vectors as Segue's similarity() has it; "corrected" is segue.hub_correction's order. It is
// no test: it fails only when something breaks.
package main
