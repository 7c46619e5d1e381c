#include "frontends/serve/callers.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/keyed_hash.h"

namespace staunch {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : line.substr(0, line.find('#'))) {
    if (!is_space(c)) word += c;
    else if (!word.empty()) words.push_back(std::exchange(word, {}));
  }
  if (!word.empty()) words.push_back(word);
  return words;
}

bool is_hash(std::string_view text) {
  return text.size() == 7 + 64 && text.substr(0, 7) == "sha256:" &&
         std::all_of(text.begin() + 7, text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

}  // namespace

std::string key_hash(std::string_view key) {
  std::string out = "sha256:";
  for (const char c : sha256_of(key, {})) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

Callers::Callers(double rate) {
  if (rate <= 0) return;
  interval_ = static_cast<std::int64_t>(1e9 / rate);
  burst_ = 1'000'000'000;
}

std::unique_ptr<Callers> Callers::anyone(double rate) {
  std::unique_ptr<Callers> callers(new Callers(rate));
  callers->callers_.push_back(std::make_unique<Caller>());
  return callers;
}

Result<std::unique_ptr<Callers>> Callers::read(std::string_view text, const std::string& file_name, double rate) {
  std::unique_ptr<Callers> callers(new Callers(rate));
  callers->needs_key_ = true;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    ++number;
    const std::vector<std::string> words = words_of(line);
    if (words.empty()) continue;
    if (words.size() != 2 || !is_hash(words[1]))
      return Error{"a line must be a name and sha256: with 64 hex digits (staunch serve --hash-key makes them)",
                   fmt::format("{}:{}", file_name, number)};
    callers->callers_.push_back(std::make_unique<Caller>());
    callers->callers_.back()->name = words[0];
    callers->callers_.back()->hash = words[1];
  }
  if (callers->callers_.empty()) return Error{"has no keys", file_name};
  return callers;
}

Callers::Caller* Callers::find(std::string_view key) const {
  if (!needs_key_) return callers_.front().get();
  const std::string hash = key_hash(key.substr(0, kMaxKeyBytes));
  Caller* found = nullptr;
  for (const auto& caller : callers_)
    if (equal_in_constant_time(caller->hash, hash)) found = caller.get();
  return found;
}

bool Callers::may(Caller& caller) const {
  if (interval_ == 0) return true;
  const std::int64_t now = std::chrono::steady_clock::now().time_since_epoch().count();
  std::int64_t next = caller.next.load();
  for (;;) {
    const std::int64_t from = std::max(next, now);
    if (from - now > burst_ - interval_ && from > now) return false;
    if (caller.next.compare_exchange_weak(next, from + interval_)) return true;
  }
}

}  // namespace staunch
