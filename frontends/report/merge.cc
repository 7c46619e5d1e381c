#include "frontends/report/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "engine/fingerprint.h"
#include "frontends/report/sinks.h"

namespace staunch {
namespace {

std::string place_of(const Occurrence& place) {
  return fmt::format("{}\n{}\n{}", without_dot(place.path), place.commit ? place.commit->id : "", place.begin.line);
}

void append(std::vector<Note>& to, const std::vector<Note>& from) { to.insert(to.end(), from.begin(), from.end()); }

// The words of both, each once.
void append_new(std::vector<std::string>& to, const std::vector<std::string>& from) {
  for (const std::string& word : from)
    if (std::find(to.begin(), to.end(), word) == to.end()) to.push_back(word);
}

}  // namespace

void Merge::start(const RunInfo& run) {
  const bool first = run_.catalogue == nullptr;
  if (first) {
    run_ = run;
    version_ = read_back_.version;
  } else {
    if (run_.command != run.command) run_.command = "report";
    if (run_.catalogue_digest != run.catalogue_digest) run_.catalogue_digest.clear();
    if (version_.empty()) version_ = read_back_.version;
    append_new(run_.targets, run.targets);
    run_.repositories.insert(run_.repositories.end(), run.repositories.begin(), run.repositories.end());
    run_.public_fingerprints |= run.public_fingerprints;
  }
  const std::int64_t started = read_back_.started;
  if (started != 0 && (started_ == 0 || started < started_)) started_ = started;
}

void Merge::occurrence(Occurrence occurrence) { kept_.push_back({std::move(occurrence), read_back_, reports_}); }

Status Merge::finish(const Totals& totals) {
  ++reports_;
  totals_.bytes += totals.bytes;
  totals_.items += totals.items;
  totals_.commits += totals.commits;
  totals_.merges += totals.merges;
  totals_.blobs += totals.blobs;
  totals_.missing += totals.missing;
  totals_.seconds += totals.seconds;
  append(totals_.skipped, totals.skipped);
  append(totals_.partial, totals.partial);
  append(totals_.incomplete, totals.incomplete);
  return Done{};
}

// A value that a person may have chosen has a slow fingerprint, if the rule says so: another scanner's rules do not, so
// where ours tell of it under the slow one, that is it.
void Merge::name_by_value() {
  Fingerprinter names(key_);
  std::unordered_set<std::string> known;
  for (const Kept& kept : kept_) known.insert(kept.occurrence.fingerprint);
  for (Kept& kept : kept_) {
    Occurrence& place = kept.occurrence;
    if (!place.fingerprint.empty() || kept.told.stand_in || place.secret.empty()) continue;
    const bool guessable = run_.catalogue->rules[place.rule].guessable;
    const std::string quick = names.of(place.secret.reveal());
    if (!guessable && known.count(quick) != 0) place.fingerprint = quick;
    else if (const std::string slow = names.of_guessable(place.secret.reveal()); guessable || known.count(slow) != 0)
      place.fingerprint = slow;
    else place.fingerprint = quick;
  }
}

void Merge::name_by_place() {
  std::unordered_map<std::string, std::string> there;  // the one fingerprint of a place; empty where it has several
  for (const Kept& kept : kept_) {
    const std::string& name = kept.occurrence.fingerprint;
    if (name.empty()) continue;
    const auto [entry, fresh] = there.emplace(place_of(kept.occurrence), name);
    if (!fresh && entry->second != name) entry->second.clear();
  }
  const Fingerprinter names(key_);
  for (Kept& kept : kept_) {
    Occurrence& place = kept.occurrence;
    if (!place.fingerprint.empty()) continue;
    const std::string where = place_of(place);
    const auto known = there.find(where);
    if (known != there.end() && !known->second.empty()) place.fingerprint = known->second;
    else place.fingerprint = names.of(fmt::format("{}\n{}", run_.catalogue->rules[place.rule].id, where));
  }
}

// The first report that tells of a place keeps it, but one that knows the secret is better than one that does not.
void Merge::drop_doubles() {
  struct First {
    std::size_t report = 0;
    std::vector<std::size_t> kept;
  };
  std::unordered_map<std::string, First> firsts;
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    Kept& kept = kept_[i];
    const Occurrence& place = kept.occurrence;
    First& first = firsts[place.fingerprint + "\n" + place_of(place)];
    if (first.kept.empty()) first.report = kept.report;
    const auto same = [&](std::size_t other) {
      return std::pair(kept_[other].occurrence.begin.column, kept_[other].occurrence.offset) ==
             std::pair(place.begin.column, place.offset);
    };
    const bool again = first.report != kept.report || std::any_of(first.kept.begin(), first.kept.end(), same);
    if (!again) {
      first.kept.push_back(i);
      continue;
    }
    kept.dropped = true;
    Kept& kept_before = kept_[first.kept.front()];
    append_new(kept_before.occurrence.reasons, place.reasons);
    kept_before.occurrence.confidence = std::max(kept_before.occurrence.confidence, place.confidence);
    if (kept_before.told.stand_in && !kept.told.stand_in) {
      kept_before.occurrence.secret = place.secret;
      kept_before.told.stand_in = false;
    }
  }
}

