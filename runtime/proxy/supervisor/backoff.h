#pragma once

/*
 * Seconds until the next try after so many failures in a row, the first one included: 1, 2, 4 and so on up to 30, less
 * up to half of it by `random`, so that those who failed together do not try again together.
 */
int backoff_seconds(unsigned failures, unsigned random);
