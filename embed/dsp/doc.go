// Package dsp writes the default model: an ONNX graph that describes music by signal
// processing alone. Nothing in it is trained; it is the baseline that a trained model has
// to beat.
//
// Its few names: [Build], the model; [BuildRaw], the same before calibration, for
// embed/dsp/calibrate; [Fingerprint]. It is not where graphs are run (embed/onnx), nor
// where windows are cut and pooled (embed).
//
//	waveform [1,N] at 24 kHz ÷ its RMS
//	  ├ frames of 43 ms every 21 ms ─ power ┬ 64 log-mel bands ┬ timbre, with shape 234
//	  │                                     │                  └ onsets ─ rhythm    257
//	  │                                     └ shape of the spectrum
//	  └ 6 kHz, frames of 341 ms every 85 ms ─ 60 pitches ─ 12 pitch classes ─ harmony 277
//	features [1,768] ─ minus centre, by deviation ─ 2.5·tanh(z/2.5) ─ × group weight = embedding
//
// Framing is reshaping and concatenation, the Fourier transform a product with a constant
// matrix, the autocorrelation the cosine transform of a power spectrum: matrix products
// throughout, which is what ONNX Runtime does best.
//
// # Features and their sources
//
//   - Timbre: mean and deviation of the log-mel spectrum; mean, deviation and change of 20
//     cepstral coefficients (Davis and Mermelstein 1980; for music Logan 2000, Pampalk
//     2006).
//   - Shape: centroid, spread and skewness in octaves, roll-offs, zero crossings
//     (Tzanetakis and Cook 2002, Peeters 2004), flatness and crest by octave in the place
//     of spectral contrast (Jiang et al. 2002).
//   - Harmony: compressed pitch salience less overtones, folded into chroma (Fujishima
//     1999; Müller and Ewert 2011; Klapuri 2006 for the overtones); its mean, deviation
//     and products: which classes sound together, which follow one another. Fourier
//     magnitudes and interval counts are the same in every key (Harte et al. 2006; Amiot
//     2016).
//   - Rhythm: spectral flux (Bello et al. 2005), its Fourier tempogram and autocorrelation
//     over the logarithm of the lag (Grosche et al. 2010), by band as in Pampalk's
//     fluctuation patterns (2006), and the magnitude along that logarithm, which another
//     tempo leaves alone (Holzapfel and Stylianou 2011).
//
// # Calibration
//
// calibration.tsv has centre and deviation of every feature over 201 tracks (at most some
// dozen windows each) of the music in Debian's packages extremetuxracer-data,
// frozen-bubble-data, supertux-data, wesnoth-1.16-music, hedgewars-data,
// freedroidrpg-data, lincity-ng-data, asc-music, naev-data and megaglest-data (November
// 2026): real, and of many styles. Subtracting a centre puts unrelated music near 0
// instead of near 0.99; the hyperbolic tangent keeps one extreme feature from deciding;
// weights by group keep the many rhythm numbers from outvoting the few of chroma. The
// embedding is not of unit length; package embed makes it so.
//
// On those 201 tracks the cosine of two different tracks is 0.00 ± 0.20 (95 % below 0.33).
// Soundtracks of three and more tracks (12 games, 186 tracks) are found with MAP 0.29,
// where cepstral mean and deviation alone reach 0.27 and chance is 0.18; a track is found
// from one unseen window with MRR 0.88, from cepstra alone 0.69. For 27 of the 28 clips in
// testdata/audio the nearest is another rendering of the same piece (MAP 0.95). The
// weights were chosen looking at these figures.
//
// # What surprises
//
//   - Key counts: chroma is kept as it is beside what is independent of key, since
//     covers mostly keep theirs. Transposed renderings are near, not nearest.
//   - Volume does not count at all.
//   - Silence has an embedding, as good as any other and the same for all silence.
package dsp
