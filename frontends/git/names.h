// The names of files and folders that stand in a repository's trees, each once.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace staunch {

class Names {
 public:
  // Set in the number of a name that a rule may want as it is.
  static constexpr std::uint32_t kWanted = 1u << 31;
  static std::uint32_t index(std::uint32_t number) { return number & ~kWanted; }

  // `wants` is called once a name, from many threads.
  explicit Names(std::function<bool(std::string_view)> wants) : wants_(std::move(wants)) {}

  // What one thread saw last: the same names come again and again, and need no lock then.
  struct Seen {
    struct Entry {
      std::string_view name;
      std::uint32_t number = 0;
    };
    std::array<Entry, 4096> entries;
  };

  // The name's number. Thread-safe.
  std::uint32_t number(std::string_view name, Seen& seen) {
    const std::size_t hash = std::hash<std::string_view>()(name);
    Seen::Entry& entry = seen.entries[hash / kShards % seen.entries.size()];
    if (entry.name != name) entry = look_up(name, hash);
    return entry.number;
  }

  // Not while others call number().
  const std::string& name(std::uint32_t number) const {
    return shards_[index(number) % kShards].names[index(number) / kShards];
  }
  // With numbers as index() has them.
  template <typename Function>
  void for_each(Function function) const {
    for (std::size_t shard = 0; shard < kShards; ++shard)
      for (std::size_t i = 0; i < shards_[shard].names.size(); ++i)
        function(static_cast<std::uint32_t>(i * kShards + shard), shards_[shard].names[i]);
  }

 private:
  static constexpr std::size_t kShards = 16;
  struct Shard {
    std::mutex mutex;
    std::deque<std::string> names;  // views into it stay valid
    std::unordered_map<std::string_view, std::uint32_t> numbers;
  };
  Seen::Entry look_up(std::string_view name, std::size_t hash) {
    Shard& shard = shards_[hash % kShards];
    const std::lock_guard lock(shard.mutex);
    if (const auto found = shard.numbers.find(name); found != shard.numbers.end()) return {found->first, found->second};
    shard.names.emplace_back(name);
    const auto place = static_cast<std::uint32_t>((shard.names.size() - 1) * kShards + hash % kShards);
    const std::uint32_t number = wants_(name) ? place | kWanted : place;
    shard.numbers.emplace(shard.names.back(), number);
    return {shard.names.back(), number};
  }

  const std::function<bool(std::string_view)> wants_;
  std::array<Shard, kShards> shards_;
};

}  // namespace staunch
