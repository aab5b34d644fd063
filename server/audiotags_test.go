package server_test

import (
	"slices"
	"testing"

	"github.com/seguedb/segue/embed/audio"
	"github.com/seguedb/segue/query/catalog"
)

// TestAudioTagNames: what SQL calls the tags is what package audio reads.
func TestAudioTagNames(t *testing.T) {
	if !slices.Equal(catalog.AudioTags, audio.FactNames) {
		t.Errorf("catalog.AudioTags is %q, audio.FactNames %q", catalog.AudioTags, audio.FactNames)
	}
}
