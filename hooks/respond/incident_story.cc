// The story of an incident: one heading for each row of the playbook, in its order. What is not there is told as a gap,
// so that a reader sees what is left to do; a row is never left out.
#include <fmt/format.h>

#include <array>
#include <set>

#include "hooks/respond/incident.h"
#include "hooks/respond/moment.h"

namespace staunch {
namespace {

constexpr std::array<const char*, 5> kRoles = {"engineering", "security", "support", "customers", "owner"};

// Text inside Markdown: what came from scanned material must not become markup, links or lines of its own.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) out += ' ';
    else if (std::string_view("\\`*_{}[]()<>#+!|~&").find(c) != std::string_view::npos) (out += '\\') += c;
    else out += c;
  }
  return out;
}

std::string plain_at(const Json& json, const char* pointer) { return plain(text_at(json, pointer)); }

class Story {
 public:
  Story(const Journal& journal, const Json& incident)
      : journal_(journal), incident_(incident), lines_(audit_lines(journal)) {
    for (const Json& id : array_at(incident_, "/rotations"))
      if (auto rotation = journal_.get("rotation", text_at(id, "")))
        rotations_.emplace_back(text_at(id, ""), *rotation);
  }

  std::string tell() {
    put("# Incident {}: {}\n", plain_at(incident_, "/id"), plain_at(incident_, "/title"));
    put("Opened {}, {}.\n", text_at(incident_, "/opened"),
        text_at(incident_, "/closed").empty() ? "open" : "closed " + text_at(incident_, "/closed"));
    scope();
    affected();
    new_keys();
    places_updated();
    deployments();
    revoked();
    related();
    watched();
    told();
    tighten();
    timeline();
    record();
    put("{} gaps.", gaps_);
    return std::move(out_);
  }

 private:
  template <typename... Args>
  void put(fmt::format_string<Args...> format, Args&&... args) {
    out_ += fmt::format(format, std::forward<Args>(args)...) + "\n";
  }
  void heading(std::string_view text) { put("## {}\n", text); }
  void gap(std::string_view text) {
    put("- **gap**: {}", text);
    ++gaps_;
  }

  const Json& credentials() const { return array_at(incident_, "/credentials"); }

  void scope() {
    heading("Scope");
    std::uint64_t places = 0;
    std::set<std::string> repositories, opens;
    for (const Json& one : credentials()) {
      places += number_at(one, "/place_count");
      for (const Json& place : array_at(one, "/places"))
        if (const std::string name = text_at(place, "/repository"); !name.empty()) repositories.insert(name);
      if (const std::string account = text_at(one, "/verdict/told/account"); !account.empty())
        opens.insert(text_at(one, "/provider") + " " + account);
    }
    put("- {} credential{} in {} place{}{}{}", credentials().size(), credentials().size() == 1 ? "" : "s", places,
        places == 1 ? "" : "s", repositories.empty() ? "" : fmt::format(" of {} repositories", repositories.size()),
        text_at(incident_, "/source").empty() ? "" : "; opened by " + plain_at(incident_, "/source"));
    if (const std::string parent = text_at(incident_, "/parent"); !parent.empty())
      put("- found in the same places as those of incident {}", plain(parent));
    if (text_at(incident_, "/exposure") == "unknown") gap("Who could have read them is not known (exposure)");
    else put("- exposure: {}", plain_at(incident_, "/exposure"));
    for (const std::string& one : opens) put("- opens the account {}", plain(one));
    if (opens.empty()) gap("Which accounts they open was not told");
    for (const Json& host : array_at(incident_, "/hosts")) put("- host that had the values: {}", plain_at(host, ""));
    put("");
  }

  void affected() {
    heading("What leaked, and where it stood since when");
    for (const Json& one : credentials()) {
      put("- **{}** `{}`, {}{}", plain_at(one, "/rule"), text_at(one, "/fingerprint"), plain_at(one, "/verdict/state"),
          text_at(one, "/verdict/host").empty()
              ? ""
              : fmt::format(" at {} ({})", plain_at(one, "/verdict/host"), text_at(one, "/verdict/at")));
      if (text_at(one, "/value_known") == "false") put("  - known by name alone: {}", plain_at(one, "/shown"));
      if (const Json* facts = find_at(one, "/verdict/told"); facts && facts->is_object())
        for (auto each = facts->begin(); each != facts->end(); ++each)
          put("  - {}: {}", plain(each.key()), plain_at(*each, ""));
      places_of(one);
    }
    put("");
  }

