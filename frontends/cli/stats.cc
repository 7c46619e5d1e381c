#include "frontends/cli/stats.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace staunch {
namespace {

constexpr std::size_t kRulesShown = 30;

double seconds_of(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; }

std::vector<std::size_t> dearest_first(const EngineStats& stats, const Catalogue& catalogue) {
  std::vector<std::size_t> order(std::min(stats.rules.size(), catalogue.rules.size()));
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return stats.rules[a].nanoseconds > stats.rules[b].nanoseconds;
  });
  return order;
}

}  // namespace

std::string cost_table(const EngineStats& stats, const Catalogue& catalogue, std::size_t most) {
  const double megabytes = std::max(1.0, static_cast<double>(stats.bytes)) / 1e6;
  std::size_t width = 4;
  for (const Rule& rule : catalogue.rules) width = std::max(width, rule.id.size());
  std::string table = fmt::format("{:<{}} {:>10} {:>10} {:>10} {:>10} {:>9} {:>10}\n", "rule", width, "hits/MB",
                                  "passed/MB", "matches", "confirmed", "ms", "MB/s");
  const std::vector<std::size_t> order = dearest_first(stats, catalogue);
  for (std::size_t i = 0; i < std::min(order.size(), most); ++i) {
    const RuleCost& cost = stats.rules[order[i]];
    const double seconds = seconds_of(cost.nanoseconds);
    table += fmt::format("{:<{}} {:>10.2f} {:>10.2f} {:>10} {:>10} {:>9.2f} {:>10}\n", catalogue.rules[order[i]].id,
                         width, static_cast<double>(cost.hits) / megabytes,
                         static_cast<double>(cost.passed) / megabytes, cost.matches, cost.confirmed, seconds * 1e3,
                         seconds > 0 ? fmt::format("{:.0f}", megabytes / seconds) : "-");
  }
  return table;
}

std::string stats_table(const EngineStats& stats, const Catalogue& catalogue, double seconds) {
  const double megabytes = static_cast<double>(stats.bytes) / 1e6;
  const auto line = [&](const char* stage, double used) {
    return fmt::format("{:<34} {:>9.3f} s {:>10}\n", stage, used,
                       used > 0 ? fmt::format("{:.0f} MB/s", megabytes / used) : "-");
  };
  std::string table = line("wall time", seconds);
  table += line("match (needles), all threads", seconds_of(stats.match_ns));
  table += line("confirm (expressions), all threads", seconds_of(stats.confirm_ns));
  table += line("expand (encodings), all threads", seconds_of(stats.expand_ns));
  return table + "\n" + cost_table(stats, catalogue, kRulesShown);
}

}  // namespace staunch
