#pragma once

#include <stddef.h>

enum { sha256_hex_size = 65 };

/* Writes the SHA-256 (FIPS 180-4) of data in lowercase hex, with a closing zero byte. */
void sha256_hex(const void *data, size_t size, char hex[sha256_hex_size]);
