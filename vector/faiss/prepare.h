// What this package changes in the indexes that FAISS's factory makes, and how much memory they may take.
#ifndef SEGUE_VECTOR_FAISS_PREPARE_H
#define SEGUE_VECTOR_FAISS_PREPARE_H

#include <cstddef>
#include <cstdint>
#include <memory>

#include <faiss/Index.h>
#include <faiss/impl/ProductQuantizer.h>

// prepare makes an index train without a word on stderr where there are few points, and without the search for an order of
// codes that only polysemous filtering uses, which nobody can ask for: it takes minutes. It returns what an OPQ trains with,
// which must live as long as the index; nullptr without one.
std::unique_ptr<faiss::ProductQuantizer> prepare(faiss::Index *index);

// spare_bytes is what an index may take besides a few times its vectors.
constexpr size_t spare_bytes = size_t(512) << 20;

// memory_limit makes what this thread allocates fail, while it lives, when one piece is larger than most, or all of them
// together than total. FAISS allocates by the numbers in a factory string, whatever they are: IMI2x16 wants 200 GB at once.
class memory_limit {
  public:
    explicit memory_limit(size_t most, size_t total = SIZE_MAX);
    ~memory_limit();
    memory_limit(const memory_limit &) = delete;
    memory_limit &operator=(const memory_limit &) = delete;
};

#endif
