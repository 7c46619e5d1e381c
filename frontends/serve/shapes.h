// How a refusal looks to whoever asked a provider: the errors of their APIs, with a status that their SDKs do not try
// again (400).
//
// OpenAI: {"error":{"message","type","param","code"}}, https://platform.openai.com/docs/guides/error-codes
// Anthropic: {"type":"error","error":{"type","message"}}, https://docs.anthropic.com/en/api/errors
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "frontends/serve/http.h"
#include "frontends/serve/judge.h"

namespace staunch {

enum class Shape : std::uint8_t { plain, openai, anthropic };

// What `?shape=` says; nothing for another word. Without it the plain one.
std::optional<Shape> shape_of(const HttpRequest& request);

// Names rule and pointer, never what was found.
HttpResponse blocked(Shape shape, const JudgedBody& judged);

// "blocked: github-pat at /messages/0/content"
std::string blocked_reason(const JudgedBody& judged);

}  // namespace staunch
