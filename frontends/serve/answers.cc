#include "frontends/serve/answers.h"

#include <algorithm>
#include <map>

#include "frontends/report/json_text.h"
#include "frontends/report/words.h"
#include "frontends/stream/events.h"

namespace staunch {
namespace {

const Rule* rule_of(const Database& database, const std::string& id) {
  const auto& rules = database.catalogue().rules;
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.id == id; });
  return found == rules.end() ? nullptr : &*found;
}

void write_occurrence(const Found& found, const Database& database, JsonText& json) {
  const Ruling& ruling = found.ruling;
  const Rule* rule = rule_of(database, ruling.rule);
  json.open('{');
  json.text("fingerprint", ruling.fingerprint);
  json.text("rule", ruling.rule);
  if (rule != nullptr && !rule->provider.empty()) json.text("provider", rule->provider);
  if (rule != nullptr) json.text("description", rule->description);
  json.text("severity", word_of(ruling.severity));
  json.text("confidence", word_of(ruling.confidence));
  json.text("action", action_name(ruling.action));
  json.open("decoded", '[');
  for (const std::string& codec : ruling.decoded) json.text(codec);
  json.close();
  json.text("pointer", ruling.pointer);
  if (!found.inner.empty()) {
    json.open("inner", '[');
    for (const std::string& pointer : found.inner) json.text(pointer);
    json.close();
  }
  if (found.in_key) json.flag("in_key", true);
  json.number("offset", ruling.offset);
  json.number("length", ruling.length);
  json.close();
}

void write_findings(const JudgedBody& judged, JsonText& json) {
  std::map<std::string, std::pair<const Ruling*, std::uint64_t>> by_fingerprint;
  std::vector<std::string> order;
  for (const Found& found : judged.found) {
    const auto [entry, fresh] = by_fingerprint.try_emplace(found.ruling.fingerprint, &found.ruling, 0);
    if (fresh) order.push_back(found.ruling.fingerprint);
    ++entry->second.second;
  }
  for (const std::string& fingerprint : order) {
    const auto& [ruling, count] = by_fingerprint.at(fingerprint);
    json.open('{');
    json.text("fingerprint", fingerprint);
    json.text("rule", ruling->rule);
    json.text("severity", word_of(ruling->severity));
    json.text("confidence", word_of(ruling->confidence));
    json.number("occurrences", count);
    json.close();
  }
}

}  // namespace

const char* verdict_name(Verdict verdict) {
  return verdict == Verdict::block ? "block" : verdict == Verdict::redact ? "redact" : "allow";
}

void append_judged(const JudgedBody& judged, const Database& database, std::string& out) {
  if (judged.found.empty() && judged.notes.empty() && !judged.shadow && judged.verdict == Verdict::allow) {
    out += R"({"verdict":"allow","shadow":false,"complete":true,"occurrences":[],"findings":[],"notes":[]})";
    return;
  }
  JsonText json(out);
  json.open('{');
  json.text("verdict", verdict_name(judged.verdict));
  json.flag("shadow", judged.shadow);
  json.flag("complete", judged.complete);
  json.open("occurrences", '[');
  for (const Found& found : judged.found) write_occurrence(found, database, json);
  json.close();
  json.open("findings", '[');
  write_findings(judged, json);
  json.close();
  json.open("notes", '[');
  for (const Note& note : judged.notes) {
    json.open('{');
    json.text("what", note.what);
    json.text("why", note.why);
    json.close();
  }
  json.close();
  json.close();
}

