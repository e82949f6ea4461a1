/*
 * What the parts of proc share: the lock and the files of a stage.
 */
#ifndef TQ_COMMON_PROC_INTERNAL_H
#define TQ_COMMON_PROC_INTERNAL_H

struct proc;

enum { PROC_E_LOCKED = 1 /* another process holds it */ };

/* <state_dir>/<stage>[-fabric]<suffix>; the caller frees. NULL when memory is out. */
char *proc_file(const struct proc *proc, const char *suffix);
/* Makes the folder 0700, and those above it, where missing. 0 or -errno. */
int proc_make_dir(const char *path);
/* Takes the lock and writes our pid into it: 0 with the open file in *ret, which holds it;
 * PROC_E_LOCKED with the holder's pid; -errno. */
int proc_lock(const char *path, int *holder, int *ret);

#endif
