// What the server counts, in the text format of Prometheus (exposition format 0.0.4).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace staunch {

class Metrics {
 public:
  // Thread-safe, all of them.
  void request(std::string_view route, unsigned status, std::uint64_t nanoseconds);
  void finding(const std::string& rule, std::string_view action);
  void refused(std::string_view why);

  std::atomic<std::int64_t> connections{0}, queued{0}, bytes_held{0};
  std::atomic<std::uint64_t> scanned_bytes{0}, reloads{0}, failed_reloads{0};

  std::string text() const;

 private:
  // Upper bounds in microseconds.
  static constexpr std::array<std::uint64_t, 12> kBounds = {50,   100,    250,    500,     1000,    2500,
                                                            5000, 10'000, 25'000, 100'000, 500'000, 2'500'000};
  static constexpr std::size_t kRoutes = 10;
  std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> buckets_{};
  std::atomic<std::uint64_t> nanoseconds_{0};
  std::array<std::array<std::atomic<std::uint64_t>, 600>, kRoutes> requests_{};  // by route and status
  mutable std::mutex mutex_;                                                     // of the maps
  std::map<std::pair<std::string, std::string>, std::uint64_t> findings_;
  std::map<std::string, std::uint64_t, std::less<>> refused_;
};

// The routes by which requests are counted; the last one stands for all that are none.
inline constexpr std::array<std::string_view, 10> kRouteNames = {
    "/v1/scan",      "/v1/redact", "/v1/multiscan", "/beta/litellm_basic_guardrail_api",
    "/portkey",      "/healthz",   "/readyz",       "/metrics",
    "/openapi.json", "other"};
std::size_t route_index(std::string_view path);

}  // namespace staunch
