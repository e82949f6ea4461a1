/*
 * Text that somebody else owns: a pointer and a length, not NUL-terminated, any bytes.
 * Values from the wire, from JSON and from files are handed around as `struct text`.
 */
#ifndef TQ_COMMON_TEXT_H
#define TQ_COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
        const char *ptr; /* not NULL unless len is 0 */
        size_t len;
};

/* A view of a NUL-terminated string; NULL gives the empty text. Valid as long as s is. */
struct text text_of(const char *s);
bool text_eq(struct text a, struct text b);
bool text_eq_str(struct text a, const char *b);
/* Compares without regard to ASCII case. */
bool text_eq_nocase(struct text a, struct text b);
/* Without leading and trailing ASCII white space. */
struct text text_trim(struct text t);
/* A port in decimal digits alone, "1" … "65535"; false when it is none. */
bool text_port(struct text t, uint16_t *ret);
/* A NUL-terminated copy; the caller frees. NULL when memory is out. */
char *text_dup(struct text t);
/* Copies at most size - 1 bytes into out and terminates it; returns whether all fitted. */
bool text_copy(struct text t, char *out, size_t size);

#endif
