/* staunch as a library: leaked credentials in bytes that are in memory or come one after another.
 *
 *   staunch_scanner *scanner;
 *   char error[256];
 *   if (staunch_open(NULL, &scanner, error, sizeof error) != STAUNCH_OK) ...
 *   staunch_scan(scanner, bytes, size, "config.env", on_finding, user);
 *   staunch_close(scanner);
 *
 * A scanner never changes once it is open: any number of threads may scan with one at the same time, and there are no
 * globals. A stream belongs to one thread at a time. Nothing is written, sent or read but what a call is given.
 *
 * Functions return a staunch_status and never throw or abort on input, whatever it is. Pointers in a staunch_finding
 * are valid while its callback runs; texts end with a NUL and are as they were found, so that whoever shows one must
 * escape it. The bytes of a secret are wiped when the callback has returned.
 *
 * Structures may grow: they begin with their size, which the caller (or *_init) sets. Numbers of the enumerations stay.
 */
#ifndef STAUNCH_H
#define STAUNCH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct staunch_scanner staunch_scanner;
typedef struct staunch_stream staunch_stream;

typedef enum {
  STAUNCH_OK = 0,         /* everything was read; what was found went to the callback */
  STAUNCH_PARTIAL = 1,    /* the same, but a limit cut something (an encoding or an archive nested too deeply) */
  STAUNCH_INCOMPLETE = 2, /* the same, but something inside could not be read (a damaged or encrypted archive) */
  STAUNCH_STOPPED = 3,    /* the callback asked for it */
  STAUNCH_BAD_ARGUMENT = 4,
  STAUNCH_BAD_RULES = 5, /* the rules that were given are wrong; the error text has the place */
  STAUNCH_NO_MEMORY = 6,
  STAUNCH_FAILED = 7 /* a mistake of the library's own: nothing can be said about the input */
} staunch_status;

typedef enum { STAUNCH_LOW = 0, STAUNCH_MEDIUM = 1, STAUNCH_HIGH = 2, STAUNCH_CRITICAL = 3 } staunch_level;

/* What may be NULL or 0 is the default. */
typedef struct {
  size_t size;       /* sizeof(staunch_options) */
  const char* rules; /* text of a .staunch.toml or .gitleaks.toml; NULL: the built-in rules. [extend] may ask
                        for useDefault, and never for a path */
  size_t rules_size;
  const void* fingerprint_key; /* NULL: fingerprints are public, whoever guesses a secret can compute its own */
  size_t fingerprint_key_size;
  unsigned max_decode_depth;  /* encodings inside one another (staunch_options_init: 5; 0: none) */
  unsigned max_archive_depth; /* archives inside one another (staunch_options_init: 2; 0: none) */
} staunch_options;

void staunch_options_init(staunch_options* options);

/* One place of one secret. Lines and columns count from 1, columns and offsets count bytes, ends are inclusive. A
 * finding of the path alone has line 0 and no secret. */
typedef struct {
  size_t size;          /* sizeof(staunch_finding) as the library knows it */
  const char* rule;     /* "github-pat" */
  const char* provider; /* "github"; "" where there is none */
  const char* description;
  const char* fingerprint; /* "sf1:" and 32 hex digits: one secret, one fingerprint, wherever it stands */
  staunch_level severity;
  staunch_level confidence; /* never STAUNCH_CRITICAL */
  const char* path;         /* as it was given; of a member of an archive with the member's name behind "!" */
  uint64_t offset, length;
  uint64_t line, column, end_line, end_column;
  const char* decoded; /* "base64,hex" from the outermost inwards; "" where it stands as it is */
  const char* secret;  /* secret_size bytes, not ended by a NUL */
  size_t secret_size;
} staunch_finding;

/* Other than 0: no more findings of this call, which returns STAUNCH_STOPPED. */
typedef int (*staunch_on_finding)(void* user, const staunch_finding* finding);

/* `options` may be NULL. `error` gets at most error_size bytes of text, ended by a NUL; it may be NULL. Takes about a
 * millisecond with the built-in rules; rules that are given are compiled, which takes seconds where there are many. */
staunch_status staunch_open(const staunch_options* options, staunch_scanner** scanner, char* error, size_t error_size);

/* Every stream of it must be closed, and every scan have returned. NULL is allowed. */
void staunch_close(staunch_scanner* scanner);

/* One item that is wholly in memory. `path` names it for rules that look at paths; NULL where it has none. Findings
 * come in the order of their offsets, those inside archives behind them. */
staunch_status staunch_scan(staunch_scanner* scanner, const void* bytes, size_t size, const char* path,
                            staunch_on_finding on_finding, void* user);

/* One item whose bytes come one after another, in bounded memory. The callback is called by the thread that writes,
 * flushes or closes, as findings become final. Archives are not opened. */
staunch_status staunch_stream_open(staunch_scanner* scanner, const char* path, staunch_on_finding on_finding,
                                   void* user, staunch_stream** stream);
staunch_status staunch_stream_write(staunch_stream* stream, const void* bytes, size_t size);
/* What the whole lines so far hold is told now, as if the item ended with them. */
staunch_status staunch_stream_flush(staunch_stream* stream);
/* Tells the rest and frees the stream, whatever it returns. NULL is STAUNCH_BAD_ARGUMENT. */
staunch_status staunch_stream_close(staunch_stream* stream);

const char* staunch_version(void);
const char* staunch_status_text(staunch_status status);

#ifdef __cplusplus
}
#endif

#endif
