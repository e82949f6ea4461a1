/*
 * A folder with the files of a DXL client for tests: ca.crt, broker.crt/.key, client.crt/.key and
 * stranger.crt/.key (of another CA), fresh ones each time.
 */
#ifndef TQ_TESTS_DXL_FOLDER_H
#define TQ_TESTS_DXL_FOLDER_H

#include <stddef.h>
#include <sys/types.h>

enum { DXL_FOLDER_PATH_MAX = 64 };

struct dxl_folder {
        char path[DXL_FOLDER_PATH_MAX];
};

/* Aborts when it cannot be made. */
void dxl_folder_open(struct dxl_folder *folder);
/* Removes it with all that is in it. */
void dxl_folder_close(struct dxl_folder *folder);
/* Writes a file into the folder. */
void dxl_folder_write(const struct dxl_folder *folder, const char *name, const char *content,
                      mode_t mode);
/* Writes dxlclient.config: the client's files and one broker, localhost. */
void dxl_folder_write_config(const struct dxl_folder *folder, int port);
/* Writes the certificates of two of its files into one. */
void dxl_folder_join(const struct dxl_folder *folder, const char *name, const char *first,
                     const char *second);
/* Writes name.key, closed by a passphrase, into another file. */
void dxl_folder_lock_key(const struct dxl_folder *folder, const char *name, const char *file,
                         const char *passphrase);
/* The path of a file in the folder, in out, which is returned. */
const char *dxl_folder_file(const struct dxl_folder *folder, const char *name,
                            char out[DXL_FOLDER_PATH_MAX + 64]);

#endif
