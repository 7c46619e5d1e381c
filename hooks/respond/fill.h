// Request templates of the provider files into requests: each hole is filled in the coding of the place it stands in.
//
// `{secret}` and `{name}` in a URL and in a form are percent-encoded, in JSON escaped, in a header sent as they are
// (control characters are refused). A host with a hole in it must end with one of the entry's suffixes (".example.com")
// or be one of the whole names beside them, which are the entry's and the policy's, so that nothing that stood beside a
// leaked secret can send it anywhere else; the other hosts are the file's own. A port is part of a name.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"
#include "engine/secret.h"
#include "hooks/respond/http.h"
#include "rules/provider.h"

namespace staunch {

using Values = std::map<std::string, Secret, std::less<>>;  // what the holes stand for; "secret" is one

// The names in the request's holes, each once.
std::vector<std::string> holes_of(const Request& request);

// The host of a request's URL as it is written, holes and all.
std::string_view host_pattern(std::string_view url);

// The part of `secret` that "field:SEPARATOR:INDEX" names; empty where there is none.
std::string_view field_of(std::string_view secret, std::string_view source);

// `now` is for signatures (signers.h), which are the last that is added.
Result<HttpRequest> fill(const Request& request, const Values& values, const std::vector<std::string>& hosts,
                         std::int64_t now);

// The request for so many secrets at once: its list ["{secret}"] has also {secret_1}, {secret_2} …
Request for_many(Request request, std::size_t secrets);

// A text with holes filled as they are.
Result<std::string> fill_text(std::string_view text, const Values& values);

}  // namespace staunch
