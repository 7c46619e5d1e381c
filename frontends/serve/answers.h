// What was decided, as JSON.
#pragma once

#include <string>

#include "engine/database.h"
#include "frontends/serve/judge.h"

namespace staunch {

// {"verdict":"redact","shadow":false,"complete":true,"occurrences":[…],"findings":[…],"notes":[…]}: occurrences with
// the fields of a report where they have them, findings one for each fingerprint. Offsets are bytes of the raw body.
void append_judged(const JudgedBody& judged, const Database& database, std::string& out);

const char* verdict_name(Verdict verdict);

// The whole of the API, as OpenAPI 3.1.
const std::string& openapi_document();

}  // namespace staunch
