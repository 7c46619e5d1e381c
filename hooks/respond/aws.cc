#include "hooks/respond/aws.h"

#include <fmt/format.h>

#include "hooks/respond/canonical.h"
#include "hooks/respond/json.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/sigv4.h"
#include "hooks/respond/verdict.h"

namespace staunch {
namespace {

AwsKey key_of(const Values& values) {
  const auto text = [&](const char* name) {
    const auto value = values.find(name);
    return value == values.end() ? std::string_view() : value->second.reveal();
  };
  return {text("key_id"), text("secret"), text("session_token")};
}

}  // namespace

HttpAnswer aws_query(const Network& network, const Values& key, const std::string& service, const Fields& fields,
                     bool changes) {
  const std::string host = service == "iam" ? "iam.amazonaws.com" : service + ".us-east-1.amazonaws.com";
  HttpRequest request{
      "POST", "https://" + host + "/", {{"Content-Type", "application/x-www-form-urlencoded"}}, "", changes};
  for (const auto& [name, value] : fields)
    request.body += (request.body.empty() ? "" : "&") + percent_encoded(name) + "=" + percent_encoded(value);
  request.body += service == "iam" ? "&Version=2010-05-08" : "&Version=2011-06-15";
  sign_v4(request, key_of(key), "us-east-1", service, now_seconds());
  return send(network, request);
}

HttpAnswer aws_json(const Network& network, const Values& key, const std::string& service, const std::string& region,
                    const std::string& target, const std::string& body, bool changes) {
  HttpRequest request{"POST",
                      fmt::format("https://{}.{}.amazonaws.com/", service, region),
                      {{"Content-Type", "application/x-amz-json-1.1"}, {"X-Amz-Target", service + "." + target}},
                      body,
                      changes};
  sign_v4(request, key_of(key), region, service, now_seconds());
  return send(network, request);
}

std::string aws_error(const HttpAnswer& answer) {
  if (answer.status == 200) return {};
  if (const auto json = parse_json(answer.body)) {
    const std::string type = text_at(*json, "/__type");
    return type.substr(type.rfind('#') == std::string::npos ? 0 : type.rfind('#') + 1);
  }
  return std::string(xml_text(answer.body, "Code"));
}

}  // namespace staunch
