// Files made while a test runs, by other people's programs, and the two ways in which the engine reads them.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <string_view>

#include "engine/content.h"

namespace staunch::test {

// A folder of its own, that is removed with all that it holds.
class Workshop {
 public:
  Workshop() {
    std::string name = (std::filesystem::temp_directory_path() / "staunch-made-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    root_ = name;
  }
  ~Workshop() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  std::string path(const std::string& name) const { return root_ + "/" + name; }

  void write(const std::string& name, std::string_view bytes) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream out(path(name), std::ios::binary);
    out << bytes;
    REQUIRE(out.good());
  }

  std::string read(const std::string& name) const {
    std::ifstream in(path(name), std::ios::binary);
    INFO(name);
    REQUIRE(in.good());
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }

  // A line of shell in the folder, which must succeed.
  void shell(const std::string& line) const {
    INFO(line);
    REQUIRE(std::system(("cd '" + root_ + "' && { " + line + "\n} >shell.log 2>&1").c_str()) == 0);
  }

  // A Python program in the folder.
  void python(const std::string& program) const {
    write("made.py", program);
    INFO(program);
    const bool done = std::system(("cd '" + root_ + "' && /usr/bin/python3 made.py >made.log 2>&1").c_str()) == 0;
    INFO(read("made.log"));
    REQUIRE(done);
  }

 private:
  std::string root_;
};

class TextContent : public Content {
 public:
  explicit TextContent(std::string_view text) : text_(text) {}
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    return offset >= text_.size() ? 0 : text_.copy(into.data(), into.size(), offset);
  }

 private:
  std::string_view text_;
};

// Gives at most `step` bytes at a time.
class TextStream : public ByteStream {
 public:
  TextStream(std::string_view text, bool seekable, std::size_t step = 1u << 16)
      : text_(text), seekable_(seekable), step_(step) {}
  Result<std::size_t> read(std::span<char> into) override {
    const std::size_t size = text_.copy(into.data(), std::min(into.size(), step_), at_);
    at_ += size;
    return size;
  }
  bool seek(std::uint64_t offset) override {
    if (!seekable_ || offset > text_.size()) return false;
    at_ = offset;
    return true;
  }
  std::uint64_t size() const override { return seekable_ ? text_.size() : 0; }

 private:
  std::string_view text_;
  bool seekable_;
  std::size_t step_;
  std::size_t at_ = 0;
};

// Letters and digits that nothing compresses to nothing.
inline std::string random_text(std::size_t size, unsigned seed) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::mt19937 random(seed);
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += kLetters[random() % kLetters.size()];
  return text;
}

}  // namespace staunch::test
