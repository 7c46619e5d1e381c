// libarchive as a table of functions: loaded when the first archive is met and kept, so that a run without one does not
// pay for it and a machine without the library loses nothing else. <archive.h> is for engine/expand alone.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

namespace staunch {

// Names are those of libarchive without "archive_".
#define STAUNCH_LIBARCHIVE(use)                                                                                        \
  use(read_new) use(read_free) use(read_append_filter) use(read_set_option) use(read_set_read_callback)                \
      use(read_set_seek_callback) use(read_set_skip_callback) use(read_set_callback_data) use(read_open1)              \
          use(read_support_format_raw) use(read_support_format_empty) use(read_support_format_zip_seekable)            \
              use(read_support_format_zip_streamable) use(read_support_format_7zip) use(read_support_format_tar)       \
                  use(read_support_format_ar) use(read_support_format_cpio) use(read_next_header) use(read_data_block) \
                      use(read_data_skip) use(read_has_encrypted_entries) use(error_string) use(entry_pathname)        \
                          use(entry_pathname_utf8) use(entry_filetype) use(entry_size) use(entry_size_is_set)          \
                              use(entry_is_data_encrypted) use(liblzma_version) use(bzlib_version)                     \
                                  use(libzstd_version)

struct Libarchive {
#define STAUNCH_DECLARE(name) decltype(&archive_##name) name = nullptr;
  STAUNCH_LIBARCHIVE(STAUNCH_DECLARE)
#undef STAUNCH_DECLARE
  // In which libarchive hands out names of every language; null where the system has none such.
  locale_t utf8 = nullptr;
};

// Null where libarchive is not installed or lacks a function. May be called from any thread.
const Libarchive* libarchive();

}  // namespace staunch