  void places_of(const Json& one) {
    bool dated = false;
    for (const Json& place : array_at(one, "/places")) {
      const std::string commit = text_at(place, "/commit"), since = text_at(place, "/since");
      dated = dated || !since.empty();
      put("  - {}{}{}{}", plain_at(place, "/path"), text_at(place, "/line") == "0" ? "" : ":" + text_at(place, "/line"),
          commit.empty() ? "" : fmt::format(" since commit {}", plain(commit.substr(0, 12))),
          since.empty() ? "" : " of " + plain(since));
    }
    const std::uint64_t count = number_at(one, "/place_count"), listed = array_at(one, "/places").size();
    if (count > listed) put("  - and {} more places", count - listed);
    if (count == 0) gap("Where it stood is not known");
    else if (!dated) gap("Since when it stood there is not known: no history was looked at");
  }

  void new_keys() {
    heading("New keys");
    for (const auto& [id, rotation] : rotations_)
      put("- Rotation {} ({}{}): key {} replaces {}, now {}", plain_at(rotation, "/name"), plain(id),
          text_at(rotation, "/emergency") == "true" ? ", emergency" : "", plain_at(rotation, "/new_id"),
          plain_at(rotation, "/old_id"), plain_at(rotation, "/state"));
    if (rotations_.empty()) gap("No rotation belongs to this incident (incident link adds one)");
    put("");
  }

  // What a rotation's audit lines say of one event; the number of them.
  template <typename Words>
  std::size_t tell_of(std::string_view event, const Words& words) {
    std::size_t count = 0;
    for (const auto& [id, rotation] : rotations_)
      for (const Json& line : lines_)
        if (text_at(line, "/data/rotation") == id && text_at(line, "/event") == event) {
          put("- {} {}", text_at(line, "/at"), words(line));
          ++count;
        }
    return count;
  }

  void places_updated() {
    heading("Places updated");
    const auto words = [](const Json& line) {
      return plain_at(line, "/data/store") + "/" + plain_at(line, "/data/secret") + ": readers see the new value";
    };
    if (tell_of("promoted", words) == 0) gap("No place is known to have the new value");
    put("");
  }

  void deployments() {
    heading("Deployments confirmed");
    const auto words = [](const Json& line) { return "confirmed by: " + plain_at(line, "/data/consumers"); };
    if (tell_of("confirmed", words) == 0) gap("No consumer is known to use the new key");
    for (const auto& [id, rotation] : rotations_)
      if (const std::string until = text_at(rotation, "/sessions_until"); !until.empty())
        put("- sessions made with the old key before may live until {}", plain(until));
    put("");
  }

  void revoked() {
    heading("Old keys revoked and proved dead");
    for (const Json& one : credentials()) {
      const std::string fingerprint = text_at(one, "/fingerprint");
      std::string how;
      bool dead = text_at(one, "/verdict/state") == "dead";
      for (const Json& line : lines_)
        if (text_at(line, "/event") == "revoke" && text_at(line, "/data/fingerprint") == fingerprint) {
          how = how_it_ended(line);
          dead = dead || text_at(line, "/data/after") == "dead";
        }
      if (how.empty() && dead) how = "it was dead when it was found";
      if (!how.empty()) put("- `{}`: {}", fingerprint, how);
      if (!dead) gap(fmt::format("`{}`: {}", fingerprint, how.empty() ? "nothing was done yet" : "not proved dead"));
    }
    put("");
  }

  static std::string how_it_ended(const Json& line) {
    const std::string ended = fmt::format("{} at {}", plain_at(line, "/data/ended"), text_at(line, "/at"));
    if (text_at(line, "/data/host").empty()) return ended + ": " + plain_at(line, "/data/why");
    return fmt::format("{}; it answers {} at {}", ended, plain_at(line, "/data/after"), plain_at(line, "/data/host"));
  }

  void related() {
    heading("Related secrets in the same places");
    for (const Json& child : array_at(incident_, "/children")) {
      const auto document = journal_.get("incident", text_at(child, "/id"));
      put("- incident {}, {}: {} credentials", plain_at(child, "/id"),
          !document                               ? "gone"
          : text_at(*document, "/closed").empty() ? "open"
                                                  : "closed",
          document ? array_at(*document, "/credentials").size() : 0);
    }
    if (array_at(incident_, "/children").empty()) put("- None is known.");
    put("");
  }

