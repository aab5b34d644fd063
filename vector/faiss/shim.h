// FAISS in C, as far as this package needs it. A function that can fail returns NULL, or a message that
// the caller frees. Exceptions end here.
#ifndef SEGUE_VECTOR_FAISS_SHIM_H
#define SEGUE_VECTOR_FAISS_SHIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct segue_faiss segue_faiss;

enum { SEGUE_FAISS_INNER_PRODUCT = 0, SEGUE_FAISS_L2 = 1 };

// segue_faiss_version writes major, minor and patch.
void segue_faiss_version(int version[3]);

// segue_faiss_set_blas_threshold sets FAISS's global of that name.
void segue_faiss_set_blas_threshold(int queries);

char *segue_faiss_new(int dim, const char *factory, int metric, segue_faiss **out);
void segue_faiss_free(segue_faiss *ix);

// segue_faiss_train fails soon after *wanted_no_more is not 0.
char *segue_faiss_train(segue_faiss *ix, int threads, int64_t n, const float *vecs, const int32_t *wanted_no_more);
char *segue_faiss_add(segue_faiss *ix, int threads, int64_t n, const float *vecs);
char *segue_faiss_set(segue_faiss *ix, const char *name, double value);
int segue_faiss_trained(const segue_faiss *ix);
int64_t segue_faiss_len(const segue_faiss *ix);

// segue_faiss_search writes k distances and ids a query; ids are -1 past the last hit. With a mask only
// the ids i < 8 * mask_bytes whose bit is set are considered; NULL considers all.
char *segue_faiss_search(const segue_faiss *ix, int threads, int64_t n, const float *queries, int64_t k,
                         const uint8_t *mask, size_t mask_bytes, float *distances, int64_t *ids);

// segue_faiss_write appends the index to an open file; segue_faiss_read makes it again from the bytes, which it trusts.
char *segue_faiss_write(const segue_faiss *ix, int fd);
char *segue_faiss_read(const uint8_t *data, size_t bytes, segue_faiss **out);
int segue_faiss_dim(const segue_faiss *ix);

// segue_faiss_tune sets what the kind of index has of nprobe and efSearch.
void segue_faiss_tune(segue_faiss *ix, int nprobe, int ef_search);

// segue_faiss_kmeans writes k centroids and the last iteration's sum of squared distances.
char *segue_faiss_kmeans(int threads, int dim, int64_t n, const float *vecs, int k, int iterations, int redo,
                         int seed, int spherical, float *centroids, float *objective);

#ifdef __cplusplus
}
#endif

#endif
