#include "engine/path_context.h"

#include <algorithm>
#include <string>

#include "rules/letters.h"

namespace staunch {
namespace {

template <std::size_t N>
bool is_one_of(std::string_view word, const std::string_view (&words)[N]) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

template <std::size_t N>
bool ends_in_one_of(std::string_view name, const std::string_view (&endings)[N]) {
  return std::any_of(std::begin(endings), std::end(endings),
                     [&](std::string_view each) { return name.ends_with(each); });
}

// Words of folders, and of file names where a separator stands beside them: "test_login.py", "login.spec.ts".
constexpr std::string_view kTestWords[] = {"test",    "tests",    "testing",   "testdata", "spec",      "specs",
                                           "fixture", "fixtures", "mock",      "mocks",    "stub",      "stubs",
                                           "e2e",     "unittest", "__tests__", "testutil", "cassettes", "fuzz"};
constexpr std::string_view kDocumentationWords[] = {"doc",      "docs",      "documentation", "example", "examples",
                                                    "sample",   "samples",   "demo",          "demos",   "tutorial",
                                                    "template", "tutorials", "tmpl"};
constexpr std::string_view kForeignFolders[] = {"vendor",   "node_modules",     "third_party",  "thirdparty",
                                                "external", "bower_components", "site-packages"};
constexpr std::string_view kTranslationFolders[] = {"locale", "locales", "i18n", "l10n", "lang", "translations"};
constexpr std::string_view kTranslationEndings[] = {".po", ".pot", ".xlf", ".xliff", ".strings", ".resx", ".arb"};
constexpr std::string_view kMadeEndings[] = {".lock",           ".sum",      ".map",       ".min.js",
                                             ".min.css",        ".svg",      "-lock.json", "-lock.yaml",
                                             "shrinkwrap.json", "lock.json", ".pyc"};
constexpr std::string_view kProse[] = {".md", ".rst", ".adoc", ".mdx", ".textile"};
constexpr std::string_view kProgram[] = {
    ".py",     ".js",  ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".go",  ".java",   ".kt",    ".c",      ".cc",
    ".cpp",    ".cxx", ".h",   ".hpp", ".hh", ".rs",  ".rb",  ".php", ".cs",     ".swift", ".scala",  ".pl",
    ".pm",     ".m",   ".mm",  ".lua", ".ex", ".exs", ".erl", ".hs",  ".clj",    ".dart",  ".groovy", ".vue",
    ".svelte", ".r",   ".jl",  ".vb",  ".fs", ".sol", ".pyi", ".kts", ".gradle", ".tf"};

// Calls `visit` with each part of `text` between the bytes of `separators`.
template <typename Visit>
void for_each_part(std::string_view text, std::string_view separators, Visit visit) {
  while (true) {
    const std::size_t end = text.find_first_of(separators);
    visit(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

// "messages_de.properties", "Messages_pt_BR.properties": Java's way to name translations.
bool is_translated_properties(std::string_view name) {
  constexpr std::string_view kEnding = ".properties";
  if (!name.ends_with(kEnding)) return false;
  name.remove_suffix(kEnding.size());
  if (name == "messages" || name == "message") return true;
  const auto is_part = [](std::string_view part) {
    return part.size() == 3 && part[0] == '_' && part[1] >= 'a' && part[1] <= 'z' && part[2] >= 'a' && part[2] <= 'z';
  };
  return name.size() >= 3 && is_part(name.substr(name.size() - 3));
}

// Camel case has its words apart, too: "LoginTest.java", "UserFixtures.php".
bool has_camel_word(std::string_view name, std::string_view word) {
  const std::size_t at = name.find(word);
  return at != std::string_view::npos &&
         (at + word.size() == name.size() || !(name[at + word.size()] >= 'a' && name[at + word.size()] <= 'z'));
}

}  // namespace

PathContext path_context(std::string_view path) {
  const std::size_t slash = path.find_last_of("/\\!");
  const std::string_view own_name = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
  std::string folded(path);
  for (char& c : folded) c = lower(c);
  const std::string_view all = folded;
  const std::string_view name = all.substr(all.size() - own_name.size());
  const std::string_view folders = all.substr(0, all.size() - name.size());

  bool test = false, documentation = ends_in_one_of(name, kProse) || name.ends_with(".dist"), foreign = false,
       translation = false;
  for_each_part(folders, "/\\!", [&](std::string_view folder) {
    foreign |= is_one_of(folder, kForeignFolders);
    translation |= is_one_of(folder, kTranslationFolders);
    for_each_part(folder, "._- ", [&](std::string_view word) {
      test |= is_one_of(word, kTestWords);
      documentation |= is_one_of(word, kDocumentationWords);
    });
    test |= folder == "t" || is_one_of(folder, kTestWords);  // "t": Perl's and git's
  });
  for_each_part(name, "._- ", [&](std::string_view word) {
    test |= is_one_of(word, kTestWords);
    documentation |= is_one_of(word, kDocumentationWords);
    translation |= word == "i18n" || word == "l10n";
  });
  test |= has_camel_word(own_name, "Test") || has_camel_word(own_name, "Tests") || has_camel_word(own_name, "Fixtures");

  if (ends_in_one_of(name, kMadeEndings)) return PathContext::made;
  if (translation || is_translated_properties(name) || ends_in_one_of(name, kTranslationEndings))
    return PathContext::translation;
  if (test) return PathContext::test;
  if (documentation) return PathContext::documentation;
  return foreign ? PathContext::foreign : PathContext::none;
}

bool is_prose_alone(std::string_view path) {
  std::string folded(path);
  for (char& c : folded) c = lower(c);
  return ends_in_one_of(folded, kProse) && path_context(path) == PathContext::documentation &&
         path_context(path.substr(0, path.rfind('.'))) != PathContext::documentation;
}

bool is_program(std::string_view path) {
  std::string ending(path.substr(std::min(path.rfind('.'), path.size())));
  for (char& c : ending) c = lower(c);
  return is_one_of(ending, kProgram);
}

std::string_view words(PathContext context) {
  switch (context) {
    case PathContext::none: return "";
    case PathContext::test: return "it stands in a test";
    case PathContext::documentation: return "it stands in documentation or an example";
    case PathContext::foreign: return "it stands in a copy of foreign code";
    case PathContext::made: return "it stands in a file that a program wrote";
    case PathContext::translation: return "it stands in a translation";
  }
  return "";
}

}  // namespace staunch
