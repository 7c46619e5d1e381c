// What gitleaks' reports say of one place, for the formats that carry its fields: json, csv, junit.
//
// It differs from gitleaks' own in three ways: secrets are redacted unless asked for, columns are right on every line
// (gitleaks counts one too many after the first), and of one secret at most kMaxPlacesHeld places are listed, the last
// one then saying how many there are besides.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "frontends/report/sinks.h"

namespace staunch {

// Every text has passed the redactor.
struct GitleaksFields {
  std::string rule, description, match, secret, file, fingerprint, link;
  Position begin, end;                               // of the match
  std::string commit, author, email, date, message;  // empty outside a history
  double entropy = 0;
  std::vector<std::string> tags;
  const Verified* verdict = nullptr;  // where somebody was asked; its own key, which gitleaks has not
  MaskText mask;
  std::uint64_t more = 0;  // places of this secret that are not listed, said at the last one
};

class GitleaksSink : public FindingSink {
 public:
  using FindingSink::FindingSink;

 protected:
  GitleaksFields fields_of(std::size_t place) const;  // an index into places_

 private:
  std::string shown_form(const Rule& rule, std::string_view secret) const override;
  void trim(Occurrence& place) override;
  std::vector<std::string> tags_of(const Occurrence& place, const Rule& rule) const;
  std::string match_text(const Occurrence& place, const Rule& rule) const;
};

// As one JSON object, the keys in gitleaks' order.
void write_gitleaks_object(JsonText& json, const GitleaksFields& fields);

// `text` with every occurrence of `part` replaced.
std::string replace_all(std::string_view text, std::string_view part, std::string_view shown);

}  // namespace staunch
