// The C interface (engine/include/staunch.h) over the Scanner. No exception leaves it: running out of memory and
// mistakes of our own become a status.
#include "engine/include/staunch.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "engine/builtin.h"
#include "engine/content.h"
#include "engine/fingerprint.h"
#include "engine/scan.h"
#include "engine/stream.h"
#include "rules/gitleaks_names.h"
#include "rules/reader.h"

namespace staunch {
namespace {

// Scanned at once; more is looked at piece by piece as it is written.
constexpr std::size_t kWriteBytes = 1u << 20;

template <typename Function>
staunch_status guarded(const Function& function) noexcept {
  try {
    return function();
  } catch (const std::bad_alloc&) {
    return STAUNCH_NO_MEMORY;
  } catch (...) {
    return STAUNCH_FAILED;
  }
}

void tell_error(const std::string& text, char* error, std::size_t size) {
  if (error == nullptr || size == 0) return;
  const std::size_t length = std::min(size - 1, text.size());
  std::memcpy(error, text.data(), length);
  error[length] = '\0';
}

// The mistakes, the first one in front; empty where there is none.
std::string mistakes(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics)
    if (diagnostic.level == Diagnostic::Level::error) text += (text.empty() ? "" : "\n") + to_string(diagnostic);
  return text;
}

Result<std::shared_ptr<const Database>> compiled(std::string_view text) {
  RuleFile file = read_configuration(text, "rules", Trust::user);
  std::vector<Diagnostic> diagnostics = std::move(file.diagnostics);
  if (!file.extend.path.empty()) return Error{"[extend] path is not followed here", "rules"};
  if (file.extend.use_default) {
    auto base = builtin_catalogue();
    if (!base) return base.error();
    spread_gitleaks_generic(*base, file.extend.disabled_rules);
    spread_gitleaks_generic(*base, file.catalogue);
    leave_out_strangers(*base, file.catalogue, diagnostics);
    file.catalogue =
        extend_catalogue(*std::move(base), std::move(file.catalogue), file.extend.disabled_rules, diagnostics);
  }
  for (Diagnostic& diagnostic : check_catalogue(file.catalogue)) diagnostics.push_back(std::move(diagnostic));
  if (has_errors(diagnostics)) return Error{mistakes(diagnostics), ""};
  auto database = Database::compile(std::move(file.catalogue), diagnostics);
  if (has_errors(diagnostics)) return Error{mistakes(diagnostics), ""};
  return database;
}

staunch_level level_of(Severity severity) { return static_cast<staunch_level>(severity); }
staunch_level level_of(Confidence confidence) { return static_cast<staunch_level>(confidence); }
static_assert(static_cast<int>(Severity::critical) == STAUNCH_CRITICAL &&
              static_cast<int>(Confidence::high) == STAUNCH_HIGH);

}  // namespace
}  // namespace staunch

struct staunch_scanner {
  staunch_scanner(std::shared_ptr<const staunch::Database> database, staunch::ScanOptions options)
      : names(options.fingerprint_key), scanner(std::move(database), std::move(options)) {}
  staunch::Fingerprinter names;  // thread-safe
  staunch::Scanner scanner;
};

namespace staunch {
namespace {

// Hands occurrences to a callback until it asks to stop.
class Teller {
 public:
  Teller(staunch_scanner& scanner, staunch_on_finding on_finding, void* user)
      : scanner_(scanner), on_finding_(on_finding), user_(user) {}

  void tell(const Occurrence& place) {
    if (stopped_) return;
    const Rule& rule = scanner_.scanner.database().catalogue().rules[place.rule];
    std::string decoded;
    for (const std::string& kind : place.decoded) decoded += (decoded.empty() ? "" : ",") + kind;
    const std::string_view secret = place.secret.reveal();
    const std::string name = place.fingerprint.empty() ? scanner_.names.of_guessable(secret) : place.fingerprint;
    staunch_finding finding{};
    finding.size = sizeof finding;
    finding.rule = rule.id.c_str();
    finding.provider = rule.provider.c_str();
    finding.description = rule.description.c_str();
    finding.fingerprint = name.c_str();
    finding.severity = level_of(place.severity);
    finding.confidence = level_of(place.confidence);
    finding.path = place.path.c_str();
    finding.offset = place.offset;
    finding.length = place.length;
    finding.line = place.begin.line;
    finding.column = place.begin.column;
    finding.end_line = place.end.line;
    finding.end_column = place.end.column;
    finding.decoded = decoded.c_str();
    finding.secret = secret.empty() ? "" : secret.data();
    finding.secret_size = secret.size();
    stopped_ = on_finding_(user_, &finding) != 0;
  }
  bool stopped() const { return stopped_; }

 private:
  staunch_scanner& scanner_;
  const staunch_on_finding on_finding_;
  void* const user_;
  bool stopped_ = false;
};

staunch_status status_of(bool stopped, const std::vector<Note>& partial, const std::vector<Note>& incomplete) {
  if (stopped) return STAUNCH_STOPPED;
  return !incomplete.empty() ? STAUNCH_INCOMPLETE : !partial.empty() ? STAUNCH_PARTIAL : STAUNCH_OK;
}

}  // namespace
}  // namespace staunch

struct staunch_stream {
  staunch_stream(staunch_scanner& scanner, const std::string& path, staunch_on_finding on_finding, void* user)
      : teller(scanner, on_finding, user),
        stream(scanner.scanner, path, [this](const staunch::Occurrence& place) { teller.tell(place); }) {}
  staunch::Teller teller;
  staunch::ItemStream stream;
  bool failed = false;  // what was not looked at then is never told to be clean
};

