/* The part of POSIX threads that dav1d names, for a single thread: locks do nothing, starting a thread fails. */
#ifndef NO_THREADS_PTHREAD_H
#define NO_THREADS_PTHREAD_H
#include <errno.h>
#include <stddef.h>

typedef int no_mutex, no_cond, no_attr, no_once, no_thread;
#define pthread_mutex_t no_mutex
#define pthread_cond_t no_cond
#define pthread_attr_t no_attr
#define pthread_once_t no_once
#define pthread_t no_thread
#define PTHREAD_MUTEX_INITIALIZER 0
#define PTHREAD_COND_INITIALIZER 0
#define PTHREAD_ONCE_INIT 0

static inline int nothing(const void *a) { (void)a; return 0; }
static inline int nothing_with(const void *a, const void *b) { (void)a; (void)b; return 0; }
#define pthread_mutex_init(m, a) nothing_with(m, a)
#define pthread_mutex_destroy(m) nothing(m)
#define pthread_mutex_lock(m) nothing(m)
#define pthread_mutex_unlock(m) nothing(m)
#define pthread_cond_init(c, a) nothing_with(c, a)
#define pthread_cond_destroy(c) nothing(c)
#define pthread_cond_signal(c) nothing(c)
#define pthread_cond_broadcast(c) nothing(c)
#define pthread_cond_wait(c, m) nothing_with(c, m)
#define pthread_attr_init(a) nothing(a)
#define pthread_attr_destroy(a) nothing(a)
static inline int pthread_attr_setstacksize(pthread_attr_t *a, size_t size) { (void)size; return nothing(a); }
static inline int pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*run)(void *), void *with) {
  (void)t, (void)a, (void)run, (void)with;
  return EAGAIN;
}
static inline int pthread_join(pthread_t t, void **result) { (void)t; return nothing(result); }
static inline pthread_t pthread_self(void) { return 0; }
static inline int pthread_once(pthread_once_t *once, void (*run)(void)) {
  if (!*once) { *once = 1; run(); }
  return 0;
}
#endif