// Of one secret the first occurrence is what reports show: it had better be one that knows it.
void Merge::share_secrets() {
  std::unordered_map<std::string, std::size_t> knowing;
  for (std::size_t i = 0; i < kept_.size(); ++i)
    if (!kept_[i].dropped && !kept_[i].told.stand_in) knowing.emplace(kept_[i].occurrence.fingerprint, i);
  for (Kept& kept : kept_) {
    const auto known = knowing.find(kept.occurrence.fingerprint);
    if (kept.dropped || !kept.told.stand_in || known == knowing.end()) continue;
    kept.occurrence.secret = kept_[known->second].occurrence.secret;
    kept.told.stand_in = false;
  }
}

void Merge::mask(std::vector<Note>& notes) const {
  for (Note& note : notes) mask(note.what), mask(note.why);
}

void Merge::mask_texts() {
  if (redaction_.shows_all()) return;
  for (const Kept& kept : kept_) {
    const auto add = [&](std::uint32_t rule, std::string_view secret) {
      redactor_.add(secret, redacted_form(run_.catalogue->rules[rule], secret, redaction_));
    };
    if (!kept.told.stand_in) add(kept.occurrence.rule, kept.occurrence.secret.reveal());
    for (const Part& part : kept.occurrence.parts) add(part.rule, part.secret.reveal());
  }
  for (Kept& kept : kept_) {
    Occurrence& place = kept.occurrence;
    mask(place.path);
    for (std::string& text : place.reasons) mask(text);
    for (auto& [name, value] : place.derived) mask(value);
    for (Secret& piece : kept.told.around) piece = Secret(redactor_.mask(piece.reveal()));
    if (!place.commit) continue;
    for (std::string* text :
         {&place.commit->author, &place.commit->email, &place.commit->message, &place.commit->repository})
      mask(*text);
    for (std::string& branch : place.commit->branches) mask(branch);
  }
  for (std::string& target : run_.targets) mask(target);
  mask(totals_.skipped), mask(totals_.partial), mask(totals_.incomplete);
}

void Merge::tell(Sink& next) {
  name_by_value();
  name_by_place();
  drop_doubles();
  share_secrets();
  mask_texts();
  read_back_.version = version_;
  read_back_.started = started_;
  next.start(run_);
  for (const Kept& kept : kept_) {
    if (kept.dropped) continue;
    read_back_.stand_in = kept.told.stand_in;
    read_back_.length = kept.told.length;
    read_back_.columns = kept.told.columns;
    read_back_.around = kept.told.around;
    next.occurrence(kept.occurrence);
  }
}

}  // namespace staunch
