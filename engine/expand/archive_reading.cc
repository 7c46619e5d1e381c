#include "engine/expand/archive_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace staunch {
namespace {

constexpr std::size_t kMaxNotes = 20;  // of one archive
constexpr std::size_t kMaxWords = 200;

std::uint64_t saturated(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? ~0ull : product;
}

}  // namespace

std::string size_words(std::uint64_t bytes) {
  const auto size = static_cast<double>(bytes);
  return bytes < 1'000'000'000 ? fmt::format("{:.1f} MB", size / 1e6) : fmt::format("{:.1f} GB", size / 1e9);
}

std::string clean_words(const char* words) {
  std::string text = words == nullptr ? "no reason given" : words;
  text.resize(std::min(text.size(), kMaxWords));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return text;
}

void ArchiveReading::note(const std::string& member, std::string why) {
  if (stopped_) return;
  if (++problems_ <= kMaxNotes) add(member, std::move(why));
}

void ArchiveReading::stop(const std::string& member, std::string why) {
  if (!stopped_) add(member, std::move(why));
  stopped_ = true;
}

std::size_t ArchiveReading::take(std::size_t wanted) {
  if (stopped_) return 0;
  const std::uint64_t by_ratio = std::max(kFreeBytes, saturated(budget_.ratio, budget_.read_bytes));
  const std::uint64_t most = std::min(budget_.bytes, by_ratio);
  const std::size_t size = std::min<std::uint64_t>(wanted, most - std::min(most, budget_.used_bytes));
  budget_.used_bytes += size;
  if (size == wanted) return size;
  cut_ = true;
  if (most == budget_.bytes) stop({}, fmt::format("expands to more than {}: cut there", size_words(budget_.bytes)));
  else
    stop({}, fmt::format("expands to more than {} times its size: cut after {}", budget_.ratio,
                         size_words(budget_.used_bytes)));
  return size;
}

bool ArchiveReading::take_member() {
  if (budget_.used_members < budget_.members) return ++budget_.used_members, true;
  cut_ = true;
  stop({}, fmt::format("holds more than {} members: the others are not expanded", budget_.members));
  return false;
}

std::vector<Note> ArchiveReading::notes() {
  if (problems_ > kMaxNotes)
    notes_.push_back({name_, fmt::format("{} more problems of members", problems_ - kMaxNotes)});
  return std::move(notes_);
}

void ArchiveReading::add(const std::string& member, std::string why) {
  notes_.push_back({member.empty() ? name_ : name_ + "!" + member, std::move(why)});
}

}  // namespace staunch
