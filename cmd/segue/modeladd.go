package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/seguedb/segue/embed/hub"
	"github.com/seguedb/segue/embed/mert"
	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/registry"
)

// addition is one `segue model add`.
type addition struct {
	tool        *modelTool
	options     registry.AddOptions
	precision   string
	description string // beside an .onnx file
	ortLibrary  string
	hubURL      string
	revision    string
	accepted    bool

	in  io.Reader
	out io.Writer
}

func (t *modelTool) addCommand() *cobra.Command {
	a := &addition{tool: t}
	cmd := &cobra.Command{
		Use:   "add FOLDER | FILE.onnx | OWNER/NAME",
		Short: "Add a model: a Hugging Face folder, an .onnx file, or a repository of the model hub",
		Long: `Add a model to the data directory.

FOLDER has config.json, preprocessor_config.json and model.safetensors or pytorch_model.bin of the HuBERT family
(HuBERT, wav2vec 2.0, MERT), or of CLAP, with its tokenizer: vocab.json and merges.txt, or tokenizer.json.
FILE.onnx takes a waveform [1,N] and gives a vector; FILE.json beside it says
{"sample_rate": 24000, "window_seconds": 5, "input": "…", "output": "…", "normalisation": "none" or "window"}.
OWNER/NAME, for example m-a-p/MERT-v1-95M, is downloaded, after its licence was accepted.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a.in, a.out = cmd.InOrStdin(), cmd.OutOrStdout()
			return a.add(cmd.Context(), args[0])
		},
	}
	f := cmd.Flags()
	f.StringVar(&a.options.Name, "name", "", "the model's name (default the source's last part, in lower case)")
	f.StringVar(&a.options.Pooling, "pooling", "", "layer:N, layers:A-B or all, and ,mean+deviation (default the middle layer)")
	f.StringVar(&a.precision, "precision", "auto", "fp32, int8, or auto: int8 where the processor has VNNI or AMX")
	f.Float64Var(&a.options.WindowSeconds, "window", 0, "seconds of audio that the model sees at once (default 5)")
	f.StringVar(&a.options.Licence, "licence", "", "the licence, where the source does not say")
	f.StringVar(&a.description, "manifest", "", "description of an .onnx file (default FILE.json)")
	f.StringVar(&a.ortLibrary, "ort-lib", "", "path of libonnxruntime.so, to try an .onnx file")
	f.StringVar(&a.hubURL, "hub-url", hub.DefaultURL, "the model hub, or a mirror")
	f.StringVar(&a.revision, "revision", "main", "branch, tag or commit of the hub's repository")
	f.BoolVar(&a.accepted, "accept-licence", false, "accept the model's licence without being asked")
	return cmd
}

func (a *addition) add(ctx context.Context, source string) error {
	switch a.precision {
	case "auto":
	case string(mert.FP32), string(mert.Int8):
		a.options.Precision = mert.Precision(a.precision)
	default:
		return fmt.Errorf("--precision is auto, fp32 or int8, not %q", a.precision)
	}
	info, err := os.Stat(source)
	var m registry.Manifest
	switch {
	case err == nil && info.IsDir():
		m, err = a.tool.registry().AddDirectory(source, a.options)
	case err == nil && strings.HasSuffix(source, ".onnx"):
		beside := a.description
		if beside == "" {
			beside = strings.TrimSuffix(source, ".onnx") + ".json"
		}
		lib := onnx.LibraryOptions{Path: a.ortLibrary, DataDir: a.tool.data}
		m, err = a.tool.registry().AddONNX(ctx, source, beside, lib, a.options)
	case err == nil:
		return fmt.Errorf("%s is neither a folder nor an .onnx file", source)
	case hub.IsRepository(source):
		m, err = a.fromHub(ctx, source)
	default:
		return fmt.Errorf("%s is no folder, no .onnx file and no repository OWNER/NAME", source)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "added %s: %s, %s, %d Hz, licence %s\nembed(path, model => '%s') uses it now\n", m.Name,
		cmp.Or(m.Pooling, "mean"), m.Precision, m.SampleRateHz, licenceText(m.Licence), m.Name)
	if m.Family == registry.Clap {
		fmt.Fprintf(a.out, "and embed_text('words', model => '%s') is in the same space\n", m.Name)
	}
	return nil
}

// fromHub downloads a repository beside the models, so that a second try goes on where the first one ended.
func (a *addition) fromHub(ctx context.Context, repository string) (registry.Manifest, error) {
	fail := func(err error) (registry.Manifest, error) { return registry.Manifest{}, err }
	_, name, _ := strings.Cut(strings.ToLower(repository), "/")
	if a.options.Name == "" {
		a.options.Name = name
	}
	if err := registry.CheckName(a.options.Name); err != nil {
		return fail(err)
	}
	if _, err := a.tool.registry().Get(a.options.Name); err == nil {
		return fail(fmt.Errorf("add model %q: %w", a.options.Name, registry.ErrExists))
	}
	c := &hub.Client{URL: a.hubURL}
	m, err := c.Describe(ctx, repository, a.revision)
	if err != nil {
		return fail(err)
	}
	if err := a.accept(m); err != nil {
		return fail(err)
	}
	dir := filepath.Join(a.tool.data, registry.Folder, ".download-"+strings.ReplaceAll(repository, "/", "--")+"-"+m.Commit)
	if err := c.Download(ctx, m, dir, a.progress()); err != nil {
		return fail(fmt.Errorf("%w (the same command goes on where this one ended)", err))
	}
	if a.options.Licence == "" {
		a.options.Licence = m.Licence
	}
	a.options.Source = repository + "@" + m.Commit
	added, err := a.tool.registry().AddDirectory(dir, a.options)
	if err != nil {
		return fail(err)
	}
	return added, os.RemoveAll(dir)
}

// errLicence is what a licence that was not accepted ends in.
var errLicence = errors.New("the licence was not accepted: nothing was downloaded")

// accept shows the licence and asks.
func (a *addition) accept(m hub.Model) error {
	fmt.Fprintf(a.out, "%s at commit %s, %d bytes\nlicence: %s (%s/%s)\n", m.Repository, m.Commit, m.SizeBytes(),
		licenceText(m.Licence), strings.TrimRight(a.hubURL, "/"), m.Repository)
	if a.accepted {
		return nil
	}
	in, ok := a.in.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return fmt.Errorf("%w (--accept-licence accepts it)", errLicence)
	}
	fmt.Fprint(a.out, "Do you accept this licence? [y/N] ")
	answer, err := bufio.NewReader(in).ReadString('\n')
	if err != nil {
		return fmt.Errorf("%w: %w", errLicence, err)
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errLicence
}

// progress prints a line a file, and one for every tenth of a large one.
func (a *addition) progress() hub.Progress {
	const large = 10 << 20
	shown := map[string]int64{}
	return func(f hub.File, done int64) {
		tenth := 10 * done / f.SizeBytes
		if done < f.SizeBytes && (f.SizeBytes < large || tenth <= shown[f.Name]) {
			return
		}
		shown[f.Name] = tenth
		fmt.Fprintf(a.out, "%s: %d of %d bytes\n", f.Name, done, f.SizeBytes)
	}
}
