// What it costs to rebuild the blobs of a repository, and nothing else: the floor under a scan of its history.
//
//   git_bench REPOSITORY [THREADS]
//
// Decodes every blob of the packs as the scan does, with the same walk, and looks at none of its bytes. The answer
// comes first: the number of blobs and of their bytes is that of the store's headers. Wall time; the best of some
// rounds.
#include <fmt/format.h>
#include <tbb/global_control.h>

#include <atomic>
#include <chrono>
#include <cstdlib>

#include "engine/builtin.h"
#include "frontends/git/objects.h"
#include "frontends/git/repository.h"

namespace {

using namespace staunch;

constexpr int kRounds = 5;

struct Decoded {
  std::uint64_t blobs = 0, bytes = 0, failed = 0;
  double seconds = 0;
};

Decoded decode(const Objects& objects, Scanner& scanner) {
  std::atomic<std::uint64_t> blobs = 0, bytes = 0, failed = 0;
  Objects::Visitor visitor;
  visitor.wanted = [](std::uint32_t) { return true; };
  visitor.on_object = [&](const Rebuilt& blob) {
    blobs.fetch_add(1, std::memory_order_relaxed);
    bytes.fetch_add(blob.text.size(), std::memory_order_relaxed);
  };
  visitor.on_stream = [&](std::uint32_t, ByteStream& stream) {
    ++blobs;
    bytes += stream.size();
  };
  visitor.on_failure = [&](std::uint32_t, const std::string&) { ++failed; };
  const auto began = std::chrono::steady_clock::now();
  objects.visit(ObjectType::blob, scanner, visitor, Progress());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return {blobs, bytes, failed, seconds};
}

int refuse(const std::string& why) {
  fmt::print(stderr, "git_bench: {}\n", why);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return refuse("git_bench REPOSITORY [THREADS]");
  const auto threads = static_cast<std::size_t>(argc > 2 ? std::atoi(argv[2]) : 1);
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, std::max<std::size_t>(threads, 1));
  const auto repository = open_repository(argv[1], {});
  if (!repository) return refuse(to_string(repository.error()));
  auto database = builtin_database();
  if (!database) return refuse(to_string(database.error()));
  Scanner scanner(*database, {});
  const ObjectStore store = ObjectStore::open(repository->object_folders, repository->id_bytes);
  const Objects objects(store);
  std::uint64_t wanted = 0;
  for (std::uint32_t i = 0; i < objects.numbers().size(); ++i) {
    if (objects.type(i) != ObjectType::blob || !objects.numbers().first(i)) continue;
    const auto header = store.header(objects.numbers().id(i));
    if (!header) return refuse("not every object of this repository can be read");
    wanted += header->size;
  }
  Decoded best;
  for (int round = 0; round < kRounds; ++round) {
    const Decoded now = decode(objects, scanner);
    if (now.failed > 0 || now.blobs != objects.count(ObjectType::blob) || now.bytes != wanted)
      return refuse(
          fmt::format("{} of {} blobs, {} of {} bytes", now.blobs, objects.count(ObjectType::blob), now.bytes, wanted));
    if (round == 0 || now.seconds < best.seconds) best = now;
  }
  fmt::print("{{\"blobs\":{},\"bytes\":{},\"threads\":{},\"seconds\":{:.3f},\"gigabytes_a_second\":{:.2f}}}\n",
             best.blobs, best.bytes, threads, best.seconds, static_cast<double>(best.bytes) / best.seconds / 1e9);
}
