#include "frontends/report/name.h"

#include "engine/fingerprint.h"
#include "frontends/report/pass.h"

namespace staunch {
namespace {

class NameGuessable : public PassOn {
 public:
  NameGuessable(const std::string& key, std::unique_ptr<Sink> next) : PassOn(std::move(next)), names_(key) {}
  void occurrence(Occurrence occurrence) override {
    if (occurrence.fingerprint.empty()) occurrence.fingerprint = names_.of_guessable(occurrence.secret.reveal());
    next_->occurrence(std::move(occurrence));
  }

 private:
  Fingerprinter names_;
};

}  // namespace

std::unique_ptr<Sink> name_guessable(const std::string& key, std::unique_ptr<Sink> next) {
  return std::make_unique<NameGuessable>(key, std::move(next));
}

}  // namespace staunch
