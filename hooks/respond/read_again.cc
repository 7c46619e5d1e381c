#include "hooks/respond/read_again.h"

#include <fmt/format.h>
#include <limits.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "engine/builtin.h"
#include "engine/fingerprint.h"
#include "frontends/report/small_file.h"
#include "hooks/respond/connection_string.h"
#include "hooks/respond/logins.h"
#include "hooks/respond/history_text.h"
#include "hooks/respond/providers.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxFileReadAgain = 256u << 20;
constexpr std::string_view kMoved = "moved: it no longer stands where the report says";
constexpr std::string_view kStream =
    "a stream cannot be read again; a scan with --seal or --respond keeps what it finds";
constexpr std::string_view kUnnamed = "the report does not hold it; name the work tree or repository with --in FOLDER";

// Where the path leads, symbolic links followed; nothing where it is not below the folder.
std::optional<std::string> below(const std::string& folder, const std::string& path) {
  char top[PATH_MAX], file[PATH_MAX];
  if (!realpath(folder.c_str(), top)) return std::nullopt;
  const std::string inside = std::string(top) + "/";
  for (const std::string& typed : {folder + "/" + path, path})  // as the folder has it, or as the scan was asked for it
    if (realpath(typed.c_str(), file) && std::string_view(file).starts_with(inside)) return std::string(file);
  return std::nullopt;
}

std::string repository_of(const Found& found, const ReadAgain& how) {
  if (!how.folder.empty()) return how.folder;
  if (!found.repository.empty()) return found.repository;
  return how.targets.empty() ? "." : how.targets[0];
}

Result<std::string> text_of(const Found& found, const ReadAgain& how) {
  if (how.stream) return Error{std::string(kStream), ""};
  if (!found.commit.empty() || !found.blob.empty()) {
    if (how.foreign && how.folder.empty()) return Error{std::string(kUnnamed), ""};
    return history_text(repository_of(found, how), found.commit, found.path, found.blob);
  }
  if (how.folder.empty()) {
    if (how.foreign) return Error{std::string(kUnnamed), ""};
    const auto text = read_small_file(found.path, kMaxFileReadAgain);
    return text ? text : Error{std::string(kMoved), ""};
  }
  const auto file = below(how.folder, found.path);
  if (!file) return Error{fmt::format("moved: it is not below {}", how.folder), ""};
  const auto text = read_small_file(*file, kMaxFileReadAgain);
  return text ? text : Error{std::string(kMoved), ""};
}

bool holds(const Found& found, const Secret& secret) {
  if (found.secret.reveal() == secret.reveal()) return true;
  return std::any_of(found.halves.begin(), found.halves.end(),
                     [&](const auto& half) { return half.second.reveal() == secret.reveal(); });
}

// The one of `here` that is meant; null where there is none or several could be.
const Found* meant(const Found& wanted, const std::vector<Found>& here, const ReadAgain& how,
                   const Catalogue& catalogue) {
  for (const Found& one : here)
    if (one.rule == wanted.rule && one.fingerprint == wanted.fingerprint) return &one;
  if (!how.foreign) return nullptr;
  const Found* only = nullptr;
  const bool known_rule = find_rule(catalogue, wanted.rule) != nullptr;
  for (const Found& one : here) {
    const bool same = !wanted.secret.empty() ? holds(one, wanted.secret)
                                             : one.line == wanted.line && (!known_rule || one.rule == wanted.rule);
    if (!same) continue;
    if (only && only->fingerprint != one.fingerprint) return nullptr;
    only = &one;
  }
  return only;
}

void take(Found& into, const Found& from) {
  into.fingerprint = from.fingerprint;
  into.rule = from.rule;
  into.secret = from.secret;
  into.halves = from.halves;
  into.derived = from.derived;
  into.said = from.said;
}

// Whether its provider is asked with what stands around it in a connection string, and nobody has read that.
bool lacks_its_string(const Found& found, const Catalogue& catalogue) {
  const Rule* rule = find_rule(catalogue, found.rule);
  const Provider* provider = rule ? find_provider(catalogue, rule->provider) : nullptr;
  if (!provider || !found.said.empty()) return false;
  const auto entries = verifies_of(*provider, rule->id);
  return std::any_of(entries.begin(), entries.end(), [](const Verify* entry) {
    return std::any_of(entry->parts.begin(), entry->parts.end(),
                       [](const auto& part) { return part.second.starts_with("string:"); });
  });
}

std::string place_of(const Found& found) {
  return fmt::format("{}\n{}\n{}\n{}", found.path, found.commit, found.blob, found.repository);
}

// What another scanner calls by a name of its own, by the rule of ours that finds it.
void adopt(Found& found, Scanner& scanner, const std::string& key, const Catalogue& catalogue) {
  if (find_rule(catalogue, found.rule)) return;
  const std::vector<Found> here = found_in(scanner, key, found.secret.reveal(), "");
  if (here.size() == 1 && here[0].secret.reveal() == found.secret.reveal()) take(found, here[0]);
}

}  // namespace

std::vector<Found> found_in(Scanner& scanner, const std::string& key, std::string_view text, const std::string& path) {
  const Catalogue& catalogue = scanner.database().catalogue();
  Fingerprinter fingerprinter(key);
  Scanner::Lease lease = scanner.lease();
  ItemReport report = scanner.scan(lease, text, path);
  std::vector<Found> all;
  for (Occurrence& from : report.occurrences) {
    Found found;
    found.fingerprint = from.fingerprint.empty() ? fingerprinter.of_guessable(from.secret.reveal()) : from.fingerprint;
    found.rule = catalogue.rules[from.rule].id;
    found.path = path;
    found.line = from.begin.line;
    for (const Part& part : from.parts) found.halves.try_emplace(catalogue.rules[part.rule].id, part.secret);
    found.said = said_beside(from.lines.reveal(), from.secret.reveal());
    found.secret = std::move(from.secret);
    found.derived = std::move(from.derived);
    derive_login(found.rule, from.match.reveal(), from.lines.reveal(), found.derived);
    all.push_back(std::move(found));
  }
  return all;
}

Status read_again(std::vector<Found>& all, const ReadAgain& how, const Catalogue& catalogue) {
  std::map<std::string, std::vector<Found*>> by_place;
  for (Found& found : all)
    if (found.secret.empty() || how.foreign || lacks_its_string(found, catalogue))
      by_place[place_of(found)].push_back(&found);
  if (by_place.empty()) return Done{};
  auto database = builtin_database();
  if (!database) return database.error();
  Scanner scanner(*database, {.fingerprint_key = how.fingerprint_key});
  for (auto& [place, wanted] : by_place) {
    const auto text = text_of(*wanted[0], how);
    const std::vector<Found> here =
        text ? found_in(scanner, how.fingerprint_key, *text, wanted[0]->path) : std::vector<Found>();
    for (Found* found : wanted) {
      if (const Found* one = meant(*found, here, how, catalogue)) take(*found, *one);
      else if (!found->secret.empty()) adopt(*found, scanner, how.fingerprint_key, catalogue);
      else found->missing = text ? std::string(kMoved) : text.error().what;
    }
  }
  return Done{};
}

}  // namespace staunch
