// Asking issuers beside a scan (--verify): the response's program gets findings as they come, asks about each secret
// once, and its verdicts are there when the scan has ended. The core itself has no network.
#pragma once

#include <memory>
#include <string>

#include "engine/result.h"
#include "engine/sink.h"
#include "frontends/cli/messages.h"
#include "frontends/report/verdicts.h"

namespace staunch {

// A sink whose finish() fills `verdicts`, which outlive it. `policy` may be empty. An Error before anything is scanned.
Result<std::unique_ptr<Sink>> verify_beside(const std::string& policy, Verdicts& verdicts, const Messages& messages);

}  // namespace staunch
