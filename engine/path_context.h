// What the path of an item says about what stands in it: tests, documentation, foreign code, machine-made files.
//
// A path never hides a finding; it lowers how sure one is, and says so.
#pragma once

#include <cstdint>
#include <string_view>

namespace staunch {

enum class PathContext : std::uint8_t {
  none,
  test,           // tests, fixtures, mocks
  documentation,  // documentation, examples, templates such as .env.example
  foreign,        // copies of somebody else's code
  made,           // lock files, checksums, minified code, source maps
  translation,    // message catalogues: "password" is a word in them
};

// By folder names, file names and endings, whatever their case. The members of an archive are judged by the whole path.
PathContext path_context(std::string_view path);

// Whether nothing but the file's ending says that it is documentation: notes of any kind end in .md.
bool is_prose_alone(std::string_view path);

// Whether the file's ending is that of a programming language: what stands unquoted there is a name.
bool is_program(std::string_view path);

// For people: "it stands in a test". Empty for none.
std::string_view words(PathContext context);

}  // namespace staunch