  void watched() {
    heading("Watched for 72 hours after the end");
    const auto watch = journal_.get("watch", text_at(incident_, "/id"));
    if (!watch) gap("Nothing was watched yet: incident watch does it");
    if (watch) {
      put("Since {}, last asked {}: {} of 72 hours were observed{}.\n",
          rfc3339(static_cast<std::int64_t>(number_at(*watch, "/since"))),
          rfc3339(static_cast<std::int64_t>(number_at(*watch, "/polled"))), number_at(*watch, "/observed") / 3600,
          text_at(*watch, "/state") == "ended" ? ", and the watch has ended" : "");
      if (const Json* all = find_at(*watch, "/credentials"); all && all->is_object())
        for (auto one = all->begin(); one != all->end(); ++one)
          put("- `{}`: answered dead {} times, good {} times, nothing that counts {} times; uses: {}{}", one.key(),
              number_at(*one, "/dead"), number_at(*one, "/good"), number_at(*one, "/unknown"), plain_at(*one, "/uses"),
              text_at(*one, "/used").empty() ? "" : ", last " + plain_at(*one, "/used"));
      for (const Json& gap : array_at(*watch, "/gaps"))
        put("- **gap** from {} to {}: {}", text_at(gap, "/from"), text_at(gap, "/to"), plain_at(gap, "/why"));
    }
    if (watch && text_at(*watch, "/state") != "ended") gap("The watch has not ended");
    for (const Json& one : array_at(incident_, "/alarms"))
      put("- **alarm** {}: {}", text_at(one, "/at"), plain_at(one, "/what"));
    for (const Json& one : array_at(incident_, "/seen")) put("- **seen again**: {}", plain_at(one, "/what"));
    put("");
  }

  void told() {
    heading("Who was told, and when");
    std::set<std::string> reached;
    for (const Json& one : array_at(incident_, "/told")) {
      put("- {} {}: {}{}{}", text_at(one, "/at"), plain_at(one, "/who"), plain_at(one, "/what"),
          text_at(one, "/how").empty() ? "" : fmt::format(" ({})", plain_at(one, "/how")),
          text_at(one, "/failed").empty() ? "" : fmt::format("; **could not be told**: {}", plain_at(one, "/failed")));
      if (text_at(one, "/failed").empty()) reached.insert(text_at(one, "/who"));
    }
    for (const char* role : kRoles)
      if (!reached.contains(role)) gap(fmt::format("{}: nobody was told", role));
    put("");
  }

  void tighten() {
    heading("What to tighten");
    bool history = false;
    for (const Json& one : credentials())
      for (const Json& place : array_at(one, "/places")) history = history || !text_at(place, "/commit").empty();
    if (history)
      put("- The secret stays in the history of the repository: whoever has a clone has it. Install a pre-commit "
          "hook.");
    put("- Keep values in a store and refer to them; rotate on a schedule.");
    for (const Json& one : array_at(incident_, "/notes")) put("- {}", plain_at(one, "/what"));
    if (array_at(incident_, "/notes").empty()) gap("Nothing was noted yet (incident note)");
    put("");
  }

  bool belongs(const Json& line) const {
    for (const Json& one : credentials())
      if (text_at(line, "/data/fingerprint") == text_at(one, "/fingerprint")) return true;
    for (const Json& id : array_at(incident_, "/rotations"))
      if (text_at(line, "/data/rotation") == text_at(id, "")) return true;
    return text_at(line, "/data/incident") == text_at(incident_, "/id");
  }

  void timeline() {
    heading("Timeline");
    for (const Json& line : lines_) {
      if (!belongs(line)) continue;
      std::string about;
      for (const char* member :
           {"state", "step", "ended", "host", "status", "outcome", "key_id", "store", "secret", "who", "what", "why"})
        if (const std::string text = text_at(line, std::string("/data/") + member); !text.empty())
          about += fmt::format(" {}={}", member, plain(text));
      put("- {} {}{}", text_at(line, "/at"), plain_at(line, "/event"), about);
    }
    put("");
  }

  void record() {
    heading("The record");
    const auto wrong = check_audit(journal_);
    for (const std::string& each : wrong) put("- **{}**", plain(each));
    if (wrong.empty()) put("The audit is whole: {} lines, hash-chained and signed.", lines_.size());
    put("");
  }

  const Journal& journal_;
  const Json& incident_;
  std::vector<Json> lines_;
  std::vector<std::pair<std::string, Json>> rotations_;  // by id
  std::size_t gaps_ = 0;
  std::string out_;
};

}  // namespace

Result<std::string> incident_markdown(const Journal& journal, const std::string& id) {
  const auto incident = journal.get("incident", id);
  if (!incident) return Error{"there is no such incident", id};
  return Story(journal, *incident).tell();
}

}  // namespace staunch
