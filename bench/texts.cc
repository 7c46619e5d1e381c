#include "bench/texts.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string_view>
#include <system_error>

#include "engine/item.h"

namespace staunch::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLeastDenseBytes = 1024;  // a file of three words says nothing about dense text

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The same number for the same path on every machine: which files are taken must not depend on the standard library.
std::uint64_t fnv(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

constexpr std::string_view kDenseWords[] = {"key", "token", "secret", "password"};

std::uint64_t dense_words(const std::string& text) {
  std::string lowered = text;
  for (char& c : lowered) c = static_cast<char>(c | 0x20);
  std::uint64_t count = 0;
  for (std::string_view word : kDenseWords)
    for (auto at = lowered.find(word); at != std::string::npos; at = lowered.find(word, at + 1)) ++count;
  return count;
}

// In lines of `columns` characters; 0: in one line.
std::string base64(std::string_view bytes, std::size_t columns) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::size_t column = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i) out += at + i > bytes.size() ? '=' : kLetters[group >> (18 - 6 * i) & 63];
    column += 4;
    if (columns != 0 && column >= columns) {
      out += '\n';
      column = 0;
    }
  }
  return out;
}

}  // namespace

void Text::add(std::string path, std::string text) {
  bytes += text.size();
  files.push_back({std::move(path), std::move(text)});
}

Result<Text> read_tree(const std::string& folder, std::uint64_t max_bytes) {
  std::error_code error;
  std::vector<std::string> paths;
  std::uint64_t total = 0;
  auto walk = fs::recursive_directory_iterator(folder, error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    if (walk->is_symlink() || !walk->is_regular_file()) continue;
    paths.push_back(walk->path().string());
    total += walk->file_size();
  }
  if (error) return Error{"cannot read: " + error.message(), folder};
  std::sort(paths.begin(), paths.end());
  const double share = total > max_bytes ? static_cast<double>(max_bytes) / static_cast<double>(total) : 1;
  Text text;
  for (std::string& path : paths) {
    const std::string relative = path.substr(folder.size());
    if (static_cast<double>(fnv(relative) % 65536) >= share * 65536) continue;
    std::string content = read_file(path);
    if (!is_binary(content)) text.add(relative, std::move(content));
  }
  return text;
}

double dense_words_per_megabyte(const Text& text) {
  std::uint64_t words = 0;
  for (const File& file : text.files) words += dense_words(file.text);
  return static_cast<double>(words) * 1e6 / static_cast<double>(std::max<std::uint64_t>(text.bytes, 1));
}

Text densest_of(const Text& tree, double share) {
  std::vector<std::pair<double, const File*>> order;
  for (const File& file : tree.files)
    if (file.text.size() >= kLeastDenseBytes)
      order.emplace_back(static_cast<double>(dense_words(file.text)) / static_cast<double>(file.text.size()), &file);
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  Text dense;
  for (const auto& [density, file] : order) {
    if (static_cast<double>(dense.bytes) >= share * static_cast<double>(tree.bytes)) break;
    dense.add(file->path, file->text);
  }
  return dense;
}

Text in_base64(const Text& text, std::uint64_t bytes) {
  Text out;
  for (const File& file : text.files) {
    if (out.bytes >= bytes) break;
    out.add(file.path, "data: " + base64(file.text, out.files.size() % 2 == 0 ? 76 : 0) + "\n");
  }
  return out;
}

Text random_base64(std::uint64_t bytes) {
  std::mt19937_64 random(17);
  Text out;
  while (out.bytes < bytes) {
    std::string store;
    while (store.size() < 100'000) {
      std::string der(300 + random() % 2000, '\0');
      for (char& c : der) c = static_cast<char>(random());
      store += "-----BEGIN CERTIFICATE-----\n" + base64(der, 64) + "\n-----END CERTIFICATE-----\n";
    }
    out.add("store.pem", std::move(store));
  }
  return out;
}

Text generated_dense(std::uint64_t bytes) {
  static constexpr std::string_view kDense[] = {
      "    if (token == nullptr) return make_error(\"no token\");\n",
      "  const auto key = keys.find(name);\n",
      "password: ${DATABASE_PASSWORD}\n",
      "// The secret is read once and never written to the log.\n",
      "    $this->tokenStorage->setToken($token);\n",
      "api_key = os.environ[\"SERVICE_API_KEY\"]\n",
      "secret_access_key = var.secret_access_key\n",
      "<label for=\"password\">Password</label><input type=\"password\" id=\"password\"/>\n",
      "  { \"key\": \"value\", \"token\": null },\n",
      "def test_wrong_password_is_refused(self, password):\n",
      "  access_token: token.access_token,\n",
      "    for (const [key, value] of Object.entries(headers)) {\n",
      "client_secret: ((client-secret))\n",
      "\tkeyring.Add(publicKey, privateKey)\n",
      "PRIMARY KEY (token_id), FOREIGN KEY (secret_id) REFERENCES secrets(id)\n",
      "tokens[i + 1] = lexer.next_token();\n",
  };
  static constexpr std::string_view kPlain[] = {
      "    for (std::size_t i = 0; i < count; ++i) total += values[i];\n",
      "  return response.json().then((body) => render(body.items));\n",
      "# Nothing happens here unless the queue is longer than it was a minute ago.\n",
      "      - name: build\n        run: make -j2 all\n",
      "    $this->assertSame(404, $response->getStatusCode());\n",
      "  <p class=\"note\">All fields are optional.</p>\n",
      "\tif err != nil {\n\t\treturn nil, err\n\t}\n",
      "\n",
  };
  constexpr std::size_t kFileBytes = 16u << 10;
  std::mt19937 random(1);
  Text text;
  while (text.bytes < bytes) {
    std::string file;
    while (file.size() < kFileBytes)
      file += random() % 4 == 0 ? kDense[random() % std::size(kDense)] : kPlain[random() % std::size(kPlain)];
    text.add("/dense/" + std::to_string(text.files.size()) + ".txt", std::move(file));
  }
  return text;
}

}  // namespace staunch::bench
