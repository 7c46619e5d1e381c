// Rules and policy as options name them, made into a Redactor.
#pragma once

#include <memory>
#include <string>

#include "engine/result.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/options.h"
#include "frontends/stream/redactor.h"

namespace staunch {

// Tells all mistakes and warnings through `messages`; the Error is their summary. `key` as Redactor::make takes it.
Result<std::shared_ptr<const Redactor>> load_redactor(const Options& options, const std::string& key,
                                                      const Messages& messages);

}  // namespace staunch
