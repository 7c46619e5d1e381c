#include "frontends/git/secrets_at.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace staunch {

struct SecretsAt::State {
  std::mutex mutex;
  std::map<std::pair<std::uint32_t, std::string>, Secrets> known;
};

SecretsAt::SecretsAt(const Objects& objects, Scanner& scanner, const std::vector<HitBlob>& hits, const Counts& counts)
    : objects_(objects), scanner_(scanner), hits_(hits), counts_(counts), state_(std::make_unique<State>()) {}
SecretsAt::~SecretsAt() = default;

const Secrets& SecretsAt::at(std::uint32_t blob, const std::string& path) {
  static const Secrets kNothing;
  const auto hit = std::lower_bound(hits_.begin(), hits_.end(), blob,
                                    [](const HitBlob& each, std::uint32_t number) { return each.number < number; });
  if (hit == hits_.end() || hit->number != blob) return kNothing;
  if (!hit->asks_path) return hit->secrets;
  {
    const std::lock_guard lock(state_->mutex);
    if (const auto known = state_->known.find({blob, path}); known != state_->known.end()) return known->second;
  }
  Secrets secrets;
  if (const auto object = objects_.store().read(objects_.numbers().id(blob), kMaxHeldObject)) {
    Scanner::Lease worker = scanner_.lease();
    const ItemReport report = hit->matches ? scan_matches(scanner_, worker, object->bytes, path, *hit->matches)
                                           : scanner_.scan(worker, object->bytes, path);
    secrets = secrets_of(scanner_, report.occurrences, counts_);
  } else {
    secrets = hit->secrets;  // it was read a moment ago: what may be there is told
  }
  const std::lock_guard lock(state_->mutex);
  return state_->known.try_emplace({blob, path}, std::move(secrets)).first->second;
}

}  // namespace staunch
