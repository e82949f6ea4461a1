#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "publisher/dxl/thumbprint.h"
#include "tests/unit/dxl_folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

/* The SHA-1 of what the base64 between the lines of the PEM file holds. */
static void sha1_of_pem(const char *path, char out[41])
{
        char text[8192], *at = text;
        unsigned char der[8192], digest[20];
        FILE *f = fopen(path, "re");
        size_t len;
        int used = 0, rest = 0;
        EVP_ENCODE_CTX *ctx = EVP_ENCODE_CTX_new();

        assert_non_null(f);
        len = fread(text, 1, sizeof(text) - 1, f);
        fclose(f);
        text[len] = '\0';
        at = strchr(strstr(text, "-----BEGIN CERTIFICATE"), '\n') + 1;
        EVP_DecodeInit(ctx);
        assert_true(EVP_DecodeUpdate(ctx, der, &used, (unsigned char *)at,
                                     (int)(strstr(at, "-----END") - at)) >= 0);
        EVP_DecodeFinal(ctx, der + used, &rest);
        EVP_ENCODE_CTX_free(ctx);
        assert_true(EVP_Digest(der, (size_t)(used + rest), digest, NULL, EVP_sha1(), NULL));
        for (int i = 0; i < 20; i++)
                snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static void the_sha1_of_the_first_certificate(void **state)
{
        struct dxl_folder folder;
        char path[DXL_FOLDER_PATH_MAX + 64], got[DXL_THUMBPRINT_LEN + 1], want[41];

        (void)state;
        dxl_folder_open(&folder);
        dxl_folder_file(&folder, "client.crt", path);
        sha1_of_pem(path, want);
        assert_int_equal(dxl_thumbprint(path, got), 0);
        assert_string_equal(got, want);
        assert_int_equal(dxl_thumbprint(dxl_folder_file(&folder, "client.key", path), got),
                         -EINVAL);
        assert_string_equal(got, "");
        assert_int_equal(dxl_thumbprint(dxl_folder_file(&folder, "nothing", path), got), -EINVAL);
        dxl_folder_close(&folder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
            cmocka_unit_test(the_sha1_of_the_first_certificate),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