const std::string& openapi_document() {
  static const std::string kDocument = R"({
"openapi":"3.1.0",
"info":{"title":"staunch","version":"1","description":"Finds credentials in bodies, and redacts or blocks them."},
"components":{
 "securitySchemes":{"bearer":{"type":"http","scheme":"bearer"},"key":{"type":"apiKey","in":"header","name":"x-api-key"}},
 "parameters":{
  "shape":{"name":"shape","in":"query","description":"the form of a refusal","schema":{"enum":["plain","openai","anthropic","auto"]}},
  "direction":{"name":"direction","in":"query","schema":{"enum":["request","response"],"default":"request"}}},
 "schemas":{
  "Judged":{"type":"object","required":["verdict","shadow","complete","occurrences","findings","notes"],"properties":{
   "verdict":{"enum":["allow","redact","block"]},"shadow":{"type":"boolean"},"complete":{"type":"boolean"},
   "occurrences":{"type":"array","items":{"type":"object","required":["fingerprint","rule","severity","confidence","action","pointer","offset","length"],"properties":{
    "fingerprint":{"type":"string"},"rule":{"type":"string"},"provider":{"type":"string"},"description":{"type":"string"},
    "severity":{"enum":["critical","high","medium","low"]},"confidence":{"enum":["high","medium","low"]},
    "action":{"enum":["log","redact","block"]},"decoded":{"type":"array","items":{"type":"string"}},
    "pointer":{"type":"string","description":"RFC 6901; empty for a body that is no JSON"},
    "inner":{"type":"array","items":{"type":"string"},"description":"pointers within JSON that stands in the string there"},
    "in_key":{"type":"boolean"},"offset":{"type":"integer"},"length":{"type":"integer"}}}},
   "findings":{"type":"array","items":{"type":"object","properties":{"fingerprint":{"type":"string"},"rule":{"type":"string"},
    "severity":{"type":"string"},"confidence":{"type":"string"},"occurrences":{"type":"integer"}}}},
   "notes":{"type":"array","items":{"type":"object","properties":{"what":{"type":"string"},"why":{"type":"string"}}}}}},
  "Error":{"type":"object","required":["error"],"properties":{"error":{"type":"object","required":["message","type"],"properties":{
   "message":{"type":"string"},"type":{"type":"string"},"code":{"type":"string"},"param":{"type":"string"},
   "rule":{"type":"string"},"pointer":{"type":"string"}}}}}},
 "responses":{
  "Judged":{"description":"what was found","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Judged"}}}},
  "Blocked":{"description":"refused: a policy blocks it, or the request is wrong","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Error"}}}},
  "Error":{"description":"not done","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Error"}}}}}},
"security":[{},{"bearer":[]},{"key":[]}],
"paths":{
 "/v1/scan":{"post":{"summary":"What is in a body","parameters":[{"$ref":"#/components/parameters/shape"},{"$ref":"#/components/parameters/direction"}],
  "requestBody":{"content":{"*/*":{}}},
  "responses":{"200":{"$ref":"#/components/responses/Judged"},"400":{"$ref":"#/components/responses/Blocked"},"default":{"$ref":"#/components/responses/Error"}}}},
 "/v1/redact":{"post":{"summary":"The body with what was found replaced","parameters":[{"$ref":"#/components/parameters/shape"},{"$ref":"#/components/parameters/direction"}],
  "requestBody":{"content":{"*/*":{}}},
  "responses":{"200":{"description":"the body, of the same type, without a content coding","content":{"*/*":{}}},"400":{"$ref":"#/components/responses/Blocked"},"default":{"$ref":"#/components/responses/Error"}}}},
 "/v1/multiscan":{"post":{"summary":"Up to 20 documents","parameters":[{"$ref":"#/components/parameters/direction"}],
  "requestBody":{"content":{"application/json":{"schema":{"type":"array","maxItems":20,"items":{"type":"object","required":["document"],"properties":{"filename":{"type":"string"},"document":{"type":"string"}}}}}}},
  "responses":{"200":{"description":"one answer a document, in order","content":{"application/json":{"schema":{"type":"array","items":{"$ref":"#/components/schemas/Judged"}}}}},"default":{"$ref":"#/components/responses/Error"}}}},
 "/beta/litellm_basic_guardrail_api":{"post":{"summary":"LiteLLM's generic guardrail","requestBody":{"content":{"application/json":{}}},
  "responses":{"200":{"description":"action, blocked_reason, texts","content":{"application/json":{}}},"default":{"$ref":"#/components/responses/Error"}}}},
 "/portkey":{"post":{"summary":"A webhook of the form that Portkey's gateway calls","requestBody":{"content":{"application/json":{}}},
  "responses":{"200":{"description":"verdict, transformedData","content":{"application/json":{}}},"default":{"$ref":"#/components/responses/Error"}}}},
 "/healthz":{"get":{"summary":"The program runs","security":[],"responses":{"200":{"description":"it does"}}}},
 "/readyz":{"get":{"summary":"It takes requests","security":[],"responses":{"200":{"description":"it does"},"503":{"description":"it is ending"}}}},
 "/metrics":{"get":{"summary":"Prometheus text format","responses":{"200":{"description":"all that is counted","content":{"text/plain":{}}}}}},
 "/openapi.json":{"get":{"summary":"This document","responses":{"200":{"description":"this document"}}}}}
}
)";
  return kDocument;
}

}  // namespace staunch