using namespace staunch;

namespace {

staunch_status on_stream(staunch_stream* stream, const auto& function) {
  if (stream == nullptr) return STAUNCH_BAD_ARGUMENT;
  if (stream->failed) return STAUNCH_FAILED;
  if (stream->teller.stopped()) return STAUNCH_STOPPED;
  const staunch_status status = guarded(function);
  stream->failed = status == STAUNCH_NO_MEMORY || status == STAUNCH_FAILED;
  return status;
}

}  // namespace

extern "C" {

void staunch_options_init(staunch_options* options) {
  if (options == nullptr) return;
  const ScanOptions defaults;
  *options = {};
  options->size = sizeof *options;
  options->max_decode_depth = defaults.max_decode_depth;
  options->max_archive_depth = defaults.max_archive_depth;
}

staunch_status staunch_open(const staunch_options* given, staunch_scanner** scanner, char* error, size_t error_size) {
  if (scanner == nullptr) return STAUNCH_BAD_ARGUMENT;
  *scanner = nullptr;
  tell_error("", error, error_size);
  return guarded([&]() -> staunch_status {
    staunch_options options;
    staunch_options_init(&options);
    if (given != nullptr) {
      if (given->size != sizeof options) {
        tell_error("options.size is not that of staunch_options", error, error_size);
        return STAUNCH_BAD_ARGUMENT;
      }
      options = *given;
    }
    auto database = options.rules == nullptr ? builtin_database() : compiled({options.rules, options.rules_size});
    if (!database) {
      tell_error(to_string(database.error()), error, error_size);
      return options.rules == nullptr ? STAUNCH_FAILED : STAUNCH_BAD_RULES;
    }
    ScanOptions scan;
    if (options.fingerprint_key != nullptr)
      scan.fingerprint_key.assign(static_cast<const char*>(options.fingerprint_key), options.fingerprint_key_size);
    scan.max_decode_depth = options.max_decode_depth;
    scan.max_archive_depth = options.max_archive_depth;
    *scanner = new staunch_scanner(*database, std::move(scan));
    return STAUNCH_OK;
  });
}

void staunch_close(staunch_scanner* scanner) { delete scanner; }

staunch_status staunch_scan(staunch_scanner* scanner, const void* bytes, size_t size, const char* path,
                            staunch_on_finding on_finding, void* user) {
  if (scanner == nullptr || on_finding == nullptr || (bytes == nullptr && size != 0)) return STAUNCH_BAD_ARGUMENT;
  return guarded([&]() -> staunch_status {
    const std::string_view text(static_cast<const char*>(bytes), size);
    const std::string name = path == nullptr ? "" : path;
    ItemReport report;
    if (size <= kWholeItemBytes) {
      auto lease = scanner->scanner.lease();
      report = scanner->scanner.scan(lease, text, name);
    } else {
      report = scanner->scanner.scan(MemoryContent(text), size, name);
    }
    Teller teller(*scanner, on_finding, user);
    for (const Occurrence& place : report.occurrences) teller.tell(place);
    return status_of(teller.stopped(), report.partial, report.incomplete);
  });
}

staunch_status staunch_stream_open(staunch_scanner* scanner, const char* path, staunch_on_finding on_finding,
                                   void* user, staunch_stream** stream) {
  if (stream == nullptr) return STAUNCH_BAD_ARGUMENT;
  *stream = nullptr;
  if (scanner == nullptr || on_finding == nullptr) return STAUNCH_BAD_ARGUMENT;
  return guarded([&] {
    *stream = new staunch_stream(*scanner, path == nullptr ? "" : path, on_finding, user);
    return STAUNCH_OK;
  });
}

staunch_status staunch_stream_write(staunch_stream* stream, const void* bytes, size_t size) {
  if (bytes == nullptr && size != 0) return STAUNCH_BAD_ARGUMENT;
  return on_stream(stream, [&] {
    const char* next = static_cast<const char*>(bytes);
    while (size != 0 && !stream->teller.stopped()) {
      const auto space = stream->stream.space();
      const std::size_t some = std::min(size, space.size());
      std::memcpy(space.data(), next, some);
      stream->stream.took(some);
      next += some;
      size -= some;
      if (stream->stream.unscanned() >= kWriteBytes) stream->stream.scan();
    }
    return stream->teller.stopped() ? STAUNCH_STOPPED : STAUNCH_OK;
  });
}

staunch_status staunch_stream_flush(staunch_stream* stream) {
  return on_stream(stream, [&] {
    stream->stream.pause();
    return stream->teller.stopped() ? STAUNCH_STOPPED : STAUNCH_OK;
  });
}

staunch_status staunch_stream_close(staunch_stream* stream) {
  const std::unique_ptr<staunch_stream> owned(stream);
  return on_stream(stream, [&] {
    std::vector<Note> partial;
    stream->stream.finish(partial);
    return status_of(stream->teller.stopped(), partial, {});
  });
}

const char* staunch_version(void) { return STAUNCH_VERSION; }

const char* staunch_status_text(staunch_status status) {
  switch (status) {
    case STAUNCH_OK: return "everything was read";
    case STAUNCH_PARTIAL: return "something was read in part";
    case STAUNCH_INCOMPLETE: return "something could not be read";
    case STAUNCH_STOPPED: return "stopped by the callback";
    case STAUNCH_BAD_ARGUMENT: return "wrong argument";
    case STAUNCH_BAD_RULES: return "wrong rules";
    case STAUNCH_NO_MEMORY: return "out of memory";
    case STAUNCH_FAILED: break;
  }
  return "failed";
}

}  // extern "C"
