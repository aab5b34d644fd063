#include "prepare.h"
#include "shim.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <mutex>
#include <stdexcept>

#include <unistd.h>

#include <omp.h>

#include <faiss/AutoTune.h>
#include <faiss/Clustering.h>
#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVF.h>
#include <faiss/impl/AuxIndexStructures.h>
#include <faiss/impl/HNSW.h>
#include <faiss/impl/io.h>
#include <faiss/impl/IDSelector.h>
#include <faiss/index_factory.h>
#include <faiss/index_io.h>
#include <faiss/utils/distances.h>

extern "C" void openblas_set_num_threads(int);

struct segue_faiss {
    std::unique_ptr<faiss::ProductQuantizer> rotations; // of an OPQ, which does not own it
    std::unique_ptr<faiss::Index> index;
};

namespace {

// guarded runs f and turns what it throws into a message.
template <typename F>
char *guarded(F f) {
    try {
        f();
        return nullptr;
    } catch (const std::exception &e) {
        return strdup(e.what());
    } catch (...) {
        return strdup("unknown exception");
    }
}

// stop is what the call on this thread looks at, between the rounds of a training, to see whether it is wanted no more.
thread_local const volatile int32_t *stop = nullptr;

struct stopper : faiss::InterruptCallback {
    bool want_interrupt() override { return stop != nullptr && *stop != 0; }
};

// use_threads sets what belongs to this thread, and OpenBLAS's pool once for all: two calls with
// different counts would change it under each other.
void use_threads(int threads) {
    static std::once_flag once;
    std::call_once(once, [] {
        openblas_set_num_threads(1);
        faiss::InterruptCallback::instance.reset(new stopper);
    });
    omp_set_num_threads(threads);
}

// parameters_for holds the kind of parameters that the index reads; others it would refuse or ignore.
std::unique_ptr<faiss::SearchParameters> parameters_for(const faiss::Index *index, faiss::IDSelector *selector) {
    std::unique_ptr<faiss::SearchParameters> p;
    if (auto ivf = dynamic_cast<const faiss::IndexIVF *>(index)) {
        auto own = std::make_unique<faiss::SearchParametersIVF>();
        own->nprobe = ivf->nprobe;
        own->max_codes = ivf->max_codes;
        p = std::move(own);
    } else if (auto hnsw = dynamic_cast<const faiss::IndexHNSW *>(index)) {
        auto own = std::make_unique<faiss::SearchParametersHNSW>();
        own->efSearch = hnsw->hnsw.efSearch;
        p = std::move(own);
    } else {
        p = std::make_unique<faiss::SearchParameters>();
    }
    p->sel = selector;
    return p;
}

// view_reader reads bytes that are somebody else's.
struct view_reader : faiss::IOReader {
    const uint8_t *data;
    size_t left;

    view_reader(const uint8_t *data, size_t bytes) : data(data), left(bytes) {}

    size_t operator()(void *out, size_t size, size_t items) override {
        size_t n = size == 0 ? 0 : std::min(items, left / size);
        std::memcpy(out, data, n * size);
        data += n * size;
        left -= n * size;
        return n;
    }
};

} // namespace

void segue_faiss_version(int version[3]) {
    version[0] = FAISS_VERSION_MAJOR;
    version[1] = FAISS_VERSION_MINOR;
    version[2] = FAISS_VERSION_PATCH;
}

void segue_faiss_set_blas_threshold(int queries) { faiss::distance_compute_blas_threshold = queries; }

char *segue_faiss_new(int dim, const char *factory, int metric, segue_faiss **out) {
    return guarded([&] {
        auto type = metric == SEGUE_FAISS_L2 ? faiss::METRIC_L2 : faiss::METRIC_INNER_PRODUCT;
        auto ix = std::make_unique<segue_faiss>();
        memory_limit limit(spare_bytes, spare_bytes);
        ix->index.reset(faiss::index_factory(dim, factory, type));
        ix->rotations = prepare(ix->index.get());
        *out = ix.release();
    });
}

