/*
 * CURVE keys (https://rfc.zeromq.org/spec/26/) as the configuration and the key file hold them: 32
 * bytes in Z85 (https://rfc.zeromq.org/spec/32/), 40 characters. The public half of a secret key is
 * worked out, so only the secret one is kept.
 */
#ifndef TQ_COMMON_CURVE_H
#define TQ_COMMON_CURVE_H

#include <stdbool.h>

enum { CURVE_KEY_CHARS = 40, CURVE_KEY_SIZE = CURVE_KEY_CHARS + 1, CURVE_KEY_BYTES = 32 };

/* Whether the text can be a key, public or secret. */
bool curve_is_key(const char *text);
/* The public key of a secret one; false when that is none. */
bool curve_public(const char *secret, char ret[CURVE_KEY_SIZE]);
/* A new pair; the caller wipes the secret one. 0 or -errno. */
int curve_pair(char public_key[CURVE_KEY_SIZE], char secret_key[CURVE_KEY_SIZE]);

#endif
