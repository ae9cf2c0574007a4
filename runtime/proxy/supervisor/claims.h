#pragma once

/*
 * When a JWT expires by its claim exp, in seconds since 1970; 0 when it does not say so as a plain number.
 *
 * The signature is not looked at: whether the token counts is for the API server to say.
 */
long long claims_expiry(const char *jwt);
