#include "prepare.h"

#include <new>

#include <faiss/IndexAdditiveQuantizer.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIDMap.h>
#include <faiss/IndexIVF.h>
#include <faiss/IndexIVFPQ.h>
#include <faiss/IndexIVFPQFastScan.h>
#include <faiss/IndexPQ.h>
#include <faiss/IndexPQFastScan.h>
#include <faiss/IndexPreTransform.h>
#include <faiss/IndexRefine.h>
#include <faiss/VectorTransform.h>

namespace {

thread_local size_t most_at_once = SIZE_MAX;
thread_local size_t left = SIZE_MAX;

// How many points are enough is the affair of who asks for the index.
void quiet(faiss::ClusteringParameters &parameters) { parameters.min_points_per_centroid = 1; }

// quiet_as sees to an index of one kind.
template <typename Kind>
void quiet_as(faiss::Index *index) {
    if (auto x = dynamic_cast<Kind *>(index)) quiet(x->pq.cp);
}

struct too_large : std::bad_alloc {
    const char *what() const noexcept override { return "the index needs more memory than it may take"; }
};

void *allocate(size_t bytes, void *(*real)(size_t)) {
    if (bytes > most_at_once || bytes > left) throw too_large();
    if (left != SIZE_MAX) left -= bytes;
    return real(bytes);
}

} // namespace

std::unique_ptr<faiss::ProductQuantizer> prepare(faiss::Index *index) {
    std::unique_ptr<faiss::ProductQuantizer> rotations;
    quiet_as<faiss::IndexPQ>(index);
    quiet_as<faiss::IndexIVFPQ>(index);
    quiet_as<faiss::IndexPQFastScan>(index);
    quiet_as<faiss::IndexIVFPQFastScan>(index);
    quiet_as<faiss::MultiIndexQuantizer>(index);
    if (auto x = dynamic_cast<faiss::IndexPQ *>(index)) x->do_polysemous_training = false;
    if (auto x = dynamic_cast<faiss::IndexIVFPQ *>(index)) x->do_polysemous_training = false;
    if (auto x = dynamic_cast<faiss::IndexResidualQuantizer *>(index)) quiet(x->rq.cp);
    if (auto x = dynamic_cast<faiss::IndexIVF *>(index)) {
        quiet(x->cp);
        prepare(x->quantizer);
    } else if (auto x = dynamic_cast<faiss::IndexHNSW *>(index)) {
        prepare(x->storage);
    } else if (auto x = dynamic_cast<faiss::IndexRefine *>(index)) {
        prepare(x->refine_index);
        return prepare(x->base_index);
    } else if (auto x = dynamic_cast<faiss::IndexIDMap *>(index)) {
        return prepare(x->index);
    } else if (auto x = dynamic_cast<faiss::IndexPreTransform *>(index)) {
        prepare(x->index);
        for (faiss::VectorTransform *step : x->chain) {
            auto opq = dynamic_cast<faiss::OPQMatrix *>(step);
            if (opq == nullptr || opq->M <= 0 || opq->d_out % opq->M != 0) continue;
            rotations = std::make_unique<faiss::ProductQuantizer>(opq->d_out, opq->M, 8); // its own choice
            quiet(rotations->cp);
            opq->pq = rotations.get();
        }
    }
    return rotations;
}

memory_limit::memory_limit(size_t most, size_t total) {
    most_at_once = most;
    left = total;
}

memory_limit::~memory_limit() { most_at_once = left = SIZE_MAX; }

// The linker's --wrap sends the program's C++ allocations here.
extern "C" {
void *__real__Znwm(size_t);
void *__real__Znam(size_t);
void *__wrap__Znwm(size_t bytes) { return allocate(bytes, __real__Znwm); }
void *__wrap__Znam(size_t bytes) { return allocate(bytes, __real__Znam); }
}
