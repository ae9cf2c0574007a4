#include "token.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "claims.h"

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char white_space[] = " \t\r\n";

/* Whether text is three parts of base64url with dots between. */
static bool is_jwt(const char *text) {
  for (int part = 0; part < 3; part++) {
    const size_t length = strspn(text, base64url);
    if (length == 0 || text[length] != (part < 2 ? '.' : '\0')) return false;
    text += length + 1;
  }
  return true;
}

static bool is_white_space(char c) { return c != '\0' && strchr(white_space, c) != NULL; }

bool token_parse(const char *content, size_t size, struct token *token, const char **reason) {
  *token = (struct token){0};
  while (size > 0 && is_white_space(content[size - 1])) size--;
  while (size > 0 && is_white_space(*content)) content++, size--;
  *reason = size == 0 ? "it is empty" : size > token_length_limit ? "it is too long" : "it is no JWT";
  if (size == 0 || size > token_length_limit || memchr(content, '\0', size) != NULL) return false;
  struct token parsed = {0};
  memcpy(parsed.text, content, size);
  if (!is_jwt(parsed.text)) return false;
  parsed.expiry = claims_expiry(parsed.text);
  *token = parsed;
  return true;
}

bool token_read(const char *path, struct token *token, const char **reason) {
  *token = (struct token){0};
  char content[token_length_limit + 64];
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const ssize_t size = fd < 0 ? -1 : read(fd, content, sizeof content);
  if (fd >= 0) close(fd);
  *reason = "it cannot be read";
  return size >= 0 && token_parse(content, (size_t)size, token, reason);
}
