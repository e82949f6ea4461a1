/*
 * Two runs at the same time, as cron starts them when one takes long. A run whose fabrics are all
 * under way in others says so and ends with 0: there is nothing left for it to do. One that has
 * fabrics of its own waits for its turn, since the fetcher serves one run at a time, and leaves the
 * others out. So jobs with different -cn at the same minute run one after the other, and a job that
 * waits is not joined by a second of its kind.
 *
 * Locks: connector.state_dir/run-<fabric>.lock from the start to the end, run.lock from the turn to
 * the end. They go with the process.
 */
#ifndef TQ_CONSOLE_TURN_H
#define TQ_CONSOLE_TURN_H

#include "console/console.h"

/* The command `run`: run_main in its turn. Returns the exit code. */
int turn_main(const struct console *console);

#endif
