/*
 * Questions of common/prompt.h that must be answered.
 */
#ifndef TQ_PUBLISHER_PROVISION_TERMINAL_H
#define TQ_PUBLISHER_PROVISION_TERMINAL_H

#include "publisher/provision/failure.h"

/* As prompt_ask, until the answer is not empty. 0, or -errno with *why. */
int terminal_ask(const char *question, bool echo, char **ret, struct failure *why);
/* Asks twice, without echo, until both answers are the same. */
int terminal_ask_twice(const char *question, const char *again, char **ret, struct failure *why);

#endif
