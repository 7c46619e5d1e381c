#include "hooks/respond/fill.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "engine/codings.h"
#include "hooks/respond/signers.h"

namespace staunch {
namespace {

enum class Coding : std::uint8_t { plain, percent, json, header };

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return std::islower(c) || std::isdigit(c) || c == '_'; });
}

// Calls text(piece) and hole(name) for what stands in a template. A brace that opens no name is text.
template <typename Text, typename Hole>
void walk(std::string_view from, const Text& text, const Hole& hole) {
  while (!from.empty()) {
    const std::size_t open = from.find('{');
    if (open == std::string_view::npos) return text(from);
    const std::size_t close = from.find('}', open);
    if (close != std::string_view::npos && is_name(from.substr(open + 1, close - open - 1))) {
      text(from.substr(0, open));
      hole(from.substr(open + 1, close - open - 1));
      from.remove_prefix(close + 1);
    } else {
      text(from.substr(0, open + 1));
      from.remove_prefix(open + 1);
    }
  }
}

void append(std::string& out, std::string_view value, Coding coding) {
  for (const unsigned char c : value) {
    const bool safe = std::isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == ':';
    if (coding == Coding::percent && !safe) out += fmt::format("%{:02X}", c);
    else if (coding == Coding::json && (c == '"' || c == '\\')) (out += '\\') += static_cast<char>(c);
    else if (coding == Coding::json && c < 0x20) out += fmt::format("\\u{:04x}", c);
    else out += static_cast<char>(c);
  }
}

Result<std::string> filled(std::string_view from, const Values& values, Coding coding) {
  std::string out;
  std::string wrong;
  walk(
      from, [&](std::string_view text) { out += text; },
      [&](std::string_view name) {
        const auto value = values.find(name);
        if (value == values.end()) {
          wrong = fmt::format("{{{}}} is not known", name);
          return;
        }
        const std::string_view bytes = value->second.reveal();
        if (coding == Coding::header &&
            std::any_of(bytes.begin(), bytes.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
          wrong = fmt::format("{{{}}} holds control characters", name);
        append(out, bytes, coding);
      });
  if (!wrong.empty()) return Error{wrong, ""};
  return out;
}

bool is_plain_host(std::string_view host) {
  return std::all_of(host.begin(), host.end(),
                     [](unsigned char c) { return std::islower(c) || std::isdigit(c) || c == '-' || c == '.'; });
}

bool allowed_host(std::string_view host, const std::vector<std::string>& hosts) {
  return std::any_of(hosts.begin(), hosts.end(), [&](std::string_view allowed) {
    if (!allowed.starts_with('.')) return !allowed.empty() && host == allowed;
    return allowed.size() > 2 && host.size() > allowed.size() && host.ends_with(allowed) &&
           is_plain_host(host.substr(0, host.size() - allowed.size()));
  });
}

Result<std::string> filled_url(const Request& request, const Values& values, const std::vector<std::string>& hosts) {
  Result<std::string> url = filled(request.url, values, Coding::percent);
  if (!url) return url;
  const std::string_view pattern = host_pattern(request.url);
  const std::string host = host_of(*url);
  if (host.empty()) return Error{"the address does not begin with https://HOST/", ""};
  const bool fixed = pattern.find('{') == std::string_view::npos;
  if (fixed ? host != pattern : !allowed_host(host, hosts))
    return Error{fmt::format("the host {} is not one of this provider's", host), ""};
  return url;
}

}  // namespace

std::string_view host_pattern(std::string_view url) {
  const std::size_t begin = url.find("://");
  if (begin == std::string_view::npos) return {};
  url.remove_prefix(begin + 3);
  return url.substr(0, url.find_first_of("/?"));
}

std::vector<std::string> holes_of(const Request& request) {
  std::vector<std::string> all;
  const auto collect = [&](std::string_view text) {
    walk(
        text, [](std::string_view) {},
        [&](std::string_view name) {
          if (std::find(all.begin(), all.end(), name) == all.end()) all.emplace_back(name);
        });
  };
  for (const std::string* text : {&request.url, &request.json, &request.form, &request.basic}) collect(*text);
  for (const auto& header : request.headers) collect(header.second);
  if (const Signer* signer = find_signer(request.sign))
    for (const std::string_view hole : signer->holes) collect(fmt::format("{{{}}}", hole));
  return all;
}

std::string_view field_of(std::string_view secret, std::string_view source) {
  source.remove_prefix(std::min<std::size_t>(source.size(), 6));  // "field:"
  const std::size_t colon = source.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return {};
  const std::string_view separator = source.substr(0, colon), digits = source.substr(colon + 1);
  int index = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), index);
  std::vector<std::string_view> fields;
  for (;;) {
    const std::size_t end = secret.find(separator);
    fields.push_back(secret.substr(0, end));
    if (end == std::string_view::npos) break;
    secret.remove_prefix(end + separator.size());
  }
  const auto count = static_cast<int>(fields.size());
  if (index < 0) index += count;
  return fields.size() > 1 && index >= 0 && index < count ? fields[static_cast<std::size_t>(index)]
                                                          : std::string_view();
}

Request for_many(Request request, std::size_t secrets) {
  std::string list = R"(["{secret}")";
  for (std::size_t i = 1; i < secrets; ++i) list += fmt::format(R"(,"{{secret_{}}}")", i);
  if (const std::size_t at = request.json.find(kListOfSecrets); at != std::string::npos)
    request.json.replace(at, kListOfSecrets.size(), list + "]");
  return request;
}

Result<std::string> fill_text(std::string_view text, const Values& values) {
  return filled(text, values, Coding::plain);
}

Result<HttpRequest> fill(const Request& request, const Values& values, const std::vector<std::string>& hosts,
                         std::int64_t now) {
  HttpRequest out;
  out.method = request.method;
  Result<std::string> url = filled_url(request, values, hosts);
  if (!url) return url.error();
  out.url = std::move(*url);
  for (const auto& [name, value] : request.headers) {
    Result<std::string> text = filled(value, values, Coding::header);
    if (!text) return text.error();
    out.headers.emplace_back(name, std::move(*text));
  }
  if (!request.basic.empty()) {
    Result<std::string> pair = filled(request.basic, values, Coding::header);
    if (!pair) return pair.error();
    out.headers.emplace_back("Authorization", "Basic " + encode_base64(*pair, Base64::standard));
  }
  const bool json = !request.json.empty();
  Result<std::string> body = filled(json ? request.json : request.form, values, json ? Coding::json : Coding::percent);
  if (!body) return body.error();
  out.body = std::move(*body);
  const bool typed = std::any_of(request.headers.begin(), request.headers.end(),
                                 [](const auto& header) { return header.first == "Content-Type"; });
  if (!out.body.empty() && !typed)
    out.headers.emplace_back("Content-Type", json ? "application/json" : "application/x-www-form-urlencoded");
  if (!request.sign.empty())
    if (const Status is_signed = sign_request(request.sign, out, values, now); !is_signed) return is_signed.error();
  return out;
}

}  // namespace staunch
