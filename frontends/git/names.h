// The names of files and folders that stand in a repository's trees, each once.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace staunch {

class Names {
 public:
  // The name's number. Thread-safe.
  std::uint32_t number(std::string_view name) {
    const std::size_t hash = std::hash<std::string_view>()(name);
    Shard& shard = shards_[hash % kShards];
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.numbers.find(name);
    if (found != shard.numbers.end()) return found->second;
    shard.names.emplace_back(name);
    const auto number = static_cast<std::uint32_t>((shard.names.size() - 1) * kShards + hash % kShards);
    shard.numbers.emplace(shard.names.back(), number);
    return number;
  }

  // Not while others call number().
  const std::string& name(std::uint32_t number) const { return shards_[number % kShards].names[number / kShards]; }
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
  std::array<Shard, kShards> shards_;
};

}  // namespace staunch
