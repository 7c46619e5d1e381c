// The provider files that are built into the program, read once: what the response may do, and to whom.
//
// A catalogue from anywhere else never reaches this room: hosts, requests and verdict tables are these.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"
#include "rules/catalogue.h"

namespace staunch {

// Providers and rules; rules sorted by id. An Error is a mistake of the build.
Result<Catalogue> respond_catalogue();

const Rule* find_rule(const Catalogue& catalogue, std::string_view id);
const Provider* find_provider(const Catalogue& catalogue, std::string_view id);

// The entry that speaks of a rule; null where there is none. A [revoke] without rules speaks of all of its provider.
const Verify* find_verify(const Provider& provider, std::string_view rule);
// All of them, in the order of the file: a format may belong to several services of one provider.
std::vector<const Verify*> verifies_of(const Provider& provider, std::string_view rule);
const Revoke* find_revoke(const Provider& provider, std::string_view rule);

// "why (source: …)"; empty where there is nothing to say.
std::string words_of(const Lack& lack);

}  // namespace staunch
