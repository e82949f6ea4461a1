/*
 * A terminal taken over for a picture: the alternate screen, no echo, keys one by one. Given back
 * as it was at every end of the process but SIGKILL, and while it is stopped by Ctrl-Z.
 */
#ifndef TQ_CONSOLE_TERMINAL_H
#define TQ_CONSOLE_TERMINAL_H

#include <stdbool.h>

/* Whether standard output is a terminal that can be drawn on (TERM is not "dumb"). */
bool terminal_usable(void);
/* Takes it over; one at a time. `epoll` becomes readable when a key was pressed. 0 or -errno. */
int terminal_open(int epoll);
/* Gives it back; does nothing when it is not taken. */
void terminal_close(void);
/* The next key that was pressed; 0: none waits. */
char terminal_key(void);
/* As large as it is now; 24 × 80 when it does not say. */
void terminal_size(unsigned *rows, unsigned *columns);
/* By the locale of the environment, and NO_COLOR. */
bool terminal_has_utf8(void);
bool terminal_has_color(void);

#endif
