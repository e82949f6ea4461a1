/*
 * The stages in supervisord's configuration (http://supervisord.org/configuration.html): a program
 * each, and each a group of its own, so that a change of one touches no other. Pure.
 */
#ifndef TQ_CONSOLE_SUPERVISORD_TEXT_H
#define TQ_CONSOLE_SUPERVISORD_TEXT_H

#include "console/units.h"

/* The whole text; freed by the caller, NULL: out of memory. units_bad_word found none. */
char *supervisord_text(const struct units *units);
#endif
