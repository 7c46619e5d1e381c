#include "hooks/respond/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <random>

#include "engine/check.h"
#include "engine/sample.h"
#include "frontends/report/redact.h"
#include "hooks/respond/canonical.h"
#include "hooks/respond/logins.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/policy.h"
#include "hooks/respond/providers.h"
#include "hooks/respond/signers.h"

namespace staunch {
namespace {

// One question to be asked, for all subjects that it answers.
struct Question {
  const Verify* entry = nullptr;
  HttpRequest request;
  std::string host;
  std::size_t control = 0;
  std::vector<std::size_t> subjects;
};

// A made-up credential's question: one an entry and host.
struct Control {
  const Verify* entry = nullptr;
  Result<HttpRequest> request = Error{};
  bool needed = true;
  std::string doubt;  // why nothing may be asked there; empty where the made-up one was refused
};

bool mentions(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

bool issuer_is_known(const Subject& subject, const Verify& entry, const VerifyOptions& options) {
  if (!entry.named || options.issuers.contains(subject.provider)) return true;
  return std::any_of(subject.places.begin(), subject.places.end(),
                     [&](const SubjectPlace& place) { return mentions(place.path, subject.provider); });
}

// The subject as it would be if its secret were made up: what is read from it and what stands beside it too.
std::optional<Subject> made_up(const Subject& subject, const Catalogue& catalogue, std::uint64_t seed) {
  const auto invent = [&](std::string_view id) -> std::optional<std::string> {
    const Rule* rule = find_rule(catalogue, id);
    return rule ? generate_secret(*rule, seed) : std::nullopt;
  };
  const auto secret = invent(subject.rule);
  if (!secret) return std::nullopt;
  Subject other = subject;
  other.secret = Secret(*secret);
  for (auto& [rule, value] : other.beside)
    if (const auto beside = invent(rule)) value = Secret(*beside);
  return other;
}

constexpr const char* kVerdict = "verdict";

std::string verdict_id(const Subject& subject) { return subject.fingerprint + " " + subject.rule; }

// What was heard of it no longer ago than the caller allows; what nobody knew is asked again.
std::optional<Verdict> kept_verdict(const Subject& subject, const VerifyOptions& options) {
  const auto kept =
      options.max_age > 0 && options.journal ? options.journal->get(kVerdict, verdict_id(subject)) : std::nullopt;
  if (!kept) return std::nullopt;
  Verdict verdict;
  verdict.checked_at = static_cast<std::int64_t>(number_at(*kept, "/at"));
  if (verdict.checked_at > options.now || options.now - verdict.checked_at > options.max_age) return std::nullopt;
  for (const State state : {State::live, State::restricted, State::dead})
    if (name_of(state) == text_at(*kept, "/state")) verdict.state = state;
  verdict.host = text_at(*kept, "/host");
  verdict.why = text_at(*kept, "/why");
  if (const Json* told = find_at(*kept, "/told"); told && told->is_object())
    for (const auto& [name, value] : told->items()) verdict.told[name] = text_at(value, "");
  return verdict;
}

// A journal that cannot be written to costs a question more, and nothing else.
void keep_verdict(const Subject& subject, const Verdict& verdict, const VerifyOptions& options) {
  if (options.max_age <= 0 || !options.journal || verdict.state == State::unknown || verdict.host.empty()) return;
  static_cast<void>(options.journal->put(kVerdict, verdict_id(subject),
                                         {{"at", verdict.checked_at},
                                          {"state", name_of(verdict.state)},
                                          {"host", verdict.host},
                                          {"why", verdict.why},
                                          {"told", verdict.told}}));
}

// What a hole stands for, or what is wanted where that is not known.
struct Hole {
  std::string value, wanted;
};

std::string give_it(const std::string& name) { return fmt::format("give it with --part {}=VALUE", name); }

// "host" or "host:DEFAULT": the one host of one's own that the policy has, else the provider's.
Hole host_part(const std::string& name, const std::string& provider, std::string_view source,
               const VerifyOptions& options) {
  const auto own = options.hosts.find(provider);
  if (own != options.hosts.end() && own->second.size() == 1) return {own->second[0], {}};
  if (own != options.hosts.end() && own->second.size() > 1)
    return {{}, fmt::format("the policy's [hosts] has several; choose with --part {}=HOST", name)};
  const std::size_t colon = source.find(':');
  if (colon != std::string_view::npos) return {std::string(source.substr(colon + 1)), {}};
  return {{}, fmt::format("give it with --part {}=HOST, or in the policy's [hosts] as {}", name, provider)};
}

// "string:NAME" or "string:NAME:DEFAULT": what the connection string around the secret says, of an address its host.
Hole string_part(const Subject& subject, const std::string& name, std::string_view source) {
  source.remove_prefix(std::string_view("string:").size());
  const std::size_t colon = std::min(source.find(':'), source.size());
  const auto said = subject.said.find(lower_case(source.substr(0, colon)));
  if (said == subject.said.end() && colon < source.size()) return {std::string(source.substr(colon + 1)), {}};
  if (said == subject.said.end())
    return {{}, fmt::format("no {}= stands around it; {}", source.substr(0, colon), give_it(name))};
  const std::string_view value = said->second.reveal();
  const std::size_t scheme = value.find("://");
  return {scheme == value.npos ? std::string(value) : host_of(fmt::format("https{}", value.substr(scheme))),
          give_it(name)};
}

Hole part_of(const Subject& subject, const std::string& name, const std::string& source, const VerifyOptions& options) {
  if (source == "host" || source.starts_with("host:")) return host_part(name, subject.provider, source, options);
  if (source.starts_with("field:"))
    return {std::string(field_of(subject.secret.reveal(), source)), "the secret does not hold it"};
  if (source.starts_with("derived:")) {
    const auto derived = subject.derived.find(source.substr(8));
    if (derived == subject.derived.end()) return {{}, give_it(name)};
    const bool url = derived->second.starts_with("https://");
    return {url ? host_of(derived->second) : derived->second, give_it(name)};
  }
  if (source.starts_with("string:")) return string_part(subject, name, source);
  if (source.starts_with("near:")) {
    const std::string rule = source.substr(5);
    const auto beside = subject.beside.find(rule);
    if (beside != subject.beside.end()) return {std::string(beside->second.reveal()), give_it(name)};
    return {{}, fmt::format("no {} stands beside it; {}", rule, give_it(name))};
  }
  return {{}, give_it(name)};
}

std::string derived_fact(const Catalogue& catalogue, const Subject& subject, const std::string& name) {
  const auto known = subject.derived.find(name);
  if (known != subject.derived.end()) return known->second;
  const Rule* rule = find_rule(catalogue, subject.rule);
  if (!rule) return {};
  const auto read = run_check(rule->check, subject.secret.reveal()).derived;
  const auto fact = read.find(name);
  return fact == read.end() ? std::string() : fact->second;
}

class Asking {
 public:
  Asking(const Catalogue& catalogue, const Network& network, const std::vector<Subject>& subjects,
         const VerifyOptions& options)
      : catalogue_(catalogue), network_(network), subjects_(subjects), options_(options), verdicts_(subjects.size()) {}

  std::vector<Verdict> run() {
    for (const Subject& subject : subjects_)
      canaries_.push_back(canary_words(options_.canaries, catalogue_, subject, options_.parts));
    for (std::size_t i = 0; i < subjects_.size(); ++i) plan(i);
    ask_controls();
    ask_questions();
    for (std::size_t i = 0; i < subjects_.size(); ++i)
      if (!canaries_[i].empty()) verdicts_[i].told["canary"] = canaries_[i];
    mask_told();
    for (std::size_t i = 0; i < subjects_.size(); ++i) keep_verdict(subjects_[i], verdicts_[i], options_);
    return std::move(verdicts_);
  }

 private:
  // What a provider tells may echo what it was asked with.
  void mask_told() {
    ReportRedactor redactor;
    for (const Subject& subject : subjects_)
      if (!subject.secret.empty()) redactor.add(subject.secret.reveal(), subject.shown);
    for (Verdict& verdict : verdicts_) {
      verdict.why = redactor.mask(verdict.why);
      for (auto& [name, value] : verdict.told) value = redactor.mask(value);
    }
  }

  void plan(std::size_t i) {
    const Subject& subject = subjects_[i];
    Verdict& verdict = verdicts_[i];
    if (!canaries_[i].empty() && !options_.ask_canaries)
      return void(verdict.why = "a canary token: asking would raise its owner's alarm, so nobody asks");
    if (is_by_login(subject.rule)) return void(verdict = ask_by_login(network_, subject, options_));
    const Provider* provider = find_provider(catalogue_, subject.provider);
    const auto entries = provider ? verifies_of(*provider, subject.rule) : std::vector<const Verify*>();
    if (subject.secret.empty()) return void(verdict.why = subject.missing);
    if (auto kept = kept_verdict(subject, options_)) return void(verdict = std::move(*kept));
    if (entries.empty()) return void(verdict.why = "there is no way to ask about it");
    // Where several services share the format, the first whose question can be asked.
    for (const Verify* entry : entries) {
      Result<HttpRequest> request = question_about(subject, *entry);
      if (request) return add_question(i, *entry, std::move(*request));
      verdict.why += (verdict.why.empty() ? "" : "; or ") + request.error().what;
    }
  }

  Result<HttpRequest> question_about(const Subject& subject, const Verify& entry) const {
    if (!issuer_is_known(subject, entry, options_))
      return Error{
          fmt::format("several issuers share this format; name the one to ask with --issuer {}", subject.provider), ""};
    const Result<Values> values = values_for(subject, entry.parts, options_);
    if (!values) return values.error();
    return fill(entry.request, *values, hosts_for(entry.hosts, subject.provider, options_), options_.now);
  }

  void add_question(std::size_t i, const Verify& entry, HttpRequest request) {
    const std::string host = host_of(request.url);
    std::string name = fmt::format("{}\n{}\n{}", request.method, request.url, request.body);
    for (const auto& [header, value] : request.headers) name += "\n" + value;
    name += fmt::format("\n{}\n{}", request.digest_user.reveal(), request.digest_password.reveal());
    const auto [at, added] = by_request_.emplace(std::move(name), questions_.size());
    if (added) {
      const auto [control, first] = by_entry_.emplace(std::pair(&entry, host), controls_.size());
      if (first) controls_.push_back(control_for(subjects_[i], entry));
      questions_.push_back({&entry, std::move(request), host, control->second, {}});
    }
    questions_[at->second].subjects.push_back(i);
  }

  Control control_for(const Subject& subject, const Verify& entry) {
    Control control{&entry, Error{}, !entry.no_control, {}};
    if (!control.needed) return control;
    std::random_device random;
    const auto other = made_up(subject, catalogue_, std::uint64_t{random()} << 32 | random());
    if (!other) {
      control.request = Error{"no credential of this format can be made up", ""};
      return control;
    }
    Result<Values> values = values_for(*other, entry.parts, made_up_parts(entry));
    if (!values) return control.request = values.error(), control;
    if (const Signer* signer = find_signer(entry.request.sign); signer && signer->invent)
      (*values)["secret"] = Secret(signer->invent());
    control.request = fill(entry.request, *values, hosts_for(entry.hosts, subject.provider, options_), options_.now);
    return control;
  }

  // What the user gives in place of a finding that stands beside the secret is made up like one.
  VerifyOptions made_up_parts(const Verify& entry) const {
    VerifyOptions options = options_;
    for (const auto& [name, source] : entry.parts) {
      if (!options.parts.contains(name) || !source.starts_with("near:")) continue;
      const Rule* rule = find_rule(catalogue_, source.substr(5));
      if (const auto other = rule ? generate_secret(*rule, options_.now) : std::nullopt) options.parts[name] = *other;
    }
    return options;
  }

  void ask_controls() {
    HttpCrowd crowd(network_);
    for (Control& control : controls_) {
      if (!control.needed) continue;
      if (!control.request) {
        control.doubt = control.request.error().what;
        continue;
      }
      const std::string host = host_of(control.request->url);
      crowd.add(*control.request, [&control, host](const HttpAnswer& answer) {
        if (matches(control.entry->dead, answer)) {
          const Verdict verdict = judge(*control.entry, answer, host);
          if (verdict.state == State::dead || !control.entry->elsewhere.empty()) return;
          control.doubt = verdict.why;
        } else {
          const Verdict verdict = judge(*control.entry, answer, host);
          control.doubt = verdict.why.empty() || is_good(verdict.state)
                              ? fmt::format("{} does not refuse a made-up credential, so nothing was sent", host)
                              : verdict.why;
        }
      });
    }
    crowd.run();
  }

  bool was_live_at(const std::string& host, const Subject& subject) const {
    const auto known = options_.known_live.find(subject.fingerprint);
    return known != options_.known_live.end() && (known->second.empty() || known->second == host);
  }

  void ask_questions() {
    HttpCrowd crowd(network_);
    for (const Question& question : questions_) {
      const std::string& doubt = controls_[question.control].doubt;
      if (!doubt.empty()) {
        Verdict verdict;
        verdict.host = question.host;
        verdict.why = doubt;
        verdict.checked_at = options_.now;
        for (const std::size_t i : question.subjects) verdicts_[i] = verdict;
        continue;
      }
      crowd.add(question.request, [this, &question](const HttpAnswer& answer) {
        for (const std::size_t i : question.subjects)
          verdicts_[i] = judge(*question.entry, answer, question.host, was_live_at(question.host, subjects_[i]));
        for (const std::size_t i : question.subjects) tell_derived(*question.entry, subjects_[i], verdicts_[i]);
      });
    }
    crowd.run();
  }

  // What no answer says, and the credential itself does.
  void tell_derived(const Verify& entry, const Subject& subject, Verdict& verdict) const {
    if (!is_good(verdict.state)) return;
    for (const auto& [name, source] : entry.tells) {
      if (!source.starts_with("derived:")) continue;
      std::string text = derived_fact(catalogue_, subject, source.substr(8));
      text.resize(std::min(text.size(), kMaxToldBytes));
      if (!text.empty()) verdict.told[name] = std::move(text);
    }
  }

  const Catalogue& catalogue_;
  const Network& network_;
  const std::vector<Subject>& subjects_;
  const VerifyOptions& options_;
  std::vector<Verdict> verdicts_;
  std::vector<std::string> canaries_;  // one a subject: what makes it one, or nothing
  std::vector<Question> questions_;
  std::vector<Control> controls_;
  std::map<std::string, std::size_t> by_request_;
  std::map<std::pair<const Verify*, std::string>, std::size_t> by_entry_;
};

}  // namespace

VerifyOptions asking_by(const Policy& policy, Journal* journal) {
  VerifyOptions asking;
  asking.now = now_seconds();
  asking.journal = journal;
  asking.canaries = policy.canaries;
  asking.hosts = policy.hosts;
  return asking;
}

Result<Values> values_for(const Subject& subject, const Pairs& parts, const VerifyOptions& options) {
  Values values;
  values["secret"] = subject.secret;
  if (const auto token = options.parts.find("session_token"); token != options.parts.end())
    values["session_token"] = Secret(token->second);
  for (const auto& [name, source] : parts) {
    const auto given = options.parts.find(name);
    const Hole part = given != options.parts.end() ? Hole{given->second, {}} : part_of(subject, name, source, options);
    if (part.value.empty()) return Error{fmt::format("{{{}}} is not known: {}", name, part.wanted), ""};
    values[name] = Secret(part.value);
  }
  return values;
}

std::vector<std::string> hosts_for(const std::vector<std::string>& entry, const std::string& provider,
                                   const VerifyOptions& options) {
  std::vector<std::string> all = entry;
  if (const auto own = options.hosts.find(provider); own != options.hosts.end())
    all.insert(all.end(), own->second.begin(), own->second.end());
  return all;
}

std::vector<Verdict> verify(const Catalogue& catalogue, const Network& network, const std::vector<Subject>& subjects,
                            const VerifyOptions& options) {
  return Asking(catalogue, network, subjects, options).run();
}

}  // namespace staunch
