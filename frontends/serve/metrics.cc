#include "frontends/serve/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace staunch {
namespace {

// A label's value may hold anything but these.
std::string label(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') (out += '\\') += c;
    else if (c == '\n') out += "\\n";
    else out += c;
  }
  return out;
}

}  // namespace

std::size_t route_index(std::string_view path) {
  const auto found = std::find(kRouteNames.begin(), kRouteNames.end() - 1, path);
  return static_cast<std::size_t>(found - kRouteNames.begin());
}

void Metrics::request(std::string_view route, unsigned status, std::uint64_t nanoseconds) {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  requests_[route_index(route)][std::min(status, 599u)].fetch_add(1, kRelaxed);
  const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), (nanoseconds + 999) / 1000);
  buckets_[static_cast<std::size_t>(bound - kBounds.begin())].fetch_add(1, kRelaxed);
  nanoseconds_.fetch_add(nanoseconds, kRelaxed);
}

void Metrics::finding(const std::string& rule, std::string_view action) {
  const std::lock_guard lock(mutex_);
  ++findings_[{rule, std::string(action)}];
}

void Metrics::refused(std::string_view why) {
  const std::lock_guard lock(mutex_);
  const auto found = refused_.find(why);
  if (found != refused_.end()) ++found->second;
  else refused_.emplace(why, 1);
}

std::string Metrics::text() const {
  std::string out;
  const auto put = std::back_inserter(out);
  const auto head = [&](const char* name, const char* type, const char* help) {
    fmt::format_to(put, "# HELP staunch_{0} {2}\n# TYPE staunch_{0} {1}\n", name, type, help);
  };
  head("requests_total", "counter", "Requests that were answered.");
  for (std::size_t route = 0; route < kRoutes; ++route)
    for (std::size_t status = 0; status < 600; ++status)
      if (const std::uint64_t count = requests_[route][status])
        fmt::format_to(put, "staunch_requests_total{{route=\"{}\",status=\"{}\"}} {}\n", kRouteNames[route], status,
                       count);
  head("request_seconds", "histogram", "Time from the last byte of a request to its answer.");
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    sum += buckets_[i];
    fmt::format_to(put, "staunch_request_seconds_bucket{{le=\"{}\"}} {}\n", static_cast<double>(kBounds[i]) / 1e6, sum);
  }
  sum += buckets_.back();
  fmt::format_to(put,
                 "staunch_request_seconds_bucket{{le=\"+Inf\"}} {0}\nstaunch_request_seconds_sum {1}\n"
                 "staunch_request_seconds_count {0}\n",
                 sum, static_cast<double>(nanoseconds_) / 1e9);
  {
    const std::lock_guard lock(mutex_);
    head("findings_total", "counter", "What was found, by rule and what became of it.");
    for (const auto& [key, count] : findings_)
      fmt::format_to(put, "staunch_findings_total{{rule=\"{}\",action=\"{}\"}} {}\n", label(key.first), key.second,
                     count);
    head("refused_total", "counter", "Requests and connections that were refused, by why.");
    for (const auto& [why, count] : refused_)
      fmt::format_to(put, "staunch_refused_total{{why=\"{}\"}} {}\n", label(why), count);
  }
  const auto one = [&](const char* name, const char* type, const char* help, auto value) {
    head(name, type, help);
    fmt::format_to(put, "staunch_{} {}\n", name, value);
  };
  one("scanned_bytes_total", "counter", "Bytes of bodies that were scanned.", scanned_bytes.load());
  one("reloads_total", "counter", "Times that rules and policy were read again.", reloads.load());
  one("failed_reloads_total", "counter", "Times that they could not be, and the old ones stayed.",
      failed_reloads.load());
  one("connections", "gauge", "Connections that are open.", connections.load());
  one("queue_length", "gauge", "Large bodies that wait for a thread or are being scanned.", queued.load());
  one("held_bytes", "gauge", "Bytes of bodies that are held.", bytes_held.load());
  return out;
}

}  // namespace staunch
