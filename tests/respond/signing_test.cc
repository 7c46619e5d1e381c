// Vectors that the vendors publish: AWS's (aws-sig-v4-test-suite), Alibaba Cloud's and Cosmos DB's examples of their
// signatures. Azure has none for Storage and Service Bus: those were computed by Python's hmac over the documented
// text. The documented example keys are put together here so that they stand nowhere whole.
#include <catch2/catch.hpp>

#include "engine/codings.h"
#include "hooks/respond/signers.h"
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

// What a scheme adds as Authorization, or why it adds none.
std::string authorization(const std::string& sign, HttpRequest request, const Values& values, std::int64_t now) {
  if (const Status is_signed = sign_request(sign, request, values, now); !is_signed) return is_signed.error().what;
  for (const auto& [name, value] : request.headers)
    if (name == "Authorization") return value;
  return "none";
}

// Base64 of 0, 1, 2 …: no key of anybody.
Secret counting(int bytes) {
  std::string all;
  for (int i = 0; i < bytes; ++i) all += static_cast<char>(i);
  return Secret(encode_base64(all, Base64::standard));
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

TEST_CASE("the signature of Alibaba Cloud's published example", "[respond]") {
  // https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
  const HttpRequest request{
      "POST",
      "https://ecs.cn-shanghai.aliyuncs.com/?ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"
      "&RegionId=cn-shanghai",
      {{"x-acs-action", "RunInstances"},
       {"x-acs-version", "2014-05-26"},
       {"Accept", "application/json"},
       {"x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d"}},
      {},
      false};
  const Values pair{{"key_id", Secret("YourAccessKeyId")}, {"secret", Secret("YourAccessKeySecret")}};
  CHECK(authorization("alibaba", request, pair, 1698315752) ==
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        "x-acs-signature-nonce;x-acs-version,Signature="
        "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0");
}

TEST_CASE("the signature of Cosmos DB's published example", "[respond]") {
  // https://learn.microsoft.com/rest/api/cosmos-db/access-control-on-cosmosdb-resources
  const std::string key =
      std::string("dsZQi3KtZmCv1ljt3VNWNm7sQUF1y5rJfC6kv5Jiwv") + "W0EndXdDku/dkKBp8/ufDToSxLzR4y+O/0H/t4bQtVNw==";
  HttpRequest request{"GET", "https://acct.documents.azure.com/dbs/ToDoList", {}, {}, false};
  CHECK(authorization("azure-cosmos:dbs", request, {{"secret", Secret(key)}}, 1493254272) ==
        "type%3Dmaster%26ver%3D1.0%26sig%3Dc09PEVJrgp2uQRkr934kFbTqhByc7TVr3OHyqlu%2Bc%2Bc%3D");
  request.url = "https://acct.documents.azure.com/dbs";  // the list: signed for what holds it
  CHECK(authorization("azure-cosmos:dbs", request, {{"secret", Secret(key)}}, 1493254272) !=
        "type%3Dmaster%26ver%3D1.0%26sig%3Dc09PEVJrgp2uQRkr934kFbTqhByc7TVr3OHyqlu%2Bc%2Bc%3D");
}

TEST_CASE("Azure Storage's shared key and Service Bus's shared access signature", "[respond]") {
  const HttpRequest list{
      "GET", "https://acct.blob.core.windows.net/?maxresults=1&comp=list", {{"x-ms-version", "2021-08-06"}}, {}, false};
  CHECK(authorization("azure-storage", list, {{"secret", counting(64)}}, 1526500066) ==
        "SharedKey acct:pqUOh+vLDaVkVDgXYTCBgC2VKyP9M+4GzxuZxouvjzQ=");
  const HttpRequest info{"GET", "https://ns.servicebus.windows.net/$namespaceinfo?api-version=2017-04", {}, {}, false};
  CHECK(authorization("azure-sas", info, {{"secret", counting(32)}, {"policy", Secret("Root&1")}}, 1526500066) ==
        "SharedAccessSignature sr=https%3A%2F%2Fns.servicebus.windows.net%2F"
        "&sig=Q45BaJr%2FnrF44HECOa2J4YIvVXd9umdgvFwlsHAMt%2BI%3D&se=1526500366&skn=Root%261");
}

TEST_CASE("what cannot sign is an error, and nothing is sent", "[respond]") {
  const HttpRequest request = get("/");
  CHECK(authorization("azure-storage", request, {{"secret", counting(63)}}, 0).find("not whole") != std::string::npos);
  CHECK(authorization("azure-sas", request, {{"secret", counting(31)}, {"policy", Secret("p")}}, 0).find("not whole") !=
        std::string::npos);
  CHECK(authorization("alibaba", request, {{"secret", Secret("s")}}, 0) == "a signature needs {key_id}");
  CHECK(authorization("nobody", request, {}, 0) == "nobody signs 'nobody'");
  CHECK(authorization("google:scope", request, {{"secret", Secret("\"type\": \"service_account\"")}}, 0) ==
        "the key file is not whole");
}
