// A sink that hands on to the next one; decorators override what they care about.
#pragma once

#include <memory>
#include <utility>

#include "engine/sink.h"

namespace staunch {

class PassOn : public Sink {
 public:
  explicit PassOn(std::unique_ptr<Sink> next) : next_(std::move(next)) {}
  void start(const RunInfo& run) override {
    catalogue_ = run.catalogue;
    next_->start(run);
  }
  void occurrence(Occurrence occurrence) override { next_->occurrence(std::move(occurrence)); }
  void settle() override { next_->settle(); }
  bool wanted() const override { return next_->wanted(); }
  Status finish(const Totals& totals) override { return next_->finish(totals); }

 protected:
  const Catalogue* catalogue_ = nullptr;
  std::unique_ptr<Sink> next_;
};

}  // namespace staunch
