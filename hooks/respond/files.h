// Files that must not be lost or seen: written whole, synced, their owner's alone.
#pragma once

#include <string>
#include <string_view>

#include "engine/result.h"

namespace staunch {

// Replaces the file by a synced copy beside it, renamed into place; its folder is synced too. A link's target is
// replaced. `mode` counts where there was no file; else the old one's stays.
Status write_file(const std::string& path, std::string_view text, unsigned mode = 0600);

// Appends and syncs.
Status append_file(const std::string& path, std::string_view text);

// All of the text, over interruptions; false where it could not be written.
bool write_all(int fd, std::string_view text);
Status sync_folder(const std::string& path);

}  // namespace staunch
