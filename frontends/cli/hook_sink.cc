#include "frontends/cli/hook_sink.h"

#include <utility>

#include "frontends/report/pass.h"

namespace staunch {
namespace {

class HookSink : public PassOn {
 public:
  HookSink(HookFindings& found, std::function<void()> head, std::unique_ptr<Sink> next)
      : PassOn(std::move(next)), found_(found), head_(std::move(head)) {}

  void occurrence(Occurrence o) override {
    const Rule& rule = catalogue_->rules[o.rule];
    found_.redactor.add(o.secret.reveal(), redacted_form(rule, o.secret.reveal(), {}));
    found_.fingerprints.insert(o.fingerprint);
    if (++found_.places <= kMaxKeptPlaces)
      found_.kept.push_back({rule.id, o.fingerprint, o.path, o.commit ? o.commit->id : "", o.begin.line});
    PassOn::occurrence(std::move(o));
  }

  Status finish(const Totals& totals) override {
    if (found_.places == 0 && totals.incomplete.empty()) return Done{};
    for (KeptPlace& place : found_.kept) place.path = found_.redactor.mask_path(place.path);
    for (const Note& note : totals.incomplete)
      if (note.what != "the scan") found_.unread.push_back(found_.redactor.mask(note.what + ": " + note.why));
    head_();
    return PassOn::finish(totals);
  }

 private:
  HookFindings& found_;
  const std::function<void()> head_;
};

}  // namespace

std::unique_ptr<Sink> keep_for_hook(HookFindings& found, std::function<void()> head, std::unique_ptr<Sink> next) {
  return std::make_unique<HookSink>(found, std::move(head), std::move(next));
}

}  // namespace staunch
