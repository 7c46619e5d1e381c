/* Prints what leaks in the files that are named, or in standard input as it comes:  example [FILE...]
 *
 *   cc example.c $(pkg-config --cflags --libs staunch) && ./a.out .env
 */
#include <staunch.h>
#include <stdio.h>
#include <stdlib.h>

/* A real program escapes what it prints of paths. */
static int print_finding(void* user, const staunch_finding* finding) {
  unsigned long* count = user;
  ++*count;
  printf("%s:%llu:%llu: %s (%s), %lu bytes\n", finding->path, (unsigned long long)finding->line,
         (unsigned long long)finding->column, finding->rule, finding->fingerprint, (unsigned long)finding->secret_size);
  return 0;
}

static staunch_status scan_file(staunch_scanner* scanner, const char* path, unsigned long* count) {
  FILE* file = fopen(path, "rb");
  char* bytes = NULL;
  size_t size = 0, room = 0, n;
  staunch_status status;
  if (file == NULL) {
    perror(path);
    exit(2);
  }
  do {
    if (size == room) {
      char* larger = realloc(bytes, room = room * 2 + 65536);
      if (larger == NULL) exit(2);
      bytes = larger;
    }
    n = fread(bytes + size, 1, room - size, file);
    size += n;
  } while (n != 0);
  fclose(file);
  status = staunch_scan(scanner, bytes, size, path, print_finding, count);
  free(bytes);
  return status;
}

static staunch_status scan_input(staunch_scanner* scanner, unsigned long* count) {
  staunch_stream* stream;
  char bytes[65536];
  size_t n;
  staunch_status status = staunch_stream_open(scanner, "(standard input)", print_finding, count, &stream);
  while (status == STAUNCH_OK && (n = fread(bytes, 1, sizeof bytes, stdin)) != 0)
    status = staunch_stream_write(stream, bytes, n);
  if (status != STAUNCH_OK) {
    staunch_stream_close(stream);
    return status;
  }
  return staunch_stream_close(stream);
}

int main(int argc, char** argv) {
  staunch_scanner* scanner;
  char error[256];
  unsigned long count = 0;
  staunch_status status = staunch_open(NULL, &scanner, error, sizeof error);
  int i;
  if (status != STAUNCH_OK) {
    fprintf(stderr, "%s: %s\n", staunch_status_text(status), error);
    return 2;
  }
  if (argc == 1) status = scan_input(scanner, &count);
  for (i = 1; i < argc; ++i) {
    const staunch_status one = scan_file(scanner, argv[i], &count);
    if (one > status) status = one;
  }
  staunch_close(scanner);
  if (status != STAUNCH_OK) fprintf(stderr, "%s\n", staunch_status_text(status));
  return count != 0 ? 1 : status == STAUNCH_OK ? 0 : 3;
}
