/*
 * What `check` looks at on this machine: the configuration's file, the folders, the disk, the
 * clock.
 */
#ifndef TQ_CONSOLE_CHECK_LOCAL_H
#define TQ_CONSOLE_CHECK_LOCAL_H

#include "common/config.h"
#include "common/finding.h"

#include <stdbool.h>
#include <stdint.h>

typedef void (*check_fn)(const struct finding *finding, void *userdata);

/* All of it; log_dir may be NULL. */
void check_local(const struct config *config, const char *log_dir, check_fn on_finding,
                 void *userdata);

/* The parts, each with one finding in *ret. */
void check_local_file(const char *path, struct finding *ret);
/* Whether this user can use the folder, or make it when `made` says that the stages do. */
void check_local_folder(const char *check, const char *path, bool made, struct finding *ret);
/* Pure: `free_bytes` of the disk that holds the path. */
void check_local_disk(const char *path, uint64_t free_bytes, struct finding *ret);

#endif
