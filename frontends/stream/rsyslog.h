// The answers that rsyslog's mmexternal reads: one line of JSON for each message, whatever becomes of it.
//
// Protocol: https://www.rsyslog.com/doc/configuration/modules/mmexternal.html, with interface.input="msg". rsyslog
// passes a message on as it was when the program that should have redacted it died, so every answer sets a variable,
// and the ruleset writes only messages that have it:
//
//   action(type="mmexternal" binary="/usr/bin/staunch filter --rsyslog-mm")
//   if $!staunch == "ok" then action(type="omfile" file="…") else action(type="omfile" file="…quarantine")
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "frontends/stream/redactor.h"

namespace staunch {

// An answer for each line of `lines`; the last one may lack its newline. `ok` is false where they could not be judged.
void append_rsyslog_replies(std::string_view lines, const std::vector<Edit>& edits, bool ok, std::string& out);

// A JSON string in quotes; bytes above ASCII as they are, whether they are UTF-8 or not.
void append_quoted(std::string& out, std::string_view text);

}  // namespace staunch
