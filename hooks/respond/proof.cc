#include "hooks/respond/proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "hooks/respond/moment.h"
#include "hooks/respond/providers.h"

namespace staunch {
namespace {

constexpr const char* kEnding = "ending";
constexpr const char* kByUs = "us";

std::string ending_id(const Subject& subject) { return subject.fingerprint + " " + subject.rule; }

std::int64_t settle_of(const Catalogue& catalogue, const Subject& subject) {
  const Provider* provider = find_provider(catalogue, subject.provider);
  const Revoke* entry = provider ? find_revoke(*provider, subject.rule) : nullptr;
  return entry ? entry->settle.seconds : 0;
}

// One credential's way to its proof.
class Way {
 public:
  Way(const Proving& proving, const Subject& subject)
      : journal_(proving.journal), subject_(subject), settle_(settle_of(proving.catalogue, subject)) {}

  // What is heard of it; whether it must be asked again.
  bool hear(Verdict verdict) {
    verdict_ = std::move(verdict);
    const auto kept = journal_.get(kEnding, ending_id(subject_));
    const bool by_us = kept && text_at(*kept, "/by") == kByUs;
    ++asked_;
    if (verdict_.state != State::dead) {
      dead_ = 0;
      // What lives on had not ended when it was first heard of as dead.
      if (kept && !by_us && is_good(verdict_.state)) keep(journal_.erase(kEnding, ending_id(subject_)));
    } else {
      ++dead_;
      if (!kept) keep(journal_.put(kEnding, ending_id(subject_), {{"mark", mark_now()}, {"by", "seen"}}));
    }
    left_ = kept || dead_ > 0 ? left() : 0;
    if (left_ > kLongestProof) return false;
    return !proved() && asked_ < kMostQuestions;
  }

  std::int64_t seconds_left() const { return std::min(left_, (settle_ + 1) / 2); }

  Verdict verdict() && {
    if (proved() || verdict_.state != State::dead) return std::move(verdict_);
    verdict_.state = State::unknown;
    if (!wrong_.empty()) verdict_.why = wrong_;
    else if (left_ > 0)
      verdict_.why = fmt::format("it answers dead, which counts from {} on: its provider may need {}",
                                 rfc3339(now_seconds() + left_), words_of_seconds(settle_));
    else verdict_.why = "it does not answer dead every time yet";
    return std::move(verdict_);
  }

 private:
  bool proved() const { return dead_ >= kDeadAnswers && left_ <= 0 && wrong_.empty(); }

  void keep(const Status& kept) {
    if (!kept) wrong_ = kept.error().what;
  }

  // A mark that cannot be measured by is as good as one that was made now.
  std::int64_t left() const {
    const auto kept = journal_.get(kEnding, ending_id(subject_));
    return settle_ - (kept ? std::max<std::int64_t>(seconds_since(text_at(*kept, "/mark")), 0) : 0);
  }

  Journal& journal_;
  const Subject& subject_;
  std::int64_t settle_, left_ = 0;
  int dead_ = 0, asked_ = 0;
  Verdict verdict_;
  std::string wrong_;
};

}  // namespace

Status note_end(Journal& journal, const Subject& subject) {
  return journal.put(kEnding, ending_id(subject), {{"mark", mark_now()}, {"by", kByUs}});
}

void pause(const Policy& policy, std::int64_t seconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(std::max(policy.recheck_ms, 1000 * seconds)));
}

std::vector<Verdict> prove_dead(const Proving& proving, const std::vector<Subject>& subjects) {
  std::vector<Way> proofs;
  std::vector<std::size_t> open;
  for (const Subject& subject : subjects) {
    open.push_back(open.size());
    proofs.emplace_back(proving, subject);
  }
  while (!open.empty()) {
    std::vector<Subject> asked;
    for (const std::size_t i : open) asked.push_back(subjects[i]);
    std::vector<Verdict> heard = proving.ask(asked);
    std::vector<std::size_t> again;
    std::int64_t left = 0;
    for (std::size_t k = 0; k < open.size(); ++k) {
      if (!proofs[open[k]].hear(std::move(heard[k]))) continue;
      again.push_back(open[k]);
      left = std::max(left, proofs[open[k]].seconds_left());
    }
    open = std::move(again);
    if (!open.empty()) pause(proving.policy, left);
  }
  std::vector<Verdict> verdicts;
  for (Way& proof : proofs) verdicts.push_back(std::move(proof).verdict());
  return verdicts;
}

}  // namespace staunch
