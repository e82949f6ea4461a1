/*
 * What a fuzz target defines: takes any bytes, returns 0, and aborts where an invariant is broken.
 */
#ifndef TQ_TESTS_FUZZ_REPLAY_H
#define TQ_TESTS_FUZZ_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#endif
