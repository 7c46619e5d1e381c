// The audit: one line of JSON a deed, each with the hash of the one before, signed, only ever appended to.
//
//   {"n":3,"at":"2026-01-02T03:04:05Z","event":"revoke","data":{…},"prev":"<hash>","hash":"<hash>","sig":"<hex>"}
//
// `hash` is BLAKE2b-256 over the line without `hash` and `sig`, as it is written; `sig` is Ed25519 over `hash`. The
// journal keeps number and hash of the last line, so that a removed tail is seen. No line holds a secret: what is added
// passes the run's redactor.
#pragma once

#include <string>
#include <vector>

#include "engine/result.h"
#include "hooks/respond/journal.h"
#include "hooks/respond/output.h"

namespace staunch {

class Audit {
 public:
  Audit(Journal& journal, const Output& output) : journal_(journal), output_(output) {}
  // The document with all strings masked, as it may be kept.
  Json masked(const Json& from) const;
  // Synced when it returns.
  Status add(std::string_view event, const Json& data);

 private:
  Journal& journal_;
  const Output& output_;
};

std::string audit_path(const Journal& journal);

// Its lines, for reports; those that are no JSON are left out (check_audit tells of them).
std::vector<Json> audit_lines(const Journal& journal);

// Number and hash of the last line, "12:<64 hex digits>".
std::string audit_head(const Journal& journal);

// Everything that is wrong with it, in words; empty where it is whole. `told`: a head that was told elsewhere; its line
// must be there.
std::vector<std::string> check_audit(const Journal& journal, const std::string& told = {});

}  // namespace staunch
