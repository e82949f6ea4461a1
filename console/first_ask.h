/*
 * The questions of a first run. An answer that cannot be is said why and asked for again.
 */
#ifndef TQ_CONSOLE_FIRST_ASK_H
#define TQ_CONSOLE_FIRST_ASK_H

#include "console/first_text.h"

/* Asks all, in the guide's order. What was answered before is shown, and taken for an empty answer.
 * 0, -ENODATA at the end of the input, or -errno. */
int first_ask(struct first_answers *answers);
/* Asks for the CA of ThreatQ's certificate; with an empty answer for all the others instead. */
int first_ask_ca(struct first_answers *answers);
/* Wipes and frees the answers; the fabrics are the caller's. */
void first_ask_done(struct first_answers *answers);

#endif
