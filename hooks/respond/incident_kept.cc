// What is needed to ask about a credential again, sealed while its incident is open or watched.
#include <fmt/format.h>

#include <charconv>

#include "hooks/respond/incident.h"

namespace staunch {
namespace {

std::string sealed_name(const std::string& incident, const std::string& fingerprint) {
  return "incident/" + incident + "/" + fingerprint;
}

// Names and values with their sizes in front: "NAME SIZE\n" and the bytes.
std::string packed(const Values& values) {
  std::string out;
  for (const auto& [name, value] : values) {
    out += fmt::format("{} {}\n", name, value.reveal().size());
    out += value.reveal();
  }
  return out;
}

std::optional<Values> unpacked(std::string_view text) {
  Values values;
  while (!text.empty()) {
    const std::size_t space = text.find(' '), end = text.find('\n');
    if (space == std::string_view::npos || end == std::string_view::npos || space > end) return std::nullopt;
    std::size_t size = 0;
    const auto read = std::from_chars(text.data() + space + 1, text.data() + end, size);
    if (read.ec != std::errc() || read.ptr != text.data() + end || size > text.size() - end - 1) return std::nullopt;
    values[std::string(text.substr(0, space))] = Secret(text.substr(end + 1, size));
    text.remove_prefix(end + 1 + size);
  }
  return values;
}

}  // namespace

Status keep_credential(Journal& journal, const std::string& incident, const Subject& subject) {
  if (subject.secret.empty()) return Done{};
  Values all;
  all["secret"] = subject.secret;
  for (const auto& [rule, value] : subject.beside) all["beside:" + rule] = value;
  for (const auto& [name, value] : subject.said) all["said:" + name] = value;
  for (const auto& [name, value] : subject.derived) all["derived:" + name] = Secret(value);
  return journal.keep_sealed(sealed_name(incident, subject.fingerprint), Secret(packed(all)));
}

Result<Subject> kept_credential(const Journal& journal, const std::string& incident, const Json& credential) {
  Subject subject;
  subject.fingerprint = text_at(credential, "/fingerprint");
  subject.rule = text_at(credential, "/rule");
  subject.provider = text_at(credential, "/provider");
  subject.shown = text_at(credential, "/shown");
  const auto sealed = journal.open_sealed(sealed_name(incident, subject.fingerprint));
  if (!sealed) return sealed.error();
  const auto values = unpacked(sealed->reveal());
  if (!values) return Error{"what was sealed is damaged", incident};
  for (const auto& [name, value] : *values) {
    if (name.starts_with("beside:")) subject.beside[name.substr(7)] = value;
    else if (name.starts_with("said:")) subject.said[name.substr(5)] = value;
    else if (name.starts_with("derived:")) subject.derived[name.substr(8)] = value.reveal();
    else subject.secret = value;
  }
  for (const Json& place : array_at(credential, "/places"))
    subject.places.push_back({text_at(place, "/path"), text_at(place, "/commit"), text_at(place, "/repository"),
                              number_at(place, "/line"), text_at(place, "/since")});
  subject.place_count = number_at(credential, "/place_count");
  return subject;
}

Status forget_credential(Journal& journal, const std::string& incident, const std::string& fingerprint) {
  return journal.erase_sealed(sealed_name(incident, fingerprint));
}

}  // namespace staunch
