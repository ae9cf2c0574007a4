#pragma once

#include <stdbool.h>
#include <stddef.h>

/* nginx reads no parameter of its configuration that is longer than 4096 bytes. */
enum { token_length_limit = 4000 };

/* The pod's token for iotedged. */
struct token {
  char text[token_length_limit + 1]; /* empty when there is none */
  long long expiry;                  /* in seconds since 1970; 0 when the token does not say */
};

/*
 * Takes in the content of a token file: a JWT with white space around it. Nothing but base64url and two dots may stand
 * in it, because it becomes part of nginx's configuration. False with a reason.
 */
bool token_parse(const char *content, size_t size, struct token *token, const char **reason);

/* Reads the file. False with a reason. */
bool token_read(const char *path, struct token *token, const char **reason);
