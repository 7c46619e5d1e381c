#include "frontends/git/commit_text.h"

#include <fmt/format.h>

#include <chrono>

namespace staunch {
namespace {

constexpr std::size_t kMaxMessage = 64u << 10;  // of which reports get this much

std::string by(const char* who, const Signature& signature) {
  return fmt::format("\n{} {} <{}>", who, signature.name, signature.email);
}

}  // namespace

std::string date_of(const Signature& signature) {
  using namespace std::chrono;
  // Years of four digits.
  constexpr std::int64_t kLast = 253402300799;
  if (signature.seconds <= 0 || signature.seconds > kLast) return {};
  const sys_seconds time{seconds(signature.seconds)};
  const year_month_day day{floor<days>(time)};
  const hh_mm_ss clock{time - floor<days>(time)};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

Commit commit_of(const ObjectId& id, const CommitText& text) {
  Commit commit;
  commit.id = id.hex();
  commit.author = text.author.name;
  commit.email = text.author.email;
  commit.author_date = date_of(text.author);
  commit.commit_date = date_of(text.committer);
  commit.message = text.message.substr(0, kMaxMessage);
  while (!commit.message.empty() && commit.message.back() == '\n') commit.message.pop_back();
  return commit;
}

std::string written_text(const CommitText& text) {
  std::string out(text.message);
  out += by("author", text.author);
  if (text.committer.name != text.author.name || text.committer.email != text.author.email)
    out += by("committer", text.committer);
  return out += '\n';
}

std::string written_text(const TagText& text) {
  return fmt::format("{}{}\ntag {}\n", text.message, by("tagger", text.tagger), text.name);
}

}  // namespace staunch
