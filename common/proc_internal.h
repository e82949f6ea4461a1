/*
 * What the parts of proc share: the lock and the files of a stage, and its second start.
 */
#ifndef TQ_COMMON_PROC_INTERNAL_H
#define TQ_COMMON_PROC_INTERNAL_H

#include <stdbool.h>

struct proc;

/* Makes the folder 0700, and those above it, where missing. 0 or -errno. */
int proc_make_dir(const char *path);
/* Takes the lock and writes our pid into it: 0 with the open file in *ret, which holds it;
 * PROC_E_LOCKED with the holder's pid; -errno. */
int proc_lock(const char *path, int *holder, int *ret);

/* Reads the configuration again; whether the stage has to start anew. Says so, or why not. */
bool proc_reload_wanted(const struct proc *proc);
/* supervisord heeds the exit code only of a program that has lived for its startsecs (1 s). A stage
 * whose configuration is wrong waits for that, or for a signal to stop. */
void proc_linger(void);

#endif
