// The scan of one item whose bytes come one after another: the inside of engine/stream.h, where the contract stands.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "engine/item.h"
#include "engine/item_scan.h"
#include "engine/layers.h"
#include "engine/match.h"
#include "engine/stream.h"

namespace staunch {

class StreamScan {
 public:
  using OnOccurrence = std::function<void(Occurrence)>;

  // `worker` is this object's while it lives.
  StreamScan(const ScanShared& shared, Worker& worker, std::string path, OnOccurrence on_occurrence);
  ~StreamScan();

  std::span<char> space();
  void took(std::size_t size);
  void scan(const ItemStream::Read& read = {});
  void pause();
  void finish(std::vector<Note>& partial);
  std::uint64_t bytes() const { return base_ + held_; }
  std::uint64_t unscanned() const { return base_ + held_ - scanned_; }

 private:
  class Window;
  struct LineMark {
    std::uint64_t offset = 0, newlines = 0, line_begin = 0;  // newlines before it, and where its line begins
  };
  static LineMark advanced(LineMark mark, std::string_view text);
  void mark_lines(std::uint64_t end);
  const LineMark& mark_before(std::uint64_t offset) const;
  // Offset, rule, length, number of decoders, hash of the secret: the same encoded bytes may decode to more than
  // before.
  using Told = std::tuple<std::uint64_t, std::uint32_t, std::uint64_t, std::size_t, std::size_t>;

  void feed(bool last, const ItemStream::Read& read = {});
  std::uint64_t horizon() const;
  std::uint64_t line_cut(std::uint64_t until) const;
  std::uint64_t clear_cut(std::uint64_t until) const;
  void hand_on(std::uint64_t until);
  void tell(std::vector<Occurrence> found, bool remember);
  bool is_open(std::uint32_t rule, bool hidden) const;
  void hold_gated(std::vector<RawMatch> matches, std::vector<Hidden> hidden);
  void open_gates();
  void make_room(std::uint64_t wanted);
  Item item(Window& window) const;
  std::string_view text(std::uint64_t begin, std::uint64_t end) const;

  const Database::Parts& parts_;
  Worker& worker_;
  Fingerprinter& fingerprinter_;
  bool* asks_path_;  // ScanShared::asks_path
  const std::function<void(NearMiss)>& on_near_miss_;
  const std::string path_;
  const OnOccurrence on_occurrence_;
  Matcher matcher_;
  std::unique_ptr<Layers> layers_;  // null where nothing is decoded

  std::vector<char> buffer_;
  std::uint64_t base_ = 0;              // offset in the item of the buffer's first byte
  std::uint64_t held_ = 0;              // bytes in the buffer
  std::uint64_t scanned_ = 0;           // offset in the item
  std::vector<LineMark> marks_ = {{}};  // the first one at base_
  std::uint64_t paused_ = 0;            // up to where pause() has told all
  bool binary_ = false;

  std::vector<RawMatch> matches_;  // final, but something not yet seen may overlap them
  std::vector<Hidden> hidden_;
  std::vector<Occurrence> gated_;  // wait for a keyword
  std::set<Told> told_;            // by pause()
  bool gated_cut_ = false;
};

}  // namespace staunch