void segue_faiss_free(segue_faiss *ix) { delete ix; }

char *segue_faiss_train(segue_faiss *ix, int threads, int64_t n, const float *vecs, const int32_t *wanted_no_more) {
    stop = wanted_no_more;
    char *failure = guarded([&] {
        use_threads(threads);
        memory_limit limit(spare_bytes + 4 * sizeof(float) * n * ix->index->d);
        ix->index->train(n, vecs);
    });
    stop = nullptr;
    return failure;
}

char *segue_faiss_add(segue_faiss *ix, int threads, int64_t n, const float *vecs) {
    return guarded([&] {
        use_threads(threads);
        memory_limit limit(spare_bytes + 4 * sizeof(float) * (ix->index->ntotal + n) * ix->index->d);
        ix->index->add(n, vecs);
    });
}

char *segue_faiss_set(segue_faiss *ix, const char *name, double value) {
    return guarded([&] { faiss::ParameterSpace().set_index_parameter(ix->index.get(), name, value); });
}

int segue_faiss_trained(const segue_faiss *ix) { return ix->index->is_trained; }

int64_t segue_faiss_len(const segue_faiss *ix) { return ix->index->ntotal; }

char *segue_faiss_search(const segue_faiss *ix, int threads, int64_t n, const float *queries, int64_t k,
                         const uint8_t *mask, size_t mask_bytes, float *distances, int64_t *ids) {
    return guarded([&] {
        use_threads(threads);
        if (mask == nullptr) {
            ix->index->search(n, queries, k, distances, ids);
            return;
        }
        faiss::IDSelectorBitmap selector(mask_bytes, mask);
        auto parameters = parameters_for(ix->index.get(), &selector);
        ix->index->search(n, queries, k, distances, ids, parameters.get());
    });
}

char *segue_faiss_write(const segue_faiss *ix, int fd) {
    return guarded([&] {
        int own = dup(fd);
        std::unique_ptr<FILE, int (*)(FILE *)> f(own < 0 ? nullptr : fdopen(own, "wb"), fclose);
        if (f == nullptr) throw std::runtime_error(std::strerror(errno));
        {
            faiss::FileIOWriter writer(f.get());
            faiss::write_index(ix->index.get(), &writer);
        }
        if (fclose(f.release()) != 0) throw std::runtime_error(std::strerror(errno));
    });
}

char *segue_faiss_read(const uint8_t *data, size_t bytes, segue_faiss **out) {
    return guarded([&] {
        view_reader reader(data, bytes);
        auto ix = std::make_unique<segue_faiss>();
        ix->index.reset(faiss::read_index(&reader));
        *out = ix.release();
    });
}

int segue_faiss_dim(const segue_faiss *ix) { return ix->index->d; }

void segue_faiss_tune(segue_faiss *ix, int nprobe, int ef_search) {
    // An index without lists, or without a graph, refuses the parameter: there is nothing to tune.
    free(guarded([&] { faiss::ParameterSpace().set_index_parameter(ix->index.get(), "nprobe", nprobe); }));
    free(guarded([&] { faiss::ParameterSpace().set_index_parameter(ix->index.get(), "efSearch", ef_search); }));
}

char *segue_faiss_kmeans(int threads, int dim, int64_t n, const float *vecs, int k, int iterations, int redo,
                         int seed, int spherical, float *centroids, float *objective) {
    return guarded([&] {
        use_threads(threads);
        faiss::ClusteringParameters parameters;
        parameters.niter = iterations;
        parameters.nredo = redo;
        parameters.seed = seed;
        parameters.spherical = spherical;
        parameters.min_points_per_centroid = 1; // FAISS would print a warning; how many is the caller's affair
        faiss::Clustering clustering(dim, k, parameters);
        faiss::IndexFlatL2 assigner(dim);
        clustering.train(n, vecs, assigner);
        std::memcpy(centroids, clustering.centroids.data(), sizeof(float) * dim * k);
        *objective = clustering.iteration_stats.empty() ? 0 : clustering.iteration_stats.back().obj;
    });
}
