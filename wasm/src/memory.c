// Memory as far as the host allows. The allocator asks before it grows, so that a job cannot take more of the isolate than its
// budget, whatever its header said; if the host refuses, the allocation fails, which every library here survives.
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define EXPORT(name) __attribute__((export_name(#name)))

// Whether the memory may grow by `bytes`; the host decides, and counts them.
__attribute__((import_module("host"), import_name("may_grow"))) int host_may_grow(int32_t bytes);

void *__real_sbrk(intptr_t increment);

void *__wrap_sbrk(intptr_t increment) {
  if (increment > 0 && !host_may_grow(increment)) return (void *)-1;
  return __real_sbrk(increment);
}

EXPORT(memory_alloc) void *memory_alloc(int size) { return malloc(size); }
EXPORT(memory_free) void memory_free(void *block) { free(block); }
