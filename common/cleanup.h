/*
 * Ownership by scope: `_cleanup_(x_freep) struct x *x = NULL;` frees x when it leaves its scope.
 * A hand-over is written out: `*ret = x; x = NULL; return 0;`.
 */
#ifndef TQ_COMMON_CLEANUP_H
#define TQ_COMMON_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

/* Defines `func##p`, which calls func on the pointee when it is not NULL. */
#define DEFINE_CLEANUP(type, func)                                                                 \
        static inline void func##p(type *p)                                                        \
        {                                                                                          \
                if (*p)                                                                            \
                        func(*p);                                                                  \
        }                                                                                          \
        struct cleanup_needs_semicolon_##func

static inline void freep(void *p)
{
        free(*(void **)p);
}

static inline void closep(const int *fd)
{
        if (*fd >= 0)
                close(*fd);
}

static inline void fclosep(FILE **f)
{
        if (*f)
                fclose(*f);
}

#endif
