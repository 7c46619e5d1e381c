#include "frontends/cli/near_misses.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "frontends/report/terminal.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxHeld = 10'000;

}  // namespace

std::function<void(NearMiss)> NearMisses::taker() {
  return [this](NearMiss miss) {
    const std::lock_guard lock(mutex_);
    ++count_;
    if (held_.size() < kMaxHeld) held_.push_back(std::move(miss));
  };
}

std::string NearMisses::table(const Catalogue& catalogue) {
  const auto key = [](const NearMiss& miss) { return std::tie(miss.path, miss.line, miss.rule, miss.why); };
  std::sort(held_.begin(), held_.end(), [&](const NearMiss& a, const NearMiss& b) { return key(a) < key(b); });
  std::string out;
  for (const NearMiss& miss : held_)
    out += fmt::format("{}: {}:{}: {}: {}\n", miss.found ? "found" : "near miss", visible(miss.path), miss.line,
                       catalogue.rules[miss.rule].id, visible(miss.why));
  if (count_ > held_.size()) out += fmt::format("near miss: and {} more\n", count_ - held_.size());
  return out;
}

}  // namespace staunch
