#include "claims.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { payload_limit = 4096, digits_limit = 15 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char white_space[] = " \t\r\n";

/* Decodes base64url up to the first other character. The result has a closing zero byte. */
static void decode(const char *text, char out[payload_limit]) {
  unsigned bits = 0, count = 0;
  size_t used = 0;
  for (; *text != '\0' && used + 1 < payload_limit; text++) {
    const char *found = strchr(alphabet, *text);
    if (found == NULL) break;
    bits = (bits << 6 | (unsigned)(found - alphabet)) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out[used++] = (char)(bits >> count & 0xff);
  }
  out[used] = '\0';
}

/* The end of the string whose opening quote is before text: its closing quote, or the end of the text. */
static const char *string_end(const char *text) {
  for (; *text != '\0' && *text != '"'; text++)
    if (*text == '\\' && text[1] != '\0') text++;
  return text;
}

static long long plain_number(const char *text) {
  long long value = 0;
  int digits = 0;
  for (; *text >= '0' && *text <= '9' && digits <= digits_limit; text++, digits++) value = value * 10 + (*text - '0');
  text += strspn(text, white_space);
  return digits > 0 && digits <= digits_limit && (*text == ',' || *text == '}') ? value : 0;
}

/* The number that the outermost object has under the name; 0 when there is none. */
static long long member_number(const char *json, const char *name) {
  int depth = 0;
  for (; *json != '\0'; json++) {
    if (*json == '{' || *json == '[') depth++;
    if (*json == '}' || *json == ']') depth--;
    if (*json != '"') continue;
    const char *start = json + 1;
    json = string_end(start);
    if (*json == '\0') return 0;
    const bool named = depth == 1 && (size_t)(json - start) == strlen(name) && memcmp(start, name, strlen(name)) == 0;
    const char *next = json + 1 + strspn(json + 1, white_space);
    if (named && *next == ':') return plain_number(next + 1 + strspn(next + 1, white_space));
  }
  return 0;
}

long long claims_expiry(const char *jwt) {
  const char *dot = strchr(jwt, '.');
  if (dot == NULL) return 0;
  char payload[payload_limit];
  decode(dot + 1, payload);
  return payload[strspn(payload, white_space)] == '{' ? member_number(payload, "exp") : 0;
}
