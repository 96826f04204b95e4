// Memory as the host allows it. The allocator grows only after asking, so that a job cannot take more of the isolate than its
// budget, whatever its header said; a refusal is an allocation that fails, which every library here survives.
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define EXPORT(name) __attribute__((export_name(#name)))

// Whether the memory may have `bytes` more; both ends of the reply are the host's business.
__attribute__((import_module("host"), import_name("may_grow"))) int host_may_grow(int32_t bytes);

void *__real_sbrk(intptr_t increment);

void *__wrap_sbrk(intptr_t increment) {
  if (increment > 0 && !host_may_grow(increment)) return (void *)-1;
  return __real_sbrk(increment);
}

EXPORT(memory_alloc) void *memory_alloc(int size) { return malloc(size); }
EXPORT(memory_free) void memory_free(void *block) { free(block); }
