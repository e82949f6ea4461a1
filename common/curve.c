#include "common/curve.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <zmq.h>

bool curve_is_key(const char *text)
{
        uint8_t bytes[CURVE_KEY_BYTES];
        bool ok = strlen(text) == CURVE_KEY_CHARS && zmq_z85_decode(bytes, text) != NULL;

        explicit_bzero(bytes, sizeof(bytes));
        return ok;
}

bool curve_public(const char *secret, char ret[CURVE_KEY_SIZE])
{
        return curve_is_key(secret) && zmq_curve_public(ret, secret) == 0;
}

int curve_pair(char public_key[CURVE_KEY_SIZE], char secret_key[CURVE_KEY_SIZE])
{
        /* It fails only where libzmq was built without CURVE. */
        return zmq_curve_keypair(public_key, secret_key) == 0 ? 0 : -ENOTSUP;
}
