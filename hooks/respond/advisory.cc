#include "hooks/respond/advisory.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/builtin.h"
#include "engine/fingerprint.h"
#include "frontends/report/small_file.h"
#include "hooks/respond/providers.h"
#include "hooks/respond/read_again.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxIdBytes = 200;

std::string_view first_column(std::string_view line) {
  line = trimmed(line.substr(0, line.find(',')));
  if (line.size() >= 2 && line.front() == '"' && line.back() == '"') line = line.substr(1, line.size() - 2);
  return line;
}

class Reading {
 public:
  Reading(const Advisory& advisory, const StoreWorld& world, const Catalogue& catalogue, Scanner& scanner)
      : advisory_(advisory),
        world_(world),
        catalogue_(catalogue),
        scanner_(scanner),
        fingerprinter_(advisory.fingerprint_key) {}

  Result<Subjects> run() {
    for (const std::string& id : advisory_.ids) add_id(id, "(advisory)", 0);
    if (!advisory_.list.empty())
      if (const Status read = add_list(); !read) return read.error();
    for (const std::string& name : advisory_.references)
      if (const Status added = add_reference(name); !added) return added.error();
    return std::move(subjects_);
  }

 private:
  Subject& add(const std::string& fingerprint, const std::string& rule, std::string shown, std::string path,
               std::uint64_t line) {
    Subject& subject = subjects_.all.emplace_back();
    subject.fingerprint = fingerprint;
    const Rule* known = find_rule(catalogue_, rule);
    subject.rule = known ? known->id : rule;
    subject.provider = known ? known->provider : "";
    subject.shown = std::move(shown);
    SubjectPlace place;
    place.path = std::move(path);
    place.line = line;
    subject.places.push_back(std::move(place));
    subject.place_count = 1;
    return subject;
  }

  void add_id(const std::string& id, const std::string& path, std::uint64_t line) {
    if (!seen_.insert(id).second) return;
    const std::vector<Found> here = found_in(scanner_, advisory_.fingerprint_key, id, "");
    const bool known = here.size() == 1 && here[0].secret.reveal() == id;
    add(known ? here[0].fingerprint : fingerprinter_.of(id), known ? here[0].rule : "key-id", id, path, line).missing =
        "an advisory names its id; its value is not known here";
  }

  Status add_list() {
    const auto text = read_small_file(advisory_.list, kMaxAdvisoryBytes);
    if (!text) return text.error();
    std::uint64_t number = 0;
    for (const std::string_view line : lines_of(*text)) {
      ++number;
      const std::string_view id = first_column(line);
      if (id.empty() || id.starts_with("#")) continue;
      if (id.size() > kMaxIdBytes) return Error{"this is no id", fmt::format("{}:{}", advisory_.list, number)};
      add_id(std::string(id), advisory_.list, number);
    }
    return Done{};
  }

  Status add_reference(const std::string& name) {
    if (const std::size_t slash = name.find('/'); slash != name.npos) {
      Reference reference;
      reference.store = name.substr(0, slash);
      reference.name = name.substr(slash + 1);
      add_value(name, resolve(world_, reference), name + " = ");
      return Done{};
    }
    const std::size_t dot = name.find('.');
    const auto credential = world_.policy.credentials.find(name.substr(0, dot));
    if (credential == world_.policy.credentials.end()) return Error{"the policy has no such reference", name};
    const std::string part = dot == name.npos ? "secret" : name.substr(dot + 1);
    const auto reference = credential->second.find(part);
    if (reference == credential->second.end()) return Error{"the policy has no such reference", name};
    add_value(name, resolve(world_, reference->second), beside(credential->first, credential->second, part));
    return Done{};
  }

  // The other parts of the credential as a file would have them, so that our rules see what belongs together.
  std::string beside(const std::string& credential, const References& parts, const std::string& wanted) const {
    std::string text;
    for (const auto& [part, reference] : parts)
      if (const auto value = resolve(world_, reference); value && part != wanted)
        text += fmt::format("{}_{} = {}\n", credential, part, value->reveal());
    return text + fmt::format("{}_{} = ", credential, wanted);
  }

  void add_value(const std::string& name, const Result<Secret>& value, std::string text) {
    const std::string path = fmt::format("(reference {})", name);
    if (!value) {
      add(fingerprinter_.of(name), "reference", name, path, 0).missing = to_string(value.error());
      return;
    }
    text += value->reveal();
    for (const Found& found : found_in(scanner_, advisory_.fingerprint_key, text, "")) {
      if (found.secret.reveal() != value->reveal()) continue;
      Subject& subject = add(found.fingerprint, found.rule, name, path, 0);
      subject.secret = found.secret;
      subject.beside = found.halves;
      subject.said = found.said;
      subject.derived = found.derived;
      return;
    }
    add(fingerprinter_.of(value->reveal()), "reference", name, path, 0).secret = *value;
  }

  const Advisory& advisory_;
  const StoreWorld& world_;
  const Catalogue& catalogue_;
  Scanner& scanner_;
  Fingerprinter fingerprinter_;
  std::set<std::string> seen_;
  Subjects subjects_;
};

}  // namespace

Result<Subjects> subjects_of_advisory(const Advisory& advisory, const StoreWorld& world, const Catalogue& catalogue) {
  auto database = builtin_database();
  if (!database) return database.error();
  Scanner scanner(*database, {.fingerprint_key = advisory.fingerprint_key});
  return Reading(advisory, world, catalogue, scanner).run();
}

}  // namespace staunch
