/*
 * A mutex held by scope: `_held_ pthread_mutex_t *held = lock_take(&x->mutex);` lets it go where
 * the scope ends.
 */
#ifndef TQ_ENRICHER_LOCK_H
#define TQ_ENRICHER_LOCK_H

#include <pthread.h>

#define _held_ __attribute__((cleanup(lock_drop), unused))

static inline pthread_mutex_t *lock_take(pthread_mutex_t *mutex)
{
        pthread_mutex_lock(mutex);
        return mutex;
}

static inline void lock_drop(pthread_mutex_t **mutex)
{
        pthread_mutex_unlock(*mutex);
}

#endif
