#include "frontends/git/story.h"

#include <cstring>
#include <type_traits>

namespace staunch {
namespace {

// Both have the same calls, so that one function a type says what it is made of.
class Writer {
 public:
  template <typename T>
  void number(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void text(const std::string& value) {
    number(value.size());
    bytes += value;
  }
  void flag(bool value) { number(static_cast<std::uint8_t>(value)); }
  template <typename T, typename Each>
  void list(const std::vector<T>& values, Each each) {
    number(values.size());
    for (const T& value : values) each(value);
  }

  std::string bytes;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <typename T>
  void number(T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (rest_.size() < sizeof value) return fail();
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
  }
  void text(std::string& value) {
    std::size_t size = 0;
    number(size);
    if (size > rest_.size()) return fail();
    value = rest_.substr(0, size);
    rest_.remove_prefix(size);
  }
  template <typename T, typename Each>
  void list(std::vector<T>& values, Each each) {
    std::size_t size = 0;
    number(size);
    for (std::size_t i = 0; i < size && good_; ++i) {
      if (rest_.empty()) return fail();
      each(values.emplace_back());
    }
  }
  void flag(bool& value) {
    std::uint8_t byte = 0;
    number(byte);
    if (byte > 1) return fail();
    value = byte != 0;
  }
  bool at_end() const { return good_ && rest_.empty(); }

 private:
  void fail() {
    good_ = false;
    rest_ = {};
  }
  std::string_view rest_;
  bool good_ = true;
};

// Ids of 20 or 32 bytes, or of nothing.
void id(Writer& to, const ObjectId& value) { to.text(std::string(value.raw())); }
void id(Reader& from, ObjectId& value) {
  std::string raw;
  from.text(raw);
  value = ObjectId(raw);
}

template <typename Archive, typename Each>
void notes(Archive& archive, Each& list) {
  archive.list(list, [&](auto& note) {
    archive.text(note.what);
    archive.text(note.why);
  });
}

template <typename Archive, typename Any>
void walk(Archive& archive, Any& account) {
  archive.list(account.stories, [&](auto& story) {
    archive.number(story.kind);
    id(archive, story.object);
    id(archive, story.blob);
    archive.text(story.path);
    archive.text(story.reachable);
    archive.flag(story.at_or_before);
    archive.list(story.picks, [&](auto& pick) {
      archive.number(pick.index);
      archive.number(pick.versions);
      archive.number(pick.holders);
    });
  });
  archive.list(account.holders, [&](auto& holders) {
    archive.flag(holders.head);
    archive.list(holders.branches, [&](auto& branch) { archive.text(branch); });
  });
  auto& totals = account.totals;
  for (auto* number : {&totals.bytes, &totals.items, &totals.commits, &totals.merges, &totals.blobs, &totals.missing})
    archive.number(*number);
  notes(archive, totals.skipped);
  notes(archive, totals.partial);
  notes(archive, totals.incomplete);
}

}  // namespace

std::string pack_account(const Account& account) {
  Writer writer;
  walk(writer, account);
  return std::move(writer.bytes);
}

std::optional<Account> unpack_account(std::string_view bytes) {
  Reader reader(bytes);
  Account account;
  walk(reader, account);
  if (!reader.at_end()) return std::nullopt;
  for (const Story& story : account.stories) {
    if (story.kind > Story::Kind::name) return std::nullopt;
    for (const Story::Pick& pick : story.picks)
      if (pick.holders != Story::kNobody && pick.holders >= account.holders.size()) return std::nullopt;
  }
  return account;
}

}  // namespace staunch
