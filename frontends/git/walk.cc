#include "frontends/git/walk.h"

#include <fmt/format.h>
#include <tbb/blocked_range.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>
#include <tbb/task_group.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "frontends/git/delta.h"

namespace staunch {
namespace {

// Packed bytes of a task. A subtree that costs more is split; what is less than a child's share stays with its parent.
constexpr std::uint64_t kTaskCost = 1u << 20, kChildCost = 128u << 10;
// What deflate can make of a byte, at most.
constexpr std::uint64_t kMaxRatio = 1032;
// Texts larger than this are given back to the system when nobody needs them.
constexpr std::size_t kKeptBuffer = 4u << 20;

// A rebuilt object and what its scan left, for as long as something is made of it.
struct Frame {
  Buffer text;
  Known known;
};

class FramePool {
 public:
  std::shared_ptr<Frame> take() {
    std::unique_ptr<Frame> frame;
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        frame = std::move(free_.back());
        free_.pop_back();
      }
    }
    if (!frame) frame = std::make_unique<Frame>();
    return {frame.release(), [this](Frame* used) { give(std::unique_ptr<Frame>(used)); }};
  }

 private:
  void give(std::unique_ptr<Frame> frame) {
    if (frame->text.capacity() > kKeptBuffer) return;
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(frame));
  }
  std::mutex mutex_;
  std::vector<std::unique_ptr<Frame>> free_;
};

struct Tools {
  Tools() { inflater.reads_ahead = true; }
  Inflater inflater;
  Buffer delta;
  std::vector<Copy> copies;
};

class PackWalk {
 public:
  PackWalk(const Pack& pack, const Forest& forest, const std::vector<bool>& wanted, Scanner& scanner,
           const WalkVisitor& visitor, const Progress& progress)
      : pack_(pack),
        forest_(forest),
        wanted_(wanted),
        needed_(wanted),
        scanner_(scanner),
        visitor_(visitor),
        progress_(progress) {
    const auto& order = forest.from_roots();
    for (std::size_t i = order.size(); i-- > 0;)
      if (const std::uint32_t base = forest.node(order[i]).base; needed_[order[i]] && base != Forest::kNone)
        needed_[base] = true;
  }

  void run(ObjectType type) {
    const auto chunks = cut_into_chunks(type);
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, chunks.size(), 1), [&](const auto& range) {
      for (std::size_t i = range.begin(); i < range.end(); ++i) {
        Scanner::Lease worker = scanner_.lease();
        for (const std::uint32_t root : chunks[i]) walk(nullptr, root, worker);
      }
    });
    group_.wait();
    for (std::uint32_t i = 0; i < forest_.size(); ++i)
      if (wanted_[i] && forest_.node(i).type == ObjectType::none)
        visitor_.on_failure(i, "its header is damaged, or what it is made of is not in its pack");
  }

 private:
  std::vector<std::vector<std::uint32_t>> cut_into_chunks(ObjectType type) const {
    std::vector<std::vector<std::uint32_t>> chunks;
    std::uint64_t cost = kTaskCost;
    for (std::uint32_t i = 0; i < forest_.size(); ++i) {
      const Forest::Node& node = forest_.node(i);
      if (node.delta || node.type != type || !needed_[i]) continue;
      if (cost >= kTaskCost) {
        chunks.emplace_back();
        cost = 0;
      }
      chunks.back().push_back(i);
      cost += forest_.cost(i);
    }
    return chunks;
  }

  // The node, made of `base`, and everything that is made of it.
  void walk(std::shared_ptr<Frame> base, std::uint32_t number, Scanner::Lease& worker) {
    for (;;) {
      if (progress_.stop != nullptr) return;
      std::shared_ptr<Frame> frame = rebuild(base.get(), number, worker);
      if (!frame) return;
      const std::uint32_t parent = number;
      number = Forest::kNone;
      for (const std::uint32_t child : forest_.children(parent)) {
        if (!needed_[child]) continue;
        if (number != Forest::kNone) branch(frame, number, worker);
        number = child;
      }
      if (number == Forest::kNone) return;
      base = std::move(frame);
    }
  }

  void branch(const std::shared_ptr<Frame>& frame, std::uint32_t child, Scanner::Lease& worker) {
    if (forest_.cost(child) < kChildCost) return walk(frame, child, worker);
    group_.run([this, frame, child] {
      Scanner::Lease own = scanner_.lease();
      walk(frame, child, own);
    });
  }

  std::shared_ptr<Frame> rebuild(const Frame* base, std::uint32_t number, Scanner::Lease& worker) {
    const PackEntry entry = forest_.entry(number);
    if (entry.size / kMaxRatio > entry.end - entry.data)
      return fail(number, fmt::format("corrupt: it claims {} bytes in {}", entry.size, entry.end - entry.data));
    if (base == nullptr && entry.size >= kStreamedObject && streams(number)) return nullptr;
    if (entry.size > kMaxHeldObject) return fail(number, fmt::format("too large to be rebuilt: {} bytes", entry.size));
    std::shared_ptr<Frame> frame = pool_.take();
    Tools& tools = tools_.local();
    const std::uint32_t crc = pack_.index().crc(forest_.node(number).object);
    const Status inflated = pack_.inflate(entry, crc, tools.inflater, base == nullptr ? frame->text : tools.delta);
    if (!inflated) return fail(number, inflated.error().what);
    if (base != nullptr) {
      const auto sizes = delta_sizes(tools.delta.view());
      if (sizes && sizes->result > kMaxHeldObject)
        return fail(number, fmt::format("too large to be rebuilt: {} bytes", sizes->result));
      const Status made = apply_delta(base->text.view(), tools.delta.view(), frame->text, &tools.copies);
      if (!made) return fail(number, made.error().what);
    }
    visitor_.on_object({number, wanted_[number], frame->text.view(), base == nullptr ? nullptr : &base->known,
                        base == nullptr ? std::span<const Copy>() : tools.copies, frame->known, worker});
    return frame;
  }

  // Whether it went by as a stream.
  bool streams(std::uint32_t number) {
    if (forest_.node(number).type != ObjectType::blob) return false;
    for (const std::uint32_t child : forest_.children(number))
      if (needed_[child]) return false;
    const auto bytes = pack_.stream(forest_.entry(number));
    visitor_.on_stream(number, *bytes);
    return true;
  }

  std::shared_ptr<Frame> fail(std::uint32_t number, const std::string& why) {
    std::vector<std::uint32_t> lost = {number};
    for (std::size_t i = 0; i < lost.size(); ++i) {
      if (wanted_[lost[i]]) visitor_.on_failure(lost[i], i == 0 ? why : "what it is made of cannot be read: " + why);
      for (const std::uint32_t child : forest_.children(lost[i]))
        if (needed_[child]) lost.push_back(child);
    }
    return nullptr;
  }

  const Pack& pack_;
  const Forest& forest_;
  const std::vector<bool>& wanted_;
  std::vector<bool> needed_;
  Scanner& scanner_;
  const WalkVisitor& visitor_;
  const Progress& progress_;
  FramePool pool_;
  tbb::enumerable_thread_specific<Tools> tools_;
  tbb::task_group group_;
};

}  // namespace

void walk_pack(const Pack& pack, const Forest& forest, ObjectType type, const std::vector<bool>& wanted,
               Scanner& scanner, const WalkVisitor& visitor, const Progress& progress) {
  PackWalk(pack, forest, wanted, scanner, visitor, progress).run(type);
}

}  // namespace staunch
