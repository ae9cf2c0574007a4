/* Lets tests call the parsers: each line of input is a letter and a file's content in hex, each line of output what the
 * parser made of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../supervisor/bundle.h"
#include "../supervisor/token.h"

static size_t decode(const char *hex, char *out) {
  size_t size = 0;
  for (unsigned byte; sscanf(hex, "%2x", &byte) == 1; hex += 2) out[size++] = (char)byte;
  out[size] = '\0';
  return size;
}

static void print_token(const char *content, size_t size) {
  struct token token;
  const char *reason = "";
  const bool valid = token_parse(content, size, &token, &reason);
  printf("%d %lld %s\n", valid, token.expiry, token.text);
}

static void print_bundle(char *content, size_t size) {
  const char *reason = "";
  struct bundle bundle = {.pem = content, .size = size};
  sha256_hex(content, size, bundle.hash);
  printf("%d %s\n", bundle_is_certificates(&bundle, &reason), bundle.hash);
}

int main(void) {
  char *line = NULL;
  size_t capacity = 0;
  for (ssize_t length; (length = getline(&line, &capacity, stdin)) > 0;) {
    /* Of exactly the size of the content, so that a sanitizer sees each byte that is read too far. */
    char *content = malloc((size_t)length / 2 + 1);
    const size_t size = decode(line + 1, content);
    if (line[0] == 'T') print_token(content, size);
    else print_bundle(content, size);
    free(content);
  }
  free(line);
  return 0;
}
